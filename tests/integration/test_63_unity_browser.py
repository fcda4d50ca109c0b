"""The Unity package where a browser takes part: sign-in with PKCE and by device code through Keycloak's own pages, and the
WebGL plugin, run in Chromium behind a shim of what Emscripten gives it, against the real server."""

import functools
import http.server
import threading
import uuid

import pytest

from harness import places, unity
from harness.client import new_id, protocol
from harness.sign_in import enter

PLUGIN = places.ROOT / "protocol/unity/Runtime/Unity/Plugins/WebGL/GachaponSocket.jslib"
SHIM = places.ROOT / "tests/unity/webgl.html"
OPEN, CLOSED = 1, 2  # as SocketState has them


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return unity.build(tmp_path_factory.mktemp("unity"))


@pytest.fixture
def player(program, starter):
    with unity.Player(program, starter.settings.url, starter.settings.issuer) as made:
        yield made


def shown(player, what):
    return player.event(what).split(" ", 1)[1]


def plays(player, person):
    assert player.do("connect")["player"] == person.id
    assert len(player.do("open", "standard", 10)["pulls"]) == 10


def test_the_system_browser_signs_in(player, people, page):
    person = people.new()
    signing = player.send("browser")
    page.open(shown(player, "browser"))
    enter(page, person.name, person.password)
    page.wait_text("You can go back to the game")
    assert player.answer(signing) == {}
    plays(player, person)


def test_a_code_typed_on_another_device(player, keycloak, people, page):
    person = people.new()
    signing = player.send("device")
    page.open(shown(player, "device"))
    enter(page, person.name, person.password)
    page.click("#kc-login")  # Yes
    page.wait_text("Device Login Successful")
    assert player.answer(signing) == {}
    plays(player, person)


# The WebGL plugin.

@pytest.fixture
def site(tmp_path):
    """The address of a page with the shim and the plugin."""
    (tmp_path / "index.html").write_bytes(SHIM.read_bytes())
    (tmp_path / PLUGIN.name).write_bytes(PLUGIN.read_bytes())

    class Handler(http.server.SimpleHTTPRequestHandler):
        extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".jslib": "text/javascript"}

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=tmp_path))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Socket:
    """WebGlTransport.cs by hand: polled, as it does."""

    def __init__(self, page, url):
        page.wait("document.readyState === 'complete'")
        self.page, self.handle = page, page.evaluate("game.open(url)", url=url)
        self.requests = {}

    def send(self, request_id, type_name, payload, **meta):
        self.requests[request_id] = type_name
        frame = protocol.encode_request(request_id, type_name, payload, meta or None)
        self.page.evaluate("game.send(handle, hex)", handle=self.handle, hex=frame.hex())

    def until(self, wanted):
        """Messages up to the first that is wanted."""
        found = []
        while True:
            self.page.wait("game.waiting = game.waiting ?? game.take(handle)", handle=self.handle)
            frame = bytes.fromhex(self.page.evaluate("((hex) => { game.waiting = null; return hex; })(game.waiting)"))
            for message in protocol.decode_messages(frame, self.requests):
                found.append(message)
                assert message["kind"] != "error", message
                if wanted(message):
                    return found

    def wait_state(self, state):
        self.page.wait("game.state(handle) === state", handle=self.handle, state=state)


def test_the_webgl_plugin_plays(new_server, page, site):
    server = new_server("--origins", site)
    page.open(site)
    socket = Socket(page, server.settings.url + "/join")
    socket.wait_state(OPEN)
    assert socket.until(lambda message: message["type"] == "hello")
    socket.send(1, "register", {"email": f"{uuid.uuid4().hex}@example.test", "password": "correct-horse-battery",
                                "display_name": "Vesper"}, command_id=new_id())
    player = socket.until(lambda message: message["type"] == "register")[-1]["payload"]["player"]
    socket.send(2, "follow", {})
    rows = socket.until(lambda message: message["type"] == "changed" and message["payload"]["audience"] == "own"
                        and message["payload"]["mark"])
    own = [change["view"] for message in rows if message["type"] == "changed" for change in message["payload"]["changes"]]
    assert "wallet" in own and "player" in own
    socket.send(3, "rename_player", {"display_name": "Vesper of the Web"}, command_id=new_id())
    assert socket.until(lambda message: message["type"] == "rename_player")[-1]["payload"]["player"] == player
    server.drain()
    assert socket.until(lambda message: message["type"] == "closing"), "what came before the end is still given"
    socket.wait_state(CLOSED)
    assert page.evaluate("game.code(handle)", handle=socket.handle) == 1001
    assert page.evaluate("Object.keys(gachaponSockets.open).length") == 0


def test_the_webgl_plugin_and_nobody_there(page, site):
    page.open(site)
    socket = Socket(page, "ws://127.0.0.1:9")
    socket.wait_state(CLOSED)
    assert page.evaluate("game.code(handle)", handle=socket.handle) == 1006
    never = Socket(page, "ftp://127.0.0.1")
    assert page.evaluate("game.state(handle)", handle=never.handle) == CLOSED
