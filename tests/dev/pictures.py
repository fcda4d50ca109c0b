"""./dev pictures: takes the pictures of Keycloak's admin console that keycloak/README.md shows, into keycloak/pictures/.

On a Keycloak of its own with a few made-up players, in a folder that goes: the same pictures on every machine, but for times and ids.
Look at each after taking them; one that shows too little waits for the wrong thing: each is a function below that ends where the
picture is to be taken. NAMEs take only those.
"""

import argparse
import pathlib
import sys
import tempfile

import environment
from environment import Step, say
from harness import places, processes
from harness.browser import Browser
from harness.keycloak import Keycloak

FOLDER = places.ROOT / "keycloak/pictures"
PASSWORD = "correct horse 7"
WIDTH, HEIGHT = 1280, 660  # from 1200 on the console shows its menu


def users(page, console):
    console_page(page, console, "users", "mira@example.org")


def sessions(page, console):
    """A player's sessions; "Sign out" is in the menu of each."""
    console_page(page, console, f"users/{player(console)}/sessions", "gachapon-players")
    page.click("table button[aria-label='Kebab toggle'], table .pf-v5-c-table__action button")
    page.wait_text("Sign out")


def disable(page, console):
    console_page(page, console, f"users/{player(console)}/settings", "Required user actions")
    page.click("label[for=mira-switch]")
    page.wait_text("Disable user?")


def role(page, console):
    """The dialog that gives a role, with game-admin ticked."""
    console_page(page, console, f"users/{player(console)}/role-mapping", "Assign role")
    page.click_text("Assign role")
    page.wait_text("Filter by")
    if "Filter by clients" in page.text:
        page.click_text("Filter by clients")
        page.click_text("Filter by realm roles")
    page.wait_text("game-admin")
    page.evaluate("[...document.querySelectorAll('[role=dialog] tr')].find(row => row.innerText.includes('game-admin'))"
                  ".querySelector('input').id = 'picture-role'")
    page.click("#picture-role")
    page.wait("document.querySelector('#picture-role').checked")


def client(page, console):
    identity = console.client("gachapon-players")["id"]
    page.resize(WIDTH, 1650)  # all that matters, without scrolling
    console_page(page, console, f"clients/{identity}/settings", "Capability config")


def keys(page, console):
    console_page(page, console, "realm-settings/keys/providers", "rsa-generated")


def key_added(page, console):
    """The form of a new key, above the one in use."""
    keys(page, console)
    page.click_text("Add provider")
    page.wait("document.querySelector('[role=dialog]')")
    page.click_text("rsa-generated", among="[role=dialog] *")
    page.fill("[role=dialog] input[id*=priority]", "200")


def admin_events(page, console):
    console_page(page, console, "events/admin-events", "users/")


PICTURES = [users, sessions, disable, role, client, keys, key_added, admin_events]


def console_page(page, console, path, shows):
    """A page of the console for the realm gachapon, once it shows these words and has stopped loading."""
    page.open("about:blank")
    page.open(f"{console.url}/admin/master/console/#/gachapon/{path}")
    page.wait("document.querySelector('#username') || document.querySelector('#nav-toggle, nav')", "the console")
    if page.evaluate("!!document.querySelector('#username')"):
        page.fill("#username", "olga")
        page.fill("#password", PASSWORD)
        page.click("#kc-login")
    page.wait("['Could not find the resource', shows].some(text => document.body.innerText.includes(text))", shows, shows=shows)
    if shows not in page.text:  # the console sometimes asks before it has its realm, and says to reload
        page.open("about:blank")
        page.open(f"{console.url}/admin/master/console/#/gachapon/{path}")
        page.wait_text(shows)
    page.wait("!document.querySelector('[role=progressbar]')", "the console to have loaded")


def player(console):
    return console.find_user("mira")["id"]


def people(console):
    """An operator of Keycloak, players, and what they did."""
    console.call("POST", "/users", {"username": "olga", "enabled": True, "firstName": "Olga", "lastName": "Operator",
                                    "email": "olga@example.org", "emailVerified": True,
                                    "credentials": [{"type": "password", "value": PASSWORD}]}, realm="master")
    olga = console.call("GET", "/users?username=olga", realm="master")[0][0]["id"]
    admin = console.call("GET", "/roles/admin", realm="master")[0]
    console.call("POST", f"/users/{olga}/role-mappings/realm", [admin], realm="master")
    for name in ("mira", "oskar", "tuva", "viktor"):
        console.create_user(name, PASSWORD, email=f"{name}@example.org")
    for _ in range(2):
        console.login("mira", PASSWORD)
    tuva = console.find_user("tuva")["id"]
    console.add_roles(tuva, "game-admin")
    console.set_enabled(console.find_user("viktor")["id"], False)
    console.logout_user(tuva)


def main():
    parser = argparse.ArgumentParser(prog="./dev pictures", description="Takes the pictures in keycloak/README.md again.")
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[[], *(picture.__name__ for picture in PICTURES)])
    wanted = parser.parse_args().names
    processes.guard()
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gachapon-pictures-") as folder:
        keycloak = Keycloak(pathlib.Path(folder) / "keycloak", processes.free_port(), processes.free_port(), "for-the-pictures")
        browser = None
        try:
            with Step("starting Keycloak (about 15 s)"):
                keycloak.start()
                people(keycloak.console())
            browser = Browser(pathlib.Path(folder) / "chromium")
            page = browser.page(WIDTH, HEIGHT)
            for picture in PICTURES:
                if not wanted or picture.__name__ in wanted:
                    with Step(f"keycloak/pictures/{picture.__name__}.png"):
                        page.resize(WIDTH, HEIGHT)
                        picture(page, keycloak.console())
                        page.screenshot(FOLDER / f"{picture.__name__}.png")
        finally:
            if browser:
                browser.close()
            keycloak.stop()
    say("Now look at each of them.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except processes.HarnessError as failed:
        sys.exit(environment.fail(str(failed)))
