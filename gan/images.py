"""The one convention between stored values and what the networks see; numpy and zlib only.

Networks see [-1, 1]: -1 is air, +1 the brightest stored value. Stored values are uint16.
"""

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WHITE = 65535


def to_stored(x: NDArray[np.floating]) -> NDArray[np.uint16]:
    """Return network values, any shape, as uint16: -1 and below to 0, +1 and above to 65535."""
    scaled = (np.asarray(x, np.float32) + 1.0) * (WHITE / 2)
    stored: NDArray[np.uint16] = np.rint(np.clip(scaled, 0.0, WHITE)).astype(np.uint16)
    return stored


def from_stored(pixels: NDArray[np.unsignedinteger]) -> NDArray[np.float32]:
    """Return stored values of uint8 or uint16, any shape, as network values in [-1, 1]."""
    white = np.iinfo(pixels.dtype).max
    return np.asarray(pixels, np.float32) * np.float32(2.0 / white) - np.float32(1.0)


def png(picture: NDArray[np.uint8]) -> bytes:
    """Return an 8-bit picture, grey (rows, columns) or RGB (rows, columns, 3), as a PNG file.

    Training nodes need only torch and numpy, and sheets are all they draw.
    """
    rows, columns = picture.shape[:2]
    colour = picture.ndim == 3
    raw = np.zeros((rows, 1 + columns * (3 if colour else 1)), np.uint8)  # rows of filter type 0
    raw[:, 1:] = picture.reshape(rows, -1)

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", columns, rows, 8, 2 if colour else 0, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw.tobytes(), 6))
    return b"\x89PNG\r\n\x1a\n" + data + chunk(b"IEND", b"")


def write_png(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a picture as `png` has it."""
    path.write_bytes(png(picture))
