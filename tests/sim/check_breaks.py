#!/usr/bin/env python3
"""Breaks the server on purpose, one stored patch after the other, and demands that the simulation finds each.

    check_breaks.py [--seconds 60] [NAME ...]

The sources are copied to a folder of their own, patched and built there; the checkout stays as it is. A patch that no
longer applies or does not compile is a failure: it has to follow the code. Ends with a table: after how many seconds
and by which promise each was found."""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COPIED = ["CMakeLists.txt", "server", "protocol/gen", "migrations", "tests/sim"]


def copy_sources(folder):
    for name in COPIED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    # only the simulation is built here; a break may leave a function unused
    cmake = (folder / "CMakeLists.txt").read_text().replace(" -Werror", "")
    end = cmake.index("enable_testing()")
    (folder / "CMakeLists.txt").write_text(
        cmake[:end] + "enable_testing()\npkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)\nadd_subdirectory(tests/sim)\n")


def run(*command, cwd):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)


def build(folder):
    if not (folder / "build").exists():
        done = run("cmake", "-B", "build", "-DCMAKE_BUILD_TYPE=RelWithDebInfo", cwd=folder)
        if done.returncode != 0:
            return done.stdout + done.stderr
    done = run("cmake", "--build", "build", "--target", "sim", "-j2", cwd=folder)
    return None if done.returncode == 0 else done.stdout + done.stderr


def hunt(folder, seconds):
    """How the simulation ended: (seconds it took, what it said); what it said is None when it found nothing."""
    started = time.monotonic()
    try:
        done = subprocess.run([folder / "build/tests/sim/sim", "--seeds", "100000000"], capture_output=True, text=True,
                              timeout=seconds)
    except subprocess.TimeoutExpired:
        return seconds, None
    reasons = [line for line in done.stderr.splitlines() if line.startswith(("broken:", "level=error"))]
    return time.monotonic() - started, reasons[0] if reasons else f"exit {done.returncode}"


def attempt(folder, patch, seconds):
    """None when the break was found, else why not. Leaves the folder as it was."""
    done = run("patch", "-p1", "-i", patch, cwd=folder)
    if done.returncode != 0:
        return "does not apply any more"
    try:
        failure = build(folder)
        if failure is not None:
            return f"does not compile any more: {failure[-600:]}"
        took, reason = hunt(folder, seconds)
        if reason is None:
            return f"not found in {seconds} s"
        print(f"  {patch.stem:36} {took:5.1f} s  {reason[:110]}", flush=True)
        return None
    finally:
        run("patch", "-p1", "-R", "-i", patch, cwd=folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    patches = [patch for patch in sorted((HERE / "breaks").glob("*.patch")) if patch.stem in options.names or not options.names]
    failures = 0
    with tempfile.TemporaryDirectory(prefix="gachapon-breaks-") as name:
        folder = pathlib.Path(name)
        copy_sources(folder)
        failure = build(folder)
        if failure is not None:
            sys.exit(f"the simulation does not build: {failure[-2000:]}")
        for patch in patches:
            failure = attempt(folder, patch, options.seconds)
            if failure is not None:
                failures += 1
                print(f"  {patch.stem:36} FAILED: {failure}", flush=True)
    print(f"{len(patches) - failures} of {len(patches)} breaks found")
    sys.exit(1 if failures or not patches else 0)


if __name__ == "__main__":
    main()
