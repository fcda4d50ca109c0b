"""What a change of the schema breaks: for clients that are older, and for events that are stored.

Compares two checked schemas. Allowed: new entries under new numbers, fields appended with a default, looser bounds and
limits, more roles, docs, rejections. What an error advises and a close code means is told on the wire. A row may get fields without a default, as read models are made anew. An event whose
`version` is raised may change as it likes, if it keeps the old shape under `older`: an upcaster then reads it. Not so an
event that answers a command: older clients read it, and they have no upcasters.
Snapshots are disposable and not looked at.
"""

import tempfile
from pathlib import Path
import subprocess

import schema as schema_reader


def load_old(reference, root):
    """The schema of a folder, or of a git revision of the repository that `root` is in."""
    if Path(reference).is_dir():
        return schema_reader.load(reference)
    with tempfile.TemporaryDirectory() as folder:
        for name in schema_reader.FILES:
            command = ["git", "-C", str(root), "show", f"{reference}:./schema/{name}.yaml"]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0 and name == "states":  # disposable, and older revisions have none
                done.stdout = (root / "schema/states.yaml").read_text(encoding="utf-8")
            elif done.returncode != 0:
                raise schema_reader.SchemaError([f"{reference}: {done.stderr.strip()}"])
            (Path(folder) / f"{name}.yaml").write_text(done.stdout, encoding="utf-8")
        return schema_reader.load(folder)


def breaks(old, new):
    """Readable lines, one for each thing that an older peer or event would trip over."""
    found = []
    numbers = (
        ("message", old.messages, new.messages, "number"),
        ("command", old.commands, new.commands, "number"),
        ("event", old.events, new.events, "number"),
        ("view", old.views, new.views, "number"),
        ("query of view", old.views, new.views, "query_number"),
        ("error", old.errors, new.errors, "number"),
        ("close", old.closes, new.closes, "code"),
        ("stream", old.streams, new.streams, "number"),
    )
    for what, before, after, attribute in numbers:
        before = {name: getattr(entry, attribute) for name, entry in before.items()}
        after = {name: getattr(entry, attribute) for name, entry in after.items()}
        found += moved(what, before, after)
    for name, enum in old.enums.items():
        if name in new.enums:
            found += moved(f"enum {name}: value", enum.values, new.enums[name].values)
    after = {struct.name: struct for struct in new.all_structs()}
    free = {f"event_{name}" for name in upcast(old, new)}
    for struct in old.all_structs():
        if struct.name in after and struct.name not in free:
            found += changed_fields(struct, after[struct.name])
    for event in new.events.values():
        found += older_versions(old.events.get(event.name), event)
    found += promises(old, new)
    found += [
        f"event {e.name}: version went back"
        for e in new.events.values()
        if e.name in old.events and e.version < old.events[e.name].version
    ]
    found += [
        f"event {e.name}: moved to another stream"
        for e in new.events.values()
        if e.name in old.events and e.stream != old.events[e.name].stream
    ]
    return found


def upcast(old, new):
    """Events that nobody but the server reads, and that it reads through an upcaster."""
    answers = {command.reply for command in old.commands.values() if command.roles != ["internal"]}
    raised = {e.name for e in new.events.values() if e.name in old.events and e.version > old.events[e.name].version}
    return raised - answers


def promises(old, new):
    """What peers rely on besides numbers and fields."""
    if new.version < old.version:
        yield f"protocol: the version was {old.version} and is {new.version}"
    if new.oldest_client > old.oldest_client:
        yield f"protocol: clients of version {old.oldest_client} were served and no longer are"
    limits = {limit.name: limit.value for limit in new.limits}
    for limit in old.limits:
        if limits.get(limit.name, 0) < limit.value:
            yield f"limit {limit.name}: was {limit.value} and is {limits.get(limit.name, 'gone')}"
    yield from dropped("queries before sign-in", "audience", old.signed_out_audiences, new.signed_out_audiences)
    for before, after in both(old.commands, new.commands):
        yield from dropped(f"command {before.name}", "role", before.roles, after.roles)
        yield from differing(f"command {before.name}", before, after, "reply", "id_from")
    for before, after in both(old.messages, new.messages):
        yield from differing(f"message {before.name}", before, after, "push")
        if before.signed_out and not after.signed_out:
            yield f"message {before.name}: is no longer taken before sign-in"
        if after.command and not before.command:
            yield f"message {before.name}: needs a command id now"
    for before, after in both(old.views, new.views):
        yield from differing(f"view {before.name}", before, after, "audience", "key")
        if before.push and not after.push:
            yield f"view {before.name}: is no longer pushed"
    for before, after in both(old.streams, new.streams):
        yield from differing(f"stream {before.name}", before, after, "key")


def both(old, new):
    return [(entry, new[name]) for name, entry in old.items() if name in new]


def dropped(what, kind, before, after):
    for name in before:
        if name not in after:
            yield f"{what}: {kind} {name} is gone"


def differing(what, before, after, *attributes):
    for attribute in attributes:
        if getattr(before, attribute) != getattr(after, attribute):
            yield f"{what}: {attribute} was {getattr(before, attribute)!r} and is {getattr(after, attribute)!r}"


def older_versions(old, new):
    """The shapes that logs may hold are kept as they were."""
    if old is None:
        return
    kept = {**old.older, **({old.version: old.payload} if new.version > old.version else {})}
    for version, struct in kept.items():
        if version not in new.older or [*map(plain, new.older[version].fields)] != [*map(plain, struct.fields)]:
            yield f"event {new.name}: `older` does not keep version {version} as it was"


def plain(field):
    return {**vars(field), "doc": ""}


def moved(what, before, after):
    """Entries that are gone or renumbered, and numbers that now mean something else."""
    for name, number in before.items():
        if name not in after:
            yield f"{what} {name} ({number}) is gone"
        elif after[name] != number:
            yield f"{what} {name} was {number} and is {after[name]}"
    names = {number: name for name, number in before.items()}
    for name, number in after.items():
        if name not in before and number in names:
            yield f"{what} {name} uses {number} again, which was {names[number]}"


def changed_fields(old, new):
    is_row = old.name.startswith("row_")
    for i, before in enumerate(old.fields):
        where = f"{old.name}.{before.name}"
        if i >= len(new.fields):
            yield f"{where} is gone"
            continue
        after = new.fields[i]
        if after.name != before.name:
            yield f"{where} is now {after.name}: fields keep their names and places"
            continue
        for attribute in ("type", "type_name", "of", "of_name", "secret", "personal"):
            if getattr(before, attribute) != getattr(after, attribute):
                yield f"{where}: {attribute} was {getattr(before, attribute)!r} and is {getattr(after, attribute)!r}"
        if after.max < before.max or after.min > before.min:
            yield f"{where}: the bounds are tighter ({before.min} to {before.max}, now {after.min} to {after.max})"
        if before.optional and not after.optional:
            yield f"{where} is no longer optional"
        if before.has_default and (not after.has_default or after.default != before.default):
            yield f"{where}: what it reads as when absent has changed"
    for after in new.fields[len(old.fields) :]:
        if not after.has_default and not is_row:
            yield f"{new.name}.{after.name} is appended without a default"
