"""What Keycloak refuses a registration for, and what the client is told: somebody else's address, the realm's own policy, what it wants
of its users first. What only its operator can mend is in the log, by name, and not the client's business.
"""

import copy
import re
import uuid

import pytest

from harness import database
from harness.client import Refused, new_id
from harness.mail import Mail
from harness.processes import wait_until
from harness.sign_in import SignIn, enter

PASSWORD = "correct-horse-battery"


@pytest.fixture
def console(keycloak):
    return keycloak.console()


@pytest.fixture
def address():
    return f"refused-{uuid.uuid4().hex[:10]}@example.test"


@pytest.fixture
def register(server, clients, address):
    """register(password, command_id=...): the payload of the reply."""
    def make(password=PASSWORD, email=address, on=server, **options):
        return clients(on.settings.url + "/join").register(email, password, "Refused Once", **options)["payload"]

    return make


def refusal(call, name):
    """The error's payload, which must be of this name."""
    with pytest.raises(Refused) as refused:
        call()
    assert refused.value.name == name, refused.value.payload
    return refused.value.payload


def players(gachapon, name):
    return [event for event in database.log(gachapon.settings)
            if event["type"] == "player_registered" and event["data"].get("player") == name]


# Somebody else's.

@pytest.mark.parametrize("user", [{"username": "other", "email": True}, {"username": None, "email": False}], ids=["e-mail", "name"])
def test_an_address_that_someone_has(console, register, address, user):
    """Also when it is only somebody's user name, as the console allows."""
    other = console.create_user(user["username"] and f"other-{uuid.uuid4().hex[:8]}" or address, email=address if user["email"] else None)
    assert refusal(register, "email_taken")["retry"] == "never"
    assert refusal(lambda: register(email=address.upper()), "email_taken")
    assert "registration_id" not in console.user(other).get("attributes", {})


# The realm's policy, as it stands at this moment.

@pytest.mark.parametrize("policy, weak, strong, words", [
    ("length(20)", "only-nineteen-chars", "twenty-characters-it-is", "minimum length 20"),
    ("upperCase(1) and digits(2)", "no-capital-letters-77", "Now-there-is-one-77", "upper case"),
    ("specialChars(2)", "nothingspecial1234", "some-thing-special", "special characters"),
    ("regexPattern(^x.*$)", "does-not-begin-so", "x-is-how-it-begins", "regex"),
    ("notContainsUsername(undefined)", "ADDRESS-and-more", "something-else-entirely", "username")])
def test_a_password_that_the_realm_finds_weak(console, register, address, policy, weak, strong, words):
    """The server's own check does not know these; Keycloak's words reach the client, and a better one under the same id is taken."""
    weak, command = weak.replace("ADDRESS", address), new_id()
    with console.changed_realm(passwordPolicy=policy):
        refused = refusal(lambda: register(weak, command_id=command), "password_weak")
        assert words in refused["detail"] and weak not in refused["detail"]
        assert console.find_user(address) is None
        made = register(strong, command_id=command)
    assert console.find_user(address)["id"] == made["player"]


# The operator's fault.

def misconfigured(gachapon):
    return re.findall(r'level=error tag=register keycloak=misconfigured reason="([^"]+)"', gachapon.log.read_text())


def test_a_service_account_without_rights(console, new_server, register, address):
    """Each server has its account's token for minutes: one that is started without the right."""
    account = console.find_user("service-account-gachapon-server")["id"]
    management = console.client("realm-management")["id"]
    path = f"/users/{account}/role-mappings/clients/{management}"
    roles = [role for role in console.call("GET", path)[0] if role["name"] == "manage-users"]
    command = new_id()
    console.call("DELETE", path, roles)
    try:
        server = new_server()
        refused = refusal(lambda: register(on=server, command_id=command), "identity_unavailable")
        assert refused["retry"] == "later" and not refused.get("detail"), "the client is not the one to tell"
        assert ["manage-users" in reason for reason in misconfigured(server)] == [True]
    finally:
        console.call("POST", path, roles)
    server.drain()
    server.start()
    assert register(on=server, command_id=command)["player"] == console.find_user(address)["id"]


def test_a_wrong_client_secret(console, new_server, register, tmp_path):
    wrong = tmp_path / "secret"
    wrong.write_text("not-the-secret\n")
    server = new_server("--keycloak-client-secret-file", str(wrong))
    refused = refusal(lambda: register(on=server), "identity_unavailable")
    assert not refused.get("detail") and ["wrong secret" in reason for reason in misconfigured(server)] == [True]


def test_direct_grant_switched_off(console, new_server, register, address):
    """The user and the player are made; the same registration gets its tokens when the client is mended."""
    server, command = new_server(), new_id()
    with console.changed_client(directAccessGrantsEnabled=False):
        refused = refusal(lambda: register(on=server, command_id=command), "identity_unavailable")
        assert not refused.get("detail") and ["direct grant is off" in reason for reason in misconfigured(server)] == [True]
    made = register(on=server, command_id=command)
    assert made["player"] == console.find_user(address)["id"] and len(players(server, made["player"])) == 1


def test_a_realm_that_wants_more_of_its_users(console, new_server, register, address):
    profile, server = console.call("GET", "/users/profile")[0], new_server()
    wanted = copy.deepcopy(profile)
    [name] = [attribute for attribute in wanted["attributes"] if attribute["name"] == "firstName"]
    name["required"] = {"roles": ["admin", "user"]}
    console.call("PUT", "/users/profile", wanted)
    try:
        refused = refusal(lambda: register(on=server), "identity_unavailable")
        assert not refused.get("detail")
        assert misconfigured(server) == ["the realm wants the attribute firstName of every user"]
        assert console.find_user(address) is None
    finally:
        console.call("PUT", "/users/profile", profile)


# What Keycloak wants of the account's owner before it gives tokens.

def signed_in_by_browser(server, page, tmp_path, address, then):
    """What `gachapon sign-in` kept after the browser's way, `then` being what Keycloak asks on it."""
    with SignIn(server, tmp_path / "tokens.json") as tool:
        page.open(tool.address)
        enter(page, address, PASSWORD)
        then()
        page.wait_text("You are signed in")
        return tool.succeed()


def test_terms_that_are_to_be_accepted(server, console, register, clients, page, tmp_path, address):
    command = new_id()
    with console.action_of_everyone("TERMS_AND_CONDITIONS"):
        refused = refusal(lambda: register(command_id=command), "account_incomplete")
        assert refused["detail"] == "terms_and_conditions" and refused["retry"] == "sign_in"
        user = console.find_user(address)["id"]
        assert len(players(server, user)) == 1, "the player is in the game"
        assert refusal(lambda: register(command_id=command), "account_incomplete")["detail"] == "terms_and_conditions"
        kept = signed_in_by_browser(server, page, tmp_path, address, lambda: page.click_text("Accept"))
    reply = clients(server.settings.url + "/join").sign_in(kept["access_token"])["payload"]
    assert reply["player"] == user and not reply["enrolled"]
    assert register(command_id=command)["player"] == user, "and now the form gets tokens too"


def test_an_address_that_is_to_be_verified(server, console, register, page, tmp_path, address):
    mail, command = Mail(), new_id()
    try:
        with console.changed_realm(verifyEmail=True, smtpServer=mail.settings):
            assert refusal(lambda: register(command_id=command), "account_incomplete")["detail"] == "verify_email"

            def verify():
                page.wait_text("verify your email")
                page.open(mail.link(address))

            kept = signed_in_by_browser(server, page, tmp_path, address, verify)
            assert kept["player"] == console.find_user(address)["id"] == register(command_id=command)["player"]
            assert console.user(kept["player"])["emailVerified"]
    finally:
        mail.close()


def test_several_things_at_once(console, register, address):
    command = new_id()
    user = register(command_id=command)["player"]
    console.call("PUT", f"/users/{user}", {"requiredActions": ["UPDATE_PASSWORD", "VERIFY_EMAIL"]})
    named = refusal(lambda: register(command_id=command), "account_incomplete")["detail"]
    assert sorted(named.split(", ")) == ["update_password", "verify_email"]
    assert refusal(lambda: register("another-password-9", command_id=command), "command_id_reused"), "a stranger hears nothing of it"


# A registration that is sent again when its user is no longer what it was.

def test_sent_again_by_a_disabled_user(console, register, address):
    command = new_id()
    console.set_enabled(register(command_id=command)["player"], False)
    assert refusal(lambda: register(command_id=command), "account_disabled")["retry"] == "never"


def test_sent_again_by_a_locked_one(console, register, address):
    """Brute-force protection does not say that it holds: whoever guesses must not learn that."""
    command = new_id()
    user = register(command_id=command)["player"]
    with console.changed_realm(failureFactor=2):
        for _ in range(3):
            refusal(lambda: register("wrong-password-77", command_id=command), "command_id_reused")
        wait_until(lambda: console.call("GET", f"/attack-detection/brute-force/users/{user}")[0]["disabled"], 60, "the lock")
        refusal(lambda: register(command_id=command), "command_id_reused")
        console.call("DELETE", f"/attack-detection/brute-force/users/{user}")
    assert register(command_id=command)["player"] == user
