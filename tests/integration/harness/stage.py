"""A server with everything around it that can break, and players who play on meanwhile.

    stage.events, stage.projections      PostgresServers
    stage.to_events, stage.to_projections  the proxies between the server and them (harness/proxy.py)
    stage.load                           the players (harness/load.py), already playing
    stage.finish()                       the faults are over: settles the load and looks at everything
"""

import urllib.parse

from . import game
from .load import Load
from .processes import wait_until
from .proxy import PgProxy


class Stage:
    """`more` and `before` go to the Gachapon, what is left to the Load."""

    def __init__(self, new_server, persons, rng, events, projections, dsns, *flags, more=None, before=(), **options):
        self.events, self.projections, self.rng = events, projections, rng
        self.to_events, self.to_projections = (PgProxy(server.port, rng.random()) for server in (events, projections))
        behind = dict(dsns)
        for name, proxy in (("event_store_dsn", self.to_events), ("projections_dsn", self.to_projections)):
            behind[name] = through(dsns[name], proxy)
        self.flags = flags
        self.server = new_server(databases=behind, more=more, start=False)
        self.server.before = list(before)
        self.server.migrate()
        self.server.start(*flags)
        game.publish_small(self.server)
        self.load = Load(self.server, persons, rng.random(), **options)
        self.load.begin()
        self.load.more(50)

    def restart(self):
        """kill -9 of the server, and up again."""
        self.server.kill()
        self.server.start(*self.flags)

    def restart_sockets(self):
        """Every player's network is gone for a moment."""
        for player in self.load.players:
            player.memory.client.drop()

    def ready(self, timeout=60):
        wait_until(lambda: self.server.http("/readyz")[0] == 200, timeout, "the server to be ready", alive=self.server.process)

    def finish(self, timeout=120):
        """Returns the events of the log."""
        self.load.settle(timeout)
        self.ready()
        events = self.load.check()
        self.server.tool("verify")
        print(f"{self.load}; {len(events)} events")
        return events

    def end(self):
        self.load.leave()
        for proxy in (self.to_events, self.to_projections):
            proxy.close()


def through(dsn, proxy):
    """The same connection string by way of the proxy."""
    parts = urllib.parse.urlsplit(dsn)
    return parts._replace(netloc=parts.netloc.rsplit(":", 1)[0] + f":{proxy.port}").geturl()
