"""What counts as a breaking change of the schema, and what does not."""

import copy
import subprocess

import pytest

import compat
import main
import schema as schema_reader
import understood
from conftest import PROTOCOL

NEW = {"name": "extra", "type": "u32", "doc": "New."}
NEW_DEFAULT = {**NEW, "default": 0}


def fields(content, section, entry):
    return content[section][entry]["fields"]


def raise_version(content, change, kept=lambda fields: None, event="stock_taken"):
    """Version 2 of an event, changed; `kept` spoils the shape that version 1 had."""
    entry = content["events"][event]
    before = copy.deepcopy(entry["fields"])
    kept(before)
    entry.update(version=2, older={1: {"fields": before}})
    change(entry["fields"])


BREAKING = [
    (
        "events",
        lambda c: raise_version(c, lambda fields: fields.pop(), kept=lambda fields: fields.pop()),
        "event stock_taken: `older` does not keep version 1 as it was",
    ),
    ("events", lambda c: c["events"]["granted"].update(number=77), "event granted was 3 and is 77"),
    ("rows", lambda c: c["rows"].pop("odds"), "view odds (21) is gone"),
    (
        "errors",
        lambda c: c["errors"].update(oops=c["errors"].pop("internal")),
        "error oops uses 47 again, which was internal",
    ),
    (
        "types",
        lambda c: c["enums"]["rarity"]["values"].update(common=9),
        "enum rarity: value common was 1 and is 9",
    ),
    (
        "events",
        lambda c: fields(c, "events", "granted").append(NEW),
        "event_granted.extra is appended without a default",
    ),
    ("events", lambda c: fields(c, "events", "granted").pop(), "event_granted.granted_at is gone"),
    ("events", lambda c: fields(c, "events", "granted").insert(0, NEW), "event_granted.player is now extra"),
    (
        "events",
        lambda c: fields(c, "events", "granted")[1].update(max=9),
        "event_granted.external_id: the bounds are tighter",
    ),
    ("events", lambda c: fields(c, "events", "granted")[4].update(type="u32"), "type was 'u64' and is 'u32'"),
    (
        "events",
        lambda c: fields(c, "events", "granted")[1].update(personal=True),
        "personal was False and is True",
    ),
    (
        "events",
        lambda c: fields(c, "events", "granted")[3].update(optional=False),
        "event_granted.item is no longer optional",
    ),
    (
        "commands",
        lambda c: fields(c, "commands", "open_pack")[2].update(default="item"),
        "what it reads as when absent",
    ),
    (
        "events",
        lambda c: raise_version(c, lambda fields: fields.pop(), event="granted"),
        "event_granted.granted_at is gone",
    ),
    ("limits", lambda c: c["limits"]["in_flight_max"].update(value=7), "limit in_flight_max: was 64 and is 7"),
    ("limits", lambda c: c["limits"].pop("in_flight_max"), "limit in_flight_max: was 64 and is gone"),
    ("limits", lambda c: c["protocol"].update(version=2, oldest_client=2), "clients of version 1 were served"),
    ("commands", lambda c: c["commands"]["grant"]["roles"].pop(), "command grant: role game-service is gone"),
    ("commands", lambda c: c["commands"]["grant"].pop("id_from"), "command grant: id_from was 'external_id' and is ''"),
    (
        "commands",
        lambda c: c["commands"]["open_pack"].update(reply="stock_taken"),
        "command open_pack: reply was 'pack_opened' and is 'stock_taken'",
    ),
    ("session", lambda c: c["messages"]["ping"].pop("signed_out"), "message ping: is no longer taken before sign-in"),
    ("session", lambda c: c["messages"]["ping"].update(command=True), "message ping: needs a command id now"),
    ("rows", lambda c: c["rows"]["wallet"].update(push=False), "view wallet: is no longer pushed"),
    ("rows", lambda c: c["rows"]["team"].update(key=["player"]), "view team: key was ['player', 'team'] and is ['player']"),
    ("rows", lambda c: c["query"].update(signed_out_audiences=[]), "queries before sign-in: audience public is gone"),
    ("commands", lambda c: c["streams"]["stock"].update(number=9), "stream stock was 3 and is 9"),
    ("errors", lambda c: c["closes"]["hostile"].update(code=4999), "close hostile was 4000 and is 4999"),
    ("rows", lambda c: c["rows"]["odds"]["query"].update(number=399), "query of view odds was 321 and is 399"),
    ("session", lambda c: fields(c, "messages", "tick").pop(), "message_tick.public_mark is gone"),
]
ALLOWED = [
    ("events", lambda c: fields(c, "events", "granted").append(NEW_DEFAULT)),
    ("events", lambda c: raise_version(c, lambda fields: fields.pop())),
    ("rows", lambda c: fields(c, "rows", "wallet").append(NEW)),
    ("commands", lambda c: fields(c, "commands", "grant")[1].update(max=99, doc="Longer.")),
    ("types", lambda c: c["enums"]["rarity"]["values"].update(mythic=5)),
    ("errors", lambda c: c["errors"]["internal"].update(doc="Another sentence.")),
    ("limits", lambda c: c["limits"]["in_flight_max"].update(value=700)),
    ("limits", lambda c: c["protocol"].update(version=2)),
    ("commands", lambda c: c["commands"]["grant"]["roles"].append("player")),
    ("commands", lambda c: c["commands"]["grant"]["rejections"].append("catalogue_full")),
    ("rows", lambda c: c["rows"]["opening"].update(push=True)),
    ("session", lambda c: c["messages"]["refresh"].update(signed_out=True)),
    ("types", lambda c: fields(c, "structs", "pull").append(NEW_DEFAULT)),
    ("session", lambda c: c["messages"]["refresh"]["reply"].append(NEW_DEFAULT)),
]


@pytest.mark.parametrize(("file", "change", "words"), BREAKING, ids=[words for _, _, words in BREAKING])
def test_breaking(schema, changed_schema, file, change, words):
    new = schema_reader.load(changed_schema(file, change))
    assert any(words in line for line in compat.breaks(schema, new)), compat.breaks(schema, new)


@pytest.mark.parametrize(("file", "change"), ALLOWED)
def test_allowed(schema, changed_schema, file, change):
    new = schema_reader.load(changed_schema(file, change))
    assert compat.breaks(schema, new) == []
    assert [*understood.misread(None, schema, new)] == []


def test_what_the_other_side_misreads_is_named(schema, changed_schema):
    """By example, without a look at the schemas: fields that changed places, and one without a default."""
    swap = lambda c: fields(c, "commands", "change_team").reverse()  # noqa: E731
    new = schema_reader.load(changed_schema("commands", swap))
    assert "command_change_team (typical): what it was is misread now" in "\n".join(understood.misread(None, schema, new))
    new = schema_reader.load(changed_schema("session", lambda c: fields(c, "messages", "tick").pop()))
    assert "message_tick (typical): what it is now is misread by older" in "\n".join(understood.misread(None, schema, new))


def test_releases(tmp_path, changed_schema, capsys):
    root = changed_schema("limits", lambda c: None).parent
    assert main.main(["--root", str(root), "--against"]) == 0
    assert "there is no release yet" in capsys.readouterr().out
    assert main.main(["--root", str(root), "--release", "0.1"]) == 1  # nothing is generated yet
    assert main.main(["--root", str(root)]) == 0
    for name, code in (("0.9", 0), ("0.10", 0), ("0.9", 1), ("0.9.1", 1), ("next", 1)):
        assert main.main(["--root", str(root), "--release", name]) == code, name
    assert main.main(["--root", str(root), "--against"]) == 0
    assert "nothing breaks 0.10" in capsys.readouterr().out
    changed_schema("limits", lambda c: c["limits"]["in_flight_max"].update(value=7))
    assert main.main(["--root", str(root), "--against"]) == 1
    assert "limit in_flight_max: was 64 and is 7" in capsys.readouterr().err


def test_a_schema_breaks_nothing_of_itself(schema):
    assert compat.breaks(schema, schema) == []


def test_against_a_folder_and_a_revision(changed_schema, capsys):
    folder = changed_schema("events", lambda c: c["events"]["granted"].update(number=77))
    root = folder.parent
    assert main.main(["--root", str(root), "--against", str(PROTOCOL / "schema")]) == 1
    assert "event granted was 3 and is 77" in capsys.readouterr().err
    git = ["git", "-C", str(root), "-c", "user.name=t", "-c", "user.email=t@localhost"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "old"]):
        subprocess.run([*git, *command], check=True)
    assert main.main(["--root", str(root), "--against", "HEAD"]) == 0
    changed_schema("events", lambda c: c["events"]["granted"].update(number=78))
    assert main.main(["--root", str(root), "--against", "HEAD"]) == 1
    assert main.main(["--root", str(root), "--against", "nowhere"]) == 2
