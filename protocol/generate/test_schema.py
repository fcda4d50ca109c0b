"""What the reader refuses, and in which words."""

import copy

import pytest

import schema as schema_reader


def field(content, kind, entry, name):
    return next(f for f in content[kind][entry]["fields"] if f["name"] == name)


def set_in(section, name, **values):
    return lambda content: content[section][name].update(values)


def set_field(section, entry, name, **values):
    return lambda content: field(content, section, entry, name).update(values)


def drop_in_field(kind, entry, name, key):
    return lambda content: field(content, kind, entry, name).pop(key)


def append_field(section, entry, **values):
    return lambda content: content[section][entry]["fields"].append({"doc": "New.", **values})


REFUSED = [
    ("events", set_in("events", "granted", number=1), "number 1 is taken by events.yaml: player_registered"),
    (
        "commands",
        set_in("commands", "grant", number=101),
        "message type 101 is taken by commands.yaml: open_pack",
    ),
    ("commands", set_in("commands", "grant", number=4), "message type 4 is taken by session.yaml: sign_in"),
    ("rows", set_in("rows", "wallet", number=1), "number 1 is taken"),
    ("rows", set_in("rows", "wallet", table="players"), "table players is taken"),
    ("rows", lambda c: c["rows"]["wallet"]["query"].update(number=300), "message type 300 is taken"),
    ("errors", set_in("errors", "conflict", number=1), "number 1 is taken by errors.yaml: malformed"),
    (
        "errors",
        set_in("errors", "conflict", kind="odd"),
        "`kind` is 'odd', not one of protocol, rejection, failure",
    ),
    ("errors", set_in("errors", "overloaded", retry_after_ms=0), "`retry_after_ms` belongs to retry later"),
    ("errors", set_in("closes", "hostile", code=1001), "code 1001 is taken"),
    (
        "types",
        lambda c: c["enums"]["rarity"]["values"].update(odd=1),
        "number 1 is taken by types.yaml: rarity.common",
    ),
    (
        "types",
        lambda c: c["enums"]["rarity"]["values"].update(none=0),
        "value none is not a number from 1 to 127",
    ),
    (
        "types",
        append_field("structs", "pull", name="self", type="list", of="pull", max=1),
        "pull: contains itself",
    ),
    (
        "commands",
        set_field("commands", "grant", "player", type="guid"),
        "commands.yaml: grant.player: unknown type 'guid'",
    ),
    (
        "commands",
        set_field("commands", "form_team", "members", of="hero"),
        "form_team.members: unknown type 'hero'",
    ),
    ("commands", drop_in_field("commands", "grant", "external_id", "max"), "external_id: `max` is missing"),
    (
        "commands",
        drop_in_field("commands", "form_team", "members", "max"),
        "`max` is missing: every list is bounded",
    ),
    ("commands", set_field("commands", "grant", "external_id", min=65), "external_id: `min` is above `max`"),
    (
        "commands",
        set_field("commands", "grant", "amount", max=5),
        "amount: `max` is for text, bytes and lists",
    ),
    ("commands", set_field("commands", "grant", "amount", biggest=5), "grant.amount: unknown key `biggest`"),
    ("commands", drop_in_field("commands", "grant", "amount", "doc"), "amount: `doc` is missing"),
    (
        "commands",
        append_field("commands", "open_pack", name="gift", type="uuid"),
        "needs a default, as it stands after `payment`",
    ),
    (
        "commands",
        append_field("commands", "open_pack", name="pack", type="u8", default=0),
        "pack: the field is given twice",
    ),
    (
        "commands",
        append_field("commands", "open_pack", name="x", type="u8", default=256),
        "`default` 256 does not fit",
    ),
    (
        "commands",
        append_field("commands", "open_pack", name="register", type="u8", default=0),
        "the name is a reserved word",
    ),
    (
        "commands",
        set_field("commands", "open_pack", "payment", default="gold"),
        "`default` 'gold' does not fit",
    ),
    (
        "commands",
        set_in("commands", "open_pack", events=["pack_opened", "pack_eaten"]),
        "'pack_eaten', which is not an event",
    ),
    (
        "commands",
        set_in("commands", "open_pack", reply="granted"),
        "`reply` 'granted' is not one of its events",
    ),
    (
        "commands",
        set_in("commands", "open_pack", events=["pack_opened", "pack_retired", "item_published"]),
        "event item_published belongs to a catalogue, which it does not load",
    ),
    (
        "commands",
        set_in("commands", "open_pack", rejections=["bad_luck"]),
        "'bad_luck', which is not an error",
    ),
    (
        "commands",
        set_in("commands", "open_pack", rejections=["conflict"]),
        "conflict, which is an error of kind failure",
    ),
    (
        "commands",
        set_in("commands", "open_pack", rejections=["pack_unknown"] * 2),
        "names 'pack_unknown' twice",
    ),
    (
        "commands",
        set_in("commands", "open_pack", roles=["king"]),
        "'king', which is not one of player, game-service",
    ),
    ("commands", set_in("commands", "open_pack", roles=[]), "nobody may send it"),
    (
        "commands",
        set_in("commands", "open_pack", streams=[{"kind": "guild"}]),
        "'guild', which is not a kind of stream",
    ),
    (
        "commands",
        set_in("commands", "open_pack", streams=[{"kind": "pack", "key": "count"}]),
        "stream pack has a slug key",
    ),
    (
        "commands",
        set_in("commands", "grant", id_from="nothing"),
        "`id_from` 'nothing' is not one of its fields",
    ),
    ("commands", set_in("commands", "grant", cost=5), "grant: unknown key `cost`"),
    ("commands", lambda c: c["commands"]["grant"].pop("roles"), "grant: `roles` is missing"),
    ("events", set_in("events", "granted", stream="guild"), "`stream` is 'guild', not one of player"),
    (
        "events",
        append_field("events", "granted", name="pin", type="text", max=4, secret=True),
        "a secret can never be in an event",
    ),
    ("events", set_field("events", "granted", "amount", personal=True), "only a text can be personal"),
    ("rows", set_in("rows", "wallet", key=["free"]), "`key` is not the leading fields"),
    ("rows", set_in("rows", "pack", audience="own"), "the key of an own view starts with `player`"),
    ("rows", set_field("rows", "wallet", "free", type="u16"), "a row cannot hold a u16"),
    (
        "rows",
        append_field("rows", "wallet", name="position", type="u64"),
        "every row has a column of that name",
    ),
    ("session", set_in("messages", "ping", direction="sideways"), "`direction` is 'sideways'"),
    ("session", set_in("messages", "hello", reply=[]), "a push has no reply"),
    ("session", lambda c: c["messages"]["ping"].pop("reply"), "ping: `reply` is missing"),
    ("limits", lambda c: c["protocol"].update(oldest_client=99), "`oldest_client` is above `version`"),
]


@pytest.mark.parametrize(("file", "change", "words"), REFUSED, ids=[words for _, _, words in REFUSED])
def test_refused(changed_schema, file, change, words):
    folder = changed_schema(file, change)
    with pytest.raises(schema_reader.SchemaError) as caught:
        schema_reader.load(folder)
    assert words in str(caught.value)


def test_all_problems_are_told_at_once(changed_schema):
    def change(content):
        set_in("commands", "grant", number=101)(content)
        set_field("commands", "grant", "player", type="guid")(content)

    with pytest.raises(schema_reader.SchemaError) as caught:
        schema_reader.load(changed_schema("commands", change))
    assert len(caught.value.problems) >= 2


def test_a_key_given_twice_is_refused(changed_schema):
    folder = changed_schema("limits", lambda content: None)
    with (folder / "limits.yaml").open("a", encoding="utf-8") as stream:
        stream.write("protocol: {version: 2, oldest_client: 1}\n")
    with pytest.raises(schema_reader.SchemaError, match="key 'protocol' is given twice"):
        schema_reader.load(folder)


def test_broken_yaml_is_named(changed_schema):
    folder = changed_schema("limits", lambda content: None)
    (folder / "limits.yaml").write_text("limits: {", encoding="utf-8")
    with pytest.raises(schema_reader.SchemaError, match="limits.yaml"):
        schema_reader.load(folder)


def test_structs_stand_after_what_they_hold(schema):
    seen = set()
    for struct in schema.all_structs():
        for entry in struct.fields:
            for used in (entry.type_name, entry.of_name):
                assert used in seen or used not in schema.structs
        seen.add(struct.name)


def test_reading_changes_nothing(schema):
    before = copy.deepcopy(schema)
    import main

    main.outputs(schema)
    assert schema == before
