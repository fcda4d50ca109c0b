"""Parts that are away for a while under load: the projections, the event store, Keycloak. What does not need them goes on,
what does gets a named answer in bounded time, and afterwards everything is as if nothing had been.
"""

import time

import pytest

from harness import database
from harness.client import Refused
from harness.processes import wait_until


def for_seconds(stage, seconds):
    """The players play for so long, as an outage does not end when somebody has seen enough of it."""
    until = time.monotonic() + seconds
    stage.load.until(lambda: time.monotonic() > until, "the end of the outage", seconds + 60)


def test_the_projections_are_away(stage, clients, people, long):
    """Strong commands are stored and say how far the view is; queries are refused by name; then all is equal again."""
    stage = stage("--strong-wait-ms", "300")
    stage.projections.stop()
    head = database.head(stage.server.settings)
    stage.load.more(50)
    client = clients(people.new().play(stage.server))
    reply = client.request("open_pack", {"pack": "plain", "count": 1})
    assert reply["meta"]["view_position"] < reply["meta"]["position"], "stored at N, this view at M"
    with pytest.raises(Refused, match="view_unavailable") as refused:
        client.request("list_wallets", {})
    assert refused.value.may_retry
    client.close()
    for_seconds(stage, 60 if long else 5)
    assert stage.server.http("/readyz")[0] == 503 and "gachapon_" in stage.server.http("/metrics")[1]
    assert stage.load.count("behind") > 0 and stage.load.shown(after=head) == [], "nothing can have been shown"
    stage.projections.start()
    stage.ready()
    behind = stage.load.count("behind")
    stage.load.more(200)
    print(f"{stage.load.count('behind') - behind} of the next 200 answers came before their rows")
    stage.finish()


def test_the_event_store_is_away(stage, clients, people, long):
    """Nothing is acknowledged, and nothing hangs: `store_unavailable` until it is back, then what was sent again is done."""
    stage = stage()
    stage.events.stop()
    wait_until(lambda: stage.server.http("/readyz")[0] == 503, 60, "/readyz to say no")
    stage.load.until(lambda: all(player.memory.told["store_unavailable"] for player in stage.load.players), "all to be told")
    client = clients(stage.server.settings.url + "/join")
    answered = stage.load.answered  # who was told asks for the same again until it is done
    with pytest.raises(Refused, match="store_unavailable") as refused:
        client.request("sign_in", {"token": people.new().token})
    assert refused.value.may_retry and client.request("list_packs", {}), "what is projected can be read"
    for_seconds(stage, 60 if long else 3)
    assert stage.load.answered == answered
    stage.events.start()
    stage.load.more(200)
    stage.finish()


def test_keycloak_is_away(stage, gate, keycloak, people, clients, long):
    """Those who play and those who sign in with a token of before do not notice; who registers is told; whom Keycloak
    disabled meanwhile feels it when it is back."""
    stage = stage("--issuer-fetch-url", f"{gate.url}/realms/gachapon")
    disabled, visitor = people.new(), clients(stage.server.settings.url + "/join")
    other = clients(disabled.play(stage.server))
    gate.closed = True
    for _ in range(20 if long else 2):
        stage.load.more(100)
        with pytest.raises(Refused, match="identity_unavailable") as refused:
            visitor.register()
        assert refused.value.payload["retry"] == "later"
        stage.restart_sockets()
    keycloak.console().set_enabled(disabled.id, False)
    stage.load.more(100)
    assert other.request("ping") and other.closed is None
    gate.closed = False
    assert other.wait_closed().code == 4003
    wait_until(lambda: visitor.register(), 60, "registration to work again")
    stage.load.more(100)
    stage.finish()
