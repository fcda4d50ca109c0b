"""Bad input is an answer, not an accident: each has its named error or close code, and nobody else notices.

Every test runs beside a bystander who follows the same server; afterwards his socket must be the same, without a single
error, and play on.
"""

import base64
import hashlib
import hmac
import json
import os
import socket
import struct
import urllib.parse
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from websockets.exceptions import InvalidStatus

from harness import database, game
from harness.client import COMMANDS, Client, Refused, protocol
from harness.hostile import player, refusal, undisturbed, visitor, watching  # noqa: F401

OPEN = {"pack": "standard", "count": 1}


def error_of_bytes(client, frame):
    """The name of the error that answers raw bytes; under the id that the message had, if it could be read."""
    seen = client._arrived
    client.send_bytes(frame)
    came = lambda: [message for message in client.errors + sum(client.replies.values(), []) if message["order"] > seen]  # noqa: E731
    message = client.wait(came, what=f"an error for {frame[:20]!r}")[0]
    assert message["kind"] == "error" and message["id"] in (0, 1, 7)
    return message["error"]


def encoded(*values):
    return b"".join(protocol.pack(value) for value in values)


# --- frames


def test_a_text_frame(visitor):
    visitor.send_bytes("hello")
    closed = visitor.wait_closed()
    assert closed.code == 1003
    told = [push["payload"] for push in visitor.pushes if push["type"] == "closing"]
    assert told and told[0]["code"] == 1003 and told[0]["advice"] == "never"


@pytest.mark.parametrize("size", [65537, 1 << 20, 5 << 20])
def test_a_message_over_the_limit(visitor, size):
    try:
        visitor.send_bytes(bytes(size))
    except Exception as closed:  # it may be closed before all of it is out
        assert getattr(closed, "code", 1009) == 1009
    assert visitor.wait_closed().code == 1009


def test_fragments_over_the_limit(visitor):
    try:
        visitor.send_bytes(bytes(1000) for _ in range(70))
    except Exception as closed:
        assert getattr(closed, "code", 1009) == 1009
    assert visitor.wait_closed().code == 1009


def test_a_message_at_the_limit_and_one_in_fragments(visitor):
    whole = encoded([7, protocol.TYPES["ping"], bytes(65536 - 6)])  # bytes in the place of the payload: read to the end
    assert len(whole) == 65536
    assert error_of_bytes(visitor, whole) == "field_wrong_type"
    frame = protocol.encode_request(8, "ping")
    visitor.send_bytes(frame[at:at + 1] for at in range(len(frame)))
    assert visitor.reply(8)["type"] == "ping"


def test_a_declared_length_of_terabytes(starter):
    """The header promises 2^40 bytes; what counts is what comes."""
    raw = raw_websocket(starter)
    raw.sendall(b"\x82\xff" + struct.pack(">Q", 1 << 40) + b"\0\0\0\0" + bytes(70000))
    assert close_code(raw) in (1009, 1002)


@pytest.mark.parametrize("frame", [
    b"\xf2\x80\0\0\0\0",            # a reserved bit
    b"\x83\x80\0\0\0\0",            # a reserved opcode
    b"\x09\x80\0\0\0\0",            # a fragmented ping
    b"\x80\x80\0\0\0\0",            # a continuation of nothing
], ids=["reserved bit", "reserved opcode", "fragmented ping", "stray continuation"])
def test_frames_that_are_no_websocket(starter, frame):
    raw = raw_websocket(starter)
    raw.sendall(frame)
    assert close_code(raw) in (1002, None)


# --- msgpack


TRUNCATED = encoded([1, 6, []])


@pytest.mark.parametrize("frame,name", [
    (b"", "malformed"),
    (TRUNCATED[:-1], "malformed"),
    (b"\xc1", "malformed"),
    (b"\xdd\xff\xff\xff\xff", "malformed"),                     # an array of 4 billion in five bytes
    (b"\xdf\xff\xff\xff\xff", "malformed"),                     # a map of as many
    (b"\xc6\xff\xff\xff\xff", "malformed"),                     # bytes of as many
    (b"\x93\x01\x06\xd9\xff" + b"a" * 10, "malformed"),         # a text that goes on after the end
    (b"\x91" * 9 + b"\xc0", "too_deep"),
    (b"\x91" * 4000 + b"\xc0", "too_deep"),
    (b"\xdc\x20\x00" + b"\xc0" * 0x2000, "too_many_values"),
    (encoded({"id": 1}), "malformed"),
    (encoded("hello"), "malformed"),
    (encoded([]), "malformed"),
    (encoded([1, 6]), "malformed"),
    (encoded([0, 6, []]), "id_invalid"),
    (encoded([1 << 32, 6, []]), "id_invalid"),
    (encoded([-1, 6, []]), "id_invalid"),
    (encoded(["1", 6, []]), "id_invalid"),
], ids=lambda value: value if isinstance(value, str) else value[:6].hex())
def test_messages_that_cannot_be_taken_apart(visitor, frame, name):
    assert error_of_bytes(visitor, frame) == name
    assert visitor.request("ping", request_id=2), "the socket goes on"


@pytest.mark.parametrize("frame,name", [
    (encoded([1, "ping", []]), "field_wrong_type"),
    (encoded([1, -6, []]), "type_unknown"),
    (encoded([1, 9999, []]), "type_unknown"),
    (encoded([1, 1 << 40, []]), "type_unknown"),
    (encoded([1, protocol.TYPES["hello"], []]), "type_unknown"),
    (encoded([1, protocol.TYPES["changed"], []]), "type_unknown"),
    (encoded([1, protocol.TYPES["signed_in"], []]), "type_unknown"),
    (encoded([1, protocol.TYPES["enrol_player"], [uuid.uuid4().bytes, "Me", 1], [uuid.uuid4().bytes]]), "type_unknown"),
    (encoded([1, 4, "token"]), "field_wrong_type"),
    (encoded([1, 4, {"token": "x"}]), "field_wrong_type"),
    (encoded([1, 4, []]), "field_missing"),
    (encoded([1, 4, [None]]), "field_missing"),
    (encoded([1, 4, [17]]), "field_wrong_type"),
    (encoded([1, 4, ["x" * 16385]]), "field_out_of_range"),
    (b"\x93\x01\x04\x91\xa2\xc3\x28", "field_out_of_range"),          # a text that is not UTF-8
    (b"\x93\x01\x04\x91\xa3a\x00b", "field_out_of_range"),            # with a NUL in it
    (b"\x93\x01\x04\x91\xd4\x01\x02", "malformed"),                   # an ext
    (b"\x93\x01\x04\x91\xcb\x7f\xf8\0\0\0\0\0\0", "malformed"),       # a NaN
    (encoded([1, 6, [], "meta"]), "field_wrong_type"),
    (encoded([1, 6, [], [b"short"]]), "field_out_of_range"),
    (encoded([1, 6, [], [None, 7]]), "field_out_of_range"),
], ids=lambda value: value if isinstance(value, str) else value[:10].hex())
def test_messages_that_make_no_sense(visitor, frame, name):
    assert error_of_bytes(visitor, frame) == name
    assert visitor.request("ping", request_id=2), "the socket goes on"


def test_the_rest_of_a_frame_is_answered(visitor):
    """A wrong message among good ones, all in one frame."""
    visitor.send_bytes(encoded([1, 6, []], [2, 9999, []], [3, 6, []]))
    assert visitor.reply(1) and visitor.reply(3)
    with pytest.raises(Refused, match="type_unknown"):
        visitor.reply(2)


def test_more_messages_than_a_frame_may_hold(visitor):
    visitor.send_bytes(b"".join(encoded([number, 6, []]) for number in range(1, 40)))
    for number in range(1, 33):
        assert visitor.reply(number)
    with pytest.raises(Refused, match="too_many_values"):
        visitor.reply(33)


def test_appended_fields_are_skipped(visitor):
    """What a newer client adds, an older server does not mind."""
    visitor.send_bytes(encoded([5, 6, ["newer", 1, [2]], [None, 1, 0, "", "newer"]]))
    assert visitor.reply(5)["type"] == "ping"


def test_a_client_that_never_makes_sense_is_closed(visitor):
    for _ in range(20):
        try:
            visitor.send_bytes(b"\xc1")
        except Exception:
            break
    assert visitor.wait_closed().code == 4000
    assert {error["error"] for error in visitor.errors} == {"malformed"}


def test_random_bytes_never_take_it_down(starter, clients, rng):
    for _ in range(30):
        client = clients(starter.settings.url + "/join")
        for _ in range(10):
            frame = rng.randbytes(rng.randrange(1, 300))
            if rng.random() < 0.5:  # something that begins well
                frame = encoded([rng.randrange(1, 100), rng.choice(list(protocol.TYPES.values())), []])[:-1] + frame
            try:
                client.send_bytes(frame)
            except Exception:
                break
        if client.closed is None:
            try:
                client.request("ping", request_id=4000000000)
            except Exception:
                assert client.wait_closed().code == 4000


# --- who asks


def test_everything_but_the_door_needs_a_sign_in(visitor):
    some = {"open_pack": OPEN, "form_team": {"name": "x", "members": []}, "change_team": {"team": 1, "name": "x", "members": []},
            "disband_team": {"team": 1}, "rename_player": {"display_name": "Xx"}, "rotate_seed": {"client_seed": "x"},
            "publish_character": {"character": "x", "name": "X", "rarity": "rare"}, "publish_item": {"item": "x", "name": "X"},
            "set_starting_balance": {"free": 1, "item": None, "item_count": 0}, "retire_pack": {"pack": "standard"},
            "publish_pack": game.SMALL[2][1][0][2],
            "grant": {"player": uuid.uuid4(), "external_id": "x", "kind": "item", "item": "x", "amount": 1},
            "deactivate_player": {"player": uuid.uuid4()}, "erase_player": {"player": uuid.uuid4()},
            "claim_account": {"email": "x@example.test", "password": "correct horse 7"}}
    internal = {"enrol_player", "begin_registration", "finish_registration", "undo_registration", "refuse_enrolment",
                "reactivate_player"}
    assert set(some) == COMMANDS - internal - {"register", "play_as_guest"}
    for command, payload in some.items():
        assert refusal(visitor, command, payload) == "signed_out", command
    for message, payload in (("follow", {}), ("refresh", {"token": "x"})):
        assert refusal(visitor, message, payload) == "signed_out", message
    for query, view in protocol.VIEW_OF_QUERY.items():
        if database.KEYS[view][0] == "player":
            assert refusal(visitor, query, {}) == "signed_out", query


def test_a_player_is_no_operator(player):
    grant = {"player": player.player, "external_id": "mine", "kind": "free_currency", "item": None, "amount": 1}
    for command, payload in (("publish_character", {"character": "x", "name": "X", "rarity": "rare"}),
                             ("publish_item", {"item": "x", "name": "X"}), ("publish_pack", game.SMALL[2][1][0][2]),
                             ("retire_pack", {"pack": "standard"}), ("grant", grant),
                             ("deactivate_player", {"player": player.player}), ("erase_player", {"player": player.player}),
                             ("set_starting_balance", {"free": 1, "item": None, "item_count": 0})):
        assert refusal(player, command, payload) == "forbidden", command


def test_the_doors(starter, clients, player, visitor):
    assert refusal(player, "sign_in", {"token": "x"}) == "signed_in_already"
    registration = {"email": f"{uuid.uuid4().hex}@example.test", "password": "correct-horse", "display_name": "Xerxes"}
    assert refusal(player, "register", registration) == "signed_in_already"
    assert refusal(clients(starter.settings.url + "/play"), "register", registration) == "wrong_path"
    assert refusal(visitor, "register", registration, command_id=None) == "command_id_missing"
    for field, value, name in (("email", "nobody", "email_invalid"), ("email", "a@b", "email_invalid"),
                               ("email", "a b@example.test", "email_invalid"), ("email", "a@@example.test", "email_invalid"),
                               ("email", "x" * 121, "field_out_of_range"), ("email", "ab", "field_out_of_range"),
                               ("password", "short", "field_out_of_range"), ("password", "x" * 129, "field_out_of_range"),
                               ("password", registration["email"], "password_weak"),
                               ("password", "12345678", "password_weak"), ("password", "hgfedcba", "password_weak"),
                               ("password", "        ", "password_weak"), ("password", "abababab", "password_weak"),
                               ("display_name", "x", "field_out_of_range"), ("display_name", " x ", "display_name_invalid"),
                               ("display_name", "a<b>", "display_name_invalid"), ("display_name", "x" * 41, "field_out_of_range"),
                               ("display_name", "a\u202eb", "display_name_invalid")):
        assert refusal(visitor, "register", {**registration, field: value}) == name, (field, value)
    visitor.request("register", registration)  # after all of that


def test_a_socket_registers_one_at_a_time(visitor):
    """The second would leave a user in Keycloak whose tokens no socket took."""
    people = [{"email": f"{uuid.uuid4().hex}@example.test", "password": "correct-horse", "display_name": "Xerxes"}
              for _ in range(2)]
    first, second = (visitor.send("register", person) for person in people)
    with pytest.raises(Refused) as refused:
        visitor.reply(second)
    assert refused.value.name == "too_many_in_flight"
    assert visitor.reply(first)["payload"]["player"]


def tampered(token):
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["realm_access"]["roles"] = ["game-admin"]
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{header}.{forged}.{signature}"


def realm_key(keycloak):
    """(the realm's RS256 public key as PEM, its id)."""
    keys = jwt.PyJWKClient(f"{keycloak.issuer}/protocol/openid-connect/certs").get_signing_keys()
    return keys[0].key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo), keys[0].key_id


def test_tokens_that_are_not_ours(starter, people, keycloak, clients):
    person, console = people.new(), keycloak.console()
    good = console.login(person.name, person.password, scope="openid")
    claims = jwt.decode(good["access_token"], options={"verify_signature": False})
    pem, kid = realm_key(keycloak)
    body = ".".join(jwt.encode(claims, "x" * 32, "HS256", headers={"kid": kid}).split(".")[:2])
    confused = base64.urlsafe_b64encode(hmac.new(pem, body.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT", "kid": kid}).encode()).rstrip(b"=").decode()
    foreign = console.token(realm="master", grant_type="password", client_id="admin-cli",
                            username=keycloak.admin, password=keycloak.admin_password)
    bad = {
        "junk": "junk", "empty": "", "dots": "..", "long": "x" * 16000,
        "cut": good["access_token"][:-10], "trailing": good["access_token"] + ".",
        "tampered": tampered(good["access_token"]), "signed with the public key": f"{body}.{confused}",
        "unsigned": f"{head}.{good['access_token'].split('.')[1]}.", "refresh token": good["refresh_token"],
        "id token": good["id_token"], "another realm": foreign["access_token"],
        "another client": console.token(grant_type="password", client_id="admin-cli", username=person.name,
                                        password=person.password)["access_token"],
    }
    for what, token in bad.items():
        client = clients(starter.settings.url + "/join")
        assert refusal(client, "sign_in", {"token": token}) in ("token_invalid", "field_out_of_range"), what
        assert refusal(client, "open_pack", OPEN) == "signed_out", what
        client.drop()
    for what in ("junk", "tampered", "another realm"):
        by_header = clients(starter.settings.url + "/play", token=bad[what])
        assert by_header.wait_closed().code == 4001, what
        (error,) = [found for found in by_header.errors]
        assert error["error"] == "token_invalid"
    clients(starter.settings.url + "/join").sign_in(good["access_token"])


def test_a_token_in_the_url_is_refused(starter, people):
    with pytest.raises(InvalidStatus) as refused:
        Client(f"{starter.settings.url}/play?access_token={people.take(1)[0].token}")
    assert 400 <= refused.value.response.status_code < 500


def test_sign_in_must_come_in_time(new_server, clients):
    server = new_server("--sign-in-within-ms", "300")
    client = clients(server.settings.url + "/join")
    assert client.wait_closed().code == 4004
    told = [push["payload"] for push in client.pushes if push["type"] == "closing"]
    assert [t["code"] for t in told] == [4004]


def test_many_sockets_that_say_nothing(starter, clients):
    idle = [clients(starter.settings.url + "/join") for _ in range(100)]
    assert idle[-1].request("ping") and idle[0].request("ping")
    for client in idle:
        client.drop()


# --- raw sockets


def raw_websocket(server):
    """A TCP connection after the upgrade, past `hello`'s beginning."""
    parts = urllib.parse.urlsplit(server.settings.url)
    made = socket.create_connection((parts.hostname, parts.port), timeout=30)
    key = base64.b64encode(os.urandom(16)).decode()
    made.sendall(f"GET /join HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += made.recv(1)
    assert b" 101 " in answer.split(b"\r\n")[0]
    return made


def close_code(raw):
    """The code of the close frame, or None if the connection ends without one; frames before it are skipped."""
    data = b""
    with raw:
        while True:
            at = 0
            while at + 2 <= len(data):
                opcode, size, head = data[at] & 15, data[at + 1], 2
                if size == 126:
                    size, head = struct.unpack(">H", data[at + 2:at + 4].ljust(2, b"\xff"))[0], 4
                if opcode == 8 and len(data) >= at + head + 2:
                    return struct.unpack(">H", data[at + head:at + head + 2])[0]
                at += head + size
            try:
                part = raw.recv(65536)
            except OSError:
                part = b""
            if not part:
                return None
            data += part
