"""From a mammogram to the top rung: one polarity, one orientation, air 0, padded to 5:4.

Nothing is stretched and nothing is cropped but air beside the breast.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import sparse

from app.core.display import (
    Encoding,
    Voi,
    VoiTable,
    Window,
    table_curve,
    window_curve,
    window_for,
)
from app.core.hanging import hang_transform
from app.core.mammogram import Mammogram
from app.core.resample import places_in, through

BASE = (5, 4)
WHITE = 65535
TISSUE = 1311  #: of 65535 (0.02): what is brighter is not air
Shades = NDArray[np.uint16]


def grey_table(encoding: Encoding, voi: Voi) -> Shades:
    """Return the table, (65536,), from pixels to grey: 0 air and black, 65535 white."""
    values = encoding.rescale(np.arange(2**encoding.bits))
    grey = window_curve(values, voi) if isinstance(voi, Window) else table_curve(values, voi)
    if encoding.inverse:
        grey = 1.0 - grey
    table = np.zeros(WHITE + 1, np.uint16)
    table[: grey.size] = np.rint(grey * WHITE)
    for air in (encoding.air, encoding.dim_air):
        if air is not None:
            table[air[0] : air[1] + 1] = 0
    return table


def shaded(mammogram: Mammogram, voi: Voi) -> Shades:
    """Return grey, 0 to 65535, chest wall at the left edge; a view of shape (rows, columns).

    Where Patient Orientation contradicts pixels that are clear, the pixels decide.
    """
    grey = through(grey_table(mammogram.encoding, voi), mammogram.pixels)
    if mammogram.fogged is not None:  # film: there only the place tells air from tissue
        down, over = ((np.arange(size) + 0.5) / size for size in grey.shape)
        grey[places_in(mammogram.fogged, down, over)] = 0
    transform, _ = hang_transform(mammogram.facts)
    hung = transform.apply(grey)
    turn = (mammogram.facts.side == "R") != mammogram.facts.contradicted
    view: Shades = np.asarray(hung[:, ::-1] if turn else hung, np.uint16)
    return view


def oriented(mammogram: Mammogram) -> NDArray[np.float32]:
    """Return grey, 0 (air) to 1, in the file's window, chest wall at the left edge."""
    grey = shaded(mammogram, window_for(mammogram.pixels, mammogram.encoding))
    return np.ascontiguousarray(grey, np.float32) / np.float32(WHITE)


def framed(grey: Shades, rows: int) -> Shades:
    """Return the image, chest wall left, at rows x rows * 4 / 5, by exact area averages.

    A canvas beside the breast is cut off first. What is then narrower than 5:4 gets air at the
    nipple side, what is wider gets air above and below.
    """
    filled = np.flatnonzero((grey > TISSUE).sum(axis=0, dtype=np.uint32) > 2)
    if filled.size:
        grey = grey[:, filled[0] : filled[-1] + 1]
    columns = rows * BASE[1] // BASE[0]
    high, wide = grey.shape
    frame_high = max(high, -(-wide * rows // columns))
    frame_wide = max(wide, round(frame_high * columns / rows))
    top = (frame_high - high) // 2
    if frame_high < rows:
        frame = np.zeros((frame_high, frame_wide), np.float32)
        frame[top : top + high, :wide] = grey
        larger = Image.fromarray(frame).resize((columns, rows), Image.Resampling.BICUBIC)
        small = np.asarray(larger)
    else:  # the air of the frame is in the weights alone
        down = _areas(high, top, frame_high, rows) @ np.ascontiguousarray(grey, np.float32)
        small = (_areas(wide, 0, frame_wide, columns) @ np.ascontiguousarray(down.T)).T
    framed: Shades = np.rint(np.clip(small, 0, WHITE)).astype(np.uint16)
    return framed


def _areas(size: int, first: int, whole: int, cells: int) -> sparse.csr_array:
    """Return the weights, (cells, size), of pixels in area averages; the rest of them is air.

    Pixels lie from `first` on in a row of `whole`, which the cells share equally, each at least a
    pixel wide.
    """
    cell = whole / cells
    place = np.arange(size) + float(first)
    before = np.minimum((place / cell).astype(np.intp), cells - 1)
    inside = np.clip((before + 1) * cell - place, 0.0, 1.0)
    across = (inside < 1.0) & (before + 1 < cells)  # the rest of these is in the next cell
    weight = np.concatenate([inside, 1.0 - inside[across]]) / cell
    at = np.concatenate([before, before[across] + 1])
    pixel = np.concatenate([np.arange(size), np.flatnonzero(across)])
    return sparse.csr_array((weight.astype(np.float32), (at, pixel)), shape=(cells, size))


def window_words(voi: Voi, stated: bool) -> str:
    """Return a window in words: from the file or robust, name, centre, width and curve."""
    origin = "file" if stated else "robust"
    if isinstance(voi, VoiTable):
        return f"{origin}: {voi.name} (table of {voi.data.size} entries)"
    return f"{origin}: {voi.name} {voi.center:g},{voi.width:g} {voi.curve.value}"
