"""The proof by example that a change breaks nobody: what old peers wrote is read by the new code, and what the new server
writes is read by the old code.

compat.py judges the schemas; this runs both codecs on both sides' golden vectors. What is compared is what the old schema
knows: arrays are cut to its fields, however deep, as its readers do.
"""

import json
from pathlib import Path

import compat
import python_client
import vectors

WRITTEN_BY_CLIENTS = ("message_", "command_", "query_", "meta")


def misread(old_folder, old, new):
    """Lines that name the structs which one side writes and the other misreads. `old_folder` is a schema folder."""
    codecs = python_client.load(old), python_client.load(new)
    free = {f"event_{name}" for name in compat.upcast(old, new)}
    there = {struct.name for struct in new.all_structs()} - free
    for name, case in old_cases(old_folder, old):
        written_by_client = name.startswith(WRITTEN_BY_CLIENTS)
        if name in there and (written_by_client or name.startswith("event_")):
            yield from compare(*codecs, codecs[1], name, case, "what it was is misread now")
    for struct in new.all_structs():
        if struct.name in {*codecs[0].STRUCTS} - free and not struct.name.startswith("command_"):
            for case in vectors.cases(new, codecs[1], struct, True):
                yield from compare(*codecs, codecs[0], struct.name, case, "what it is now is misread by older clients")


def old_cases(folder, old):
    """(struct, case) of the release's vectors; made from its schema where it has none (a git revision)."""
    files = sorted((Path(folder).parent / "vectors").glob("*.json")) if folder else []
    types = [json.loads(file.read_text(encoding="utf-8")).get("types", {}) for file in files]
    found = [(name, case) for each in types for name, cases in each.items() for case in cases]
    if found:
        return found
    codec = python_client.load(old)
    structs = list(old.all_structs())
    return [(s.name, case) for s in structs for case in vectors.cases(old, codec, s, True)]


def compare(old, new, reader, name, case, complaint):
    """Reads a case with one codec; what the old schema knows of it must come out as it went in."""
    if case.get("decode_only"):
        return
    (array,) = new.unpack_all(bytes.fromhex(case["hex"]))
    try:
        again = reader.to_wire(name, reader.from_wire(name, array))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        yield f"{name} ({case['name']}): {complaint}: {error}"
        return
    if cut(old, name, again) != cut(old, name, array):
        yield f"{name} ({case['name']}): {complaint}"


def cut(codec, struct, array):
    """An array as far as the codec knows its fields."""
    known = zip(codec.STRUCTS[struct], array)
    return [element(codec, field, value) for field, value in known]


def element(codec, field, value):
    if field.kind == "struct" and value is not None:
        return cut(codec, field.type, value)
    if field.kind == "list" and field.of == "struct":
        return [cut(codec, field.of_type, entry) for entry in value]
    return value
