"""A game client in Python, for black-box tests: it knows the protocol only through the generated module.

    with Client(server.settings.url + "/join") as client:
        client.register(display_name="Vesper")
        client.follow()
        reply = client.request("open_pack", {"pack": "starlight", "count": 1})
        client.replica.live("wallet")

A request waits for its reply and gives it by names; an error reply raises Refused, with its name. Pushes are applied to
`replica` (view -> key -> row) as they come, newest position wins, and kept in `pushes`. A new Client that is given the
replica of an old one follows from its marks, as a good client does after a lost connection. Every message has an
`order`, its place among all that arrived on this socket.

Nothing here sleeps: it waits for messages, with a deadline. `reading(False)` makes a client that reads nothing more
(with `receive_buffer`, soon), `drop` one whose network died.
"""

import itertools
import os
import pathlib
import socket
import ssl
import sys
import threading
import time
import urllib.parse
import uuid

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "protocol/gen/python"))
import gachapon_protocol as protocol  # noqa: E402

from . import leaks  # noqa: E402
from .tunnel import through_tls  # noqa: E402

KEYS = {view: [field.name for field in protocol.STRUCTS[f"row_{view}"][:count]]
        for view, count in protocol.KEY_COUNTS.items()}
COMMANDS = {name for name, number in protocol.TYPES.items() if 100 <= number < 300} | \
    {"register", "play_as_guest", "claim_account"}
AUDIENCES = {view: "own" if names[0] == "player" else "public" for view, names in KEYS.items()}


def new_id():
    """A UUIDv7."""
    value = (int(time.time() * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return uuid.UUID(int=value)


class Refused(Exception):
    """An error reply."""

    def __init__(self, message):
        self.name = message["error"]
        self.payload = message["payload"]
        super().__init__(f"{self.name}: {self.payload.get('detail')}")

    @property
    def may_retry(self):
        """Whether the same message can succeed later."""
        return self.payload["retry"] in ("now", "later")


class Closed(Exception):
    """The socket is closed; `code` is the server's, or 1006 when it just went away."""

    def __init__(self, code, reason):
        self.code, self.reason = code, reason
        super().__init__(f"closed with {code} {protocol.CLOSE_NAMES.get(code, reason)}")


class Replica(dict):
    """view -> key -> row (tombstones too), and the marks."""

    def __init__(self):
        super().__init__()
        self.epoch, self.generation = None, 0
        self.marks = {"own": 0, "public": 0}

    def apply(self, changed):
        for change in changed["changes"]:
            view = change["view"]
            rows = self.setdefault(view, {})
            for row in change["rows"]:
                key = tuple(row[name] for name in KEYS[view])
                known = rows.get(key)
                if known is None or known["position"] <= row["position"]:
                    rows[key] = row
        if changed["mark"]:
            self.marks[changed["audience"]] = max(self.marks[changed["audience"]], changed["mark"])

    def drop(self, audience):
        for view in list(self):
            if AUDIENCES[view] == audience:
                del self[view]
        self.marks[audience] = 0

    def live(self, view):
        """Rows that are not tombstones, by key, without their positions."""
        return {key: {n: v for n, v in row.items() if n not in ("position", "deleted")}
                for key, row in self.get(view, {}).items() if not row["deleted"]}

    def whole(self):
        """Every live row with its position, for comparing replicas: view -> key -> row."""
        views = {view: {key: row for key, row in rows.items() if not row["deleted"]} for view, rows in self.items()}
        return {view: rows for view, rows in views.items() if rows}


class Client:
    """`token` goes into the Authorization header; `signed_in` then waits for the server's word. `source` is an address
    of the loopback net to come from."""

    def __init__(self, url, token=None, replica=None, timeout=60, ca_file=None, headers=None, source=None,
                 receive_buffer=None, **options):
        self.url, self.timeout = url, timeout
        self.replica = replica if replica is not None else Replica()
        self.player = None
        self.pushes = []
        self.replies = {}
        self.closed = None
        self.errors = []  # errors that name no request
        self.sent = {}    # request id -> type name
        self._arrived = 0
        self._next = 0
        self._changed = threading.Condition()
        self._may_read = threading.Event()
        self._may_read.set()
        headers = dict(headers or {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if receive_buffer:
            options.setdefault("max_queue", 1)
        options.setdefault("ping_interval", None)
        parts = urllib.parse.urlsplit(url)
        tcp = _tcp(parts, source, receive_buffer, timeout)
        if parts.scheme == "wss":
            tcp = through_tls(tcp, ssl.create_default_context(cafile=ca_file and str(ca_file)), parts.hostname)
        tcp.settimeout(None)
        self._socket = connect(parts._replace(scheme="ws").geturl(), additional_headers=headers, compression=None,
                               max_size=None, open_timeout=timeout, proxy=None, sock=tcp, **options).__enter__()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.hello = self.wait_push("hello")["payload"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Says goodbye (1000) and waits until the socket is gone."""
        self._may_read.set()
        self._socket.close()
        self._reader.join(self.timeout)

    def drop(self):
        """The network is gone: no goodbye."""
        self._may_read.set()
        try:
            self._socket.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._reader.join(self.timeout)
        self._socket.socket.close()

    def reading(self, on):
        """False: takes nothing more off the socket until True."""
        self._may_read.set() if on else self._may_read.clear()

    # --- what comes in

    def _read(self):
        try:
            while True:
                self._may_read.wait()
                frame = self._socket.recv()
                self._may_read.wait()
                for message in protocol.decode_messages(frame):
                    with self._changed:
                        self._take(message)
                        self._changed.notify_all()
        except (ConnectionClosed, OSError):
            pass
        finally:
            with self._changed:
                self.closed = Closed(self._socket.close_code, self._socket.close_reason)
                self._changed.notify_all()

    def _take(self, message):
        self._arrived += 1
        message["order"] = self._arrived
        message["at"] = time.monotonic()
        if message["kind"] == "push":
            self.pushes.append(message)
            if message["type"] == "changed":
                self.replica.apply(message["payload"])
            elif message["type"] == "signed_in":
                self.player = message["payload"]["player"]
        elif message["id"] == 0:
            self.errors.append(message)
        else:
            if message["kind"] == "reply" and message["type"] in ("register", "play_as_guest", "sign_in"):
                self.player = message["payload"]["player"]
            if message["kind"] == "reply" and message["type"] == "follow":
                self._followed(message["payload"])
            self.replies.setdefault(message["id"], []).append(message)

    def _followed(self, reply):
        for audience in ("own", "public"):
            if reply[f"{audience}_whole"]:
                self.replica.drop(audience)
        self.replica.epoch, self.replica.generation = reply["epoch"], reply["generation"]

    # --- waiting

    def wait(self, condition, timeout=None, what="a condition"):
        """Waits until condition() is true (looked at after every message) and returns it; Closed if the socket
        goes before that, TimeoutError after `timeout` seconds."""
        deadline = time.monotonic() + (timeout or self.timeout)
        with self._changed:
            while True:
                value = condition()
                if value:
                    return value
                if self.closed:
                    raise self.closed
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"waited {timeout or self.timeout} s for {what}")
                self._changed.wait(left)

    def wait_push(self, type_name, condition=lambda payload: True, timeout=None, after=0):
        """The first push of this type (after `after` of all pushes) that fits."""
        return self.wait(lambda: next((p for p in self.pushes[after:] if p["type"] == type_name and condition(p["payload"])),
                                      None), timeout, f"the push {type_name}")

    def wait_closed(self, timeout=None):
        """The Closed, once the socket is closed."""
        deadline = time.monotonic() + (timeout or self.timeout)
        with self._changed:
            while not self.closed:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError("the socket stayed open")
                self._changed.wait(left)
        return self.closed

    def signed_in(self, timeout=None):
        """What the server says of the token in the header."""
        return self.wait_push("signed_in", timeout=timeout)["payload"]

    # --- what goes out

    def send_bytes(self, frame):
        """One frame; text if `frame` is a str."""
        try:
            self._socket.send(frame)
        except ConnectionClosed:
            raise self.wait_closed() from None

    def send(self, type_name, payload=None, request_id=None, **meta):
        """Sends a request, returns its id. A command gets a command id of its own unless one is given (None: none)."""
        if request_id is None:
            self._next += 1
            request_id = self._next
        if type_name in COMMANDS:
            meta.setdefault("command_id", new_id())
        if type_name == "register":
            leaks.remember(payload["password"])
        self.sent[request_id] = type_name
        self.send_bytes(protocol.encode_request(request_id, type_name, payload, meta or None))
        return request_id

    def reply(self, request_id, timeout=None):
        (message, *_) = self.wait(lambda: self.replies.get(request_id), timeout,
                                  f"the answer to {self.sent.get(request_id, request_id)}")
        if message["kind"] == "error":
            raise Refused(message)
        return message

    def told(self):
        """The names of all answers so far."""
        return [message.get("error") or message["type"] for found in list(self.replies.values()) for message in found]

    def request(self, type_name, payload=None, timeout=None, **meta):
        return self.reply(self.send(type_name, payload, **meta), timeout)

    # --- habits of a good client

    def settle(self, type_name, payload=None, timeout=60, **meta):
        """A command that is sent again, with the same id, for as long as the answer is that it may help: when the
        answer says, and later each time."""
        meta.setdefault("command_id", new_id())
        deadline = time.monotonic() + timeout
        for times in itertools.count():
            try:
                return self.request(type_name, payload, max(0.1, deadline - time.monotonic()), **meta)
            except Refused as refused:
                if not refused.may_retry or time.monotonic() > deadline:
                    raise
                again = time.monotonic() + (refused.payload["retry_after_ms"] or 10) / 1000 * min(2 ** times, 4)
            while (left := again - time.monotonic()) > 0:
                with self._changed:
                    self._changed.wait(left)
                    if self.closed:
                        raise self.closed

    def register(self, email=None, password="correct-horse-battery", display_name="Vesper", **meta):
        email = email or f"{uuid.uuid4().hex}@example.test"
        return self.request("register", {"email": email, "password": password, "display_name": display_name}, **meta)

    def play_as_guest(self, secret, display_name="", **meta):
        return self.request("play_as_guest", {"secret": secret, "display_name": display_name}, **meta)

    def claim_account(self, email, password="correct-horse-battery", **meta):
        return self.request("claim_account", {"email": email, "password": password}, **meta)

    def sign_in(self, token):
        return self.request("sign_in", {"token": token})

    def follow(self, timeout=None):
        """Starts the feed from the replica's marks and waits until it is whole."""
        marks = self.replica.marks
        before = len(self.pushes)
        reply = self.request("follow", {"epoch": self.replica.epoch, "generation": self.replica.generation,
                                        "own": marks["own"], "public": marks["public"]}, timeout)
        for audience in ("own", "public"):
            self.wait(lambda: any(p["type"] == "changed" and p["payload"]["audience"] == audience and p["payload"]["mark"]
                                  for p in self.pushes[before:]), timeout, f"the mark of the {audience} rows")
        return reply

    def caught_up(self, position, audience="own", timeout=None):
        """Waits until the mark of the audience has reached `position`."""
        self.wait(lambda: self.replica.marks[audience] >= position, timeout, f"the {audience} mark to reach {position}")

    def pages(self, query, limit=100, at_least=0, player=None):
        """All rows of a query, page by page."""
        rows, after = [], b""
        while True:
            payload = {"after": after, "limit": limit, "player": player}
            reply = self.request(query, payload, **({"at_least": at_least} if at_least else {}))
            rows += reply["payload"]["rows"]
            after = reply["payload"]["next"]
            if not after:
                return rows


def _tcp(parts, source, receive_buffer, timeout):
    """A connected socket."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if receive_buffer:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            made.bind((source, 0))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        made.settimeout(timeout)
        made.connect((parts.hostname, parts.port))
    except OSError:
        made.close()
        raise
    return made
