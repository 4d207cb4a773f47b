"""Small pictures of exams: made when a row comes into sight, kept in memory only.

One at a time, and only while no image that is to be hung is on its way: the list never slows a
reading down. What scrolled out of sight before its turn is not made.
"""

from collections import OrderedDict
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter

from app.core.display import apply_table, display_table
from app.core.hanging import hang_transform
from app.core.mammogram import SCREENING, Exam, Facts, Side
from app.ui.jobs import IMPORTS, Job, Jobs
from app.ui.pictures import Picture, Pictures, develop
from app.ui.theme import Theme

SIZE = QSize(88, 62)  #: logical pixels: right and left side by side
SHARP = 2  #: device pixels per logical one
BUDGET = 48_000_000  #: bytes kept: about a thousand exams
WAITING = 40  #: exams waiting for their turn; the oldest of more were scrolled past
PAUSE_MS = 30  #: between two, so that other work on the machine is let in
BUSY_MS = 250  #: until it is tried again while images to be hung are being read


class Thumbnails(QObject):
    """Makes and keeps one small picture an exam."""

    arrived = Signal(str)  #: exam

    def __init__(
        self, pictures: Pictures, jobs: Jobs, theme: Theme, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._pictures, self._jobs, self._theme = pictures, jobs, theme
        self._kept: OrderedDict[str, QImage] = OrderedDict()
        self._wanted: OrderedDict[str, Exam] = OrderedDict()
        self._failed: set[str] = set()
        self._bytes = 0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._next)

    def get(self, exam: Exam) -> QImage | None:
        """Return the picture of an exam when it is here; otherwise it is made in its turn."""
        if (image := self._kept.get(exam.id)) is not None:
            self._kept.move_to_end(exam.id)
            return image
        if exam.id not in self._failed:
            self._wanted[exam.id] = exam
            self._wanted.move_to_end(exam.id)
            while len(self._wanted) > WAITING:
                self._wanted.popitem(last=False)
            if not self._timer.isActive() and not self._jobs.busy("thumbnail"):
                self._timer.start(PAUSE_MS)
        return None

    def forget(self) -> None:
        """Drop all: other exams are opened."""
        self._jobs.cancel("thumbnail")
        self._kept.clear()
        self._wanted.clear()
        self._failed.clear()
        self._bytes = 0

    def _next(self) -> None:
        if not self._wanted or self._jobs.busy("thumbnail"):
            return
        if self._pictures.reading():
            self._timer.start(BUSY_MS)
            return
        identity, exam = self._wanted.popitem()  # the last asked for is in sight
        images = pair_of(exam)
        here = {
            one.file: picture
            for one in images
            if one is not None and (picture := self._pictures.peek(one.file)) is not None
        }
        self._jobs.run(
            "thumbnail",
            partial(_drawn, images, here),
            partial(self._take, identity),
            failed=partial(self._fail, identity),
            lane="thumbnail",
        )

    def _take(self, identity: str, grey: "list[NDArray[np.uint8] | None] | None") -> None:
        if grey is None or all(one is None for one in grey):
            self._fail(identity)
            return
        image = _composed(grey)
        self._kept[identity] = image
        self._bytes += image.sizeInBytes()
        while self._bytes > BUDGET and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].sizeInBytes()
        self.arrived.emit(identity)
        self._timer.start(PAUSE_MS)

    def _fail(self, identity: str, _reason: str = "") -> None:
        self._failed.add(identity)
        self.arrived.emit(identity)
        self._timer.start(PAUSE_MS)

    def failed(self, identity: str) -> bool:
        """Return whether no picture could be made of an exam."""
        return identity in self._failed


def pair_of(exam: Exam) -> list[Facts | None]:
    """Return right and left of one view, the first of the screening views there is."""
    by: dict[tuple[Side | None, str | None], Facts] = {}
    for image in exam.images:
        by.setdefault((image.side, image.view), image)
    pairs: list[list[Facts | None]] = [
        [by.get(("R", view)), by.get(("L", view))]
        for view in dict.fromkeys(view for _, view in SCREENING)
    ]
    best = max(pairs, key=lambda pair: sum(one is not None for one in pair))
    if any(best):
        return best
    first = exam.images[0]
    return [None, first] if first.side == "L" else [first, None]


def _drawn(
    images: list[Facts | None], here: dict[str, Picture], job: Job
) -> "list[NDArray[np.uint8] | None] | None":
    """Return the turned breast of each image as displayed, small; on a thread."""
    with IMPORTS:
        from app.dicom.read import read

    grey: list[NDArray[np.uint8] | None] = []
    for facts in images:
        if job.cancelled():
            return None
        if facts is None:
            grey.append(None)
            continue
        try:
            grey.append(_small(here.get(facts.file) or develop(read(facts.file))))
        except (ValueError, OSError):  # said where the image is hung
            grey.append(None)
    return grey


def _small(picture: Picture) -> NDArray[np.uint8]:
    mammogram, pyramid = picture.mammogram, picture.pyramid
    rows = SIZE.height() * SHARP
    top, left, bottom, right = picture.breast
    number = 0
    for at, level in enumerate(pyramid.levels):
        share = level.shape[0] / pyramid.levels[0].shape[0]
        if (bottom - top) * share >= rows:
            number = at
    level = pyramid.levels[number]
    share = level.shape[0] / pyramid.levels[0].shape[0]
    ends = [int(end * share) for end in (top, bottom, left, right)]
    cut = level[ends[0] : max(ends[1], 1), ends[2] : max(ends[3], 1)]
    grey = apply_table(cut, display_table(mammogram.encoding, picture.voi))
    transform, _ = hang_transform(mammogram.facts)
    return np.ascontiguousarray(transform.apply(grey))


def _composed(grey: "list[NDArray[np.uint8] | None]") -> QImage:
    """Return right and left with their chest walls in the middle, on black."""
    size = SIZE * SHARP
    whole = QImage(size, QImage.Format.Format_Grayscale8)
    whole.fill(Qt.GlobalColor.black)
    painter = QPainter(whole)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    half = size.width() / 2
    for number, one in enumerate(grey):
        if one is None:
            continue
        rows, columns = one.shape
        image = QImage(one.data, columns, rows, one.strides[0], QImage.Format.Format_Grayscale8)
        scale = min(half / columns, size.height() / rows)
        width, height = columns * scale, rows * scale
        left = half - width if number == 0 else half
        painter.drawImage(QRectF(left, (size.height() - height) / 2, width, height), image)
    painter.end()
    whole.setDevicePixelRatio(SHARP)
    return whole
