"""Keycloak's back-channel logout calls, caught: while it is open, the players' client tells us of logouts and not a server."""

import contextlib
import http.server
import threading
import urllib.parse


@contextlib.contextmanager
def logout_calls(console):
    """A list of the logout tokens that come. Afterwards Keycloak calls whom it called before."""
    got = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            got.append(form["logout_token"][0])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{receiver.server_port}/backchannel-logout"
    try:
        with console.changed_client(attributes={"backchannel.logout.url": url}):
            yield got
    finally:
        receiver.shutdown()
        receiver.server_close()
