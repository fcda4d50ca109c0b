/* script: moves the world by name instead of at random.
 *
 * A story is the trace less what is only mechanics: what the store made of each batch, and what each client
 * was answered. Tests assert it whole, so an answer too many fails as much as one too few. */
#include "script.h"
#include "game.h"
#include "oracle.h"
#include "run.h"
#include "sockets.h"
#include "base/buf.h"
#include "request/request.h"
#include <stdio.h>

static uint32_t script_ids;
static const char *held[4]; /* nothing happens to these */

static bool is_held(const char *what)
{
    for (int i = 0; i < 4 && what != NULL; i++)
        if (held[i] != NULL && strcmp(held[i], what) == 0)
            return true;
    return false;
}

static bool is_append(const struct pg *pg)
{
    const char *statement = pg_next_statement(pg);
    return statement != NULL && strcmp(statement, "eventstore_append") == 0;
}

/* One thing that can happen to a connection. */
static bool move_connection(struct pg *pg, bool appends)
{
    const char *statement = pg_next_statement(pg);
    if (is_held(pg_label(pg)))
        return false;
    if (pg_can_tell(pg))
        pg_do_tell(pg);
    else if (pg_can_connect(pg))
        pg_do_connect(pg);
    else if (pg_can_answer(pg))
        pg_do_answer(pg);
    else if (pg_can_execute(pg) && (appends || !is_append(pg)) && !is_held(statement))
        pg_do_execute(pg);
    else
        return false;
    return true;
}

static bool move_node(struct node *node)
{
    struct loop *loop = node_loop(node);
    struct session *session;
    size_t cursor = 0;
    if (loop_dirty(loop)) {
        loop_end_turn(loop);
        return true;
    }
    if (loop_fire(loop))
        return true;
    while ((session = socket_next(node_sockets(node), &cursor)) != NULL) {
        if (session_can_receive(session))
            session_do_receive(session);
        else if (session_can_deliver(session))
            session_do_deliver(session);
        else
            continue;
        return true;
    }
    return false;
}

static void settle(bool appends)
{
    bool moved = true;
    for (uint32_t steps = 0; moved; steps++) {
        moved = false;
        check(steps < 100000);
        for (uint32_t i = 0; i < NODES_MAX && !moved; i++)
            moved = world.nodes[i] != NULL && move_node(world.nodes[i]);
        for (struct list_node *node = world.connections.next; node != &world.connections && !moved;
             node = node->next)
            moved = move_connection(pg_of_node(node), appends);
    }
}

void script_settle(void)
{
    settle(true);
}

void script_hold(const char *what)
{
    int i = 0;
    if (what == NULL)
        memset(held, 0, sizeof held);
    while (what != NULL && held[i] != NULL)
        i++;
    check(i < 4);
    held[i] = what;
}

void script_pass(uint64_t ms)
{
    for (uint64_t passed = 0; passed < ms; passed += 50) {
        script_settle();
        world.mono_ms += 50;
        world.wall_ms += 50;
    }
}

void script_answers(void)
{
    script_pass(1000);
}

void script_settle_but_appends(void)
{
    settle(false);
}

void script_open_empty(uint32_t nodes, uint32_t batches_in_flight)
{
    run_open(&(struct run_options){.seed = 1, .nodes = nodes, .batches_in_flight = batches_in_flight});
    world.faults = (struct faults){0};
    world.scripted = true;
    script_hold(NULL);
    views_refuse(NULL);
    script_ids = 0;
    script_settle();
    trace_clear();
}

void script_arrive(struct client *client, struct node *node)
{
    client_connect(client, node);
    client_sign_in(client, NULL);
    script_settle();
    client_follow(client);
    script_settle();
}

void script_open(uint32_t nodes, uint32_t batches_in_flight)
{
    script_open_empty(nodes, batches_in_flight);
    for (uint32_t i = 0; i < world.client_count; i++)
        script_arrive(world.clients[i], world.nodes[i < PLAYERS ? 0 : nodes - 1]);
    trace_clear();
}

void script_close(void)
{
    script_answers();
    world.scripted = false;
    run_to_rest();
    run_close();
}

struct op *script_op(struct client *client, const struct command *command)
{
    uint8_t roles = client == world.clients[4]   ? ROLE_GAME_ADMIN
                    : client == world.clients[5] ? ROLE_GAME_SERVICE
                                                 : ROLE_PLAYER;
    struct op *op = op_new(client_user(client), roles, command, game_id(0xee, ++script_ids));
    op->consistency = CONSISTENCY_STRONG;
    return op;
}

void script_send(struct client *client, struct op *op)
{
    struct session *session = client_session(client);
    client_send(client, op);
    while (session_can_receive(session))
        session_do_receive(session);
}

struct pg *script_connection(const struct node *node, const char *name)
{
    char label[32];
    snprintf(label, sizeof label, "%s.%s", node_name(node), name);
    list_each(at, &world.connections)
    {
        struct pg *pg = pg_of_node(at);
        if (strcmp(pg_label(pg), label) == 0)
            return pg;
    }
    broken("%s is not there", label);
}

struct pg *script_appender(const struct node *node)
{
    return script_connection(node, "append");
}

void script_append(struct node *node)
{
    struct pg *pg = script_appender(node);
    check(is_append(pg));
    pg_do_execute(pg);
    pg_do_answer(pg);
    while (loop_dirty(node_loop(node)))
        loop_end_turn(node_loop(node));
}

/* ---- what stays as it was ---- */

#define STORY_EVENTS_MAX 64

static void add_event(struct buf *out, uint32_t version, struct slice data)
{
    check(buf_append(out, &version, sizeof version) == ERR_OK &&
          buf_append(out, data.data, data.size) == ERR_OK);
}

static struct slice kept(struct buf *out)
{
    struct slice bytes = keep_slice(buf_slice(out));
    buf_release(out);
    return bytes;
}

struct slice script_sent(const struct node *node, const struct op *op)
{
    struct slice versions[STORY_EVENTS_MAX], ids[STORY_EVENTS_MAX], data[STORY_EVENTS_MAX];
    const struct wire_call *call;
    struct buf out;
    bool ours = false;
    buf_init(&out, 1u << 20);
    for (uint32_t i = 0; (call = pg_waiting(script_appender(node), i)) != NULL; i++) {
        uint32_t count = call_array(call, 14, versions, STORY_EVENTS_MAX);
        check(call_array(call, 17, ids, STORY_EVENTS_MAX) == count &&
              call_array(call, 22, data, STORY_EVENTS_MAX) == count);
        for (uint32_t k = 0; k < count; k++) {
            if (ids[k].data != NULL)
                ours = uuid_equal(element_uuid(ids[k]), op->command_id);
            if (ours)
                add_event(&out, (uint32_t)element_int(versions[k]), data[k]);
        }
    }
    return kept(&out);
}

struct slice script_stored(const struct op *op)
{
    const struct logged *event = store_command(op->command_id);
    struct buf out;
    buf_init(&out, 1u << 20);
    for (uint64_t at = event == NULL ? UINT64_MAX : event->position; at <= store_head(); at++) {
        if (at > event->position && store_event(at)->first)
            break;
        add_event(&out, store_event(at)->version, store_event(at)->data);
    }
    return kept(&out);
}

uint64_t script_withdrawn(struct node *node)
{
    return requests_counters(node_requests(node))->withdrawn;
}

const char *script_story(void)
{
    static char story[16384];
    const char *line = trace_text();
    size_t size = 0;
    for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        bool is_store = strncmp(line, "store: ", 7) == 0;
        bool is_answer = strncmp(line, "client", 6) == 0 && line[7] == ':' &&
                         memchr(line + 8, ':', (size_t)(end - line - 8)) != NULL;
        if (is_store || is_answer)
            size += (size_t)snprintf(story + size, sizeof story - size, "%.*s\n", (int)(end - line), line);
    }
    story[size] = '\0';
    trace_clear();
    return story;
}
