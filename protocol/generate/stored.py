"""protocol/vectors/stored: samples of every shape of event that was ever written, one file an event.

A log is for ever, so a sample is for ever: a shape that is new (a version, or a field more at the end of one) gets
samples beside those that are there, and those that are there are never changed. The server's tests read and fold all
of them, through upcasters where the version is an older one. Personal texts are sealed with the key in the file.

That none is lost is checked twice: each version of the schema must have one (`main.py --check`), and what another
revision had must be there as it was (`main.py --against`).
"""

import hashlib
import json
from pathlib import Path
import subprocess

import examples
import python_client
import sealed
import vectors
from packer import pack

FOLDER = "vectors/stored"
NOTE = "Events as the store holds them, of every shape ever released. Added to by protocol/generate, never changed."
KEY = bytes(range(32))


def missing(root, schema):
    """Lines that name the versions without a sample."""
    found = []
    for event in schema.events.values():
        shapes = {shape(sample) for sample in read(root, event)}
        if (event.version, len(event.payload.fields)) not in shapes:
            found.append(f"missing: {path(event)}: a sample of version {event.version} as it is now")
        versions = {version for version, _ in shapes}
        lost = [version for version in event.older if version not in versions]
        found += [f"lost: {path(event)}: version {version}; bring it back from git" for version in lost]
    return found


def write(root, schema):
    """Adds samples of shapes that have none; returns how many files changed."""
    changed = 0
    for event in schema.events.values():
        samples = read(root, event)
        if (event.version, len(event.payload.fields)) in {shape(sample) for sample in samples}:
            continue
        samples += make(schema, event)
        target = root / path(event)
        target.parent.mkdir(parents=True, exist_ok=True)
        content = {"note": NOTE, "event": event.name, "key": KEY.hex(), "samples": samples}
        target.write_text(vectors.document(content), encoding="utf-8")
        changed += 1
    return changed


def changed_since(old, root):
    """Lines that name the samples of a folder's or a revision's that are no longer there as they were."""
    for name, text in old_files(old, root):
        target = root / FOLDER / name
        there = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {"samples": []}
        for sample in json.loads(text)["samples"]:
            if sample not in there["samples"]:
                yield f"{FOLDER}/{name}: the sample {sample['name']} of version {sample['version']} is gone or changed"


def old_files(old, root):
    if Path(old).is_dir():
        folder = Path(old).parent / FOLDER
        return [(file.name, file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))]
    git = ["git", "-C", str(root)]
    listed = subprocess.run([*git, "ls-tree", "--name-only", old, f"{FOLDER}/"], capture_output=True, text=True)
    names = [Path(line).name for line in listed.stdout.splitlines()]
    shown = (subprocess.run([*git, "show", f"{old}:./{FOLDER}/{n}"], capture_output=True, text=True) for n in names)
    return [(name, file.stdout) for name, file in zip(names, shown)]


def path(event):
    return f"{FOLDER}/{event.name}.json"


def read(root, event):
    file = root / path(event)
    return json.loads(file.read_text(encoding="utf-8"))["samples"] if file.exists() else []


def shape(sample):
    return sample["version"], sample["fields"]


def make(schema, event):
    codec = python_client.load(schema)
    for kind in examples.KINDS:
        value = examples.struct_value(schema, event.payload, kind)
        array = vectors.wire(codec, event.payload.name, value)
        for number, field in enumerate(event.payload.fields):
            if field.personal:
                nonce = hashlib.sha256(f"{event.name}.{field.name} {kind}".encode()).digest()[:24]
                array[number] = sealed.seal(array[number], KEY, nonce)
        yield {
            "name": kind,
            "version": event.version,
            "fields": len(event.payload.fields),
            "value": value,
            "hex": pack(array).hex(),
        }
