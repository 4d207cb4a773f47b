"""Draws panes and layouts into pictures: what is asked for over them, and nothing else.

The SYNTHETIC mark of a generated image is always there; who a patient is only when asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter

from app.core.caption import Corner, Group
from app.core.mammogram import Source
from app.core.protocol import Overlay
from app.language import tr
from app.ui.grid import Grid
from app.ui.overlay import Caption
from app.ui.pane import Pane

PaintNotes = Callable[[QPainter, Pane], None]
PRIVATE: tuple[Group, ...] = ("patient", "exam", "file")  #: groups that tell whose image it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a picture is to hold; the usual is the image alone."""

    layout: bool = True  #: all panes; else the active one
    overlays: bool = False
    notes: bool = False  #: annotations and marks
    identifiers: bool = False


def panes_of(grid: Grid, asked: Asked) -> list[Pane]:
    """Return the panes a picture is made of."""
    if asked.layout:
        return list(grid.panes)
    return [grid.active] if grid.active is not None else []


def picture(grid: Grid, asked: Asked, paint_notes: PaintNotes) -> QImage | None:
    """Return the picture at the screen's own pixels, None when nothing is hung."""
    panes = [pane for pane in panes_of(grid, asked) if pane.facts is not None]
    if not panes:
        return None
    area = QRect()
    for pane in panes_of(grid, asked):
        area = area.united(QRect(grid.place_of(pane), pane.size()))
    ratio = panes[0].ratio
    image = QImage(area.size() * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(panes[0].theme.color("surround"))
    painter = QPainter(image)
    for pane in panes:
        place = grid.place_of(pane) - area.topLeft()
        pane.draw(painter, place, _caption(pane, asked), paint_notes if asked.notes else None)
    painter.end()
    if synthetic(panes):
        image.setText("SYNTHETIC", tr("generated image, no patient; research use only"))
    return image


def _caption(pane: Pane, asked: Asked) -> Caption | None:
    """Return what is written over a pane in a picture."""
    caption = pane.caption()
    if caption is not None:
        level: Overlay = "full" if asked.overlays else "none"
        caption = replace(caption, level=level)
        if not asked.identifiers:
            corners: dict[Group, Corner] = {**caption.corners}
            corners.update(dict.fromkeys(PRIVATE, "off"))
            facts = replace(caption.facts, patient="", date="")
            caption = replace(caption, corners=corners, facts=facts)
    return caption


def synthetic(panes: list[Pane]) -> bool:
    """Return whether any of the images is generated."""
    return any(p.facts is not None and p.facts.source is Source.SYNTHETIC for p in panes)


def burned_in(panes: list[Pane]) -> bool:
    """Return whether a file says that words are part of its pixels."""
    real = [p.facts for p in panes if p.facts and p.facts.source is not Source.SYNTHETIC]
    return any("burned in" in facts.overlay for facts in real)


def rgb(image: QImage) -> NDArray[np.uint8]:
    """Return a picture as (rows, columns, 3)."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return rows[:, : 3 * plain.width()].reshape(plain.height(), plain.width(), 3).copy()
