"""./dev demo [--tls]: a newcomer plays against the running system, told as a story.

Over the real socket, with nothing prepared but the starter catalogue: registers, looks at the packs and their odds,
opens one, ten at once and one that a ticket pays for, forms a team of four, loses the connection in the middle of a
command, comes back, and checks that no draw was rigged.

    ->  what the player sends         <-  what the server answers         ~~  what the server pushes, unasked

Every line is something that really went over the wire, with names for numbers. What has to be true is checked as it
happens: replies against pushed rows, the odds against the table, each draw against the revealed seed. If anything is
missing, the story ends there and the exit code is 1. The starting balance is all that is spent; should twelve draws
not hold four different characters (never seen), the rest of it goes into more single openings.

Reads .run/env through the environment: GACHAPON_URL, or with --tls GACHAPON_TLS_URL and GACHAPON_TLS_CA_FILE.
"""

import argparse
import datetime
import fractions
import hashlib
import os
import sys
import time
import uuid

import environment  # noqa: F401 - finds the harness
from harness import draws
from harness.client import AUDIENCES, Client, Closed, Refused, new_id

PASSWORD = "correct-horse-battery"
RARITY_STARS = {"common": "*", "rare": "**", "epic": "***", "legendary": "****"}


class Missing(Exception):
    """Something that had to happen did not."""


def expect(condition, what):
    if not condition:
        raise Missing(what)


def say(text=""):
    print(text, flush=True)


class Story:
    """The player, its socket, and what was told so far."""

    def __init__(self, url, ca_file):
        self.url, self.ca_file = url, ca_file
        self.client = None
        self.told = 0       # messages of this socket that were told
        self.spent = 0
        self.openings = 0
        self.pity = {}      # pity group -> draws
        self.revealed = None

    def connect(self, path, token=None, replica=None):
        self.client = Client(self.url + path, token=token, replica=replica, ca_file=self.ca_file)
        self.told = 0
        hello = self.client.hello
        say(f"  <-  hello: {hello['server']}, protocol {hello['protocol']}")
        self.told = 1

    # --- telling

    def name(self, view, key, otherwise=None):
        row = self.client.replica.live(view).get((key,))
        return row["name"] if row else otherwise or key

    def character(self, key):
        return self.name("character_info", key)

    def ask(self, told, type_name, payload=None, **meta):
        """Sends, waits for the answer, tells what came in the order it came; the reply's payload and position."""
        say(f"  ->  {told}")
        reply = self.client.request(type_name, payload, **meta)
        self.tell_news(until=reply["order"])
        return reply["payload"], reply["meta"]["position"] if reply["meta"] else 0

    def tell_news(self, until=None):
        """Rows that were pushed since, up to a message. Returns them as (view, row)."""
        client, rows = self.client, []
        news = [push for push in client.pushes if push["order"] > self.told and push["type"] == "changed"
                and (until is None or push["order"] <= until)]
        for push in news:
            self.told = push["order"]
            rows += [(change["view"], row) for change in push["payload"]["changes"] for row in change["rows"]]
        public = [view for view, _ in rows if AUDIENCES[view] == "public"]
        if len(public) > 12:
            counts = {view: public.count(view) for view in dict.fromkeys(public)}
            say("  ~~  the world: " + ", ".join(f"{count} x {view.replace('_', ' ')}" for view, count in counts.items()))
        for view, row in rows:
            if len(public) <= 12 or AUDIENCES[view] == "own":
                say(f"  ~~  {view.replace('_', ' ')}: {self.describe(view, row)}")
        if until is not None:
            self.told = max(self.told, until)
        return rows

    def describe(self, view, row):
        if row["deleted"]:
            return "gone"
        tell = {
            "player": lambda: f"{row['display_name']}, {row['status']}",
            "proof": lambda: f"draws come from seed {row['seed_number']}, sealed as {row['seed_hash'].hex()[:16]}...",
            "wallet": lambda: f"{row['free']} free, {row['paid']} paid",
            "character": lambda: f"{self.character(row['character'])} {RARITY_STARS[row['rarity']]}"
                                 + (f" x{row['copies']}" if row["copies"] > 1 else ""),
            "item": lambda: f"{row['count']} x {self.name('item_info', row['item'])}",
            "team": lambda: f"\"{row['name']}\": {', '.join(map(self.character, row['members']))}",
            "pity": lambda: self.promise(row),
            "pack": lambda: f"{row['name']}, {row['status'].replace('_', ' ')}",
            "stock": lambda: f"{self.name('pack', row['pack'])}: {row['remaining']} left",
        }
        return tell.get(view, lambda: str({k: v for k, v in row.items() if k not in ("position", "deleted")}))()

    def promise(self, row):
        """What a pity counter means: how soon the packs of its group keep their promise."""
        packs = [pack for pack in self.client.replica.live("pack").values() if pack["pity_group"] == row["pity_group"]]
        left = packs[0]["hard_pity"] - row["draws"]
        better = "" if packs[0]["pity_rarity"] == "legendary" else " or better"
        return f"{packs[0]['name']}: {packs[0]['pity_rarity']}{better} " + \
            ("in the next draw, for certain" if left == 1 else f"within {left} draws, for certain")

    # --- what must hold

    def own(self, view, *key):
        """The replica's row of ours, or None."""
        return self.client.replica.live(view).get((self.client.player, *key))

    def check_opening(self, opened, position):
        """The reply and the rows that came before it tell the same."""
        client = self.client
        wallet = self.own("wallet")
        expect((wallet["free"], wallet["paid"]) == (opened["free"], opened["paid"]), "the wallet that the reply names")
        for character in {pull["character"] for pull in opened["pulls"]}:
            copies = max(pull["copies"] for pull in opened["pulls"] if pull["character"] == character)
            row = self.own("character", character)
            expect(row and row["copies"] == copies, f"{copies} x {character} in the inventory before the reply")
        expect(client.replica.marks["own"] >= position, f"the mark at {position} or later before the reply")
        self.openings += 1


def register(story):
    say("\n1. Someone new")
    story.connect("/join")
    email = f"vesper-{uuid.uuid4().hex[:8]}@example.test"
    reply, _ = story.ask(f"register Vesper, {email}", "register", command_id=new_id(),
                         payload={"email": email, "password": PASSWORD, "display_name": "Vesper"})
    until = datetime.datetime.fromtimestamp(reply["expires_at"] / 1000).strftime("%H:%M:%S")
    say(f"  <-  registered as player {reply['player']}; signed in until {until}")
    say("  ->  follow, knowing nothing yet")
    answer = story.client.follow()
    expect(answer["payload"]["own_whole"] and answer["payload"]["public_whole"], "a whole view for a first visit")
    say("  <-  everything follows, then every change")
    story.tell_news()
    client = story.client
    expect(client.player == reply["player"], "the player's id")
    expect(story.own("player") and story.own("player")["display_name"] == "Vesper", "the profile, pushed")
    expect(story.own("wallet"), "the wallet, pushed")
    expect(story.own("proof"), "the seed's hash, pushed before anything is drawn")
    expect(client.replica.live("pack"), "packs: load the starter catalogue (./dev run does)")
    return reply["access_token"]


def look_at_odds(story):
    """Shows what is on sale; returns (the pack to buy, the pack that an owned item opens)."""
    say("\n2. What there is to open, and the odds of it")
    replica = story.client.replica
    packs = [pack for pack in replica.live("pack").values() if pack["status"] == "on_sale"]
    for pack in packs:
        odds = [row for row in replica.live("odds").values() if row["pack"] == pack["pack"]]
        total = sum((fractions.Fraction(row["numerator"], row["denominator"]) for row in odds), fractions.Fraction())
        expect(total == 1, f"odds of {pack['name']} that sum to exactly 1, not {total}")
        item = f", or 1 x {story.name('item_info', pack['item'])}" if pack["item"] else ""
        pity = f"; {pack['pity_rarity']} at the latest in draw {pack['hard_pity']}" if pack["hard_pity"] else ""
        say(f"  {pack['name']}: {pack['price']} for one, {pack['ten_price']} for ten{item}{pity}")
        for rarity in reversed(draws.RARITIES):
            of = [row for row in odds if row["rarity"] == rarity]
            if of:
                chance = sum((fractions.Fraction(row["numerator"], row["denominator"]) for row in of), fractions.Fraction())
                uneven = len({row["weight"] for row in of}) > 1
                names = ", ".join(story.character(row["character"]) + (f" ({share(row)})" if uneven else "") for row in of)
                say(f"    {RARITY_STARS[rarity]:>4} {float(chance):7.2%} = {chance}  {names}")
    wallet = story.own("wallet")["free"]
    bought = [pack for pack in packs if pack["price"] + pack["ten_price"] <= wallet and not pack["limited"]]
    owned = [pack for pack in packs if pack["item"] and story.own("item", pack["item"])]
    expect(bought, "a pack of which the starting balance pays for one and for ten")
    expect(owned, "a starting item that opens a pack")
    return min(bought, key=lambda pack: pack["hard_pity"] or 1 << 32), max(owned, key=lambda pack: pack["price"])


def share(row):
    """A character's own chance, for people."""
    return f"{row['numerator'] / row['denominator']:.2%}"


def open_pack(story, pack, count, payment):
    name = pack["name"]
    what = {("currency", 1): f"open {name} once", ("currency", 10): f"open {name} ten times at once",
            ("item", 1): f"open {name} with a {story.name('item_info', pack['item'] or '')}"}[payment, count]
    before = {key[1] for key in story.client.replica.live("character")}
    left = story.own("wallet")["free"]
    opened, position = story.ask(what, "open_pack", {"pack": pack["pack"], "count": count, "payment": payment})
    pulls = ", ".join(f"{story.character(pull['character'])} {RARITY_STARS[pull['rarity']]}"
                      + (" (new)" if pull["copies"] == 1 else "") for pull in opened["pulls"])
    say(f"  <-  {pulls}; {opened['free'] + opened['paid']} left")
    expect(len(opened["pulls"]) == count, f"{count} draws")
    story.check_opening(opened, position)
    price = 0 if payment == "item" else pack["ten_price"] if count == 10 else pack["price"]
    expect(opened["free"] == left - price, f"a price of {price}, not {left - opened['free']}")
    new = {pull["character"] for pull in opened["pulls"]} - before
    expect(all(any(p["character"] == c and p["copies"] == 1 for p in opened["pulls"]) for c in new), "new ones marked new")


def open_packs(story, bought, owned):
    say("\n3. Opening")
    open_pack(story, bought, 1, "currency")
    open_pack(story, bought, 10, "currency")
    tickets = story.own("item", owned["item"])["count"]
    stocked = story.client.replica.live("stock").get((owned["pack"],), {"remaining": 0})["remaining"]
    open_pack(story, owned, 1, "item")
    if owned["limited"]:
        stock = lambda: story.client.replica.live("stock")[(owned["pack"],)]["remaining"]  # noqa: E731
        story.client.wait(lambda: stock() < stocked, 5, "the stock, which everyone is told of")
        story.tell_news()
    left = story.own("item", owned["item"])
    expect(left is not None and left["count"] == tickets - 1, "one ticket less")
    while len(story.client.replica.live("character")) < 4 and story.own("wallet")["free"] >= bought["price"]:
        open_pack(story, bought, 1, "currency")  # hardly ever: see the top
    expect(len(story.client.replica.live("character")) >= 4, "four different characters (bad luck: run it again)")


def form_team(story):
    say("\n4. A team of four")
    collection = sorted(story.client.replica.live("character").values(),
                        key=lambda row: (-draws.RARITIES[row["rarity"]], row["character"]))
    members = [row["character"] for row in collection[:4]]
    team, _ = story.ask(f"form the team \"Night Shift\" of {', '.join(map(story.character, members))}", "form_team",
                        {"name": "Night Shift", "members": members})
    say(f"  <-  team {team['team']}, \"{team['name']}\"")
    row = story.own("team", team["team"])
    expect(row and row["members"] == members and row["name"] == "Night Shift", "the team, pushed before the reply")


def lose_the_connection(story, token):
    say("\n5. The connection drops in the middle of a command")
    before = story.client
    marks, sent = dict(before.replica.marks), new_id()
    rename = {"display_name": "Vesper the Lucky"}
    say("  ->  call me Vesper the Lucky")
    before.send("rename_player", rename, command_id=sent)
    before.drop()
    say("  ..  the line is dead; did it arrive? Nobody knows")
    story.connect("/play", token=token, replica=before.replica)
    signed_in = story.client.signed_in()
    story.told = story.client.wait_push("signed_in")["order"]
    say("  <-  signed in by the token in the header; known already" if not signed_in["enrolled"] else "  <-  signed in")
    expect(signed_in["player"] == before.player and not signed_in["enrolled"], "the same player")
    renamed, position = story.ask("the same command again, under its old id", "rename_player", rename, command_id=sent)
    say(f"  <-  {renamed['display_name']}, by position {position} of the log: once, however often it was sent")
    expect(not any(push["type"] == "changed" for push in story.client.pushes), "no rows before follow")
    say(f"  ->  follow, from my last mark {marks['own']}")
    answer = story.client.follow()["payload"]
    expect(not answer["own_whole"] and not answer["public_whole"], "a resume, not everything once more")
    say("  <-  only what is newer follows")
    rows = [(view, row) for view, row in story.tell_news() if AUDIENCES[view] == "own"]
    expect([view for view, _ in rows] == ["player"] and rows[0][1]["position"] == position > marks["own"],
           f"one row of ours newer than {marks['own']}, the new name; came: {[view for view, _ in rows]}")
    expect(story.own("player")["display_name"] == "Vesper the Lucky", "the new name")


def check_the_draws(story):
    say("\n6. Was it fair?")
    client = story.client
    proof = story.own("proof")
    client_seed = f"luck of {time.strftime('%Y-%m-%d')}"
    rotated, _ = story.ask(f"reveal the seed; from now on mix in \"{client_seed}\"", "rotate_seed",
                           {"client_seed": client_seed})
    seed = rotated["revealed_seed"]
    say(f"  <-  seed {rotated['revealed_number']} was {seed.hex()}")
    expect(hashlib.sha256(seed).digest() == proof["seed_hash"], "the seed that was promised before the first draw")
    say("      its SHA-256 is the hash we were given before the first draw")
    expect(story.own("proof")["seed_hash"] == proof["next_seed_hash"], "the next seed, promised before ours was chosen")
    tables = published_tables(story)
    count = 0
    for opening in client.pages("list_openings"):
        pack = client.replica.live("pack")[(opening["pack"],)]
        group = pack["pity_group"]
        try:
            story.pity[group] = draws.check_opening(opening, tables[opening["pack"]], seed, proof["client_seed"],
                                                    story.pity.get(group, 0))
        except AssertionError as differs:
            raise Missing(str(differs)) from differs
        count += len(opening["pulls"])
    expect(count == rotated["revealed_draws"], f"{rotated['revealed_draws']} draws in the history, not {count}")
    say(f"      all {count} draws recomputed here from seed, nonce and table: each one is the character we got")


def published_tables(story):
    """pack -> its table, from the rows that everyone is pushed; the weights must give the odds that stand beside them."""
    packs = {}
    for row in story.client.replica.live("pack").values():
        entries = [entry for entry in story.client.replica.live("odds").values() if entry["pack"] == row["pack"]]
        table = draws.table_of_rows(row, entries)
        for entry in entries:
            expect(table.odds(entry["character"]) == fractions.Fraction(entry["numerator"], entry["denominator"]),
                   f"the odds of {entry['character']} in {row['name']} as its weights give them")
        packs[row["pack"]] = table
    return packs


def main():
    parser = argparse.ArgumentParser(prog="./dev demo", description="A newcomer plays, told as a story.")
    parser.add_argument("--tls", action="store_true", help="over wss")
    options = parser.parse_args()
    url = os.environ.get("GACHAPON_TLS_URL" if options.tls else "GACHAPON_URL")
    if not url:
        say("demo: nothing runs here: ./dev run, then . .run/env")
        return 1
    began = time.monotonic()
    story = Story(url, os.environ.get("GACHAPON_TLS_CA_FILE") if options.tls else None)
    say(f"Gachapon at {url}")
    try:
        token = register(story)
        bought, owned = look_at_odds(story)
        open_packs(story, bought, owned)
        form_team(story)
        lose_the_connection(story, token)
        check_the_draws(story)
        story.client.close()
    except Missing as missing:
        say(f"\nThe story ends here. Missing: {missing}")
        return 1
    except ConnectionRefusedError:
        say(f"\nNobody answers at {url}: ./dev run starts the system, ./dev status tells what runs.")
        return 1
    except (Refused, Closed, TimeoutError, OSError) as failed:
        say(f"\nThe story ends here: {failed}")
        return 1
    say(f"\nThe end, after {time.monotonic() - began:.1f} s. The log has it all:")
    say(f"  ./dev psql events -c \"select position, type, data from event_log where key = '{story.client.player}' "
        "order by position\"")
    return 0


if __name__ == "__main__":
    sys.exit(main())
