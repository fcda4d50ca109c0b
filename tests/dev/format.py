"""./dev format [--check]: clang-format, in the version that requirements.txt pins, over the C files that
people write (the generator formats its own). The same version everywhere, or two machines would disagree."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(sys.executable).parent / "clang-format"


def c_files():
    folders = [ROOT / "server", ROOT / "tests"]
    return sorted(path for folder in folders for path in folder.rglob("*.[ch]") if path.is_file())


def main():
    files = c_files()
    if not files:
        print("no C files")
        return 0
    mode = ["--dry-run", "-Werror"] if "--check" in sys.argv[1:] else ["-i"]
    code = subprocess.run([PROGRAM, *mode, "--style=file", *files], cwd=ROOT).returncode
    print(f"{len(files)} C files {'differ: run ./dev format' if code else 'are formatted'}")
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main())
