"""The whole of the outputs: fresh, deterministic, and complete when the schema grows."""

import subprocess
import sys

import pytest

import fingerprint
import main
import schema as schema_reader
from conftest import PROTOCOL
from text import NOTICE


def test_committed_files_are_fresh(schema):
    assert main.stale(PROTOCOL, main.outputs(schema)) == []


def test_outputs_do_not_depend_on_the_hash_seed(tmp_path):
    """Two processes with different seeds write the same."""
    script = "import sys; sys.path.insert(0, sys.argv[1]); import main, schema, hashlib; from pathlib import Path; "
    script += "files = main.outputs(schema.load(Path(sys.argv[1]).parent / 'schema')); "
    script += "print(hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest())"
    found = {
        subprocess.run(
            [sys.executable, "-B", "-c", script, str(PROTOCOL / "generate")],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_check_names_what_is_stale_missing_and_left_over(tmp_path, changed_schema, capsys):
    folder = changed_schema("limits", lambda content: None)
    root = folder.parent
    assert main.main(["--root", str(root)]) == 0
    assert main.main(["--root", str(root), "--check"]) == 0
    (root / "gen/c/types.h").write_text("old", encoding="utf-8")
    (root / "gen/c/schema.c").unlink()
    (root / "gen/sql/page_ghost.sql").write_text(f"-- page_ghost\n-- {NOTICE}\n", encoding="utf-8")
    (root / "gen/sql/README.md").write_text("By hand.", encoding="utf-8")
    capsys.readouterr()
    assert main.main(["--root", str(root), "--check"]) == 1
    told = capsys.readouterr().err
    for line in ("stale: gen/c/types.h", "missing: gen/c/schema.c", "left over: gen/sql/page_ghost.sql"):
        assert line in told
    assert main.main(["--root", str(root)]) == 0
    assert main.main(["--root", str(root), "--check"]) == 0
    assert not (root / "gen/sql/page_ghost.sql").exists()
    assert (root / "gen/sql/README.md").exists()


def test_every_file_says_that_it_is_generated(schema):
    for path, text in main.outputs(schema).items():
        assert main.MARK in text.encode()[:2000], path


def test_a_wrong_schema_writes_nothing(changed_schema, capsys):
    folder = changed_schema("limits", lambda content: content.pop("protocol"))
    assert main.main(["--root", str(folder.parent)]) == 2
    assert "limits.yaml: `protocol` is missing" in capsys.readouterr().err
    assert not (folder.parent / "gen").exists()


TOY_EVENT = {
    "number": 900,
    "stream": "player",
    "version": 1,
    "doc": "A player waved.",
    "fields": [
        {"name": "player", "type": "uuid", "doc": "The player."},
        {"name": "waves", "type": "list", "of": "u32", "max": 4, "doc": "Lengths."},
    ],
}
TOY_COMMAND = {
    "number": 199,
    "roles": ["player"],
    "doc": "Waves.",
    "streams": [{"kind": "player", "key": "actor"}],
    "fields": [{"name": "times", "type": "u8", "doc": "How often."}],
    "events": ["player_waved"],
    "reply": "player_waved",
    "rejections": ["player_unknown"],
}


@pytest.fixture
def toy(changed_schema):
    changed_schema("events", lambda content: content["events"].update(player_waved=TOY_EVENT))
    return changed_schema("commands", lambda content: content["commands"].update(wave=TOY_COMMAND))


def test_a_toy_command_needs_only_its_schema_entry(toy):
    files = main.outputs(schema_reader.load(toy))
    assert "struct command_wave" in files["gen/c/types.h"]
    assert "struct u32_list" in files["gen/c/types.h"]
    assert "PLAYER_EVENT_PLAYER_WAVED = EVENT_PLAYER_WAVED" in files["gen/c/types.h"]
    assert "void decide_wave(" in files["gen/c/decide.h"]
    assert "case COMMAND_WAVE:" in files["gen/c/decide.c"]
    assert "type_event_player_waved" in files["gen/c/schema.c"]
    assert "'player_waved'" in files["gen/sql/event_log.sql"]
    assert "### wave" in files["gen/docs/protocol.md"]
    assert '"wave": 199' in files["gen/python/gachapon_protocol.py"]
    assert '"command_wave"' in files["vectors/commands.json"]
    assert "wave without times" in files["vectors/malformed.json"]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_generated_c_compiles(toy, compiler, tmp_path):
    root = toy.parent
    assert main.main(["--root", str(root)]) == 0
    for file in ("schema", "decide"):
        command = [compiler, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wshadow", "-Wmissing-prototypes"]
        command += [f"-I{PROTOCOL.parent / 'server'}", f"-I{root}", "-c", str(root / f"gen/c/{file}.c")]
        subprocess.run([*command, "-o", str(tmp_path / f"{file}.o")], check=True)


def test_the_fingerprint_follows_the_views_and_not_their_docs(schema, changed_schema):
    before = fingerprint.of_views(schema)
    folder = changed_schema("rows", lambda content: content["rows"]["wallet"].update(doc="Another sentence."))
    assert fingerprint.of_views(schema_reader.load(folder)) == before
    field = {"name": "debt", "type": "u64", "doc": "New."}
    folder = changed_schema("rows", lambda content: content["rows"]["wallet"]["fields"].append(field))
    assert fingerprint.of_views(schema_reader.load(folder)) != before


def test_no_generated_line_holds_a_local_path(schema):
    for path, text in main.outputs(schema).items():
        assert str(PROTOCOL.parent) not in text, path
