"""After all the others: no log of the run holds a token, an e-mail address, a password or a secret.

Whatever harness/processes.py started wrote its log where it stays until the end of the run: servers, PostgreSQL, Keycloak.
"""

import pytest

from harness import leaks, processes


@pytest.mark.parametrize("line,what", [
    ("t=1 lvl=info bearer=eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.e30.AAAA", "a token"), ("eyJzdWIiOiIxMjM0In0", "a token"),
    ("ERROR: duplicate key (email)=(ada.l+1@mail.example.test)", "an e-mail address"),
    ("set password to 'correct horse 7'", "a password or secret"),
])
def test_a_leak_is_found_and_not_repeated(tmp_path, line, what):
    leaks.remember("correct horse 7")
    log = tmp_path / "some.log"
    log.write_bytes(b"\xff harmless: kid=ey u@db a@b v1.2\n" * 3 + line.encode() + b"\nharmless\n")
    assert leaks.found([log]) == [f"{log}:4: {what}"]


def test_no_log_of_the_run_holds_a_secret(keycloak, server):
    """`keycloak` and `server`: alone, this test looks at theirs."""
    logs = sorted(set(processes.LOGS))
    gone = [str(log) for log in logs if not log.exists()]
    assert logs and not gone, f"removed before they were looked at: {gone}"
    found = leaks.found(logs)
    assert not found, "\n".join(found)
