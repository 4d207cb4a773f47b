"""Pixels at places between pixels: picked, bilinear, or cubic; as stored values.

Places are two vectors of pixel coordinates, of rows and of columns: what is sampled is a grid.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
from numpy.typing import NDArray

Stored = NDArray[np.uint16]
Index = NDArray[np.intp]
Air = tuple[int, int]
SPLIT = 300_000  #: pixels from which a second core is worth its call
CORES = os.cpu_count() or 1


@cache
def second_core() -> ThreadPoolExecutor:
    """Return the thread that does half of what one frame needs."""
    return ThreadPoolExecutor(1, thread_name_prefix="grey")


def nearest(at: NDArray[np.float64], size: int) -> Index:
    """Return the whole pixels, of so many, that hold places."""
    return np.minimum(np.maximum(at.astype(np.intp), 0), size - 1)


def gathered(level: Stored, rows: Index, columns: Index) -> Stored:
    """Return level[rows][:, columns], copying no more than the columns in between."""
    across, down = _run(columns), _run(rows)
    if across is not None and down is not None:  # at 1:1 nothing is picked, only cut out
        return level[down, across]
    first, last = sorted((int(columns[0]), int(columns[-1])))
    return np.take(level[rows, first : last + 1], columns - first, axis=1, mode="clip")


def _run(places: Index) -> slice | None:
    """Return places as a slice when each is one after, or one before, the last; else None."""
    if places.size < 2:
        return None
    step = int(places[1] - places[0])
    if abs(step) != 1 or int(places[-1] - places[0]) != step * (places.size - 1):
        return None
    if not (np.diff(places) == step).all():
        return None
    stop = int(places[-1]) + step
    return slice(int(places[0]), stop if stop >= 0 else None, step)


def interpolated(
    level: Stored, at_row: NDArray[np.float64], at_column: NDArray[np.float64], air: Air | None
) -> Stored:
    """Return level bilinearly between pixel centres; where air meets tissue the nearest pixel."""
    y, x = at_row - 0.5, at_column - 0.5
    high, wide = level.shape[0] - 1, level.shape[1] - 1
    top = np.clip(np.floor(y), 0, high).astype(np.intp)
    left = np.clip(np.floor(x), 0, wide).astype(np.intp)
    bottom, right = np.minimum(top + 1, high), np.minimum(left + 1, wide)
    down = np.clip(y - top, 0, 1).astype(np.float32)[:, None]
    over = np.clip(x - left, 0, 1).astype(np.float32)[None, :]
    taps = [gathered(level, r, c) for r in (top, bottom) for c in (left, right)]
    upper = taps[0] + (taps[1].astype(np.float32) - taps[0]) * over
    lower = taps[2] + (taps[3].astype(np.float32) - taps[2]) * over
    mixed = np.rint(upper + (lower - upper) * down).astype(np.uint16)
    if air is None:
        return mixed
    in_air = [(tap >= air[0]) & (tap <= air[1]) for tap in taps]
    rim = np.logical_or.reduce(in_air) & ~np.logical_and.reduce(in_air)
    if rim.any():
        near = gathered(level, nearest(at_row, high + 1), nearest(at_column, wide + 1))
        mixed[rim] = near[rim]
    return mixed


def smoothed(
    level: Stored, at_row: NDArray[np.float64], at_column: NDArray[np.float64], air: Air | None
) -> Stored:
    """Return level magnified by the cubic filter of Mitchell and Netravali (1988), B = C = 1/3.

    Bilinear interpolation would show the grid of the pixels; sharper cubics ring round markers.
    """
    rows, down = _taps(at_row, level.shape[0])
    columns, over = _taps(at_column, level.shape[1])
    first = int(columns.min())
    strip = level[:, first : int(columns.max()) + 1]
    tall = sum(strip[rows[k]] * down[k][:, None] for k in range(4))
    wide = sum(np.take(tall, columns[k] - first, axis=1) * over[k] for k in range(4))
    smooth: Stored = np.rint(np.clip(wide, 0, 65535)).astype(np.uint16)
    return smooth


def magnified(level: Stored, times: int) -> Stored:
    """Return an image so many times as large, smooth between its pixels."""
    rows, columns = ((np.arange(times * size) + 0.5) / times for size in level.shape)
    return smoothed(level, rows, columns, None)


def _taps(at: NDArray[np.float64], size: int) -> tuple[Index, NDArray[np.float32]]:
    """Return the four pixels each place is mixed from, and their weights; both of shape (4, n)."""
    first = np.floor(at - 0.5)
    off = at - 0.5 - first
    away = np.stack([off + 1, off, 1 - off, 2 - off])
    near = (7 * away**3 - 12 * away**2) / 6 + 16 / 18
    far = (-7 * away**3 + 36 * away**2 - 60 * away) / 18 + 32 / 18
    weights = np.where(away < 1, near, far)
    places = np.clip(first.astype(np.intp) + np.arange(-1, 3)[:, None], 0, size - 1)
    return places, weights.astype(np.float32)
