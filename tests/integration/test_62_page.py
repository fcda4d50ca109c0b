"""The page that the server serves, in a real Chromium: registration, Keycloak's own login page, a ten-pull, two windows in step, a
team, a draw's proof. Nothing it does may break its content security policy, and axe finds nothing to complain of."""

import json
import urllib.request
import uuid

import pytest

from harness import node, places
from harness.browser import Browser

WEB = places.ROOT / "web"
PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def browser(run_folder):
    browser = Browser(run_folder / "browser")
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def site(starter, keycloak):
    """The page's address, from which Keycloak lets browsers ask for tokens."""
    address = starter.settings.url.replace("ws://", "http://")
    console = keycloak.console()
    for name in ("gachapon-web", "gachapon-players"):
        client = console.client(name)
        client["webOrigins"] = [address]
        console.call("PUT", f"/clients/{client['id']}", client)
    return address


@pytest.fixture
def window(browser, site):
    """window(width, height): a new window at the page; what it called an error fails the test."""
    made = []

    def make(width=1280, height=900):
        page = browser.page(width, height)
        made.append(page)
        page.open(site)
        return page

    yield make
    errors = [error for page in made for error in page.errors]
    for page in made:
        page.close()
    assert errors == []


def register(page, email):
    page.fill("#name", "Vesper")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("#register button")
    page.wait("document.querySelector('#state').textContent === 'live' && !document.querySelector('#game').hidden")


def wallet(page):
    return int(page.evaluate("document.querySelector('#wallet').textContent.replace(/[^0-9]/g, '')"))


def pack(name, button):
    return f"#packs li[data-key={name}] button.{button}"


def is_accessible(page):
    found = page.evaluate("axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map((n) => n.html)]))")
    assert found == [], json.dumps(found, indent=1)


def keep(page, name, tmp_path):
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
    page.screenshot(tmp_path / f"{name}.png")


def test_the_policy_and_what_is_served(site):
    with urllib.request.urlopen(f"{site}/") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert b"<title>Gachapon</title>" in answer.read()
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(f"{site}/../realm.json")
    assert missing.value.code == 404


def test_dist_is_what_src_makes():
    node.install(WEB)
    node.run("npm", "run", "check", cwd=WEB)
    node.run("node", "build.mjs", "--check", cwd=WEB)


def test_a_newcomer_plays_and_two_windows_stay_in_step(window, tmp_path):
    node.install(WEB)
    axe = (WEB / "node_modules/axe-core/axe.min.js").read_text()
    email = f"{uuid.uuid4().hex}@example.test"
    first = window()
    first.wait("!document.querySelector('#welcome').hidden")
    first.evaluate(f"(() => {{ {axe} ; return 1; }})()")
    is_accessible(first)
    keep(first, "welcome", tmp_path)
    register(first, email)
    rich = wallet(first)
    assert "Exact odds" in first.text

    second = window(420, 900)  # a phone, where the same player signs in on Keycloak's own page
    second.click("#sign-in")
    second.wait_url("/protocol/openid-connect/auth")
    second.fill("#username", email)
    second.fill("#password", PASSWORD)
    second.click("#kc-login")
    second.wait("document.querySelector('#state')?.textContent === 'live'")
    assert "code=" not in second.url and wallet(second) == rich

    first.click(pack("standard", "ten"))
    first.wait("document.querySelector('#reveal').open && document.querySelectorAll('#pulls li').length === 10")
    first.wait("document.getAnimations().every((each) => each.playState === 'finished')")
    keep(first, "reveal", tmp_path)
    is_accessible(first)
    first.click("#reveal button")
    second.wait("Number(document.querySelector('#wallet').textContent.replace(/[^0-9]/g, '')) < rich", rich=rich)
    assert wallet(first) == wallet(second)
    seen = "[...document.querySelectorAll('#collection li')].map((e) => e.innerText).join()"
    second.wait(f"{seen} === other", other=first.evaluate(seen))

    second.evaluate("[...document.querySelectorAll('#picks input')].slice(0, 4).forEach((box) => box.click())")
    second.fill("#team-name", "Night Shift")
    second.click("#team-submit")
    first.wait_text("Night Shift")
    is_accessible(first)
    keep(first, "game", tmp_path)
    keep(second, "phone", tmp_path)
    assert second.evaluate("document.documentElement.scrollWidth <= innerWidth")

    first.fill("#client-seed", "luck of the day")
    first.click("#reveal-form button")
    first.wait_text("and all 10 draws made with it come out the same here")
    second.wait_text("luck of the day")

    first.click(pack("standard", "ten"))
    first.wait_text("Not enough currency for that.")
    second.open(second.url)  # loaded again: the tab still has its tokens
    second.wait("document.querySelector('#state')?.textContent === 'live'")
    second.click("#leave")
    second.wait("!document.querySelector('#welcome').hidden")


def test_by_keyboard_and_in_the_dark(window, tmp_path):
    page = window()
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    register(page, f"{uuid.uuid4().hex}@example.test")
    axe = (WEB / "node_modules/axe-core/axe.min.js").read_text()
    page.evaluate(f"(() => {{ {axe} ; return 1; }})()")
    page.evaluate("document.querySelector(button).focus()", button=pack("standard", "one"))
    press(page, "Enter", "\r")
    page.wait("document.querySelector('#reveal').open")
    assert page.evaluate("document.activeElement.textContent") == "Keep them"
    press(page, "Enter", "\r")
    page.wait("!document.querySelector('#reveal').open")
    assert page.evaluate("document.activeElement.matches(button)", button=pack("standard", "one"))  # where one was
    is_accessible(page)
    keep(page, "dark", tmp_path)


def test_what_is_refused_is_told(window):
    email = f"{uuid.uuid4().hex}@example.test"
    first, second = window(), window()
    register(first, email)
    second.fill("#name", "Other")
    second.fill("#email", email)
    second.fill("#password", PASSWORD)
    second.click("#register button")
    second.wait_text("Someone has registered with this e-mail address")
    assert second.evaluate("!document.querySelector('#welcome').hidden && document.querySelector('#email').value !== ''")


def press(page, key, text):
    for kind in ("keyDown", "keyUp"):
        page.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=13, text=text if kind == "keyDown" else "")
