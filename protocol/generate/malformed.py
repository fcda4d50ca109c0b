"""protocol/vectors/malformed.json: frames that are wrong, and the error that names what is.

Two kinds: faults of the envelope, written by hand, and faults of fields, made for every request of the schema by
spoiling its typical example in one place.
"""

import examples
from packer import Raw, pack

NOTE = (
    "Generated from protocol/schema. `error` is what a signed-in socket whose roles allow everything is answered, with "
    "request id `id` (absent: not defined); `valid_before`: messages of the frame that are fine and are answered first."
)
PATIENCE = 500  # a text longer than this is not spoiled by being too long: the file stays small


def frames(schema, codec):
    return [*envelope_faults(schema, codec), *field_faults(schema, codec)]


def case(name, data, error, request_id=None, valid_before=0):
    found = {"name": name, "hex": data.hex(), "error": error}
    if request_id is not None:
        found["id"] = request_id
    if valid_before:
        found["valid_before"] = valid_before
    return found


# ---------------------------------------------------------------------- the envelope


def envelope_faults(schema, codec):
    ping = codec.TYPES["ping"]
    fine = pack([1, ping, []])
    yield case("empty frame", b"", "malformed", 0)
    for name, value in (("nil", None), ("number", 1), ("text", "ping"), ("map", {1: ping}), ("bool", True)):
        yield case(f"a {name} for a message", pack(value), "malformed", 0)
    for size in range(3):
        yield case(f"array of {size}", pack([1, ping, []][:size]), "malformed")
    for name, value in (
        ("0", 0),
        ("2^32", 2**32),
        ("2^64 - 1", 2**64 - 1),
        ("-1", -1),
        ("nil", None),
        ("text", "1"),
    ):
        yield case(f"id {name}", pack([value, ping, []]), "id_invalid", 0)
    yield case("id as float", pack([Raw.fromhex("cb3ff0000000000000"), ping, []]), "id_invalid", 0)
    for name, value in (("65535", 65535), ("0", 0), ("2^40", 2**40), ("-4", -4)):
        yield case(f"type {name}", pack([1, value, []]), "type_unknown", 1)
    push = next(message for message in schema.messages.values() if message.push)
    yield case("a push from a client", pack([1, push.number, []]), "type_unknown", 1)
    for name, value in (
        ("number", 1),
        ("text", "x"),
        ("map", {}),
        ("map with a key twice", Raw(b"\x82\x01\x02\x01\x03")),
    ):
        yield case(f"a {name} for a payload", pack([1, ping, value]), "field_wrong_type", 1)
    yield from cut_off(schema, codec)
    yield case("reserved byte", b"\xc1", "malformed", 0)
    yield case("reserved byte in the payload", pack([1, ping, [Raw(b"\xc1")]]), "malformed")
    yield case("reserved byte after a message", fine + b"\xc1", "malformed", 0, 1)
    yield case("half a message after a message", fine + fine[:-1], "malformed", None, 1)
    yield case("a number after a message", fine + b"\x07", "malformed", 0, 1)
    for name, data in (
        ("fixext 1", b"\xd4\x01\x00"),
        ("fixext 16", b"\xd8\x01" + bytes(16)),
        ("ext 8", b"\xc7\x01\x05\x00"),
        ("timestamp", b"\xd6\xff\x00\x00\x00\x00"),
        ("float 32 NaN", b"\xca\x7f\xc0\x00\x00"),
        ("float 64 NaN", b"\xcb\x7f\xf8" + bytes(6)),
    ):
        yield case(f"{name} for a message", data, "malformed", 0)
        yield case(f"{name} in a payload", pack([1, ping, [Raw(data)]]), "malformed")
    for name, head in (
        ("array", b"\xdd"),
        ("map", b"\xdf"),
        ("str", b"\xdb"),
        ("bin", b"\xc6"),
        ("ext", b"\xc9"),
    ):
        huge = head + b"\xff\xff\xff\xff"
        yield case(f"{name} of 4294967295", huge, "malformed", 0)
        yield case(f"{name} of 4294967295 in a payload", pack([1, ping, [Raw(huge)]]), "malformed")
    depth = next(limit.value for limit in schema.limits if limit.name == "depth_max")
    values = next(limit.value for limit in schema.limits if limit.name == "values_max")
    for extra in (1, 32, 1000):
        levels = depth - 1 + extra  # the message itself is the first
        yield case(f"{levels + 1} levels", pack([1, ping, Raw(b"\x91" * (levels - 1) + b"\x90")]), "too_deep")
    yield case("1001 levels of maps", pack([1, ping, Raw(b"\x81\x01" * 1000 + b"\x01")]), "too_deep")
    yield case(f"{values + 1} values", pack([1, ping, [None] * (values - 3)]), "too_many_values")
    yield from meta_faults(schema, codec)


def cut_off(schema, codec):
    """A request with much in it, cut at several places."""
    command = max(schema.commands.values(), key=lambda entry: len(entry.payload.fields))
    value = examples.struct_value(schema, command.payload, "typical")
    data = pack([9, command.number, array_of(codec, command.payload, value), meta_of(codec)])
    for i in range(1, 8):
        size = len(data) * i // 8
        yield case(f"{command.name} cut after {size} of {len(data)} bytes", data[:size], "malformed")
    yield case(f"{command.name} without its last byte", data[:-1], "malformed")


def meta_faults(schema, codec):
    ping = codec.TYPES["ping"]
    uuid = bytes(15) + b"\x07"
    for name, meta, error in (
        ("a number", 1, "field_wrong_type"),
        ("a map", {}, "field_wrong_type"),
        ("a command id of 15 bytes", [uuid[:15]], "field_out_of_range"),
        ("a command id of 17 bytes", [uuid + b"\x00"], "field_out_of_range"),
        ("a command id as text", ["00000000-0000-0000-0000-000000000007"], "field_wrong_type"),
        ("an unknown consistency", [uuid, 9], "field_out_of_range"),
        ("consistency as text", [uuid, "strong"], "field_wrong_type"),
        ("a negative at_least", [uuid, 1, -1], "field_out_of_range"),
        ("a traceparent too long", [uuid, 1, 0, "0" * 56], "field_out_of_range"),
    ):
        yield case(f"meta: {name}", pack([1, ping, [], meta]), error, 1)
    for command in schema.commands.values():
        if command.roles == ["internal"] or command.id_from:
            continue
        array = array_of(codec, command.payload, examples.struct_value(schema, command.payload, "typical"))
        yield case(f"{command.name} without meta", pack([1, command.number, array]), "command_id_missing", 1)
        yield case(
            f"{command.name} with a nil command id",
            pack([1, command.number, array, [None]]),
            "command_id_missing",
            1,
        )


# ---------------------------------------------------------------------- fields


def field_faults(schema, codec):
    for name, struct in requests(schema):
        array = array_of(codec, struct, examples.struct_value(schema, struct, "typical"))
        number = codec.TYPES[name]
        if struct.required_count:
            data = pack([1, number, array[: struct.required_count - 1], meta_of(codec)])
            missing = struct.fields[struct.required_count - 1].name
            yield case(f"{name} without {missing}", data, "field_missing", 1)
        for i, field in enumerate(struct.fields):
            for what, value, error in spoiled(schema, field, array[i]):
                data = pack([1, number, [*array[:i], value, *array[i + 1 :]], meta_of(codec)])
                yield case(f"{name}.{field.name}: {what}", data, error, 1)


def requests(schema):
    for message in schema.messages.values():
        if not message.push:
            yield message.name, message.payload
    for command in schema.commands.values():
        if command.roles != ["internal"]:
            yield command.name, command.payload
    view = next(iter(schema.views.values()))  # all queries take the same
    yield view.query, schema.query_payload


def spoiled(schema, field, value):
    """(what, wire value, error) of the ways to get a field wrong."""
    if not field.optional:
        yield "nil", None, "field_missing"
    yield from spoiled_value(schema, field.type, field.type_name, field.min, field.max)
    if field.type == "list":
        wrong = 1 if field.of in ("slug", "text", "uuid", "hash", "bytes", "struct") else "x"
        yield "an entry of another type", [wrong, *value[1:]], "field_wrong_type"
        if field.max * len(pack(value[:1])) <= PATIENCE:
            yield "one entry too many", [*value[:1]] * (field.max + 1), "field_out_of_range"
        if field.min:
            yield "one entry too few", value[: field.min - 1], "field_out_of_range"


def spoiled_value(schema, kind, type_name, low, high):
    if kind in ("u8", "u16", "u32", "u64", "i64", "time", "enum"):
        yield "a text for a number", "1", "field_wrong_type"
        yield "a float for a number", Raw.fromhex("cb3ff0000000000000"), "field_wrong_type"
    if kind in ("u8", "u16", "u32"):
        yield "one too large", 2 ** int(kind[1:]), "field_out_of_range"
    if kind in ("u8", "u16", "u32", "u64"):
        yield "below zero", -1, "field_out_of_range"
    if kind == "enum":
        yield "no such value", max(schema.enums[type_name].values.values()) + 1, "field_out_of_range"
    if kind == "bool":
        yield "a number for a bool", 1, "field_wrong_type"
    if kind in ("uuid", "hash"):
        size = 16 if kind == "uuid" else 32
        yield "a text for binary", "0" * size, "field_wrong_type"
        yield "one byte short", bytes(size - 1), "field_out_of_range"
    if kind == "slug":
        yield "binary for a text", b"starter", "field_wrong_type"
        for what, text in (
            ("upper case", "Starter"),
            ("a dash first", "-a"),
            ("32 bytes", "a" * 32),
            ("empty", ""),
        ):
            yield what, text, "field_out_of_range"
    if kind == "text":
        yield "binary for a text", b"x" * max(low, 1), "field_wrong_type"
        fill = max(low, 3)
        head = bytes([0xA0 | fill] if fill < 32 else [0xD9, fill])
        yield "not UTF-8", Raw(head + b"a" * (fill - 1) + b"\xff"), "field_out_of_range"
        yield "a NUL in it", "a" * (fill - 1) + "\0", "field_out_of_range"
        if low:
            yield "too short", "a" * (low - 1), "field_out_of_range"
        if high <= PATIENCE:
            yield "too long", "a" * (high + 1), "field_out_of_range"
    if kind == "bytes":
        yield "a text for binary", "x", "field_wrong_type"
        if high <= PATIENCE:
            yield "too long", bytes(high + 1), "field_out_of_range"
    if kind in ("list", "struct"):
        yield f"a number for a {kind}", 1, "field_wrong_type"
        yield f"a map for a {kind}", {}, "field_wrong_type"


def meta_of(codec):
    return codec.to_wire("meta", {"command_id": "01930000-0000-7000-8000-000000000001"})


def array_of(codec, struct, value):
    from vectors import wire  # vectors uses this module

    return wire(codec, struct.name, value)
