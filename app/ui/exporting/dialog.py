"""Export generated exams: what, in which format, where to; progress, what is left, cancel."""

import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.core.recipe import SEED_LIMIT, Recipe
from app.export.formats import FORMATS
from app.language import tr, trn
from app.ui.exporting.work import BATCH, EXAM, FORMS, WALK, WAY, Outcome, Request, write
from app.ui.jobs import Jobs
from app.ui.locale import number
from app.ui.studio import Studio

KEY = "export-generated"
WIDTH = 460
MOST_GATE = 0.9
Way = Callable[[], tuple[tuple[Recipe, ...], bool]]


class ExportDialog(QDialog):
    """Stays open beside the window; what it writes is drawn on a thread of its own."""

    def __init__(
        self,
        studio: Studio,
        jobs: Jobs,
        parent: QWidget | None = None,
        *,
        way: Way = lambda: ((), False),
    ) -> None:
        """`way` tells the keyframes that are set, and whether their way is closed."""
        super().__init__(parent)
        self._way = way
        self.setWindowTitle(tr("Export generated exams"))
        self.setMinimumWidth(WIDTH)
        self._studio, self._jobs = studio, jobs
        self._began = 0.0
        self._missing = ""  #: what is said to be missing
        self._going = False  #: whether the words tell how far it is
        self._make()
        self._lay_out()
        self.what.currentIndexChanged.connect(self._show_what)
        self.form.currentIndexChanged.connect(self._check)
        self.gated.toggled.connect(self.gate.setEnabled)
        self.start.clicked.connect(self.export)
        self.stop.clicked.connect(lambda: jobs.cancel(KEY))
        self.browse.clicked.connect(self._ask)
        self.folder.textChanged.connect(self._check)
        jobs.progressed.connect(self._progress)
        jobs.changed.connect(self._change)
        studio.changed.connect(self._check)
        self._show_what()

    def _make(self) -> None:
        self.what = QComboBox()
        for choice in (EXAM, WALK, WAY, BATCH):
            self.what.addItem(tr(choice), choice)
        self.form = QComboBox()
        self.folder = QLineEdit(str(Path.home()))
        self.browse = QPushButton(tr("Browse..."))
        self.burn = QCheckBox(tr("The word SYNTHETIC in a corner of each image"))
        self.burn.setChecked(True)
        self.first, self.count = QSpinBox(), QSpinBox()
        self.first.setRange(0, min(SEED_LIMIT - 1, 2**31 - 1))
        self.count.setRange(1, 10_000)
        self.count.setValue(24)
        self.gated = QCheckBox(tr("reject the most unusual"))
        self.gate = QDoubleSpinBox()
        self.gate.setRange(1, 100 * MOST_GATE)
        self.gate.setValue(10)
        self.gate.setDecimals(0)
        self.gate.setSuffix(" %")
        self.gate.setEnabled(False)
        self.frames = QSpinBox()
        self.frames.setRange(2, 1000)
        self.frames.setValue(25)
        self.seconds = QDoubleSpinBox()
        self.seconds.setRange(0.5, 120)
        self.seconds.setValue(4)
        self.seconds.setSuffix(" s")
        self.back = QCheckBox(tr("and back"))
        self.even = QCheckBox(tr("even steps"))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setObjectName("dim")
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.start, self.stop = QPushButton(tr("Export")), QPushButton(tr("Cancel"))
        self.start.setDefault(True)
        self.close_it = QPushButton(tr("Close"))
        self.close_it.clicked.connect(self.close)
        for widget, name in (
            (self.what, tr("What")),
            (self.form, tr("Format")),
            (self.folder, tr("Folder")),
            (self.first, tr("First seed")),
            (self.count, tr("Number of exams")),
            (self.gate, tr("Share to reject")),
            (self.frames, tr("Frames")),
            (self.seconds, tr("Seconds from an end or key to the next")),
        ):
            widget.setAccessibleName(name)

    def _lay_out(self) -> None:
        def line(*widgets: QWidget) -> QWidget:
            holder = QWidget()
            row = QHBoxLayout(holder)
            row.setContentsMargins(0, 0, 0, 0)
            for widget in widgets:
                row.addWidget(widget)
            row.addStretch()
            return holder

        self.fields = QFormLayout()
        self.fields.addRow(tr("What"), self.what)
        self.fields.addRow(tr("Format"), self.form)
        self.seeds = line(QLabel(tr("from")), self.first, QLabel(tr("number")), self.count)
        self.gates = line(self.gated, self.gate)
        self.pace = line(self.frames, QLabel(tr("in")), self.seconds, self.back, self.even)
        self.fields.addRow(tr("Seeds"), self.seeds)
        self.fields.addRow(tr("Quality"), self.gates)
        self.fields.addRow(tr("Frames"), self.pace)
        where = QHBoxLayout()
        where.addWidget(self.folder, 1)
        where.addWidget(self.browse)
        self.fields.addRow(tr("Folder"), where)
        self.fields.addRow(tr("Marking"), self.burn)
        buttons = QHBoxLayout()
        buttons.addStretch()
        for button in (self.stop, self.close_it, self.start):
            buttons.addWidget(button)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(18, 16, 18, 14)
        lines.setSpacing(10)
        lines.addLayout(self.fields)
        lines.addWidget(self.bar)
        lines.addWidget(self.words)
        lines.addStretch()
        lines.addLayout(buttons)

    def popup(self) -> None:
        """Show, with what is on the screen chosen."""
        self._check()
        self.show()
        self.raise_()
        self.activateWindow()

    # Choices.

    def _show_what(self) -> None:
        """Show the formats and fields of what is chosen."""
        what = self.what.currentData()
        self.form.clear()
        for name in FORMS[what]:
            lacks = name == "mp4" and find_spec("cv2") is None
            words = tr(FORMATS[name].words)
            if lacks:
                words = tr("{format} (needs the extra 'video')", format=words)
            self.form.addItem(words, name)
        rows = ((self.seeds, (BATCH,)), (self.gates, (BATCH,)), (self.pace, (WALK, WAY)))
        for widget, mine in rows:
            self.fields.setRowVisible(widget, what in mine)
        self._check()

    def _recipe(self) -> Recipe | None:
        """Return the exam on the screen, or the walk between the ends that are set."""
        recipe = self._studio.recipe
        if recipe is None or self.what.currentData() != WALK:
            return recipe
        return self._studio.between(0.0)

    def _check(self) -> None:
        """Say what is missing, or let it begin."""
        busy, missing = self._jobs.busy(KEY), ""
        if self._studio.recipe is None:
            missing = tr("There is no generated exam yet: open the latent panel first.")
        elif self._recipe() is None:
            missing = tr("A walk needs two ends: set A and B in the latent panel.")
        elif self.what.currentData() == WAY and len(self._way()[0]) < 2:
            missing = tr("A way needs two keyframes or more: add them in the bar below the images.")
        elif not self.folder.text().strip():
            missing = tr("Choose a folder.")
        elif self.form.currentData() == "mp4" and find_spec("cv2") is None:
            missing = tr('MP4 needs OpenCV; run: python -m pip install "mammoscope[video]"')
        self.start.setEnabled(not missing and not busy)
        self.stop.setVisible(busy)
        self.bar.setVisible(busy)
        if missing or (self._missing and not busy):
            self.words.setText(missing)
        self._missing = missing

    def _ask(self) -> None:
        title = tr("Folder for the exported exams")
        if path := QFileDialog.getExistingDirectory(self, title, self.folder.text()):
            self.folder.setText(path)

    # Work.

    def request(self) -> Request | None:
        """Return what the fields ask for."""
        if (recipe := self._recipe()) is None:
            return None
        batch = self.what.currentData() == BATCH
        keys, closed = self._way()
        return Request(
            what=self.what.currentData(),
            form=str(self.form.currentData()),
            folder=Path(self.folder.text().strip()).expanduser(),
            recipe=recipe,
            burn=self.burn.isChecked(),
            first=self.first.value(),
            count=self.count.value(),
            gate=self.gate.value() / 100 if batch and self.gated.isChecked() else None,
            keys=keys,
            closed=closed,
            frames=self.frames.value(),
            seconds=self.seconds.value(),
            back=self.back.isChecked(),
            even=self.even.isChecked(),
        )

    def export(self) -> None:
        """Begin."""
        request, model = self.request(), self._studio.model
        if request is None or model is None:
            return
        self._began = time.monotonic()
        self.words.setText(tr("Drawing ..."))
        self._going = True
        self.bar.setRange(0, 0)
        self._jobs.run(
            KEY,
            lambda job: write(model, request, job),
            self._done,
            failed=self.words.setText,
            lane="export",
        )

    def _progress(self, key: str, done: int, total: int) -> None:
        if key != KEY:
            return
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        left = (time.monotonic() - self._began) / max(done, 1) * (total - done)
        told = tr("{done} of {all}, about {left} s left", done=done, all=total, left=number(left))
        self.words.setText(told)

    def _change(self, key: str, on: bool) -> None:
        if key != KEY:
            return
        self._check()
        if not on and self._going:
            self._going = False
            self.words.setText(tr("Stopped. Files that were finished are whole, and in the table."))

    def _done(self, outcome: Outcome) -> None:
        files = outcome.files
        shown = ", ".join(files[:4]) + (" ..." if len(files) > 4 else "")
        self._going = False
        said = trn(
            "Wrote {count} file to {folder}: {names}",
            "Wrote {count} files to {folder}: {names}",
            len(files),
            folder=Path(self.folder.text()).name,
            names=shown,
        )
        if outcome.rejected:
            share = outcome.rejected / outcome.made
            said = tr(
                "{said}. {count} of {all} exams rejected ({share})",
                said=said,
                count=outcome.rejected,
                all=outcome.made,
                share=f"{share:.0%}",
            )
        self.words.setText(said)
