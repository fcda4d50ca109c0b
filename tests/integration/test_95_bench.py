"""./dev bench works: every row and ratio comes out. What they say is not looked at: no test depends on a time."""

import json
import subprocess
import sys

from harness import places


def test_bench_measures_every_row(binary, tmp_path):
    done = subprocess.run([sys.executable, places.ROOT / "tests/bench/bench.py", "--smoke", "--build", binary.parent,
                           "--output", tmp_path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    assert done.returncode == 0, done.stdout
    results = json.loads((tmp_path / "results.json").read_text())
    figures = {key: rounds[0] for key, rounds in results["figures"].items()}
    assert figures["open_pack"]["done"] > 0 and figures["open_pack"]["errors"] == 0
    assert figures["open_pack_alone"]["batch"] == 1, "the server was told to send batches of one"
    assert figures["open_pack"]["pushes"] > 0, "openings are pushed to the sockets that make them"
    assert figures["idle"]["sockets"] == 20
    assert {"raw_same", "one_client", "ping", "echo"} <= set(figures)
    for name in ("RESULTS.md", "results.svg"):
        assert (tmp_path / name).stat().st_size > 0
