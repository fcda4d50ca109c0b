"""Keycloak away, or its answer lost half way: a named error that may be retried, nothing half made, nothing twice.

The server reaches Keycloak through a gate (harness/gate.py), which drops chosen requests before or after Keycloak saw
them. Players who are signed in do not notice.
"""

import uuid

import pytest

from harness import database
from harness.audit import check_everything
from harness.client import Refused, new_id
from harness.processes import wait_until

ONE = {"pack": "plain", "count": 1}


@pytest.fixture
def gated(gate, new_server, keycloak):
    """A server whose only way to Keycloak is the gate."""
    server = new_server("--issuer-fetch-url", f"{gate.url}/realms/gachapon", small=True)
    return server


def made_user(method, path, body):
    return method == "POST" and path.endswith("/users")


def granted(method, path, body):
    return path.endswith("/token") and b"grant_type=password" in body


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", [made_user, granted], ids=["making the user", "the first token"])
def test_a_registration_cut_half_way_is_finished_by_its_repeat(gate, gated, keycloak, clients, when, what):
    client = clients(gated.settings.url + "/join")
    email, command = f"cut-{uuid.uuid4().hex[:10]}@example.test", new_id()
    client.register(f"other-{uuid.uuid4().hex[:10]}@example.test")  # what is fetched once is there
    client = clients(gated.settings.url + "/join")
    gate.cut = (when, what)
    with pytest.raises(Refused) as refused:
        client.register(email, display_name="Cut Short", command_id=command)
    assert gate.cuts > 0, "the request was never made"
    gate.cut = None
    assert refused.value.name == "identity_unavailable" and refused.value.payload["retry"] == "later"
    reply = client.register(email, display_name="Cut Short", command_id=command)["payload"]
    client.follow()
    assert client.request("open_pack", ONE)["payload"]["opening"] == 1
    assert keycloak.console().find_user(email)["id"] == reply["player"] == client.player
    events = check_everything(gated, client)
    assert [event["type"] for event in events if event["data"].get("player") == client.player] == \
        ["player_registered", "registration_finished", "pack_opened"]
    assert len(database.command_events(gated.settings, [command])[command]) == 1


def test_players_do_not_notice_that_keycloak_is_away(gate, gated, people, keycloak, clients):
    person, disabled = people.new(), people.new()
    client, other = clients(person.play(gated)), clients(disabled.play(gated))
    client.follow()
    gate.closed = True
    assert client.request("open_pack", ONE)
    again = clients(person.play(gated))  # the keys are known
    assert again.request("open_pack", ONE)
    visitor = clients(gated.settings.url + "/join")
    with pytest.raises(Refused) as refused:
        visitor.register()
    assert refused.value.name == "identity_unavailable" and refused.value.may_retry
    keycloak.console().set_enabled(disabled.id, False)
    assert other.request("ping") and other.closed is None
    gate.closed = False
    assert other.wait_closed().code == 4003, "what happened meanwhile is told afterwards"
    wait_until(lambda: visitor.register(), 60, "registration to work again")
    check_everything(gated, client)
