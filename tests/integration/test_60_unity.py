"""The Unity package's client, compiled and run by Mono, against the real server and Keycloak: the promises of issue 6."""

import contextlib
import uuid

import pytest

from harness import database, unity
from harness.proxy import Proxy

PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return unity.build(tmp_path_factory.mktemp("unity"))


@pytest.fixture
def player(program):
    """player(server, url=None, token_file=None, environment=None): a client that is not connected."""
    with contextlib.ExitStack() as stack:
        yield lambda server, url=None, token_file=None, environment=None: stack.enter_context(
            unity.Player(program, url or server.settings.url, server.settings.issuer, token_file, environment=environment))


@pytest.fixture
def small(new_server):
    server = new_server("--messages-per-session", "0", small=True)
    return server


def register(player):
    """Registers; returns (e-mail, player id)."""
    email = f"{uuid.uuid4().hex}@example.test"
    return email, player.do("register", email, PASSWORD, "Vesper")["player"]


def same_as_projections(server, who, player_id):
    """The replica is what the projections hold, own and public."""
    rows = database.projections(server.settings)
    database.same(who.own(), database.of_player(rows, player_id))


def test_register_and_ten_pull(starter, player):
    who = player(starter)
    _, player_id = register(who)
    assert who.event("state Live")
    opened = who.do("open", "standard", 10)
    assert len(opened["pulls"]) == 10 and opened["cost_free"] == "1440"
    same_as_projections(starter, who, player_id)
    assert who.own()["wallet"][(player_id,)]["free"] == int(opened["free"]) == 160
    with pytest.raises(unity.Refused) as refused:
        who.do("open", "standard", 10)
    assert refused.value.name == "wallet_insufficient" and not refused.value.may_retry


def test_the_shop_without_signing_in(starter, player):
    who = player(starter)
    shop = who.do("browse")
    assert shop.keys() >= {"standard", "founders"} and all(shelf["odds"] and shelf["best"] for shelf in shop.values())
    assert shop["standard"]["left"] is None and shop["founders"]["left"] > 0
    assert who.do("browse").keys() == shop.keys()


def test_a_registration_that_is_refused_says_why(starter, player):
    email, _ = register(player(starter))
    other = player(starter)
    with pytest.raises(unity.Refused) as refused:
        other.do("register", email, PASSWORD, "Vesper")
    assert refused.value.name == "email_taken"
    assert other.event("state Closed email_taken")


def test_a_guest_plays_first_and_registers_later(starter, player, tmp_path):
    first, secret, email = player(starter, token_file=tmp_path / "token"), uuid.uuid4().hex, f"{uuid.uuid4().hex}@example.test"
    guest = first.do("guest", secret)
    opened = first.do("open", "standard", 10)
    back = player(starter)
    back.do("password", guest["user_name"], secret)
    assert back.do("connect")["player"] == guest["player"]
    first.do("claim", email, PASSWORD)
    assert first.do("form", "Claimed", ",".join(sorted({pull["character"] for pull in opened["pulls"]})[:4]))["team"] == 1
    again = player(starter)
    again.do("password", email, PASSWORD)
    assert again.do("connect")["player"] == guest["player"]
    database.same(first.replica(), again.replica())
    first.kill()
    remembered = player(starter, token_file=tmp_path / "token")
    assert remembered.do("connect")["player"] == guest["player"]


def test_a_second_device_sees_it_live(starter, player):
    first, second = player(starter), player(starter)
    email, player_id = register(first)
    second.do("password", email, PASSWORD)
    assert second.do("connect")["player"] == player_id
    opened = first.do("open", "standard", 1)
    second.event(f"wallet {opened['free']}")
    second.event("inventory 1")
    database.same(first.replica(), second.replica())


def test_a_player_comes_back_after_a_restart_without_a_form(starter, player, tmp_path):
    first = player(starter, token_file=tmp_path / "token")
    _, player_id = register(first)
    first.kill()
    again = player(starter, token_file=tmp_path / "token")
    assert again.do("connect")["player"] == player_id
    again.do("sign-out")
    assert (tmp_path / "token").read_text() == ""
    again.do("close")
    with pytest.raises(unity.Refused) as refused:
        again.do("connect")
    assert refused.value.name == "login_needed"


def test_a_wrong_password_is_named(starter, player):
    who = player(starter)
    with pytest.raises(unity.Refused) as refused:
        who.do("password", "nobody@example.test", PASSWORD)
    assert refused.value.name == "invalid_grant"


def test_tokens_are_refreshed_while_it_plays(new_server, keycloak, player, tmp_path):
    """Tokens of ten seconds, and the warning comes after two: the socket lives longer than any of them, and a slow machine
    has eight seconds for a refresh."""
    server = new_server("--expiry-warning-ms", "8000", small=True)
    who = player(server, token_file=tmp_path / "token")
    with keycloak.console().changed_client(attributes={"access.token.lifespan": "10"}):
        register(who)
        for saved in range(2, 8):  # the registration's own, then a refresh every 2 s
            who.wait(lambda least=saved: who.events.count("token saved") >= least, what="a refresh")
            who.do("open", "plain", 1)
    assert [event for event in who.events if event.startswith("state")] == ["state Connecting", "state Live"]


def test_forty_forced_disconnects(small, player, rng):
    """Commands all the time, and forty times the line is dead: each has one effect, and nothing is missed."""
    proxy = Proxy(int(small.settings.url.rsplit(":", 1)[1]), rng.random())
    who = player(small, url=f"ws://127.0.0.1:{proxy.port}", environment={"PLAY_BACKOFF_MAX_MS": "100"})
    _, player_id = register(who)
    sent = []
    for cut in range(40):
        who.wait(lambda lives=cut + 1: who.events.count("state Live") >= lives, what="the connection to be made again")
        burst = [who.send("open", "plain", rng.choice((1, 10))) for _ in range(rng.randrange(1, 12))]
        sent += burst
        if rng.random() < 0.5:
            who.wait(lambda number=rng.choice(burst): number in who.answers, what="an answer of the burst")
        proxy.cut()
        who.wait(lambda stales=cut + 1: who.events.count("state Stale") >= stales, what="the cut to be felt")
        if rng.random() < 0.3:
            proxy.cut()  # in the middle of coming back
    opened = [who.answer(number) for number in sent]
    assert sorted(entry["opening"] for entry in opened) == list(range(1, len(sent) + 1))
    spent = sum(100 if len(entry["pulls"]) == 10 else 10 for entry in opened)
    assert who.own()["wallet"][(player_id,)]["free"] == 1000000 - spent
    history = who.do("openings")
    assert [entry["opening"] for entry in history] == list(range(1, len(sent) + 1))
    same_as_projections(small, who, player_id)
    proxy.close()


def test_over_tls(starter, program, tmp_path):
    """With a certificate that it trusts it plays; with one that it does not, it sends nothing. Mono knows hosts by name only."""
    settings = starter.settings
    url = settings.tls_url.replace("127.0.0.1", "localhost")
    with unity.Player(program, url, settings.issuer, environment=unity.trusting(settings.tls_ca_file, tmp_path)) as who:
        register(who)
        assert who.do("open", "standard", 1)
    stranger = {"XDG_CONFIG_HOME": str(tmp_path / "empty"), "PLAY_CONNECT_TIMEOUT_MS": "2000"}
    with unity.Player(program, url, settings.issuer, environment=stranger) as who:
        with pytest.raises(unity.Refused) as refused:
            register(who)
        assert refused.value.name == "timeout" and "state Live" not in who.events


def test_the_server_restarts_under_it(small, player):
    who = player(small)
    _, player_id = register(who)
    who.do("open", "plain", 1)
    small.drain()
    opening = who.send("open", "plain", 10)
    who.event("state Stale")
    small.start()
    assert len(who.answer(opening, 40)["pulls"]) == 10
    same_as_projections(small, who, player_id)


def test_suspended_and_resumed(small, player):
    who = player(small)
    _, player_id = register(who)
    who.do("suspend")
    before = len(who.events)
    opening = who.send("open", "plain", 1)
    who.do("resume")
    assert who.answer(opening)
    who.event("state Live", before)
    same_as_projections(small, who, player_id)




def test_a_newcomer_in_the_samples(starter, tmp_path):
    """From an empty form to the first ten-pull, in the samples' own code."""
    code, seen = unity.play_samples(tmp_path, starter.settings.url, starter.settings.issuer, f"{uuid.uuid4().hex}@example.test")
    print(seen)
    assert code == 0, seen
