"""What a test needs to play: people with tokens, an operator, a small catalogue.

    people = People(console)          users of Keycloak, made once, their tokens refreshed when they are old
    with operator(server) as client   a socket of the service account with the role game-admin
    load_starter(server)              the starter catalogue, by the script that ./dev run uses
    publish_small(server)             SMALL, for a server of a test's own: rich players, one scarce pack
"""

import importlib.util
import threading
import time
import uuid

from . import places
from .client import Client
from .keycloak import Console
from .processes import run

RARITIES = [("common", 70), ("rare", 20), ("epic", 8), ("legendary", 2)]
CHARACTERS = {"ash": "common", "birch": "common", "cedar": "common", "dahlia": "common", "elm": "common",
              "fern": "rare", "gorse": "rare", "heath": "epic", "iris": "legendary"}
SMALL = [
    ("characters", [("publish_character", key, {"character": key, "name": key.title(), "rarity": rarity,
                                                "description": f"{key.title()} of the wood"})
                    for key, rarity in CHARACTERS.items()]),
    ("items", [("publish_item", "ticket", {"item": "ticket", "name": "Ticket", "description": "Opens a plain pack"})]),
    ("packs", [("publish_pack", key, {
        "pack": key, "name": f"{key.title()} pack", "price": 10, "ten_price": 100,
        "rarities": [{"rarity": rarity, "weight": weight} for rarity, weight in RARITIES],
        "entries": [{"character": character, "rarity": rarity, "weight": 1 + number}
                    for number, (character, rarity) in enumerate(CHARACTERS.items())],
        "pity_group": key, "hard_pity": 10, "pity_rarity": "rare", "item": "ticket" if key == "plain" else None,
        "limited": key == "scarce", "stock": 30 if key == "scarce" else 0}) for key in ("plain", "scarce")]),
    ("starting_balance", [("set_starting_balance", "starting_balance", {"free": 1000000, "item": "ticket",
                                                                         "item_count": 1000})]),
]


def catalogue_script():
    """tests/dev/load_catalogue.py as a module."""
    spec = importlib.util.spec_from_file_location("load_catalogue", places.ROOT / "tests/dev/load_catalogue.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load_starter(gachapon):
    """Runs the script against a server; returns what it prints."""
    import sys
    return run([sys.executable, places.ROOT / "tests/dev/load_catalogue.py"], "loading the starter catalogue",
               env=gachapon.environment())


def publish_small(gachapon):
    """Publishes SMALL; returns the position after it."""
    with operator(gachapon) as client:
        return catalogue_script().load(client, 1, SMALL)


def console_of(gachapon):
    settings = gachapon.settings
    return Console(settings.keycloak_url, settings.keycloak_admin, settings.keycloak_admin_password)


def service(gachapon, client_id, **options):
    """A signed-in socket of a service account."""
    token = console_of(gachapon).service_login(client_id)["access_token"]
    client = Client(gachapon.settings.url + "/play", token=token, **options)
    client.signed_in()
    return client


def operator(gachapon, **options):
    return service(gachapon, "gachapon-operator", **options)


class Person:
    """A user of Keycloak. `token` is good for a minute or more."""

    def __init__(self, console, name, roles=()):
        self.console, self.name = console, name
        self.password = "correct horse 7"
        self.id = console.create_user(name, self.password, roles=roles)
        self._tokens, self._until, self._lock = None, 0.0, threading.Lock()

    @property
    def token(self):
        with self._lock:
            if time.monotonic() > self._until:
                if self._tokens is None:
                    self._tokens = self.console.login(self.name, self.password)
                else:
                    self._tokens = self.console.refresh(self._tokens["refresh_token"])
                self._until = time.monotonic() + self._tokens["expires_in"] - 90
            return self._tokens["access_token"]

    def play(self, gachapon, **options):
        """A signed-in socket on /play."""
        client = Client(gachapon.settings.url + "/play", token=self.token, **options)
        client.signed_in()
        return client


class People:
    """Makes persons; `take(n)` gives n that may have played before, on this server or another."""

    def __init__(self, console):
        self.console = console
        self._known = []

    def forget_tokens(self):
        """After a realm-wide logout, which ends them all."""
        for person in self._known:
            person._tokens, person._until = None, 0.0

    def new(self, roles=()):
        return Person(self.console, f"person-{uuid.uuid4().hex[:12]}", roles)

    def take(self, count):
        missing = count - len(self._known)
        made = [None] * max(0, missing)

        def make(numbers):
            for number in numbers:
                made[number] = self.new()
                made[number].token

        threads = [threading.Thread(target=make, args=(range(first, len(made), 4),)) for first in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert None not in made, "Keycloak did not make them all"
        self._known += made
        return self._known[:count]
