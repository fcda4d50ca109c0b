"""Deterministic example values of every type, by names, as JSON can hold them.

    uuid            text                hash, bytes     hex text
    enum            its name            u64 i64 time    decimal text, as JSON numbers lose digits
    raw             hex text            absent          null

Kinds: `typical` looks like play; `extreme` has the largest numbers, the longest texts (up to 300 bytes) and lists of
up to 20 entries; `least` has zeros, shortest texts and lists, and nothing optional.
"""

import hashlib

import model

KINDS = ("typical", "extreme", "least")
TEXT_MAX = 300
LIST_MAX = 20
TIME = 1767225600000  # 2026-01-01T00:00:00Z
TIME_MAX = 253402300799999  # 9999-12-31T23:59:59.999Z
WIDE = "é世🎴"  # 2, 3 and 4 bytes
TYPICAL_TEXTS = {
    "display_name": "Mira",
    "name": "Night Watch",
    "client_seed": "lucky-42",
    "email": "mira@example.org",
    "password": "correct horse battery",
    "token": "eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "server": "gachapon 0.1.0",
    "external_id": "season-3/quest-17",
}


def struct_value(schema, struct, kind, salt="", storable=False):
    """A mapping of field names to example values."""
    path = f"{salt}{struct.name}"
    return {
        field.name: field_value(schema, field, kind, f"{path}.{field.name}", storable)
        for field in struct.fields
    }


def field_value(schema, field, kind, path, storable):
    if field.optional and kind == "least":
        return None
    if field.type == "list":
        count = {"typical": max(field.min, min(4, field.max)), "least": field.min}.get(
            kind, min(field.max, LIST_MAX)
        )
        return [
            value(schema, field.of, field.of_name, kind, f"{path}[{i}]", 1, TEXT_MAX, storable)
            for i in range(count)
        ]
    return value(
        schema,
        field.type,
        field.type_name,
        kind,
        path,
        max(field.min, int(field.optional)),
        field.max,
        storable,
    )


def value(schema, kind_of_value, type_name, kind, path, low, high, storable):
    """One example value; `low` and `high` bound a text or bytes in bytes."""
    digest = hashlib.sha256(path.encode()).digest()
    number = int.from_bytes(digest[:4], "big")
    if kind_of_value == "struct":
        return struct_value(schema, schema.structs[type_name], kind, f"{path}/", storable)
    if kind_of_value == "enum":
        names = list(schema.enums[type_name].values)
        return {"typical": names[number % len(names)], "extreme": names[-1], "least": names[0]}[kind]
    if kind_of_value == "bool":
        return kind != "least"
    if kind_of_value in model.INTEGERS:
        return integer(kind_of_value, kind, number, storable)
    if kind_of_value == "uuid":
        return uuid_text({"typical": digest, "extreme": b"\xff" * 16, "least": bytes(15) + b"\x01"}[kind])
    if kind_of_value == "hash":
        return {"typical": digest, "extreme": b"\xff" * 32, "least": bytes(32)}[kind].hex()
    if kind_of_value == "slug":
        entry = path[path.rfind("[") + 1 : -1] if path.endswith("]") else ""
        return slug(path, kind, number, entry)
    if kind_of_value == "text":
        return text(path, kind, low, min(high, TEXT_MAX))
    if kind_of_value == "bytes":
        return (digest * 10)[: {"typical": 8, "extreme": min(high, TEXT_MAX), "least": low}[kind]].hex()
    if kind_of_value == "raw":
        return {"typical": "93010203", "extreme": "91dc0010" + "c0" * 16, "least": "90"}[kind]
    raise TypeError(kind_of_value)


def integer(kind_of_value, kind, number, storable):
    low, high = model.INTEGERS[kind_of_value]
    if kind_of_value == "time":
        chosen = {"typical": TIME + number % 86400000, "extreme": TIME_MAX, "least": 0}[kind]
    else:
        # A bigint column holds 63 bits.
        highest = min(high, 2**63 - 1) if storable else high
        least = low if kind_of_value == "i64" else 0
        chosen = {"typical": 1 + number % min(high, 5000), "extreme": highest, "least": least}[kind]
    return str(chosen) if kind_of_value in ("u64", "i64", "time") else chosen


def uuid_text(data):
    text = data[:16].hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def slug(path, kind, number, entry):
    if kind == "least":
        return "0" if not entry else f"0-{entry}"
    if kind == "extreme":
        return (f"{entry or 'z'}" + "-z9" * 11)[:31]
    word = path.rsplit(".", 1)[-1].split("[")[0].replace("_", "-").strip("s")[:12]
    return f"{word}-{entry or number % 100}"


def text(path, kind, low, high):
    if kind == "least":
        return "a" * low
    if kind == "extreme":
        filled = (WIDE * (high // 9 + 1)).encode()[:high].decode(errors="ignore")
        return filled + "x" * (high - len(filled.encode()))
    name = path.rsplit(".", 1)[-1]
    return TYPICAL_TEXTS.get(name, name.replace("_", " ").ljust(low, "."))[:high]
