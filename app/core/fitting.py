"""How large a breast is shown, and where: fitted, of one size, of true size, pixel by pixel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.core.viewstate import FINEST_MM, PaneView, Plate, Size, zoomed

MARGIN = 1.02  #: air left round a fitted breast


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What fitting has to know of a pane."""

    view: PaneView
    plate: Plate
    tile: Size
    exam: str = ""
    pitch_mm: float | None = None  #: size of a device pixel of its screen, None when not measured
    central: bool = False  #: the middle of the image is held in the middle of the tile


def fit_all(fit: str, seats: Sequence[Seat], *, stay: bool = False) -> list[PaneView]:
    """Return the views of panes fitted as FITS or "same" says.

    With `stay` pixels and true size are shown at the place in view, else at the chest wall.
    """
    if fit == "same":
        found = same_size(seats)
    else:
        found = [FITS.get(fit, FITS["fit_breast"])(seat) for seat in seats]
        if fit in ("pixels", "true") and not stay:
            found = [at_breast(view, seat.plate) for view, seat in zip(found, seats, strict=True)]
    return [
        centred(view, seat.plate, seat.tile) if seat.central else view
        for view, seat in zip(found, seats, strict=True)
    ]


def fitted(view: PaneView, plate: Plate, tile: Size) -> PaneView:
    """Return the view with the breast as large as the tile allows, its chest wall at the edge."""
    top, left, bottom, right = plate.breast
    width, height = (right - left) * plate.column_mm, (bottom - top) * plate.row_mm
    scale = max(width * MARGIN / max(tile[0], 1), height * MARGIN / max(tile[1], 1), FINEST_MM)
    return at_breast(replace(view, scale=scale), plate)


def at_breast(view: PaneView, plate: Plate) -> PaneView:
    """Return the view moved, not scaled: breast in the middle of the height, wall at the edge."""
    top, left, bottom, right = plate.breast
    gap = left if plate.wall == "left" else plate.columns - right
    along = ((top + bottom) / 2 - plate.rows / 2) * plate.row_mm
    return _moved(view, plate, gap * plate.column_mm, along)


def centred(view: PaneView, plate: Plate, tile: Size) -> PaneView:
    """Return the view moved so that the middle of the image is the middle of the tile."""
    return _moved(view, plate, (plate.width_mm - tile[0] * view.scale) / 2, 0.0)


def fitted_image(view: PaneView, plate: Plate, tile: Size) -> PaneView:
    """Return the view with the whole image in the tile, its chest-wall edge at the tile's."""
    scale = max(plate.width_mm / max(tile[0], 1), plate.height_mm / max(tile[1], 1))
    return _moved(replace(view, scale=scale), plate, 0.0, 0.0)


def actual_pixels(view: PaneView, plate: Plate, tile: Size) -> PaneView:
    """Return the view at one image pixel per device pixel, the middle of the tile kept."""
    return zoomed(view, (tile[0] / 2, 0.0), view.scale / plate.column_mm)


def true_size(view: PaneView, plate: Plate, tile: Size, pitch_mm: float | None) -> PaneView:
    """Return the view at which a millimetre of the breast is one on the glass, middle kept.

    `pitch_mm` is the size of a device pixel. An image without spacing, or a screen of unknown size,
    has no true size: the breast is fitted.
    """
    if plate.nominal or pitch_mm is None:
        return fitted(view, plate, tile)
    return zoomed(view, (tile[0] / 2, 0.0), view.scale / pitch_mm)


def same_size(seats: Sequence[Seat]) -> list[PaneView]:
    """Return fitted views of one common scale: the one at which every breast fits its tile.

    Nominal millimetres compare within an exam only: each exam without spacing gets a scale of its
    own.
    """
    views = [fitted(seat.view, seat.plate, seat.tile) for seat in seats]
    keys = [seat.exam if seat.plate.nominal else None for seat in seats]
    scales: dict[str | None, float] = {}
    for key, view in zip(keys, views, strict=True):
        scales[key] = max(view.scale, scales.get(key, 0.0))
    return [replace(view, scale=scales[key]) for key, view in zip(keys, views, strict=True)]


def _moved(view: PaneView, plate: Plate, depth: float, along: float) -> PaneView:
    """Return the view at a depth and height of the image itself, whatever it lies over."""
    return replace(view, depth=depth - plate.shift[0], along=along - plate.shift[1])


#: Ways to fit a pane by itself.
FITS: dict[str, Callable[[Seat], PaneView]] = {
    "fit_breast": lambda s: fitted(s.view, s.plate, s.tile),
    "fit_image": lambda s: fitted_image(s.view, s.plate, s.tile),
    "pixels": lambda s: actual_pixels(s.view, s.plate, s.tile),
    "true": lambda s: true_size(s.view, s.plate, s.tile, s.pitch_mm),
}
