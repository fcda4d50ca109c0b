"""The docs say what the program says: tables in the README are the program's own, links lead somewhere."""

import os
import re
import subprocess

import pytest
import yaml

from harness import places

ROOT = places.ROOT
PAGES = [page for page in ROOT.rglob("*.md")
         if not {".cache", ".pytest_cache", ".run", "node_modules"} & set(page.relative_to(ROOT).parts)
         and not page.relative_to(ROOT).parts[0].startswith("build")]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def test_the_readme_lists_every_setting(binary):
    table = subprocess.run([binary, "options"], capture_output=True, text=True, check=True).stdout
    assert table.strip() in (ROOT / "README.md").read_text(), "paste the output of `build/gachapon options` into README.md"


def test_the_page_of_the_server_has_every_tag_of_its_log():
    table = (ROOT / "server/README.md").read_text().partition("## What the log says")[2].partition("\n## ")[0]
    listed = {tag for row in table.splitlines() if row.startswith("| `") for tag in re.findall("`([a-z-]+)`", row.split("|")[1])}
    written = {tag for source in (ROOT / "server").rglob("*.c")
               for tag in re.findall(r'log_(?:info|warn|error)\("([^"]+)"', source.read_text())}
    assert written == listed, (written - listed, listed - written)


def test_compose_sets_what_the_server_reads(binary):
    """Each name is an option's, and each value is one that it takes."""
    settings = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["x-gachapon"]["environment"]
    done = subprocess.run([binary, "options"], env={**os.environ, **settings}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [name for name in settings if f"`{name}`" not in done.stdout] == []


def test_help_of_dev_does_nothing_but_help():
    """Of every command that ./dev knows; what they do is undone by nobody."""
    commands = re.findall(r"^    ([a-z]+(?: \| [a-z]+)*)\)", (ROOT / "dev").read_text().rpartition("case $command in")[2], re.MULTILINE)
    names = [name for each in commands for name in each.split(" | ")]
    assert {"run", "stop", "reset", "clean", "compat"} <= set(names)
    for name in set(names) - {"bench"}:  # asks Python for its rows
        said = subprocess.run([ROOT / "dev", name, "--help"], capture_output=True, text=True, check=False)
        assert said.returncode == 0 and said.stdout.startswith(f"  {name}"), said


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    wrong = [target for target in LINK.findall(page.read_text())
             if "://" not in target and not (page.parent / target).exists()]
    assert not wrong, wrong

