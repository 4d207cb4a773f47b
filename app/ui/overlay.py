"""What is written over a mammogram: always at the side away from the chest wall."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap

from app.core.display import Voi, Window
from app.core.mammogram import Facts, Source
from app.core.protocol import Overlay
from app.core.viewstate import PaneView, Plate, Size, magnification
from app.ui.theme import Theme

LEVELS: tuple[Overlay, ...] = ("none", "labels", "full")
EDGE = 8  #: logical pixels between text and the tile's edge
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


def window_words(voi: Voi, *, invert: bool = False) -> str:
    """Return a window or LUT in words, such as 'auto 2048 / 4096'."""
    if isinstance(voi, Window):
        words = f"{voi.name + '  ' if voi.name else ''}{voi.center:.0f} / {voi.width:.0f}"
    else:
        words = voi.name or "stored LUT"
        if voi.stretch != 1 or voi.shift:
            words += f"  shifted {voi.shift:+.0f}, x{voi.stretch:.2f}"
    return words + ("  inverted" if invert else "")


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
    write(painter, area, side | Qt.AlignmentFlag.AlignTop, caption.facts.label)
    if caption.cautions:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("caution"))
        painter.drawEllipse(dot_place(caption, size, theme), DOT, DOT)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if caption.level == "full":
        painter.setFont(theme.font("overlay"))
        painter.setPen(theme.color("dim"))
        below = area.adjusted(0, theme.label * 1.35 + 2 * DOT + 8, 0, 0)
        write(painter, below, side | Qt.AlignmentFlag.AlignTop, "\n".join(fact_lines(caption)))
    _scale_bar(painter, caption, area, theme)


def fact_lines(caption: Caption) -> list[str]:
    """Return what the full overlay says, line by line; nothing is invented."""
    facts = caption.facts
    lines = [f"{key} {value}" if key else value for key, value in facts.overlay.items()]
    if facts.patient:
        lines.insert(0, facts.patient)
    if facts.date:
        lines.append(f"{facts.date[:4]}-{facts.date[4:6]}-{facts.date[6:]}")
    if facts.modifiers:
        lines.append(", ".join(sorted(facts.modifiers)).replace("_", " "))
    if caption.voi is not None:
        lines.append(window_words(caption.voi, invert=caption.view.invert))
    lines.append(zoom_words(caption.view, caption.plate))
    lines.append(facts.spacing_basis.value)
    if facts.source != Source.SYNTHETIC:
        lines.append(facts.file.replace("\\", "/").rsplit("/", 1)[-1])
    return lines


def _scale_bar(painter: QPainter, caption: Caption, area: QRectF, theme: Theme) -> None:
    """Draw an upright bar of whole centimetres at the outer edge, or say that there is no scale."""
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
        write(painter, box, side | Qt.AlignmentFlag.AlignBottom, "no spacing")
        return
    per_cm = 10 / caption.view.scale / caption.ratio  # logical pixels
    lengths = [n for n in (0.1, 0.2, 0.5, 1, 2, 5, 10) if n * per_cm <= area.height() / 3]
    if not lengths:
        return
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
    write(painter, text, side | Qt.AlignmentFlag.AlignBottom, f"{length:g} cm")


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


def frame(painter: QPainter, size: Size, color: QColor) -> None:
    """Draw the 1 px frame of the active pane."""
    painter.setPen(color)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(0, 0, size[0] - 1, size[1] - 1)
