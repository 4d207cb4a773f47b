"""The quadrant tour: stops that show all of a breast at one image pixel per device pixel."""

from dataclasses import replace
from math import ceil

from app.core.viewstate import PaneView, Plate, Size

OVERLAP = 0.08  #: of a tile that the next stop shows again


def stops_needed(plate: Plate, tile: Size) -> tuple[int, int]:
    """Return how many stops down and across show the whole breast at 1:1."""
    top, left, bottom, right = plate.breast
    return _count(bottom - top, tile[1]), _count(right - left, tile[0])


def _count(length: int, tile: int) -> int:
    return 1 if length <= tile else 1 + ceil((length - tile) / (tile * (1 - OVERLAP)))


def stop(
    view: PaneView, plate: Plate, tile: Size, counts: tuple[int, int], number: int
) -> PaneView:
    """Return the view at one stop, counted from 0: from the chest wall outwards, then the next row.

    Every second row goes back inwards, so that no stop is far from the last. Panes given the same
    counts show the same part of their breasts, whatever their sizes.
    """
    row, column = divmod(number, counts[1])
    if row % 2:
        column = counts[1] - 1 - column
    scale = plate.column_mm
    top, left, bottom, right = plate.breast
    gap = left if plate.wall == "left" else plate.columns - right
    depth = gap * plate.column_mm + _along(
        (right - left) * plate.column_mm, tile[0] * scale, counts[1], column
    )
    start = (top - plate.rows / 2) * plate.row_mm
    height, seen = (bottom - top) * plate.row_mm, tile[1] * scale
    if height <= seen:
        along = start + height / 2
    else:
        along = start + _along(height, seen, counts[0], row) + seen / 2
    return replace(view, scale=scale, depth=depth, along=along)


def _along(length: float, seen: float, count: int, number: int) -> float:
    """Return where a stop begins: evenly from the start to where the end is just in view."""
    if count < 2 or length <= seen:
        return 0.0
    return (length - seen) * number / (count - 1)
