"""Sheets of a run through time, in the hanging layout, one run over another when compared."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QImageReader, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import runs
from app.language import thousands, tr
from app.runs import Sheet
from app.ui.jobs import Job, Jobs
from app.ui.theme import Theme
from app.ui.training.watch import Seen

KEPT = 48  #: decoded sheets kept; one of eight exams at 160 x 128 takes 0.7 MB
PLAY_MS = 160


class Picture(QWidget):
    """One sheet as large as it fits, on black, with the words for it in a corner below."""

    stepped = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.image: QImage | None = None
        self.words, self.synthetic, self.note = "", False, ""
        self.setMinimumSize(240, 160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_image(self, image: QImage | None, words: str, *, synthetic: bool) -> None:
        """Show a sheet and what it is."""
        self.image, self.words, self.synthetic = image, words, synthetic
        kind = tr("Sheet, generated: {words}") if synthetic else tr("Sheet: {words}")
        self.setAccessibleName(kind.format(words=words))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture, centred, or what is missing in words."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surround"))
        line = self._theme.base + 10
        room = self.rect().adjusted(0, 0, 0, -line)
        painter.setFont(self._theme.font())
        painter.setPen(self._theme.color("dim"))
        if self.image is None or self.image.isNull():
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, self.note)
            return
        size = self.image.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (room.width() - size.width()) / 2, (room.height() - size.height()) / 2
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        place = QRectF(left, top, size.width(), size.height())
        painter.drawImage(place, self.image)
        below = QRectF(left, top + size.height(), size.width(), line)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(below, middle | Qt.AlignmentFlag.AlignLeft, self.words)
        if self.synthetic:
            painter.setPen(self._theme.color("synthetic"))
            painter.drawText(below, middle | Qt.AlignmentFlag.AlignRight, "SYNTHETIC")

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step through time."""
        self.stepped.emit(-1 if event.angleDelta().y() > 0 else 1)


class SheetViewer(QWidget):
    """A scrubber over the sheets of a run; at its end it follows the newest."""

    moved = Signal(object)  #: images shown of the sheet in view; None while the newest is followed

    def __init__(self, jobs: Jobs, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._seen: Seen | None = None
        self._other: Seen | None = None
        self._kept: OrderedDict[tuple[str, int], QImage] = OrderedDict()
        self.first, self.second = Picture(theme), Picture(theme)
        self.second.hide()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Time: images shown"))
        self.slider.setPageStep(5)
        self.slider.valueChanged.connect(lambda _: self._show(tell=True))
        self.play = self._button("\N{BLACK RIGHT-POINTING TRIANGLE}", tr("Play from the beginning"))
        self.play.setCheckable(True)
        self.reals = self._button(tr("Reals"), tr("Show real images in the same layout"))
        self.reals.setCheckable(True)
        self.where = QLabel()
        self.where.setObjectName("dim")
        self._timer = QTimer(self)
        self._timer.setInterval(PLAY_MS)
        self._timer.timeout.connect(self._advance)
        self.play.toggled.connect(self._run)
        self.reals.toggled.connect(lambda _: self._show())
        for picture in (self.first, self.second):
            picture.stepped.connect(self.step)
        line = QHBoxLayout()
        for widget in (self.play, self.slider, self.where, self.reals):
            line.addWidget(widget, 1 if widget is self.slider else 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.first, 1)
        column.addWidget(self.second, 1)
        column.addLayout(line)

    def _button(self, text: str, words: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(words)
        button.setAccessibleName(words)
        return button

    def show_run(self, seen: Seen | None, other: Seen | None = None) -> None:
        """Show a run's sheets, and below them those of a run it is compared with."""
        same = seen and self._seen and seen.run.folder == self._seen.run.folder
        at_end = self.slider.value() == self.slider.maximum()
        here = self._sheet()
        self._seen, self._other = seen, other
        sheets = seen.sheets if seen else ()
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(len(sheets) - 1, 0))
        if not same or at_end:
            self.slider.setValue(self.slider.maximum())
        elif here is not None and here.shown is not None:
            self.slider.setValue(runs.at(sheets, here.shown))
        self.slider.blockSignals(False)
        for widget in (self.slider, self.play):
            widget.setEnabled(len(sheets) > 1)
        self.reals.setEnabled(seen is not None and seen.reals is not None)
        self.second.setVisible(other is not None)
        self._show(tell=not same)

    def go_to(self, shown: int) -> None:
        """Show the sheet that was the newest after so many images."""
        if self._seen and self._seen.sheets:
            self.slider.setValue(runs.at(self._seen.sheets, shown))

    def step(self, by: int) -> None:
        """Go some sheets on or back."""
        self.slider.setValue(self.slider.value() + by)

    def _sheet(self) -> Sheet | None:
        if self._seen is None or not self._seen.sheets:
            return None
        return self._seen.sheets[min(self.slider.value(), len(self._seen.sheets) - 1)]

    def _show(self, *, tell: bool = False) -> None:
        sheet = self._sheet()
        follows = self.slider.value() == self.slider.maximum()
        shown = sheet.shown if sheet else None
        count = thousands(shown or 0)
        words = tr("{count} images, newest") if follows else tr("{count} images")
        self.where.setText("" if shown is None else words.format(count=count))
        self._fetch(self.first, self._seen, sheet)
        if self._other is not None:
            others: Sequence[Sheet] = self._other.sheets
            beside = others[runs.at(others, shown or 0)] if others else None
            self._fetch(self.second, self._other, beside)
        if tell:
            self.moved.emit(None if follows else shown)

    def _fetch(self, picture: Picture, seen: Seen | None, sheet: Sheet | None) -> None:
        """Show a sheet, read on a thread when it is not at hand; the old one stays till then."""
        if self.reals.isChecked() and seen is not None and seen.reals is not None:
            sheet = seen.reals
        if seen is None or sheet is None:
            waits = seen is not None and seen.training is not None
            soon = tr("The first sheet is drawn within a minute.")
            picture.note = soon if waits else tr("No sheets yet")
            picture.show_image(None, "", synthetic=False)
            return
        name = f"{seen.run.name}: " if self._other is not None else ""
        words = name + (
            tr("real images") if sheet.shown is None else self._stage(seen, sheet.shown)
        )
        synthetic = sheet.shown is not None
        try:
            key = (str(sheet.file), sheet.file.stat().st_mtime_ns)
        except OSError:
            return
        if (image := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            picture.show_image(image, words, synthetic=synthetic)
            return
        done = partial(self._take, picture, key, words, synthetic)
        lane = "first" if picture is self.first else "second"
        self._jobs.run(f"sheet-{lane}", partial(_read, key[0]), done, keep=True)

    def _take(
        self, picture: Picture, key: tuple[str, int], words: str, synthetic: bool, image: object
    ) -> None:
        if not isinstance(image, QImage) or image.isNull():
            picture.note = tr("This sheet can't be read")
            image = None
        else:
            self._kept[key] = image
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        picture.show_image(image, words, synthetic=synthetic)

    def _stage(self, seen: Seen, shown: int) -> str:
        rungs = seen.run.rungs
        if not rungs:
            return tr("{count} images", count=thousands(shown))
        rung = next((r for r in rungs if shown < r.end), rungs[-1])
        alpha = rung.alpha(shown)
        said = {"size": rung.size, "count": thousands(shown), "share": f"{alpha:.0%}"}
        if alpha < 1:
            return tr("{size}, faded in {share}, {count} images", **said)
        return tr("{size}, {count} images", **said)

    def _run(self, on: bool) -> None:
        if on and self.slider.value() == self.slider.maximum():
            self.slider.setValue(0)
        self.play.setText("\N{DOUBLE VERTICAL BAR}" if on else "\N{BLACK RIGHT-POINTING TRIANGLE}")
        self._timer.start() if on else self._timer.stop()

    def _advance(self) -> None:
        if self.slider.value() >= self.slider.maximum():
            self.play.setChecked(False)
        else:
            self.step(1)


def _read(file: str, job: Job) -> QImage:
    """Read a picture on a thread; what is no picture comes back null."""
    return QImageReader(file).read()
