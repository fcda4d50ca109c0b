"""Older versions of events, and the samples of what was ever written."""

import json
import shutil
import subprocess

import pytest

import main
import schema as schema_reader
import sealed
import stored
from conftest import PROTOCOL


@pytest.fixture
def generated(changed_schema):
    """A folder with the schema and all that is made of it; the function that changes the schema."""
    root = changed_schema("limits", lambda content: None).parent
    shutil.copytree(PROTOCOL / "vectors/stored", root / "vectors/stored")
    assert main.main(["--root", str(root)]) == 0
    return root


def samples(root, event):
    return json.loads((root / f"vectors/stored/{event}.json").read_text(encoding="utf-8"))["samples"]


def upcast_granted(content):
    entry = content["events"]["granted"]
    entry.update(version=2, older={1: {"fields": [dict(field) for field in entry["fields"]]}})
    entry["fields"] = entry["fields"][:3]


def test_committed_samples_are_complete(schema):
    assert stored.missing(PROTOCOL, schema) == []


def test_what_is_there_is_never_rewritten(generated, changed_schema):
    before = samples(generated, "granted")
    extra = {"name": "extra", "type": "u32", "doc": "New.", "default": 0}
    changed_schema("events", lambda c: c["events"]["granted"]["fields"].append(extra))
    assert main.main(["--root", str(generated), "--check"]) == 1
    assert main.main(["--root", str(generated)]) == 0
    appended = samples(generated, "granted")
    assert appended[: len(before)] == before and len(appended) == 2 * len(before)
    changed_schema("events", upcast_granted)
    assert main.main(["--root", str(generated)]) == 0
    versions = [sample["version"] for sample in samples(generated, "granted")]
    assert versions == [1] * len(appended) + [2] * len(before)
    assert samples(generated, "granted")[: len(appended)] == appended


def test_a_lost_sample_is_named(generated, changed_schema, capsys):
    changed_schema("events", upcast_granted)
    assert main.main(["--root", str(generated)]) == 0
    file = generated / "vectors/stored/granted.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["samples"] = [sample for sample in content["samples"] if sample["version"] == 2]
    file.write_text(json.dumps(content), encoding="utf-8")
    capsys.readouterr()
    for arguments in (["--check"], []):
        assert main.main(["--root", str(generated), *arguments]) == 1
        assert "lost: vectors/stored/granted.json: version 1" in capsys.readouterr().err


def test_against_a_revision_no_sample_may_change(generated, capsys):
    git = ["git", "-C", str(generated), "-c", "user.name=t", "-c", "user.email=t@localhost"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "old"]):
        subprocess.run([*git, *command], check=True)
    assert main.main(["--root", str(generated), "--against", "HEAD"]) == 0
    file = generated / "vectors/stored/stock_taken.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"hex": "93', '"hex": "94', 1), encoding="utf-8")
    (generated / "vectors/stored/granted.json").unlink()
    capsys.readouterr()
    assert main.main(["--root", str(generated), "--against", "HEAD"]) == 1
    told = capsys.readouterr().err
    assert "vectors/stored/stock_taken.json: the sample" in told and "vectors/stored/granted.json" in told


def test_older_versions_become_c(changed_schema):
    schema = schema_reader.load(changed_schema("events", upcast_granted))
    files = main.outputs(schema)
    assert "struct event_granted_v1 {" in files["gen/c/types.h"]
    assert "{&type_event_granted_v1, from_granted_v1}" in files["gen/c/schema.c"]
    assert ".older = older_granted" in files["gen/c/schema.c"]
    assert "struct event_granted *to);" in files["gen/c/upcast.h"]
    assert "'event_granted_v1'" in files["gen/sql/event_log.sql"]


@pytest.mark.parametrize(
    ("older", "version"), [({}, 2), ({2: {"fields": []}}, 2), ({1: {"fields": []}}, 1), ([], 2), ({1: {}}, 2)]
)
def test_older_has_just_the_versions_before(changed_schema, older, version):
    folder = changed_schema("events", lambda c: c["events"]["granted"].update(version=version, older=older))
    with pytest.raises(schema_reader.SchemaError, match="granted"):
        schema_reader.load(folder)


def test_a_kind_of_stream_needs_its_snapshot(changed_schema):
    folder = changed_schema("states", lambda c: c["snapshots"].pop("stock"))
    with pytest.raises(schema_reader.SchemaError, match="stock: the snapshot of this kind of stream is missing"):
        schema_reader.load(folder)


def test_another_shape_of_a_snapshot_is_another_version(schema, changed_schema):
    import fingerprint

    first = fingerprint.of_snapshots(schema)
    changed_schema("states", lambda c: c["structs"]["kept_team"]["fields"][1].update(max=63))
    second = fingerprint.of_snapshots(schema_reader.load(changed_schema("limits", lambda c: None)))
    changed_schema("states", lambda c: c.update(version=2))
    third = fingerprint.of_snapshots(schema_reader.load(changed_schema("limits", lambda c: None)))
    assert len({first, second, third}) == 3 and all(0 < number < 2**31 for number in (first, second, third))


def test_sealed_as_libsodium_does():
    """Made with crypto_secretbox_easy."""
    key, nonce = bytes(range(32)), bytes(range(100, 124))
    box = sealed.seal("Mira", key, nonce)
    assert box[:24] == nonce and box[24:].hex() == "4433906e4ef36883fc26330b04aba09e4fd0eba8"
