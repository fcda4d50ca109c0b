/* script: moves the world by name instead of at random.
 *
 * A story is the trace less what is only mechanics: what the store made of each batch, and what each client
 * was answered. Tests assert it whole, so an answer too many fails as much as one too few. */
#include "script.h"
#include "game.h"
#include "oracle.h"
#include "run.h"
#include "sockets.h"
#include <stdio.h>

static uint32_t script_ids;

static bool is_append(const struct pg *pg)
{
    const char *statement = pg_next_statement(pg);
    return statement != NULL && strcmp(statement, "eventstore_append") == 0;
}

/* One thing that can happen to a connection. */
static bool move_connection(struct pg *pg, bool appends)
{
    if (pg_can_tell(pg))
        pg_do_tell(pg);
    else if (pg_can_connect(pg))
        pg_do_connect(pg);
    else if (pg_can_answer(pg))
        pg_do_answer(pg);
    else if (pg_can_execute(pg) && (appends || !is_append(pg)))
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

void script_answers(void)
{
    for (int i = 0; i < 20; i++) {
        script_settle();
        world.mono_ms += 50;
        world.wall_ms += 50;
    }
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
    script_ids = 0;
    script_settle();
    trace_clear();
}

static void arrive(struct client *client, struct node *node)
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
        arrive(world.clients[i], world.nodes[i < PLAYERS ? 0 : nodes - 1]);
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

struct pg *script_appender(const struct node *node)
{
    char label[32];
    snprintf(label, sizeof label, "%s.append", node_name(node));
    list_each(at, &world.connections)
    {
        struct pg *pg = pg_of_node(at);
        if (strcmp(pg_label(pg), label) == 0)
            return pg;
    }
    broken("%s is not there", label);
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
