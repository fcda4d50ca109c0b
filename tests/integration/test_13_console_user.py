"""Keycloak rules: who is made in its console plays, who is disabled, deleted, signed out or changed there feels it on the
open socket within two seconds."""

import time

import pytest

from harness import game
from harness.client import Refused
from harness.processes import wait_until

OPEN = {"pack": "standard", "count": 1}


@pytest.fixture
def console(keycloak):
    return keycloak.console()


@pytest.fixture
def bystander(starter, newcomer):
    """Somebody else, who must not notice."""
    client = newcomer(starter, "Bystander")
    yield client
    assert client.closed is None
    assert client.request("open_pack", OPEN)["payload"]["opening"] == 1


@pytest.fixture
def closed(promptly):
    """closed(client, began): the code of its close, which came in time after `began`."""
    def make(client, began):
        code = client.wait_closed().code
        took = time.monotonic() - began
        assert took < promptly, f"closed with {code} only after {took:.2f} s"
        return code

    return make


def refused_now(server, clients, token):
    """Why this token does not sign in, by message; and that it does not by header either."""
    by_header = clients(server.settings.url + "/play", token=token)
    assert by_header.wait_closed().code in (4001, 4002, 4003)
    assert not any(push["type"] == "signed_in" for push in by_header.pushes)
    with pytest.raises(Refused) as refused:
        clients(server.settings.url + "/join").sign_in(token)
    return refused.value.name


def sign_in_again(person, server, clients):
    """A fresh token; one of the very second of a revocation is refused, the next second's is not."""
    def attempt():
        token = person.console.login(person.name, person.password)["access_token"]
        client = clients(server.settings.url + "/join")
        try:
            client.sign_in(token)
        except Refused as refused:
            assert refused.name == "token_revoked"
            return None
        return client

    return wait_until(attempt, 60, "a fresh token to be good")


def test_a_user_made_in_the_console_signs_in_and_plays(starter, people, clients):
    person = people.new()
    client = clients(starter.settings.url + "/join")
    reply = client.sign_in(person.token)["payload"]
    assert reply["player"] == person.id and reply["enrolled"] and reply["roles"] == ["player"]
    client.follow()
    assert client.replica.live("player")[(person.id,)]["display_name"] == person.name
    assert client.replica.live("wallet")[(person.id,)]["free"] == 1600
    assert client.request("open_pack", OPEN)["payload"]["free"] == 1440
    again = clients(person.play(starter))
    assert not again.signed_in()["enrolled"]


def test_a_display_name_can_be_given_at_the_first_sign_in(starter, people, clients):
    person = people.new()
    client = clients(starter.settings.url + "/join")
    client.request("sign_in", {"token": person.token, "display_name": "Chosen Name"})
    client.follow()
    assert client.replica.live("player")[(person.id,)]["display_name"] == "Chosen Name"


@pytest.mark.parametrize("what", ["disabled", "deleted"])
def test_disabled_and_deleted_users_lose_the_open_socket(starter, people, clients, console, bystander, closed, what):
    person = people.new()
    sockets = [clients(person.play(starter)), clients(person.play(starter))]
    sockets[0].follow()
    sockets[0].request("open_pack", OPEN)
    token = person.token
    console.set_enabled(person.id, False) if what == "disabled" else console.delete_user(person.id)
    began = time.monotonic()
    for socket in sockets:
        assert closed(socket, began) == 4003
        closing = [push["payload"] for push in socket.pushes if push["type"] == "closing"][-1]
        assert (closing["code"], closing["advice"]) == (4003, "sign_in")
    assert refused_now(starter, clients, token) == "token_revoked"
    if what == "disabled":
        console.set_enabled(person.id, True)
        client = sign_in_again(person, starter, clients)
        assert client.request("open_pack", OPEN)["payload"]["opening"] == 2


def test_signing_out_ends_the_socket(starter, people, clients, console, bystander, closed):
    person = people.new()
    client, token = clients(person.play(starter)), person.token
    console.logout_user(person.id)
    assert closed(client, time.monotonic()) == 4002
    assert refused_now(starter, clients, token) == "token_revoked"
    sign_in_again(person, starter, clients)


def test_a_promotion_takes_effect_with_the_next_token(starter, people, clients, console, bystander, closed):
    person = people.new()
    client = clients(person.play(starter))
    publish = {"item": "moon-dust", "name": "Moon dust", "description": "Silver powder that smiths and cooks pay well for."}
    with pytest.raises(Refused, match="forbidden"):
        client.request("publish_item", publish)
    console.add_roles(person.id, "game-admin")
    assert closed(client, time.monotonic()) == 4008
    promoted = sign_in_again(person, starter, clients)
    promoted.request("publish_item", publish)
    console.remove_roles(person.id, "game-admin")
    assert closed(promoted, time.monotonic()) == 4008
    with pytest.raises(Refused, match="forbidden"):
        sign_in_again(person, starter, clients).request("publish_item", publish)


def test_an_operator_who_also_plays(starter, people, clients):
    """Promoted before the first sign-in: what a person with the role `player` may do does not depend on which came first."""
    person = people.new(roles=["game-admin"])
    client = clients(starter.settings.url + "/join")
    reply = client.sign_in(person.token)["payload"]
    assert reply["enrolled"] and set(reply["roles"]) == {"player", "game-admin"}
    assert client.request("open_pack", OPEN)["payload"]["free"] == 1440


def test_an_operator_is_not_a_player(starter, clients):
    with game.operator(starter) as operator:
        assert operator.signed_in()["roles"] == ["game-admin"] and not operator.signed_in()["enrolled"]
        with pytest.raises(Refused, match="forbidden"):
            operator.request("open_pack", OPEN)
    with game.service(starter, "game-service") as shop, pytest.raises(Refused, match="forbidden"):
        shop.request("publish_item", {"item": "x", "name": "X"})


def test_a_token_that_runs_out(starter, people, console, clients, bystander):
    """The server warns, and closes with 4001 when no fresh token comes; a fresh one keeps the socket."""
    first, second = people.new(), people.new()
    with console.changed_client(attributes={"access.token.lifespan": "8"}):
        staying = clients(starter.settings.url + "/play", token=console.login(second.name, second.password)["access_token"])
    with console.changed_client(attributes={"access.token.lifespan": "4"}):
        tokens = console.login(first.name, first.password)
        leaving = clients(starter.settings.url + "/play", token=tokens["access_token"])
    staying.wait_push("expiring")
    staying.request("refresh", {"token": second.token})
    expiring = leaving.wait_push("expiring")["payload"]
    assert expiring["expires_at"] == leaving.signed_in()["expires_at"]
    assert leaving.wait_closed().code == 4001
    assert staying.closed is None and staying.request("open_pack", OPEN)
    wait_until(lambda: refused_now(starter, clients, tokens["access_token"]) == "token_expired", 60,
               "the token to be too old for the skew too")


def test_a_realm_wide_logout_ends_every_socket(starter, new_server, people, clients, console, closed):
    """It means everybody, on both servers."""
    server = new_server()
    persons = [people.new(), people.new()]
    sockets = [clients(person.play(server)) for person in persons]
    console.logout_all()
    began = time.monotonic()
    people.forget_tokens()
    for socket in sockets:
        assert closed(socket, began) == 4002
    for of in (starter, server):
        sign_in_again(persons[0], of, clients)
