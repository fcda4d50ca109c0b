"""What an operator asks the log: `gachapon events` and `gachapon player ID --at`, beside a server that goes on.

What was is compared with what clients were told then, with the generated view, and with nothing of the server's.
"""

import datetime
import hashlib
import json
import re
import signal
import struct
import subprocess
import uuid

import psycopg
import pytest
from psycopg import sql

from harness import database, game
from harness.client import Refused, protocol
from harness.processes import wait_until

ONE, TEN = {"pack": "plain", "count": 1}, {"pack": "plain", "count": 10}
NAME = "Rosalind Findable"
STRANGER = "00000000-0000-4000-8000-000000000001"


def ask(server, *arguments, dsn=None):
    """(status, stdout, stderr) of a tool."""
    more = {"EVENT_STORE_DSN": dsn} if dsn else {}
    done = subprocess.run([server.binary, *map(str, arguments)], env={**server.environment(), **more}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def events(server, *arguments, **options):
    """The events that the tool prints as JSON."""
    status, out, err = ask(server, "events", "--json", *arguments, **options)
    assert status == 0, err
    return [json.loads(line) for line in out.splitlines()]


def player(server, *arguments, **options):
    status, out, err = ask(server, "player", "--json", *arguments, **options)
    assert status == 0, err
    return json.loads(out)


def owner(server):
    return psycopg.connect(server.settings.event_store_owner_dsn, autocommit=True)


def recorded_at(server, position):
    with owner(server) as connection:
        return connection.execute("select recorded_at from events where position = %s", [position]).fetchone()[0]


def rows_of(client):
    """What a client was told of itself, in the shape of the tool's `state`."""
    live = client.replica.live
    (wallet,), (proof,) = live("wallet").values(), live("proof").values()
    return {"free": wallet["free"], "paid": wallet["paid"],
            "seed_number": proof["seed_number"], "seed_hash": proof["seed_hash"].hex(),
            "characters": {key[1]: (row["rarity"], row["copies"]) for key, row in live("character").items()},
            "items": {key[1]: row["count"] for key, row in live("item").items()},
            "pities": {key[1]: row["draws"] for key, row in live("pity").items()},
            "teams": {key[1]: row["members"] for key, row in live("team").items()}}


def same_state(state, rows):
    assert {name: state[name] for name in ("free", "paid", "seed_number", "seed_hash")} == \
        {name: rows[name] for name in ("free", "paid", "seed_number", "seed_hash")}
    assert {one["character"]: (one["rarity"], one["copies"]) for one in state["characters"]} == rows["characters"]
    assert {one["key"]: one["count"] for one in state["items"]} == rows["items"]
    assert {one["key"]: one["count"] for one in state["pities"]} == rows["pities"]
    assert {one["number"]: one["members"] for one in state["teams"]} == rows["teams"]


def grow(server, client):
    """Plays a bit; [(position, what the client was told then)]."""
    told = []

    def done(reply):
        told.append((reply["meta"]["position"], rows_of(client)))

    done(client.settle("open_pack", ONE))
    done(client.settle("rename_player", {"display_name": NAME}))
    while len(client.replica.live("character")) < 4:
        done(client.settle("open_pack", TEN))
    members = [key[1] for key in list(client.replica.live("character"))[:4]]
    done(client.settle("form_team", {"name": "The Findable Four", "members": members}))
    done(client.settle("open_pack", {"pack": "scarce", "count": 1}))
    done(client.settle("rotate_seed", {"client_seed": "mine"}))
    return told


def test_any_moment_is_as_the_player_was_told_then(play):
    server, client, person = play
    told = grow(server, client)
    for position, rows in told:
        at_position = player(server, person.id, "--at", position)
        same_state(at_position["state"], rows)
        assert at_position["last"][-1]["position"] <= position and at_position["state"]["situation"] == "active"
        at_time = player(server, person.id, "--at", recorded_at(server, position).isoformat())
        assert at_time["state"] == at_position["state"]
    now = player(server, person.id, "--last", 3)
    assert now["state"] == player(server, person.id, "--at", told[-1][0])["state"]
    assert [event["type"] for event in now["last"]] == ["team_formed", "pack_opened", "seed_rotated"]
    revealed = now["last"][-1]["data"]["revealed_seed"]
    assert hashlib.sha256(bytes.fromhex(revealed)).hexdigest() == player(server, person.id, "--at", told[0][0])["state"]["seed_hash"]
    assert revealed not in json.dumps(player(server, person.id, "--at", told[-2][0])), "not revealed by then"
    status, text, _ = ask(server, "player", person.id)
    assert status == 0 and "characters" in text and "rarity=" in text and "\nlast\n" in text and NAME not in text


def test_who_registered_in_the_game_shows_how(new_server, newcomer):
    server = new_server(small=True)
    client = newcomer(server)
    found = player(server, client.tokens["player"])
    assert found["registration"]["situation"] == "finished"
    assert [event["type"] for event in events(server, "--stream", f"registration/{found['registration']['id']}")] == [
        "registration_begun", "registration_finished"]


def test_the_log_is_shown_as_the_view_shows_it(play):
    server, client, person = play
    grow(server, client)
    with owner(server) as connection:
        view = [row[0] for row in connection.execute("select to_jsonb(v) from event_log v order by position").fetchall()]
    shown = events(server)
    assert [event["position"] for event in shown] == list(range(1, len(view) + 1))
    command = None
    for ours, theirs in zip(shown, view):
        command = theirs["command_id"] or command
        assert ours["command_id"] == command
        for name in ("position", "stream", "key", "version", "type", "data"):
            assert ours[name] == theirs[name], name
        assert datetime.datetime.fromisoformat(ours["recorded_at"].replace("Z", "+00:00")) == \
            datetime.datetime.fromisoformat(theirs["recorded_at"])
    status, text, _ = ask(server, "events", "--player", person.id, "--type", "pack_opened")
    assert status == 0 and f"player/{person.id}@2  pack_opened  by {person.id}" in text and " pulls=[" in text


def test_parts_of_the_log(play):
    server, client, person = play
    grow(server, client)
    whole = events(server)
    own = [event for event in whole if event["key"] == person.id]
    assert events(server, "--player", person.id) == events(server, "--stream", f"player/{person.id}") == own
    assert events(server, "--stream", "stock/scarce") == [event for event in whole if event["stream"] == "stock"]
    assert events(server, "--stream", "catalogue") == [event for event in whole if event["stream"] == "catalogue"]
    assert events(server, "--type", "pack_opened,stock_taken") == [
        event for event in whole if event["type"] in ("pack_opened", "stock_taken")]
    for first, last in ((1, 1), (3, 7), (len(whole) - 1, len(whole) + 10)):
        assert events(server, "--from", first, "--to", last) == whole[first - 1:last]
    for first in own:
        assert events(server, "--player", person.id, "--from", first["position"]) == \
            [event for event in own if event["position"] >= first["position"]]
        assert events(server, "--from", first["recorded_at"], "--to", first["recorded_at"]) == \
            [event for event in whole if event["recorded_at"] == first["recorded_at"]]
    assert events(server, "--player", person.id, "--to", own[0]["position"] - 1) == []
    scarce = next(event for event in own if event["data"].get("pack") == "scarce")
    both = events(server, "--command", scarce["command_id"])
    assert [event["type"] for event in both] == ["pack_opened", "stock_taken"] and both[0] == scarce
    assert events(server, "--from", "1970-01-01T00:00:00Z", "--to", "1970-01-01T00:00:00Z") == []


@pytest.mark.parametrize("arguments, status, words", [
    (("player", STRANGER), 1, "knows no player"),
    (("events", "--player", STRANGER), 1, "no stream"),
    (("events", "--stream", "pack/unheard-of"), 1, "no stream pack/unheard-of"),
    (("events", "--command", STRANGER), 1, "no command"),
    (("player",), 2, "which player"),
    (("player", "Vesper"), 2, "which player"),
    (("player", STRANGER, "--at", "999999999"), 2, "yet to come: the log ends at"),
    (("player", STRANGER, "--at", "2999-01-01T00:00:00Z"), 2, "yet to come: by the database's clock it is"),
    (("player", STRANGER, "--at", "2026-11-23T14:00:00"), 2, "a time with a zone"),
    (("player", STRANGER, "--at", "yesterday"), 2, "neither a position nor a time"),
    (("player", STRANGER, "--last", "many"), 2, "--last takes a number"),
    (("events", "--stream", "wallet/x"), 2, "there are player, pack"),
    (("events", "--type", "pack_opend"), 2, "there are player_registered"),
    (("events", "--player", "x"), 2, "a player's id looks like"),
    (("events", "--player", STRANGER, "--command", STRANGER), 2, "exclude each other"),
    (("events", "--form", "1"), 2, "it does not take --form; gachapon events --help"),
    (("events", "--from"), 2, "there must be a value behind --from"),
])
def test_what_cannot_be_answered_says_why(server, arguments, status, words):
    code, out, err = ask(server, *arguments)
    assert (code, out) == (status, "") and words in err, err


def test_nobody_before_the_first_event(play):
    server, _, person = play
    for at in ("0", "1", "1970-01-01T00:00:00Z"):
        status, out, err = ask(server, "player", person.id, "--at", at)
        assert (status, out) == (1, "") and "not yet at position" in err and "begins at" in err


def test_help_shows_how(server):
    for name in ("events", "player"):
        status, out, _ = ask(server, name, "--help")
        assert status == 0 and f"usage: gachapon {name}" in out and "Exit status" in out and "--json" in out
    for name in ("serve", "migrate", "verify", "connect", "projections"):
        status, out, _ = ask(server, name, "--help")
        assert status == 0 and out.startswith(f"usage: gachapon {name}")
    status, _, err = ask(server, "events", dsn="host=127.0.0.1 port=1 dbname=none")
    assert status == 2 and "cannot connect" in err


def test_names_are_hidden_shown_and_erased(new_server, people, clients):
    server = new_server(small=True)
    person = people.new()
    client = clients(person.play(server))
    client.follow()
    (position, _), *_ = grow(server, client)[::-1]
    assert NAME not in ask(server, "events")[1] and "<personal>" in ask(server, "events")[1]
    assert player(server, person.id)["state"]["display_name"] == "<personal>"
    assert NAME in ask(server, "events", "--personal")[1]
    assert NAME in [event["data"].get("display_name") for event in events(server, "--personal")]
    assert player(server, person.id, "--personal")["state"]["display_name"] == NAME
    assert player(server, person.id, "--personal")["state"]["teams"][0]["name"] == "The Findable Four"
    with game.operator(server) as operator:
        operator.request("erase_player", {"player": person.id, "reason": "asked for", "even_active": True})
    with owner(server) as connection:
        wait_until(lambda: connection.execute("select count(*) from personal_keys").fetchone()[0] == 0, 30, "the key to go")
    gone = player(server, person.id, "--personal")
    assert gone["state"]["situation"] == "erased" and gone["last"][-1]["type"] == "player_erased"
    before = player(server, person.id, "--personal", "--at", position)
    assert before["state"]["situation"] == "active" and before["state"]["display_name"] == "erased"
    assert before["state"]["characters"], "all that is not a name is as it was"
    shown = ask(server, "events", "--personal")[1]
    assert NAME not in shown and 'display_name="erased"' in shown


READER = """
    grant connect on database {database} to {role};
    grant usage on schema public to {role};
    grant select on log, batches, streams, events to {role};
"""  # as migrations/eventstore/README.md has it


def test_a_role_that_may_only_read_is_enough(play, postgres, secrets):
    server, client, person = play
    grow(server, client)
    role, password = "gachapon_reader", secrets.get("gachapon_reader")
    postgres[0].ensure_role(role, password)
    database_name = psycopg.conninfo.conninfo_to_dict(server.settings.event_store_dsn)["dbname"]
    with psycopg.connect(server.settings.event_store_superuser_dsn, autocommit=True) as connection:
        connection.execute(sql.SQL(READER).format(database=sql.Identifier(database_name), role=sql.Identifier(role)))
    dsn = psycopg.conninfo.make_conninfo(server.settings.event_store_dsn, user=role, password=password)
    assert events(server, dsn=dsn) == events(server)
    assert player(server, person.id, dsn=dsn) == player(server, person.id)
    status, _, err = ask(server, "events", "--personal", dsn=dsn)
    assert status == 2 and "permission denied" in err and "personal_keys" in err
    status, out, _ = ask(server, "verify", dsn=dsn)
    assert status == 0 and "the log is whole" in out


class Follower:
    """`gachapon events --follow --json`, read line by line."""

    def __init__(self, server, folder, *arguments):
        self.out, self.err = folder / "out", folder / "err"
        self.process = subprocess.Popen([server.binary, "events", "--follow", "--json", *map(str, arguments)],
                                        env=server.environment(), stdout=open(self.out, "wb"), stderr=open(self.err, "wb"))

    def events(self):
        whole = self.out.read_bytes().rpartition(b"\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def wait_position(self, position):
        def reached():
            assert self.process.poll() is None, self.err.read_text()
            seen = self.events()
            return seen and seen[-1]["position"] >= position
        wait_until(reached, 60, f"position {position} to be shown")

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(30)


def test_followed_across_restarts(mortal, new_server, people, clients, tmp_path):
    log, _, dsns = mortal
    server = new_server(databases=dsns, small=True)
    person = people.take(1)[0]
    client = clients(person.play(server))
    follower = Follower(server, tmp_path)
    for _ in range(12):
        position = client.settle("open_pack", ONE)["meta"]["position"]
        follower.wait_position(position)
    client.drop()
    server.kill()
    server.start()
    client = clients(person.play(server))
    position = client.settle("open_pack", TEN)["meta"]["position"]
    follower.wait_position(position)
    log.crash()
    wait_until(lambda: "waiting for the database" in follower.err.read_text(), 30, "it to notice")
    log.start()
    server.wait_ready()
    position = client.settle("open_pack", ONE)["meta"]["position"]
    follower.wait_position(position)
    assert "there again" in follower.err.read_text()
    assert follower.end() == 0
    assert [event["position"] for event in follower.events()] == list(range(1, database.head(server.settings) + 1))


def test_follows_one_player_to_a_position(play, tmp_path):
    server, client, person = play
    until = client.settle("open_pack", ONE)["meta"]["position"] + 3
    follower = Follower(server, tmp_path, "--player", person.id, "--to", until)
    with game.operator(server) as operator:
        for number in range(2):
            operator.request("grant", {"player": person.id, "external_id": f"x{number}", "kind": "free_currency", "amount": 1})
        operator.request("publish_item", {"item": "late", "name": "Late", "description": "None of the player's"})
    assert follower.process.wait(60) == 0
    assert [event["type"] for event in follower.events()] == ["player_registered", "pack_opened", "granted", "granted"]


def test_an_output_that_nobody_reads_ends_it(play):
    server, client, _ = play
    for arguments in (("--follow",), ("--follow", "--from", database.head(server.settings) + 1)):
        process = subprocess.Popen([server.binary, "events", *map(str, arguments)], env=server.environment(),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.close()
        assert process.wait(30) == 0 and process.stderr.read() == b""
    for _ in range(80):
        client.settle("open_pack", TEN)  # more than a pipe holds
    process = subprocess.Popen([server.binary, "events", "--json"], env=server.environment(),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert json.loads(process.stdout.readline())["position"] == 1
    process.stdout.close()
    assert process.wait(30) == 0 and process.stderr.read() == b""


def append(server, stream, *stored):
    """Puts events of a registration's stream into the log as another program could: (type, schema version, data)."""
    kind, key = 5, uuid.UUID(stream).bytes
    number = int.from_bytes(hashlib.sha256(struct.pack(">h", kind) + key).digest()[:8], "big") >> 1
    count = len(stored)
    with owner(server) as connection:
        (writer, head) = connection.execute("select writer, head_position from take_writer('another')").fetchone()
        outcome = connection.execute(
            "select outcome from append_batch(%s, 1, 0, %s, %s, %s::bigint[], %s::int[], %s::bigint[], %s::smallint[],"
            " %s::bytea[], '{}', '{}', %s::bigint[], %s::int[], %s::smallint[], %s::smallint[], %s::uuid[], %s::uuid[],"
            " %s::uuid[], %s::uuid[], %s::bytea[], %s::bytea[], %s::uuid[])",
            [writer, head, b"", [number], [0], [number], [kind], [key], [number] * count, list(range(1, count + 1)),
             [each[0] for each in stored], [each[1] for each in stored], ids := [uuid.uuid4()] + [None] * (count - 1),
             [None] * count, [None] * count, [None] * count, [b"\0" * 16] + [None] * (count - 1),
             [each[2] for each in stored], ids[:1]]).fetchone()[0]
        assert outcome == 0
    return head


def test_what_another_version_wrote_is_shown(play):
    """A shape from before a field was appended; a type and a version of a later program; bytes that are none."""
    server, _, person = play
    server.drain()
    stream = str(uuid.uuid4())
    old = b"\x92" + b"\xc4\x10" + uuid.UUID(stream).bytes + b"\xcf" + (1700000000000).to_bytes(8, "big")
    begun = protocol.EVENTS["registration_begun"]
    head = append(server, stream, (begun, 1, old), (999, 1, b"\x92\x01\xa3abc"), (begun, 7, b"\x91\x05"), (begun, 1, b"\xc1"))
    shown = events(server, "--stream", f"registration/{stream}")
    assert [event["position"] for event in shown] == [head + 1, head + 2, head + 3, head + 4]
    assert shown[0]["data"] == {"registration": stream, "begun_at": "2023-11-14T22:13:20.000Z", "guest": None}
    assert (shown[1]["type"], shown[1]["data"]) == ("event 999", [1, "abc"])
    assert (shown[2]["schema_version"], shown[2]["data"]) == (7, [5])
    assert shown[3]["data"] == "c1"
    assert "not known here (version 7): [5]" in ask(server, "events", "--stream", f"registration/{stream}")[1]


def test_an_outage_is_in_the_log_and_in_the_metrics(mortal, new_server):
    log, _, dsns = mortal
    server = new_server(databases=dsns)

    def lines(tag):
        return [line for line in server.log.read_text().splitlines() if f" tag={tag} " in line]

    def metric(name):
        return float(re.search(rf"^{name} ([0-9.]+)$", server.http("/metrics")[1], re.M)[1])

    ready = len(wait_until(lambda: lines("ready"), 30, "a line that says that all is there"))
    missing = len(lines("not-ready"))  # a slow start has some
    wait_until(lambda: metric("gachapon_ready") == 1, 30, "the metric that says so")
    assert metric("process_resident_memory_bytes") > 1 << 20 and metric("process_cpu_seconds_total") > 0
    assert 'gachapon_build_info{version="' in server.http("/metrics")[1]
    log.crash()
    wait_until(lambda: len(lines("not-ready")) > missing, 30, "a line that says what is missing")
    assert "event store: " in lines("not-ready")[-1] and "level=warn" in lines("not-ready")[-1]
    assert metric("gachapon_ready") == 0 == metric("gachapon_ready_event_store")
    log.start()
    wait_until(lambda: len(lines("ready")) > ready, 30, "a line that says that all is there again")
    wait_until(lambda: metric("gachapon_ready") == 1, 30, "the metric that says so")


def test_why_sockets_were_closed_is_counted(new_server, people, clients):
    server = new_server("--single-session", small=True)
    person = people.take(1)[0]

    def closed(name):
        return int(re.search(rf'^gachapon_sockets_closed_total{{code="\d+",name="{name}"}} (\d+)$',
                             server.http("/metrics")[1], re.M)[1])

    def told(words):
        """A line for a socket that is over, with its number and how long it was open, and nothing of who it was."""
        return re.search(rf"level=info tag=closed session=\d+ {words} seconds=\d+$", server.log.read_text(), re.M)

    first = clients(person.play(server))
    assert closed("replaced") == 0
    second = clients(person.play(server))
    assert first.wait_closed(10).code == 4009 and closed("replaced") == 1 and closed("disabled") == 0
    wait_until(lambda: told("code=4009 name=replaced by=server"), 30, "the line of the one that was replaced")
    second.close()
    wait_until(lambda: told("code=1000 name=- by=client"), 30, "the line of the one that went")
    clients(person.play(server)).drop()
    wait_until(lambda: told("code=1006 name=- by=nobody"), 30, "the line of the one that was cut")


def test_check_config_asks_the_log_too(new_server, people, tmp_path):
    server = new_server(small=True)
    status, out, _ = ask(server, "check-config")
    assert status == 0 and f"ok    {'log':22} ends at position {database.head(server.settings)}" in out
    people.take(1)[0].play(server).close()
    status, out, _ = ask(server, "check-config")
    assert status == 0 and "is the one of this log's draws" in out
    (tmp_path / "key").write_text("ab" * 32)
    status, out, _ = ask(server, "check-config", "--master-key-file", tmp_path / "key")
    assert status == 1 and f"WRONG {'master-key-file':22} is another one than this log's draws" in out
    empty = new_server(start=False)
    status, out, _ = ask(empty, "check-config")
    assert status == 1 and f"WRONG {'log':22} cannot be read in this role: run gachapon migrate" in out
    assert f"WRONG {'views':22} cannot be read in this role: run gachapon migrate" in out


def test_check_config_says_what_the_databases_say(new_server):
    """Connection strings taken for each other sign in as well as the right ones; a wrong password is named as one."""
    server = new_server(start=False)
    server.migrate()
    right = server.settings
    status, out, _ = ask(server, "check-config", "--event-store-dsn", right.projections_dsn, "--projections-dsn", right.event_store_dsn)
    assert status == 1 and f"WRONG {'log':22} " in out and f"WRONG {'views':22} " in out
    status, out, _ = ask(server, "check-config", "--projections-dsn", wrong_password(right.projections_dsn))
    assert status == 1 and "password authentication failed" in out and "not-the-password" not in out


@pytest.mark.parametrize("wrong, why", [
    (lambda settings: wrong_password(settings.projections_dsn), "password authentication failed"),
    (lambda settings: settings.event_store_dsn, 'relation "projections" does not exist'),
], ids=["password", "database"])
def test_it_says_why_it_is_not_ready(new_server, wrong, why):
    """A server that was given a wrong password, or a database without the views' tables, waits and names it; it does not keep
    it to itself."""
    server = new_server(start=False)
    server.migrate()
    server.settings.projections_dsn = wrong(server.settings)
    server.spawn()
    said = wait_until(lambda: "tag=not-ready" in server.log.read_text() and server.log.read_text(), 60, "the reason in the log",
                      alive=server.process)
    text = wait_until(lambda: (lambda answer: answer if "projections: away: " in answer else None)(server.http("/readyz")[1]), 60,
                      "the reason on /readyz")
    assert why in text and "not-the-password" not in said + text


def test_it_says_why_the_event_store_cannot_be_written(new_server):
    """Read-only, as a standby is: the reason, and not that the connection was given up for it."""
    server = new_server(start=False)
    server.migrate()
    name = server.settings.event_store_dsn.rsplit("/", 1)[1]
    with owner(server) as connection:
        connection.execute(f'alter database "{name}" set default_transaction_read_only = on')
    server.spawn()
    wait_until(lambda: "read-only transaction" in server.http("/readyz")[1], 60, "the reason on /readyz", alive=server.process)


def test_a_right_that_is_missing_is_in_the_log(play):
    """The players are told `store_unavailable` and the operator why: once, however often they try."""
    server, client, _ = play
    with owner(server) as connection:
        connection.execute("revoke execute on function append_batch from gachapon_events")
    for _ in range(3):
        with pytest.raises(Refused, match="store_unavailable"):
            client.request("open_pack", {"pack": "plain", "count": 1})
    with owner(server) as connection:
        connection.execute("grant execute on function append_batch to gachapon_events")
    client.settle("open_pack", {"pack": "plain", "count": 1})
    told = [line for line in server.log.read_text().splitlines() if "append=failed" in line]
    assert len(told) == 1 and "permission denied for function append_batch" in told[0]


def test_migrate_refuses_a_list_of_steps_that_is_not_its_own(new_server):
    """A database of a newer program, and a list that somebody edited: a reason, and nothing is done."""
    server = new_server(start=False)
    server.migrate()
    for change, why in (("insert into schema_migrations values (1 + (select max(number) from schema_migrations), 'future', '')",
                         "it is newer"),
                        ("delete from schema_migrations where number = 2", "lacks step 2")):
        with owner(server) as connection:
            connection.execute(change)
        status, _, err = ask(server, "migrate")
        assert status == 1 and why in err, err


def wrong_password(dsn):
    return re.sub(r":[^:@/]+@", ":not-the-password@", dsn)
