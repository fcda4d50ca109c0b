"""A personal text as the event store holds it: nonce[24], then the XSalsa20-Poly1305 box (libsodium's secretbox).

Needs no package. For samples only: it takes no care against being timed.
"""

import struct

ROUNDS = ((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11)), (
    (0, 1, 2, 3),
    (5, 6, 7, 4),
    (10, 11, 8, 9),
    (15, 12, 13, 14),
)
SIGMA = struct.unpack("<4I", b"expand 32-byte k")


def seal(text, key, nonce):
    subkey = hsalsa20(key, nonce[:16])
    data = text.encode()
    count = (32 + len(data) + 63) // 64
    stream = b"".join(salsa20(subkey, nonce[16:], number) for number in range(count))
    box = bytes(a ^ b for a, b in zip(data, stream[32:]))
    return nonce + poly1305(stream[:32], box) + box


def initial(key, tail):
    k, t = struct.unpack("<8I", key), struct.unpack("<4I", tail)
    return [SIGMA[0], *k[:4], SIGMA[1], *t, SIGMA[2], *k[4:], SIGMA[3]]


def rounds(words):
    x = list(words)
    for _ in range(10):
        for half in ROUNDS:
            for a, b, c, d in half:
                for to, one, other, turn in ((b, a, d, 7), (c, b, a, 9), (d, c, b, 13), (a, d, c, 18)):
                    added = (x[one] + x[other]) & 0xFFFFFFFF
                    x[to] ^= (added << turn | added >> (32 - turn)) & 0xFFFFFFFF
    return x


def hsalsa20(key, tail):
    x = rounds(initial(key, tail))
    return struct.pack("<8I", *(x[i] for i in (0, 5, 10, 15, 6, 7, 8, 9)))


def salsa20(key, nonce, block):
    words = initial(key, nonce + struct.pack("<Q", block))
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(words, rounds(words))))


def poly1305(key, data):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for at in range(0, len(data), 16):
        total = (total + int.from_bytes(data[at : at + 16] + b"\x01", "little")) * r % ((1 << 130) - 5)
    return ((total + int.from_bytes(key[16:], "little")) & ((1 << 128) - 1)).to_bytes(16, "little")
