"""wss with a certificate that SIGHUP reloads; SIGTERM finishes what was taken and tells clients to come back."""

import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import urllib.parse

import pytest
from websockets.exceptions import WebSocketException

from harness import database, game
from harness.client import Client, Refused, new_id
from harness.processes import wait_until

ONE = {"pack": "plain", "count": 1}


def fingerprint(url):
    """The certificate that a TLS listener shows, as DER."""
    parts = urllib.parse.urlsplit(url)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as tcp:
        with context.wrap_socket(tcp, server_hostname="localhost") as tls:
            return tls.getpeercert(binary_form=True)


def make_certificate(cert, key):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", key, "-out", cert], check=True, stderr=subprocess.DEVNULL)


@pytest.fixture
def tls_server(new_server, tmp_path):
    """A server whose certificate files are this test's own."""
    server = new_server(start=False)
    cert, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    make_certificate(cert, key)
    server.settings.tls_cert_file = server.settings.tls_ca_file = cert
    server.settings.tls_key_file = key
    server.migrate()
    server.start()
    return server


def test_the_game_over_tls(starter, clients, newcomer):
    settings = starter.settings
    client = clients(settings.tls_url + "/join", ca_file=settings.tls_ca_file)
    client.register()
    client.follow()
    assert client.request("open_pack", {"pack": "standard", "count": 10})["payload"]["opening"] == 1
    plain = newcomer(starter)
    again = clients(settings.tls_url + "/play", ca_file=settings.tls_ca_file, token=plain.tokens["access_token"])
    assert again.signed_in()["player"] == plain.player
    with pytest.raises(ssl.SSLError):
        Client(settings.tls_url.replace("127.0.0.1", "localhost") + "/join", ca_file="/etc/ssl/certs/ca-certificates.crt"
               if pathlib.Path("/etc/ssl/certs/ca-certificates.crt").exists() else ssl.get_default_verify_paths().cafile)
    with pytest.raises((WebSocketException, OSError, EOFError)):
        Client(settings.tls_url.replace("wss:", "ws:") + "/join", timeout=5)


@pytest.mark.parametrize("parts", ["together", "apart", "byte by byte"])
def test_a_request_right_behind_the_handshake(starter, parts):
    """The end of the handshake and the request can come in one segment, or in many."""
    url = urllib.parse.urlsplit(starter.settings.tls_url)
    context = ssl.create_default_context(cafile=str(starter.settings.tls_ca_file))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    request = (f"GET /join HTTP/1.1\r\nHost: {url.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n").encode()
    with socket.create_connection((url.hostname, url.port), timeout=30) as tcp:
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                tcp.sendall(outgoing.read())
                incoming.write(tcp.recv(65536))
        if parts == "apart":
            tcp.sendall(outgoing.read())
        tls.write(request)
        data = outgoing.read()
        for part in [data] if parts != "byte by byte" else [data[at:at + 1] for at in range(len(data))]:
            tcp.sendall(part)
        answer = b""
        while b"\r\n\r\n" not in answer:
            try:
                answer += tls.read(65536)
            except ssl.SSLWantReadError:
                incoming.write(tcp.recv(65536))
        assert answer.startswith(b"HTTP/1.1 101 ")


def test_sighup_reloads_the_certificate(tls_server, clients, tmp_path):
    server = tls_server
    game.publish_small(server)
    old = fingerprint(server.settings.tls_url)
    before = clients(server.settings.tls_url + "/join", ca_file=server.settings.tls_ca_file)
    make_certificate(tmp_path / "new.crt", tmp_path / "new.key")
    shutil.move(tmp_path / "new.crt", server.settings.tls_cert_file)
    shutil.move(tmp_path / "new.key", server.settings.tls_key_file)
    assert fingerprint(server.settings.tls_url) == old, "nobody asked yet"
    server.process.send(signal.SIGHUP)
    new = ssl.PEM_cert_to_DER_cert(pathlib.Path(server.settings.tls_cert_file).read_text())
    wait_until(lambda: fingerprint(server.settings.tls_url) == new, 60, "the new certificate", alive=server.process)
    before.request("ping")  # an open socket does not mind
    clients(server.settings.tls_url + "/join", ca_file=server.settings.tls_ca_file).register()

    pathlib.Path(server.settings.tls_cert_file).write_text("no certificate\n")
    log_before = server.log.read_text()
    server.process.send(signal.SIGHUP)
    wait_until(lambda: "reload" in server.log.read_text()[len(log_before):], 60, "the reload to be logged", alive=server.process)
    assert fingerprint(server.settings.tls_url) == new, "a bad file leaves what was there"
    before.request("ping")


def test_sigterm_finishes_what_was_taken(new_server, people, clients):
    server = new_server(small=True)
    persons = people.take(4)
    sockets = [clients(person.play(server)) for person in persons]
    for socket_ in sockets:
        socket_.follow()
    sent = [(socket_, made, socket_.send("open_pack", ONE, command_id=made))
            for _ in range(15) for socket_ in sockets for made in [new_id()]]
    sockets[0].reply(sent[0][2])
    process = server.process
    process.send(signal.SIGTERM)
    done = {}
    for socket_, made, request in sent:
        try:
            done[made] = socket_.reply(request)["meta"]["position"]
        except Refused as refused:
            assert refused.name == "draining" and refused.may_retry
    for socket_ in sockets:
        assert socket_.wait_closed().code == 1001
        closing = [push["payload"] for push in socket_.pushes if push["type"] == "closing"]
        assert [(told["code"], told["advice"]) for told in closing] == [(1001, "later")] and closing[0]["retry_after_ms"] >= 0
    process.wait_ended(60)
    assert process.exit_code == 0
    assert done and database.command_events(server.settings, done) == {made: [position] for made, position in done.items()}
    with pytest.raises(OSError):
        Client(server.settings.url + "/join", timeout=5)
    server.start()
    again = clients(persons[0].play(server, replica=sockets[0].replica))
    assert not again.follow()["payload"]["own_whole"]
    for socket_, made, _ in sent:
        if socket_ is sockets[0] and made not in done:
            done[made] = again.settle("open_pack", ONE, command_id=made)["meta"]["position"]
    (row,) = again.pages("list_wallets", at_least=max(done[made] for socket_, made, _ in sent if socket_ is sockets[0]))
    assert row["free"] == 1000000 - 15 * 10


def test_sigterm_waits_for_a_slow_database(new_server, people, clients):
    """A command that the store still works on is answered before the socket closes."""
    server = new_server(small=True)
    client = clients(people.take(1)[0].play(server))
    client.request("open_pack", ONE)
    with database.appends_held(server.settings) as one_waits:
        request = client.send("open_pack", ONE)
        wait_until(one_waits, 60, "the append to wait for the lock")
        server.process.send(signal.SIGTERM)
        wait_until(lambda: server.http("/readyz")[0] == 503, 60, "draining")
    assert client.reply(request)["payload"]["opening"] == 2
    assert client.wait_closed().code == 1001
