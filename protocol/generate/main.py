"""Generates everything that is derived from protocol/schema.

    python3 protocol/generate/main.py           writes protocol/gen and protocol/vectors
    python3 protocol/generate/main.py --check   exits 1 and lists what is stale, missing or left over
    python3 protocol/generate/main.py --against [REVISION_OR_FOLDER]   exits 1 and lists what breaks older peers; the
                                                newest of protocol/releases by default
    python3 protocol/generate/main.py --release NAME   keeps what is there now as a release

One module per target; each takes the checked schema and returns text. The output depends on the schema alone: no
time, no machine, no order of a set. Samples of stored events (stored.py) are the exception: they are added, and then
stay as they are. When you add a target, add its files to `outputs` and nothing else.
"""

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import asyncapi  # noqa: E402
import c_schema  # noqa: E402
import c_types  # noqa: E402
import compat  # noqa: E402
import csharp  # noqa: E402
import csharp_client  # noqa: E402
import docs  # noqa: E402
import python_client  # noqa: E402
import reference  # noqa: E402
import release  # noqa: E402
import schema as schema_reader  # noqa: E402
import sql_log  # noqa: E402
import sql_views  # noqa: E402
import stored  # noqa: E402
import typescript  # noqa: E402
import understood  # noqa: E402
import vectors  # noqa: E402

MARK = b"Generated from protocol/schema"  # stands near the top of every generated file
PROTOCOL = Path(__file__).resolve().parent.parent


def outputs(schema):
    """Path below protocol/ -> text, of every generated file."""
    files = {
        "gen/c/types.h": c_types.generate(schema),
        "gen/c/schema.h": c_schema.header(schema),
        "gen/c/schema.c": c_schema.source(schema),
        "gen/c/decide.h": c_schema.decide_header(schema),
        "gen/c/decide.c": c_schema.decide_source(schema),
        "gen/c/upcast.h": c_schema.upcast_header(schema),
        "gen/sql/projections.sql": sql_views.create_tables(schema),
        "gen/sql/event_log.sql": sql_log.event_log(schema),
        "gen/sql/row_log.sql": sql_log.row_log(schema),
        "gen/python/gachapon_protocol.py": python_client.generate(schema),
    }
    files.update(sql_views.statement_files(schema))
    files.update(docs.generate(schema))
    files.update(vectors.generate(schema))
    files.update(csharp.generate(schema))
    files.update(csharp_client.generate(schema))
    files.update(typescript.generate(schema))
    files.update(asyncapi.generate(schema))
    files.update(reference.generate(schema))
    return files


def stale(root, files):
    """What differs on disk: lines that name a file and what is wrong with it."""
    found = []
    for path, text in files.items():
        target = root / path
        if not target.exists():
            found.append(f"missing: {path}")
        elif target.read_text(encoding="utf-8") != text:
            found.append(f"stale: {path}")
    return found + [f"left over: {path}" for path in left_over(root, files)]


def left_over(root, files):
    """Generated files that the schema no longer asks for; what people put there is not touched."""
    folders = sorted({Path(path).parent for path in files})
    there = (path for folder in folders for path in (root / folder).glob("*") if path.is_file())
    unasked = (path for path in there if str(path.relative_to(root)) not in files)
    return sorted(str(path.relative_to(root)) for path in unasked if MARK in path.read_bytes()[:2000])


def write(root, files):
    """Writes what differs and removes what is left over; returns how many files changed."""
    changed = 0
    for path, text in files.items():
        target = root / path
        if target.exists() and target.read_text(encoding="utf-8") == text:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        changed += 1
    for path in left_over(root, files):
        (root / path).unlink()
        changed += 1
    return changed


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Generates what is derived from protocol/schema.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when a file is stale")
    parser.add_argument("--root", type=Path, default=PROTOCOL, help="the protocol folder (default: this one)")
    parser.add_argument(
        "--against", metavar="OLD", nargs="?", const="", help="a git revision or a folder: exit 1 when it is broken"
    )
    parser.add_argument("--release", metavar="NAME", help="keep the schema and the vectors as this release")
    options = parser.parse_args(arguments)
    try:
        schema = schema_reader.load(options.root / "schema")
        if options.against is not None:
            return compare(options, schema)
    except schema_reader.SchemaError as error:
        print("\n".join(error.problems), file=sys.stderr)
        return 2
    files = outputs(schema)
    if options.release:
        fresh = stale(options.root, files) + stored.missing(options.root, schema)
        return tell(fresh or release.cut(options.root, options.release))
    if options.check:
        lines = stale(options.root, files) + stored.missing(options.root, schema)
        return tell(lines + ["run: python3 protocol/generate/main.py"] * bool(lines))
    changed = write(options.root, files) + stored.write(options.root, schema)
    print(f"{changed} of {len(files) + len(schema.events)} files changed")
    return tell([line for line in stored.missing(options.root, schema) if line.startswith("lost")])


def compare(options, schema):
    """Whether the schema serves who was served by an older one; the exit code."""
    against = options.against or release.newest(options.root)
    if against is None:
        print("there is no release yet: nothing can be broken")
        return 0
    old = compat.load_old(against, options.root)
    folder = against if Path(against).is_dir() else None
    lines = [*compat.breaks(old, schema), *stored.changed_since(str(against), options.root)]
    code = tell(lines or [*understood.misread(folder, old, schema)])
    if code == 0:
        print(f"nothing breaks {against if folder is None else Path(against).parent.name}")
    return code


def tell(lines):
    """Prints what is wrong; the exit code."""
    if lines:
        print("\n".join(lines), file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
