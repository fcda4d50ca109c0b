"""A proxy on 127.0.0.1, for what a network does between two parts: it resets, swallows, stands still, is late.

    proxy = Proxy(port)               passes bytes from proxy.port to `port`
    proxy.cut()                       every connection ends, with a reset
    proxy.hold()                      those there are now: bytes stay where they are and nobody hangs up (half open)
    proxy.hold(newcomers=True)        and who connects gets as far as the kernel
    proxy.release()                   they flow again, late
    proxy.closed = True               newcomers are reset

    proxy = PgProxy(port)             the same, and it reads PostgreSQL's protocol as far as `arm` needs
    struck = proxy.arm("answer lost", "eventstore_append")

A group is what a client sends up to and with a Sync: one transaction, which PostgreSQL commits at that Sync. `arm` lets
the next group that executes a statement of this name (None: the next one at all) meet one of FAULTS, and returns an Event
that is set when it has:

    dropped       nothing of it arrives, both sides are cut
    half          a part of its bytes arrives, both sides are cut
    cut           all of it arrives, both sides are cut at once: it may commit or not
    answer lost   it commits; its ReadyForQuery is held back and both sides are cut (between COMMIT and its answer)
    late          the client is cut; PostgreSQL gets the group when `let_late()` is called: the old backend commits late, or
                  finds itself fenced
    silence       it commits, and nobody ever answers or hangs up
"""

import contextlib
import queue
import random
import socket
import struct
import threading

FAULTS = ("dropped", "half", "cut", "answer lost", "late", "silence")
CHUNK = 65536


class Proxy:
    def __init__(self, target, seed=0):
        self.target, self.closed, self.mute = target, False, False
        self.random = random.Random(seed)
        self._links, self._lock = [], threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def make_link(self, client, server):
        return Link(self, client, server)

    def cut(self):
        for link in self.links():
            link.cut()

    def hold(self, newcomers=False):
        self.mute = newcomers
        for link in self.links():
            link.flows.clear()

    def release(self):
        self.mute = False
        for link in self.links():
            link.flows.set()

    def links(self):
        with self._lock:
            self._links = [link for link in self._links if link.alive]
            return list(self._links)

    def close(self):
        """For good."""
        self.closed = True
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                if self.closed:
                    raise ConnectionRefusedError
                server = socket.create_connection(("127.0.0.1", self.target), timeout=30)
            except OSError:
                reset(client)
                continue
            for end in (client, server):
                end.settimeout(None)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = self.make_link(client, server)
            if self.mute:
                link.flows.clear()
            with self._lock:
                self._links.append(link)
            link.start()


class Link:
    """One connection: two threads, one a direction. `up` and `down` may be overridden: they get what came and pass on what
    they like."""

    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.alive, self.flows = True, threading.Event()
        self.flows.set()

    def start(self):
        for source, take in ((self.client, self.up), (self.server, self.down)):
            threading.Thread(target=self._pump, args=(source, take), daemon=True).start()

    def up(self, data):
        self.server.sendall(data)

    def down(self, data):
        self.client.sendall(data)

    def cut(self):
        self.alive = False
        reset(self.client)
        reset(self.server)
        self.flows.set()

    def _pump(self, source, take):
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                self.flows.wait()
                take(data)
        if self.alive:
            self.flows.wait()
            self.end(source)

    def end(self, source):
        """One side hung up: so does the other."""
        self.alive = False
        for each in (self.client, self.server):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


class PgProxy(Proxy):
    def __init__(self, target, seed=0):
        super().__init__(target, seed)
        self._armed, self._late = [], queue.SimpleQueue()

    def make_link(self, client, server):
        return PgLink(self, client, server)

    def arm(self, fault, statement=None):
        assert fault in FAULTS
        struck = threading.Event()
        with self._lock:
            self._armed.append((fault, statement, struck))
        return struck

    def strike(self, statements):
        """The fault that a group with these statements meets, or None."""
        with self._lock:
            for number, (fault, statement, struck) in enumerate(self._armed):
                if statement is None or statement in statements:
                    del self._armed[number]
                    return fault, struck
        return None, None

    def keep_late(self, link, group):
        self._late.put((link, group))

    def let_late(self):
        """PostgreSQL gets what was armed `late`."""
        while not self._late.empty():
            link, group = self._late.get()
            with contextlib.suppress(OSError):
                link.server.sendall(group)


class PgLink(Link):
    def __init__(self, proxy, client, server):
        super().__init__(proxy, client, server)
        self.started, self.plain_bytes = False, 0
        self.from_client, self.from_server = b"", b""
        self.group, self.statements = b"", set()
        self.asked, self.answered = 1, 0   # ReadyForQuery: the first one ends the sign-in
        self.lost_answer = self.silent_from = None
        self.late = False

    # --- client to server

    def up(self, data):
        self.from_client += data
        while (message := self._next_message()) is not None:
            if not self.started or message[:1] in b"pX":
                self._start(message)
                self.server.sendall(message)
                continue
            self.group += message
            self._note(message)
            if message[:1] in b"SQ":
                group, statements = self.group, self.statements
                self.group, self.statements = b"", set()
                self._pass(group, statements)

    def _next_message(self):
        if self.late or not self.alive:
            return None
        message, self.from_client = first_message(self.from_client, 1 if self.started else 0)
        return message

    def _start(self, message):
        if self.started:
            return
        if struct.unpack_from(">I", message, 4)[0] in (80877103, 80877104):  # SSL or GSS? The answer is one byte
            self.plain_bytes += 1
        else:
            self.started = True

    def _note(self, message):
        if message[:1] == b"B":  # Bind: portal, statement
            self.statements.add(message[5:].split(b"\0", 2)[1].decode())

    def _pass(self, group, statements):
        fault, struck = self.proxy.strike(statements)
        self.asked += 1
        if fault == "answer lost":
            self.lost_answer = self.asked, struck
        elif fault == "silence":
            self.silent_from = self.asked
        elif fault == "half":
            self.server.sendall(group[:self.proxy.random.randrange(1, len(group))])
        elif fault == "late":
            self.late = True
            self.proxy.keep_late(self, group)
            reset(self.client)
        if fault in (None, "cut", "answer lost", "silence"):
            self.server.sendall(group)
        if fault in ("dropped", "half", "cut"):
            self.cut()
        if struck is not None and fault != "answer lost":
            struck.set()

    # --- server to client

    def down(self, data):
        while self.plain_bytes and data:
            self.client.sendall(data[:1])
            data, self.plain_bytes = data[1:], self.plain_bytes - 1
        if self.late:
            return
        self.from_server += data
        passed = b""
        while (message := self._next_answer()) is not None:
            if self.silent_from is not None and self.answered >= self.silent_from - 1:
                continue
            if message[:1] == b"Z":
                self.answered += 1
                if self.lost_answer is not None and self.answered == self.lost_answer[0]:
                    self._lose_answer(passed)
                    return
            passed += message
        self.client.sendall(passed)

    def _next_answer(self):
        message, self.from_server = first_message(self.from_server, 1)
        return message

    def _lose_answer(self, before):
        """It is committed. What came before the ReadyForQuery may arrive, or not."""
        with contextlib.suppress(OSError):
            self.client.sendall(before[:self.proxy.random.choice((0, len(before)))])
        self.lost_answer[1].set()
        self.cut()

    def end(self, source):
        if self.late and source is self.client:
            return  # the old backend does not know it yet
        super().end(source)


def first_message(stream, type_bytes):
    """(the first whole message or None, the rest): perhaps a type, then a length that counts itself."""
    if len(stream) < type_bytes + 4:
        return None, stream
    size = type_bytes + struct.unpack_from(">I", stream, type_bytes)[0]
    return (stream[:size], stream[size:]) if len(stream) >= size else (None, stream)


def reset(end):
    """Ends a connection as a crash does: a reset, nothing more arrives. Wakes up who waits for it."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RD)
    end.close()
