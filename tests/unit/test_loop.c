/* What a turn of the loop takes when much is ready at once: real sockets, no server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>
#include "loop/loop.h"
#include "loop/ready.h"

#define PEERS (12 * HANG_UPS_PER_TURN)
#define TURNS_MAX 1000

struct peer {
    ev_io io;
    int far; /* the other end */
    unsigned bytes;
    bool ended;
};

static struct {
    struct loop *loop;
    struct peer peers[PEERS + 1]; /* the last one stays */
    unsigned ended;
} world;

static void on_ready(struct ev_loop *ev, ev_io *io, int events)
{
    struct peer *peer = io->data;
    char byte;
    (void)events;
    ssize_t got = recv(io->fd, &byte, 1, MSG_DONTWAIT); /* one a call, as there may be more than fits */
    if (got == 1)
        peer->bytes++;
    if (got != 0)
        return;
    ev_io_stop(ev, io);
    close(io->fd);
    peer->ended = true;
    world.ended++;
}

/* `fd`: the number it gets, which is free; -1: any. */
static void meet(struct peer *peer, int fd)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    if (fd >= 0) {
        assert_int_equal(dup2(pair[0], fd), fd);
        close(pair[0]);
        pair[0] = fd;
    }
    *peer = (struct peer){.far = pair[1]};
    ev_io_init(&peer->io, on_ready, pair[0], EV_READ);
    peer->io.data = peer;
    ev_io_start(loop_ev(world.loop), &peer->io);
}

static void turn(void)
{
    ev_run(loop_ev(world.loop), EVRUN_NOWAIT);
}

static void turn_that_waits(void)
{
    ev_run(loop_ev(world.loop), EVRUN_ONCE);
}

static int begin(void **state)
{
    (void)state;
    world.loop = loop_new();
    world.ended = 0;
    for (int i = 0; i <= PEERS; i++)
        meet(&world.peers[i], -1);
    turn(); /* the kernel is told of all */
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (int i = 0; i <= PEERS; i++) {
        if (world.peers[i].ended)
            continue;
        ev_io_stop(loop_ev(world.loop), &world.peers[i].io);
        close(world.peers[i].io.fd);
        close(world.peers[i].far);
    }
    loop_free(world.loop);
    return 0;
}

static void hang_up(int first, int count)
{
    for (int i = first; i < first + count; i++)
        close(world.peers[i].far);
}

/* All but one hang up, then that one says something: it is heard in the next turn, and the others are let go
 * of a few a turn. */
static void who_hung_up_comes_last(void **state)
{
    struct peer *stays = &world.peers[PEERS];
    (void)state;
    hang_up(0, PEERS);
    assert_int_equal(write(stays->far, "!", 1), 1);
    turn();
    assert_int_equal(stays->bytes, 1);
    assert_true(world.ended <= HANG_UPS_PER_TURN);
    for (unsigned turns = 1; world.ended < PEERS; turns++) {
        unsigned before = world.ended;
        assert_true(turns < TURNS_MAX);
        turn_that_waits();
        assert_true(world.ended - before <= HANG_UPS_PER_TURN);
    }
    assert_false(stays->ended);
}

/* What was said before hanging up is heard to its end. */
static void last_words_are_heard(void **state)
{
    struct peer *speaks = &world.peers[PEERS - 1];
    (void)state;
    assert_int_equal(write(speaks->far, "words", 5), 5);
    hang_up(0, PEERS);
    for (unsigned turns = 0; world.ended < PEERS; turns++) {
        assert_true(turns < TURNS_MAX);
        turn_that_waits();
    }
    assert_int_equal(speaks->bytes, 5);
}

/* A descriptor is closed while it stands in the line, and its number is another connection's by then. */
static void a_number_is_used_again(void **state)
{
    struct peer *parked = &world.peers[PEERS - 1];
    int fd = parked->io.fd;
    (void)state;
    hang_up(0, PEERS);
    turn();
    assert_false(parked->ended);
    ev_io_stop(loop_ev(world.loop), &parked->io);
    close(fd);
    meet(parked, fd);
    for (unsigned turns = 0; world.ended < PEERS - 1; turns++) {
        assert_true(turns < TURNS_MAX);
        turn_that_waits();
    }
    assert_int_equal(write(parked->far, "!", 1), 1);
    turn();
    assert_int_equal(parked->bytes, 1);
    assert_false(parked->ended);
}

static void on_timer(void *ctx)
{
    *(bool *)ctx = true;
}

/* Nobody wants to read from a peer that says no more, as it has to take something first: that is no reason to
 * wake up. */
static void a_half_closed_peer_is_left_alone(void **state)
{
    struct peer *peer = &world.peers[0];
    struct loop_timer timer;
    static const char bytes[4096];
    bool over = false;
    (void)state;
    while (write(peer->io.fd, bytes, sizeof bytes) > 0)
        ;
    ev_io_stop(loop_ev(world.loop), &peer->io);
    ev_io_set(&peer->io, peer->io.fd, EV_WRITE);
    ev_io_start(loop_ev(world.loop), &peer->io);
    turn();
    shutdown(peer->far, SHUT_WR);
    loop_timer_init(&timer, world.loop, on_timer, &over);
    loop_timer_start(&timer, 50);
    int turns = 0;
    while (!over) {
        assert_true(turns++ < 20);
        turn_that_waits();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_hung_up_comes_last, begin, end),
        cmocka_unit_test_setup_teardown(last_words_are_heard, begin, end),
        cmocka_unit_test_setup_teardown(a_number_is_used_again, begin, end),
        cmocka_unit_test_setup_teardown(a_half_closed_peer_is_left_alone, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
