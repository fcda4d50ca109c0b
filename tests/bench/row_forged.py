"""A flood of forged tokens from strangers: it must not delay a good sign-in.

Each token is whole but for its signature, under a key that the issuer has, so nothing refuses it before the signature is
computed. They come from FORGERS addresses, each within its limit of sign-ins (100 a second), by a schedule that knows of no
answers; behind a trusted proxy's header, so that this machine is not excepted from the limits. The good ones are new players,
each on a socket that is open already: what is measured is from the token sent to the reply, with the enrolment stored.
"""

import contextlib
import multiprocessing
import select
import socket
import statistics
import time
import urllib.parse

from harness import raw
from harness.client import new_id, protocol

FORGERS, FORGED_A_SECOND, GOOD_A_SECOND = 50, 2000, 50


def forged_tokens(bench):
    stack, seconds = bench.stack, min(bench.seconds, 8)
    bench.show.title(f"{GOOD_A_SECOND} good sign-ins a second, alone and beside {FORGED_A_SECOND:,} forged ones from {FORGERS} addresses")
    stack.start_server("--trusted-proxy", "127.0.0.1/32")
    address = urllib.parse.urlsplit(stack.settings.url)
    address = address.hostname, address.port
    before = bench.keep("forged_before", "alone", good_ones(stack, address, seconds))
    refused, cpu = stack.metrics()["tokens_refused_total"], cpu_s(stack)
    stop, counted = multiprocessing.Event(), multiprocessing.Value("L", 0)
    forger = multiprocessing.Process(target=forge, args=(address, spoilt(stack.issuer.token()), stop, counted), daemon=True)
    forger.start()
    began = time.monotonic()
    during = good_ones(stack, address, seconds)
    took = time.monotonic() - began
    stop.set()
    forger.join()
    cpu_us = 1e6 * (cpu_s(stack) - cpu) / max(1, counted.value)
    refused = stack.metrics()["tokens_refused_total"] - refused
    during.update(forged_rate=counted.value / took, forged_refused=refused, forged_cpu_us=cpu_us)
    during["text"] += (f"; {during['forged_rate']:,.0f} forged a second were sent and {refused:,.0f} in all judged, {cpu_us:.0f} us of the "
                       "server's CPU each with the good ones' share")
    bench.keep("forged", "beside the forged ones", during)


def cpu_s(stack):
    with open(f"/proc/{stack.server_pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def spoilt(token):
    """Another signature of the right length."""
    head, signature = token.rsplit(".", 1)
    return f"{head}.{'A' * 8}{signature[8:]}"


def connected(address, forwarded):
    """A socket on /join, for this client of the proxy."""
    made = socket.create_connection(address)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.sendall(raw.request("/join", more=[("X-Forwarded-For", forwarded)]))
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += made.recv(4096)
    assert answer.startswith(b"HTTP/1.1 101"), answer[:200]
    return made


def sign_in(number, token):
    return raw.frame(raw.BINARY, protocol.encode_request(number, "sign_in", {"token": token}, {"command_id": new_id()}))


def forge(address, token, stop, counted):
    """Sends by the schedule, reads what comes and looks at nothing of it."""
    sockets = [connected(address, forger(number)) for number in range(FORGERS)]
    frames = [sign_in(number + 1, token) for number in range(64)]
    began, sent = time.monotonic(), 0
    while not stop.is_set():
        while sent < (time.monotonic() - began) * FORGED_A_SECOND:
            number = sent % FORGERS
            try:
                sockets[number].sendall(frames[sent // FORGERS % len(frames)])
            except OSError:  # closed, as nobody has signed in on it for long
                sockets[number].close()
                sockets[number] = connected(address, forger(number))
            sent += 1
        for ready in select.select(sockets, [], [], 0.001)[0]:
            with contextlib.suppress(OSError):
                ready.recv(65536)
    counted.value = sent
    for each in sockets:
        each.close()


def forger(number):
    return f"10.0.0.{number + 1}"


def good_ones(stack, address, seconds):
    """Milliseconds each from the token sent to a reply that is no error."""
    count = int(seconds * GOOD_A_SECOND)
    waiting = [(connected(address, f"10.1.{number // 250}.{number % 250 + 1}"), sign_in(1, stack.issuer.token())) for number in range(count)]
    for each, _ in waiting:
        each.setblocking(False)
    open_since, took, began, sent, deadline = {}, [], time.monotonic(), 0, time.monotonic() + seconds + 20
    while len(took) < count and time.monotonic() < deadline:
        while sent < count and sent < (time.monotonic() - began) * GOOD_A_SECOND:
            each, frame = waiting[sent]
            drained(each)
            open_since[each] = time.monotonic()
            each.sendall(frame)
            sent += 1
        for ready in select.select(list(open_since), [], [], 0.001)[0]:
            if b"" == ready.recv(65536):
                raise AssertionError("a good sign-in was closed")
            took.append(1000 * (time.monotonic() - open_since.pop(ready)))
    for each, _ in waiting:
        each.close()
    took.sort()
    figure = {"done": len(took), "p50_ms": statistics.median(took), "p99_ms": took[int(0.99 * len(took))], "max_ms": took[-1]}
    figure["text"] = f"{len(took):,} of {count:,} good sign-ins: p50 {figure['p50_ms']:.1f} ms, p99 {figure['p99_ms']:.1f} ms, most {figure['max_ms']:.1f} ms"
    return figure


def drained(each):
    """The hello, which came with the upgrade's answer or after it."""
    try:
        each.recv(65536)
    except BlockingIOError:
        pass
