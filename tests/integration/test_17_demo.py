"""./dev demo against a fresh system: the story a newcomer sees first must never be broken."""

import subprocess
import sys

import pytest

from harness import places


def tell(server, *flags):
    """(exit code, what it printed)."""
    done = subprocess.run([sys.executable, places.ROOT / "tests/dev/demo.py", *flags], env=server.environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
    return done.returncode, done.stdout


@pytest.mark.parametrize("flags", [(), ("--tls",)], ids=["plain", "tls"])
def test_the_story_is_told_to_its_end(starter, flags):
    code, story = tell(starter, *flags)
    assert code == 0, story
    print(story)
    assert starter.settings.tls_url in story if flags else starter.settings.url in story
    for told in ("registered as player", "Standard pack: 160 for one", "form the team", "the line is dead",
                 "only what is newer follows", "each one is the character we got", "The end"):
        assert told in story, f"{told}\n{story}"


def test_without_a_catalogue_it_says_what_is_missing(new_server):
    code, story = tell(new_server())
    assert code == 1 and "load the starter catalogue" in story.splitlines()[-1], story


def test_without_a_system_it_says_how_to_start_one(starter):
    done = subprocess.run([sys.executable, places.ROOT / "tests/dev/demo.py"], stdout=subprocess.PIPE, text=True,
                          env={name: value for name, value in starter.environment().items() if name != "GACHAPON_URL"})
    assert done.returncode == 1 and "./dev run" in done.stdout
