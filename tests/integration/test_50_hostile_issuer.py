"""An issuer that is down, slow, hanging, or lying: the server keeps the keys it has, asks no oftener than its limit allows, and
lets everybody in whose key it knows.

Servers whose issuers are the test's own (harness/issuer.py) and are made to misbehave at one place at a time. What makes a
server ask is a token that names a key it has not heard of: its sender waits, others must not. Fetches are counted at both
ends, in the server's metrics and at the issuer.
"""

import collections
import concurrent.futures
import json
import queue
import re
import threading
import time

import pytest

from harness.client import Client, Refused
from harness.clock import Clock
from harness.gachapon import SANITIZER_ENVIRONMENT
from harness.issuer import Issuer, Key, page, text64
from harness.processes import wait_until

REFETCH_S = 3  # KEYS_REFETCH_EVERY_MS in server/auth/limits.h
PAIRS = 5      # servers that are lied to at the same time: a lie takes seconds, nearly all of them spent waiting


def settings_of(issuer, **more):
    """For new_server and make_server: no Keycloak, this issuer."""
    return {"GACHAPON_KEYCLOAK_CLIENT_SECRET_FILE": "", "GACHAPON_ISSUER": issuer.issuer,
            "GACHAPON_ISSUER_FETCH_URL": issuer.issuer, **more}


@pytest.fixture(scope="module")
def pairs(make_server):
    """(issuer, server), each for itself."""
    issuers = [Issuer() for _ in range(PAIRS)]
    servers = [make_server(more=settings_of(issuer)) for issuer in issuers]
    for issuer in issuers:
        issuer.start()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda server: (server.migrate(), server.start()), servers))
    yield list(zip(issuers, servers))
    for issuer, server in zip(issuers, servers):
        server.drain()
        issuer.stop()


@pytest.fixture
def pair(pairs):
    """One of them, well-behaved again after the test."""
    issuer, server = pairs[0]
    first = issuer.keys[0]
    yield pairs[0]
    issuer.answers, issuer.keys, issuer.more_keys = {}, [first], []
    issuer.start()


@pytest.fixture
def issuer(pair):
    return pair[0]


@pytest.fixture
def server(pair):
    return pair[1]


class Fetches:
    """What the server counted since it was made."""

    def __init__(self, server):
        self._server, self._began, self._before = server, time.monotonic(), metrics(server)

    def failed(self):
        """kind -> count."""
        now = metrics(self._server)
        return {kind: count - self._before["failed"][kind] for kind, count in now["failed"].items()
                if count != self._before["failed"][kind]}

    def begun(self):
        return metrics(self._server)["key_fetches_total"] - self._before["key_fetches_total"]

    def check_limit(self):
        """One fetch in REFETCH_S, and one that was due."""
        allowed = 2 + (time.monotonic() - self._began) / REFETCH_S
        assert self.begun() <= allowed, f"{self.begun():.0f} fetches where {allowed:.0f} are allowed"


def metrics(server):
    text = server.http("/metrics")[1]
    found = {name: float(value) for name, value in re.findall(r"^gachapon_(\w+) ([0-9.]+)$", text, re.M)}
    found["failed"] = {kind: int(value) for kind, value in
                       re.findall(r'^gachapon_key_fetch_failures_total\{kind="(\w+)"\} (\d+)$', text, re.M)}
    return found


def sign_in(server, token):
    """(error name, its detail), or (None, player)."""
    with Client(server.settings.url + "/join") as client:
        try:
            return None, str(client.sign_in(token)["payload"]["player"])
        except Refused as refused:
            return refused.name, refused.payload["detail"]


def stranger():
    return Key(f"stranger-{time.monotonic_ns()}", private=STRANGER.private)


STRANGER = Key("stranger")


# --- one place at a time

def hang(connection):
    while connection.recv(4096):
        pass


def half_a_head(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: appl")
    hang(connection)


def half_a_body(connection):
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"issuer":')
    hang(connection)


def drip(connection):
    """A body that would take minutes."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        time.sleep(0.1)  # this is the misbehaviour


def endless(head, more):
    def say(connection):
        connection.sendall(head)
        while True:
            connection.sendall(more)
    return say


def hang_up(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{")


TRAP = "/trap"
CHUNK = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
ANYWHERE = {  # said instead of the discovery document, and instead of the key set: the kind it is counted as
    "hangs before a word": (hang, "timeout"),
    "hangs in the head": (half_a_head, "timeout"),
    "hangs in the body": (half_a_body, "timeout"),
    "drips": (drip, "timeout"),
    "hangs up": (hang_up, "broken"),
    "garbage": (b"\x00\xff\x16\x03\x01" * 20 + b"\r\n\r\n", "broken"),
    "an endless body": (endless(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65536), "too_large"),
    "an endless body in chunks": (endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", CHUNK), "too_large"),
    "endless headers": (endless(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 1000 + b"\r\n"), "too_large"),
    "endless interim answers": (endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"), "too_large"),
    "declares a terabyte": (endless(b"HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n", b" " * 65536), "too_large"),
    "redirects": (page(302, b"", f"Location: {TRAP}\r\n"), "status"),
    "redirects for good": (page(308, b"", "Location: http://127.0.0.1:1/\r\n"), "status"),
    "an error": (page(503, {}), "status"),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", "status"),
}
DISCOVERY = {
    "HTML": page(200, b"<html>"),
    "nothing": page(200, b""),
    "a list": page(200, []),
    "levels without end": page(200, b"[" * 200000),
    "the issuer twice": lambda issuer: page(200, b'{"issuer":"x",' + json.dumps(issuer.discovery()).encode()[1:]),
    "another issuer": lambda issuer: page(200, issuer.discovery(issuer=issuer.issuer + "/")),
    "no issuer": lambda issuer: page(200, {"jwks_uri": issuer.discovery()["jwks_uri"]}),
    "no key set": lambda issuer: page(200, {"issuer": issuer.issuer}),
    "a key set elsewhere": lambda issuer: page(200, issuer.discovery(jwks_uri="https://keys.example.test/certs")),
    "a key set in a file": lambda issuer: page(200, issuer.discovery(jwks_uri="file:///etc/passwd")),
    "a key set over ftp": lambda issuer: page(200, issuer.discovery(jwks_uri="ftp://127.0.0.1/certs")),
    "a name longer than any": lambda issuer: page(200, issuer.discovery(jwks_uri=issuer.issuer + "/" + "x" * 5000)),
    "compressed": lambda issuer: page(200, b"\x1f\x8b\x08\x00" + bytes(100), "Content-Encoding: gzip\r\n"),
}
KEY_SETS = {
    "HTML": page(200, b"<html>"),
    "no keys": page(200, {"keys": []}),
    "no list": page(200, {"keys": {"kid": "x"}}),
    "a member twice": page(200, b'{"keys":[],"keys":[]}'),
    "no usable key": lambda issuer: page(200, {"keys": [issuer.keys[0].jwk(use="enc"), {"kty": "oct", "kid": "o", "k": "AAAA"}]}),
    "65 keys": lambda issuer: page(200, {"keys": [issuer.keys[0].jwk(kid=f"k{number}") for number in range(65)]}),
    "keys that are numbers": page(200, {"keys": [1, 2, None, "x"]}),
}
ALSO_OF_DISCOVERY = ["hangs before a word", "an endless body", "redirects", "an error"]  # it is read by the same code
LIES = [("keys", *ANYWHERE[name], name) for name in ANYWHERE] + \
    [("discovery", *ANYWHERE[name], name) for name in ALSO_OF_DISCOVERY] + \
    [("discovery", said, "discovery", name) for name, said in DISCOVERY.items()] + \
    [("keys", said, "key_set", name) for name, said in KEY_SETS.items()]


def told(issuer, server, where, said, kind):
    """The fetch fails and is counted by its kind; the keys stay; who has a known key comes in meanwhile, who has not is told
    to come back; when the issuer is good again, so is all."""
    known, fetches = metrics(server)["keys_known"], Fetches(server)
    issuer.answers[where] = said
    with Client(server.settings.url + "/join") as waiting:
        asked = waiting.send("sign_in", {"token": issuer.token(key=stranger())})
        wait_until(lambda: fetches.begun() > 0, 60, "the server to ask")
        for _ in range(2):
            assert sign_in(server, issuer.token())[0] is None, "a good one was refused"
        with pytest.raises(Refused) as refused:
            waiting.reply(asked)
    assert (refused.value.name, refused.value.payload["retry"]) == ("identity_unavailable", "later")
    wait_until(lambda: fetches.failed() != {}, 60, "the fetch to be counted")
    assert set(fetches.failed()) == {kind}, fetches.failed()
    assert metrics(server)["keys_known"] == known > 0
    assert sign_in(server, issuer.token())[0] is None
    assert issuer.asked[TRAP] == 0, "a redirect was followed"
    issuer.answers.clear()
    wait_until(lambda: "keys: ok\n" in server.http("/readyz")[1], 60, "a good fetch")
    fetches.check_limit()


def test_lies_change_nothing(pairs):
    free, failures = queue.SimpleQueue(), {}
    for one in pairs:
        free.put(one)

    def tell(lie):
        where, said, kind, name = lie
        issuer, server = free.get()
        try:
            told(issuer, server, where, said(issuer) if said in OF_ISSUER else said, kind)
        except Exception as failed:  # all of them are told, by name
            failures[f"{where}: {name}"] = failed
            issuer.answers.clear()
        free.put((issuer, server))

    OF_ISSUER = [said for said in (*DISCOVERY.values(), *KEY_SETS.values()) if callable(said)]
    with concurrent.futures.ThreadPoolExecutor(len(pairs)) as pool:
        list(pool.map(tell, LIES))
    assert not failures, "\n".join(f"{name}: {failed!r}" for name, failed in failures.items())


def test_down(issuer, server):
    """Nobody listens: the same, and when it is back a key that is new is taken without anybody's doing."""
    fetches, fresh = Fetches(server), Key("after-the-break")
    issuer.stop()
    assert sign_in(server, issuer.token(key=fresh)) == ("identity_unavailable", "keys-unavailable")
    assert sign_in(server, issuer.token())[0] is None
    assert set(fetches.failed()) == {"away"} and "ok, " in server.http("/readyz")[1]
    issuer.keys.append(fresh)
    issuer.start()
    wait_until(lambda: metrics(server)["keys_known"] == 2, 60, "the new key to be fetched")
    assert sign_in(server, issuer.token(key=fresh))[0] is None
    fetches.check_limit()


def test_connecting_hangs(issuer, server):
    fetches = Fetches(server)
    issuer.plug()
    with Client(server.settings.url + "/join") as waiting:
        asked = waiting.send("sign_in", {"token": issuer.token(key=stranger())})
        wait_until(lambda: fetches.begun() > 0, 60, "the server to ask")
        assert sign_in(server, issuer.token())[0] is None
        with pytest.raises(Refused, match="identity_unavailable"):
            waiting.reply(asked)
    wait_until(lambda: fetches.failed() != {}, 60, "the fetch to be counted")
    assert set(fetches.failed()) == {"timeout"}
    fetches.check_limit()


def test_slow_but_in_time(issuer, server):
    """A second for each document: a new key's first token waits for it and is good."""
    fresh = Key("slow")
    issuer.keys.append(fresh)
    for where, said in (("discovery", issuer.discovery()), ("keys", issuer.key_set())):
        def late(connection, said=said):
            time.sleep(0.7)  # this is the misbehaviour
            connection.sendall(page(200, said))
        issuer.answers[where] = late
    wait_until(lambda: sign_in(server, issuer.token(key=fresh))[0] is None, 60, "the new key to be taken")


def test_keys_are_not_kept_for_ever(new_server, tmp_path):
    """A day without the issuer, by the server's clocks: the old keys vouch for nobody any more; with the issuer they are back."""
    clock, day = Clock(tmp_path / "clock"), 25 * 3600
    environment = {**clock.environment(), "ASAN_OPTIONS": SANITIZER_ENVIRONMENT["ASAN_OPTIONS"] + ":verify_asan_link_order=0"}
    del environment["FAKETIME_DONT_FAKE_MONOTONIC"]
    with Issuer() as issuer:
        server = new_server(more=settings_of(issuer, **environment))
        assert sign_in(server, issuer.token())[0] is None and metrics(server)["keys_known"] == 1
        issuer.stop()
        clock.turn(day)
        wait_until(lambda: metrics(server)["keys_known"] == 0, 60, "the keys to be too old")
        assert metrics(server)["keys_age_seconds"] > 24 * 3600
        assert "keys: none: " in server.http("/readyz")[1]
        later = issuer.claims()
        later.update(iat=later["iat"] + day, exp=later["exp"] + day)
        assert sign_in(server, issuer.keys[0].sign(later)) == ("identity_unavailable", "keys-unavailable")
        issuer.start()
        wait_until(lambda: metrics(server)["keys_known"] == 1, 60, "the keys to be fetched again")
        assert sign_in(server, issuer.keys[0].sign(later))[0] is None


# --- keys

def test_keys_that_come_and_go(issuer, server):
    """Rotation without a refused player; a key that was dropped no longer vouches for anybody, known tokens included."""
    old, new = issuer.keys[0], Key("rotated", "ES256")
    before = issuer.token()
    assert sign_in(server, before)[0] is None
    issuer.keys = [new, old]
    for _ in range(3):
        assert sign_in(server, issuer.token())[0] is None
        assert sign_in(server, issuer.token(key=old))[0] is None
    issuer.keys = [Key("newest", "PS384"), new]
    assert sign_in(server, issuer.token())[0] is None
    assert sign_in(server, before) == ("token_invalid", "key-unknown")
    issuer.keys = [old]
    assert sign_in(server, issuer.token())[0] is None
    assert sign_in(server, issuer.token(key=new)) == ("token_invalid", "key-unknown")


def bad_keys():
    """name -> (the key set's member, a token that names it and the rule that refuses that)."""
    rsa_key, weak, ec_key, other = Key("x"), Key("x", bits=1024), Key("x", "ES256"), Key("x")
    n = rsa_key.private.public_key().public_numbers().n
    off_curve = ec_key.jwk()["x"]

    def member(kid, key=rsa_key, **changed):
        return key.jwk(kid=kid, **changed)

    return {
        "an even modulus": (member("even", n=text64(n - 1)), rsa_key),
        "an exponent of one": (member("one", e="AQ"), rsa_key),
        "an even exponent": (member("even-e", e="AQAC"), rsa_key),
        "an exponent of 2048 bits": (member("long-e", e=text64(n - 2)), rsa_key),
        "a modulus of 1024 bits": (member("weak", weak), weak),
        "a modulus of 16384 bits": (member("huge", n=text64((1 << 16383) | 1)), rsa_key),
        "a modulus of one": (member("tiny", n="AQ"), rsa_key),
        "no modulus": (member("none", n=None), rsa_key),
        "a modulus that is a number": (member("number", n=65537), rsa_key),
        "a point off the curve": (member("off", ec_key, y=off_curve), ec_key),
        "a coordinate too short": (member("short", ec_key, x=off_curve[:20]), ec_key),
        "another curve's name": (member("curve", ec_key, crv="P-384", alg="ES384"), ec_key),
        "for encryption": (member("enc", use="enc"), rsa_key),
        "not to verify": (member("ops", key_ops=["encrypt"]), rsa_key),
        "a key of HMAC": ({"kty": "oct", "kid": "oct", "k": text64(b"k" * 32), "alg": "HS256"}, rsa_key),
        "another algorithm": (member("alg", alg="RS512"), other),
    }


def test_keys_that_must_not_verify(issuer, server):
    """They are known and unusable: their tokens are refused without asking again. A kid that comes twice is the first of
    them; one over 128 bytes is nobody's."""
    first, second, long_kid = Key("twice"), Key("twice"), Key("k" * 129)
    bad, fresh = bad_keys(), Key("beside-bad-keys")
    issuer.keys = [issuer.keys[0], fresh]
    issuer.more_keys = [member for member, _ in bad.values()] + [first.jwk(), second.jwk(), long_kid.jwk()]
    assert sign_in(server, issuer.token(key=fresh))[0] is None, "a good key beside them"
    fetches = Fetches(server)
    for name, (member, key) in bad.items():
        algorithm = key.algorithm
        token = key.sign(issuer.claims(), {"alg": algorithm, "typ": "JWT", "kid": member["kid"]})
        assert sign_in(server, token) == ("token_invalid", "alg-of-key"), name
    assert sign_in(server, issuer.token(key=first))[0] is None
    assert sign_in(server, issuer.token(key=second)) == ("token_invalid", "signature")
    assert sign_in(server, issuer.token(key=long_kid)) == ("token_invalid", "kid")
    assert fetches.begun() <= 1, "no key was asked for again"


def test_a_storm_of_invented_kids(issuer, server):
    """10,000 tokens, each of a key that nobody has: they cost the issuer no more than the limit, and whoever comes meanwhile
    with a good one, on a socket of its own, comes in."""
    whole, batch, senders = 10000, 60, 32
    claims = text64(json.dumps(issuer.claims()).encode())
    asked, fetches = issuer.asked["keys"], Fetches(server)
    answers, failures, numbers, lock = collections.Counter(), [], iter(range(0, whole, batch)), threading.Lock()

    def invented(number):
        return f"{text64(json.dumps({'alg': 'RS256', 'typ': 'JWT', 'kid': f'invented-{number}'}).encode())}.{claims}.AAAA"

    def send_some():
        try:
            with Client(server.settings.url + "/join") as client:
                while True:
                    with lock:
                        first = next(numbers, None)
                    if first is None:
                        return
                    sent = [client.send("sign_in", {"token": invented(number)})
                            for number in range(first, min(first + batch, whole))]
                    for request in sent:
                        with pytest.raises(Refused) as refused:
                            client.reply(request)
                        with lock:
                            answers[refused.value.name] += 1
        except Exception as failed:  # told by the test
            failures.append(failed)

    threads = [threading.Thread(target=send_some) for _ in range(senders)]
    for thread in threads:
        thread.start()
    good = 0
    while any(thread.is_alive() for thread in threads):
        assert sign_in(server, issuer.token())[0] is None, "a good one was refused"
        good += 1
    assert not failures, failures
    assert sum(answers.values()) == whole and set(answers) <= {"token_invalid", "identity_unavailable"}, answers
    assert good >= 3
    fetches.check_limit()
    assert issuer.asked["keys"] - asked <= fetches.begun()
