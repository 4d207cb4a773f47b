"""The size a JPEG, JPEG-LS or JPEG 2000 codestream states, read before anything is decoded.

A few bytes can state 60,000 x 60,000 pixels, for which a decoder sets memory aside at once.
"""

import struct

_JPEG2000_START, _SIZ = b"\xff\x4f\xff\x51", 4
#: Markers that start a frame: SOF0 to SOF15 without DHT, JPG and DAC; SOF55 is JPEG-LS.
_FRAME_STARTS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}


def stated_size(stream: bytes) -> tuple[int, int] | None:
    """Return (rows, columns) of an encoded picture, None when it is of another kind or damaged."""
    at = stream.find(_JPEG2000_START, 0, 4096)  # behind the boxes of a JP2 file, if there are any
    if at >= 0 and len(stream) >= at + 24:
        x1, y1, x0, y0 = struct.unpack(">4I", stream[at + _SIZ + 4 : at + _SIZ + 20])
        return y1 - y0, x1 - x0
    if not stream.startswith(b"\xff\xd8"):
        return None
    at = 2
    while at + 9 <= len(stream) and stream[at] == 0xFF:
        if stream[at + 1] == 0xFF:  # fill byte
            at += 1
        elif stream[at + 1] in _FRAME_STARTS:
            rows, columns = struct.unpack(">2H", stream[at + 5 : at + 9])
            return rows, columns
        else:
            at += 2 + struct.unpack(">H", stream[at + 2 : at + 4])[0]
    return None
