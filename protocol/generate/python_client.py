"""protocol/gen/python/gachapon_protocol.py: tables from the schema, around the runtime in templates/."""

import types
from pathlib import Path

from text import NOTICE

TEMPLATE = Path(__file__).resolve().parent / "templates" / "gachapon_protocol.py"


def generate(schema):
    runtime = TEMPLATE.read_text(encoding="utf-8")
    return f"# {NOTICE}\n" + runtime.replace("# {TABLES}\n", tables(schema))


def load(schema):
    """The generated module itself, without writing it."""
    module = types.ModuleType("gachapon_protocol")
    exec(compile(generate(schema), "gachapon_protocol.py", "exec"), module.__dict__)
    return module


def tables(schema):
    messages, commands, views = schema.messages.values(), schema.commands.values(), schema.views.values()
    requests = [message for message in messages if not message.push]
    numbers = {m.name: m.number for m in messages}
    numbers.update({c.name: c.number for c in commands})
    numbers.update({v.query: v.query_number for v in views})
    payloads = {m.name: f"message_{m.name}" for m in requests}
    payloads.update({c.name: f"command_{c.name}" for c in commands})
    payloads.update({v.query: "query_list" for v in views})
    replies = {m.name: f"reply_{m.name}" for m in requests}
    replies.update({c.name: f"event_{c.reply}" for c in commands})
    replies.update({v.query: "reply_list" for v in views})
    parts = [
        f"PROTOCOL_VERSION = {schema.version}\nPROTOCOL_OLDEST_CLIENT = {schema.oldest_client}",
        mapping("LIMITS", {limit.name: limit.value for limit in schema.limits}),
        mapping("ENUMS", {enum.name: dict(enum.values) for enum in schema.enums.values()}),
        "# Type numbers of the wire: messages, commands, queries.\n" + mapping("TYPES", numbers),
        mapping("EVENTS", {event.name: event.number for event in schema.events.values()}),
        mapping("VIEWS", {view.name: view.number for view in views}),
        mapping("ERRORS", {error.name: error.number for error in schema.errors.values()}),
        mapping("RETRIES", {error.name: error.retry for error in schema.errors.values()}),
        mapping("CLOSES", {close.name: close.code for close in schema.closes.values()}),
        mapping("CLOSE_ADVICES", {close.name: close.advice for close in schema.closes.values()}),
        mapping("STREAMS", {stream.name: stream.number for stream in schema.streams.values()}),
        "# Struct of a request's payload, and of its reply's.\n" + mapping("REQUESTS", payloads),
        mapping("REPLIES", replies),
        mapping("VIEW_OF_QUERY", {view.query: view.name for view in views}),
        "# Leading fields of a row that are its key.\n"
        + mapping("KEY_COUNTS", {v.name: len(v.key) for v in views}),
        mapping("TABLES", {view.name: view.table for view in views}),
        "STRUCTS = {\n" + "".join(struct_entry(struct) for struct in schema.all_structs()) + "}",
    ]
    return "\n\n".join(parts) + "\n"


def mapping(name, entries):
    lines = "".join(f"    {key!r}: {value!r},\n" for key, value in entries.items())
    return f"{name} = {{\n{lines}}}".replace("'", '"')


def struct_entry(struct):
    fields = "".join(f"        {field_entry(field)},\n" for field in struct.fields)
    return f'    "{struct.name}": (\n{fields}    ),\n'


def field_entry(field):
    parts = [f'"{field.name}"', f'"{field.type}"']
    named = {
        "type": field.type_name,
        "of": field.of,
        "of_type": field.of_name,
        "min": field.min,
        "max": field.max,
        "optional": field.optional,
        "has_default": field.has_default,
        "default": field.default,
        "secret": field.secret,
        "personal": field.personal,
    }
    for key, value in named.items():
        if value or (key == "default" and value not in (None, False, 0)):
            text = f'"{value}"' if isinstance(value, str) else repr(value)
            parts.append(f"{key}={text}")
    return f"Field({', '.join(parts)})"
