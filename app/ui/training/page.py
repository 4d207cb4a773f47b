"""The training page: runs at the left, stages above, curves and sheets side by side."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import runs
from app.language import tr
from app.runs import Run
from app.ui.fields import Verdict
from app.ui.jobs import Jobs
from app.ui.theme import Theme
from app.ui.training.controls import Controls
from app.ui.training.curves import Curves, run_colours
from app.ui.training.form import Form
from app.ui.training.runlist import RunList
from app.ui.training.sheets import SheetViewer
from app.ui.training.timeline import Timeline
from app.ui.training.watch import Seen, Watch, alarms

ALARMS = 3  #: sentences at the top; more would push away what they are about
LIST_WIDTH = 178
NOTHING, RUN, FORM = range(3)  #: what the page shows beside the list


class TrainingPage(QWidget):
    """Start, watch, halt, stop, go on, compare. The trainings are processes of their own."""

    remembered = Signal(list)  #: folders of runs, the newest first

    def __init__(self, jobs: Jobs, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._jobs, self._theme = jobs, theme
        self._folders: list[Path] = []
        self._current: Path | None = None
        self._seen: dict[Path, Seen] = {}
        self.preset, self.threads, self.home = "", 0, ""  #: what the form begins with
        self.watch = Watch(jobs, self)
        self.list = RunList(theme)
        self.controls = Controls(jobs)
        self.alarms = [Verdict() for _ in range(ALARMS)]
        self.timeline = Timeline(theme)
        self.curves = Curves(theme)
        self.sheets = SheetViewer(jobs, theme)
        self.form = Form(jobs)
        self._build()
        self._connect()
        self._show()

    # Building.

    def _build(self) -> None:
        self.stack = QStackedWidget()
        self.stack.addWidget(self._empty())
        self.stack.addWidget(self._run_view())
        scroll = QScrollArea()
        scroll.setAccessibleName(tr("New training"))
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(self.form)
        self.stack.addWidget(scroll)
        self.new, self.open = QPushButton(tr("New training")), QPushButton(tr("Open a run..."))
        side = QWidget()
        side.setObjectName("panel")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(side)
        title = QLabel(tr("Runs"))
        title.setObjectName("title")
        hint = QLabel(tr("Check a run to compare it with the one in view."))
        hint.setObjectName("dim")
        hint.setWordWrap(True)
        column.addWidget(title)
        self.list.setMinimumWidth(LIST_WIDTH)
        column.addWidget(self.list, 1)
        for widget in (hint, self.open, self.new):
            column.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(side)
        row.addWidget(self.stack, 1)

    def _empty(self) -> QWidget:
        page = QWidget()
        self.begin, look = QPushButton(tr("New training")), QPushButton(tr("Open a run..."))
        self.begin.setObjectName("main")
        self.begin.clicked.connect(self.show_form)
        look.clicked.connect(self.ask)
        words = QLabel(
            tr(
                "No run is open. A run is a folder that a training writes: its settings, what it\n"
                "measured, sheets of pictures it drew, and checkpoints to go on from."
            )
        )
        words.setObjectName("dim")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.begin)
        row.addWidget(look)
        row.addStretch()
        column = QVBoxLayout(page)
        column.addStretch()
        column.addWidget(words)
        column.addSpacing(12)
        column.addLayout(row)
        column.addStretch()
        return page

    def _run_view(self) -> QWidget:
        page = QWidget()
        charts = QScrollArea()
        charts.setAccessibleName(tr("What the run measured"))
        charts.setWidgetResizable(True)
        charts.setFrameShape(QScrollArea.Shape.NoFrame)
        charts.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        charts.setWidget(self.curves)
        charts.setMinimumWidth(240)
        split = QSplitter()
        split.setHandleWidth(9)
        split.addWidget(charts)
        split.addWidget(self.sheets)
        split.setSizes([340, 1000])
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 3)
        split.setChildrenCollapsible(False)
        column = QVBoxLayout(page)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(10)
        for alarm in self.alarms:
            column.addWidget(alarm)
        column.addWidget(self.controls)
        column.addWidget(self.timeline)
        column.addWidget(split, 1)
        return page

    def _connect(self) -> None:
        self.watch.seen.connect(self._take)
        self.watch.found.connect(self._add_running)
        self.list.picked.connect(self.show_run)
        self.list.compared.connect(self._show)
        self.list.dropped.connect(self.drop)
        self.new.clicked.connect(self.show_form)
        self.open.clicked.connect(self.ask)
        self.controls.acted.connect(self.watch.look)
        self.controls.started.connect(self._started)
        self.controls.refused.connect(self._refused)
        self.controls.form_wanted.connect(self._ask)
        self.timeline.picked.connect(self.sheets.go_to)
        self.sheets.moved.connect(self.curves.mark)
        self.sheets.moved.connect(self.timeline.mark)
        self.form.ordered.connect(self.controls.start)
        self.form.left.connect(self._show)

    # Which runs.

    def begin_with(self, folders: list[str]) -> None:
        """List runs of earlier windows, those that are still there."""
        self._folders = [Path(f) for f in folders if Path(f).is_dir()]
        if self._folders and self._current is None:
            self._current = self._folders[0]
        self._list()
        self._show()

    def ask(self) -> None:
        """Ask for the folder of a run."""
        if path := QFileDialog.getExistingDirectory(self, tr("Open a run"), self.home):
            self.show_run(Path(path))

    def show_run(self, folder: Path) -> None:
        """Show a run, listed from now on."""
        folder = folder.resolve()
        if folder not in self._folders:
            self._folders.insert(0, folder)
            self.remembered.emit([str(f) for f in self._folders])
        self._current = folder
        self._list()
        self._show()

    def drop(self, folder: Path) -> None:
        """Take a run off the list; its folder stays."""
        self._folders = [f for f in self._folders if f != folder]
        self.remembered.emit([str(f) for f in self._folders])
        if self._current == folder:
            self._current = self._folders[0] if self._folders else None
        self._list()
        self._show()

    def show_form(self) -> None:
        """Show the form of a new training."""
        self.form.begin(
            preset=self.preset,
            threads=self.threads,
            folder=Path(self.home) if self.home else None,
        )
        self.stack.setCurrentIndex(FORM)
        self.form.set.edit.setFocus()

    def prepare_first(self) -> None:
        """Show the form, beginning with a folder of mammograms."""
        self.show_form()
        self.form.prepare.open()
        self.form.prepare.source.edit.setFocus()

    def _list(self) -> None:
        self.list.show_runs(self._folders, self._current)
        self.watch.watch(self._folders)

    def _add_running(self, folders: object) -> None:
        """List what is being trained now, whoever started it, until its folder goes."""
        assert isinstance(folders, list)
        new = [f for f in folders if f not in self._folders]
        gone = [f for f in self._folders if not f.is_dir()]
        if not new and not gone:
            return
        self._folders = [*new, *(f for f in self._folders if f not in gone)]
        if self._current is None or self._current in gone:
            self._current = self._folders[0] if self._folders else None
        self._list()

    def _take(self, seen: Mapping[Path, Seen]) -> None:
        self._seen |= seen
        if self.stack.currentIndex() != FORM:
            self._show()
        else:
            self._colour()

    # Showing.

    def _show(self) -> None:
        """Show the run in view as it was last seen."""
        if self._current is None:
            self.stack.setCurrentIndex(NOTHING)
            return
        self.stack.setCurrentIndex(RUN)
        self._colour()
        seen = self._seen.get(self._current)
        self.controls.show_run(self._current, seen)
        if seen is None:
            return
        others = [self._seen[f] for f in self._compared() if f in self._seen]
        trouble = self.controls.troubles.get(self._current)
        raised = ([trouble] if trouble else []) + alarms(seen)
        for place, verdict in enumerate(self.alarms):
            verdict.refuse(raised[place]) if place < len(raised) else verdict.tell("")
        left = runs.seconds_left(seen.run) if seen.training else {}
        self.timeline.show_run(seen.run.rungs, seen.run.shown, left)
        self.curves.show_runs([seen.run, *(other.run for other in others)])
        self.sheets.show_run(seen, others[0] if others else None)

    def _compared(self) -> list[Path]:
        return [folder for folder in self.list.checked() if folder != self._current]

    def _colour(self) -> None:
        shown = [self._current, *self._compared()] if self._current else []
        colours = dict(zip(shown, run_colours(self._theme), strict=False))
        self.list.show_states(self._seen, {k: v for k, v in colours.items() if k is not None})

    # Acting on a training.

    def _ask(self, run: Run) -> None:
        self.form.resume(run)
        self.stack.setCurrentIndex(FORM)

    def _started(self, folder: Path) -> None:
        self.show_run(folder)
        self.watch.look()

    def _refused(self, folder: Path, reason: str) -> None:
        if self.stack.currentIndex() == FORM:
            self.form.refuse(reason)
        else:
            self._show()

    # Qt.

    def dispose(self) -> None:
        """Rest for good: the window closes."""
        self.watch.run(False)
        self.curves.dispose()

    def showEvent(self, event: QShowEvent) -> None:
        """Look while someone looks."""
        super().showEvent(event)
        self.watch.run(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest."""
        super().hideEvent(event)
        self.watch.run(False)
