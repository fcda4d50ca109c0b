"""./dev bench works: every row comes out. What they say is not looked at: no test depends on a time."""

import json
import subprocess
import sys

from harness import places


def test_bench_measures_every_row(binary, tmp_path):
    done = subprocess.run([sys.executable, places.ROOT / "tests/bench/bench.py", "--smoke", "--build", binary.parent,
                           "--output", tmp_path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900)
    assert done.returncode == 0, done.stdout
    results = json.loads((tmp_path / "results.json").read_text())
    figures = {key: rounds[0] for key, rounds in results["figures"].items()}
    assert all(line["reached"] is not None for line in results["reach"] if "10 million" not in line["what"]), results["reach"]
    assert figures["open_pack"]["done"] > 0 and not figures["open_pack"]["errors"]
    assert figures["open_pack_alone"]["batch"] == 1, "the server was told to send batches of one"
    assert figures["hot_pack"]["done"] > 0 and figures["hot_player"]["done"] > 0
    assert figures["half"]["offered"] > 0 and figures["triple"]["offered"] > figures["half"]["offered"]
    assert sum(figures["storm"]["timeline"]) == figures["storm"]["sockets"] == 20, "all came back"
    assert figures["sign_ins"]["verified"] == figures["sign_ins"]["sockets"] == 40, "no token was known before"
    assert not figures["sign_ins"]["retries"] and 0 < figures["sign_ins"]["longest_turn_ms"]
    assert figures["fan_out_20"]["bytes"] == figures["fan_out_echo_20"]["bytes"] > 100, "both send the same"
    assert figures["catch_up"]["positions"][-1][1] >= figures["catch_up"]["done"], "the views hold the whole log"
    assert figures["rebuild"]["done"] >= figures["catch_up"]["done"]
    for name in ("RESULTS.md", "results.svg"):
        assert (tmp_path / name).stat().st_size > 0
