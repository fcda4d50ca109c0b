"""./dev test: every check there is, on ports and folders of its own, so that it runs beside a ./dev run.

The stages are the table at the end. Each ends with a count of what passed and what failed: a build or a
comparison counts as one, ctest and pytest as many as they ran. A stage whose build failed is not run and
counts as one failure, so that a red build is never a green run. The last line is the total, alone on its line.

Two builds: gcc with AddressSanitizer and UndefinedBehaviorSanitizer, which is what the tests run
(build-test); and clang with -Werror, which is only compiled (build-clang), because each compiler warns about
what the other does not see.

NAMEs on the command line go to pytest and leave the other checks out: ./dev test -k resume.

Where real servers and a browser play together for a quarter of an hour, a test that fails is run a second time, on
servers of its own made anew and with the same random numbers. What passes then is named with its traceback as unstable:
a fault, of the test or of the server, for whoever reads the log. A sanitizer's report fails at once, so does the fourth
test that needs it, and there is no second time with --long or with NAMEs.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))

from harness import node  # noqa: E402

BUILD, BUILD_CLANG, BUILD_SIM = ROOT / "build-test", ROOT / "build-clang", ROOT / "build-sim"
# Promises 1, 2, 5 and 7: that the simulation is able to fail is tested itself.
FEW_BREAKS = ["reply-at-send", "copies-not-joined", "strong-does-not-wait", "checkpoint-without-its-rows"]
SECOND_TIME = ["--reruns=1", "--max-suite-reruns=3", "--rerun-show-tracebacks", "--rerun-except=Sanitizer|sanitizer spoke|runtime error"]


class Run:
    """What one invocation knows: options, and how each stage ended."""

    def __init__(self, options):
        self.options = options
        self.reports = pathlib.Path(tempfile.mkdtemp(prefix="gachapon-reports-"))
        self.results = []  # (stage, passed, failed, skipped, seconds)
        self.built = False

    def command(self, *argv, cwd=ROOT, **env):
        """Runs a command with its output shown; True if it ended with 0."""
        return subprocess.run([str(a) for a in argv], cwd=cwd, stdin=subprocess.DEVNULL,
                              env={**os.environ, **env}).returncode == 0


def generated(run):
    """protocol/schema and what is generated from it agree."""
    return one(run.command(sys.executable, ROOT / "protocol/generate/main.py", "--check"))


def compatible(run):
    """Nothing breaks clients and logs of the last release of the protocol."""
    return one(run.command(sys.executable, "-B", ROOT / "protocol/generate/main.py", "--against"))


def formatted(run):
    """clang-format changes nothing."""
    return one(run.command(sys.executable, ROOT / "tests/dev/format.py", "--check"))


def build_gcc(run):
    """gcc with sanitizers."""
    run.built = configure(run, BUILD, "-DCMAKE_C_COMPILER=gcc", "-DCMAKE_BUILD_TYPE=Debug", "-DSANITIZE=ON") and \
        run.command("cmake", "--build", BUILD)
    return one(run.built)


def build_clang(run):
    """clang with -Werror, not run."""
    return one(configure(run, BUILD_CLANG, "-DCMAKE_C_COMPILER=clang", "-DCMAKE_BUILD_TYPE=RelWithDebInfo") and
               run.command("cmake", "--build", BUILD_CLANG))


def unit(run):
    """ctest: units, the domain, the simulated walk."""
    if not run.built:
        return one(False)
    report = run.reports / "ctest.xml"
    ended_well = run.command("ctest", "--test-dir", BUILD, "--output-on-failure", "--no-tests=error", "-j2",
                             "--output-junit", report, CTEST_OUTPUT_ON_FAILURE="1")
    return counted(report, ended_well)


def breaks(run):
    """The server broken on purpose: a few breaks on the build with sanitizers; with --long all, on a build that is fast."""
    if not run.built:
        return one(False)
    build, names = BUILD, FEW_BREAKS
    if run.options.long:
        build, names = BUILD_SIM, []
        if not (configure(run, build, "-DCMAKE_BUILD_TYPE=Release") and
                run.command("cmake", "--build", build, "--target", "simulation")):
            return one(False)
    return one(run.command(sys.executable, "-B", ROOT / "tests/sim/check_breaks.py", build, *names))


def integration(run):
    """pytest: the real server on a real PostgreSQL and Keycloak."""
    names = [name.removeprefix("tests/integration/") for name in run.options.names]
    again = () if names or run.options.long else SECOND_TIME
    return run_pytest(run, ROOT / "tests/integration", *again, *names)


def isolation(run):
    """pytest: races on a real PostgreSQL, as orders of steps, and the C programs that test the stores."""
    return run_pytest(run, ROOT / "tests/isolation")


def generator(run):
    """pytest: the generator's own tests."""
    return run_pytest(run, ROOT / "protocol/generate")


def unity(run):
    """pytest: the Unity package under Mono."""
    return run_pytest(run, ROOT / "tests/unity")


def typescript(run):
    """The TypeScript client on a server in memory, and its codec on the golden vectors."""
    try:
        node.build()
    except AssertionError as failed:
        print(failed)
        return one(False)
    done = subprocess.run(["npm", "run", "--silent", "unit"], cwd=node.PACKAGE, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    print(done.stdout, done.stderr, flush=True)
    numbers = {word: int(number) for word, number in re.findall(r"^# (pass|fail|skipped) (\d+)$", done.stdout, re.MULTILINE)}
    passed, failed = numbers.get("pass", 0), numbers.get("fail", 0)
    return passed, max(failed, int(done.returncode != 0 or passed == 0)), numbers.get("skipped", 0)


def asyncapi(run):
    """The AsyncAPI document is valid by the official parser and clean by Spectral."""
    folder = ROOT / "tests/asyncapi"
    try:
        node.install(folder)
        print(node.run("npm", "test", "--silent", cwd=folder))
    except AssertionError as failed:
        print(failed)
        return one(False)
    return one(True)


def run_pytest(run, folder, *names):
    if not run.built:
        return one(False)
    report = run.reports / f"{folder.name}.xml"
    ended_well = run.command(
        sys.executable, "-B", "-m", "pytest", "-v", "--tb=short", "-p", "no:cacheprovider", f"--junitxml={report}", *names,
        cwd=folder, GACHAPON_BINARY=str(BUILD / "gachapon"), GACHAPON_TEST_LONG="1" if run.options.long else "0",
        PYTHONUNBUFFERED="1")
    return counted(report, ended_well)


def configure(run, folder, *arguments):
    """CMake's configure step; a folder that was configured for another checkout is begun anew."""
    cache = folder / "CMakeCache.txt"
    fresh = []
    if cache.exists() and f"CMAKE_HOME_DIRECTORY:INTERNAL={ROOT}\n" not in cache.read_text():
        cache.unlink()
    if not cache.exists():
        fresh = ["-G", "Ninja"]
    return run.command("cmake", "-S", ROOT, "-B", folder, *fresh, *arguments)


def one(passed):
    return (1, 0, 0) if passed else (0, 1, 0)


def counted(report, ended_well):
    """(passed, failed, skipped) of a JUnit report. A runner that failed without naming a test, or ran none, is one
    failure."""
    passed = failed = skipped = 0
    try:
        found = xml.etree.ElementTree.parse(report).getroot().iter("testcase")
    except (OSError, xml.etree.ElementTree.ParseError):
        found = []
    cases = {(case.get("classname"), case.get("name")): case for case in found}  # of two times, how the second ended
    for case in cases.values():
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"} or case.get("status") == "fail":
            failed += 1
        elif "skipped" in kinds or case.get("status") in ("notrun", "disabled"):
            skipped += 1
        else:
            passed += 1
    if failed == 0 and (not ended_well or passed == 0):
        failed = 1
    return passed, failed, skipped


STAGES = [("generated files are fresh", generated), ("compatible with the last release", compatible),
          ("formatting", formatted), ("build with sanitizers", build_gcc), ("generator tests", generator),
          ("Unity package", unity), ("TypeScript client", typescript), ("AsyncAPI document", asyncapi),
          ("unit, domain and simulation tests", unit), ("the server broken on purpose", breaks),
          ("races on a real PostgreSQL", isolation), ("integration tests", integration), ("build with clang", build_clang)]


def main():
    parser = argparse.ArgumentParser(prog="./dev test", description="Builds with sanitizers and runs every test.")
    parser.add_argument("--long", action="store_true", help="the long versions of the tests that have one")
    options, names = parser.parse_known_args()
    options.names = names
    run = Run(options)
    stages = STAGES if not names else [stage for stage in STAGES if stage[1] in (build_gcc, integration)]
    for number, (title, stage) in enumerate(stages, 1):
        print(f"\n[{number}/{len(stages)}] {title}", flush=True)
        began = time.monotonic()
        run.results.append((title, *stage(run), time.monotonic() - began))
    print("\nTogether:")
    for title, passed, failed, skipped, seconds in run.results:
        print(f"  {'FAILED' if failed else 'ok' if passed else 'skipped':7} {title:36} {passed:5} passed {failed:4} failed "
              f"{skipped:4} skipped {seconds:7.0f} s")
    shutil.rmtree(run.reports, ignore_errors=True)
    passed, failed, skipped = (sum(result[column] for result in run.results) for column in (1, 2, 3))
    print(f"\n{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
