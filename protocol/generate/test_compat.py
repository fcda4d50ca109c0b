"""What counts as a breaking change of the schema, and what does not."""

import copy
import subprocess

import pytest

import compat
import main
import schema as schema_reader
from conftest import PROTOCOL

NEW = {"name": "extra", "type": "u32", "doc": "New."}
NEW_DEFAULT = {**NEW, "default": 0}


def fields(content, section, entry):
    return content[section][entry]["fields"]


def raise_version(content, change, kept=lambda fields: None):
    """Version 2 of `granted`, changed; `kept` spoils the shape that version 1 had."""
    entry = content["events"]["granted"]
    before = copy.deepcopy(entry["fields"])
    kept(before)
    entry.update(version=2, older={1: {"fields": before}})
    change(entry["fields"])


BREAKING = [
    (
        "events",
        lambda c: raise_version(c, lambda fields: fields.pop(), kept=lambda fields: fields.pop()),
        "event granted: `older` does not keep version 1 as it was",
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
]
ALLOWED = [
    ("events", lambda c: fields(c, "events", "granted").append(NEW_DEFAULT)),
    ("events", lambda c: raise_version(c, lambda fields: fields.pop())),
    ("rows", lambda c: fields(c, "rows", "wallet").append(NEW)),
    ("commands", lambda c: fields(c, "commands", "grant")[1].update(max=99, doc="Longer.")),
    ("types", lambda c: c["enums"]["rarity"]["values"].update(mythic=5)),
    ("errors", lambda c: c["errors"]["internal"].update(doc="Another sentence.")),
    ("limits", lambda c: c["limits"]["in_flight_max"].update(value=7)),
]


@pytest.mark.parametrize(("file", "change", "words"), BREAKING, ids=[words for _, _, words in BREAKING])
def test_breaking(schema, changed_schema, file, change, words):
    new = schema_reader.load(changed_schema(file, change))
    assert any(words in line for line in compat.breaks(schema, new)), compat.breaks(schema, new)


@pytest.mark.parametrize(("file", "change"), ALLOWED)
def test_allowed(schema, changed_schema, file, change):
    assert compat.breaks(schema, schema_reader.load(changed_schema(file, change))) == []


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
