"""Nothing is missed: a client that comes back gets what is newer than its marks, one that reads slowly ends equal."""

import fractions
import time
import uuid

import pytest

from harness import database, game
from harness.client import AUDIENCES

OPEN = {"pack": "standard", "count": 1}


@pytest.fixture
def come_back(clients):
    """come_back(server, client): drops it and returns (a new socket with its replica, the reply to follow)."""
    def make(server, client, **options):
        client.drop()
        again = clients(server.settings.url + "/play", token=client.tokens["access_token"], replica=client.replica, **options)
        again.signed_in()
        again.tokens = client.tokens
        return again, again.follow()["payload"]

    return make


@pytest.fixture
def device(clients):
    """device(server, client): another socket of the same player, which does not follow."""
    def make(server, client):
        other = clients(server.settings.url + "/play", token=client.tokens["access_token"])
        other.signed_in()
        return other

    return make


def pushed(client, audience=None):
    """(view, row) of every push on this socket."""
    return [(change["view"], row) for push in client.pushes if push["type"] == "changed"
            for change in push["payload"]["changes"] for row in change["rows"]
            if audience in (None, AUDIENCES[change["view"]])]


def equal_to_a_fresh_one(server, client, clients):
    fresh = clients(server.settings.url + "/play", token=client.tokens["access_token"])
    fresh.signed_in()
    fresh.follow()
    database.same(client.replica.whole(), fresh.replica.whole())


def test_only_what_is_newer_arrives(starter, newcomer, come_back, device, clients):
    client = newcomer(starter)
    client.request("open_pack", OPEN)
    other = device(starter, client)
    client.drop()
    marks = dict(client.replica.marks)
    other.request("rename_player", {"display_name": "While Away"})
    opened = other.request("open_pack", {"pack": "standard", "count": 1, "payment": "item"})["payload"]
    again, answer = come_back(starter, client)
    assert not answer["own_whole"] and not answer["public_whole"]
    own = pushed(again, "own")
    assert all(row["position"] > marks["own"] for _, row in own)
    assert sorted(view for view, _ in own) == ["character", "item", "pity", "player"]
    assert again.replica.live("character")[(client.player, opened["pulls"][0]["character"])]["copies"] == opened["pulls"][0]["copies"]
    equal_to_a_fresh_one(starter, again, clients)


def test_nothing_new_is_only_a_mark(starter, newcomer, come_back):
    client = newcomer(starter)
    again, answer = come_back(starter, client)
    assert not answer["own_whole"] and pushed(again, "own") == []
    assert again.replica.marks["own"] >= client.replica.marks["own"] > 0


def test_a_disbanded_team_is_a_tombstone(starter, newcomer, come_back, device, clients):
    client = newcomer(starter)
    client.request("open_pack", {"pack": "standard", "count": 10})
    client.request("open_pack", OPEN)
    members = sorted(key[1] for key in client.replica.live("character"))[:4]
    for name in ("Stays", "Goes"):
        client.request("form_team", {"name": name, "members": members})
    other = device(starter, client)
    client.drop()
    other.request("disband_team", {"team": 2})
    again, _ = come_back(starter, client)
    assert [(view, row["team"], row["deleted"]) for view, row in pushed(again, "own")] == [("team", 2, True)]
    assert [key[1] for key in again.replica.live("team")] == [1]
    fresh = clients(starter.settings.url + "/play", token=client.tokens["access_token"])
    fresh.signed_in()
    fresh.follow()
    assert [key[1] for key in fresh.replica.live("team")] == [1]


@pytest.mark.parametrize("spoil", ["epoch", "generation", "future"])
def test_marks_of_another_log_get_everything_as_a_replacement(starter, newcomer, come_back, clients, spoil):
    client = newcomer(starter)
    client.request("open_pack", OPEN)
    client.drop()
    replica = client.replica
    replica["character"][(client.player, "ghost")] = {"position": 1, "deleted": False, "player": client.player,
                                                      "character": "ghost", "rarity": "epic", "copies": 9}
    if spoil == "epoch":
        replica.epoch = str(uuid.uuid4())
    elif spoil == "generation":
        replica.generation += 1
    else:
        replica.marks = {"own": 1 << 50, "public": 1 << 50}
    again, answer = come_back(starter, client)
    assert answer["own_whole"] and answer["public_whole"]
    assert (client.player, "ghost") not in again.replica.live("character")
    equal_to_a_fresh_one(starter, again, clients)


def test_follow_can_be_asked_again(starter, newcomer, clients):
    client = newcomer(starter)
    client.request("open_pack", OPEN)
    assert not client.follow()["payload"]["own_whole"]
    client.replica.marks = {"own": 0, "public": 0}
    assert client.follow()["payload"]["own_whole"]
    client.request("open_pack", OPEN)
    equal_to_a_fresh_one(starter, client, clients)


def test_two_sockets_of_one_player_stay_in_step(starter, newcomer, device):
    first = newcomer(starter)
    second = device(starter, first)
    second.follow()
    for number in range(6):
        position = (first, second)[number % 2].request("open_pack", OPEN)["meta"]["position"]
    for client in (first, second):
        client.caught_up(position)
    database.same(first.replica.whole(), second.replica.whole())


def test_own_rows_reach_nobody_else(starter, newcomer):
    watcher, player = newcomer(starter, "Watcher"), newcomer(starter)
    for _ in range(3):
        position = player.request("open_pack", OPEN)["meta"]["position"]
    mine = watcher.request("open_pack", OPEN)["meta"]["position"]
    assert mine > position
    watcher.caught_up(mine)
    assert {row["player"] for _, row in pushed(watcher, "own")} == {watcher.player}


def test_public_rows_are_conflated_and_reach_everyone(starter, newcomer, clients):
    """At most four times a second, however often they change."""
    watchers, key = [newcomer(starter, f"Watcher {number}") for number in range(3)], f"often-{uuid.uuid4().hex[:8]}"
    with game.operator(starter) as operator:
        began = time.monotonic()
        sent = [operator.send("publish_item", {"item": key, "name": f"Often {number}"}) for number in range(40)]
        for request in sent:
            position = operator.reply(request)["meta"]["position"]
        for watcher in watchers:
            watcher.caught_up(position, "public")
            assert watcher.replica.live("item_info")[(key,)]["name"] == "Often 39"
            told = [row for view, row in pushed(watcher) if view == "item_info" and row["item"] == key]
            allowed = 2 + 4 * (watcher.pushes[-1]["at"] - began)
            assert 0 < len(told) <= allowed, f"{len(told)} pushes of one row: not conflated"


def test_a_pack_published_with_fewer_characters(starter, newcomer, come_back):
    key = f"shrinking-{uuid.uuid4().hex[:8]}"
    pack = {"pack": key, "name": "Shrinking", "price": 1, "ten_price": 10, "rarities": [{"rarity": "common", "weight": 3}],
            "entries": [{"character": name, "rarity": "common", "weight": weight} for name, weight in
                        (("pip", 1), ("bruna", 2), ("osric", 4))],
            "pity_group": key, "hard_pity": 0, "pity_rarity": "common", "item": None, "limited": True, "stock": 7}
    with game.operator(starter) as operator:
        operator.request("publish_pack", pack)
        watcher, away = newcomer(starter, "Watcher"), newcomer(starter, "Away")
        away.drop()
        position = operator.request("publish_pack", {**pack, "entries": pack["entries"][:2]})["meta"]["position"]
        watcher.caught_up(position, "public")
        away, _ = come_back(starter, away)
        for client in (watcher, away):
            odds = {k[1]: row for k, row in client.replica.live("odds").items() if k[0] == key}
            assert set(odds) == {"pip", "bruna"}
            assert sum(fractions.Fraction(row["numerator"], row["denominator"]) for row in odds.values()) == 1
            assert client.replica.live("stock")[(key,)]["remaining"] == 7
        position = operator.request("retire_pack", {"pack": key})["meta"]["position"]
        watcher.caught_up(position, "public")
        assert watcher.replica.live("pack")[(key,)]["status"] == "retired"


def test_marks_are_good_after_a_restart(play, clients):
    server, client, person = play
    client.request("open_pack", {"pack": "plain", "count": 10})
    server.drain()
    server.start()
    again = clients(person.play(server, replica=client.replica))
    answer = again.follow()["payload"]
    assert not answer["own_whole"] and not answer["public_whole"] and pushed(again) == []
    again.request("open_pack", {"pack": "plain", "count": 1})
    assert again.replica.live("wallet")[(person.id,)]["free"] == 1000000 - 110


def flood(client, until):
    """Openings of ten, so many at a time that each still makes a push of its own, until the condition holds."""
    sent = []
    for number in range(6000):
        sent.append(client.send("open_pack", {"pack": "plain", "count": 10}))
        if len(sent) >= 3:
            client.reply(sent.pop(0))
        if number % 100 == 99 and until():
            break
    for request in sent:
        client.reply(request)
    assert until(), "its queue never filled"


def test_a_slow_client_is_caught_up_and_ends_equal(new_server, people, clients):
    """It reads nothing while hundreds of openings change its rows; the server gives up the feed for it, not the socket."""
    server = new_server(small=True)
    person = people.take(1)[0]
    busy, slow = clients(person.play(server)), clients(person.play(server, receive_buffer=4096))
    busy.follow()
    slow.follow()
    slow.reading(False)
    flood(busy, until=lambda: server.metric("notify_collapsed_total") > 0)
    position = busy.request("form_team", {"name": "Patience", "members": ["ash", "birch", "cedar", "dahlia"]})["meta"]["position"]
    assert slow.closed is None
    slow.reading(True)
    slow.caught_up(position)
    database.same(slow.replica.whole(), busy.replica.whole())
    rows = database.of_player(database.projections(server.settings), person.id)
    database.same({view: found for view, found in slow.replica.whole().items() if AUDIENCES[view] == "own"}, rows)
    position = busy.request("open_pack", {"pack": "plain", "count": 1})["meta"]["position"]
    slow.caught_up(position)  # live again
    database.same(slow.replica.whole(), busy.replica.whole())
