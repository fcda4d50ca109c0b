"""Read models are disposable, databases die in use, nothing is lost.

The same three looks end every test (harness/audit.py): log, projections and replicas agree.
"""

import pytest

from harness import database, game, system
from harness.audit import check_everything
from harness.client import Refused, new_id
from harness.processes import wait_until

ONE, TEN = {"pack": "plain", "count": 1}, {"pack": "plain", "count": 10}


def busy_player(server, person, clients):
    """A following client that has played a little of everything."""
    client = clients(person.play(server))
    client.follow()
    client.settle("open_pack", TEN)
    client.settle("open_pack", {"pack": "plain", "count": 10, "payment": "item"})
    members = sorted(key[1] for key in client.replica.live("character"))[:4]
    for name in ("First", "Second"):
        client.settle("form_team", {"name": name, "members": members})
    client.settle("disband_team", {"team": 1})
    client.settle("rename_player", {"display_name": f"Player {person.name[-4:]}"})
    client.settle("rotate_seed", {"client_seed": "mine"})
    client.settle("open_pack", {"pack": "scarce", "count": 1})
    return client


@pytest.mark.parametrize("running", [False, True], ids=["while stopped", "while running"])
def test_projections_come_back_from_the_log(new_server, postgres, secrets, people, clients, running):
    server = new_server(small=True)
    players = [busy_player(server, person, clients) for person in people.take(2)]
    check_everything(server, *players)
    before = database.dump(server.settings)
    assert all(before[table] for table in ("players", "wallets", "characters", "teams", "openings", "packs", "pack_odds"))
    name = server.settings.projections_dsn.rsplit("/", 1)[1]
    if not running:
        server.drain()
    postgres[1].drop_database(name)
    system.provision(*postgres, secrets, suffix=name.removeprefix(system.PROJECTIONS))
    server.migrate()
    if not running:
        server.start()
    wait_until(lambda: database.dump(server.settings) == before, 60, "the same tables as before")
    wait_until(lambda: server.http("/readyz")[0] == 200, 60, "the server to be ready", alive=server.process)
    again = []
    for person, client in zip(people.take(2), players):
        assert client.wait_closed().code == 1001, "who followed the tables of before is told to come back"
        client = clients(person.play(server, replica=client.replica))
        answer = client.follow()["payload"]
        assert answer["own_whole"] and answer["public_whole"], "the marks of another generation mean nothing"
        client.settle("open_pack", ONE)
        again.append(client)
    check_everything(server, *again)


def test_replay_compare_agrees(new_server, people, clients):
    server = new_server(small=True)
    player = busy_player(server, people.take(1)[0], clients)
    check_everything(server, player)
    server.tool("replay", "--compare")
    with database.psycopg.connect(server.settings.projections_owner_dsn, autocommit=True) as connection:
        connection.execute("update wallets set free = free + 1")
    with pytest.raises(Exception, match="wallet"):
        server.tool("replay", "--compare")


def test_a_restart_loses_nothing(new_server, people, clients):
    server = new_server(small=True)
    player = busy_player(server, people.take(1)[0], clients)
    head = database.head(server.settings)
    server.drain()
    server.start()
    assert database.head(server.settings) == head
    again = clients(people.take(1)[0].play(server, replica=player.replica))
    again.follow()
    again.request("open_pack", ONE)
    check_everything(server, again)


def test_the_projections_server_dies_in_use(own_databases, new_server, people, clients):
    """Commands go on: a success says that it is stored but not yet shown. The rows arrive when the database is back,
    also those that its last seconds lost (it commits asynchronously)."""
    _, projections, dsns = own_databases
    server = new_server("--strong-wait-ms", "300", databases=dsns, small=True)
    first, second = (busy_player(server, person, clients) for person in people.take(2))
    in_flight = [client.send("open_pack", ONE) for client in (first, second) for _ in range(20)]
    projections.crash()
    for number, request in enumerate(in_flight):
        (first, second)[number // 20].reply(request)
    reply = first.request("open_pack", ONE)
    assert reply["meta"]["view_position"] < reply["meta"]["position"], "stored at N, this view at M"
    assert first.request("open_pack", ONE, consistency="eventual")["payload"]["opening"] == reply["payload"]["opening"] + 1
    with pytest.raises(Refused) as refused:
        first.request("list_wallets", {})
    assert refused.value.name == "view_unavailable" and refused.value.may_retry
    newcomer = clients(people.take(3)[2].play(server))  # enrolled without views
    assert newcomer.settle("open_pack", ONE)
    projections.start()
    first.caught_up(reply["meta"]["position"], timeout=60)
    newcomer.settle("list_wallets", {})
    newcomer.follow()
    for client in (first, second, newcomer):
        client.caught_up(client.settle("open_pack", ONE)["meta"]["position"])
    check_everything(server, first, second, newcomer)


def test_the_event_store_dies_in_use(own_databases, new_server, people, clients):
    """What was in flight has an unknown outcome until the store is back; sent again it has one effect."""
    events, _, dsns = own_databases
    server = new_server(databases=dsns, small=True)
    first, second = (busy_player(server, person, clients) for person in people.take(2))
    commands = []
    for number in range(60):
        client, made = (first, second)[number % 2], new_id()
        commands.append((client, made, client.send("open_pack", ONE, command_id=made)))
    first.reply(commands[0][2])
    events.crash()
    with pytest.raises(Refused) as refused:
        first.request("rename_player", {"display_name": "Not Yet"})
    assert refused.value.name == "store_unavailable" and refused.value.payload["retry"] == "later"
    assert server.http("/readyz")[0] == 503 and server.http("/healthz")[0] == 200
    events.start()
    answers = {}
    for client, made, request in commands:
        try:
            answers[made] = client.reply(request)
        except Refused as lost:
            assert lost.name == "store_unavailable"
            answers[made] = client.settle("open_pack", ONE, command_id=made)
    found = database.command_events(server.settings, answers)
    assert {made: [answer["meta"]["position"]] for made, answer in answers.items()} == found
    again = {made: client.settle("open_pack", ONE, command_id=made) for client, made, _ in commands}
    assert {made: answer["payload"] for made, answer in again.items()} == {m: a["payload"] for m, a in answers.items()}
    wait_until(lambda: server.http("/readyz")[0] == 200, 60, "the server to be ready", alive=server.process)
    for client in (first, second):
        client.caught_up(client.settle("open_pack", ONE)["meta"]["position"])
    check_everything(server, first, second)


def test_it_starts_before_its_databases(own_databases, new_server, people, clients):
    """Started while both are away, it says so on /readyz and is ready once they are back."""
    events, projections, dsns = own_databases
    server = new_server(databases=dsns, start=False)
    server.migrate()
    for database_server in (events, projections):
        database_server.stop()
    server.spawn()
    wait_until(lambda: server.http("/healthz")[0] == 200, 60, "/healthz", alive=server.process)
    assert server.http("/readyz")[0] == 503
    client = clients(server.settings.url + "/join")
    with pytest.raises(Refused) as refused:
        client.request("list_packs", {})
    assert refused.value.may_retry
    for database_server in (events, projections):
        database_server.start()
    server.wait_ready()
    game.publish_small(server)
    player = busy_player(server, people.take(1)[0], clients)
    check_everything(server, player)
