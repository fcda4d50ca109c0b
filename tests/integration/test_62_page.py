"""The page that the server serves, in a real Chromium: the shop before sign-in, registration, Keycloak's own login page, a ten-pull, two
windows in step, a team, a draw's proof, a guest. Nothing it does may break its content security policy, and axe finds nothing to complain of."""

import json
import urllib.request
import uuid

import pytest

from harness import node, places
from harness.browser import Browser
from harness.sign_in import enter

WEB = places.ROOT / "web"
PASSWORD = "correct-horse-battery"
STARTERS = "['standard', 'dragon-night', 'founders'].every((key) => document.querySelector(`#shop li[data-key=${key}]`))"


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
    with console.changed_client("gachapon-web", webOrigins=[address]), console.changed_client(webOrigins=[address]):
        yield address


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


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def with_axe(page):
    node.install(WEB)
    axe = (WEB / "node_modules/axe-core/axe.min.js").read_text()
    page.evaluate(f"(() => {{ {axe} ; return 1; }})()")


def shown(page):
    """What is drawn is there, and nothing moves any more."""
    page.wait("[...document.images].every((image) => image.complete && image.naturalWidth > 0)")
    page.wait("document.getAnimations().every((each) => each.playState === 'finished')")


def is_accessible(page):
    shown(page)
    found = page.evaluate("axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map((n) => n.html)]))")
    assert found == [], json.dumps(found, indent=1)


def keep(page, name, tmp_path):
    shown(page)
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


def test_a_newcomer_plays_and_two_windows_stay_in_step(window, clients, starter, tmp_path):
    email = f"{uuid.uuid4().hex}@example.test"
    first = window()
    first.wait(STARTERS)  # nobody has signed in
    assert first.evaluate("document.querySelectorAll('#shop li[data-key=founders] .odds tbody tr').length") == 14
    stock = next(row["remaining"] for row in clients(starter.settings.url + "/join").pages("list_stocks") if row["pack"] == "founders")
    first.wait_text(f"{stock:,} draws left")
    assert "A legendary in 60 draws at the latest" in first.text
    assert first.evaluate("[...document.querySelectorAll('#shop button')].every((b) => b.getClientRects().length === 0)")
    with_axe(first)
    is_accessible(first)
    keep(first, "welcome", tmp_path)
    register(first, email)
    rich = wallet(first)
    assert "Exact odds" in first.text

    second = window(360, 780)  # a phone, where the same player signs in on Keycloak's own page
    second.wait(STARTERS)
    assert fits(second)
    keep(second, "phone-welcome", tmp_path)
    second.click("#sign-in")
    second.wait_url("/protocol/openid-connect/auth")
    enter(second, email, PASSWORD)
    second.wait("document.querySelector('#state')?.textContent === 'live'")
    assert "code=" not in second.url and wallet(second) == rich

    first.click(pack("standard", "ten"))
    first.wait("document.querySelector('#reveal').open && document.querySelectorAll('#pulls li').length === 10")
    faces = "document.querySelectorAll('#pulls li.up').length"
    assert first.evaluate(faces) == 0 and first.evaluate("[...document.querySelectorAll('#pulls .front')].every((front) => front.inert)")
    first.click("#pulls li:nth-child(3) .back")
    first.wait(f"{faces} === 1 && document.querySelector('#pulls li:nth-child(3)').matches('.up')")
    drawn = first.evaluate("document.querySelector('#pulls li:nth-child(3) b').textContent")
    assert first.evaluate("document.querySelector('#told').textContent").startswith(f"{drawn}, ")
    is_accessible(first)
    keep(first, "face-down", tmp_path)
    first.click("#show-all")
    first.wait(f"{faces} === 10 && document.activeElement.id === 'keep'")
    assert len(first.evaluate("document.querySelector('#told').textContent").split("; ")) == 10
    keep(first, "reveal", tmp_path)
    is_accessible(first)
    first.click("#keep")
    second.wait("Number(document.querySelector('#wallet').textContent.replace(/[^0-9]/g, '')) < rich", rich=rich)
    assert wallet(first) == wallet(second)
    seen = "[...document.querySelectorAll('#collection li')].map((e) => e.innerText).join()"
    second.wait(f"{seen} === other", other=first.evaluate(seen))

    second.evaluate("[...document.querySelectorAll('#picks input')].slice(0, 4).forEach((box) => box.click())")
    assert second.evaluate("document.querySelectorAll('#slots img').length") == 4
    second.click("#slots button")  # takes one out again
    second.wait("document.querySelectorAll('#slots img').length === 3 && document.activeElement.matches('#picks input:not(:checked)')")
    assert second.evaluate("document.querySelector('#team-submit').disabled")
    press(second, " ", " ")
    second.fill("#team-name", "Night Shift")
    second.click("#team-submit")
    first.wait_text("Night Shift")
    is_accessible(first)
    keep(first, "game", tmp_path)
    keep(second, "phone", tmp_path)
    assert fits(second)

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
    second.click("#sign-in")  # the session is over at Keycloak too: it wants the password again
    second.wait("document.querySelector('#kc-login')")
    assert first.evaluate("document.querySelector('#state').textContent") == "live"


def test_by_keyboard_and_in_the_dark(window, tmp_path):
    page = window()
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    register(page, f"{uuid.uuid4().hex}@example.test")
    with_axe(page)
    page.evaluate("document.querySelector(button).focus()", button=pack("standard", "one"))
    press(page, "Enter", "\r")
    page.wait("document.querySelector('#reveal').open")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Turn card 1 of 1"
    press(page, "Enter", "\r")
    page.wait("document.activeElement.textContent === 'Keep them' && document.querySelector('#pulls .up')")
    press(page, "Enter", "\r")
    page.wait("!document.querySelector('#reveal').open")
    assert page.evaluate("document.activeElement.matches(button)", button=pack("standard", "one"))  # where one was
    is_accessible(page)
    keep(page, "dark", tmp_path)


def test_without_motion_the_cards_are_there_at_once(window):
    page = window()
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    register(page, f"{uuid.uuid4().hex}@example.test")
    page.click(pack("standard", "ten"))
    page.wait("document.querySelector('#reveal').open")
    assert page.evaluate("(document.querySelector('#show-all').click(), [document.querySelectorAll('#pulls li.up').length, "
                         "document.activeElement.id, document.getAnimations().length])") == [10, "keep", 0]


def test_a_guest_plays_first_and_claims_the_player_later(window):
    page = window()
    page.click("#guest")
    page.wait("document.querySelector('#state').textContent === 'live' && !document.querySelector('#claim').hidden")
    page.click(pack("standard", "ten"))
    page.click("#show-all")
    page.click("#keep")
    drawn = page.evaluate("document.querySelector('#collection-count').textContent")
    assert not drawn.startswith("0 ")
    count = "document.querySelector('#state').textContent === 'live' && document.querySelector('#collection-count').textContent === drawn"
    page.open(page.url)  # loaded again: still the same guest
    page.wait(count, drawn=drawn)
    page.click("#leave")
    page.click_text("Play on as a guest")
    page.wait(count, drawn=drawn)
    email = f"{uuid.uuid4().hex}@example.test"
    page.click("#claim summary")
    page.fill("#claim-email", email)
    page.fill("#claim-password", PASSWORD)
    page.click("#claim button")
    page.wait("document.querySelector('#claim').hidden")
    page.click("#leave")
    page.wait("document.querySelector('#guest').textContent === 'Play first'")
    page.click("#sign-in")
    page.wait_url("/protocol/openid-connect/auth")
    enter(page, email, PASSWORD)
    page.wait(count, drawn=drawn)


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
        page.call("Input.dispatchKeyEvent", type=kind, key=key, code="Space" if key == " " else key, windowsVirtualKeyCode=ord(text), text=text if kind == "keyDown" else "")
