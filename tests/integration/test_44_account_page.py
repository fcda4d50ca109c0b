"""Keycloak's account page, in Chromium: where players sign out their devices, change the password and delete the account. Each
is felt by the open socket, in under two seconds from the click that does it (asserted with --long).
"""

import os
import time

import pytest

from harness import database
from harness.keycloak import Answer
from harness.processes import wait_until
from test_28_sign_outs import Away, refused

SECONDS = 2.0


@pytest.fixture
def console(keycloak):
    return keycloak.console()


def account(page, console, person, place, text, password=None):
    """Signed in on the account page, at this place, which says `text` when it is there."""
    page.open(f"{console.url}/realms/gachapon/account/{place}")
    sign_in(page, person.password if password is None else password, person.name)
    page.wait_text(text)


def sign_in(page, password, name=None):
    page.wait("document.querySelector('#password')", "Keycloak's login")
    if name:
        page.fill("#username", name)
    page.fill("#password", password)
    page.click("#kc-login")


def felt(page, button, clients, code):
    began = time.monotonic()
    page.click_text(button)
    for client in clients:
        assert client.wait_closed(60).code == code
    took = time.monotonic() - began
    print(f"\n{button}: {took * 1000:.0f} ms from before the click to the last close")
    assert os.environ.get("GACHAPON_TEST_LONG") != "1" or took < SECONDS


def test_all_devices_are_signed_out(starter, console, page):
    """Keycloak 26.0 makes one call of the back channel a client: of several sessions in the game one is felt at once, and all are
    refused the next token."""
    first = Away(console, starter)
    second, stays = Away(console, starter, first.person), Away(console, starter)
    for others in ([second], []):
        account(page, console, first.person, "account-security/device-activity", "Sign out all devices")
        page.click_text("Sign out all devices")
        signed_in = [first, *others]
        began = time.monotonic()
        page.click_text("Confirm")
        closed = wait_until(lambda: [away for away in signed_in if away.client.closed], 60, "a socket to be closed")  # noqa: B023
        print(f"\nConfirm: {(time.monotonic() - began) * 1000:.0f} ms")
        assert closed[0].client.closed.code == 4002 and refused(starter, closed[0].token) == "token_revoked"
        wait_until(lambda: not console.sessions(first.person.id), 60, "Keycloak to be done with what its call told")  # noqa: B023
        for away in signed_in:
            with pytest.raises(Answer):
                console.refresh(away.tokens["refresh_token"])
        first = Away(console, starter, first.person)
    assert stays.client.request("ping") and stays.client.closed is None


def test_the_password_is_changed(starter, console, page):
    """With "Sign out from other devices", as Keycloak offers it; without, sessions stay: that is its word."""
    away = Away(console, starter)
    account(page, console, away.person, "account-security/signing-in", "My password")
    for others_too, password in ((False, "another horse 8"), (True, "a third horse 9")):
        page.wait_text("My password")
        page.click_text("Update")
        page.wait("document.querySelector('#password-new')", "the form of the new password")
        assert page.evaluate("document.querySelector('#logout-sessions').checked"), "Keycloak's default"
        if not others_too:
            page.click("#logout-sessions")
        page.fill("#password-new", password)
        page.fill("#password-confirm", password)
        if others_too:
            felt(page, "Submit", [away.client], 4002)
            assert refused(starter, away.token) == "token_revoked"
        else:
            page.click_text("Submit")
            page.wait_text("My password")
            assert away.client.request("ping") and away.client.closed is None
    away.person.password = password
    assert Away(console, starter, away.person).client.request("ping")


def test_the_account_is_deleted(starter, console, page):
    """Where the realm allows it. No admin event tells of it: the user's own does. The player is deactivated."""
    alias = "/authentication/required-actions/delete_account"
    action = console.call("GET", alias)[0]
    away, stays = Away(console, starter), Away(console, starter)
    client = console.client("account")["id"]
    role = console.call("GET", f"/clients/{client}/roles/delete-account")[0]
    console.call("PUT", alias, {**action, "enabled": True})
    try:
        console.call("POST", f"/users/{away.person.id}/role-mappings/clients/{client}", [role])
        account(page, console, away.person, "", "Delete account")
        page.click_text("Delete account")
        page.click("#delete-account-btn, [data-testid=delete-account-btn]")
        page.wait("document.querySelector('#password') || document.body.innerText.includes('Confirm deletion')", "the next page")
        if page.evaluate("!!document.querySelector('#password')"):
            sign_in(page, away.person.password)
        page.wait_text("Confirm deletion")
        felt(page, "Confirm deletion", [away.client], 4003)
    finally:
        console.call("PUT", alias, action)
    assert refused(starter, away.token) in ("token_revoked", "account_disabled")
    assert stays.client.request("ping") and stays.client.closed is None
    wait_until(lambda: deactivated(starter, away.person.id), 60, "the player to be deactivated")


def deactivated(server, player):
    return [event for event in database.log(server.settings)
            if event["type"] == "player_deactivated" and event["data"]["player"] == player]
