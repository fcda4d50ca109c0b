"""The protocol of Gachapon by names, for black-box tests and tools. Needs the package `msgpack`.

    frame = encode_request(1, "open_pack", {"pack": "starter", "count": 1}, meta={"command_id": uuid4()})
    for message in decode_messages(frame_from_server, {1: "open_pack"}):
        message == {"kind": "reply", "id": 1, "type": "open_pack", "payload": {...}, "meta": {...}}
        message == {"kind": "error", "id": 1, "type": "error", "error": "wallet_insufficient", "payload": {...}}
        message == {"kind": "push", "id": 0, "type": "changed", "payload": {...}}

Values: an enum is its name, a uuid its text, hash and bytes are bytes, a time is milliseconds since 1970, an absent
optional value is None. When encoding, a uuid may also be a uuid.UUID or 16 bytes, a hash hex text, an enum a number;
fields with defaults may be left out. To send what is wrong on purpose, give numbers for types and lists for payloads:
they go out as they are.
"""

import uuid
from typing import NamedTuple, Optional


class Field(NamedTuple):
    name: str
    kind: str
    type: str = ""  # of an enum or a struct
    of: str = ""  # what a list holds
    of_type: str = ""
    min: int = 0
    max: int = 0
    optional: bool = False
    has_default: bool = False
    default: object = None
    secret: bool = False
    personal: bool = False


# {TABLES}


# ---------------------------------------------------------------------- encoding


def encode_request(request_id, type_name, payload=None, meta=None):
    """One request as bytes. `payload` is a mapping by names, or a list sent as it is; `meta` likewise, or None."""
    message = [request_id, TYPES.get(type_name, type_name)]
    message.append(payload_to_wire(type_name, {} if payload is None else payload))
    if meta is not None:
        message.append(to_wire("meta", meta) if isinstance(meta, dict) else meta)
    return pack(message)


def encode_push(type_name, payload):
    """A push as the server sends it; rows in `changed` by names."""
    if type_name == "changed":
        changes = [
            {
                "view": VIEWS[change["view"]],
                "rows": [row_to_wire(change["view"], row) for row in change["rows"]],
            }
            for change in payload["changes"]
        ]
        payload = {**payload, "changes": changes}
    return pack([0, TYPES[type_name], to_wire(f"message_{type_name}", payload)])


def encode_error(request_id, payload):
    return pack([request_id, TYPES["error"], to_wire("message_error", payload)])


def encode_reply(request_id, type_name, payload, meta=None):
    """A reply as the server sends it; the rows of a query by names."""
    if type_name in VIEW_OF_QUERY:
        payload = {**payload, "rows": [row_to_wire(VIEW_OF_QUERY[type_name], row) for row in payload["rows"]]}
    message = [request_id, TYPES[type_name], to_wire(REPLIES[type_name], payload)]
    return pack(message + [to_wire("reply_meta", meta) if meta is not None else None])


def payload_to_wire(type_name, payload):
    return to_wire(REQUESTS[type_name], payload) if isinstance(payload, dict) else payload


def row_to_wire(view, row):
    fields = {name: value for name, value in row.items() if name not in ("position", "deleted")}
    return [row["position"], row["deleted"], *to_wire(f"row_{view}", fields)]


def to_wire(struct, values):
    """The positional array of a struct given by names."""
    fields = STRUCTS[struct]
    unknown = set(values) - {field.name for field in fields}
    if unknown:
        raise ValueError(f"{struct} has no field {', '.join(sorted(unknown))}")
    last = max(
        (i for i, field in enumerate(fields) if field.name in values or not field.has_default), default=-1
    )
    return [field_to_wire(struct, field, values) for field in fields[: last + 1]]


def field_to_wire(struct, field, values):
    if field.name in values:
        value = values[field.name]
    elif field.has_default:
        value = default_of(field)
    elif field.optional:
        value = None
    else:
        raise ValueError(f"{struct} needs {field.name}")
    if value is None and field.optional:
        return None
    if field.kind == "list":
        return [value_to_wire(field.of, field.of_type, entry) for entry in value]
    return value_to_wire(field.kind, field.type, value)


def value_to_wire(kind, type_name, value):
    if kind == "struct" and isinstance(value, dict):
        return to_wire(type_name, value)
    if kind == "enum" and isinstance(value, str):
        return ENUMS[type_name][value]
    if kind == "uuid" and not isinstance(value, bytes):
        return uuid.UUID(str(value)).bytes
    if kind in ("hash", "bytes") and isinstance(value, str):
        return bytes.fromhex(value)
    return value


def pack(value):
    import msgpack  # here, so that the tables serve without it

    return msgpack.packb(value, use_bin_type=True)


# ---------------------------------------------------------------------- decoding


def decode_messages(frame, requests: Optional[dict] = None):
    """The messages of one frame by names. With `requests` (id -> type name) replies to anything else raise ValueError."""
    return [decode_message(message, requests) for message in unpack_all(frame)]


def decode_message(message, requests=None):
    if not isinstance(message, list) or not 3 <= len(message) <= 4:
        raise ValueError(f"not a message: {message!r}")
    message_id, number, payload = message[:3]
    type_name = TYPE_NAMES.get(number)
    if type_name is None:
        raise ValueError(f"unknown type {number}")
    named = {"kind": "push", "id": message_id, "type": type_name}
    if type_name == "error":
        named.update(kind="error", payload=from_wire("message_error", payload))
        named["error"] = ERROR_NAMES.get(named["payload"]["code"], named["payload"]["name"])
    elif message_id == 0:
        named["payload"] = from_wire(f"message_{type_name}", payload)
        if type_name == "changed":
            for change in named["payload"]["changes"]:
                decode_change(change)
    else:
        if requests is not None and requests.get(message_id) != type_name:
            raise ValueError(f"{type_name} {message_id} answers nothing that was asked")
        meta = message[3] if len(message) > 3 else None
        named.update(
            kind="reply",
            payload=decode_reply(type_name, payload),
            meta=from_wire("reply_meta", meta) if meta else None,
        )
    return named


def decode_reply(type_name, payload):
    named = from_wire(REPLIES[type_name], payload)
    if type_name in VIEW_OF_QUERY:
        named["rows"] = [decode_row(VIEW_OF_QUERY[type_name], row) for row in named["rows"]]
    return named


def decode_change(change):
    view = VIEW_NAMES.get(change["view"])
    if view is not None:
        change["view"] = view
        change["rows"] = [decode_row(view, row) for row in change["rows"]]


def decode_row(view, array):
    """A row [position, deleted, fields...] by names; `view` is a name or a number. A tombstone has its key only."""
    view = VIEW_NAMES.get(view, view)
    position, deleted, *values = array
    struct = f"row_{view}"
    if deleted:
        values = values[: KEY_COUNTS[view]]
    named = {field.name: field_from_wire(field, value) for field, value in zip(STRUCTS[struct], values)}
    if not deleted and len(values) < len(STRUCTS[struct]):
        raise ValueError(f"{struct} has {len(values)} of {len(STRUCTS[struct])} fields")
    return {"position": position, "deleted": deleted, **named}


def decode_event(event, data):
    """A stored payload by names; `event` is a name or a number. Personal texts stay the ciphertext they are."""
    event = EVENT_NAMES.get(event, event)
    (array,) = unpack_all(data)
    return from_wire(f"event_{event}", array)


def from_wire(struct, array):
    """A positional array by names. What a newer schema appended is skipped, what is absent reads as its default."""
    if not isinstance(array, list):
        raise ValueError(f"{struct} is no array: {array!r}")
    named = {}
    for i, field in enumerate(STRUCTS[struct]):
        if i < len(array):
            named[field.name] = field_from_wire(field, array[i])
        elif field.has_default:
            named[field.name] = default_of(field)
        else:
            raise ValueError(f"{struct} lacks {field.name}")
    return named


def field_from_wire(field, value):
    if field.kind == "list":
        return [value_from_wire(field.of, field.of_type, entry) for entry in value]
    if value is None and field.kind == "raw":
        return None
    if value is None and not field.optional:
        raise ValueError(f"{field.name} is nil")
    if field.personal and isinstance(value, bytes):
        return value  # sealed, as in the store
    return value_from_wire(field.kind, field.type, value)


def value_from_wire(kind, type_name, value):
    if value is None:
        return None
    if kind == "struct":
        return from_wire(type_name, value)
    if kind == "enum":
        return ENUM_NAMES[type_name].get(value, value)
    if kind == "uuid":
        return str(uuid.UUID(bytes=value))
    expected = PYTHON_TYPES.get(kind)
    if expected and (not isinstance(value, expected) or (expected is int and isinstance(value, bool))):
        raise ValueError(f"{value!r} is no {kind}")
    return value


PYTHON_TYPES = {
    "bool": bool,
    **dict.fromkeys(("u8", "u16", "u32", "u64", "i64", "time"), int),
    **dict.fromkeys(("slug", "text"), str),
    "hash": bytes,
    "bytes": bytes,
}


def default_of(field):
    """What an absent field reads as."""
    if field.optional:
        return field.default or None
    if field.default is not None:
        return field.default
    zeros = {"bool": False, "text": "", "slug": "", "bytes": b"", "list": [], "uuid": str(uuid.UUID(int=0))}
    return zeros.get(field.kind, 0)


def unpack_all(data):
    import msgpack  # here, so that the tables serve without it

    unpacker = msgpack.Unpacker(raw=False, strict_map_key=False)
    unpacker.feed(data)
    values, end = [], 0
    while end < len(data):
        try:
            values.append(unpacker.unpack())
        except msgpack.OutOfData:
            raise ValueError(f"{len(data) - end} bytes are left over") from None
        end = unpacker.tell()
    return values


TYPE_NAMES = {number: name for name, number in TYPES.items()}
EVENT_NAMES = {number: name for name, number in EVENTS.items()}
VIEW_NAMES = {number: name for name, number in VIEWS.items()}
ERROR_NAMES = {number: name for name, number in ERRORS.items()}
CLOSE_NAMES = {code: name for name, code in CLOSES.items()}
ENUM_NAMES = {enum: {number: name for name, number in values.items()} for enum, values in ENUMS.items()}
