"""A second opinion: folds the log to the rows that the projections ought to hold, written from the schema's words and not
from the server's code, and checks on the way what the game's rules promise of every event:

    versions of a stream follow one another; a balance is the one before, less the cost; a draw adds one copy; nonces are
    consecutive; openings are numbered; stock goes down by what is taken and never below nothing; odds add up to 1

    state = fold(database.log(settings))
    assert state == {view: rows of database.projections(settings)}
"""

import fractions
import hashlib

from .draws import RARITIES


class Broken(AssertionError):
    """An event that cannot follow those before it."""


def need(condition, event, what):
    if not condition:
        raise Broken(f"position {event['position']}, {event['type']}: {what}\n{event['data']}")


def fold(events):
    """view -> key -> row."""
    state = Fold()
    for event in events:
        state.apply(event)
    return state.rows


class Fold:
    def __init__(self):
        self.rows = {view: {} for view in ("player", "proof", "wallet", "character", "item", "team", "pity", "opening", "pack",
                                           "odds", "stock", "character_info", "item_info",
                                           "pull_statistic")}
        self.position = 0
        self.versions = {}
        self.commands = set()
        self.nonces = {}     # player -> next nonce
        self.openings = {}   # player -> how many
        self.teams = {}      # player -> last number
        self.balance = (0, None, 0)
        self.registrations = {}  # id -> begun, finished or undone
        self.refused = set()     # users that never become players

    def apply(self, event):
        need(event["position"] == self.position + 1, event, f"position {self.position} comes before it: a gap")
        self.position = event["position"]
        version = self.versions.get(event["stream"], 0) + 1
        need(event["version"] == version, event, f"version {event['version']}, the stream is at {version - 1}")
        self.versions[event["stream"]] = version
        if event["command_id"] is not None:
            need(event["command_id"] not in self.commands, event, "its command id took effect before")
            self.commands.add(event["command_id"])
        getattr(self, event["type"])(event, event["data"])

    def put(self, view, event, *key, **row):
        names = {**row}
        self.rows[view][key] = {"position": event["position"], "deleted": False, **names}

    def live(self, view, *key):
        row = self.rows[view].get(key)
        return None if row is None or row["deleted"] else row

    # --- players

    def player_registered(self, event, data):
        player = data["player"]
        need(self.live("player", player) is None, event, "registered twice")
        need(player not in self.refused, event, "its enrolment was refused")
        need((data["free"], data["item"], data["item_count"]) == self.balance, event, f"not the balance {self.balance}")
        self.put("player", event, player, player=player, display_name=data["display_name"], status="active",
                 registered_at=data["registered_at"])
        self.put_proof(event, data)
        self.put("wallet", event, player, player=player, free=data["free"], paid=0)
        if data["item"]:
            self.put("item", event, player, data["item"], player=player, item=data["item"], count=data["item_count"])
        self.nonces[player], self.openings[player], self.teams[player] = 0, 0, 0

    def put_proof(self, event, data):
        names = ("player", "seed_number", "seed_hash", "next_seed_hash", "client_seed")
        self.put("proof", event, data["player"], **{name: data[name] for name in names})

    def player_renamed(self, event, data):
        before = self.live("player", data["player"])
        need(before is not None, event, "nobody of that id")
        need(before["registered_at"] == data["registered_at"], event, "another time of registration")
        self.put("player", event, data["player"], player=data["player"], display_name=data["display_name"],
                 status=data["status"], registered_at=data["registered_at"])

    def player_deactivated(self, event, data):
        self.change_status(event, data, "active", "deactivated")

    def player_reactivated(self, event, data):
        self.change_status(event, data, "deactivated", "active")

    def change_status(self, event, data, before, after):
        row = self.live("player", data["player"])
        need(row is not None and row["status"] == before, event, f"{row} before it")
        need((row["display_name"], row["registered_at"]) == (data["display_name"], data["registered_at"]), event, "another player")
        self.put("player", event, data["player"], player=data["player"], display_name=data["display_name"], status=after,
                 registered_at=data["registered_at"])

    def player_erased(self, event, data):
        player = data["player"]
        before = self.live("player", player)
        need(before is not None and before["status"] != "erased", event, f"{before} before it")
        teams = {key[1] for key, row in self.rows["team"].items() if key[0] == player and not row["deleted"]}
        need(teams == set(data["teams"]), event, f"its teams are {teams}")
        self.put("player", event, player, player=player, display_name="erased", status="erased",
                 registered_at=data["registered_at"])
        for team in teams:
            self.drop_team(event, player, team)

    def seed_rotated(self, event, data):
        before = self.live("proof", data["player"])
        need(hashlib.sha256(data["revealed_seed"]).digest() == before["seed_hash"], event, "not the seed of the hash before")
        need(data["seed_hash"] == before["next_seed_hash"], event, "not the seed that was promised next")
        need(data["revealed_number"] == before["seed_number"] and data["seed_number"] == before["seed_number"] + 1, event,
             "seed numbers")
        need(data["revealed_draws"] == self.nonces[data["player"]], event, f"{self.nonces[data['player']]} draws used it")
        self.put_proof(event, data)
        self.nonces[data["player"]] = 0

    def granted(self, event, data):
        player, amount = data["player"], data["amount"]
        wallet = self.live("wallet", player)
        need(wallet is not None, event, "nobody of that id")
        if data["kind"] == "item":
            owned = self.live("item", player, data["item"])
            need(data["item_count"] == amount + (owned["count"] if owned else 0), event, "the item's count after it")
            self.put("item", event, player, data["item"], player=player, item=data["item"], count=data["item_count"])
        else:
            free = wallet["free"] + (amount if data["kind"] == "free_currency" else 0)
            paid = wallet["paid"] + (amount if data["kind"] == "paid_currency" else 0)
            need((data["free"], data["paid"]) == (free, paid), event, f"the balance after it is {free}, {paid}")
            self.put("wallet", event, player, player=player, free=free, paid=paid)

    def pack_opened(self, event, data):
        player, pack = data["player"], self.live("pack", data["pack"])
        need(pack is not None and pack["status"] == "on_sale" and pack["version"] == data["pack_version"], event,
             "the pack on sale is another")
        self.pay(event, data, pack)
        need(data["first_nonce"] == self.nonces[player], event, f"the next nonce is {self.nonces[player]}")
        need(data["seed_number"] == self.live("proof", player)["seed_number"], event, "another seed is in use")
        need(data["opening"] == self.openings[player] + 1, event, f"the opening before is {self.openings[player]}")
        need(len(data["pulls"]) in (1, 10), event, "so many draws")
        self.nonces[player] += len(data["pulls"])
        self.openings[player] += 1
        self.draw(event, data, pack)
        names = ("player", "opening", "pack", "pack_version", "cost_free", "cost_paid", "item", "seed_number", "first_nonce",
                 "pulls", "opened_at")
        self.put("opening", event, player, data["opening"], **{name: data[name] for name in names})
        for pull in data["pulls"]:
            key = (data["pack"], data["pack_version"], pull["character"])
            before = self.live("pull_statistic", *key)
            self.put("pull_statistic", event, *key, pack=key[0], version=key[1], character=key[2],
                     observed=1 + (before["observed"] if before else 0))

    def pay(self, event, data, pack):
        player, count = data["player"], len(data["pulls"])
        wallet = self.live("wallet", player)
        free, paid = wallet["free"] - data["cost_free"], wallet["paid"] - data["cost_paid"]
        need(free >= 0 and paid >= 0 and (data["free"], data["paid"]) == (free, paid), event, f"{wallet} before it")
        if data["payment"] == "item":
            owned = self.live("item", player, data["item"])
            need(data["item"] == pack["item"] and data["cost_free"] == data["cost_paid"] == 0, event, "the price in items")
            need(owned is not None and data["item_count"] == owned["count"] - count >= 0, event, f"{owned} before it")
            self.put("item", event, player, data["item"], player=player, item=data["item"], count=data["item_count"])
        else:
            price = pack["ten_price"] if count == 10 else pack["price"]
            need(data["cost_free"] + data["cost_paid"] == price, event, f"the price is {price}")
            need(data["cost_paid"] == 0 or data["free"] == 0, event, "free currency goes first")
            self.put("wallet", event, player, player=player, free=free, paid=paid)

    def draw(self, event, data, pack):
        player, group = data["player"], pack["pity_group"]
        pity = (self.live("pity", player, group) or {"draws": 0})["draws"]
        for pull in data["pulls"]:
            key = (player, pull["character"])
            odds = self.live("odds", data["pack"], pull["character"])
            need(odds is not None and odds["rarity"] == pull["rarity"], event, f"{pull['character']} is not in the pack")
            due = pack["hard_pity"] and pity >= pack["hard_pity"] - 1
            kept = RARITIES[pull["rarity"]] >= RARITIES[pack["pity_rarity"]]
            need(kept or not due, event, f"hard pity was due at {pull['character']}")
            pity = 0 if kept else pity + 1
            copies = (self.live("character", *key) or {"copies": 0})["copies"] + 1
            need(pull["copies"] == copies, event, f"{copies} copies of {pull['character']} after it")
            self.put("character", event, *key, player=player, character=pull["character"], rarity=pull["rarity"], copies=copies)
        need(data["pity"] == pity and data["pity_group"] == group, event, f"pity is {pity}")
        self.put("pity", event, player, group, player=player, pity_group=group, draws=pity)

    def team_formed(self, event, data):
        need(data["team"] == self.teams[data["player"]] + 1, event, "the team's number")
        self.teams[data["player"]] = data["team"]
        self.put_team(event, data)

    def team_changed(self, event, data):
        need(self.live("team", data["player"], data["team"]) is not None, event, "no such team")
        self.put_team(event, data)

    def put_team(self, event, data):
        need(len(set(data["members"])) == 4, event, "four different members")
        for member in data["members"]:
            need(self.live("character", data["player"], member) is not None, event, f"{member} is not owned")
        names = ("player", "team", "name", "members")
        self.put("team", event, data["player"], data["team"], **{name: data[name] for name in names})

    def team_disbanded(self, event, data):
        need(self.live("team", data["player"], data["team"]) is not None, event, "no such team")
        self.drop_team(event, data["player"], data["team"])

    def drop_team(self, event, player, team):
        self.rows["team"][(player, team)] = {"position": event["position"], "deleted": True, "player": player, "team": team,
                                             "name": None, "members": None}

    # --- registrations

    def registration_begun(self, event, data):
        need(data["registration"] not in self.registrations, event, "begun twice")
        need(str(event["command_id"]) == data["registration"], event, "not the command's own id")
        self.registrations[data["registration"]] = "begun"

    def registration_finished(self, event, data):
        self.end_registration(event, data, "finished")

    def registration_undone(self, event, data):
        self.end_registration(event, data, "undone")

    def end_registration(self, event, data, how):
        before = self.registrations.get(data["registration"])
        need(before == "begun", event, f"the registration was {before} before it")
        self.registrations[data["registration"]] = how

    def enrolment_refused(self, event, data):
        need(self.registrations.get(data["registration"]) == "undone", event, "the registration was not undone")
        need(self.live("player", data["player"]) is None, event, "a player plays")
        self.refused.add(data["player"])

    # --- packs

    def pack_published(self, event, data):
        before = self.rows["pack"].get((data["pack"],))
        need(data["version"] == (before["version"] if before else 0) + 1, event, "the version")
        self.put_pack(event, data, "on_sale")
        weights = {entry["rarity"]: entry["weight"] for entry in data["rarities"]}
        total = fractions.Fraction()
        for entry in data["entries"]:
            of_rarity = sum(other["weight"] for other in data["entries"] if other["rarity"] == entry["rarity"])
            chance = fractions.Fraction(weights[entry["rarity"]], sum(weights.values())) \
                * fractions.Fraction(entry["weight"], of_rarity)
            total += chance
            self.put("odds", event, data["pack"], entry["character"], pack=data["pack"], character=entry["character"],
                     rarity=entry["rarity"], numerator=chance.numerator, denominator=chance.denominator,
                     version=data["version"], rarity_weight=weights[entry["rarity"]], weight=entry["weight"])
        need(total == 1, event, f"the odds add up to {total}")
        known = {key[1] for key, row in self.rows["odds"].items() if key[0] == data["pack"] and not row["deleted"]}
        gone = known - {entry["character"] for entry in data["entries"]}
        need(gone == set(data["dropped"]), event, f"dropped are {gone}")
        for character in gone:
            self.rows["odds"][(data["pack"], character)] = {
                "position": event["position"], "deleted": True, "pack": data["pack"], "character": character, "rarity": None,
                "numerator": None, "denominator": None, "version": None, "rarity_weight": None, "weight": None}

    def pack_retired(self, event, data):
        need(self.live("pack", data["pack"])["status"] == "on_sale", event, "it was not on sale")
        self.put_pack(event, data, "retired")

    def put_pack(self, event, data, status):
        names = ("pack", "version", "name", "price", "ten_price", "pity_group", "hard_pity", "pity_rarity", "item", "limited")
        self.put("pack", event, data["pack"], status=status, **{name: data[name] for name in names})

    def stock_set(self, event, data):
        self.put("stock", event, data["pack"], **data)

    def stock_taken(self, event, data):
        before = self.live("stock", data["pack"])
        need(before is not None and before["limited"] and data["remaining"] == before["remaining"] - data["taken"] >= 0, event,
             f"{before} before it")
        self.put("stock", event, data["pack"], pack=data["pack"], limited=True, remaining=data["remaining"])

    # --- the catalogue

    def character_published(self, event, data):
        before = self.live("character_info", data["character"])
        need(before is None or before["rarity"] == data["rarity"], event, "another rarity than before")
        self.put("character_info", event, data["character"], **data)

    def item_published(self, event, data):
        self.put("item_info", event, data["item"], **data)

    def starting_balance_set(self, event, data):
        self.balance = (data["free"], data["item"], data["item_count"])
