"""protocol/vectors: golden vectors, named values beside their bytes.

Every decoder and encoder of every language is held against them. `payloads` of a type are positional arrays without
the envelope; `envelope.json` has whole frames; `malformed.json` has frames with the error they must be answered with.
A case with `decode_only` is what a reader has to accept but no writer of this version makes.
"""

import json

import examples
import malformed
import python_client
from packer import Raw, pack

NOTE = "Generated from protocol/schema. uuid, hash, bytes, raw are hex or uuid text; u64, i64, time are decimal text."


def generate(schema):
    """(path, text) of every file of vectors."""
    codec = python_client.load(schema)
    groups = {
        "messages": [s for m in schema.messages.values() for s in (m.payload, m.reply) if s],
        "commands": [command.payload for command in schema.commands.values()],
        "queries": [schema.query_payload, schema.query_reply],
        "events": [event.payload for event in schema.events.values()],
        "rows": [view.payload for view in schema.views.values()],
        "structs": list(schema.structs.values()),
    }
    for name, structs in groups.items():
        types = {struct.name: cases(schema, codec, struct, name == "rows") for struct in structs}
        yield f"vectors/{name}.json", document({"note": NOTE, "types": types})
    yield "vectors/envelope.json", document({"note": NOTE, "frames": envelope(schema, codec)})
    yield "vectors/malformed.json", document(
        {"note": malformed.NOTE, "frames": malformed.frames(schema, codec)}
    )


def document(content):
    """JSON with one line a case, so that a change of one value is a change of one line."""

    def line(value, depth):
        nested = isinstance(value, dict) and any(isinstance(v, (dict, list)) for v in value.values())
        if depth == 0 or (depth < 2 and nested):
            inner = ",\n".join(
                f"{'  ' * depth}  {json.dumps(k)}: {line(v, depth + 1)}" for k, v in value.items()
            )
            return f"{{\n{inner}\n{'  ' * depth}}}"
        if isinstance(value, list) and depth <= 2:
            inner = ",\n".join("  " * depth + "  " + json.dumps(entry, ensure_ascii=False) for entry in value)
            return f"[\n{inner}\n{'  ' * depth}]"
        return json.dumps(value, ensure_ascii=False)

    return line(content, 0) + "\n"


def cases(schema, codec, struct, storable):
    found = []
    kinds = examples.KINDS if struct.fields else ("typical",)
    for kind in kinds:
        value = examples.struct_value(schema, struct, kind, storable=storable)
        found.append({"name": kind, "value": value, "hex": pack(wire(codec, struct.name, value)).hex()})
    typical = found[0]
    array = wire(codec, struct.name, typical["value"])
    newer = pack([*array, "appended later", [1, None]]).hex()
    found.append({"name": "newer", "decode_only": True, "value": typical["value"], "hex": newer})
    if struct.required_count < len(struct.fields):
        value = dict(typical["value"])
        for field in struct.fields[struct.required_count :]:
            value[field.name] = json_default(codec, struct.name, field)
        shorter = pack(array[: struct.required_count]).hex()
        found.append({"name": "defaults", "decode_only": True, "value": value, "hex": shorter})
    return [*found, *inner_cases(schema, codec, struct, typical["value"], array)]


def inner_cases(schema, codec, struct, value, array):
    """The same two, of the structs inside: what a newer peer appended to them, and what an older one does not have yet."""
    longer = inside(schema, struct, array, lambda inner, entry: [*entry, "appended later", [1, None]])
    if longer != array:
        yield {"name": "newer inside", "decode_only": True, "value": value, "hex": pack(longer).hex()}
    shorter = inside(schema, struct, array, lambda inner, entry: entry[: inner.required_count])
    if shorter != array:
        value = inside_named(schema, codec, struct, value)
        yield {"name": "defaults inside", "decode_only": True, "value": value, "hex": pack(shorter).hex()}


def inside(schema, struct, array, change):
    """A struct's array with every struct inside it changed, at any depth."""

    def changed(name, entry):
        inner = schema.structs[name]
        return change(inner, inside(schema, inner, entry, change))

    result = list(array)
    for i, field in enumerate(struct.fields[: len(array)]):
        if field.type == "struct" and array[i] is not None:
            result[i] = changed(field.type_name, array[i])
        elif field.type == "list" and field.of == "struct":
            result[i] = [changed(field.of_name, entry) for entry in array[i]]
    return result


def inside_named(schema, codec, struct, value):
    """A struct's value whose inner structs hold their defaults where they have any."""

    def reset(name, entry):
        inner = schema.structs[name]
        late = {f.name: json_default(codec, name, f) for f in inner.fields[inner.required_count :]}
        return {**inside_named(schema, codec, inner, entry), **late}

    result = dict(value)
    for field in struct.fields:
        if field.type == "struct" and value.get(field.name) is not None:
            result[field.name] = reset(field.type_name, value[field.name])
        elif field.type == "list" and field.of == "struct":
            result[field.name] = [reset(field.of_name, entry) for entry in value[field.name]]
    return result


def json_default(codec, struct, field):
    table_field = next(f for f in codec.STRUCTS[struct] if f.name == field.name)
    default = codec.default_of(table_field)
    if isinstance(default, bytes):
        return default.hex()
    return str(default) if field.type in ("u64", "i64", "time") and default is not None else default


def wire(codec, struct, value):
    """The positional array of a value in JSON notation."""
    return codec.to_wire(struct, python_value(codec, struct, value))


def python_value(codec, struct, value):
    """From JSON notation to what the Python client takes."""
    result = {}
    for field in codec.STRUCTS[struct]:
        if field.name not in value:
            continue
        entry = value[field.name]
        if field.kind == "list":
            result[field.name] = [python_scalar(codec, field.of, field.of_type, item) for item in entry]
        else:
            result[field.name] = python_scalar(codec, field.kind, field.type, entry)
    return result


def python_scalar(codec, kind, type_name, entry):
    if entry is None:
        return None
    if kind in ("u64", "i64", "time"):
        return int(entry)
    if kind == "raw":
        return Raw.fromhex(entry)
    if kind == "struct":
        return python_value(codec, type_name, entry)
    return entry


# ---------------------------------------------------------------------- whole frames


def envelope(schema, codec):
    found = []

    def add(name, direction, messages, *named):
        found.append(
            {
                "name": name,
                "direction": direction,
                "hex": b"".join(map(pack, messages)).hex(),
                "messages": list(named),
            }
        )

    def typical(struct):
        value = examples.struct_value(schema, struct, "typical")
        return value, wire(codec, struct.name, value)

    meta_value, meta = typical(schema.structs["meta"])
    reply_meta_value, reply_meta = typical(schema.structs["reply_meta"])
    for number, (name, struct) in enumerate(requests(schema), 1):
        value, payload = typical(struct)
        named = {"id": number, "type": name, "payload": value, "meta": meta_value}
        add(f"request {name}", "request", [[number, codec.TYPES[name], payload, meta]], named)
    ping = codec.TYPES["ping"]
    pinged = {"id": 1, "type": "ping", "payload": {}, "meta": None}
    add("request without meta", "request", [[1, ping, []]], pinged)
    add("request with nil meta", "request", [[1, ping, [], None]], pinged)
    last = {**pinged, "id": 2**32 - 1}
    add("two requests in a frame", "request", [[2**32 - 1, ping, []], [1, ping, []]], last, pinged)
    for number, (name, struct) in enumerate(replies(schema), 1):
        value, payload = typical(struct)
        if name in codec.VIEW_OF_QUERY:
            row, array = typical(schema.views[codec.VIEW_OF_QUERY[name]].payload)
            value["rows"] = [{"position": "41", "deleted": False, **row}]
            payload[struct.index_of("rows")] = [[41, False, *array]]
        named = {"id": number, "type": name, "payload": value, "meta": reply_meta_value}
        add(f"reply {name}", "reply", [[number, codec.TYPES[name], payload, reply_meta]], named)
    for message in schema.messages.values():
        if message.push and message.name not in ("changed", "error"):
            value, payload = typical(message.payload)
            add(
                f"push {message.name}",
                "push",
                [[0, message.number, payload]],
                {"id": 0, "type": message.name, "payload": value},
            )
    value, payload = typical(schema.messages["error"].payload)
    add("error", "error", [[7, codec.TYPES["error"], payload]], {"id": 7, "type": "error", "payload": value})
    found.append(changed(schema, codec))
    return found


def changed(schema, codec):
    """A `changed` push with two rows, one a tombstone, of every pushed view."""
    audience = next(iter(schema.enums["audience"].values))
    views = [view for view in schema.views.values() if view.push]
    changes, named = [], []
    for view in views:
        value = examples.struct_value(schema, view.payload, "typical", storable=True)
        fields = wire(codec, view.payload.name, value)
        gone = {field.name: value[field.name] for field in view.key_fields}
        keys = fields[: len(view.key)] + [zero(field) for field in view.payload.fields[len(view.key) :]]
        changes.append([view.number, [[41, False, *fields], [42, True, *keys]]])
        rows = [{"position": "41", "deleted": False, **value}, {"position": "42", "deleted": True, **gone}]
        named.append({"view": view.name, "rows": rows})
    message = [0, codec.TYPES["changed"], [codec.ENUMS["audience"][audience], 42, changes]]
    payload = {"audience": audience, "mark": "42", "changes": named}
    return {
        "name": "push changed",
        "direction": "push",
        "hex": pack(message).hex(),
        "messages": [{"id": 0, "type": "changed", "payload": payload}],
    }


def zero(field):
    """What a tombstone holds beside its key."""
    if field.optional:
        return None
    if field.type in ("uuid", "hash"):
        return bytes(16 if field.type == "uuid" else 32)
    return {"bool": False, "slug": "", "text": "", "bytes": b"", "list": []}.get(field.type, 0)


def requests(schema):
    for message in schema.messages.values():
        if not message.push:
            yield message.name, message.payload
    for command in schema.commands.values():
        yield command.name, command.payload
    for view in schema.views.values():
        yield view.query, schema.query_payload


def replies(schema):
    for message in schema.messages.values():
        if not message.push:
            yield message.name, message.reply
    for command in schema.commands.values():
        yield command.name, schema.events[command.reply].payload
