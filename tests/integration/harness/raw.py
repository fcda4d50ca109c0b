"""A WebSocket client that can be rude: it writes its frames itself, byte by byte if a test wants them wrong.

    with Raw(server) as raw:                 # the upgrade is done; `head` is the server's answer to it
        raw.send(raw.frame(PING, b"x"))
        raw.receive()                        # (opcode, payload), None at the end of the connection

Frames are masked with zeros, so what is sent is what is seen. `flood` sends until the kernel takes no more.
"""

import base64
import os
import select
import socket
import struct
import urllib.parse

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def request(path="/join", method="GET", version="HTTP/1.1", without=(), more=()):
    """The bytes of an upgrade request; `more` (name, value) pairs are added after the usual ones."""
    usual = {"Host": "gachapon.test", "Upgrade": "websocket", "Connection": "Upgrade",
             "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(), "Sec-WebSocket-Version": "13"}
    lines = [(name, value) for name, value in usual.items() if name not in without] + list(more)
    head = f"{method} {path} {version}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines)
    return (head + "\r\n").encode()


def frame(opcode, payload=b"", final=True, mask=True, reserved=0, length=None):
    """One frame. `length` is the length it declares, if not its own."""
    size = len(payload) if length is None else length
    bit = 0x80 if mask else 0
    head = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
    if size < 126:
        head += bytes([bit | size])
    elif size < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", size)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", size)
    return head + (bytes(4) if mask else b"") + payload


def connect(server, source=None, receive_buffer=None, timeout=30):
    """A TCP connection to the public port."""
    parts = urllib.parse.urlsplit(server.settings.url)
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.settimeout(timeout)
    if receive_buffer:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    if source:
        made.bind((source, 0))
    made.connect((parts.hostname, parts.port))
    return made


def exchange(server, data):
    """What the public port answers to these bytes, up to the end of the connection or of an upgrade."""
    answer = b""
    with connect(server) as made:
        made.sendall(data)
        while not answer.startswith(b"HTTP/1.1 101"):
            try:
                part = made.recv(65536)
            except ConnectionResetError:
                break
            if not part:
                break
            answer += part
    return answer


class Raw:
    def __init__(self, server, path="/join", more=(), source=None, receive_buffer=None):
        self.socket = connect(server, source, receive_buffer)
        self.socket.sendall(request(path, more=more))
        self._data = b""
        while b"\r\n\r\n" not in self._data:
            self._data += self.socket.recv(65536) or self._fail()
        self.head, self._data = self._data.split(b"\r\n\r\n", 1)
        if not self.head.startswith(b"HTTP/1.1 101"):
            self._fail()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _fail(self):
        self.socket.close()
        raise ConnectionError(f"no upgrade: {self._data[:100]!r}")

    def send(self, data, piece=None):
        """`piece`: so many bytes at a time."""
        try:
            for at in range(0, len(data), piece or len(data)):
                self.socket.sendall(data[at:at + (piece or len(data))])
        except (ConnectionResetError, BrokenPipeError):
            pass  # what it said before it hung up can still be received

    def receive(self):
        """The next frame, None when the connection has ended."""
        if not self._have(2):
            return None
        opcode, size, head = self._data[0] & 15, self._data[1] & 127, 2
        if size > 125:
            head = 4 if size == 126 else 10
            if not self._have(head):
                return None
            size = int.from_bytes(self._data[2:head], "big")
        if not self._have(head + size):
            return None
        payload, self._data = self._data[head:head + size], self._data[head + size:]
        return opcode, payload

    def _have(self, size):
        while len(self._data) < size:
            try:
                part = self.socket.recv(1 << 18)
            except ConnectionResetError:
                part = b""
            if not part:
                return False
            self._data += part
        return True

    def flood(self, data, quiet_s=0.5):
        """Sends `data` over and over, reading nothing, until the kernel takes none for `quiet_s` or the connection is
        gone. Returns the bytes that left."""
        sent = 0
        self.socket.setblocking(False)
        try:
            while select.select([], [self.socket], [], quiet_s)[1]:
                sent += self.socket.send(data[sent % len(data):])
        except (ConnectionResetError, BrokenPipeError):
            pass
        self.socket.settimeout(30)
        return sent
