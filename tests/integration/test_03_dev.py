"""./dev where it cannot do what it should: it says what is in the way, and what to do. On made-up programs, nothing is installed."""

import subprocess

import pytest

from harness import places

ROOT = places.ROOT
NOBODY = {"id": "echo 1000", "dpkg-query": "exit 1", "apt-get": "",
          "apt-cache": '[ "$2" = chromium ] && echo "  Candidate: (none)" || echo "  Candidate: 1.0"'}


@pytest.fixture
def shell(tmp_path):
    """shell(words, programs): `words` behind the functions of ./dev, where only `programs` (name -> script) exist and the most basic ones."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "cut", "fold", "grep", "ls", "mkdir", "sed", "sort", "tail", "tr"):
        (folder / name).symlink_to(f"/usr/bin/{name}")

    def run(words, programs):
        for name, script in programs.items():
            (folder / name).write_text(f"#!/usr/bin/env bash\n{script}\n")
            (folder / name).chmod(0o755)
        text = 'set -euo pipefail; root=$0; . "$root/tests/dev/common.sh"; . "$root/tests/dev/install.sh"; ' + words
        return subprocess.run(["bash", "-c", text, ROOT], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              env={"PATH": str(folder), "HOME": str(tmp_path), "GACHAPON_CACHE": str(tmp_path / "cache")})

    return run


def test_a_step_that_gives_up_says_why(shell):
    done = shell('reason() { fail "there is no disk"; }; step "writing" reason; say "went on"', {})
    assert done.returncode == 1 and "went on" not in done.stdout, done
    assert "writing ... FAILED" in done.stdout and "dev: there is no disk" in done.stderr, done


def test_without_root_and_sudo_it_lists_what_root_has_to_install(shell):
    done = shell('packages_build="gcc|build-essential make"; update_lists() { :; }; install_groups build; say "went on"', NOBODY)
    assert done.returncode == 1 and "went on" not in done.stdout, done
    assert done.stderr.strip().endswith("As root: apt-get update && apt-get install --no-install-recommends gcc make"), done


def test_where_chromium_is_no_package_it_names_the_ways_out(shell):
    words = 'packages_browser="fonts chromium more"; update_lists() { :; }; install_groups browser; say "went on"'
    done = shell(words, NOBODY)
    assert done.returncode == 1 and "went on" not in done.stdout and "GACHAPON_CHROMIUM=none" in done.stderr, done
    done = shell("GACHAPON_CHROMIUM=none; " + words, NOBODY)
    assert done.returncode == 0 and done.stdout == "went on\n", done
