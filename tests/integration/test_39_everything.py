"""Everything that tests 30 to 35 do, at random and several at once, for GACHAPON_TEST_MINUTES (10) under `./dev test --long`;
a few rounds of it otherwise. What was done is printed, with the seed at the top of the run.
"""

import os
import signal
import subprocess
import time

from harness.proxy import FAULTS
from test_30_killed import KILLS
from test_31_cut import APPEND, PROJECT


def kill(stage, rng):
    what = rng.choice(list(KILLS))
    KILLS[what](stage)
    return f"killed {what}"


def cut(stage, rng):
    fault = rng.choice([fault for fault in FAULTS if fault != "silence"])
    proxy, statement = rng.choice(((stage.to_events, APPEND), (stage.to_events, None), (stage.to_projections, PROJECT),
                                   (stage.to_projections, None)))
    proxy.arm(fault, statement)
    return f"{fault} at {statement or 'anything'}"


def cut_all(stage, rng):
    rng.choice((stage.to_events, stage.to_projections)).cut()
    return "all connections cut"


def sockets(stage, rng):
    stage.restart_sockets()
    return "all sockets gone"


def away(stage, rng):
    gone = rng.choice((stage.events, stage.projections))
    gone.stop()
    time.sleep(rng.uniform(0, 3))  # an outage lasts as long as it lasts
    gone.start()
    return f"{gone.name} away"


def still(stage, rng):
    proxy = rng.choice((stage.to_events, stage.to_projections))
    proxy.hold()
    time.sleep(rng.uniform(0, 12))
    proxy.release()
    return "connections stood still"


def freeze(stage, rng):
    """A virtual machine that is moved: all deadlines are over when it goes on."""
    stage.server.process.send(signal.SIGSTOP)
    time.sleep(rng.uniform(0, 12))
    stage.server.process.send(signal.SIGCONT)
    return "the server stood still"


def rebuild(stage, rng):
    """Begun, and left to itself: what follows may kill it."""
    server, what = stage.server, rng.choice(("--all", "wallets", "statistics"))
    stage.rebuilds.append(subprocess.Popen([server.binary, "projections", "rebuild", what], env=server.environment(),
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    return f"rebuild of {what} begun"


def late(stage, rng):
    stage.to_events.let_late()
    stage.to_projections.let_late()
    return "what was late arrived"


def test_everything_at_random(stage, rng, long):
    stage = stage("--strong-wait-ms", "500")
    until = time.monotonic() + 60 * float(os.environ.get("GACHAPON_TEST_MINUTES", "10"))
    faults = {kill: 6, cut: 8, cut_all: 3, sockets: 2, away: 1, late: 4, rebuild: 2, **({still: 1, freeze: 1} if long else {})}
    rounds, stage.rebuilds = 0, []
    while time.monotonic() < until if long else rounds < 5:
        rounds += 1
        stage.load.more(rng.randrange(1, 300))
        done = [fault(stage, rng) for fault in rng.choices(list(faults), list(faults.values()), k=rng.randrange(1, 4))]
        print(f"{stage.load.answered} answers: {', '.join(done)}", flush=True)
        stage.load.more(20)
    late(stage, rng)
    for process in stage.rebuilds:
        process.wait(120)
    stage.finish()
