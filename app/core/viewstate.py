"""What a pane shows, in anatomical millimetres from the chest wall.

Depth is the distance from the chest-wall edge of the image, along is the distance down from its
middle row. A right breast has its chest wall at the right edge of its tile, a left one at the left,
and because both measure from there, one view state drives a mirrored pair.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from app.core.display import Voi
from app.core.geometry import Transform
from app.core.mammogram import Facts
from app.core.resample import Placement

Wall = Literal["left", "right"]
Size = tuple[int, int]  #: width, height of a tile in device pixels
Box = tuple[int, int, int, int]  #: top, left, bottom, right; the last two are past the end

NOMINAL_HEIGHT_MM = 240.0  #: what an image without spacing is taken to be: a common film format
FINEST_MM, COARSEST_MM = 0.001, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """The turned image as a thing of a size: pixels, millimetres, and where the breast is."""

    rows: int
    columns: int
    row_mm: float  #: between rows of the turned image
    column_mm: float
    wall: Wall
    breast: Box
    nominal: bool  #: the millimetres are nominal: nothing states the spacing
    shift: tuple[float, float] = (0.0, 0.0)  #: mm of depth and along, to lie over another image

    @property
    def width_mm(self) -> float:
        """Width of the turned image."""
        return self.columns * self.column_mm

    @property
    def height_mm(self) -> float:
        """Height of the turned image."""
        return self.rows * self.row_mm


@dataclass(frozen=True, slots=True, kw_only=True)
class PaneView:
    """The part of a mammogram in view and how it is shown; a value, changed by `replace`.

    `depth` is what lies at the chest-wall edge of the tile, `along` at the middle of its height,
    `scale` is mm per device pixel. `voi` None stands for what the file asks for.
    """

    scale: float
    depth: float = 0.0
    along: float = 0.0
    voi: Voi | None = None
    invert: bool = False
    enhancement: str = ""  #: one of `enhance.ENHANCEMENTS`, empty for the pixels as they are

    @property
    def place(self) -> tuple[float, float, float]:
        """Which part is in view, whatever it looks like."""
        return self.scale, self.depth, self.along


def plate_for(facts: Facts, transform: Transform, breast: Box | None = None) -> Plate:
    """Return the plate of an image after its transform; `breast` is in pixels as stored."""
    rows, columns = transform.shape(facts.rows, facts.columns)
    nominal = facts.spacing_mm is None
    spacing = facts.spacing_mm or (NOMINAL_HEIGHT_MM / rows, NOMINAL_HEIGHT_MM / rows)
    turned = transform.value[0]
    return Plate(
        rows=rows,
        columns=columns,
        row_mm=spacing[1] if turned else spacing[0],
        column_mm=spacing[0] if turned else spacing[1],
        wall="right" if facts.side == "R" else "left",
        breast=_turned_box(facts, transform, breast),
        nominal=nominal,
    )


def _turned_box(facts: Facts, transform: Transform, box: Box | None) -> Box:
    top, left, bottom, right = box or (0, 0, facts.rows, facts.columns)
    one = transform.forward((left, top), facts.rows, facts.columns)
    two = transform.forward((right, bottom), facts.rows, facts.columns)
    (x0, x1), (y0, y1) = sorted((one[0], two[0])), sorted((one[1], two[1]))
    return int(y0), int(x0), int(y1), int(x1)


# From device pixels to millimetres and back.


def from_wall(plate: Plate, tile: Size, point: tuple[float, float]) -> tuple[float, float]:
    """Return a tile point as device pixels away from the wall edge and below the middle."""
    inward = point[0] if plate.wall == "left" else tile[0] - point[0]
    return inward, point[1] - tile[1] / 2


def placement(view: PaneView, plate: Plate, tile: Size) -> Placement:
    """Return where the turned image lies in the tile."""
    zoom_x, zoom_y = plate.column_mm / view.scale, plate.row_mm / view.scale
    gap = (view.depth + plate.shift[0]) / view.scale
    left = -gap if plate.wall == "left" else tile[0] + gap - plate.columns * zoom_x
    top = tile[1] / 2 - (view.along + plate.shift[1] + plate.height_mm / 2) / view.scale
    if abs(zoom_x - 1) < 1e-9 and abs(zoom_y - 1) < 1e-9:  # 1:1 shows pixels, not mixtures
        left, top = round(left), round(top)
    return Placement(
        left=left, top=top, zoom_x=zoom_x, zoom_y=zoom_y, width=tile[0], height=tile[1]
    )


def image_point(
    view: PaneView, plate: Plate, tile: Size, point: tuple[float, float]
) -> tuple[float, float]:
    """Return the (x, y) of the turned image, in pixels, under a point of the tile."""
    place = placement(view, plate, tile)
    return (point[0] - place.left) / place.zoom_x, (point[1] - place.top) / place.zoom_y


def depth_and_along(
    view: PaneView, plate: Plate, tile: Size, point: tuple[float, float]
) -> tuple[float, float]:
    """Return the millimetres from the chest wall and below the middle under a tile point."""
    inward, below = from_wall(plate, tile, point)
    depth, along = view.depth + plate.shift[0], view.along + plate.shift[1]
    return depth + inward * view.scale, along + below * view.scale


# Steps from one view to the next.


def zoomed(view: PaneView, at: tuple[float, float], factor: float) -> PaneView:
    """Return the view magnified by factor about `at`, given as `from_wall` returns it.

    Making it smaller opens no gap at the chest wall: the picture slides along to stay flush.
    """
    scale = float(np.clip(view.scale / factor, FINEST_MM, COARSEST_MM))
    change = view.scale - scale
    depth = max(view.depth + at[0] * change, min(view.depth, 0.0))
    return replace(view, scale=scale, depth=depth, along=view.along + at[1] * change)


def panned(view: PaneView, inward: float, down: float) -> PaneView:
    """Return the view after the picture was pushed by device pixels away from the wall and down."""
    return replace(
        view, depth=view.depth - inward * view.scale, along=view.along - down * view.scale
    )


def aligned(plate: Plate, below: Plate, nipples: tuple[float | None, float | None]) -> Plate:
    """Return a plate shifted to lie over another one: chest wall on chest wall, nipple on nipple.

    `nipples` are their rows in the turned images; where one is not known the middle of the breast
    takes its place in both.
    """
    rows = nipples if None not in nipples else (None, None)
    depth, along = (
        a - b for a, b in zip(_anchor(plate, rows[0]), _anchor(below, rows[1]), strict=True)
    )
    return replace(plate, shift=(depth, along))


def _anchor(plate: Plate, nipple: float | None) -> tuple[float, float]:
    """Return depth of the chest wall and height of the nipple, in mm of the image itself."""
    top, left, bottom, right = plate.breast
    gap = left if plate.wall == "left" else plate.columns - right
    row = (top + bottom) / 2 if nipple is None else nipple
    return gap * plate.column_mm, (row - plate.rows / 2) * plate.row_mm


def magnification(view: PaneView, plate: Plate) -> float:
    """Return device pixels per image pixel."""
    return plate.column_mm / view.scale


# Undo.

Views = tuple[PaneView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The views of a step now, before, and after an undo; a list of values is all undo needs."""

    now: Views
    past: tuple[Views, ...] = ()
    future: tuple[Views, ...] = ()

    def changed(self, views: Views) -> "History":
        """Return the history with views on top; nothing when they are what is there."""
        if views == self.now:
            return self
        return History(now=views, past=(*self.past[-99:], self.now))

    def undone(self) -> "History":
        """Return one step back, or itself at the start."""
        if not self.past:
            return self
        return History(now=self.past[-1], past=self.past[:-1], future=(self.now, *self.future))

    def redone(self) -> "History":
        """Return one step forward, or itself at the end."""
        if not self.future:
            return self
        return History(now=self.future[0], past=(*self.past, self.now), future=self.future[1:])
