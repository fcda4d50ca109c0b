"""A msgpack encoder for what the protocol holds: shortest forms, no floats, no ext. Needs no package.

The golden vectors are made with it; a test compares it with the package `msgpack`.
"""

import struct


class Raw(bytes):
    """Bytes that are msgpack already."""


def pack(value):
    if isinstance(value, Raw):
        return bytes(value)
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return pack_int(value)
    if isinstance(value, bytes):
        return sized(len(value), None, 0, (0xC4, 0xC5, 0xC6)) + value
    if isinstance(value, str):
        data = value.encode()
        return sized(len(data), 0xA0, 31, (0xD9, 0xDA, 0xDB)) + data
    if isinstance(value, (list, tuple)):
        return sized(len(value), 0x90, 15, (None, 0xDC, 0xDD)) + b"".join(map(pack, value))
    if isinstance(value, dict):
        items = b"".join(pack(key) + pack(item) for key, item in value.items())
        return sized(len(value), 0x80, 15, (None, 0xDE, 0xDF)) + items
    raise TypeError(f"no msgpack for {type(value).__name__}")


def pack_int(value):
    if -32 <= value <= 127:
        return struct.pack("b", value)
    forms = ((0xCC, ">B"), (0xCD, ">H"), (0xCE, ">I"), (0xCF, ">Q"))
    if value < 0:
        forms = ((0xD0, ">b"), (0xD1, ">h"), (0xD2, ">i"), (0xD3, ">q"))
    for head, form in forms:
        try:
            return bytes([head]) + struct.pack(form, value)
        except struct.error:
            continue
    raise OverflowError(value)


def sized(size, fix, fix_max, heads):
    """The head of a string, binary, array or map of `size`."""
    if fix is not None and size <= fix_max:
        return bytes([fix | size])
    for head, form, most in zip(heads, (">B", ">H", ">I"), (0xFF, 0xFFFF, 0xFFFFFFFF)):
        if head is not None and size <= most:
            return bytes([head]) + struct.pack(form, size)
    raise OverflowError(size)
