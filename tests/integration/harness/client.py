"""A game client in Python, for black-box tests: it knows the protocol only through the generated module.

    with Client(server.settings.url + "/join") as client:
        client.request("register", {...}, command_id=new_id())
        client.follow()
        reply = client.request("open_pack", {"pack": "vernal", "count": 1})
        client.replica["wallet"]

A request waits for its reply and gives it by names; an error reply raises Refused, with its name. Pushes are applied to
`replica` (view -> key -> row) as they come, newest position wins, and kept in `pushes`. `resume` connects again with the
marks of the replica, as a good client does. Nothing here sleeps: it waits for messages, with a deadline.
"""

import collections
import os
import pathlib
import ssl
import sys
import threading
import time
import uuid

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "protocol/gen/python"))
import gachapon_protocol as protocol  # noqa: E402

KEYS = {view: [field.name for field in protocol.STRUCTS[f"row_{view}"][:count]]
        for view, count in protocol.KEY_COUNTS.items()}
COMMANDS = {name for name, number in protocol.TYPES.items() if 100 <= number < 300}
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


class Closed(Exception):
    """The server closed the socket."""

    def __init__(self, code, reason):
        self.code, self.reason = code, reason
        super().__init__(f"closed with {code} {reason}")


class Replica(dict):
    """view -> key -> row, and the marks."""

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


class Client:
    def __init__(self, url, token=None, replica=None, timeout=20, ca_file=None, headers=None, **options):
        self.url, self.timeout = url, timeout
        self.replica = replica if replica is not None else Replica()
        self.pushes = []
        self.replies = {}
        self.closed = None
        self.errors = []  # errors that name no request
        self._requests = {}
        self._next = 0
        self._changed = threading.Condition()
        headers = dict(headers or {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        context = ssl.create_default_context(cafile=str(ca_file)) if ca_file else None
        self._socket = connect(url, additional_headers=headers, ssl=context, compression=None, max_size=None,
                               open_timeout=timeout, proxy=None, **options)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.hello = self.wait_push("hello")["payload"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()
        self._reader.join(self.timeout)

    # --- what comes in

    def _read(self):
        try:
            for frame in self._socket:
                for message in protocol.decode_messages(frame):
                    with self._changed:
                        self._take(message)
                        self._changed.notify_all()
        except ConnectionClosed:
            pass
        finally:
            with self._changed:
                self.closed = Closed(self._socket.close_code, self._socket.close_reason)
                self._changed.notify_all()

    def _take(self, message):
        message["at"] = time.monotonic()
        message["order"] = len(self.pushes) + len(self.replies)
        if message["kind"] == "push":
            self.pushes.append(message)
            if message["type"] == "changed":
                self.replica.apply(message["payload"])
        elif message["id"] == 0:
            self.errors.append(message)
        else:
            if message["kind"] == "reply" and message["type"] == "follow":
                self._followed(message["payload"])
            self.replies[message["id"]] = message

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

    def wait_push(self, type_name, condition=lambda payload: True, timeout=None):
        return self.wait(lambda: next((p for p in self.pushes if p["type"] == type_name and condition(p["payload"])), None),
                         timeout, f"the push {type_name}")

    def wait_closed(self, timeout=None):
        """The Closed, once the server has closed the socket."""
        deadline = time.monotonic() + (timeout or self.timeout)
        with self._changed:
            while not self.closed:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError("the socket stayed open")
                self._changed.wait(left)
        return self.closed

    # --- what goes out

    def send_bytes(self, frame):
        try:
            self._socket.send(frame)
        except ConnectionClosed:
            raise self.wait_closed() from None

    def send(self, type_name, payload=None, **meta):
        """Sends a request, returns its id. A command gets a command id of its own unless one is given."""
        self._next += 1
        if type_name in COMMANDS or type_name == "register":
            meta.setdefault("command_id", new_id())
        self._requests[self._next] = type_name
        self.send_bytes(protocol.encode_request(self._next, type_name, payload, meta or None))
        return self._next

    def reply(self, request_id, timeout=None):
        message = self.wait(lambda: self.replies.get(request_id), timeout, f"the answer to {self._requests.get(request_id)}")
        if message["kind"] == "error":
            raise Refused(message)
        return message

    def request(self, type_name, payload=None, timeout=None, **meta):
        return self.reply(self.send(type_name, payload, **meta), timeout)

    # --- habits of a good client

    def register(self, email=None, password="correct-horse-battery", display_name="Vesper", **meta):
        email = email or f"{uuid.uuid4().hex}@example.test"
        return self.request("register", {"email": email, "password": password, "display_name": display_name}, **meta)

    def sign_in(self, token):
        return self.request("sign_in", {"token": token})

    def follow(self):
        """Starts the feed from the replica's marks and waits until it is whole."""
        marks = self.replica.marks
        before = len(self.pushes)
        reply = self.request("follow", {"epoch": self.replica.epoch, "generation": self.replica.generation,
                                        "own": marks["own"], "public": marks["public"]})
        for audience in ("own", "public"):
            self.wait(lambda: any(p["type"] == "changed" and p["payload"]["audience"] == audience and p["payload"]["mark"]
                                  for p in self.pushes[before:]), what=f"the mark of the {audience} rows")
        return reply
