"""The TypeScript client (protocol/typescript) against the real server and Keycloak: what its own tests (test/live.ts) play,
through a proxy that cuts; and the package as npm would publish it, used from elsewhere."""

import json
import urllib.parse

import pytest

from harness import game, node
from harness.proxy import Proxy

TOKENS_LAST_S, WARNED_MS = 8, 6000  # renewed every two seconds; a slow machine has six for it


@pytest.fixture(scope="module")
def built():
    node.build()


@pytest.fixture
def short_tokens(keycloak):
    """The players' tokens last a few seconds."""
    with keycloak.console().changed_client(attributes={"access.token.lifespan": str(TOKENS_LAST_S)}):
        yield


@pytest.fixture
def through_proxy():
    """through_proxy(server): (address, button that cuts)."""
    made = []

    def make(server):
        parts = urllib.parse.urlsplit(server.settings.url)
        proxy = Proxy(parts.port)
        button = node.CutButton(proxy)
        made.extend((button, proxy))
        return f"ws://127.0.0.1:{proxy.port}", button

    yield make
    for each in made:
        each.close()


def test_plays(built, new_server, through_proxy, short_tokens):
    server = new_server("--expiry-warning-ms", str(WARNED_MS), small=True)
    url, button = through_proxy(server)
    print(node.run_tests("live.js", GACHAPON_URL=url, CUT=button.url, TOKENS_LAST_S=TOKENS_LAST_S))
    server.tool("verify")


README_IN_JS = """
import { randomUUID } from "node:crypto";
import { GachaponClient, browse, registration } from "gachapon";
const shop = await browse(process.argv[2]);
const auth = registration({ email: `${randomUUID()}@example.test`, password: "correct-horse-battery", displayName: "Vesper" });
const game = new GachaponClient(process.argv[2], auth);
await game.connect();
const opened = await game.openPack("plain", 10);
console.log(JSON.stringify({ pulls: opened.pulls.length, left: String(game.wallet.free), odds: shop.packs.odds("plain").length }));
game.close();
"""
USED_IN_TS = """
import { GachaponClient, GachaponError, accessToken, type PackOpened, type Stored } from "gachapon";
import { FakeClock, MemoryServer, refuse } from "gachapon/testing";
const server = new MemoryServer();
server.handle("open_pack", () => { throw refuse("wallet_insufficient"); });
const game = new GachaponClient("memory:", accessToken(() => "good"), { transport: server.transport, clock: new FakeClock() });
await game.connect();
const code: string = await game.openPack("plain", 10).then(
  (opened: Stored<PackOpened>) => opened.pulls[0]!.character,
  (error: GachaponError) => error.code,
);
// @ts-expect-error a pack is named by a string
void (() => game.openPack(7, 10));
console.log(code);
game.close();
"""
COMPILER = {"compilerOptions": {"module": "NodeNext", "target": "ES2022", "strict": True, "skipLibCheck": False,
                                "lib": ["ES2022", "DOM"], "types": []}, "files": ["used.ts"]}


def test_published_package(built, new_server, tmp_path):
    """npm pack, installed in an empty project, used from JavaScript as the README says and from strict TypeScript."""
    server = new_server(small=True)
    (packed,) = json.loads(node.run("npm", "pack", "--json", "--ignore-scripts", "--pack-destination", tmp_path))
    names = {file["path"] for file in packed["files"]}
    assert {"dist/index.js", "dist/index.d.ts", "README.md", "LICENSE", "package.json"} <= names
    assert not any(name.startswith(("test/", "build/")) for name in names)
    (tmp_path / "package.json").write_text('{"name": "user", "private": true, "type": "module"}')
    (tmp_path / "play.js").write_text(README_IN_JS)
    (tmp_path / "used.ts").write_text(USED_IN_TS)
    (tmp_path / "tsconfig.json").write_text(json.dumps(COMPILER))
    node.run("npm", "install", "--prefer-offline", "--no-audit", "--no-fund", tmp_path / packed["filename"], cwd=tmp_path)
    played = json.loads(node.run("node", "play.js", server.settings.url, cwd=tmp_path))
    assert played.pop("odds") > 0
    assert played == {"pulls": 10, "left": str(1000000 - 100)}
    node.run(node.PACKAGE / "node_modules/.bin/tsc", "-p", tmp_path, cwd=tmp_path)
    assert node.run("node", "used.js", cwd=tmp_path).strip() == "wallet_insufficient"
