"""A wall clock that a test can turn, for one process and its children: libfaketime, loaded before everything else.

    clock = Clock(folder)
    Gachapon(..., more=clock.environment())   or PostgresServer(..., more=clock.environment())
    clock.turn(3600)                          it is an hour later now; the monotonic clock does not move, as on a real machine
"""

import pathlib

LIBRARIES = [path for path in pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")]


def available():
    return bool(LIBRARIES)


class Clock:
    def __init__(self, file):
        self.file = pathlib.Path(file)
        self.turn(0)
        self.file.chmod(0o644)

    def environment(self):
        return {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1", "NO_FAKE_STAT": "1"}

    def turn(self, seconds):
        """`seconds` from the true time."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.chmod(0o644)
        fresh.rename(self.file)
