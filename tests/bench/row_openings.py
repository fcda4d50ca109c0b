"""open_pack, strong and pushed: of 10,000 players, in batches of one, by one client, on one pack, by one player.

The row of the issue is "512 sockets, 10,000 players". A socket is one player's session, so all 10,000 are connected and
follow their rows, and 512 requests are in flight, each of a random player who has none: every player's rows and state are
in use, as with the raw writer, whose batches are of random ones of as many players. The rows that compare hot with cold
use 512 players on 512 sockets for both sides: a limited pack's stock is a public row, and 10,000 onlookers would be told
of it, which is another measurement (fan-out).
"""

from row_machine import raw_writer
from stack import LIMITED_PACK

HOT_PLAYER_SOCKETS = 64
ALONE_IN_FLIGHT = 16  # a commit each: more would only wait, and then be refused


def with_batches(figure):
    counters = figure["counters"]
    figure["batch"] = counters["batch_commands_total"] / max(counters["batches_total"], 1)
    figure["rows"] = counters["projection_rows_total"] / max(counters["commands_total"], 1)
    return figure


def many_players(bench):
    stack, sockets = bench.stack, bench.sockets
    bench.show.title(f"open_pack, strong and pushed, {bench.players:,} players follow, {sockets} in flight")
    stack.start_server()
    with stack.clients(bench.players) as clients:
        for _ in bench.rounds():
            figure = bench.keep("open_pack", f"open_pack, {bench.players:,} players", with_batches(
                clients.go("open_pack", bench.seconds, in_flight=sockets)))
            batch = max(1, min(sockets, round(figure["batch"])))
            raw_writer(bench, "raw_same", batch, bench.seconds, round(stack.event_bytes()))
    stack.start_server("--batch-commands-max", "1")
    alone = min(ALONE_IN_FLIGHT, sockets)
    with stack.clients(alone) as clients:
        bench.keep("open_pack_alone", "open_pack, batches of 1", with_batches(
            clients.go("open_pack", min(bench.seconds, 5), in_flight=alone)))


def one_client(bench):
    bench.show.title("One client")
    stack, short = bench.stack, min(bench.seconds, 4)
    stack.start_server()
    with stack.clients(1) as clients:
        for _ in bench.rounds():
            bench.keep("commits_beside", "two bare commits in turn", stack.raw("commits", short))
            bench.keep("one_client", "open_pack, one client", with_batches(
                clients.go("open_pack", short, in_flight=1)))


def hot(bench):
    stack, sockets = bench.stack, bench.sockets
    many = min(HOT_PLAYER_SOCKETS, sockets)
    bench.show.title(f"open_pack, {sockets} in flight: a player a socket, all on one limited pack, all by one player")
    stack.start_server()
    with stack.clients(sockets) as clients, stack.clients(many, first=sockets, one_player=True) as one_player:
        for _ in bench.rounds():
            for key, title, who, pack in (
                    ("cold", f"{sockets} players, {sockets} sockets", clients, "bench"),
                    ("hot_pack", "the same, on one limited pack", clients, LIMITED_PACK),
                    ("hot_player", f"one player, {many} sockets", one_player, "bench")):
                bench.keep(key, title, with_batches(
                    who.go("open_pack", min(bench.seconds, 6), in_flight=sockets, pack=pack)))
