"""From a full-resolution mammogram to the device pixels on screen, still as stored values.

An area-average pyramid is built once per image (away from the GUI thread). A zoom or pan samples
its visible part (`interpolation`): nearest while the hand moves, then bilinear between averaged
pixels, or cubic where it magnifies. Never nearest on the full resolution alone: microcalcifications
would come and go.
"""

from dataclasses import dataclass, replace
from typing import Literal

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
    gathered,
    interpolated,
    nearest,
    second_core,
    smoothed,
)

Shades = NDArray[np.unsignedinteger]
Places = NDArray[np.bool_]
Range = tuple[int, int]  #: first, and one past the last
Kind = Literal["picked", "interpolated", "smoothed"]
STRIP = 64  #: rows whose indices fit the cache
SMALLEST = 64  #: no level gets smaller than this many pixels on its longer side
BLOCK = 64  #: pixels a side of the squares of which it is known whether they are all air


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pyramid:
    """Area averages of one image: level k has ceil(size / 2**k) pixels a side; level 0 is it."""

    levels: tuple[Stored, ...]
    air: Air | None = None  #: that must not mix with tissue
    fogged: Places | None = None  #: True where film is fogged, on a grid over the image
    blocks: Places | None = None  #: True for squares of BLOCK pixels that hold more than air

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
    blocks = None if encoding.air is None else occupied(pixels, encoding.air)
    return Pyramid(levels=tuple(levels), air=air, fogged=fogged, blocks=blocks)


def occupied(pixels: Stored, air: Air) -> Places:
    """Return which squares of BLOCK pixels a side hold more than air; the last ones are cut."""
    starts = np.arange(0, pixels.shape[1], BLOCK)
    found = []
    for row in range(0, pixels.shape[0], BLOCK):
        rows = pixels[row : row + BLOCK]
        above = np.maximum.reduceat(rows.max(axis=0), starts) > air[1]
        if air[0] > 0:
            above |= np.minimum.reduceat(rows.min(axis=0), starts) < air[0]
        found.append(above)
    return np.array(found)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A turned image at a zoom: its device pixels, but for whole ones it is moved by.

    Device pixels count from the origin, which lies within one of the image's corner; the corner is
    `phase_x`, `phase_y` of a device pixel beyond it.
    """

    pyramid: Pyramid
    transform: Transform
    zoom_x: float
    zoom_y: float
    phase_x: float
    phase_y: float

    @staticmethod
    def of(
        pyramid: Pyramid, transform: Transform, place: Placement
    ) -> "tuple[Sight, tuple[int, int]]":
        """Return the sight of a placement, and where its origin lies in the tile."""
        x, y = int(np.floor(place.left)), int(np.floor(place.top))
        sight = Sight(
            pyramid=pyramid,
            transform=transform,
            zoom_x=place.zoom_x,
            zoom_y=place.zoom_y,
            phase_x=place.left - x,
            phase_y=place.top - y,
        )
        return sight, (x, y)

    @property
    def exact(self) -> bool:
        """Whether image pixels are device pixels: there is nothing to interpolate."""
        return (self.zoom_x, self.zoom_y, self.phase_x, self.phase_y) == (1, 1, 0, 0)

    def panned(self, other: "Sight") -> bool:
        """Return whether another sight shows the same image at the same zoom."""
        return replace(self, phase_x=other.phase_x, phase_y=other.phase_y) == other

    def near(self, other: "Sight") -> bool:
        """Return whether two sights of an image lie the same way between device pixels."""
        off = abs(self.phase_x - other.phase_x), abs(self.phase_y - other.phase_y)
        return all(min(part, 1 - part) < 1e-3 for part in off)

    @property
    def turned(self) -> tuple[int, int]:
        """Rows and columns of the turned image, in its own pixels."""
        rows, columns = self.pyramid.levels[0].shape
        return self.transform.shape(rows, columns)

    def across(self, origin: int, tile: int) -> tuple[int, int] | None:
        """Return first and past-the-last column, from the origin, that a tile so wide shows."""
        return _inside(self.phase_x, self.zoom_x, self.turned[1], -origin, tile - origin)

    def down(self, origin: int, tile: int) -> tuple[int, int] | None:
        """Return first and past-the-last row, from the origin, that a tile so high shows."""
        return _inside(self.phase_y, self.zoom_y, self.turned[0], -origin, tile - origin)

    def sampler(self, across: Range, down: Range, *, fine: bool) -> "Sampler":
        """Return what samples rectangles within the given columns and rows.

        `fine` interpolates; otherwise one averaged pixel is picked per device pixel. The transform
        only orders the indices, so nothing of full size is copied.
        """
        x = (np.arange(*across) + 0.5 - self.phase_x) / self.zoom_x
        y = (np.arange(*down) + 0.5 - self.phase_y) / self.zoom_y
        transpose, flip_x, flip_y = self.transform.value
        x = self.turned[1] - x if flip_x else x
        y = self.turned[0] - y if flip_y else y
        number = level_for(self.pyramid, min(self.zoom_x, self.zoom_y), fine=fine)
        kind: Kind = "picked"
        if fine:
            magnified = max(self.zoom_x, self.zoom_y) > 1 and self.pyramid.air is None
            kind = "smoothed" if magnified else "interpolated"
        rows, columns = (x, y) if transpose else (y, x)
        level = self.pyramid.levels[number]
        return Sampler(
            pyramid=self.pyramid,
            level=level,
            transpose=transpose,
            kind=kind,
            start=(across[0], down[0]),
            at=(rows / 2**number, columns / 2**number),
            picks=(
                nearest(rows / 2**number, level.shape[0]),
                nearest(columns / 2**number, level.shape[1]),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampler:
    """Samples rectangles of a sight; what is the same for all of them is worked out once."""

    pyramid: Pyramid
    level: Stored
    transpose: bool
    kind: Kind
    start: tuple[int, int]  #: column and row that the vectors begin with
    at: tuple[NDArray[np.float64], NDArray[np.float64]]  #: rows, columns in pixels of the level
    picks: tuple[Index, Index]  #: the same as whole pixels

    def __call__(self, across: Range, down: Range) -> tuple[Stored, Places | None]:
        """Return device pixels of a rectangle as stored values, and where film is fogged in it."""
        over = slice(across[0] - self.start[0], across[1] - self.start[0])
        along = slice(down[0] - self.start[1], down[1] - self.start[1])
        rows, columns = (over, along) if self.transpose else (along, over)
        at = self.at[0][rows], self.at[1][columns]
        if self.kind == "picked":
            found = gathered(self.level, self.picks[0][rows], self.picks[1][columns])
        else:
            method = smoothed if self.kind == "smoothed" else interpolated
            found = method(self.level, *at, self.pyramid.air)
        fogged = None
        if self.pyramid.fogged is not None:
            high, wide = self.level.shape
            fogged = places_in(self.pyramid.fogged, at[0] / high, at[1] / wide)
            fogged = fogged.T if self.transpose else fogged
        return (np.ascontiguousarray(found.T) if self.transpose else found), fogged


def visible(
    pyramid: Pyramid, transform: Transform, place: Placement, *, fine: bool
) -> Sample | None:
    """Return the part of the turned image inside the tile at device resolution, or None."""
    sight, (x, y) = Sight.of(pyramid, transform, place)
    across, down = sight.across(x, place.width), sight.down(y, place.height)
    if across is None or down is None:
        return None
    pixels, fogged = sight.sampler(across, down, fine=fine)(across, down)
    return Sample(pixels=pixels, left=x + across[0], top=y + down[0], fogged=fogged)


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


def _inside(corner: float, zoom: float, size: int, low: int, high: int) -> Range | None:
    """Return first and past-the-last device pixel of low to high whose centre lies in the image."""
    first = max(low, int(np.ceil(corner - 0.5)))
    last = min(high, int(np.ceil(corner + size * zoom - 0.5)))
    return (first, last) if last > first else None
