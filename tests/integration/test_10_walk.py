"""The main job, end to end: register, open packs, watch the inventory change live, read it back everywhere."""

import collections
import fractions
import hashlib
import json
import subprocess

import pytest

from harness import database, draws, game
from harness.audit import check_everything
from harness.client import AUDIENCES, Refused, new_id, protocol


def rows_between(client, after, until):
    """(view, row) pushed to the client after one message and before another."""
    return [(change["view"], row) for push in client.pushes if push["type"] == "changed" and after < push["order"] < until
            for change in push["payload"]["changes"] for row in change["rows"]]


def last_order(client):
    return client._arrived


def test_hello_tells_the_limits(server, clients):
    hello = clients(server.settings.url + "/join").hello
    assert hello["protocol"] == protocol.PROTOCOL_VERSION and hello["oldest_client"] == protocol.PROTOCOL_OLDEST_CLIENT
    for name in ("frame_max_bytes", "in_flight_max", "messages_per_frame_max"):
        assert hello["limits"][name] == protocol.LIMITS[name]


def test_ping_needs_no_sign_in(server, clients):
    assert clients(server.settings.url + "/join").request("ping")["payload"]["time"] > 1600000000000


def test_the_catalogue_can_be_loaded_again(starter):
    with game.operator(starter) as operator:
        before = database.commands_of(starter.settings, operator.player)
    said = game.load_starter(starter)
    assert any(f"position {position}" in said for position in before)
    assert database.commands_of(starter.settings, operator.player) == before


def test_odds_are_public_and_sum_to_exactly_one(starter, clients):
    client = clients(starter.settings.url + "/join")
    packs = {row["pack"]: row for row in client.pages("list_packs")}
    assert set(packs) >= {"standard", "dragon-night", "founders"}
    total = collections.Counter()
    for row in client.pages("list_odds", limit=7):
        total[row["pack"]] += fractions.Fraction(row["numerator"], row["denominator"])
    assert all(total[pack] == 1 for pack in packs)
    assert len(client.pages("list_character_infos", limit=5)) >= 24
    with pytest.raises(Refused, match="signed_out"):
        client.request("list_wallets", {})


def test_register_signs_in_and_everything_follows(starter, clients):
    client = clients(starter.settings.url + "/join")
    registered = client.register(display_name="Vesper")["payload"]
    assert registered["access_token"] and registered["refresh_token"]
    reply = client.follow()
    assert reply["payload"]["own_whole"] and reply["payload"]["public_whole"]
    own = (client.player,)
    profile = client.replica.live("player")[own]
    assert profile["display_name"] == "Vesper" and profile["status"] == "active"
    assert client.replica.live("wallet")[own] == {"player": client.player, "free": 1600, "paid": 0}
    assert client.replica.live("item")[(client.player, "pack-ticket")]["count"] == 1
    assert client.replica.live("proof")[own]["client_seed"] == client.player
    assert len(client.replica.live("character_info")) >= 24 and not client.replica.live("character")


def test_the_token_opens_play_and_join(starter, newcomer, clients):
    first = newcomer(starter)
    by_header = clients(starter.settings.url + "/play", token=first.tokens["access_token"])
    assert by_header.signed_in() == {"player": first.player, "enrolled": False, "roles": ["player"],
                                     "expires_at": first.tokens["expires_at"]}
    for path in ("/join", "/play"):
        by_message = clients(starter.settings.url + path)
        reply = by_message.sign_in(first.tokens["access_token"])["payload"]
        assert (reply["player"], reply["enrolled"]) == (first.player, False)
        by_message.follow()
        assert by_message.replica.whole() == first.replica.whole()


@pytest.mark.parametrize("count,payment,price", [(1, "currency", 160), (10, "currency", 1440), (1, "item", 0)])
def test_rows_come_before_the_strong_reply_and_equal_it(starter, newcomer, count, payment, price):
    client = newcomer(starter)
    before = last_order(client)
    reply = client.request("open_pack", {"pack": "standard", "count": count, "payment": payment})
    opened, meta = reply["payload"], reply["meta"]
    assert len(opened["pulls"]) == count and opened["pack"] == "standard" and opened["player"] == client.player
    assert opened["free"] == 1600 - price == 1600 - opened["cost_free"] and opened["cost_paid"] == 0
    assert meta["view_position"] >= meta["position"] and client.replica.marks["own"] >= meta["position"]
    rows = [(view, row) for view, row in rows_between(client, before, reply["order"]) if AUDIENCES[view] == "own"]
    assert {row["position"] for _, row in rows} == {meta["position"]}
    pushed = collections.defaultdict(dict)
    for view, row in rows:
        pushed[view][row.get("character") or row.get("item") or row.get("pity_group")] = row
    copies = {pull["character"]: pull["copies"] for pull in opened["pulls"]}  # the last of each is the most
    assert {key: row["copies"] for key, row in pushed["character"].items()} == copies
    assert pushed["pity"][opened["pity_group"]]["draws"] == opened["pity"]
    if payment == "item":
        assert (pushed["item"]["pack-ticket"]["count"], opened["item"], opened["item_count"]) == (0, "pack-ticket", 0)
    else:
        assert (pushed["wallet"][None]["free"], pushed["wallet"][None]["paid"]) == (opened["free"], opened["paid"])


def test_an_eventual_reply_and_at_least(starter, newcomer):
    client = newcomer(starter)
    reply = client.request("open_pack", {"pack": "standard", "count": 1}, consistency="eventual")
    position = reply["meta"]["position"]
    page = client.request("list_openings", {}, at_least=position)
    assert page["meta"]["position"] >= position
    assert [row["opening"] for row in page["payload"]["rows"]] == [1]
    client.caught_up(position)
    assert client.replica.live("wallet")[(client.player,)]["free"] == reply["payload"]["free"]


def test_at_least_of_the_future_is_a_bounded_wait(starter, newcomer):
    client = newcomer(starter)
    with pytest.raises(Refused, match="view_behind"):
        client.request("list_wallets", {}, at_least=1 << 40)


def test_queries_page_and_equal_the_replica(starter, newcomer):
    client = newcomer(starter)
    position = client.request("open_pack", {"pack": "standard", "count": 10})["meta"]["position"]
    for query, view in protocol.VIEW_OF_QUERY.items():
        if view in ("opening", "pull_statistic"):  # queried only
            continue
        for limit in (1, 3, 500):
            rows = client.pages(query, limit=limit, at_least=position)
            keys = [tuple(row[name] for name in database.KEYS[view]) for row in rows]
            assert len(keys) == len(set(keys)), f"{query} gave a row twice"
            assert dict(zip(keys, rows)) == client.replica.whole().get(view, {}), query
            if limit == 1 and len(rows) > 40:
                break


def test_another_players_rows_are_for_operators(starter, newcomer):
    client, other = newcomer(starter), newcomer(starter, "Umbra")
    with pytest.raises(Refused, match="forbidden"):
        client.request("list_wallets", {"player": other.player})
    with game.operator(starter) as operator:
        rows = operator.pages("list_wallets", player=other.player)
    assert [row["player"] for row in rows] == [other.player]


def test_a_team_of_four(starter, newcomer):
    client = newcomer(starter)
    client.request("open_pack", {"pack": "standard", "count": 10})
    client.request("open_pack", {"pack": "standard", "count": 1})
    members = sorted(key[1] for key in client.replica.live("character"))[:4]
    formed = client.request("form_team", {"name": "Night Shift", "members": members})["payload"]
    key = (client.player, formed["team"])
    assert client.replica.live("team")[key] == {"player": client.player, "team": 1, "name": "Night Shift",
                                                "members": members}
    client.request("change_team", {"team": 1, "name": "Día y noche", "members": members[::-1]})
    assert client.replica.live("team")[key]["members"] == members[::-1]
    assert client.replica.live("team")[key]["name"] == "Día y noche"
    client.request("disband_team", {"team": 1})
    assert not client.replica.live("team")
    assert client.request("form_team", {"name": "Again", "members": members})["payload"]["team"] == 2


def test_a_revealed_seed_proves_every_draw(starter, newcomer):
    client = newcomer(starter)
    promised = client.replica.live("proof")[(client.player,)]
    client.request("open_pack", {"pack": "standard", "count": 1})
    client.request("open_pack", {"pack": "founders", "count": 1, "payment": "item"})
    client.request("open_pack", {"pack": "standard", "count": 10})
    rotated = client.request("rotate_seed", {"client_seed": "my own luck"})["payload"]
    assert hashlib.sha256(rotated["revealed_seed"]).digest() == promised["seed_hash"]
    assert rotated["revealed_draws"] == 12 and rotated["seed_hash"] == promised["next_seed_hash"]
    odds = client.replica.live("odds").values()
    tables = {row["pack"]: draws.table_of_rows(row, [entry for entry in odds if entry["pack"] == row["pack"]])
              for row in client.replica.live("pack").values()}
    pity = collections.Counter()
    for opening in client.pages("list_openings"):
        assert opening["seed_number"] == promised["seed_number"]
        pity[opening["pack"]] = draws.check_opening(opening, tables[opening["pack"]], rotated["revealed_seed"],
                                                    promised["client_seed"], pity[opening["pack"]])
    after = client.replica.live("proof")[(client.player,)]
    assert (after["client_seed"], after["seed_hash"]) == ("my own luck", promised["next_seed_hash"])


def test_no_seed_is_in_the_log_before_its_reveal(starter, newcomer):
    client = newcomer(starter)
    client.request("open_pack", {"pack": "standard", "count": 1})
    revealed = client.request("rotate_seed", {"client_seed": "a"})["payload"]["revealed_seed"]
    with database.psycopg.connect(starter.settings.event_store_owner_dsn) as connection:
        holding = connection.execute("select type from events where position(%s in data) > 0", [revealed]).fetchall()
    assert holding == [(protocol.EVENTS["seed_rotated"],)]


def psql(dsn, statement):
    done = subprocess.run(["psql", dsn, "-XAtc", statement], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()


def test_psql_reads_the_log_as_a_person_would(starter, newcomer):
    client = newcomer(starter)
    opened = client.request("open_pack", {"pack": "standard", "count": 10})
    lines = psql(starter.settings.event_store_owner_dsn,
                 f"select position, type, version, data from event_log where key = '{client.player}' order by position")
    rows = [line.split("|", 3) for line in lines]
    assert [row[1] for row in rows] == ["player_registered", "pack_opened"] and [row[2] for row in rows] == ["1", "2"]
    registered, shown = json.loads(rows[0][3]), json.loads(rows[1][3])
    assert registered["player"] == client.player and registered["display_name"] == "<personal>"
    assert shown["pack"] == "standard" and shown["payment"] == "currency" and shown["free"] == opened["payload"]["free"]
    assert shown["pulls"] == opened["payload"]["pulls"]
    assert int(rows[1][0]) == opened["meta"]["position"]
    (gaps,) = psql(starter.settings.event_store_owner_dsn,
                   "select count(*), min(position), max(position) - count(*) from event_log")
    assert gaps.split("|")[1:] == ["1", "0"]


def test_no_personal_text_is_in_the_log(starter, newcomer):
    name = f"Zyzzyva-{new_id().hex[-6:]}"
    client = newcomer(starter, name)
    client.request("rename_player", {"display_name": name + "x"})
    with database.psycopg.connect(starter.settings.event_store_owner_dsn) as connection:
        assert connection.execute("select count(*) from events where position(%s in data) > 0", [name.encode()]).fetchone() == (0,)
    names = [event["data"]["display_name"] for event in database.log(starter.settings)
             if event["type"] in ("player_registered", "player_renamed") and event["data"]["player"] == client.player]
    assert names == [name, name + "x"]


def test_the_log_refuses_to_be_changed(starter):
    for dsn in (starter.settings.event_store_dsn, starter.settings.event_store_owner_dsn):
        with database.psycopg.connect(dsn, autocommit=True) as connection:
            for statement in ("update events set data = '' where position = 1", "delete from events", "truncate events",
                              "delete from batches"):
                with pytest.raises(database.psycopg.Error, match="append-only|permission denied"):
                    connection.execute(statement)


def test_the_projections_hold_what_the_client_was_pushed_and_what_the_log_says(starter, newcomer):
    client = newcomer(starter)
    client.request("open_pack", {"pack": "founders", "count": 1, "payment": "item"})
    client.request("open_pack", {"pack": "standard", "count": 10})
    client.request("open_pack", {"pack": "standard", "count": 1})
    members = sorted(key[1] for key in client.replica.live("character"))[:4]
    client.request("form_team", {"name": "Night Shift", "members": members})
    check_everything(starter, client)


def test_a_token_is_refreshed_on_the_open_socket(starter, newcomer, keycloak):
    client, other = newcomer(starter), newcomer(starter)
    fresh = keycloak.console().refresh(client.tokens["refresh_token"])
    expires_at = client.request("refresh", {"token": fresh["access_token"]})["payload"]["expires_at"]
    assert expires_at >= client.tokens["expires_at"]
    with pytest.raises(Refused, match="token_other_subject"):
        client.request("refresh", {"token": other.tokens["access_token"]})
    client.request("open_pack", {"pack": "standard", "count": 1})
