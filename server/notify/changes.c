/* changes: the `changed` push - [audience, mark, [[view, rows], ...]] - put together in two steps.
 *
 * Rows are encoded once, into one buffer; a message is made of them for a mark, and for another one (or none)
 * again without encoding the rows anew: followers that are live and followers that are still catching up get
 * the same rows with different marks. */
#include "notify/changes.h"
#include "base/check.h"
#include "wire/frame.h"

#define ROWS_MAX_BYTES (16u << 20)

void changes_init(struct changes *changes)
{
    changes->count = 0;
    buf_init(&changes->rows, ROWS_MAX_BYTES);
    buf_init(&changes->message, ROWS_MAX_BYTES + 4096);
}

void changes_release(struct changes *changes)
{
    buf_release(&changes->rows);
    buf_release(&changes->message);
}

void changes_clear(struct changes *changes)
{
    changes->count = 0;
    buf_clear(&changes->rows);
}

static enum err add_span(struct changes *changes, enum view view, size_t offset)
{
    changes->spans[changes->count].view = (uint16_t)view;
    changes->spans[changes->count].offset = offset;
    changes->spans[changes->count].size = changes->rows.size - offset;
    changes->count++;
    return ERR_OK;
}

static enum err put_array_head(struct buf *out, uint32_t count)
{
    const uint8_t few[] = {(uint8_t)(0x90 | count)};
    const uint8_t many[] = {0xdc, (uint8_t)(count >> 8), (uint8_t)count};
    check(count < 65536);
    return count < 16 ? buf_append(out, few, sizeof few) : buf_append(out, many, sizeof many);
}

enum err changes_add_rows(struct changes *changes, const struct row *const *rows, uint32_t count)
{
    size_t offset = changes->rows.size;
    if (changes->count == CHANGES_SPANS_MAX)
        return ERR_FULL;
    enum err err = put_array_head(&changes->rows, count);
    for (uint32_t i = 0; i < count && err == ERR_OK; i++) {
        check(rows[i]->view == rows[0]->view);
        err = frame_row(&changes->rows, rows[i]);
    }
    if (err == ERR_OK)
        return add_span(changes, rows[0]->view, offset);
    changes->rows.size = offset;
    return err;
}

enum err changes_add_encoded(struct changes *changes, enum view view, struct slice rows)
{
    size_t offset = changes->rows.size;
    if (changes->count == CHANGES_SPANS_MAX)
        return ERR_FULL;
    enum err err = buf_append(&changes->rows, rows.data, rows.size);
    return err == ERR_OK ? add_span(changes, view, offset) : err;
}

struct outgoing *changes_message(struct changes *changes, enum audience audience, uint64_t mark)
{
    struct change entries[CHANGES_SPANS_MAX];
    for (uint32_t i = 0; i < changes->count; i++)
        entries[i] = (struct change){
            .view = changes->spans[i].view,
            .rows = slice_of(changes->rows.data + changes->spans[i].offset, changes->spans[i].size)};
    struct message_changed message = {
        .audience = audience, .mark = mark, .changes = {.items = entries, .count = changes->count}};
    buf_clear(&changes->message);
    if (frame_push(&changes->message, MESSAGE_CHANGED, &message) != ERR_OK)
        return NULL;
    return outgoing_new(buf_slice(&changes->message));
}
