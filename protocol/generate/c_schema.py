"""protocol/gen/c/schema.h and schema.c: the same protocol as tables (server/base/descriptor.h), with lookups."""

import fingerprint
import sql_views
from text import NOTICE, c_string, comment

ROLES = {
    "player": "ROLE_PLAYER",
    "game-service": "ROLE_GAME_SERVICE",
    "game-admin": "ROLE_GAME_ADMIN",
    "internal": "ROLE_INTERNAL",
}
KINDS = {
    kind: f"FIELD_{kind.upper()}"
    for kind in "bool u8 u16 u32 u64 i64 time enum uuid hash slug text bytes raw list struct".split()
}


def groups(schema):
    """(table, entries, key of the lookup, C constant of an entry) of every table."""
    return (
        ("command", list(schema.commands.values()), lambda c: f"COMMAND_{c.name.upper()}"),
        ("event", list(schema.events.values()), lambda e: f"EVENT_{e.name.upper()}"),
        ("message", list(schema.messages.values()), lambda m: f"MESSAGE_{m.name.upper()}"),
        ("view", list(schema.views.values()), lambda v: f"VIEW_{v.name.upper()}"),
        ("error", list(schema.errors.values()), lambda e: f"ERROR_{e.name.upper()}"),
        ("close", list(schema.closes.values()), lambda c: f"CLOSE_{c.name.upper()}"),
        ("stream", list(schema.streams.values()), lambda s: f"STREAM_{s.name.upper()}"),
    )


def header(schema):
    out = [f"""// clang-format off
/* schema: the protocol as tables, for one codec, one printer and one column binder that serve every type.
 *
 * {NOTICE}
 *
 * Everything here is constant and lives as long as the process. Lookups take the number from the wire or the
 * store, cost O(1) and give NULL for what the schema does not know. */
#ifndef GEN_SCHEMA_H
#define GEN_SCHEMA_H

#include "base/descriptor.h"
#include "gen/c/types.h"

/* Hex SHA-256 of what the read models are made of. A change means that they are rebuilt. */
extern const char schema_fingerprint[65];
"""]
    for name, entries, _ in groups(schema):
        out.append(f"#define SCHEMA_{name.upper()}_COUNT {len(entries)}")
        out.append(f"extern const struct {name}_desc {plural(name)}[SCHEMA_{name.upper()}_COUNT];")
        out.append(f"const struct {name}_desc *schema_{name}(int number);\n")
    out.append("/* Every struct, for tests that go over all of them. */")
    out.append(f"#define SCHEMA_TYPE_COUNT {len(list(schema.all_structs()))}")
    out.append("extern const struct type_desc *const schema_types[SCHEMA_TYPE_COUNT];\n")
    out.append("/* The view that a list_ query reads, by the number of the query. */")
    out.append("const struct view_desc *schema_view_of_query(int number);\n")
    out += [f"extern const struct enum_desc enum_{name};" for name in schema.enums] + [""]
    out += [f"extern const struct type_desc type_{struct.name};" for struct in every_struct(schema)]
    return "\n".join([*out, "", "#endif", ""])


def every_struct(schema):
    return (*schema.all_structs(), *schema.stored_structs())


def plural(name):
    return "schema_" + {"query": "queries"}.get(name, f"{name}s")


def source(schema):
    out = [f"""// clang-format off
/* schema: the tables of schema.h.
 *
 * {NOTICE}
 *
 * Order: enums, then structs after those they hold, then the tables of commands, events, messages, views, errors,
 * close codes and streams, then the lookups. Field order is wire order; flags and limits are the schema's.
 * The SQL of the views stands in protocol/gen/sql as files; the strings here are those files. */
#include "gen/c/schema.h"
#include "gen/c/upcast.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
"""]
    out.append(f'const char schema_fingerprint[65] = "{fingerprint.of_views(schema)}";\n')
    out += [enum_table(enum) for enum in schema.enums.values()]
    out += [type_table(struct) for struct in every_struct(schema)]
    out += [older_table(event) for event in schema.events.values() if event.older]
    names = "\n".join(f"    &type_{struct.name}," for struct in schema.all_structs())
    out.append(f"const struct type_desc *const schema_types[SCHEMA_TYPE_COUNT] = {{\n{names}\n}};\n")
    rows = {
        "command": command_row,
        "event": event_row,
        "message": message_row,
        "view": view_row,
        "error": error_row,
        "close": close_row,
        "stream": stream_row,
    }
    for name, entries, constant in groups(schema):
        out.append(f"const struct {name}_desc {plural(name)}[SCHEMA_{name.upper()}_COUNT] = {{")
        out += [f"    {{\n{rows[name](schema, entry, constant(entry))}    }}," for entry in entries]
        out.append("};\n")
    for name, entries, constant in groups(schema):
        out.append(lookup(name, f"schema_{name}", [constant(entry) for entry in entries]))
    queries = [f"QUERY_{view.query.upper()}" for view in schema.views.values()]
    out.append(lookup("view", "schema_view_of_query", queries))
    return "\n".join(out)


def enum_table(enum):
    values = "\n".join(f'    {{"{name}", {enum.name.upper()}_{name.upper()}}},' for name in enum.values)
    return (
        f"static const struct enum_value values_{enum.name}[] = {{\n{values}\n}};\n"
        f'const struct enum_desc enum_{enum.name} = {{"{enum.name}", values_{enum.name}, COUNT_OF(values_{enum.name})}};\n'
    )


def type_table(struct):
    tag = f"struct {struct.name}"
    if not struct.fields:
        return f'const struct type_desc type_{struct.name} = {{.name = "{struct.name}", .size = sizeof({tag})}};\n'
    fields = "\n".join(field_row(tag, field) for field in struct.fields)
    asserts = "".join(
        f'_Static_assert(sizeof((({tag} *)0)->{field.name}) == sizeof(struct list_value), "a list is a list_value");\n'
        for field in struct.fields
        if field.type == "list"
    )
    return (
        f"static const struct field_desc fields_{struct.name}[] = {{\n{fields}\n}};\n{asserts}"
        f"const struct type_desc type_{struct.name} = {{\n"
        f'    .name = "{struct.name}",\n    .size = sizeof({tag}),\n    .fields = fields_{struct.name},\n'
        f"    .field_count = COUNT_OF(fields_{struct.name}),\n}};\n"
    )


def field_row(tag, field):
    parts = [
        f'.name = "{field.name}"',
        f".kind = {KINDS[field.type]}",
        f".offset = offsetof({tag}, {field.name})",
    ]
    flags = [
        flag
        for flag, is_set in (
            ("FIELD_OPTIONAL", field.optional),
            ("FIELD_DEFAULT", field.has_default),
            ("FIELD_SECRET", field.secret),
            ("FIELD_PERSONAL", field.personal),
        )
        if is_set
    ]
    if flags:
        parts.append(f".flags = {' | '.join(flags)}")
    if field.min:
        parts.append(f".min = {field.min}")
    if field.max:
        parts.append(f".max = {field.max}")
    if field.default not in (None, "", []):
        parts.append(f".default_value = {default_value(field)}")
    if field.of:
        parts.append(f".of = {KINDS[field.of]}")
    for kind, name in ((field.type, field.type_name), (field.of, field.of_name)):
        if kind == "struct":
            parts.append(f".type = &type_{name}")
        if kind == "enum":
            parts.append(f".enumeration = &enum_{name}")
    return f"    {{{', '.join(parts)}}},"


def default_value(field):
    if field.type == "enum":
        return f"{field.type_name.upper()}_{field.default.upper()}"
    return int(field.default)


def members(pairs):
    return "".join(f"        .{name} = {value},\n" for name, value in pairs)


def flag(value):
    return "true" if value else "false"


def command_row(_schema, command, constant):
    streams = ", ".join(
        f"{{STREAM_{kind.upper()}, {command.payload.index_of(key) if key and key != 'actor' else -1}}}"
        for kind, key in command.streams
    )
    return members(
        (
            ("number", constant),
            ("name", f'"{command.name}"'),
            ("payload", f"&type_command_{command.name}"),
            ("roles", " | ".join(ROLES[role] for role in command.roles)),
            ("needs", " | ".join(f"NEEDS_{need.upper()}" for need in command.needs) or 0),
            ("stream_count", len(command.streams)),
            ("streams", f"{{{streams}}}"),
            ("id_from", command.payload.index_of(command.id_from) if command.id_from else -1),
            ("reply_event", f"EVENT_{command.reply.upper()}"),
        )
    )


def event_row(_schema, event, constant):
    return members(
        (
            ("number", constant),
            ("name", f'"{event.name}"'),
            ("stream", f"STREAM_{event.stream.upper()}"),
            ("version", event.version),
            ("payload", f"&type_event_{event.name}"),
            *([("older", f"older_{event.name}")] if event.older else []),
        )
    )


def older_table(event):
    """The versions of an event before the present one, from 1, with what makes the next one of each."""
    functions, rows = "", ""
    for version in event.older:
        name = f"{event.name}_v{version}"
        functions += (
            f"static bool from_{name}(const void *from, struct arena *arena, void *to)\n{{\n"
            f"    return upcast_{name}(from, arena, to);\n}}\n"
        )
        rows += f"    {{&type_event_{name}, from_{name}}},\n"
    return f"{functions}static const struct event_version older_{event.name}[] = {{\n{rows}}};\n"


def upcast_header(schema):
    declarations = []
    for event in schema.events.values():
        for version in event.older:
            into = f"event_{event.name}" + (f"_v{version + 1}" if version + 1 < event.version else "")
            declarations.append(
                f"bool upcast_{event.name}_v{version}(const struct event_{event.name}_v{version} *from, "
                f"struct arena *arena, struct {into} *to);"
            )
    body = "\n".join(declarations) or "/* No event has an older version yet. */"
    return f"""// clang-format off
/* upcast: one function per older version of an event; it makes the next version of it. They live in server/domain
 * and are pure: `to` comes zeroed, slices may be borrowed from `from`, new memory is the arena's. False: no memory.
 * A version without its function does not link.
 *
 * {NOTICE} */
#ifndef GEN_UPCAST_H
#define GEN_UPCAST_H

#include "base/arena.h"
#include "gen/c/types.h"

{body}

#endif
"""


def message_row(_schema, message, constant):
    return members(
        (
            ("number", constant),
            ("name", f'"{message.name}"'),
            ("push", flag(message.push)),
            ("signed_out", flag(message.signed_out)),
            ("command", flag(message.command)),
            ("payload", f"&type_message_{message.name}"),
            ("reply", f"&type_reply_{message.name}" if message.reply else "NULL"),
        )
    )


def view_row(_schema, view, constant):
    return members(
        (
            ("number", constant),
            ("name", f'"{view.name}"'),
            ("table", f'"{view.table}"'),
            ("projection", f'"{view.projection}"'),
            ("audience", f"AUDIENCE_{view.audience.upper()}"),
            ("push", flag(view.push)),
            ("delta", flag(view.delta)),
            ("key_count", len(view.key)),
            ("query", f"QUERY_{view.query.upper()}"),
            ("query_name", f'"{view.query}"'),
            ("payload", f"&type_row_{view.name}"),
            ("upsert_sql", sql_literal(sql_views.upsert(view))),
            ("since_sql", sql_literal(sql_views.since(view))),
            ("page_sql", sql_literal(sql_views.page(view))),
        )
    )


def sql_literal(statement):
    return "\n" + "\n".join(f"            {line}" for line in c_string(statement).splitlines())


def error_row(_schema, error, constant):
    return members(
        (
            ("number", constant),
            ("name", f'"{error.name}"'),
            ("retry", f"RETRY_{error.retry.upper()}"),
            ("retry_after_ms", error.retry_after_ms),
        )
    )


def close_row(_schema, close, constant):
    return members(
        (
            ("code", constant),
            ("name", f'"{close.name}"'),
            ("advice", f"CLOSE_ADVICE_{close.advice.upper()}"),
            ("retry_after_ms", close.retry_after_ms),
        )
    )


def stream_row(_schema, stream, constant):
    return members(
        (
            ("number", constant),
            ("name", f'"{stream.name}"'),
            ("key", f"STREAM_KEY_{stream.key.upper()}"),
            ("snapshot", f"&type_snapshot_{stream.name}"),
        )
    )


def lookup(table, function, constants):
    cases = "\n".join(
        f"    case {constant}:\n        return &{plural(table)}[{index}];"
        for index, constant in enumerate(constants)
    )
    return (
        f"const struct {table}_desc *{function}(int number)\n{{\n    switch (number) {{\n{cases}\n"
        f"    default:\n        return NULL;\n    }}\n}}\n"
    )


def decide_header(schema):
    declarations = []
    for command in schema.commands.values():
        declarations.append(
            f"{comment(command.doc)}\n"
            f"void decide_{command.name}(const struct decide_input *input, const struct command_{command.name} *command,\n"
            f"{' ' * (len(command.name) + 13)}struct decision *decision);"
        )
    body = "\n".join(declarations)
    return f"""// clang-format off
/* decide: one decision per command of the schema. The dispatcher is decide.c; the decisions live in server/domain
 * and are pure functions: they read `input` (states, time, ids, seeds) and write events or one rejection to
 * `decision`. Both are borrowed for the call. A command without its decision does not link.
 *
 * {NOTICE} */
#ifndef GEN_DECIDE_H
#define GEN_DECIDE_H

#include "gen/c/types.h"

struct decide_input;
struct decision;

/* Decides any command: calls the function of its type. */
void decide(const struct decide_input *input, const struct command *command, struct decision *decision);

{body}

#endif
"""


def decide_source(schema):
    cases = "\n".join(
        f"    case COMMAND_{command.name.upper()}:\n"
        f"        decide_{command.name}(input, &command->{command.name}, decision);\n        return;"
        for command in schema.commands.values()
    )
    return f"""// clang-format off
/* decide: from a command's type to its decision. A switch without default: a type outside the enum cannot come
 * here, as the decoder refuses it; if one does, it is a bug and aborts.
 *
 * {NOTICE} */
#include "base/check.h"
#include "gen/c/decide.h"

void decide(const struct decide_input *input, const struct command *command, struct decision *decision)
{{
    switch (command->type) {{
{cases}
    }}
    check(!"a command type outside the schema");
}}
"""
