"""A gate in front of Keycloak, for faults between it and the server: passes HTTP requests on, or does not.

    gate = Gate(keycloak.url)         give gate.url/realms/gachapon to --issuer-fetch-url
    gate.closed = True                nobody answers: connections are dropped
    gate.cut = ("before", wanted)     requests that wanted(method, path, body) takes are dropped unseen
    gate.cut = ("after", wanted)      they reach Keycloak, but their answers are lost
    gate.say = (wanted, status, text) they do not reach Keycloak, and this is the answer
    gate.hold("after", wanted)        the first such request stands still there: gate.wait_held(), then gate.let_go() drops it

`cut` lasts until it is None again; `cuts` counts them, `requests` all that came. (One would not do: libcurl sends a request once more
by itself when a connection that it kept dies under it.)
"""

import http.client
import http.server
import threading
import urllib.parse

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


class Gate:
    def __init__(self, target):
        self.target = urllib.parse.urlsplit(target)
        self.closed, self.cut, self.say, self.cuts, self.requests = False, None, None, 0, 0
        self._hold, self._held, self._let_go = None, threading.Event(), threading.Event()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._let_go.set()
        self._server.shutdown()
        self._server.server_close()

    def takes(self, when, method, path, body):
        """Whether this request is to be cut at this moment."""
        cut = self.cut
        if cut is None or cut[0] != when or not cut[1](method, path, body):
            return False
        self.cuts += 1
        return True

    def hold(self, when, wanted):
        self._held.clear()
        self._let_go.clear()
        self._hold = (when, wanted)

    def wait_held(self, timeout):
        if not self._held.wait(timeout):
            raise TimeoutError("no such request came")

    def let_go(self):
        self._let_go.set()

    def stands_still(self, when, method, path, body):
        """Whether this request was held at this moment; returns when it is let go."""
        hold = self._hold
        if hold is None or hold[0] != when or not hold[1](method, path, body):
            return False
        self._hold = None
        self._held.set()
        self._let_go.wait(60)
        return True

    def pass_on(self, method, path, headers, body):
        """(status, headers, body) from Keycloak."""
        upstream = http.client.HTTPConnection(self.target.hostname, self.target.port, timeout=30)
        try:
            upstream.request(method, path, body or None, {"Host": self.target.netloc, **headers})
            answer = upstream.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            upstream.close()

    def _handler(gate):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                self.close_connection = True  # unless it is answered
                gate.requests += 1
                if gate.closed:
                    return
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if gate.takes("before", self.command, self.path, body) or \
                        gate.stands_still("before", self.command, self.path, body):
                    return
                headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
                if gate.say is not None and gate.say[0](self.command, self.path, body):
                    status, answer_headers, answer = gate.say[1], [("Content-Type", "application/json")], gate.say[2].encode()
                else:
                    status, answer_headers, answer = gate.pass_on(self.command, self.path, headers, body)
                if gate.closed or gate.takes("after", self.command, self.path, body) or \
                        gate.stands_still("after", self.command, self.path, body):
                    return
                self.send_response(status)
                for name, value in answer_headers:
                    if name.lower() not in HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
                self.close_connection = False

            do_GET = do_POST = do_PUT = do_DELETE = handle_one

            def log_message(self, *_):
                pass

        return Handler
