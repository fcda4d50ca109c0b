"""protocol/releases: what each release of the protocol was, kept so that the next one can be held against it.

A release is the schema and the vectors (stored samples too) as they were, in a folder that is never changed. It is cut
with `main.py --release NAME` when a version of the server leaves the house; `main.py --against` without a name compares
with the newest.
"""

import re
import shutil

FOLDER = "releases"
NAME = re.compile(r"[0-9]+(\.[0-9]+)*\Z")


def order(name):
    return [int(part) for part in name.split(".")]


def names(root):
    """Of the releases there are, oldest first."""
    there = (path.name for path in (root / FOLDER).glob("*") if path.is_dir())
    return sorted((name for name in there if NAME.match(name)), key=order)


def newest(root):
    """The schema folder of the newest release, or None."""
    found = names(root)
    return root / FOLDER / found[-1] / "schema" if found else None


def cut(root, name):
    """Copies what is there under `name`; lines that say why not."""
    there = names(root)
    if not NAME.match(name):
        return [f"{name}: a release is named by numbers and dots"]
    if there and order(name) <= order(there[-1]):
        return [f"{name}: {there[-1]} is there, and releases are never changed"]
    folder = root / FOLDER / name
    shutil.copytree(root / "schema", folder / "schema")
    shutil.copytree(root / "vectors", folder / "vectors", ignore=shutil.ignore_patterns("malformed.json"))
    return []
