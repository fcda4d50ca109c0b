"""protocol/gen/asyncapi.json: the protocol as an AsyncAPI 3 document, for the tools that read one.

Seen from the server: it receives requests, each answered by a reply or by `error`, and sends pushes. A message is the
whole msgpack array, so payloads are tuples of JSON Schema (`items` in the order of the wire, further elements allowed:
readers skip what they do not know); the title of an element is the field's name. Binary values are strings of format
`binary` here, as JSON has none. Marks that JSON Schema has no word for stand in `x-` keys.
"""

import json

import examples
import model
from text import NOTICE

FORMATS = {
    "uuid": {"type": "string", "format": "uuid", "description": "bin, 16 bytes"},
    "hash": {"type": "string", "format": "binary", "description": "bin, 32 bytes"},
    "bytes": {"type": "string", "format": "binary", "description": "bin"},
    "raw": {"description": "Any msgpack value, as it is."},
    "text": {"type": "string", "description": "UTF-8 without control characters; bounds count bytes"},
    "bool": {"type": "boolean"},
    "slug": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,30}$", "description": "A key."},
}
INTRO = (
    "Binary WebSocket frames of msgpack. A frame holds one or more messages, one after the other; a message is an array "
    "[id, type, payload, meta]. " + NOTICE
)


def generate(schema):
    yield "gen/asyncapi.json", json.dumps(document(schema), indent=1, ensure_ascii=False) + "\n"


def document(schema):
    """Requests, replies and pushes are messages; channels list what each path takes and sends."""
    requests = list(request_entries(schema))
    pushes = [message for message in schema.messages.values() if message.push]
    everything = {}
    for name, _, struct, reply, _ in requests:
        everything[f"{name}_request"], everything[f"{name}_reply"] = struct, reply
    names = [*everything, *(push.name for push in pushes)]
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Gachapon",
            "version": f"{schema.version}.0.0",
            "description": INTRO,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            "tags": [{"name": "game", "description": "The backend of a gacha game: packs, wallets, collections, teams."}],
        },
        "defaultContentType": "application/msgpack",
        "servers": {
            "local": {"host": "127.0.0.1:8480", "protocol": "ws", "description": "What ./dev run starts."}
        },
        "channels": {
            "play": channel("/play", "Who has a token: in the Authorization header, or in `sign_in`.", names),
            "join": channel("/join", "Who has none: `register`, `sign_in` and public queries, with tighter limits.", names),
        },
        "operations": {
            **{name: receive(name, text) for name, _, _, _, text in requests},
            **{f"send_{push.name}": send(push) for push in pushes},
        },
        "components": {
            "messages": {
                **dict(pair for entry in requests for pair in request_messages(schema, *entry)),
                **{push.name: push_message(schema, push) for push in pushes},
            },
            "schemas": schemas(schema),
        },
    }


def request_entries(schema):
    """(name, number, payload, reply, doc) of all that a client may send."""
    for message in schema.messages.values():
        if not message.push:
            yield message.name, message.number, message.payload, message.reply, message.doc
    for command in schema.commands.values():
        if command.roles != ["internal"]:
            reply = schema.events[command.reply].payload
            yield command.name, command.number, command.payload, reply, command_doc(command)
    for view in schema.views.values():
        text = f"A page of rows of the view {view.name}: {view.doc}"
        yield view.query, view.query_number, schema.query_payload, schema.query_reply, text


def command_doc(command):
    roles = f" For: {', '.join(command.roles)}."
    rejections = f" Rejections: {', '.join(command.rejections)}." if command.rejections else ""
    return command.doc + roles + rejections


def channel(address, text, names):
    messages = {name: {"$ref": f"#/components/messages/{name}"} for name in names}
    return {"address": address, "description": text, "messages": messages}


def receive(name, text):
    return {
        "action": "receive",
        "channel": {"$ref": "#/channels/play"},
        "summary": f"A client sends {name}.",
        "description": text,
        "messages": [{"$ref": f"#/channels/play/messages/{name}_request"}],
        "reply": {
            "channel": {"$ref": "#/channels/play"},
            "messages": [
                {"$ref": f"#/channels/play/messages/{name}_reply"},
                {"$ref": "#/channels/play/messages/error"},
            ],
        },
    }


def send(push):
    return {
        "action": "send",
        "channel": {"$ref": "#/channels/play"},
        "summary": f"The server sends {push.name}.",
        "description": push.doc,
        "messages": [{"$ref": f"#/channels/play/messages/{push.name}"}],
    }


# ---------------------------------------------------------------------- messages


def request_messages(schema, name, number, struct, reply, text):
    an_id = {"title": "id", "type": "integer", "minimum": 1, "maximum": 2**32 - 1}
    view = next((view for view in schema.views.values() if view.query == name), None)
    answered = f"page_of_{view.name}" if view else reply.name
    example = [1, number, value(schema, reply), None]
    request = [1, number, value(schema, struct)]
    yield f"{name}_request", message(name, text, an_id, number, struct.name, request, "meta")
    yield f"{name}_reply", message(f"{name} (reply)", f"Answers {name}.", an_id, number, answered, example, "reply_meta")


def push_message(schema, push):
    an_id = {"title": "id", "type": "integer", "const": 0}
    if push.name == "error":
        an_id = {"title": "id", "type": "integer", "minimum": 0, "maximum": 2**32 - 1}
    example = [0, push.number, value(schema, push.payload)]
    return message(push.name, push.doc, an_id, push.number, push.payload.name, example)


def message(title, text, an_id, number, struct, example, meta=None):
    items = [an_id, {"title": "type", "type": "integer", "const": number}, reference(struct)]
    if meta:
        items.append({"title": "meta", "oneOf": [reference(meta), {"type": "null"}]})
    return {
        "name": title,
        "title": title,
        "summary": text,
        "contentType": "application/msgpack",
        "payload": {"type": "array", "minItems": 3, "items": items, "additionalItems": True},
        "examples": [{"name": "typical", "payload": example}],
    }


def value(schema, struct):
    """The typical example as a tuple; binary as text, 64 bits as the numbers they are."""
    return tuple_of(schema, struct, examples.struct_value(schema, struct, "typical"))


def tuple_of(schema, struct, values):
    return [element(schema, field, values[field.name]) for field in struct.fields]


def element(schema, field, entry):
    if entry is None:
        return None
    if field.type == "list":
        return [scalar(schema, field.of, field.of_name, item) for item in entry]
    return scalar(schema, field.type, field.type_name, entry)


def scalar(schema, kind, name, entry):
    if kind == "struct":
        return tuple_of(schema, schema.struct(name), entry)
    if kind == "enum":
        return schema.enums[name].values[entry]
    if kind == "raw":
        return []
    return int(entry) if kind in ("u64", "i64", "time") else entry


# ---------------------------------------------------------------------- schemas


def schemas(schema):
    """The structs that messages hold; a page of each view; rows, which have their position in front."""
    answers = {command.reply for command in schema.commands.values() if command.roles != ["internal"]}
    views = schema.views.values()
    structs = [
        *schema.structs.values(),
        *(struct for m in schema.messages.values() for struct in (m.payload, m.reply) if struct),
        schema.query_payload,
        *(c.payload for c in schema.commands.values() if c.roles != ["internal"]),
        *(event.payload for event in schema.events.values() if event.name in answers),
    ]
    found = {enum.name: enum_schema(enum) for enum in schema.enums.values()}
    found.update((struct.name, struct_schema(struct)) for struct in structs)
    found.update((view.payload.name, row_schema(view)) for view in views)
    found.update((f"page_of_{view.name}", page_schema(schema, view)) for view in views)
    pushed = [reference(view.payload.name) for view in views if view.push]
    rows_of(found["change"])["items"] = {"anyOf": pushed}
    text = json.dumps(found)
    unused = [name for name in schema.enums if json.dumps(reference(name)["$ref"]) not in text]
    return {name: entry for name, entry in found.items() if name not in unused}


def row_schema(view):
    found = struct_schema(view.payload)
    position = {"title": "position", "description": "Of the event that last touched it.", **kind_schema("u64", "")}
    deleted = {"title": "deleted", "description": "A tombstone: only the key follows.", **kind_schema("bool", "")}
    found["items"] = [position, deleted, *found["items"]]
    found["minItems"] = 2 + len(view.key)
    return found


def page_schema(schema, view):
    found = struct_schema(schema.query_reply)
    rows_of(found)["items"] = reference(view.payload.name)
    return found


def rows_of(struct):
    """The element `rows`, which the schema calls raw, as an array."""
    rows = next(item for item in struct["items"] if item["title"] == "rows")
    rows["type"] = "array"
    return rows


def reference(name):
    return {"$ref": f"#/components/schemas/{name}"}


def enum_schema(enum):
    names = ", ".join(f"{number} {name}" for name, number in enum.values.items())
    return {"type": "integer", "enum": list(enum.values.values()), "description": f"{enum.doc} {names}."}


def struct_schema(struct):
    found = {"type": "array", "description": struct.doc}
    if struct.fields:
        found["items"] = [field_schema(field) for field in struct.fields]
        found["minItems"] = struct.required_count
        found["additionalItems"] = True
    return found


def field_schema(field):
    found = {"title": field.name, "description": field.doc}
    if field.type == "list":
        inner = kind_schema(field.of, field.of_name)
        inner.pop("description", None)
        found.update(type="array", items=inner, minItems=field.min, maxItems=field.max)
    else:
        inner = kind_schema(field.type, field.type_name)
        if field.type == "text":
            inner.update({"minLength": min(field.min, 1), "maxLength": field.max})
        found.update(inner if not field.optional else {"oneOf": [inner, {"type": "null"}]}, description=field.doc)
    for mark in ("secret", "personal"):
        if getattr(field, mark):
            found[f"x-{mark}"] = True
    if field.has_default:
        found["x-absent"] = field.default
    return found


def kind_schema(kind, name):
    if kind in ("enum", "struct"):
        return {"allOf": [reference(name)]}
    if kind in model.INTEGERS:
        low, high = model.INTEGERS[kind]
        return {"type": "integer", "format": kind, "minimum": low, "maximum": high}
    return dict(FORMATS[kind])
