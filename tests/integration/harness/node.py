"""The TypeScript client: built, and its tests run by node against what the fixtures started.

    node.build()                            protocol/typescript: packages, dist/ and build/
    node.run_tests("live.js", environment)  node's test runner on one compiled file; AssertionError shows its output
"""

import http.server
import os
import shutil
import subprocess
import threading

from . import places

PACKAGE = places.ROOT / "protocol/typescript"


def run(*argv, cwd=PACKAGE, timeout=900, **environment):
    """Output of a command; AssertionError with all of it when it fails."""
    done = subprocess.run([str(word) for word in argv], cwd=cwd, capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL, env={**os.environ, **{k: str(v) for k, v in environment.items()}})
    assert done.returncode == 0, f"{' '.join(map(str, argv))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def install(folder):
    """What the lock file pins, once. No package runs a script of its own."""
    assert shutil.which("npm"), "there is no npm: ./dev install node"
    lock, mark = folder / "package-lock.json", folder / "node_modules/.installed-lock.json"
    if not mark.exists() or mark.read_bytes() != lock.read_bytes():
        run("npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)
        shutil.copyfile(lock, mark)


def build():
    install(PACKAGE)
    run("npm", "run", "build")
    run("node_modules/.bin/tsc", "-p", "test/tsconfig.json")


def run_tests(file, **environment):
    return run("node", "--test", "--test-reporter=tap", f"build/{file}", **environment)


class CutButton:
    """A port on which a POST cuts every connection of a proxy."""

    def __init__(self, proxy):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                proxy.cut()
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
