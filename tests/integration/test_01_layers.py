"""The folders are the flow: nobody includes a later one (server/README.md)."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVER = ROOT / "server"

# A folder may include itself and what stands in its row.
BASE = {"base", "gen"}
ALLOWED = {
    "base": set(),
    "domain": BASE,
    "loop": {"base"},
    "pg": {"base", "loop"},
    "wire": BASE,
    "socket": BASE | {"loop", "wire"},
    "auth": BASE | {"loop"},
    "eventstore": BASE | {"domain", "loop", "pg", "wire"},
    "projection": BASE | {"domain", "loop", "pg", "wire", "eventstore"},
    "notify": BASE | {"domain", "loop", "wire", "socket", "eventstore", "projection"},
    "process": BASE | {"domain", "loop", "pg", "wire", "auth", "eventstore"},
    "revocation": BASE | {"loop", "pg", "auth"},
    "request": BASE
    | {"domain", "loop", "wire", "socket", "auth", "eventstore", "projection", "notify", "process"},
    "tools": BASE
    | {"domain", "loop", "pg", "wire", "socket", "auth", "eventstore", "projection", "notify", "process", "revocation", "request", ""},
}
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)


def includes(path):
    for name in INCLUDE.findall(path.read_text()):
        parts = name.split("/")
        yield name, parts[0] if len(parts) > 1 else ""


def test_no_folder_includes_a_later_one():
    wrong = []
    for folder in sorted(p for p in SERVER.iterdir() if p.is_dir()):
        assert folder.name in ALLOWED, f"server/{folder.name} has no row in this test"
        for path in sorted(folder.rglob("*.[ch]")):
            for name, target in includes(path):
                if target not in ALLOWED[folder.name] | {folder.name}:
                    wrong.append(f"{path.relative_to(ROOT)} includes {name}")
    assert not wrong, "\n".join(wrong)


def test_there_is_one_way_from_stored_bytes_to_an_event():
    """Whoever decodes an event by itself forgets the upcasters."""
    may = {"eventstore/event_decode.c", "request/snapshots.c"}
    others = [str(path.relative_to(SERVER)) for path in sorted(SERVER.glob("*/*.c"))
              if path.parent.name != "wire" and "codec_decode_stored(" in path.read_text()]
    assert set(others) == may


def test_every_folder_has_its_page():
    for folder in sorted(p for p in SERVER.iterdir() if p.is_dir()):
        page = folder / "README.md"
        assert page.is_file(), f"{page.relative_to(ROOT)} is missing"
        assert len(page.read_text().splitlines()) <= 80, f"{page.relative_to(ROOT)} is longer than a page"


def test_domain_links_only_base(tmp_path):
    """Every symbol the domain needs is its own, base's or libc's string functions: no clock, no malloc, no I/O."""
    sources = sorted(SERVER.glob("domain/*.c")) + [ROOT / "protocol/gen/c/decide.c"]
    objects = []
    for source in sources:
        target = tmp_path / (source.stem + ".o")
        subprocess.run(
            ["cc", "-std=gnu11", "-D_GNU_SOURCE", "-O1", f"-I{SERVER}", f"-I{ROOT}/protocol", "-c", source, "-o", target],
            check=True,
        )
        objects.append(target)
    base = [SERVER / "base" / f"{name}.c" for name in ("arena", "check", "sha256", "slice", "slug", "uuid")]
    for source in base:
        target = tmp_path / ("base_" + source.stem + ".o")
        subprocess.run(["cc", "-std=gnu11", "-D_GNU_SOURCE", f"-I{SERVER}", "-c", source, "-o", target], check=True)
        objects.append(target)
    merged = tmp_path / "all-of-it.o"
    subprocess.run(["ld", "-r", "-o", merged, *objects], check=True)
    undefined = subprocess.run(["nm", "-u", merged], check=True, capture_output=True, text=True).stdout.split()
    own = subprocess.run(
        ["nm", "-u", *[o for o in objects if not o.name.startswith("base_")]], check=True, capture_output=True, text=True
    ).stdout
    for forbidden in ("malloc", "calloc", "realloc", "free", "time", "clock_gettime", "rand", "printf", "open", "write"):
        assert not re.search(rf"\bU {forbidden}\b", own), f"the domain calls {forbidden}"
    libc = {"memcpy", "memset", "memcmp", "memmove", "memchr", "strlen", "strnlen", "strcmp", "strncmp", "snprintf",
            "vsnprintf", "malloc", "free", "fprintf", "fflush", "stderr", "abort", "explicit_bzero", "bsearch",
            "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_", "U", "w"}
    left = {name for name in undefined if name not in libc and not name.startswith("__")}
    assert not left, f"the domain needs {sorted(left)}"
