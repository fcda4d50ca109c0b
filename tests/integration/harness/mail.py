"""A mail server on 127.0.0.1 that delivers nothing: what Keycloak sends is in `mails`, as the addressee would read it.

    mail = Mail(); console.changed_realm(smtpServer=mail.settings) ...; mail.link() is the address in the last one
"""

import email
import email.policy
import re
import socketserver
import threading

from .processes import wait_until


class Mail:
    def __init__(self):
        self.mails, mail = [], self

        class Session(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(b"220 mail.test\r\n")
                while command := self.rfile.readline().upper():
                    if command.startswith(b"DATA"):
                        self.wfile.write(b"354 go on\r\n")
                        lines = iter(self.rfile.readline, b".\r\n")
                        mail.mails.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
                    self.wfile.write(b"221 bye\r\n" if command.startswith(b"QUIT") else b"250 mail.test\r\n")
                    if command.startswith(b"QUIT"):
                        return

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def settings(self):
        """For the realm's `smtpServer`."""
        return {"host": "127.0.0.1", "port": str(self._server.server_address[1]), "from": "game@example.test"}

    def link(self, to):
        """The address in the newest mail to this person, once there is one."""
        def found():
            texts = [mail.get_body(("plain",)).get_content() for mail in self.mails if mail["To"] == to]
            return texts and re.search(r"https?://\S+", texts[-1]).group()

        return wait_until(found, 60, f"a mail to {to}")

    def close(self):
        self._server.shutdown()
        self._server.server_close()
