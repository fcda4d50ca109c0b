/* peer: what one client of the bench says and hears.
 *
 *      AWAY -> UPGRADING -> SIGNING_IN -> FOLLOWING -> READY
 *
 * The id of a request holds its slot (of 64), so that answers may come in any order and none needs a table.
 * The marks of `changed` and `tick` are kept for the day it comes back; rows are not kept. A server may say
 * "later" to a sign-in or a follow, close a socket that is not ready, or refuse the upgrade: the owner is
 * told when to try again. Once ready, a socket that the server closes ends the program: that is never part of
 * a bench. A bare WebSocket echo serves as a server too (echo.c): it says no hello, and what it sends comes
 * back with the id it was sent with, or is a broadcast. */
#include "peer.h"
#include <stdlib.h>
#include <string.h>
#include "base/slice.h"
#include "histogram.h"
#include "wire/codec.h"

#define SLOT_BITS 6
#define SLOT_MASK (PEER_IN_FLIGHT_MAX - 1)
#define SIGN_IN_ID 1
#define FOLLOW_ID 2
#define COME_BACK_MS 200 /* where the server names no time */
#define UUID_BYTES 16

static const struct peer_setup *setup;

static void send_sign_in(struct peer *peer);
static void send_follow(struct peer *peer);
static void on_upgraded(void *data);
static void on_message(void *data, const uint8_t *at, size_t left);
static void on_closed(void *data, unsigned code);

static const struct websocket_handlers handlers = {on_upgraded, on_message, on_closed};

void peer_setup(const struct peer_setup *given)
{
    setup = given;
}

void peer_open(struct peer *peer)
{
    peer->state = PEER_UPGRADING;
    websocket_open(&peer->socket, setup->host, setup->port, peer->number, setup->epoll, peer);
}

void peer_again(struct peer *peer)
{
    if (peer->state == PEER_AWAY)
        peer_open(peer);
    else if (peer->state == PEER_SIGNING_IN)
        send_sign_in(peer);
    else if (peer->state == PEER_FOLLOWING)
        send_follow(peer);
}

void peer_drop(struct peer *peer)
{
    websocket_drop(&peer->socket);
    peer->state = PEER_AWAY;
    peer->greeted = peer->followed = false;
    peer->marked = 0;
    peer->busy = 0;
}

void peer_event(struct peer *peer)
{
    websocket_event(&peer->socket, setup->epoll, &handlers, peer);
}

/* ---- what goes out ---- */

static size_t put_u32(uint8_t *out, uint32_t value)
{
    out[0] = 0xce;
    for (int i = 0; i < 4; i++)
        out[1 + i] = (uint8_t)(value >> (24 - 8 * i));
    return 5;
}

static size_t put_u64(uint8_t *out, uint64_t value)
{
    out[0] = 0xcf;
    for (int i = 0; i < 8; i++)
        out[1 + i] = (uint8_t)(value >> (56 - 8 * i));
    return 9;
}

/* [id, type, and room for payload and meta */
static size_t put_head(uint8_t *out, uint32_t values, uint32_t id, uint32_t type)
{
    out[0] = (uint8_t)(0x90 | values);
    size_t size = 1 + put_u32(out + 1, id);
    return size + put_u32(out + size, type);
}

static void send_sign_in(struct peer *peer)
{
    static uint8_t message[PEER_TOKEN_MAX_BYTES + 32];
    size_t size = put_head(message, 3, SIGN_IN_ID, MESSAGE_SIGN_IN), token = strlen(peer->token);
    message[size++] = 0x91;
    message[size++] = 0xda;
    message[size++] = (uint8_t)(token >> 8);
    message[size++] = (uint8_t)token;
    memcpy(message + size, peer->token, token);
    peer->state = PEER_SIGNING_IN;
    websocket_send(&peer->socket, message, size + token);
}

static void send_follow(struct peer *peer)
{
    uint8_t message[64];
    size_t size = put_head(message, 3, FOLLOW_ID, MESSAGE_FOLLOW);
    message[size++] = 0x94;
    if (peer->generation == 0) { /* no epoch: from the beginning */
        message[size++] = 0xc0;
    } else {
        message[size++] = 0xc4;
        message[size++] = UUID_BYTES;
        memcpy(message + size, peer->epoch, UUID_BYTES);
        size += UUID_BYTES;
    }
    size += put_u64(message + size, peer->generation);
    size += put_u64(message + size, peer->marks[AUDIENCE_OWN]);
    size += put_u64(message + size, peer->marks[AUDIENCE_PUBLIC]);
    peer->state = PEER_FOLLOWING;
    websocket_send(&peer->socket, message, size);
}

bool peer_has_slot(const struct peer *peer)
{
    return ~peer->busy != 0;
}

void peer_request(struct peer *peer, uint32_t type, const uint8_t *payload, size_t size, uint64_t due_us)
{
    uint8_t message[256];
    uint32_t slot = (uint32_t)__builtin_ctzll(~peer->busy);
    uint32_t id = ++peer->sequence << SLOT_BITS | slot;
    size_t head = put_head(message, type == MESSAGE_PING ? 3 : 4, id, type);
    if (head + size > sizeof message)
        websocket_refuse("a request is too large", size);
    memcpy(message + head, payload, size);
    peer->busy |= 1ull << slot;
    peer->due_us[slot] = due_us;
    websocket_send(&peer->socket, message, head + size);
}

/* ---- what comes in ---- */

/* An unsigned integer in msgpack; nil is 0. */
static size_t get_uint(const uint8_t *at, uint64_t *ret_value)
{
    size_t bytes = at[0] >= 0xcc && at[0] <= 0xcf ? 1u << (at[0] - 0xcc) : 0;
    uint64_t value = at[0] < 0x80 ? at[0] : 0;
    for (size_t i = 1; i <= bytes; i++)
        value = value << 8 | at[i];
    *ret_value = value;
    return bytes + 1;
}

static size_t skip(const uint8_t *at, const uint8_t *end)
{
    size_t size;
    if (wire_scan(slice_of(at, (size_t)(end - at)), 16, 1000000, &size) != ERROR_NONE)
        websocket_refuse("the server sent something malformed; bytes", (uint64_t)(end - at));
    return size;
}

/* Ready when it follows and has the rows of both audiences. */
static void look_whether_ready(struct peer *peer)
{
    const uint32_t all = 1u << AUDIENCE_OWN | 1u << AUDIENCE_PUBLIC;
    if (peer->state != PEER_FOLLOWING || !peer->followed || (peer->greeted && peer->marked != all))
        return;
    peer->state = PEER_READY;
    setup->handlers.ready(peer);
}

/* [epoch, generation, own_whole, public_whole] */
static void take_followed(struct peer *peer, const uint8_t *payload)
{
    peer->followed = true;
    if (!peer->greeted) {
        look_whether_ready(peer); /* the echo of what was sent */
        return;
    }
    const uint8_t *at = payload + 1;
    memcpy(peer->epoch, at + 2, UUID_BYTES);
    at += 2 + UUID_BYTES;
    at += get_uint(at, &peer->generation);
    for (int audience = AUDIENCE_OWN; audience <= AUDIENCE_PUBLIC; audience++)
        if (*at++ == 0xc3) /* what follows is all there is */
            peer->marks[audience] = 0;
    look_whether_ready(peer);
}

/* An error's payload: [code, name, retry, retry_after_ms, ...]. Before it is ready a peer tries again if that
 * can help. */
static void take_refusal(struct peer *peer, const uint8_t *payload, const uint8_t *end)
{
    uint64_t code, retry, after_ms;
    const uint8_t *at = payload + 1;
    at += get_uint(at, &code);
    at += skip(at, end);
    at += get_uint(at, &retry);
    get_uint(at, &after_ms);
    if (retry != RETRY_NOW && retry != RETRY_LATER)
        websocket_refuse("a sign-in or a follow was refused; error", code);
    setup->handlers.come_back(peer, after_ms > 0 ? (uint32_t)after_ms : COME_BACK_MS, (uint32_t)code);
}

static void take_answer(struct peer *peer, uint32_t id, uint32_t type, const uint8_t *payload,
                        const uint8_t *end)
{
    uint64_t code = 0;
    if (peer->state == PEER_READY) {
        uint32_t slot = id & SLOT_MASK;
        if (type == MESSAGE_ERROR)
            get_uint(payload + 1, &code);
        if ((peer->busy & 1ull << slot) == 0)
            websocket_refuse("an answer to nothing; id", id);
        peer->busy &= ~(1ull << slot);
        setup->handlers.answered(peer, slot, (uint32_t)code);
    } else if (type == MESSAGE_ERROR) {
        take_refusal(peer, payload, end);
    } else if (peer->state == PEER_SIGNING_IN) {
        send_follow(peer);
    } else {
        take_followed(peer, payload);
    }
}

static void take_mark(struct peer *peer, uint64_t audience, uint64_t mark)
{
    if (mark == 0 || audience > AUDIENCE_PUBLIC)
        return;
    peer->marked |= 1u << audience;
    if (mark > peer->marks[audience])
        peer->marks[audience] = mark;
}

/* Of `changed`, [audience, mark, ...], where mark 0 says that more is to come; of `tick`, [time, own,
 * public]. */
static void take_push(struct peer *peer, uint32_t type, const uint8_t *payload, const uint8_t *end)
{
    const uint8_t *at = payload + 1;
    uint64_t audience, mark;
    if (type == MESSAGE_HELLO) {
        peer->greeted = true;
    } else if (type == MESSAGE_CHANGED) {
        at += get_uint(at, &audience);
        get_uint(at, &mark);
        take_mark(peer, audience, mark);
        if (peer->state != PEER_READY)
            look_whether_ready(peer);
        else if (audience == AUDIENCE_PUBLIC)
            setup->handlers.told(peer, (size_t)(end - payload));
    } else if (type == MESSAGE_TICK) {
        at += skip(at, end);
        for (audience = AUDIENCE_OWN; audience <= AUDIENCE_PUBLIC; audience++) {
            at += get_uint(at, &mark);
            take_mark(peer, audience, mark);
        }
    }
}

/* A frame holds one message or several: [id, type, payload, ...], id 0 for pushes. */
static void on_message(void *data, const uint8_t *at, size_t left)
{
    struct peer *peer = data;
    const uint8_t *end = at + left;
    if (!peer->greeted && peer->state == PEER_READY && at[0] == 0) { /* an echo's broadcast: zeros */
        setup->handlers.told(peer, left);
        return;
    }
    while (at < end) {
        uint64_t id, type;
        const uint8_t *next = at + skip(at, end), *payload = at + 1;
        payload += get_uint(payload, &id);
        payload += get_uint(payload, &type);
        if (id == 0)
            take_push(peer, (uint32_t)type, payload, next);
        else
            take_answer(peer, (uint32_t)id, (uint32_t)type, payload, next);
        at = next;
    }
}

static void on_upgraded(void *data)
{
    send_sign_in(data);
}

static void on_closed(void *data, unsigned code)
{
    struct peer *peer = data;
    if (peer->state == PEER_READY)
        websocket_refuse("the server closed a socket; code", code);
    peer_drop(peer);
    setup->handlers.come_back(peer, COME_BACK_MS, code);
}
