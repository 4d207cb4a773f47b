"""Where the breast is in an image, and which pixels are air: found from the pixels alone.

Works on film as on digital images: lead markers, white film edges and noisy or compressed ground
are told from tissue by size and by place.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from app.core.display import Encoding

Mask = NDArray[np.bool_]
Range = tuple[int, int]

THUMB = 256  #: longest side, in cells, of the picture the breast is looked for in
GAP = 0.05  #: dark fat between the strands of a hard-windowed breast is thinner than this share
STRIP = 0.03  #: white film edges are thinner than this share of the image
SHARE = 0.06  #: of the way from ground to white at which tissue begins
SPREAD = 0.012  #: how far round a cell is looked, as a share of the longest side
RIM = 8  #: cells to go inwards before there is tissue and no fading skin any more
NIPPLE = 12  #: cells beyond the mask that a thin nipple may reach
NIPPLE_SPAN = 0.25  #: share of the breast's height within which it reaches farthest
TISSUE = 0.02  #: a column with this share of its rows above air has breast in it
FOG = (0.005, 0.4)  #: share of the ground brighter than noise: less is dust, more is no film
CONSTANT = 0.02  #: a value at the dark end held by this share of all pixels is air, not tissue


def _light(pixels: NDArray[np.uint16], encoding: Encoding) -> tuple[NDArray[np.float32], int]:
    """Return means over square cells, bright tissue on dark air, and the cell's size in pixels."""
    cell = max(1, -(-max(pixels.shape) // THUMB))
    rows, columns = (max(1, n // cell) for n in pixels.shape)
    if cell == 1 or min(pixels.shape) < cell:
        rows, columns, cell = *pixels.shape, 1
    # Every second or third pixel is enough for a mean, and four times as fast.
    step = max(1, cell // 4)
    within, dark = range(0, cell, step), _darkest(encoding)
    lines = np.zeros((rows, columns * cell), np.uint32)
    for y in within:
        line = pixels[y : rows * cell : cell, : columns * cell]
        if encoding.air is not None and air_counts(encoding):
            # Padding may hold any value, even the brightest: it counts as the darkest.
            padding = (line >= encoding.air[0]) & (line <= encoding.air[1])
            line = np.where(padding, np.uint16(dark), line)
        lines += line
    total = np.stack([lines[:, x::cell] for x in within]).sum(axis=0, dtype=np.float32)
    light: NDArray[np.float32] = total / np.float32(len(within) ** 2)
    return (np.float32(2**encoding.bits - 1) - light if _dark_is_high(encoding) else light), cell


def air_counts(encoding: Encoding) -> bool:
    """Return whether padding is anything but the darkest value there is, or none."""
    return encoding.air not in (None, (_darkest(encoding),) * 2)


def _darkest(encoding: Encoding) -> int:
    return 2**encoding.bits - 1 if _dark_is_high(encoding) else 0


def _dark_is_high(encoding: Encoding) -> bool:
    """Say whether high pixel values are shown dark: by polarity, or by a falling rescale."""
    return encoding.inverse != (encoding.slope < 0)


def _threshold(light: NDArray[np.float32]) -> float:
    """Return a value between air and tissue: a share of the way from the ground's to white."""
    ground = float(np.percentile(light, 1))
    values, counts = np.unique(np.round(light), return_counts=True)
    commonest = float(values[np.argmax(counts)])
    if counts.max() > CONSTANT * light.size and commonest < np.percentile(light, 60):
        ground = max(ground, commonest)
    white = float(np.percentile(light, 99))
    return ground + SHARE * max(white - ground, 1.0)


def _mask(light: NDArray[np.float32]) -> Mask:
    # Fat between bright strands may be as dark as air: what surrounds it decides.
    above = ndimage.gaussian_filter(light, SPREAD * max(light.shape)) > _threshold(light)
    size = max(1, round(GAP * max(light.shape)))
    above = ndimage.maximum_filter(above, size, mode="nearest")
    above = ndimage.minimum_filter(above, size, mode="nearest")
    size = max(1, round(STRIP * max(light.shape)))
    opened = _opened(above, size)
    parts, count = ndimage.label(opened if opened.any() else above)
    if count == 0:
        return np.ones(light.shape, bool)
    sizes = ndimage.sum_labels(np.ones(light.shape), parts, np.arange(1, count + 1))
    breast: Mask = ndimage.binary_fill_holes(parts == 1 + int(np.argmax(sizes)))
    return breast


def _opened(above: Mask, size: int) -> Mask:
    """Return what is left of a mask without strips thinner than `size` cells.

    `scipy.ndimage.binary_opening` by a square in a fifth of its time: row by row, then columns.
    """
    back = -1 if size % 2 == 0 else 0
    thin = ndimage.minimum_filter(above, size, mode="constant", cval=0)
    opened: Mask = ndimage.maximum_filter(thin, size, mode="constant", cval=0, origin=back)
    return opened


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outline:
    """A small picture of an image and where in it the breast is."""

    light: NDArray[np.float32]  #: means over square cells, bright tissue on dark air
    cell: int  #: pixels a side
    mask: Mask


def outline(pixels: NDArray[np.uint16], encoding: Encoding) -> Outline:
    """Return the outline of the breast, which all that is asked of it has in common.

    The largest part brighter than air once strips thinner than 3 % of the image (film edges,
    strokes of lead letters) are taken away; the whole grid when nothing stands out. About 20 ms.
    """
    light, cell = _light(pixels, encoding)
    return Outline(light=light, cell=cell, mask=_mask(light))


def breast_mask(pixels: NDArray[np.uint16], encoding: Encoding) -> Mask:
    """Return where the breast is, on a grid of at most 256 cells a side over the image."""
    return outline(pixels, encoding).mask


def breast_box(
    pixels: NDArray[np.uint16], encoding: Encoding, found: Outline | None = None
) -> tuple[int, int, int, int]:
    """Return top, left, bottom, right of the breast, in pixels of the image as stored."""
    found = found or outline(pixels, encoding)
    mask, cell = found.mask, found.cell
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    bottom = min((int(rows[-1]) + 1) * cell, pixels.shape[0])
    right = min((int(columns[-1]) + 1) * cell, pixels.shape[1])
    if rows[-1] == mask.shape[0] - 1:
        bottom = pixels.shape[0]
    if columns[-1] == mask.shape[1] - 1:
        right = pixels.shape[1]
    top, left = int(rows[0]) * cell, int(columns[0]) * cell
    if left > 0 or right < pixels.shape[1]:  # a canvas: cells are too coarse to meet the wall
        left, right = _exactly(pixels[top:bottom], encoding, (left, right), 6 * cell)
    return top, left, bottom, right


def _exactly(
    rows: NDArray[np.uint16], encoding: Encoding, guess: tuple[int, int], reach: int
) -> tuple[int, int]:
    """Return the first and past-the-last column with tissue in it, looked for round a guess."""
    light, _ = _light(rows, encoding)
    limit = _threshold(light)
    dark_is_high, white = _dark_is_high(encoding), 2**encoding.bits - 1
    found = []
    for at, last in ((guess[0], False), (guess[1], True)):
        first = max(0, at - reach)
        part = rows[:, first : at + reach].astype(np.int32)
        tissue = ((white - part if dark_is_high else part) > limit).mean(axis=0) > TISSUE
        places = np.flatnonzero(tissue)
        if places.size == 0:
            found.append(at)
        else:
            found.append(first + int(places[-1]) + 1 if last else first + int(places[0]))
    return found[0], found[1]


def nipple_row(mask: Mask, wall: Literal["left", "right"]) -> float | None:
    """Return the row of the nipple as a share of the height of a turned mask; None when unclear.

    The nipple is taken to be where the breast reaches farthest from the chest wall. Where a
    stretch of the outline reaches as far, nothing can be said.
    """
    inward = mask if wall == "left" else mask[:, ::-1]
    columns = np.arange(1, mask.shape[1] + 1)
    reach = ndimage.uniform_filter1d((inward * columns).max(axis=1).astype(np.float64), 3)
    rows = np.flatnonzero(inward.any(axis=1))
    if rows.size < 8:
        return None
    far = np.flatnonzero(reach >= reach.max() - max(1.5, 0.02 * reach.max()))
    if far[-1] - far[0] > NIPPLE_SPAN * (rows[-1] - rows[0]):
        return None
    return float((far[0] + far[-1] + 1) / 2 / mask.shape[0])


def chest_wall_side(
    pixels: NDArray[np.uint16], encoding: Encoding, found: Outline | None = None
) -> tuple[Literal["left", "right"], bool]:
    """Return the side of the image the chest wall is at, and whether the pixels are clear on it.

    The breast is widest along the chest wall and tapers towards the nipple, so the edge strip with
    more breast in it is the chest wall. Clear means at least twice as much as in the other strip.
    """
    mask = (found or outline(pixels, encoding)).mask
    columns = np.flatnonzero(mask.any(axis=0))
    mask = mask[:, columns[0] : columns[-1] + 1]  # a canvas may surround the breast
    strip = max(1, mask.shape[1] // 12)
    left, right = float(mask[:, :strip].mean()), float(mask[:, -strip:].mean())
    return ("left" if left >= right else "right"), max(left, right) >= 2 * min(left, right)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Air:
    """What of an image is air: values that are air wherever they are, and places that are."""

    constant: Range | None = None  #: one value at the dark end: black in any window
    noisy: Range | None = None  #: from the dark end to what tissue holds: black when inverted
    fogged: Mask | None = None  #: True outside the breast, on a grid over the image: likewise


def find_air(pixels: NDArray[np.uint16], encoding: Encoding, found: Outline | None = None) -> Air:
    """Return the air of an image, as pixel values and, on fogged film, as places.

    Constant air is one value at the dark end that many pixels hold. Noisy air reaches from there to
    where the ground outside the breast ends, short of what tissue holds. Film is fogged along its
    edges to values that tissue holds too: there only the place tells.
    """
    step = max(1, max(pixels.shape) // 1024)
    sample = pixels[::step, ::step]
    dark = int(sample.max() if _dark_is_high(encoding) else sample.min())
    constant = (dark, dark) if (sample == dark).mean() >= CONSTANT else None
    found = found or outline(pixels, encoding)
    light, cell, mask = found.light, found.cell, found.mask
    # Single pixels, one a cell: means over cells would hide how far noise reaches.
    rows, columns = light.shape
    single = pixels[: rows * cell : cell, : columns * cell : cell].astype(np.float32)
    if _dark_is_high(encoding):
        single = np.float32(2**encoding.bits - 1) - single
    outside = ~ndimage.binary_dilation(mask, iterations=RIM // 2)
    ground = single[outside]
    tissue = single[ndimage.binary_erosion(mask, iterations=RIM, border_value=1)]
    if ground.size < 0.02 * light.size or tissue.size == 0:
        return Air(constant=constant)
    # Lead letters and film edges are ground too, but bright: half of the ground is surely air.
    typical = float(np.median(ground))
    spread = float(np.median(np.abs(ground - typical))) * 1.5
    ends = min(typical + 4 * spread, float(np.percentile(ground, 99.5)))
    limit = min(ends + 0.01 * 2**encoding.bits, float(np.percentile(tissue, 1)))
    reach = max(int(np.ceil(limit)) - 1, 0)
    white = 2**encoding.bits - 1
    noisy = ((white - reach, white) if _dark_is_high(encoding) else (0, reach)) if reach else None
    fogged = FOG[0] < float((ground > reach).mean()) < FOG[1]
    far = ~ndimage.binary_dilation(mask, iterations=NIPPLE)
    return Air(constant=constant, noisy=noisy, fogged=_smooth(far) if fogged else None)


def _smooth(mask: Mask) -> Mask:
    """Return a mask on a grid four times as fine, its stairs rounded off."""
    soft = ndimage.gaussian_filter(mask.astype(np.float32), 1.5)
    fine: Mask = ndimage.zoom(soft, 4, order=1, mode="nearest", grid_mode=True) > 0.5
    return fine
