#!/usr/bin/env python3
"""Breaks the server on purpose, one stored patch after the other, and demands that each is found within a minute.

    check_breaks.py BUILD [--seconds 60] [--jobs 2] [NAME ...]

BUILD is a folder that CMake configured for Ninja, with the targets sim and test_* of tests/sim built. Nothing in it or in
the checkout is changed: the files that a patch touches are copied aside, patched and compiled there with the flags that
BUILD has for them, and linked in front of what BUILD has of the rest.

The first line of a patch says in words what it breaks. Who has to find it:

    a patch of C code      the simulation, from seed 1 on (with the options of a line "sim: OPTIONS" in the patch); a line
                           "script: NAME" names a scripted test instead
    a patch of migrations  the races on a real PostgreSQL (tests/isolation), on a copy of these folders

A patch that no longer applies or does not compile is a failure: it has to follow the code. One that applies, but not to the
letter, may break something else than it says: all of those are named first, and without NAMEs they are a failure, too. Ends
with a table: after how many seconds and seeds, and by which check."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SAID = ("broken:", "check failed", "[  ERROR   ]", "runtime error", "ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "level=error")
RACES = ["migrations", "tests/dev", "tests/isolation", "tests/integration", "protocol/gen"]


class NotFound(Exception):
    """Why a break was not found, in words."""


class Build:
    """What a build folder knows: how a source is compiled for the simulation, and how its programs are linked."""

    def __init__(self, folder):
        self.folder = folder
        self.compile = {}
        for entry in json.loads((folder / "compile_commands.json").read_text()):
            if "sim_world.dir" in entry["command"]:
                self.compile[pathlib.Path(entry["file"]).resolve()] = shlex.split(entry["command"])

    def compile_to(self, patched, original, target):
        """Compiles `patched` as the build does `original`. Its own directory's headers stay where they were."""
        command = self.compile.get(original)
        if command is None:
            raise NotFound(f"{original.relative_to(ROOT)} is no part of the simulation")
        command = [word for word in command if word != "-Werror"]  # a break may leave a function unused
        command[command.index("-o") + 1] = str(target)
        command[command.index("-c") + 1] = str(patched)
        run_or_fail("does not compile any more", command + ["-iquote", str(original.parent)], self.folder)

    def link_to(self, program, objects, target):
        lines = subprocess.run(["ninja", "-t", "commands", f"tests/sim/{program}"], cwd=self.folder, capture_output=True,
                               text=True, check=True).stdout.splitlines()
        command = re.sub(r"^: && | && :$", "", lines[-1])
        words = shlex.split(command)
        words[words.index("-o") + 1] = str(target)
        first = next(i for i, word in enumerate(words) if word.endswith(".o"))
        run_or_fail("does not link any more", words[:first] + [str(each) for each in objects] + words[first:], self.folder)


def run_or_fail(complaint, command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        raise NotFound(f"{complaint}: {(done.stderr + done.stdout)[-900:]}")


def touched(patch):
    """The files a patch changes, relative to the checkout."""
    return [line.split()[1].removeprefix("b/") for line in patch.read_text().splitlines() if line.startswith("+++ ")]


def apply(patch, folder):
    for name in touched(patch):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    done = subprocess.run(["patch", "-p1", "-s", "-d", folder, "-i", patch], capture_output=True, text=True)
    if done.returncode != 0:
        raise NotFound(f"does not apply any more: {done.stdout.strip()}")


def applies_to_the_letter(patch):
    return subprocess.run(["patch", "-p1", "-s", "--batch", "--fuzz=0", "--dry-run", "-d", ROOT, "-i", patch],
                          capture_output=True).returncode == 0


def first_words(text):
    """The line of a failed run that says what is wrong."""
    for line in text.splitlines():
        if any(said in line for said in SAID):
            return line.strip().removeprefix("broken: ")[:120]
    return "it crashed"


def hunt(command, seconds, cwd):
    """Runs until it fails. What it said; None if it passed or found nothing in time."""
    log = cwd / "output"
    with log.open("wb") as output:
        try:
            code = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, timeout=seconds, cwd=cwd).returncode
        except subprocess.TimeoutExpired:
            return None
    return None if code == 0 else log.read_text(errors="replace")


def find_in_simulation(build, patch, folder, seconds):
    script = re.search(r"^script: (\S+)$", patch.read_text(), re.M)
    program = script[1] if script else "sim"
    objects = []
    for name in touched(patch):
        objects.append(folder / (name.replace("/", "-") + ".o"))
        build.compile_to(folder / name, ROOT / name, objects[-1])
    build.link_to(program, objects, folder / program)
    options = re.search(r"^sim: (.+)$", patch.read_text(), re.M)
    arguments = [] if script else ["--seeds", "100000000", *(options[1].split() if options else [])]
    began = time.monotonic()
    said = hunt([folder / program, *arguments], seconds, folder)
    if said is None:
        raise NotFound(f"not found by {program} in {seconds} s")
    seed = re.search(r"^seed (\d+),", said, re.M)
    where = script[1] if script else f"seed {seed[1]}" if seed else "no seed"
    return time.monotonic() - began, where, first_words(said)


def find_in_races(patch, folder, seconds):
    """On PostgreSQL itself: the migrations with the patch, and the tests that read them from beside them."""
    for name in RACES:
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    apply(patch, folder)
    began = time.monotonic()
    said = hunt([sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "test_append_races.py"], seconds,
                folder / "tests/isolation")
    if said is None:
        raise NotFound(f"not found by the races in {seconds} s")
    failed = re.search(r"^FAILED \S+::(\S+)", said, re.M)
    if failed is None:
        raise NotFound(f"the races do not run: {said[-600:]}")
    return time.monotonic() - began, "races", failed[1]


def attempt(build, patch, seconds):
    with tempfile.TemporaryDirectory(prefix="gachapon-break-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        if all(name.startswith("migrations/") for name in touched(patch)):
            return find_in_races(patch, folder, seconds)
        apply(patch, folder)
        return find_in_simulation(build, patch, folder, seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("names", nargs="*")
    options = parser.parse_intermixed_args()
    stored = sorted((HERE / "breaks").glob("*.patch"))
    stale = [patch.stem for patch in stored if not applies_to_the_letter(patch)]
    for name in stale:
        print(f"  {name:40} does not apply to the letter: look at what it breaks now, and write it anew", flush=True)
    patches = [patch for patch in stored if patch.stem in options.names or not options.names]
    missing = set(options.names) - {patch.stem for patch in patches}
    if missing:
        sys.exit(f"no such break: {', '.join(sorted(missing))}")
    build = Build(options.build.resolve())
    found = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        attempts = {pool.submit(attempt, build, patch, options.seconds): patch for patch in patches}
        for future in concurrent.futures.as_completed(attempts):
            name = attempts[future].stem
            try:
                took, where, said = future.result()
            except NotFound as failure:
                print(f"  {name:40} FAILED: {failure}", flush=True)
                continue
            found += 1
            print(f"  {name:40} {took:5.1f} s  {where:12} {said}", flush=True)
    print(f"{found} of {len(patches)} breaks found")
    return 0 if found == len(patches) > 0 and (options.names or not stale) else 1


if __name__ == "__main__":
    os.nice(5)
    sys.exit(main())
