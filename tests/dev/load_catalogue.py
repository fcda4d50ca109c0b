"""Loads a catalogue (characters, items, packs, the starting balance) through ordinary operator commands.

    python tests/dev/load_catalogue.py [FILE]        FILE: catalogue/starter.yaml beside this script

An operator's own tool could do the same: it signs in to Keycloak as a service account with the role game-admin, opens
/play with that token in the Authorization header, and sends publish_* commands. Their fields stand in the file under
the commands' own names.

Safe to repeat: each command id is made from the operator, the file's `edition` and the content, so what was published
before is answered as the first time and has no second effect; a changed entry is published again. To publish an earlier
content once more, raise `edition`.

Reads GACHAPON_URL, KEYCLOAK_URL, KEYCLOAK_REALM, GACHAPON_OPERATOR_CLIENT_ID and GACHAPON_OPERATOR_CLIENT_SECRET (from
the environment; . .run/env sets them). Exit code 1 with the entry's name when one is refused.
"""

import argparse
import json
import os
import pathlib
import sys
import uuid

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from harness.client import Client, Closed, Refused, protocol  # noqa: E402
from harness.keycloak import Answer, Console  # noqa: E402
from harness.processes import HarnessError  # noqa: E402

STARTER = pathlib.Path(__file__).resolve().parent / "catalogue/starter.yaml"
NAMESPACE = uuid.UUID("6f1f9b0e-2f4a-5d57-9c86-6b2f0a6f5a11")
SECTIONS = [  # section of the file, command, field that names an entry; each needs what stands before it
    ("characters", "publish_character", "character"),
    ("items", "publish_item", "item"),
    ("packs", "publish_pack", "pack"),
    ("starting_balance", "set_starting_balance", None),
]


class Failed(Exception):
    """Why the catalogue could not be loaded, for a person."""


def read(path):
    """[(section, [(command, name, payload)])] of a catalogue file."""
    try:
        catalogue = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as failed:
        raise Failed(f"{path}: {failed}") from failed
    unknown = set(catalogue) - {section for section, _, _ in SECTIONS} - {"edition"}
    if unknown:
        raise Failed(f"{path}: no such section: {', '.join(sorted(unknown))}")
    steps = []
    for section, command, key in SECTIONS:
        entries = catalogue.get(section, [])
        if isinstance(entries, dict):
            entries = [entries]
        for entry in entries:
            wrong = set(entry) - {field.name for field in protocol.STRUCTS[f"command_{command}"]}
            if wrong:
                raise Failed(f"{path}: {section}: {entry.get(key, section)}: {command} has no field "
                             f"{', '.join(sorted(wrong))}")
        steps.append((section, [(command, entry[key] if key else section, entry) for entry in entries]))
    return catalogue.get("edition", 1), steps


def command_id(operator, edition, command, payload):
    content = json.dumps([operator, edition, command, payload], sort_keys=True, ensure_ascii=False)
    return uuid.uuid5(NAMESPACE, content)


def load(client, edition, steps, progress=lambda done, total, section: None):
    """Publishes all of it. Within a section the commands go out together; the next section waits for the last answer.
    Returns the position of the log after it."""
    operator = client.signed_in()["player"]
    total, done, position = sum(len(entries) for _, entries in steps), 0, 0
    for section, entries in steps:
        waiting = []
        for command, name, payload in entries:
            made = command_id(operator, edition, command, payload)
            waiting.append((command, name, payload, made, client.send(command, payload, command_id=made)))
            while len(waiting) >= client.hello["limits"]["in_flight_max"] // 2:
                position, done = max(position, answer(client, *waiting.pop(0))), done + 1
        for entry in waiting:
            position, done = max(position, answer(client, *entry)), done + 1
            progress(done, total, section)
    return position


def answer(client, command, name, payload, made, request):
    """The position of an answer; one that says that trying again helps is tried again."""
    try:
        try:
            reply = client.reply(request)
        except Refused as refused:
            if not refused.may_retry:
                raise
            reply = client.settle(command, payload, command_id=made)
    except Refused as refused:
        raise Failed(f"{command} {name}: {refused}") from refused
    return reply["meta"]["position"]


def main():
    parser = argparse.ArgumentParser(description="Loads a catalogue through operator commands.")
    parser.add_argument("file", nargs="?", type=pathlib.Path, default=STARTER)
    options = parser.parse_args()
    env = {}
    for name in ("GACHAPON_URL", "KEYCLOAK_URL", "KEYCLOAK_REALM", "GACHAPON_OPERATOR_CLIENT_ID",
                 "GACHAPON_OPERATOR_CLIENT_SECRET"):
        env[name] = os.environ.get(name)
        if not env[name]:
            raise Failed(f"{name} is not set: . .run/env")
    edition, steps = read(options.file)
    token = Console(env["KEYCLOAK_URL"], None, None).token(
        realm=env["KEYCLOAK_REALM"], grant_type="client_credentials", client_id=env["GACHAPON_OPERATOR_CLIENT_ID"],
        client_secret=env["GACHAPON_OPERATOR_CLIENT_SECRET"])["access_token"]

    def progress(done, total, section):
        if sys.stderr.isatty():
            print(f"\r  {done}/{total} {section:<20}", end="" if done < total else "\n", file=sys.stderr, flush=True)

    with Client(env["GACHAPON_URL"] + "/play", token=token) as client:
        position = load(client, edition, steps, progress)
    print(", ".join(f"{len(entries)} {section.replace('_', ' ')}" for section, entries in steps),
          f"- in the log by position {position}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failed, Answer, HarnessError, Closed, Refused, TimeoutError, OSError) as failed:
        print(f"load_catalogue: {failed}", file=sys.stderr)
        sys.exit(1)
