"""The one normaliser: every case of every arm goes through the same steps to the same frame.

Matrix, kernel, window, air, crop, side and depth are the same afterwards, whatever the file was:
film edges, lead letters and burnt-in text lie outside the breast and are masked in both arms.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from app.core.breast import breast_mask
from app.core.display import Encoding

Grey = NDArray[np.float32]
Shown = NDArray[np.uint8]

WHITE = 255
FULL = 0.8  #: of the light of the fullest column near the chest wall: the edge lies behind it
CUT = 0.008  #: cut off at the chest wall besides, as a share of the height
BRIGHT = 99.5  #: percentile of the breast that becomes white
MARGIN = 0.02  #: air kept round the breast mask, as a share of the height
HAZE = 0.02  #: columns with nothing brighter are canvas
DARK = (
    0.06  #: lower end of the window: sources end at different values below it (a model, at its air)
)
SIXTEEN = Encoding(bits=16)
#: Written into the protocol, so that a change of the steps changes its hash.
STEPS = (
    "canvas and edge cut off at the chest wall, canvas at the nipple side; padded with air to "
    "5:4; area-averaged; "
    "largest bright part kept with a margin of 2 % of the height, 0 outside; linear window from "
    "6 % to the 99.5th percentile of the breast; dithered by one level; 255 levels inside; chest "
    "wall at the left"
)


def framed(grey: Grey, rows: int, columns: int) -> Grey:
    """Return an image, chest wall left, 0 to 1, at rows x columns, area-averaged, not stretched.

    ValueError when it would have to be enlarged: the blur would tell the arms apart.
    """
    filled = np.flatnonzero((grey > HAZE).sum(axis=0) > 2)
    if filled.size:
        grey = grey[:, _wall(grey[:, : filled[-1] + 1], filled[0]) : filled[-1] + 1]
    high, wide = grey.shape
    frame_high = max(high, -(-wide * rows // columns))
    if frame_high < rows:
        raise ValueError(
            f"an image of {high}x{wide} pixels would be enlarged to {rows} rows; "
            f"a design may ask for {frame_high // 5 * 5} rows at most"
        )
    frame = np.zeros((frame_high, max(wide, round(frame_high * columns / rows))), np.float32)
    top = (frame_high - high) // 2
    frame[top : top + high, :wide] = grey
    small = Image.fromarray(frame).resize((columns, rows), Image.Resampling.BOX)
    return np.clip(np.asarray(small, np.float32), 0.0, 1.0)


def _wall(grey: Grey, first: int) -> int:
    """Return the column at which the chest wall is cut: past the fading edge, and a little more.

    Detectors, films and generators each end in an edge of their own; a dark line where two breasts
    meet would tell them apart.
    """
    light = grey.sum(axis=0)
    near = light[first : first + max(grey.shape[1] // 8, 1)]
    full = first + int(np.argmax(near >= FULL * near.max()))
    return int(min(full + round(CUT * grey.shape[0]), grey.shape[1] - 1))


def masks(frame: Grey) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where the breast is, and where it is with its margin, shape of the frame."""
    grid = breast_mask(np.rint(frame * 65535).astype(np.uint16), SIXTEEN)
    rows = np.arange(frame.shape[0]) * grid.shape[0] // frame.shape[0]
    columns = np.arange(frame.shape[1]) * grid.shape[1] // frame.shape[1]
    breast = grid[rows][:, columns]
    wider = ndimage.binary_dilation(breast, iterations=max(1, round(MARGIN * frame.shape[0])))
    return breast, wider


def normalise(grey: Grey, rows: int, columns: int, seed: int) -> Shown:
    """Return the stimulus, (rows, columns) uint8, of an image 0 to 1 with its chest wall left.

    `seed` is of the dither alone and must not depend on the arm. ValueError as `framed`.
    """
    frame = framed(grey, rows, columns)
    breast, wider = masks(frame)
    white = float(np.percentile(frame[breast], BRIGHT)) if breast.any() else 1.0
    level = np.clip((frame - DARK) / max(white - DARK, 1e-3), 0.0, 1.0) * (WHITE - 1)
    # Eight-bit sources leave gaps between their levels, drawn ones do not: dither fills them.
    level += np.random.default_rng(seed).uniform(-0.5, 0.5, level.shape).astype(np.float32)
    shown = 1 + np.clip(np.rint(level), 0, WHITE - 1)
    return np.where(wider, shown, 0).astype(np.uint8)
