"""kill -9 of the server under load from 64 clients, restarted, round after round.

Each client plays at random with several commands in flight and follows its own rows. What it was not answered it sends
again under the same id after the restart, together with some of what was. At the end all of it is held against the log, the
projections and the replicas: harness/load.py says how. Everything else that can be killed: test_30_killed.py.
"""

import time

from harness.load import Load

CLIENTS = 64


def test_nothing_is_lost_and_nothing_happens_twice(new_server, people, rng, long):
    server = new_server(small=True)
    load = Load(server, people.take(CLIENTS), rng.random())
    try:
        load.begin()
        for _ in range(12 if long else 3):
            load.more(rng.randrange(200, 1500))
            server.kill()
            print(f"killed after {load.answered} answers with {load.unanswered} commands in flight")
            began = time.monotonic()
            server.start()
            print(f"ready again after {time.monotonic() - began:.1f} s")
        load.more(300)
        load.settle()
        assert load.count("repeated") > CLIENTS
        load.check()
        print(load)
    finally:
        load.leave()
