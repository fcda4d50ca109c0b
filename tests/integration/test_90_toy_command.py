"""Adding a command takes its schema entry, decide/evolve/project and a test, and nothing else. A stored patch does it:
it is applied to a copy of the tree, generated, built, its domain test run, and the command played over the socket."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from harness import places

PATCH = pathlib.Path(__file__).with_name("toy_command.patch")
MAY_TOUCH = re.compile(r"^(protocol/schema/[a-z]+\.yaml|server/(domain|projection)/[a-z_]+\.c|tests/domain/test_[a-z]+\.c)$")

PLAY = """
import sys
sys.path.insert(0, {tests!r})
from harness.client import Client, Refused, new_id
with Client({url!r} + "/join") as client:
    client.register()
    client.follow()
    wave = new_id()
    reply = client.request("wave", {{"words": "hello there"}}, command_id=wave)
    assert reply["payload"]["words"] == "hello there", reply
    (row,) = client.replica.live("wave").values()
    assert row["words"] == "hello there", row
    assert client.request("wave", {{"words": "hello there"}}, command_id=wave)["payload"] == reply["payload"]
    page = client.request("list_waves", at_least=reply["meta"]["position"])
    assert [r["words"] for r in page["payload"]["rows"]] == ["hello there"], page
print("played")
"""


def run(command, **more):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the tree with the patch in it, built."""
    copy = tmp_path_factory.mktemp("toy") / "tree"
    names = run(["git", "-C", places.ROOT, "ls-files", "-co", "--exclude-standard"]).splitlines()
    for name in names:
        source = places.ROOT / name
        if source.is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy / name)
    run(["git", "init", "-q"], cwd=copy)
    run(["git", "apply", PATCH], cwd=copy)
    run([sys.executable, "protocol/generate/main.py"], cwd=copy)
    run(["cmake", "-S", copy, "-B", copy / "build", "-DCMAKE_BUILD_TYPE=Debug"])
    run(["cmake", "--build", copy / "build", "-j2", "--target", "gachapon", "test_wave"])
    return copy


def test_the_patch_touches_nothing_else():
    touched = re.findall(r"^\+\+\+ b/(.*)$", PATCH.read_text(), re.M)
    assert touched and all(MAY_TOUCH.match(name) for name in touched), touched


def test_its_domain_test_passes(tree):
    run([tree / "build/test_wave"])


def test_it_plays_over_the_socket(tree, make_server):
    gachapon = make_server(binary=tree / "build/gachapon")
    gachapon.migrate()
    gachapon.start()
    try:
        script = PLAY.format(tests=str(tree / "tests/integration"), url=gachapon.settings.url)
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        assert "played" in run([sys.executable, "-c", script], env=environment)
    finally:
        gachapon.drain()
