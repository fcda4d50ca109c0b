"""Registrations that are cut off: kill -9 of the server at each step, Keycloak away, others who come first. A resent
`register` ends in one user and one player; one that is never resent in that, or in neither.

The gate in front of Keycloak holds the server's request at the chosen place, so that the server is killed just there.
"""

import threading
import uuid

import pytest

from harness import database
from harness.audit import check_everything
from harness.client import Refused, new_id
from harness.keycloak import Answer
from harness.processes import wait_until

PASSWORD = "correct-horse-battery"
SOON = ("--registration-within-ms", "2000")


@pytest.fixture
def gated(gate, new_server):
    """gated(*flags): a server whose only way to Keycloak is the gate."""
    def make(*flags):
        server = new_server("--issuer-fetch-url", f"{gate.url}/realms/gachapon", *flags)
        server.flags = ("--issuer-fetch-url", f"{gate.url}/realms/gachapon", *flags)
        return server

    return make


def makes_user(method, path, body):
    return method == "POST" and path.endswith("/users")


def grants(method, path, body):
    return path.endswith("/token") and b"grant_type=password" in body


STEPS = {
    "begun": ("before", makes_user),       # the log has it, Keycloak has no user
    "user made": ("after", makes_user),    # Keycloak has a user, the log has no player
    "finished": ("before", grants),        # both are there, nobody was answered
    "granted": ("after", grants),          # the same, and there is a session in Keycloak
}


def an_email():
    return f"half-{uuid.uuid4().hex[:10]}@example.test"


def looks_it_up(method, path, body):
    """What the process asks at the deadline: is there a user of this registration?"""
    return method == "GET" and "registration_id" in path


def cut_off(gate, server, clients, step, email, command, undecided=False):
    """A register whose server dies at this step. `undecided`: however late we are, the process gets no answer until
    `gate.cut` is None again."""
    gate.hold(*STEPS[step])
    client = clients(server.settings.url + "/join")
    client.send("register", {"email": email, "password": PASSWORD, "display_name": "Half Done"}, command_id=command)
    gate.wait_held(20)
    server.kill()
    gate.let_go()
    if undecided:
        gate.cut = ("before", looks_it_up)
    server.start(*server.flags)


def types(server, *wanted):
    return [event["type"] for event in database.log(server.settings) if event["type"] in wanted]


def ended(server):
    """How the one registration of this log ended, once it did and nothing is left to do; else None."""
    ends = [event for event in database.log(server.settings)
            if event["type"] in ("registration_finished", "registration_undone")]
    assert len(ends) <= 1
    with database.psycopg.connect(server.settings.event_store_owner_dsn) as connection:
        followed, timers = connection.execute("select coalesce(max(position), 0), (select count(*) from timers) from processes"
                                              ).fetchone()
    return ends[0]["type"] if ends and followed >= ends[0]["position"] and timers == 0 else None


def wait_ended(server):
    return wait_until(lambda: ended(server), 60, "the registration to end")


@pytest.mark.parametrize("step", STEPS)
def test_killed_and_resent_it_is_one_user_and_one_player(gate, gated, keycloak, clients, step):
    server, email, command = gated(), an_email(), new_id()
    cut_off(gate, server, clients, step, email, command)
    client = clients(server.settings.url + "/join")
    reply = client.register(email, PASSWORD, "Half Done", command_id=command)["payload"]
    assert keycloak.console().find_user(email)["id"] == reply["player"]
    client.follow()
    with database.psycopg.connect(server.settings.event_store_owner_dsn) as connection:
        causes = connection.execute("select distinct coalesce(correlation_id, command_id)::text, coalesce(causation_id, command_id)::text"
                                    " from events e join streams s on s.stream = e.stream where command_id is not null"
                                    " and (kind = 5 or type = 1)").fetchall()
    assert causes == [(str(command), str(command))], "all of it follows from the client's command"
    assert types(server, "player_registered", "registration_begun") == ["registration_begun", "player_registered"]
    assert wait_ended(server) == "registration_finished"
    again = clients(server.settings.url + "/join").register(email, PASSWORD, "Half Done", command_id=command)["payload"]
    assert again["player"] == reply["player"] and again["access_token"] != reply["access_token"]
    check_everything(server, client)


@pytest.mark.parametrize("step", STEPS)
def test_killed_and_never_resent_it_is_finished_or_undone(gate, gated, keycloak, clients, step):
    server, email, command = gated(*SOON), an_email(), new_id()
    cut_off(gate, server, clients, step, email, command)
    how = wait_ended(server)
    user, players = keycloak.console().find_user(email), types(server, "player_registered")
    if step in ("finished", "granted"):
        assert how == "registration_finished" and user is not None and players == ["player_registered"]
        assert clients(server.settings.url + "/play").sign_in(keycloak.console().login(email, PASSWORD)["access_token"])
    else:
        assert how == "registration_undone" and user is None and players == []
        client = clients(server.settings.url + "/join")
        with pytest.raises(Refused, match="registration_undone"):
            client.register(email, PASSWORD, "Half Done", command_id=command)
        assert keycloak.console().find_user(email) is None
        assert client.register(email, PASSWORD, "Half Done")  # the address is free
    check_everything(server)


@pytest.mark.parametrize("door", ["game", "elsewhere"])
def test_whoever_signed_in_is_never_deleted(gate, gated, keycloak, clients, door):
    server, email = gated(*SOON), an_email()
    cut_off(gate, server, clients, "user made", email, new_id(), undecided=True)
    token = keycloak.console().login(email, PASSWORD)["access_token"]
    if door == "game":
        assert clients(server.settings.url + "/play").sign_in(token)["payload"]["enrolled"]
    else:
        keycloak.console().logout_user(keycloak.console().find_user(email)["id"])  # no session is left, a login is
    gate.cut = None
    assert wait_ended(server) == "registration_finished"
    user = keycloak.console().find_user(email)
    client = clients(server.settings.url + "/play")
    wait_until(lambda: client.sign_in(keycloak.console().login(email, PASSWORD)["access_token"]), 60, "a sign-in")
    assert [event["data"]["player"] for event in database.log(server.settings)
            if event["type"] == "player_registered"] == [user["id"]]
    check_everything(server)


def test_someone_elses_user_is_not_touched(gate, gated, keycloak, clients):
    """Its mark only resembles ours, or it has none."""
    console, server, email, command = keycloak.console(), gated(*SOON), an_email(), new_id()
    others = [console.create_user(f"other-{uuid.uuid4().hex[:8]}", email=an_email()),
              console.create_user(f"other-{uuid.uuid4().hex[:8]}", email=an_email(),
                                  attributes={"registration_id": [f"{command}x"]})]
    cut_off(gate, server, clients, "begun", email, command)
    assert wait_ended(server) == "registration_undone"
    assert all(console.user(other)["id"] == other for other in others)


def test_keycloak_away_at_the_deadline_is_waited_for(gate, gated, keycloak, clients):
    server, email = gated(*SOON), an_email()
    cut_off(gate, server, clients, "user made", email, new_id(), undecided=True)
    gate.closed = True
    wait_until(lambda: "gachapon_process_retries_total{process=\"registration\"} 0" not in server.http("/metrics")[1], 60,
               "a try that comes to nothing")
    assert types(server, "registration_undone") == [] and keycloak.console().find_user(email) is not None
    status = server.tool("processes", "status")
    (line,) = [line for line in status.splitlines() if line.startswith("registration ")]
    assert line.split()[3] == "1", status
    gate.cut, gate.closed = None, False
    assert wait_ended(server) == "registration_undone" and keycloak.console().find_user(email) is None


def test_the_other_node_goes_on(gate, gated, new_server, keycloak, clients):
    server, email = gated(*SOON), an_email()
    gate.hold(*STEPS["user made"])
    client = clients(server.settings.url + "/join")
    client.send("register", {"email": email, "password": PASSWORD, "display_name": "Half Done"}, command_id=new_id())
    gate.wait_held(20)
    databases = {name: getattr(server.settings, name) for name in vars(server.settings) if "_dsn" in name}
    other = new_server("--node", "node-2", *SOON, databases=databases)
    server.kill()  # for good
    gate.let_go()
    assert wait_ended(other) == "registration_undone" and keycloak.console().find_user(email) is None


@pytest.mark.parametrize("finished", [True, False], ids=["finished", "begun"])
def test_another_content_under_the_same_id_makes_no_user(gate, gated, keycloak, clients, finished):
    server, email, command = gated(), an_email(), new_id()
    if finished:
        clients(server.settings.url + "/join").register(email, PASSWORD, "Half Done", command_id=command)
    else:
        cut_off(gate, server, clients, "begun", email, command)
    for other, name in ((an_email(), "Half Done"), (email, "Another")):
        client = clients(server.settings.url + "/join")
        with pytest.raises(Refused, match="command_id_reused"):
            client.register(other, PASSWORD, name, command_id=command)
        assert other == email or keycloak.console().find_user(other) is None
    client = clients(server.settings.url + "/join")
    assert client.register(email, PASSWORD, "Half Done", command_id=command)


def test_a_repeat_that_keycloak_is_not_ready_for(gate, gated, clients):
    """Keycloak refuses a grant as if the password were wrong while it is not done with one before it. A repeat that waited for
    the first hears that it may try again, not that its id was another's; one with another password hears that."""
    server, email, command, came, go = gated(), an_email(), new_id(), threading.Event(), threading.Event()
    form = {"email": email, "password": PASSWORD, "display_name": "Half Done"}
    granted = []

    def waits(*request):
        if makes_user(*request):
            came.set()
            go.wait(60)
        return False

    def second(*request):
        granted.extend([request] if grants(*request) else [])
        return grants(*request) and len(granted) > 1

    gate.cut, gate.say = ("before", waits), (second, 401, '{"error": "invalid_grant", "error_description": "Invalid user credentials"}')
    sockets = [clients(server.settings.url + "/join") for _ in range(3)]
    first = sockets[0].send("register", form, command_id=command)
    assert came.wait(60)
    repeats = [socket.send("register", {**form, "password": password}, command_id=command)
               for socket, password in zip(sockets[1:], (PASSWORD, "another-horse-battery"))]
    assert all(socket.request("ping") for socket in sockets[1:]), "they are there, and wait"
    go.set()
    player = sockets[0].reply(first)["payload"]["player"]
    for socket, request, name in zip(sockets[1:], repeats, ("identity_unavailable", "command_id_reused")):
        with pytest.raises(Refused) as refused:
            socket.reply(request)
        assert refused.value.name == name and not refused.value.payload["detail"]
    gate.cut = gate.say = None
    assert sockets[1].settle("register", form, command_id=command)["payload"]["player"] == player


def test_the_id_of_another_command_makes_no_user(starter, newcomer, keycloak, clients):
    player, command, email = newcomer(starter), new_id(), an_email()
    player.request("open_pack", {"pack": "standard", "count": 1}, command_id=command)
    with pytest.raises(Refused, match="command_id_reused"):
        clients(starter.settings.url + "/join").register(email, PASSWORD, command_id=command)
    assert keycloak.console().find_user(email) is None


def test_once_finished_a_deleted_user_is_not_made_again(starter, keycloak, clients):
    console, command, email = keycloak.console(), new_id(), an_email()
    made = clients(starter.settings.url + "/join").register(email, PASSWORD, command_id=command)["payload"]
    console.delete_user(made["player"])
    with pytest.raises(Refused):
        clients(starter.settings.url + "/join").register(email, PASSWORD, command_id=command)
    assert console.find_user(email) is None
    with pytest.raises(Answer):
        console.user(made["player"])
