"""The live pictures on the start page: one hung exam each, small."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QImage, QPainter

from app.core.display import apply_table, display_table, window_for
from app.core.hanging import hang_transform
from app.core.mammogram import SCREENING, Mammogram, Source
from app.core.resample import build_pyramid
from app.ui.jobs import IMPORTS, Job
from app.ui.theme import Theme

SIZE = QSize(290, 176)  #: logical pixels of a card's picture
SHARP = 2  #: device pixels per logical one that a card is drawn for


def hung(mammograms: Sequence[Mammogram], theme: Theme) -> QImage:
    """Return right and left CC, or whatever there is, chest walls meeting in the middle."""
    views = {m.facts.label: m for m in mammograms}
    pairs = [[s + v for s in "RL"] for v in dict.fromkeys(view for _, view in SCREENING)]
    pair = max(pairs, key=lambda labels: sum(label in views for label in labels))
    size = SIZE * SHARP
    card = QImage(size, QImage.Format.Format_RGB32)
    card.fill(Qt.GlobalColor.black)
    painter = QPainter(card)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    half = size.width() / 2
    for number, label in enumerate(pair):
        if label not in views:
            continue
        grey = _grey(views[label], size.height())
        rows, columns = grey.shape
        image = QImage(grey.data, columns, rows, grey.strides[0], QImage.Format.Format_Grayscale8)
        scale = min(half / columns, size.height() / rows)
        width, height = columns * scale, rows * scale
        left = half - width if number == 0 else half
        painter.drawImage(QRectF(left, (size.height() - height) / 2, width, height), image)
    if any(m.facts.source is Source.SYNTHETIC for m in mammograms):
        _mark(painter, size, theme)
    painter.end()
    return card


def asked(card: QImage, theme: Theme) -> QImage:
    """Return a copy of a card with the question of a reading under the exam."""
    copy = card.copy()
    painter = QPainter(copy)
    painter.setFont(_font(theme))
    line = QRectF(0, copy.height() - 22 * SHARP, copy.width(), 22 * SHARP)
    painter.fillRect(line, theme.color("surround"))
    painter.setPen(theme.color("text"))
    words = "Real or generated?   1  2  3  4  5  6"
    painter.drawText(line, int(Qt.AlignmentFlag.AlignCenter), words)
    painter.end()
    return copy


def grown(rungs: Sequence[NDArray[np.uint8]], theme: Theme) -> QImage:
    """Return one generated image at rising rungs, each (rows, columns), side by side."""
    size = SIZE * SHARP
    card = QImage(size, QImage.Format.Format_RGB32)
    card.fill(Qt.GlobalColor.black)
    painter = QPainter(card)
    wide = size.width() / len(rungs)
    for place, grey in enumerate(rungs):
        rows, columns = grey.shape
        image = QImage(grey.data, columns, rows, grey.strides[0], QImage.Format.Format_Grayscale8)
        high = wide * rows / columns
        box = QRectF(place * wide, (size.height() - high) / 2, wide - SHARP, high)
        painter.drawImage(box, image)
    _mark(painter, size, theme)
    painter.end()
    return card


def _font(theme: Theme, *, bold: bool = False) -> QFont:
    """Return the theme's small font at a card's own resolution."""
    font = QFont(theme.font("overlay", bold=bold))
    font.setPixelSize(font.pixelSize() * SHARP)
    return font


def _mark(painter: QPainter, size: QSize, theme: Theme) -> None:
    """Write SYNTHETIC into the lower right corner."""
    painter.setFont(_font(theme, bold=True))
    painter.setPen(theme.color("synthetic"))
    corner = QRectF(0, 0, size.width() - 4 * SHARP, size.height() - 3 * SHARP)
    flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
    painter.drawText(corner, flags, "SYNTHETIC")


def _grey(mammogram: Mammogram, rows: int) -> NDArray[np.uint8]:
    """Return the turned breast as displayed, averaged down to no fewer than `rows` rows."""
    pixels, encoding = mammogram.pixels, mammogram.encoding
    box = mammogram.breast
    if box is None:
        from app.core.breast import breast_box  # brings scipy: not before the first window

        box = breast_box(pixels, encoding)
    top, left, bottom, right = box
    levels = build_pyramid(pixels[top:bottom, left:right], encoding).levels
    level = next((one for one in reversed(levels) if one.shape[0] >= rows), levels[0])
    grey = apply_table(level, display_table(encoding, window_for(pixels, encoding)))
    transform, _ = hang_transform(mammogram.facts)
    return np.ascontiguousarray(transform.apply(grey))


def of_files(paths: Sequence[str], theme: Theme) -> Callable[[Job], QImage | None]:
    """Return the work, for a thread, that reads the first exam of paths and hangs it."""

    def work(job: Job) -> QImage | None:
        with IMPORTS:
            from app.dicom.read import read
            from app.dicom.scan import exams_under

        exams, _ = exams_under(paths)
        images = [] if not exams else [i for i in exams[0].images if i.view == "CC"]
        found = []
        for facts in images[:2]:
            if job.cancelled():
                return None
            found.append(read(facts.file))
        return hung(found, theme) if found else None

    return work
