"""Players under load who live through whatever happens to the server, and remember what they were told.

    load = Load(server, persons, seed)
    load.begin()
    load.more(300)                    # 300 more answers came, whatever is broken meanwhile
    load.settle()                     # stops; everybody is connected and everything sent is answered
    load.check()                      # the looks of harness/audit.py, and:

    every acknowledged command is in the log, once, with the event it was answered with, at the position it was told
    every command in the log that a player sent was acknowledged in the end
    a command that was sent again got the answer of the first time
    rows came before the strong reply that says they are shown

A player keeps several commands in flight. An answer that may be retried is: the command is sent again under its id until
it has another. A socket that dies is opened again, and what was not answered is sent again, with some of what was. Every
request is answered within ANSWER_S, whatever is away: that is a promise too.
"""

import collections
import random
import threading
import time
import urllib.error

from websockets.exceptions import WebSocketException

from .audit import check_everything
from .client import Client, Closed, Refused, Replica, new_id
from .processes import HarnessError, wait_until

IN_FLIGHT = 4
ANSWER_S = 30
REJECTIONS = {"stock_exhausted", "team_unknown", "teams_full", "character_not_owned", "wallet_insufficient",
              "item_insufficient"}
COMES_BACK = {1006, 1001, None}  # closes after which a player comes back: the network, or the server asks it to


class Memory:
    """What one player knows, over all its sockets."""

    def __init__(self):
        self.replica, self.client = Replica(), None
        self.unanswered = {}  # command id -> command
        self.answered = {}    # command id -> (command, payload, position)
        self.behind = set()   # ids of those that were stored and not yet shown; known here before it is in `answered`
        self.repeated = self.losses = 0
        self.told = collections.Counter()  # errors that may be retried

    def sends(self, name, payload):
        command = (new_id(), name, payload)
        self.unanswered[command[0]] = command
        return command

    def rejected(self, made):
        assert made not in self.answered, "a command that took effect was rejected when it was sent again"
        del self.unanswered[made]

    def takes(self, command, reply):
        made, position = command[0], reply["meta"]["position"]
        known = self.answered.get(made)
        if reply["meta"]["view_position"] < position:
            self.behind.add(made)
        if known is None:
            self.answered[made] = (command, reply["payload"], position)
            self.unanswered.pop(made)
        else:
            self.repeated += 1
            assert known[1:] == (reply["payload"], position), "another answer than the first time"


class Player(threading.Thread):
    def __init__(self, load, person, seed):
        super().__init__(daemon=True)
        self.load, self.person, self.memory = load, person, Memory()
        self.random = random.Random(seed)
        self.failure, self.following = None, False

    def run(self):
        try:
            while not self.visit():
                self.memory.losses += 1
                time.sleep(self.random.uniform(0.02, 0.2))  # a good client's back-off
        except BaseException as failed:  # goes to the test, which fails with it
            self.failure = failed

    def visit(self):
        """One socket's life. True if it was still alive when the load was told to stop and all was answered."""
        try:
            self.following = False
            client = self.come()
            if client is None:
                return False
            self.memory.client = client
            self.repeat(client)
            client.follow(timeout=ANSWER_S * 2)
            self.following = True
            while not self.load.stopping.is_set():
                batch = [self.memory.sends(*self.choose(client)) for _ in range(self.random.randint(1, IN_FLIGHT))]
                requests = [client.send(name, payload, command_id=made) for made, name, payload in batch]
                for command, request in zip(batch, requests):
                    self.take(client, command, request)
            return not self.memory.unanswered
        except Closed as closed:
            if closed.code not in self.load.comes_back:
                raise
        except (ConnectionError, WebSocketException):
            pass  # no socket was made: the server is not there, or has no room
        return False

    def come(self):
        """A signed-in socket, or None: the server says that it cannot now."""
        try:
            token = self.person.token
        except (HarnessError, urllib.error.URLError):
            return None  # Keycloak is away
        client = Client(self.random.choice(self.load.urls) + "/play", token=token, replica=self.memory.replica, timeout=ANSWER_S)
        client.wait(lambda: client.player or client.errors, what="the server's word on the token")
        if client.player:
            return client
        refused = Refused(client.errors[0])
        client.drop()
        if not refused.may_retry and refused.name not in self.load.not_now:
            raise refused
        return None

    def repeat(self, client):
        """What was never answered, and some of what was: the same id, the same content."""
        answered = list(self.memory.answered)
        again = list(self.memory.unanswered.values()) + [self.memory.answered[made][0] for made in
                                                         self.random.sample(answered, min(len(answered), 12))]
        for made, name, payload in again:
            self.take(client, (made, name, payload), client.send(name, payload, command_id=made))

    def take(self, client, command, request):
        made, name, payload = command
        while True:
            try:
                reply = client.reply(request, timeout=ANSWER_S)
                break
            except Refused as refused:
                if refused.may_retry:
                    self.memory.told[refused.name] += 1
                    time.sleep(min(refused.payload["retry_after_ms"] or 20, 200) / 1000)
                    request = client.send(name, payload, command_id=made)
                    continue
                if refused.name not in REJECTIONS:
                    raise
                self.memory.rejected(made)
                return
        self.memory.takes(command, reply)
        if self.following and name == "open_pack" and reply["meta"]["view_position"] >= reply["meta"]["position"]:
            row = client.replica["pity"][(client.player, reply["payload"]["pity_group"])]
            assert row["position"] >= reply["meta"]["position"] - 1, "a strong reply came before its rows"

    def choose(self, client):
        pick = self.random.random()
        owned = sorted(key[1] for key in client.replica.live("character"))
        teams = sorted(key[1] for key in client.replica.live("team"))
        if pick < 0.5 or len(owned) < 4:
            return "open_pack", {"pack": "plain", "count": self.random.choice((1, 1, 10)),
                                 "payment": self.random.choice(("currency", "currency", "item"))}
        if pick < 0.55:
            return "open_pack", {"pack": "scarce", "count": 1}
        if pick < 0.75:
            return "form_team", {"name": f"Team {self.random.randrange(1000)}", "members": self.random.sample(owned, 4)}
        if pick < 0.9 and teams:
            return "disband_team", {"team": self.random.choice(teams)}
        if pick < 0.95:
            return "rename_player", {"display_name": f"Player {self.random.randrange(1000)}"}
        return "rotate_seed", {"client_seed": f"seed {self.random.randrange(1000)}"}


class Load:
    """`urls`: where the players connect, each time to any of them, if not to the server itself. `comes_back`, `not_now`:
    further close codes and error names that are no failure in this test."""

    def __init__(self, server, persons, seed, urls=None, comes_back=(), not_now=()):
        self.server, self.urls = server, urls or [server.settings.url]
        self.comes_back, self.not_now = COMES_BACK | set(comes_back), set(not_now)
        self.stopping = threading.Event()
        rng = random.Random(seed)
        self.players = [Player(self, person, rng.random()) for person in persons]

    def begin(self):
        """Returns when everybody has come to the game."""
        for player in self.players:
            player.start()
        self.until(lambda: all(player.memory.client is not None for player in self.players), "every player's first socket")

    @property
    def answered(self):
        return sum(len(player.memory.answered) for player in self.players)

    @property
    def unanswered(self):
        return sum(len(player.memory.unanswered) for player in self.players)

    def count(self, what):
        """The sum of one of Memory's counters, or the size of what it keeps."""
        kept = [getattr(player.memory, what) for player in self.players]
        return sum(each if isinstance(each, int) else len(each) for each in kept)

    def shown(self, after):
        """Commands behind this position whose rows were there with the answer."""
        return [made for player in self.players for made, (_, _, position) in list(player.memory.answered.items())
                if position > after and made not in player.memory.behind]

    def told(self, name):
        """How often players were given this error and tried again."""
        return sum(player.memory.told[name] for player in self.players)

    def healthy(self):
        """Fails with the first player that failed."""
        for player in self.players:
            if player.failure is not None:
                raise player.failure
        return True

    def more(self, count, timeout=180):
        """Waits until `count` more answers have come."""
        before = self.answered
        self.until(lambda: self.answered - before >= count, f"{count} more answers", timeout)

    def until(self, condition, what, timeout=180):
        """Waits for the condition while the players play."""
        wait_until(lambda: condition() or not self.all_well(), timeout, what, every_s=0.005)
        self.healthy()

    def all_well(self):
        return all(player.failure is None for player in self.players)

    def settle(self, timeout=120):
        self.stopping.set()
        deadline = time.monotonic() + timeout
        for player in self.players:
            player.join(max(0.1, deadline - time.monotonic()))
        self.healthy()
        left = [len(player.memory.unanswered) for player in self.players if player.is_alive()]
        assert not left, f"{len(left)} players are not done {timeout} s after the last fault; commands unanswered: {left}"

    def check(self):
        """Returns the events of the log."""
        events = check_everything(self.server, *(player.memory.client for player in self.players), timeout=60)
        effects = of_commands(events)
        acknowledged = set()
        for player in self.players:
            for made, (_, payload, position) in player.memory.answered.items():
                effect = effects.get(made)
                assert effect, f"command {made} was acknowledged and is not in the log"
                assert effect[-1]["position"] == position, f"command {made} is not at the position it was told"
                assert payload in [event["data"] for event in effect], f"command {made} was answered with another event"
                acknowledged.add(made)
        people = {player.person.id for player in self.players}
        took_effect = {made for made, effect in effects.items()
                       if str(effect[0]["actor"]) in people and effect[0]["type"] != "player_registered"}
        assert took_effect == acknowledged, "the log has commands that nobody was answered for"
        return events

    def leave(self):
        """Ends what still runs; for the end of a test that failed, too."""
        self.stopping.set()
        for player in self.players:
            if player.memory.client is not None:
                player.memory.client.drop()

    def __str__(self):
        return (f"{self.answered} commands acknowledged by {len(self.players)} players, {self.count('repeated')} sent again "
                f"after their answer, {self.count('behind')} answered as stored but not yet shown, "
                f"{self.count('losses')} sockets lost")


def of_commands(events):
    """command id -> its events. Only the first event of a command names it; those of one command stand together."""
    effects = {}
    for event in events:
        if event["command_id"] is not None:
            effects[event["command_id"]] = []
            current = effects[event["command_id"]]
        current.append(event)
    return effects
