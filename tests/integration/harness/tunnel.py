"""TLS for the client, in a tunnel: the WebSocket library reads and writes one end of a socketpair, two threads pump.

Python's own SSLSocket cannot be read and written by two threads at once, as that library does: now and then a write
then waits for something to read, for ever. Here every call into TLS is short and under one lock.
"""

import socket
import ssl
import threading


def through_tls(tcp, context, hostname):
    """A plain socket whose other end is `tcp` (connected) under TLS. ssl.SSLError if the handshake fails."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=hostname)
    try:
        shake_hands(tls, tcp, incoming, outgoing)
    except BaseException:
        tcp.close()
        raise
    inner, outer = socket.socketpair()
    lock = threading.Lock()
    for pump in (receive, send):
        threading.Thread(target=pump, args=(tls, tcp, inner, incoming, outgoing, lock), daemon=True).start()
    return outer


def shake_hands(tls, tcp, incoming, outgoing):
    while True:
        try:
            tls.do_handshake()
            tcp.sendall(outgoing.read())
            return
        except ssl.SSLWantReadError:
            tcp.sendall(outgoing.read())
            data = tcp.recv(65536)
            incoming.write(data) if data else incoming.write_eof()


def receive(tls, tcp, inner, incoming, outgoing, lock):
    """From the peer to the library, until either ends."""
    try:
        while True:
            with lock:
                try:
                    data = tls.read(65536)
                except ssl.SSLWantReadError:
                    data = None
                answer = outgoing.read()  # a key update, say
            if answer:
                tcp.sendall(answer)
            if data:
                inner.sendall(data)
            elif data is None:
                data = tcp.recv(65536)
                with lock:
                    incoming.write(data) if data else incoming.write_eof()
            else:
                return
    except (OSError, ssl.SSLError):
        return
    finally:
        close(inner)


def send(tls, tcp, inner, incoming, outgoing, lock):
    """From the library to the peer, until either ends."""
    try:
        while data := inner.recv(65536):
            with lock:
                tls.write(data)
                data = outgoing.read()
            tcp.sendall(data)
    except (OSError, ssl.SSLError):
        pass
    finally:
        close(tcp)
        close(inner)


def close(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
