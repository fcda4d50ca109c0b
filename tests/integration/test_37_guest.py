"""Play first, register later: a guest plays with a secret that its client made, claims the account by e-mail address and
password, and is the same player behind it. Resent, cut off and killed at any step it is one account; nobody else's.
"""

import secrets
import uuid

import pytest

from harness import database, game
from harness.audit import check_everything
from harness.client import Refused, new_id
from harness.keycloak import Answer
from harness.processes import wait_until

PASSWORD = "correct-horse-battery"
SOON = ("--registration-within-ms", "2000")
OPEN = {"pack": "standard", "count": 1}


@pytest.fixture
def console(keycloak):
    return keycloak.console()


def a_secret():
    return secrets.token_urlsafe(32)


def an_email():
    return f"claim-{uuid.uuid4().hex[:10]}@example.test"


def guest(server, clients, secret, display_name="", **meta):
    client = clients(server.settings.url + "/join")
    client.tokens = client.play_as_guest(secret, display_name, **meta)["payload"]
    return client


def types(server, *wanted):
    return [event["type"] for event in database.log(server.settings) if event["type"] in wanted]


def test_a_guest_plays_and_claims_and_is_the_same_player(starter, clients, console):
    secret, email = a_secret(), an_email()
    client = guest(starter, clients, secret)
    player, name = client.tokens["player"], client.tokens["user_name"]
    client.follow()
    assert client.replica.live("player")[(player,)]["display_name"].startswith("Player-")
    assert client.request("open_pack", OPEN)["payload"]["opening"] == 1
    assert [user["id"] for user in console.call("GET", f"/users?q=guest:true&username={name}")[0]] == [player]
    assert console.user(player).get("email") is None

    old = console.login(name, secret)  # another device, with the secret
    other = clients(starter.settings.url + "/play", token=old["access_token"])
    other.signed_in()

    reply = client.claim_account(email, PASSWORD)["payload"]
    assert reply["player"] == player
    user = console.user(player)
    assert user["email"] == email and "guest" not in user["attributes"] and not user["emailVerified"]
    assert len(console.sessions(player)) == 1, "only the one of the reply is left"
    with pytest.raises(Answer, match="invalid_grant|400|401"):
        console.login(name, secret)
    for tokens in (old, client.tokens):
        with pytest.raises(Answer):
            console.refresh(tokens["refresh_token"])
    assert console.refresh(reply["refresh_token"])
    assert client.request("open_pack", OPEN)["payload"]["opening"] == 2

    again = clients(starter.settings.url + "/join")
    assert again.sign_in(console.login(email, PASSWORD)["access_token"])["payload"]["player"] == player
    again.follow()
    assert again.request("open_pack", OPEN)["payload"]["opening"] == 3
    events = [event for event in database.log(starter.settings) if event["type"] == "player_registered"
              and event["data"]["player"] == player]
    assert [event["data"]["door"] for event in events] == ["guest"]


def test_a_display_name_can_be_chosen(starter, clients):
    client = guest(starter, clients, a_secret(), "Ghost Rider")
    client.follow()
    assert client.replica.live("player")[(client.tokens["player"],)]["display_name"] == "Ghost Rider"
    with pytest.raises(Refused, match="display_name_invalid"):
        clients(starter.settings.url + "/join").play_as_guest(a_secret(), " ")


def test_sent_again_it_is_the_same_guest_and_only_with_the_secret(starter, clients):
    secret, command = a_secret(), new_id()
    first = guest(starter, clients, secret, command_id=command)
    again = guest(starter, clients, secret, command_id=command)
    assert again.tokens["player"] == first.tokens["player"] and again.tokens["user_name"] == first.tokens["user_name"]
    assert again.tokens["access_token"] != first.tokens["access_token"]
    for secret, name in ((a_secret(), ""), (secret, "Another")):
        with pytest.raises(Refused, match="command_id_reused"):
            clients(starter.settings.url + "/join").play_as_guest(secret, name, command_id=command)
    with pytest.raises(Refused, match="command_id_reused"):  # another message under this id
        clients(starter.settings.url + "/join").register(an_email(), command_id=command)


def test_a_claim_sent_again_signs_in_afresh(starter, clients, console):
    email, command = an_email(), new_id()
    client = guest(starter, clients, a_secret())
    first = client.claim_account(email, PASSWORD, command_id=command)["payload"]
    for again in range(2):
        socket = client if again == 0 else clients(starter.settings.url + "/play", token=first["access_token"])
        reply = socket.claim_account(email, PASSWORD, command_id=command)["payload"]
        assert reply["player"] == first["player"] and reply["access_token"] != first["access_token"]
        first = reply
    assert client.wait_closed().code == 4002, "its session was ended by the last claim"
    with pytest.raises(Refused, match="command_id_reused"):
        socket.claim_account(an_email(), PASSWORD, command_id=command)
    with pytest.raises(Refused, match="command_id_reused"):
        socket.claim_account(email, "another-good-password", command_id=command)
    with pytest.raises(Refused, match="not_a_guest"):
        socket.claim_account(an_email(), PASSWORD)
    assert console.user(first["player"])["email"] == email


def test_what_is_wrong_is_named_and_changes_nothing(starter, newcomer, people, clients, console):
    secret, taken = a_secret(), an_email()
    clients(starter.settings.url + "/join").register(taken, PASSWORD)
    client = guest(starter, clients, secret)
    for email, password, error in ((taken, PASSWORD, "email_taken"), ("nobody", PASSWORD, "email_invalid"),
                                   (an_email(), "12345678", "password_weak"), (an_email(), "short", "field_out_of_range"),
                                   (an_email(), client.tokens["user_name"], "password_weak")):
        with pytest.raises(Refused, match=error):
            client.claim_account(email, password)
    assert console.login(client.tokens["user_name"], secret)
    registered, person = newcomer(starter), people.new()
    console_made = clients(person.play(starter))
    for other in (registered, console_made):  # nobody's password is changed by who has a token
        with pytest.raises(Refused, match="not_a_guest"):
            other.claim_account(an_email(), PASSWORD)
    assert console.login(person.name, person.password)
    with game.operator(starter) as operator, pytest.raises(Refused, match="not_a_guest"):
        operator.claim_account(an_email(), PASSWORD)
    fresh = clients(starter.settings.url + "/join")
    with pytest.raises(Refused, match="signed_out"):
        fresh.claim_account(an_email(), PASSWORD)
    with pytest.raises(Refused, match="field_out_of_range"):
        fresh.play_as_guest("a" * 31)
    with pytest.raises(Refused, match="password_weak"):
        fresh.play_as_guest("a" * 32)
    with pytest.raises(Refused, match="wrong_path"):
        clients(starter.settings.url + "/play").play_as_guest(a_secret())
    with pytest.raises(Refused, match="signed_in_already"):
        client.play_as_guest(a_secret())


def test_guests_count_as_registrations(new_server, clients):
    server = new_server("--registrations-per-address", "2", more={"GACHAPON_UNLIMITED": ""})
    guest(server, clients, a_secret())
    clients(server.settings.url + "/join").register()
    with pytest.raises(Refused, match="rate_limited"):
        clients(server.settings.url + "/join").play_as_guest(a_secret())


# --- cut off

def makes_user(method, path, body):
    return method == "POST" and path.endswith("/users")


def changes_user(method, path, body):
    return method == "PUT" and "/users/" in path


def asks_sessions(method, path, body):
    return method == "GET" and path.endswith("/sessions")


def grants(method, path, body):
    return path.endswith("/token") and b"grant_type=password" in body


def ended(server, registration):
    """How this one ended, once it did and nothing is left to do; else None."""
    ends = [event for event in database.log(server.settings)
            if event["type"] in ("registration_finished", "registration_undone")
            and event["data"]["registration"] == str(registration)]
    assert len(ends) <= 1
    with database.psycopg.connect(server.settings.event_store_owner_dsn) as connection:
        followed, timers = connection.execute("select coalesce(max(position), 0), (select count(*) from timers) from processes"
                                              " where name = 'registration'").fetchone()
    return ends[0]["type"] if ends and followed >= ends[0]["position"] and timers == 0 else None


@pytest.mark.parametrize("resent", [True, False], ids=["resent", "never resent"])
@pytest.mark.parametrize("step", [("before", makes_user), ("after", makes_user), ("before", grants)],
                         ids=["begun", "user made", "finished"])
def test_a_guest_that_is_cut_off(gate, new_server, clients, console, step, resent):
    flags = (*(() if resent else SOON), "--issuer-fetch-url", f"{gate.url}/realms/gachapon")
    server, secret, command = new_server(*flags), a_secret(), new_id()
    gate.hold(*step)
    clients(server.settings.url + "/join").send("play_as_guest", {"secret": secret, "display_name": ""}, command_id=command)
    gate.wait_held(20)
    server.kill()
    gate.let_go()
    server.start(*flags)
    if resent:
        client = guest(server, clients, secret, command_id=command)
        client.follow()
        assert types(server, "player_registered") == ["player_registered"]
    how = wait_until(lambda: ended(server, command), 60, "the registration to end")
    user = console.find_user(f"guest-{command}")
    if resent or step[1] is grants:
        assert how == "registration_finished" and console.login(f"guest-{command}", secret)
        assert types(server, "player_registered") == ["player_registered"]
    else:
        assert how == "registration_undone" and user is None and types(server, "player_registered") == []
    check_everything(server)


@pytest.mark.parametrize("resent", [True, False], ids=["resent", "never resent"])
@pytest.mark.parametrize("step", [("before", changes_user), ("after", changes_user), ("before", asks_sessions), ("before", grants)],
                         ids=["begun", "changed", "sessions", "finished"])
def test_a_claim_that_is_cut_off(gate, new_server, clients, console, step, resent):
    fetched = ("--issuer-fetch-url", f"{gate.url}/realms/gachapon")
    server, secret, email, command = new_server(*fetched), a_secret(), an_email(), new_id()
    client = guest(server, clients, secret)
    player, name = client.tokens["player"], client.tokens["user_name"]
    elsewhere = console.login(name, secret)
    flags = (*(() if resent else SOON), *fetched)
    if not resent:  # only now: the guest's own registration may take its time
        server.drain()
        server.start(*flags)
        client = clients(server.settings.url + "/play", token=client.tokens["access_token"])
        client.signed_in()
    gate.hold(*step)
    client.send("claim_account", {"email": email, "password": PASSWORD}, command_id=command)
    gate.wait_held(20)
    server.kill()
    gate.let_go()
    server.start(*flags)
    claimed = step != ("before", changes_user)
    if resent:  # the guest signs in with what it has
        login = console.login(email, PASSWORD) if claimed else console.login(name, secret)
        back = clients(server.settings.url + "/play", token=login["access_token"])
        back.signed_in()
        assert back.claim_account(email, PASSWORD, command_id=command)["payload"]["player"] == player
    how = wait_until(lambda: ended(server, command), 60, "the claim to end")
    assert how == ("registration_finished" if claimed or resent else "registration_undone")
    if claimed or resent:
        assert console.login(email, PASSWORD)
        for tokens in (elsewhere,):
            with pytest.raises(Answer):
                console.refresh(tokens["refresh_token"])
        with pytest.raises(Answer):
            console.login(name, secret)
    else:
        assert console.login(name, secret) and console.refresh(elsewhere["refresh_token"])
        assert console.user(player).get("email") is None
    assert types(server, "player_registered") == ["player_registered"]
    check_everything(server)
