"""protocol/gen/c/types.h: the enums, structs and tagged unions of the protocol, as plain data."""

import fingerprint
from text import NOTICE, comment

SCALARS = {
    "bool": "bool",
    "u8": "uint8_t",
    "u16": "uint16_t",
    "u32": "uint32_t",
    "u64": "uint64_t",
    "i64": "int64_t",
    "time": "int64_t",
    "uuid": "struct uuid",
    "hash": "struct hash",
    "slug": "struct slug",
    "text": "struct slice",
    "bytes": "struct slice",
    "raw": "struct slice",
}

ESSAY = f"""// clang-format off
/* types: everything that crosses the wire or the store, as plain data.
 *
 * {NOTICE}
 *
 * Texts, bytes and raw values are slices that borrow from the arena they were decoded into; lists are borrowed
 * likewise and have the layout of struct list_value. Times are milliseconds since 1970, UTC. An optional value
 * that is absent reads as zero. schema.h describes the same types as tables. */
#ifndef GEN_TYPES_H
#define GEN_TYPES_H

#include <stdbool.h>
#include <stdint.h>
#include "base/descriptor.h"
#include "base/sha256.h"
#include "base/slice.h"
#include "base/slug.h"
#include "base/uuid.h"
"""


def generate(schema):
    parts = [ESSAY]
    parts += [
        f"#define PROTOCOL_VERSION {schema.version}",
        f"#define PROTOCOL_OLDEST_CLIENT {schema.oldest_client}\n",
    ]
    for limit in schema.limits:
        parts += [
            comment(f"{limit.doc} Unit: {limit.unit}."),
            f"#define LIMIT_{limit.name.upper()} {limit.value}",
        ]
    parts += [
        comment("schema_version of a snapshot: what another program wrote under another number is not read."),
        f"#define SNAPSHOT_VERSION {fingerprint.of_snapshots(schema)}",
    ]
    parts += ["", *enums(schema)]
    lists = set()
    for struct in (*schema.all_structs(), *schema.stored_structs()):
        for field in struct.fields:
            if field.type == "list" and list_tag(field) not in lists:
                lists.add(list_tag(field))
                parts.append(
                    f"struct {list_tag(field)} {{\n    {element_type(field)} *items;\n    uint32_t count;\n}};\n"
                )
        parts.append(c_struct(struct))
    parts += unions(schema)
    parts.append("#endif\n")
    return "\n".join(parts)


def enums(schema):
    for enum in schema.enums.values():
        yield c_enum(enum.name, enum.doc, ((f"{enum.name}_{n}", v, "") for n, v in enum.values.items()))
    streams = schema.streams.values()
    yield c_enum(
        "stream_kind", "What a stream is about.", ((f"stream_{s.name}", s.number, s.doc) for s in streams)
    )
    messages = schema.messages.values()
    yield c_enum(
        "message_type",
        "Messages of the socket itself.",
        ((f"message_{m.name}", m.number, m.doc) for m in messages),
    )
    commands = schema.commands.values()
    yield c_enum("command_type", "Commands.", ((f"command_{c.name}", c.number, c.doc) for c in commands))
    events = schema.events.values()
    yield c_enum("event_type", "Events.", ((f"event_{e.name}", e.number, e.doc) for e in events))
    for stream in streams:
        prefix = f"{stream.name}_event"
        named = (
            (f"{prefix}_{e.name}", f"EVENT_{e.name.upper()}", "") for e in schema.stream_events(stream.name)
        )
        yield c_enum(
            prefix, f"The events of a {stream.name} stream, so that a switch over them is complete.", named
        )
    views = schema.views.values()
    yield c_enum("view", "Views: kinds of rows.", ((f"view_{v.name}", v.number, v.doc) for v in views))
    yield c_enum(
        "query_type",
        "Queries, one per view.",
        ((f"query_{v.query}", v.query_number, f"Rows: {v.doc}") for v in views),
    )
    errors = [
        ("error_none", 0, "No error."),
        *((f"error_{e.name}", e.number, e.doc) for e in schema.errors.values()),
    ]
    yield c_enum("error_code", "Errors a client can be told.", errors)
    closes = schema.closes.values()
    yield c_enum("close_code", "WebSocket close codes.", ((f"close_{c.name}", c.code, c.doc) for c in closes))


def c_enum(name, doc, values):
    lines = [comment(doc), f"enum {name} {{"]
    for value_name, number, value_doc in values:
        if value_doc:
            lines.append(comment(value_doc, "    "))
        lines.append(f"    {value_name.upper()} = {number},")
    return "\n".join([*lines, "};\n"])


def c_struct(struct):
    lines = [comment(struct.doc), f"struct {struct.name} {{"]
    for field in struct.fields:
        lines += [comment(field.doc + marks(field), "    "), f"    {field_type(field)} {field.name};"]
    if not struct.fields:
        lines.append("    char none; /* it has no fields, and C wants one */")
    return "\n".join([*lines, "};\n"])


def marks(field):
    named = [mark for mark in ("optional", "secret", "personal") if getattr(field, mark)]
    if field.type in ("text", "bytes"):
        named.append(f"{field.min} to {field.max} bytes")
    if field.type == "list":
        named.append(f"{field.min} to {field.max} entries")
    return f" [{', '.join(named)}]" if named else ""


def field_type(field):
    return f"struct {list_tag(field)}" if field.type == "list" else value_type(field.type, field.type_name)


def element_type(field):
    return value_type(field.of, field.of_name)


def value_type(kind, name):
    if kind in ("enum", "struct"):
        return f"{kind} {name}"
    return SCALARS[kind]


def list_tag(field):
    return f"{field.of_name or field.of}_list"


def unions(schema):
    groups = (
        ("event", "An event with its type.", "    enum event_type type;", schema.events),
        ("command", "A command with its type.", "    enum command_type type;", schema.commands),
        (
            "row",
            "A row of a view: `position` is that of the event that last touched it; `deleted` marks a tombstone, "
            "of which only the key counts.",
            "    enum view view;\n    uint64_t position;\n    bool deleted;",
            schema.views,
        ),
        (
            "snapshot",
            "What a state is made of, without its memory.",
            "    enum stream_kind kind;",
            schema.snapshots,
        ),
    )
    for name, doc, head, entries in groups:
        members = "\n".join(f"        struct {name}_{entry} {entry};" for entry in entries)
        yield f"{comment(doc)}\nstruct {name} {{\n{head}\n    union {{\n{members}\n    }};\n}};\n"
