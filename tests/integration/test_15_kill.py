"""kill -9 of the server under load from 64 clients, restarted, round after round.

Each client plays at random with several commands in flight and follows its own rows. A round ends by kill -9 at a
random moment. What a client was answered, it remembers: command, answer, position. What it was not, it sends again under
the same id after the restart, together with some of what was answered. At the end

    every acknowledged command is in the log once, at the position that its answer named
    every command that was sent again had one effect, and the same answer as the first time
    every client's replica is what the projections hold, and the projections are what the log folds to

where the fold (harness/fold.py) is this test's own and checks every balance, copy, nonce and stock on the way.
"""

import random
import threading
import time

from harness import game
from harness.audit import check_everything
from harness.client import Closed, Refused, Replica, new_id
from harness.processes import wait_until

CLIENTS = 64
IN_FLIGHT = 4
REJECTIONS = {"stock_exhausted", "team_unknown", "teams_full", "character_not_owned", "wallet_insufficient",
              "item_insufficient"}


class Player(threading.Thread):
    """One client for one round: plays until the socket dies, or until it is told to stop and all is answered."""

    def __init__(self, server, person, memory, seed, stop):
        super().__init__(daemon=True)
        self.server, self.person, self.memory, self.stop = server, person, memory, stop
        self.random = random.Random(seed)
        self.failure = None

    def run(self):
        try:
            self.play()
        except Closed as closed:
            if closed.code not in (1006, None):
                self.failure = closed
        except Exception as failed:  # goes to the test, which fails with it
            self.failure = failed

    def play(self):
        client = self.person.play(self.server, replica=self.memory.replica, timeout=60)
        self.memory.client = client
        self.repeat(client)
        client.follow()
        while not self.stop.is_set():
            batch = [self.memory.sends(*self.choose(client)) for _ in range(self.random.randint(1, IN_FLIGHT))]
            requests = [client.send(name, payload, command_id=made) for made, name, payload in batch]
            for command, request in zip(batch, requests):
                self.take(client, command, request)

    def repeat(self, client):
        """What was never answered, and some of what was: the same id, the same content."""
        answered = list(self.memory.answered)
        again = list(self.memory.unanswered.values()) + [self.memory.answered[made][0] for made in
                                                         self.random.sample(answered, min(len(answered), 12))]
        for made, name, payload in again:
            self.take(client, (made, name, payload), client.send(name, payload, command_id=made))

    def take(self, client, command, request):
        made, name, payload = command
        try:
            try:
                reply = client.reply(request)
            except Refused as refused:
                if not refused.may_retry:
                    raise
                reply = client.settle(name, payload, command_id=made)
        except Refused as refused:
            if refused.name not in REJECTIONS:
                raise
            self.memory.rejected(made)
            return
        self.memory.takes(command, reply)

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


class Memory:
    """What one player knows, over all rounds."""

    def __init__(self):
        self.replica, self.client = Replica(), None
        self.unanswered = {}  # command id -> command
        self.answered = {}    # command id -> (command, payload, position)
        self.repeated = 0

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
        if known is None:
            self.answered[made] = (command, reply["payload"], position)
            self.unanswered.pop(made)
        else:
            self.repeated += 1
            assert known[1:] == (reply["payload"], position), "another answer than the first time"


def play_round(server, persons, memories, rng, kill_after):
    """Plays until `kill_after` more answers have come, then kills the server; None: then stops and lets all finish."""
    stop = threading.Event()
    players = [Player(server, person, memory, rng.random(), stop) for person, memory in zip(persons, memories)]
    answered = lambda: sum(len(memory.answered) for memory in memories)  # noqa: E731
    before = answered()
    for player in players:
        player.start()
    failed = lambda: [player.failure for player in players if player.failure]  # noqa: E731
    wait_until(lambda: answered() - before >= (kill_after or 300) or failed(), 120, "answers under load", every_s=0.005,
               alive=server.process)
    if kill_after is not None and not failed():
        server.kill()
    stop.set()
    for player in players:
        player.join(90)
        assert not player.is_alive(), "a client hangs"
    assert not failed(), failed()[0]
    return answered() - before


def test_nothing_is_lost_and_nothing_happens_twice(new_server, people, rng, long):
    server = new_server()
    game.publish_small(server)
    persons = people.take(CLIENTS)
    memories = [Memory() for _ in persons]
    for _ in range(12 if long else 3):
        count = play_round(server, persons, memories, rng, rng.randrange(200, 1500))
        unanswered = sum(len(memory.unanswered) for memory in memories)
        print(f"killed after {count} answers with {unanswered} commands in flight")
        began = time.monotonic()
        server.start()
        print(f"ready again after {time.monotonic() - began:.1f} s")
    play_round(server, persons, memories, rng, None)

    assert not any(memory.unanswered for memory in memories)
    assert sum(memory.repeated for memory in memories) > CLIENTS
    acknowledged = {made: position for memory in memories for made, (_, _, position) in memory.answered.items()}
    events = check_everything(server, *(memory.client for memory in memories))
    in_log = {}
    for event in events:
        if event["command_id"] is not None:
            in_log.setdefault(event["command_id"], []).append(event)
    assert all(len(found) == 1 for found in in_log.values())
    missing = [made for made in acknowledged if made not in in_log]
    assert not missing, f"{len(missing)} acknowledged commands are not in the log"
    of_players = {event["command_id"] for event in events if event["actor"] is not None
                  and event["type"] not in ("player_registered",) and str(event["actor"]) in {p.id for p in persons}
                  and event["command_id"] is not None}
    assert of_players == set(acknowledged), "commands in the log that nobody was answered for"
    for memory in memories:
        memory.client.drop()
    print(f"{len(acknowledged)} commands acknowledged, {sum(m.repeated for m in memories)} sent again, {len(events)} events")
