"""What the tests of bad input share: a bystander who must not notice, and reading a refusal.

The fixtures are imported by the test files that want them; `undisturbed` then runs around each of their tests.
"""

import uuid

import pytest

from .client import Refused, protocol


@pytest.fixture(scope="module")
def watching(starter, people):
    yield from following(starter, people.new())


@pytest.fixture(autouse=True)
def undisturbed(starter, watching, request):
    """Runs around every test."""
    for client in {watching, request.getfixturevalue("player") if "player" in request.fixturenames else watching}:
        client.request("refresh", {"token": client.person.token})  # a file may take longer than a token lasts
    errors = len(watching.errors)
    yield
    assert watching.request("ping")["payload"]["time"]
    assert watching.closed is None and len(watching.errors) == errors
    assert watching.request("rename_player", {"display_name": f"Bystander {uuid.uuid4().hex[:6]}"})
    assert starter.http("/readyz")[0] == 200


@pytest.fixture
def visitor(starter, clients):
    """A socket on /join, not signed in."""
    return clients(starter.settings.url + "/join")


@pytest.fixture(scope="module")
def player(starter, people):
    """A signed-in player, shared by tests that only get refused."""
    yield from following(starter, people.new())


def following(server, person):
    client = person.play(server)
    client.person = person
    client.follow()
    yield client
    client.close()


def refusal(client, type_name, payload=None, **meta):
    """The name of the error that answers a request; fails if it is not refused."""
    with pytest.raises(Refused) as refused:
        client.request(type_name, payload, **meta)
    assert refused.value.payload["retry"] == protocol.RETRIES[refused.value.name]
    assert refused.value.payload["name"] == refused.value.name
    return refused.value.name
