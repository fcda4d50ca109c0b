/* outgoing: messages that wait to be sent. What goes to many is encoded once and referenced by each queue;
 * the bytes have LWS_PRE of room in front, so that a message that travels alone is written from where it
 * lies.
 *
 * A queue is a ring of references. It is made when first used, doubles when full, and is given back when it
 * is empty and has grown: an idle socket holds 128 bytes of it, or none. At QUEUE_MAX_BYTES or
 * QUEUE_MAX_MESSAGES it takes nothing more; the caller closes the session then. */
#include "base/check.h"
#include "base/poison.h"
#include "socket/internal.h"
#include <stdlib.h>

/* ---- the messages ---- */

#define SMALL_BYTES (sizeof(struct outgoing) + LWS_PRE + 160) /* most replies, most players' rows */
#define SPARE_MAX 1024

/* Room for small ones that was used and is not given back, the last first: its memory is still in the cache.
 * For the life of the process: whoever makes a message need not know a server. */
static struct outgoing *spares[SPARE_MAX];
static uint32_t spare_count;

static struct outgoing *take_room(size_t size)
{
    if (size > SMALL_BYTES)
        return malloc(size);
    if (spare_count == 0)
        return malloc(SMALL_BYTES);
    struct outgoing *spare = spares[--spare_count];
    unpoison(spare, size);
    return spare;
}

static void give_room(struct outgoing *outgoing)
{
    if (sizeof *outgoing + LWS_PRE + outgoing->size > SMALL_BYTES) {
        free(outgoing);
    } else if (spare_count == SPARE_MAX) {
        unpoison(outgoing, SMALL_BYTES);
        free(outgoing);
    } else {
        poison(outgoing, SMALL_BYTES);
        spares[spare_count++] = outgoing;
    }
}

struct outgoing *outgoing_new(struct slice bytes)
{
    if (bytes.size > QUEUE_MAX_BYTES)
        return NULL;
    struct outgoing *outgoing = take_room(sizeof *outgoing + LWS_PRE + bytes.size);
    if (outgoing == NULL)
        return NULL;
    *outgoing = (struct outgoing){.references = 1, .size = (uint32_t)bytes.size};
    if (bytes.size > 0)
        memcpy(outgoing->bytes + LWS_PRE, bytes.data, bytes.size);
    return outgoing;
}

void outgoing_ref(struct outgoing *outgoing)
{
    check(outgoing->references > 0 && outgoing->references < UINT32_MAX);
    outgoing->references++;
}

void outgoing_unref(struct outgoing *outgoing)
{
    if (outgoing == NULL)
        return;
    check(outgoing->references > 0);
    if (--outgoing->references == 0)
        give_room(outgoing);
}

/* ---- the queue ---- */

static enum err queue_grow(struct queue *queue)
{
    uint32_t capacity = queue->capacity == 0 ? RING_KEEP : queue->capacity * 2;
    struct outgoing **ring = malloc(capacity * sizeof *ring);
    if (ring == NULL)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < queue->count; i++)
        ring[i] = queue_peek(queue, i);
    free(queue->ring);
    queue->ring = ring;
    queue->capacity = capacity;
    queue->head = 0;
    return ERR_OK;
}

enum err queue_push(struct queue *queue, struct outgoing *outgoing)
{
    if (queue->count == QUEUE_MAX_MESSAGES || queue->bytes + outgoing->size > QUEUE_MAX_BYTES)
        return ERR_FULL;
    if (queue->count == queue->capacity && queue_grow(queue) != ERR_OK)
        return ERR_NOMEM;
    outgoing_ref(outgoing);
    queue->ring[(queue->head + queue->count) & (queue->capacity - 1)] = outgoing;
    queue->count++;
    queue->bytes += outgoing->size;
    return ERR_OK;
}

struct outgoing *queue_peek(const struct queue *queue, uint32_t index)
{
    return index < queue->count ? queue->ring[(queue->head + index) & (queue->capacity - 1)] : NULL;
}

void queue_drop(struct queue *queue, uint32_t count)
{
    check(count <= queue->count);
    for (; count > 0; count--) {
        struct outgoing *first = queue_peek(queue, 0);
        queue->bytes -= first->size;
        queue->head = (queue->head + 1) & (queue->capacity - 1);
        queue->count--;
        outgoing_unref(first);
    }
    if (queue->count == 0 && queue->capacity > RING_KEEP)
        queue_release(queue);
}

void queue_release(struct queue *queue)
{
    if (queue->count > 0)
        queue_drop(queue, queue->count);
    free(queue->ring);
    *queue = (struct queue){0};
}
