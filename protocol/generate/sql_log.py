"""protocol/gen/sql/event_log.sql and row_log.sql: views in which psql shows payloads with their names.

The decoder is hand-written (templates/msgpack.sql); what the schema adds are views over constant tables: the fields
of each struct, the enums, the events, the kinds of streams. Both files may be run again at any time.
"""

from pathlib import Path

from sql_views import columns, name
from text import NOTICE, sql_string

TEMPLATES = Path(__file__).resolve().parent / "templates"
HELPERS = (
    "protocol_payload(text, text, bytea)",
    "protocol_named(text, text, jsonb)",
    "protocol_enum_name(text, jsonb)",
    "protocol_msgpack_at(bytea, int)",
    "protocol_msgpack_bytes(bytea, int, bigint)",
    "protocol_msgpack_number(bytea, int, int, boolean)",
)


def template(file):
    return (TEMPLATES / file).read_text(encoding="utf-8")


def event_log(schema):
    events = schema.events.values()
    structs = [*shared(schema), *(struct for e in events for struct in (e.payload, *e.older.values()))]
    return "\n".join(
        (
            f"-- event_log: the event store as JSON with field names. For the database that has `events` and `streams`.\n"
            f"-- {NOTICE}\n",
            drops(["event_log"], ["protocol_events", "protocol_streams"]),
            constants(schema, structs),
            values(
                "protocol_streams",
                "number smallint, name text, key text",
                [(stream.number, stream.name, stream.key) for stream in schema.streams.values()],
            ),
            values(
                "protocol_events",
                "number smallint, name text, stream text, version smallint",
                [(event.number, event.name, event.stream, event.version) for event in events],
            ),
            template("msgpack.sql"),
            template("event_log.sql"),
        )
    )


def row_log(schema):
    structs = [*shared(schema), *(view.payload for view in schema.views.values())]
    views = [f"{view.name}_log" for view in schema.views.values()]
    return "\n".join(
        (
            f"-- row_log: the views' tables with enums by name, hashes as hex and lists as JSON, one view `<name>_log`\n"
            f"-- for each. For the projections database; a help for people, nothing depends on it.\n-- {NOTICE}\n",
            drops(views, []),
            constants(schema, structs),
            template("msgpack.sql"),
            *(row_view(view) for view in schema.views.values()),
            f"grant select on {', '.join(views)}, protocol_enums, protocol_fields to public;\n",
        )
    )


def shared(schema):
    return list(schema.structs.values())


def drops(views, tables):
    lines = ["set client_min_messages = warning; -- what is not there need not be dropped aloud"]
    lines += [f"drop view if exists {view};" for view in views]
    lines += [f"drop function if exists {helper};" for helper in HELPERS]
    lines += [f"drop view if exists {view};" for view in (*tables, "protocol_fields", "protocol_enums")]
    lines.append("reset client_min_messages;")
    return "\n".join(lines) + "\n"


def constants(schema, structs):
    enums = [
        (enum.name, number, value) for enum in schema.enums.values() for value, number in enum.values.items()
    ]
    fields = [
        (struct.name, number, field.name, field.type, type_of(field), field.personal)
        for struct in structs
        for number, field in enumerate(struct.fields, 1)
    ]
    return (
        values("protocol_enums", "enumeration text, number int, name text", enums)
        + "\n"
        + values(
            "protocol_fields",
            "struct text, number int, name text, kind text, type text, personal boolean",
            fields,
        )
    )


def type_of(field):
    """The type's name of an enum or struct; of a list, the kind and type of its entries."""
    return f"{field.of} {field.of_name}".strip() if field.type == "list" else field.type_name


def values(view, signature, rows):
    """A view over constants."""
    names = ", ".join(part.split()[0] for part in signature.split(", "))
    casts = [part.split()[1] for part in signature.split(", ")]
    lines = [
        "    ("
        + ", ".join(literal(cell, cast if row is rows[0] else "") for cell, cast in zip(row, casts))
        + ")"
        for row in rows
    ]
    return f"create view {view} ({names}) as values\n" + ",\n".join(lines) + ";\n"


def literal(cell, cast):
    text = sql_string(cell) if isinstance(cell, str) else str(cell).lower()
    return f"{text}::{cast}" if cast else text


def row_view(view):
    shown = [column for column, _ in list(columns(view))[:2]]
    for field in view.payload.fields:
        column = name(field.name)
        if field.type == "list":
            shown.append(f"protocol_payload('list', {sql_string(type_of(field))}, {column}) as {column}")
        elif field.type == "enum":
            value = f"protocol_enum_name({sql_string(field.type_name)}, to_jsonb({column}))"
            shown.append(f"{value} #>> '{{}}' as {column}")
        elif field.type in ("hash", "bytes"):
            shown.append(f"encode({column}, 'hex') as {column}")
        else:
            shown.append(column)
    inner = ",\n       ".join(shown)
    return f"create view {view.name}_log with (security_invoker = true) as\nselect {inner}\nfrom {name(view.table)};\n"
