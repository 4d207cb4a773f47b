"""The size a JPEG, JPEG-LS or JPEG 2000 codestream states, read before anything is decoded.

A few bytes can state 60,000 x 60,000 pixels, for which a decoder sets memory aside at once.
"""

import struct

MAX_TILES = 65_535
_JPEG2000_START, _SIZ = b"\xff\x4f\xff\x51", 4
#: Markers that start a frame: SOF0 to SOF15 without DHT, JPG and DAC; SOF55 is JPEG-LS.
_FRAME_STARTS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}


def stated_precision(stream: bytes) -> tuple[int, bool | None] | None:
    """Return the bits of a value and whether values are signed, None where not stated.

    JPEG and JPEG-LS state no sign: it is None for them.
    """
    at = stream.find(_JPEG2000_START, 0, 4096)
    if at >= 0 and len(stream) >= at + 43:
        depth = stream[at + 42]
        return (depth & 0x7F) + 1, depth >= 0x80
    frame = _frame(stream)
    return None if frame is None else (stream[frame + 4], None)


def is_plain(stream: bytes) -> bool:
    """Say whether a JPEG 2000 stream has what images have: whole pixels from 0, few tiles.

    Components sampled more coarsely, an offset, or a million tiles are legal (ISO 15444-1 A.5.1),
    but no mammogram has them, and decoders make something else of each. Other streams are plain.
    """
    at = stream.find(_JPEG2000_START, 0, 4096)
    if at < 0:
        return True
    siz = stream[at + _SIZ + 4 :]
    if len(siz) < 34:
        return False
    x1, y1, x0, y0, wide, high, left, top, count = struct.unpack(">8IH", siz[:34])
    if (x0, y0, left, top) != (0, 0, 0, 0) or count not in (1, 3) or not wide or not high:
        return False
    depths = siz[34 : 34 + 3 * count]
    sampled = all(depths[3 * n + 1 : 3 * n + 3] == b"\1\1" for n in range(count))
    return sampled and -(-x1 // wide) * -(-y1 // high) <= MAX_TILES


def stated_size(stream: bytes) -> tuple[int, int] | None:
    """Return (rows, columns) of an encoded picture, None when it is of another kind or damaged."""
    at = stream.find(_JPEG2000_START, 0, 4096)  # behind the boxes of a JP2 file, if there are any
    if at >= 0 and len(stream) >= at + 24:
        x1, y1, x0, y0 = struct.unpack(">4I", stream[at + _SIZ + 4 : at + _SIZ + 20])
        return y1 - y0, x1 - x0
    frame = _frame(stream)
    if frame is None:
        return None
    rows, columns = struct.unpack(">2H", stream[frame + 5 : frame + 9])
    return rows, columns


def _frame(stream: bytes) -> int | None:
    """Return where the marker that starts the frame of a JPEG or JPEG-LS stream lies."""
    if not stream.startswith(b"\xff\xd8"):
        return None
    at = 2
    while at + 9 <= len(stream) and stream[at] == 0xFF:
        if stream[at + 1] == 0xFF:  # fill byte
            at += 1
        elif stream[at + 1] in _FRAME_STARTS:
            return at
        else:
            at += 2 + struct.unpack(">H", stream[at + 2 : at + 4])[0]
    return None
