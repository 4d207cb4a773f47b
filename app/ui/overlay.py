"""What is written over a mammogram: always at the side away from the chest wall."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil
from typing import get_args

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap

from app.core.caption import GROUPS, USUAL, Corner, Group, flags, grouped
from app.core.display import Voi, Window
from app.core.mammogram import Facts, Source
from app.core.persons import day_words
from app.core.protocol import Overlay
from app.core.viewstate import PaneView, Plate, Size, magnification
from app.language import tr
from app.ui.locale import number
from app.ui.theme import Theme

LEVELS: tuple[Overlay, ...] = ("none", "labels", "full")
EDGE = 8  #: logical pixels between text and the tile's edge
CAUTIONS, CAUTION_WIDTH = 3, 38  #: things told at most; characters of a line
DOT = 4.0  #: radius of the caution dot


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """All an overlay needs to know of its pane."""

    facts: Facts
    plate: Plate
    view: PaneView
    voi: Voi | None
    level: Overlay
    ratio: float  #: device pixels per logical pixel
    cautions: Sequence[str] = ()  #: why facts were inferred; a dot shows that there are any
    role: str = ""  #: what the exam is to the others hung with it
    part: tuple[int, int] = (0, 1)  #: which of how many pieces of the view
    corners: Mapping[Group, Corner] = field(default_factory=lambda: USUAL)


def window_words(voi: Voi, *, invert: bool = False) -> str:
    """Return a window or LUT in words, such as 'auto 2048 / 4096'."""
    if isinstance(voi, Window):
        words = f"{tr(voi.name) + '  ' if voi.name else ''}{voi.center:.0f} / {voi.width:.0f}"
    else:
        words = tr(voi.name) if voi.name else tr("stored LUT")
        if voi.stretch != 1 or voi.shift:
            words += f"  shifted {voi.shift:+.0f}, x{voi.stretch:.2f}"
    return words + (f"  {tr('inverted')}" if invert else "")


def zoom_words(view: PaneView, plate: Plate) -> str:
    """Return the zoom in words; below 1:1 some pixels share a device pixel."""
    zoom = magnification(view, plate)
    return "1:1" if abs(zoom - 1) < 1e-6 else f"{zoom:.0%}" if zoom < 1 else f"{zoom:.1f}:1"


def dot_place(caption: Caption, size: Size, theme: Theme) -> QPointF:
    """Return the middle of the caution dot in logical pixels; `size` is the widget's."""
    x = EDGE + DOT
    if caption.plate.wall == "left":
        x = size[0] - EDGE - DOT
    return QPointF(x, EDGE + theme.label * 1.35 + DOT + 2)


def paint(painter: QPainter, caption: Caption, size: Size, theme: Theme) -> None:
    """Write the overlay over a pane of `size` logical pixels. The SYNTHETIC mark is never off."""
    at_right = caption.plate.wall == "left"
    side = Qt.AlignmentFlag.AlignRight if at_right else Qt.AlignmentFlag.AlignLeft
    area = QRectF(EDGE, EDGE - 2, size[0] - 2 * EDGE, size[1] - 2 * EDGE + 2)
    if caption.facts.source == Source.SYNTHETIC:
        painter.setFont(theme.font("overlay", bold=True))
        painter.setPen(theme.color("synthetic"))
        write(painter, area, side | Qt.AlignmentFlag.AlignBottom, "SYNTHETIC")
    if caption.level == "none":
        return
    painter.setFont(theme.font("label", bold=True))
    painter.setPen(theme.color("text"))
    write(painter, area, side | Qt.AlignmentFlag.AlignTop, caption.facts.acr_label)
    if caption.cautions:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("caution"))
        painter.drawEllipse(dot_place(caption, size, theme), DOT, DOT)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    dot = 2 * DOT + 8 if caption.cautions else 2
    below = area.adjusted(0, theme.label * 1.35 + dot, 0, 0)
    painter.setFont(theme.font("overlay"))
    if warned := caution_lines(caption.facts):
        painter.setPen(theme.color("caution"))
        write(painter, below, side | Qt.AlignmentFlag.AlignTop, "\n".join(warned))
        below.adjust(0, len(warned) * QFontMetricsF(painter.font()).lineSpacing() + 4, 0, 0)
    bar = _scale_bar(painter, caption, area, theme)
    above = area.adjusted(0, 0, 0, bar - area.bottom() - 4)
    outer, top = side, Qt.AlignmentFlag.AlignTop
    wall = Qt.AlignmentFlag.AlignLeft if at_right else Qt.AlignmentFlag.AlignRight
    boxes: dict[Corner, tuple[QRectF, Qt.AlignmentFlag]] = {
        "upper outer": (below, outer | top),
        "lower outer": (above, outer | Qt.AlignmentFlag.AlignBottom),
        "upper wall": (area, wall | top),
        "lower wall": (area, wall | Qt.AlignmentFlag.AlignBottom),
    }
    painter.setFont(theme.font("overlay"))
    painter.setPen(theme.color("dim"))
    for corner, (box, flags_) in boxes.items():
        if lines := corner_lines(caption, corner):
            write(painter, box, flags_, "\n".join(lines))


def caution_lines(facts: Facts) -> list[str]:
    """Return in short lines where the picture could mislead, the first three things of it."""
    said = list(facts.cautions[:CAUTIONS])
    if (more := len(facts.cautions) - CAUTIONS) > 0:
        said.append(tr("and {count} more", count=more))
    return [line for words in said for line in textwrap.wrap(words, CAUTION_WIDTH)]


def corner_lines(caption: Caption, corner: Corner) -> list[str]:
    """Return what stands in a corner: role of the exam and flags always, the rest when full."""
    facts, corners = caption.facts, caption.corners
    role = [caption.role] if caption.role else []
    if role and facts.date and caption.level != "full":
        role.insert(0, day_words(facts.date))
    lines = role if corner == "upper outer" else []
    if caption.level != "full":
        return [*lines, *flags(facts, caption.part)] if corner == "upper outer" else lines
    groups = grouped(facts, caption.part)
    display = groups["display"]
    if caption.voi is not None:
        display.append(window_words(caption.voi, invert=caption.view.invert))
    display.append(zoom_words(caption.view, caption.plate))
    if not caption.plate.nominal:  # else it stands beside the scale bar
        display.append(basis_words(facts))
    return [*lines, *(line for g in GROUPS if corners[g] == corner for line in groups[g])]


def basis_words(facts: Facts) -> str:
    """Return what the lengths of an image are based on, such as 'corrected ... x1.5'."""
    note = facts.spacings[0].note if facts.spacings else ""
    return " ".join(part for part in (tr(facts.spacing_basis.value), note) if part)


def fact_lines(caption: Caption) -> list[str]:
    """Return all that the overlay says, corner after corner."""
    shown = [corner for corner in get_args(Corner) if corner != "off"]
    return [line for corner in shown for line in corner_lines(caption, corner)]


def _scale_bar(painter: QPainter, caption: Caption, area: QRectF, theme: Theme) -> float:
    """Draw an upright bar of whole centimetres at the outer edge, or say that there is no scale.

    Returns the height above which there is room for words.
    """
    painter.setFont(theme.font("overlay"))
    painter.setPen(theme.color("dim"))
    outer = area.right() if caption.plate.wall == "left" else area.left()
    inward = -1 if caption.plate.wall == "left" else 1
    line = theme.overlay * 1.4
    synthetic = caption.facts.source == Source.SYNTHETIC
    base = area.bottom() - (line + 4 if synthetic else 2)
    side = Qt.AlignmentFlag.AlignRight if inward < 0 else Qt.AlignmentFlag.AlignLeft
    if caption.plate.nominal:
        box = QRectF(area.left(), base - line, area.width(), line)
        write(painter, box, side | Qt.AlignmentFlag.AlignBottom, tr("no spacing"))
        return box.top()
    per_cm = 10 / caption.view.scale / caption.ratio  # logical pixels
    lengths = [n for n in (0.1, 0.2, 0.5, 1, 2, 5, 10) if n * per_cm <= area.height() / 3]
    if not lengths:
        return base
    length = lengths[-1]
    top = base - length * per_cm
    painter.drawLine(QPointF(outer, base), QPointF(outer, top))
    marks = int(length) if length >= 1 else 1
    for mark in range(marks + 1):
        y = base - mark * length / marks * per_cm
        painter.drawLine(QPointF(outer, y), QPointF(outer + 5 * inward, y))
    shift = 9 * inward
    text = area.adjusted(shift if inward > 0 else 0, 0, shift if inward < 0 else 0, 0)
    text = QRectF(text.left(), base - line, text.width(), line)
    write(
        painter,
        text,
        side | Qt.AlignmentFlag.AlignBottom,
        tr("{length} cm", length=number(length, 0 if length >= 1 else 1)),
    )
    return top


def write(painter: QPainter, area: QRectF, flags: Qt.AlignmentFlag, words: str) -> None:
    """Write words over a black shadow: film edges and lead letters may lie under them."""
    color, ratio = painter.pen().color().rgba(), painter.device().devicePixelRatioF()
    right = bool(flags & Qt.AlignmentFlag.AlignRight)
    font = _Font(painter.font(), painter.font().toString())
    stamp = _stamp(words, font, color, right, ratio)
    size = stamp.deviceIndependentSize()
    x = area.right() - size.width() + 1 if right else area.left() - 1
    below = flags & Qt.AlignmentFlag.AlignBottom
    y = area.bottom() - size.height() + 1 if below else area.top() - 1
    painter.drawPixmap(QPointF(round(x * ratio) / ratio, round(y * ratio) / ratio), stamp)


@dataclass(frozen=True, slots=True)
class _Font:
    """A font that compares by what it looks like, so that a cache can hold it."""

    font: QFont
    text: str

    def __hash__(self) -> int:
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Font) and self.text == other.text


@lru_cache(maxsize=256)
def _stamp(words: str, font: _Font, color: int, right: bool, ratio: float) -> QPixmap:
    """Return words as a picture with a shadow: shaping text at every frame takes a millisecond."""
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    box = QFontMetricsF(font.font).boundingRect(QRectF(0, 0, 4000, 4000), int(side), words)
    width, height = ceil(box.width()) + 2, ceil(box.height()) + 2
    stamp = QPixmap(ceil(width * ratio), ceil(height * ratio))
    stamp.setDevicePixelRatio(ratio)
    stamp.fill(Qt.GlobalColor.transparent)
    painter = QPainter(stamp)
    painter.setFont(font.font)
    inner = QRectF(1, 1, width - 2, height - 2)
    painter.setPen(Qt.GlobalColor.black)
    for x, y in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawText(inner.translated(x, y), int(side), words)
    painter.setPen(QColor.fromRgba(color))
    painter.drawText(inner, int(side), words)
    painter.end()
    return stamp


def frame(painter: QPainter, size: Size, ratio: float, color: QColor) -> None:
    """Draw the frame of the active pane, whole device pixels wide and wholly inside it.

    At fractional ratios the pane's last logical pixel may end between two device pixels: the
    frame is filled along edges that are rounded down, so that none of its sides is cut.
    """
    line = max(1, int(ratio)) / ratio
    right, bottom = (int(side * ratio) / ratio for side in size)
    for box in (
        QRectF(0, 0, right, line),
        QRectF(0, bottom - line, right, line),
        QRectF(0, 0, line, bottom),
        QRectF(right - line, 0, line, bottom),
    ):
        painter.fillRect(box, color)
