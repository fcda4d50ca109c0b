/* event_text: one event as a person or a program reads it.
 *
 * The problem: whoever looks into the log at night needs each field by its name, whatever program wrote it.
 * Names come from the generated tables (codec_to_json), as those of the view `event_log` do, and JSON has
 * that view's members and a few more: schema_version, causation_id, correlation_id. An event is shown in the
 * shape it was stored in, not in today's: this is the log, not what we make of it.
 *
 * Nothing stored may stop it: types and versions of a later program (a deploy that was taken back) and
 * damaged bytes come out as positional JSON, or in hex. Sealed texts stay sealed there.
 *
 * For people: a line with position, time, stream@version, type, who and by which command; then the fields. */
#include "tools/event_text.h"
#include <inttypes.h>
#include <stdio.h>
#include "base/check.h"
#include "eventstore/event_decode.h"
#include "gen/c/schema.h"
#include "tools/moment.h"
#include "wire/json.h"

/* ---- streams */

char *stream_text(const struct stream_ref *stream, char text[STREAM_TEXT_SIZE])
{
    const struct stream_desc *desc = schema_stream((int)stream->kind);
    char uuid[UUID_TEXT_SIZE];
    check(desc != NULL);
    if (desc->key == STREAM_KEY_UUID)
        snprintf(text, STREAM_TEXT_SIZE, "%s/%s", desc->name, uuid_format(stream->uuid, uuid));
    else if (desc->key == STREAM_KEY_SLUG)
        snprintf(text, STREAM_TEXT_SIZE, "%s/%.*s", desc->name, SLICE_ARGS(slug_slice(&stream->slug)));
    else
        snprintf(text, STREAM_TEXT_SIZE, "%s", desc->name);
    return text;
}

bool stream_text_parse(const char *text, struct stream_ref *ret_stream, char ret_wrong[160])
{
    size_t size = strcspn(text, "/");
    const char *key = text[size] == '/' ? text + size + 1 : "";
    struct slice kind = slice_of(text, size), bytes = slice_text(key);
    for (int i = 0; i < SCHEMA_STREAM_COUNT; i++) {
        const struct stream_desc *desc = &schema_streams[i];
        struct stream_ref stream = {.kind = (enum stream_kind)desc->number};
        if (!slice_equal_text(kind, desc->name))
            continue;
        bool good = desc->key == STREAM_KEY_UUID   ? uuid_parse(bytes, &stream.uuid)
                    : desc->key == STREAM_KEY_SLUG ? slug_parse(bytes, &stream.slug)
                                                   : bytes.size == 0;
        if (good)
            *ret_stream = stream;
        else
            snprintf(ret_wrong, 160, "\"%.60s\": write %s%s", text, desc->name,
                     desc->key == STREAM_KEY_UUID ? "/ and an id such as 81a1a2b6-1ff9-4c10-9170-4d44333d9f39"
                     : desc->key == STREAM_KEY_SLUG ? "/ and a key such as vernal"
                                                    : ", it has no key");
        return good;
    }
    int used = snprintf(ret_wrong, 160, "\"%.40s\" is no kind of stream; there are", text);
    for (int i = 0; i < SCHEMA_STREAM_COUNT && used < 150; i++)
        used += snprintf(ret_wrong + used, 160 - (size_t)used, "%s %s", i == 0 ? "" : ",",
                         schema_streams[i].name);
    return false;
}

/* ---- events */

static enum err put_raw(struct buf *out, struct slice data)
{
    enum err err = json_raw(out, data);
    if (err != ERR_MALFORMED)
        return err;
    err = buf_printf(out, "\"");
    for (size_t i = 0; err == ERR_OK && i < data.size; i++)
        err = buf_printf(out, "%02x", data.data[i]);
    return err == ERR_OK ? buf_printf(out, "\"") : err;
}

/* name=value for every field. */
static enum err put_fields(struct buf *out, const struct type_desc *type, const void *payload, bool hide)
{
    enum err err = ERR_OK;
    for (uint16_t i = 0; err == ERR_OK && i < type->field_count; i++) {
        const struct field_desc *field = &type->fields[i];
        if (field->flags & FIELD_SECRET)
            continue;
        err = buf_printf(out, " %s=", field->name);
        if (err == ERR_OK)
            err = json_field(out, field, (const char *)payload + field->offset, hide);
    }
    return err;
}

static const char *type_name(const struct stored_event *stored, char text[32])
{
    const struct event_desc *desc = schema_event(stored->type);
    snprintf(text, 32, "event %u", stored->type);
    return desc != NULL ? desc->name : text;
}

static enum err put_lines(struct buf *out, struct event_style style, const struct stored_event *stored,
                          const struct type_desc *type, const void *payload)
{
    char at[MOMENT_TEXT_SIZE], stream[STREAM_TEXT_SIZE], name[32], command[UUID_TEXT_SIZE],
        who[UUID_TEXT_SIZE];
    bool someone = !uuid_is_nil(stored->actor);
    enum err err = buf_printf(out, "%" PRIu64 "  %s  %s@%" PRIu32 "  %s  by %s  command %s", stored->position,
                              moment_format(stored->recorded_at_us, at), stream_text(&stored->stream, stream),
                              stored->version, type_name(stored, name),
                              someone ? uuid_format(stored->actor, who) : "nobody",
                              uuid_format(stored->command_id, command));
    if (err == ERR_OK && !uuid_equal(stored->causation_id, stored->command_id))
        err = buf_printf(out, "  because of %s", uuid_format(stored->causation_id, command));
    if (err == ERR_OK && !uuid_equal(stored->correlation_id, stored->causation_id))
        err = buf_printf(out, "  begun by %s", uuid_format(stored->correlation_id, command));
    if (err == ERR_OK)
        err = buf_printf(out, "\n   ");
    if (err == ERR_OK && type != NULL)
        err = put_fields(out, type, payload, !style.personal);
    else if (err == ERR_OK)
        err = buf_printf(out, " not known here (version %u):", stored->schema_version);
    if (err == ERR_OK && type == NULL)
        err = buf_printf(out, " ");
    if (err == ERR_OK && type == NULL)
        err = put_raw(out, stored->data);
    return err == ERR_OK ? buf_printf(out, "\n") : err;
}

static enum err put_id(struct buf *out, const char *name, struct uuid id)
{
    char text[UUID_TEXT_SIZE];
    return uuid_is_nil(id) ? buf_printf(out, ",\"%s\":null", name)
                           : buf_printf(out, ",\"%s\":\"%s\"", name, uuid_format(id, text));
}

static enum err put_json(struct buf *out, struct event_style style, const struct stored_event *stored,
                         const struct type_desc *type, const void *payload)
{
    char at[MOMENT_TEXT_SIZE], stream[STREAM_TEXT_SIZE], name[32];
    const char *key = strchr(stream_text(&stored->stream, stream), '/');
    enum err err = buf_printf(
        out,
        "{\"position\":%" PRIu64 ",\"stream\":\"%.*s\",\"key\":\"%s\",\"version\":%" PRIu32
        ",\"type\":\"%s\",\"schema_version\":%u,\"recorded_at\":\"%s\"",
        stored->position, (int)strcspn(stream, "/"), stream, key == NULL ? "" : key + 1, stored->version,
        type_name(stored, name), stored->schema_version, moment_format(stored->recorded_at_us, at));
    if (err == ERR_OK)
        err = put_id(out, "command_id", stored->command_id);
    if (err == ERR_OK)
        err = put_id(out, "causation_id", stored->causation_id);
    if (err == ERR_OK)
        err = put_id(out, "correlation_id", stored->correlation_id);
    if (err == ERR_OK)
        err = put_id(out, "actor", stored->actor);
    if (err == ERR_OK)
        err = buf_printf(out, ",\"data\":");
    if (err == ERR_OK)
        err = type != NULL ? codec_to_json(out, type, payload, !style.personal) : put_raw(out, stored->data);
    return err == ERR_OK ? buf_printf(out, "}\n") : err;
}

enum err event_text(struct buf *out, struct event_style style, const struct stored_event *stored,
                    struct arena *arena)
{
    void *payload = NULL;
    struct stored_event sealed = *stored;
    if (!style.personal)
        sealed.personal_key = (struct slice){0};
    const struct type_desc *type =
        event_decode_as_stored(schema_event(stored->type), &sealed, arena, &payload);
    return style.json ? put_json(out, style, stored, type, payload)
                      : put_lines(out, style, stored, type, payload);
}
