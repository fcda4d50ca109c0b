/* ops: the commands of a run, found by id and digest. What a command is, is its id, its sender and its bytes:
 * the same id with another digest is another op, of which only one may ever take effect. */
#include "ops.h"
#include "database.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include <stdio.h>

static struct op *ops[OPS_MAX];
static uint32_t op_count;

void ops_clear(void)
{
    op_count = 0;
}

void ops_restored(void)
{
    for (uint32_t i = 0; i < op_count; i++) {
        struct op *op = ops[i];
        const struct logged *known = store_command(op->command_id);
        op->alive = 0;
        if (op->state != OP_ACCEPTED || (known != NULL && memcmp(known->digest, op->digest, 16) == 0))
            continue;
        op->state = OP_OPEN;
        op->reply = (struct slice){0};
    }
}

struct op *op_new(struct uuid actor, uint8_t roles, const struct command *command, struct uuid command_id)
{
    const struct command_desc *desc = schema_command((int)command->type);
    struct op *op = arena_alloc(&world.arena, sizeof *op);
    struct buf bytes;
    check(op != NULL);
    if (op_count == OPS_MAX)
        return NULL;
    buf_init(&bytes, 1u << 20);
    *op = (struct op){.actor = actor,
                      .roles = roles,
                      .command = *command,
                      .command_id = command_id,
                      .sent_id = command_id,
                      .consistency = chance(70) ? CONSISTENCY_STRONG : CONSISTENCY_EVENTUAL};
    check(codec_encode(&bytes, desc->payload, command_payload_mutable(&op->command), CODEC_PLAIN) == ERR_OK);
    op->payload = keep_slice(buf_slice(&bytes));
    buf_release(&bytes);
    if (desc->id_from >= 0) {
        struct slice value;
        memcpy(&value,
               (char *)command_payload_mutable(&op->command) + desc->payload->fields[desc->id_from].offset,
               sizeof value);
        op->command_id = uuid_derived(desc->name, value);
        op->sent_id = (struct uuid){{0}};
    }
    secrets_digest(&world.secrets, actor, (uint32_t)command->type, op->payload, op->digest);
    struct op *same = op_find(op->command_id, op->digest);
    if (same != NULL)
        return same;
    ops[op_count++] = op;
    return op;
}

struct op *op_find(struct uuid command_id, const uint8_t digest[16])
{
    for (uint32_t i = 0; i < op_count; i++)
        if (uuid_equal(ops[i]->command_id, command_id) && memcmp(ops[i]->digest, digest, 16) == 0)
            return ops[i];
    return NULL;
}

struct op *op_other(struct uuid command_id, const struct op *op)
{
    for (uint32_t i = 0; i < op_count; i++)
        if (uuid_equal(ops[i]->command_id, command_id) && ops[i] != op && ops[i]->sent > 0)
            return ops[i];
    return NULL;
}

const char *op_name(const struct op *op)
{
    static char names[4][60];
    static unsigned next;
    char *name = names[next++ % 4];
    snprintf(name, sizeof names[0], "%s %s", schema_command((int)op->command.type)->name,
             name_of_id(op->command_id));
    return name;
}

uint32_t ops_open(void)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < op_count; i++)
        count += ops[i]->state == OP_OPEN && ops[i]->sent > 0;
    return count;
}

struct op *op_any(struct uuid actor, int state)
{
    uint32_t from = random_below(op_count);
    for (uint32_t i = 0; i < op_count; i++) {
        struct op *op = ops[(from + i) % op_count];
        if (uuid_equal(op->actor, actor) && (state < 0 || (int)op->state == state))
            return op;
    }
    return NULL;
}
