"""Enhanced copies of a mammogram, for looking only: local contrast (CLAHE) and sharpening.

Air stays as it is, and the results keep the range of the stored values, so that windows mean the
same before and after.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from app.core.display import Encoding
from app.core.mammogram import Stored

TILES = 8  #: contextual regions down and across (Zuiderveld, Graphics Gems IV, 1994)
BINS = 1024  #: grey steps the local curves tell apart
CLIP = 2.0  #: a bin holds at most this many times its even share: no more slope than this
LEAST = 64  #: pixels of tissue a region needs for a curve of its own
SIGMA = 2.5  #: of the blurred copy that sharpening takes away, in pixels
AMOUNT = 1.5  #: of the difference that sharpening adds

Maps = NDArray[np.float32]


def clahe(pixels: Stored, encoding: Encoding) -> Stored:
    """Return pixels, shape (rows, columns), with contrast stretched in each part of the breast."""
    tissue = _tissue(pixels, encoding)
    sample = pixels[::4, ::4][tissue[::4, ::4]]
    if sample.size < LEAST:
        return pixels
    low, high = (float(v) for v in np.percentile(sample, [0.5, 99.5]))
    scale = BINS / max(high - low, 1.0)
    # Tables from stored value to bin: faster than arithmetic on every pixel.
    bins = np.clip((np.arange(65536) - low) * scale, 0, BINS - 1).astype(np.int16)
    index = bins[pixels]
    maps = _local_curves(index, tissue, low, high)
    mixed = _between(index, maps)
    outside = (pixels < low) | (pixels > high)
    # What lies beyond the ends of the curves stays beyond them, in its order.
    result = np.clip(np.rint(mixed), 0, 2**encoding.bits - 1).astype(np.uint16)
    return np.where(tissue & ~outside, result, pixels)


def _tissue(pixels: Stored, encoding: Encoding) -> NDArray[np.bool_]:
    tissue = np.ones(65536, np.bool_)
    for air in (encoding.air, encoding.dim_air):
        if air is not None:
            tissue[air[0] : air[1] + 1] = False
    return tissue[pixels]


def _local_curves(
    index: NDArray[np.int16], tissue: NDArray[np.bool_], low: float, high: float
) -> Maps:
    """Return the value each bin gets in each region, shape (TILES, TILES, BINS)."""
    from scipy import ndimage

    edges = [np.linspace(0, size, TILES + 1).astype(int) for size in index.shape]
    plain = np.linspace(low, high, BINS, dtype=np.float32)
    maps = np.empty((TILES, TILES, BINS), np.float32)
    step = 1 + max(index.shape) // 2048  # of a large image every second or third pixel will do
    for row in range(TILES):
        for column in range(TILES):
            down, across = edges[0][row : row + 2], edges[1][column : column + 2]
            part = np.s_[down[0] : down[1] : step, across[0] : across[1] : step]
            held = index[part][tissue[part]]
            if held.size < LEAST:
                maps[row, column] = plain
                continue
            counts = np.bincount(held, minlength=BINS).astype(np.float64)
            counts = ndimage.uniform_filter1d(counts, 9, mode="nearest")
            most = CLIP * held.size / BINS
            counts = np.minimum(counts, most)
            counts += (held.size - counts.sum()) / BINS  # what was cut is shared out evenly
            curve = np.cumsum(counts) / held.size
            maps[row, column] = low + (high - low) * curve
    return maps


def _between(index: NDArray[np.int16], maps: Maps) -> Maps:
    """Return each pixel's value, bilinear between the curves of the four nearest regions."""
    mixed = np.empty(index.shape, np.float32)
    rows, row_shares = _neighbours(index.shape[0])
    columns, column_shares = _neighbours(index.shape[1])
    for first, last, top in _runs(rows):
        down = row_shares[first:last, None]
        for start, stop, left in _runs(columns):
            across = column_shares[None, start:stop]
            at = index[first:last, start:stop]
            below, right = min(top + 1, TILES - 1), min(left + 1, TILES - 1)
            upper = maps[top, left][at] * (1 - across) + maps[top, right][at] * across
            lower = maps[below, left][at] * (1 - across) + maps[below, right][at] * across
            mixed[first:last, start:stop] = upper * (1 - down) + lower * down
    return mixed


def _neighbours(size: int) -> tuple[NDArray[np.intp], Maps]:
    """Return for each row or column the region above or left of it, and how far it is past it."""
    at = np.clip((np.arange(size) + 0.5) * TILES / size - 0.5, 0, TILES - 1)
    nearest = np.floor(at).astype(np.intp)
    return nearest, (at - nearest).astype(np.float32)


def _runs(values: NDArray[np.intp]) -> list[tuple[int, int, int]]:
    """Return first, past-the-last and value of each run of equal values."""
    starts = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), values.size]
    return [(a, b, int(values[a])) for a, b in pairwise(starts)]


def sharpened(pixels: Stored, encoding: Encoding) -> Stored:
    """Return pixels with fine detail raised: unsharp masking."""
    from scipy import ndimage

    plain = pixels.astype(np.float32)
    blurred = ndimage.gaussian_filter(plain, SIGMA, truncate=3.0)
    plain += AMOUNT * (plain - blurred)
    result = np.clip(np.rint(plain), 0, 2**encoding.bits - 1).astype(np.uint16)
    return np.where(_tissue(pixels, encoding), result, pixels)


#: By the word shown on the screen; a new one is a function and a line here.
ENHANCEMENTS: Mapping[str, Callable[[Stored, Encoding], Stored]] = MappingProxyType(
    {"CLAHE": clahe, "sharpened": sharpened}
)
