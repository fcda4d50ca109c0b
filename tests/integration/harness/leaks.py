"""What no log may hold: tokens, e-mail addresses, and every password and secret that the tests used.

    leaks.remember(password)          whoever makes or sends one says so (client.py, keycloak.py, system.py)
    leaks.found(files)                ["/.../gachapon-7.log:12: a token", ...]

The words found are never shown: a report is a log too.
"""

import re

TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]{8,}")  # {"... in base64url: a header, a claims object
EMAIL = re.compile(rb"[\w.%+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
SHORTEST = 12  # shorter words stand in logs by chance: "12345678" in a time

_words = set()


def remember(word):
    if word and len(word) >= SHORTEST:
        _words.add(word.encode())


def found(files):
    """A line for each leak: file, line number, what it is."""
    return [f"{file}:{number}: {what}" for file in files for number, line in lines(file) for what in judge(line)]


def lines(file):
    with open(file, "rb") as opened:
        yield from enumerate(opened, 1)


def judge(line):
    if TOKEN.search(line):
        yield "a token"
    if EMAIL.search(line):
        yield "an e-mail address"
    if any(word in line for word in _words):
        yield "a password or secret"
