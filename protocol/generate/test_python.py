"""The generated Python client and the golden vectors, against the package msgpack."""

import json
import uuid

import msgpack
import pytest

import examples
import vectors
from packer import Raw, pack

COMMAND_ID = uuid.UUID("01930000-0000-7000-8000-000000000001")


@pytest.fixture(scope="module")
def files(schema):
    return {path.split("/")[1]: json.loads(text) for path, text in vectors.generate(schema)}


@pytest.mark.parametrize(
    "value",
    [
        0,
        127,
        128,
        255,
        256,
        2**16,
        2**32,
        2**64 - 1,
        -1,
        -32,
        -33,
        -129,
        -(2**15) - 1,
        -(2**63),
        None,
        True,
        "",
        "x" * 31,
    ]
    + [
        "x" * 32,
        "é" * 200,
        b"",
        b"y" * 255,
        b"y" * 256,
        [],
        [1] * 15,
        [1] * 16,
        {},
        {"a": [None, {"b": b"c"}]},
    ],
)
def test_packer_equals_msgpack(value):
    assert pack(value) == msgpack.packb(value, use_bin_type=True)


def test_vectors_round_trip(protocol, files):
    count = 0
    for name in ("messages", "commands", "queries", "events", "rows", "structs"):
        for struct, cases in files[f"{name}.json"]["types"].items():
            for case in cases:
                data = bytes.fromhex(case["hex"])
                decoded = protocol.from_wire(struct, msgpack.unpackb(data, raw=False))
                assert decoded == named(protocol, struct, case["value"]), (struct, case["name"])
                if not case.get("decode_only"):
                    assert protocol.pack(protocol.to_wire(struct, decoded)) == data
                count += 1
    assert count > 150


def test_every_type_has_two_vectors_that_differ(schema, files):
    types = {}
    for name in ("messages", "commands", "queries", "events", "rows", "structs"):
        types.update(files[f"{name}.json"]["types"])
    for struct in schema.all_structs():
        assert len({case["hex"] for case in types[struct.name]}) >= 2, struct.name


def test_envelope_frames_decode_to_their_names(protocol, files):
    for frame in files["envelope.json"]["frames"]:
        data = bytes.fromhex(frame["hex"])
        if frame["direction"] == "request":
            messages = [encode_named(protocol, message) for message in frame["messages"]]
            if frame["name"] != "request with nil meta":
                assert b"".join(messages) == data, frame["name"]
            continue
        (decoded,) = protocol.decode_messages(
            data, {frame["messages"][0]["id"]: frame["messages"][0]["type"]}
        )
        (message,) = frame["messages"]
        assert (decoded["id"], decoded["type"]) == (message["id"], message["type"])
        assert decoded["kind"] == frame["direction"] or decoded["kind"] == "error"


def encode_named(protocol, message):
    payload = named(protocol, protocol.REQUESTS[message["type"]], message["payload"])
    meta = message["meta"] and named(protocol, "meta", message["meta"])
    return protocol.encode_request(message["id"], message["type"], payload, meta=meta)


def named(protocol, struct, value):
    """A vector's value in the notation of the client."""
    result = {}
    for field in protocol.STRUCTS[struct]:
        entry = value[field.name]
        if field.kind == "list":
            result[field.name] = [scalar(protocol, field.of, field.of_type, item) for item in entry]
        else:
            result[field.name] = scalar(protocol, field.kind, field.type, entry)
    return result


def scalar(protocol, kind, type_name, entry):
    if entry is None:
        return None
    if kind in ("u64", "i64", "time"):
        return int(entry)
    if kind in ("hash", "bytes"):
        return bytes.fromhex(entry)
    if kind == "raw":
        return msgpack.unpackb(bytes.fromhex(entry), raw=False)
    if kind == "struct":
        return named(protocol, type_name, entry)
    return entry


def test_request_by_names(protocol):
    frame = protocol.encode_request(
        7, "open_pack", {"pack": "starter", "count": 10}, meta={"command_id": COMMAND_ID}
    )
    assert msgpack.unpackb(frame) == [7, 101, ["starter", 10], [COMMAND_ID.bytes]]
    frame = protocol.encode_request(8, "list_wallets", {"limit": 5})
    assert msgpack.unpackb(frame) == [8, 302, [None, 5]]
    assert msgpack.unpackb(protocol.encode_request(9, "ping")) == [9, 6, []]


def test_what_is_wrong_on_purpose_goes_out_as_it_is(protocol):
    assert msgpack.unpackb(protocol.encode_request(0, 9999, [1, None], meta=5)) == [0, 9999, [1, None], 5]


def test_wrong_names_are_refused(protocol):
    with pytest.raises(ValueError, match="has no field colour"):
        protocol.encode_request(1, "open_pack", {"pack": "starter", "count": 1, "colour": 3})
    with pytest.raises(ValueError, match="needs count"):
        protocol.encode_request(1, "open_pack", {"pack": "starter"})
    with pytest.raises(KeyError):
        protocol.encode_request(1, "open_pack", {"pack": "starter", "count": 1, "payment": "gold"})


def test_messages_of_one_frame(protocol, schema):
    player = str(uuid.UUID(int=5))
    row = {"position": 9, "deleted": False, "player": player, "free": 2**63, "paid": 0}
    gone = {"position": 10, "deleted": True, "player": player, "character": "fox", "rarity": 1, "copies": 0}
    push = {
        "audience": "own",
        "mark": 10,
        "changes": [{"view": "wallet", "rows": [row]}, {"view": "character", "rows": [gone]}],
    }
    error = {
        "code": 103,
        "name": "wallet_insufficient",
        "retry": "never",
        "retry_after_ms": 0,
        "detail": None,
    }
    reply = protocol.encode_reply(
        3, "list_wallets", {"rows": [row], "next": None}, {"position": 10, "view_position": 9}
    )
    frame = protocol.encode_push("changed", push) + protocol.encode_error(2, error) + reply
    changed, refused, listed = protocol.decode_messages(frame, {3: "list_wallets"})
    tombstone = {"position": 10, "deleted": True, "player": player, "character": "fox"}
    assert changed["payload"]["changes"] == [
        {"view": "wallet", "rows": [row]},
        {"view": "character", "rows": [tombstone]},
    ]
    assert (refused["kind"], refused["id"], refused["error"]) == ("error", 2, "wallet_insufficient")
    assert listed["payload"] == {"rows": [row], "next": None}
    assert listed["meta"] == {"position": 10, "view_position": 9}


def test_answers_to_nothing_and_leftovers_are_refused(protocol):
    reply = protocol.encode_reply(3, "ping", {"time": 1})
    with pytest.raises(ValueError, match="answers nothing"):
        protocol.decode_messages(reply, {4: "ping"})
    with pytest.raises(ValueError, match="left over"):
        protocol.decode_messages(reply + reply[:2])


def test_stored_events_decode(protocol, schema):
    event = schema.events["player_renamed"]
    sealed = b"\x01" * 60
    array = vectors.wire(
        protocol, event.payload.name, examples.struct_value(schema, event.payload, "typical")
    )
    array[event.payload.index_of("display_name")] = sealed
    by_name, by_number = (protocol.decode_event(key, pack(array)) for key in (event.name, event.number))
    assert by_name == by_number
    assert by_name["display_name"] == sealed
    assert list(by_name) == [field.name for field in event.payload.fields]


def test_malformed_frames_are_distinct_and_name_known_errors(protocol, files):
    frames = files["malformed.json"]["frames"]
    assert len({frame["name"] for frame in frames}) == len(frames)
    assert {frame["error"] for frame in frames} <= set(protocol.ERRORS)
    assert {"malformed", "too_deep", "too_many_values", "field_missing", "id_invalid"} <= {
        f["error"] for f in frames
    }


def test_frames_called_malformed_are_so_to_msgpack_too(files):
    """Well-formed for msgpack, but not for us: ext, NaN and what is no message."""
    ours = (
        "ext",
        "timestamp",
        "NaN",
        "for a message",
        "after a message",
        "array of 0",
        "array of 1",
        "array of 2",
    )
    for frame in files["malformed.json"]["frames"]:
        if frame["error"] == "malformed" and not any(word in frame["name"] for word in ours):
            with pytest.raises((ValueError, msgpack.exceptions.UnpackException)):
                msgpack.unpackb(bytes.fromhex(frame["hex"]), strict_map_key=False)


def test_raw_is_embedded():
    assert pack([Raw(b"\x93\x01\x02\x03")]) == b"\x91\x93\x01\x02\x03"


def test_vectors_stay_small(schema):
    assert sum(len(text) for _, text in vectors.generate(schema)) < 320_000
