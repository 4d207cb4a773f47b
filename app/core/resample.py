"""From a full-resolution mammogram to the device pixels on screen, still as stored values.

An area-average pyramid is built once per image (away from the GUI thread). A zoom or pan samples
its visible part (`interpolation`): nearest while the hand moves, then bilinear between averaged
pixels, or cubic where it magnifies. Never nearest on the full resolution alone: microcalcifications
would come and go.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.display import Encoding
from app.core.geometry import Transform
from app.core.interpolation import (
    CORES,
    SPLIT,
    Air,
    Index,
    Stored,
    interpolated,
    picked,
    second_core,
    smoothed,
)

Shades = NDArray[np.unsignedinteger]
Places = NDArray[np.bool_]
STRIP = 64  #: rows whose indices fit the cache
SMALLEST = 64  #: no level gets smaller than this many pixels on its longer side


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pyramid:
    """Area averages of one image: level k has ceil(size / 2**k) pixels a side; level 0 is it."""

    levels: tuple[Stored, ...]
    air: Air | None = None  #: that must not mix with tissue
    fogged: Places | None = None  #: True where film is fogged, on a grid over the image

    @property
    def nbytes(self) -> int:
        """Memory of all levels in bytes."""
        return sum(level.nbytes for level in self.levels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where the turned image lies in a tile, all in device pixels.

    Image pixel edge (x, y) of the turned image is drawn at (left + x * zoom_x, top + y * zoom_y).
    """

    left: float
    top: float
    zoom_x: float
    zoom_y: float
    width: int  #: of the tile
    height: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Stored values at device resolution, and where their upper left corner lies in the tile."""

    pixels: Stored
    left: int
    top: int
    fogged: Places | None = None  #: of the same shape; black when inverted


def build_pyramid(pixels: Stored, encoding: Encoding, fogged: Places | None = None) -> Pyramid:
    """Return the pyramid of pixels, shape (rows, columns); air makes no rim round the tissue.

    Air at the dark end may mix with tissue: that only softens the edge. Air elsewhere (padding 0 of
    an inverse image, say) never mixes: the mean of black and tissue could be white.
    """
    air = None if _dark(encoding) else encoding.air
    levels = [pixels]
    while max(levels[-1].shape) > SMALLEST:
        levels.append(_halved(levels[-1], air))
    return Pyramid(levels=tuple(levels), air=air, fogged=fogged)


def _dark(encoding: Encoding) -> bool:
    """Return whether no pixel can be darker than air, or there is none."""
    if encoding.air is None:
        return True
    if encoding.inverse:
        return encoding.air[1] >= (1 << encoding.bits) - 1
    return encoding.air[0] <= 0


def _halved(level: Stored, air: Air | None) -> Stored:
    """Return 2x2 means; an odd last row or column counts twice.

    A block partly air becomes the mean of its tissue, or air when most of it is: a mean over both
    would draw a rim round the breast that nobody exposed.
    """
    rows, columns = level.shape
    if rows % 2 or columns % 2:
        level = np.pad(level, ((0, rows % 2), (0, columns % 2)), mode="edge")
    corners = [level[y::2, x::2] for y in (0, 1) for x in (0, 1)]
    total = corners[0].astype(np.uint32)
    for corner in corners[1:]:
        total += corner
    total += 2
    total >>= 2
    means = total.astype(np.uint16)
    if air is None:
        return means
    tissue = (level < air[0]) | (level > air[1])
    parts = [tissue[y::2, x::2] for y in (0, 1) for x in (0, 1)]
    count = parts[0].astype(np.uint8)
    for part in parts[1:]:
        count += part
    mixed = (count > 0) & (count < 4)
    many = count[mixed].astype(np.uint32)
    sums = np.zeros(many.shape, np.uint32)
    for corner, part in zip(corners, parts, strict=True):
        sums += np.where(part[mixed], corner[mixed], 0)
    means[mixed] = np.where(many >= 2, (sums + many // 2) // many, air[0])
    return means


def level_for(pyramid: Pyramid, zoom: float, *, fine: bool) -> int:
    """Return the level to sample at `zoom` device pixels per image pixel.

    Fine: the coarsest level whose pixels are no larger than device pixels, to be interpolated.
    Otherwise the nearest in size, to be picked from.
    """
    octaves = -np.log2(zoom)
    wanted = np.floor(octaves + 1e-9) if fine else np.rint(octaves)
    return int(np.clip(wanted, 0, len(pyramid.levels) - 1))


def visible(
    pyramid: Pyramid, transform: Transform, place: Placement, *, fine: bool
) -> Sample | None:
    """Return the part of the turned image inside the tile at device resolution, or None.

    `fine` interpolates; otherwise one averaged pixel is picked per device pixel. The transform
    only orders the indices, so nothing of full size is copied.
    """
    rows, columns = pyramid.levels[0].shape
    turned = transform.shape(rows, columns)
    across = _inside(place.left, place.zoom_x, turned[1], place.width)
    down = _inside(place.top, place.zoom_y, turned[0], place.height)
    if across is None or down is None:
        return None
    number = level_for(pyramid, min(place.zoom_x, place.zoom_y), fine=fine)
    x = (np.arange(*across) + 0.5 - place.left) / place.zoom_x
    y = (np.arange(*down) + 0.5 - place.top) / place.zoom_y
    transpose, flip_x, flip_y = transform.value
    x = turned[1] - x if flip_x else x
    y = turned[0] - y if flip_y else y
    at_row, at_column = (x, y) if transpose else (y, x)
    level = pyramid.levels[number]
    sampler = picked
    if fine:
        magnified = max(place.zoom_x, place.zoom_y) > 1 and pyramid.air is None
        sampler = smoothed if magnified else interpolated
    found = sampler(level, at_row / 2**number, at_column / 2**number, pyramid.air)
    pixels = np.ascontiguousarray(found.T) if transpose else found
    fogged = None
    if pyramid.fogged is not None:
        fogged = places_in(pyramid.fogged, at_row / rows, at_column / columns)
        fogged = fogged.T if transpose else fogged
    return Sample(pixels=pixels, left=across[0], top=down[0], fogged=fogged)


def places_in(grid: Places, at_row: NDArray[np.float64], at_column: NDArray[np.float64]) -> Places:
    """Return a grid over an image at places given as two vectors of shares of its height, width."""
    high, wide = grid.shape
    rows = np.clip((at_row * high).astype(np.intp), 0, high - 1)
    columns = np.clip((at_column * wide).astype(np.intp), 0, wide - 1)
    found: Places = grid[rows[:, None], columns[None, :]]
    return found


def through(table: Shades, pixels: Stored | Index, out: Shades | None = None) -> Shades:
    """Return what a table of 65,536 entries makes of pixels, shape (rows, columns).

    The same as `apply_table`, for entries of any size, in half the time: numpy turns indices into
    machine words first, and a strip at a time of them stays in the cache; pixels that are machine
    words already save that too. A second core, when there is one, does the lower half.
    """
    grey = np.empty(pixels.shape, table.dtype) if out is None else out
    middle = pixels.shape[0] // 2
    if pixels.size < SPLIT or CORES < 2:
        _strips(table, pixels, grey)
        return grey
    lower = second_core().submit(_strips, table, pixels[middle:], grey[middle:])
    _strips(table, pixels[:middle], grey[:middle])
    lower.result()
    return grey


def _strips(table: Shades, pixels: Stored | Index, grey: Shades) -> None:
    if pixels.dtype == np.intp:
        np.take(table, pixels, out=grey, mode="clip")
        return
    buffer = np.empty((STRIP, pixels.shape[1]), np.intp)
    for row in range(0, pixels.shape[0], STRIP):
        strip = pixels[row : row + STRIP]
        index = buffer[: strip.shape[0]]
        np.copyto(index, strip)
        np.take(table, index, out=grey[row : row + STRIP], mode="clip")


def _inside(origin: float, zoom: float, size: int, tile: int) -> tuple[int, int] | None:
    """Return first and past-the-last device pixel whose centre lies in image and tile."""
    first = max(0, int(np.ceil(origin - 0.5)))
    last = min(tile, int(np.ceil(origin + size * zoom - 0.5)))
    return (first, last) if last > first else None
