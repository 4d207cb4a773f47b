"""The form that starts a training: every field is judged where it stands, as it is filled in."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app import launch
from app.language import thousands, tr
from app.launch import Order, Preset
from app.runs import Run
from app.ui.fields import PathField, Verdict
from app.ui.jobs import Job, Jobs
from app.ui.training.preparing import PrepareBox

WIDTH = 640


class Form(QWidget):
    """Training set, preset, folder, threads; then start."""

    ordered = Signal(object)  #: Order
    left = Signal()

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._facts: Mapping[str, Any] | None = None
        self._run: Run | None = None  #: the run to go on with
        self._presets: dict[str, Preset] = {p.name: p for p in launch.presets()}
        self.title = QLabel(tr("New training"))
        self.title.setObjectName("title")
        self.set = PathField(tr("Training set"), tr("a folder written by prepare"))
        self.prepare = PrepareBox()
        self.preset = QComboBox()
        self.preset.setAccessibleName(tr("Preset"))
        self.preset.addItems(list(self._presets))
        self.preset.setMinimumContentsLength(24)
        self.about = Verdict()
        self.out = PathField(tr("Folder for the run"), tr("new, or empty"))
        self.threads = QSpinBox()
        self.threads.setAccessibleName(tr("Processor threads"))
        self.threads.setRange(0, 1024)
        self.threads.setSpecialValueText(tr("all"))
        self.of_preset = QLabel(tr("Preset"))
        self.kimg = QSpinBox()
        self.kimg.setSuffix(tr(" thousand images in all"))
        self.kimg.setAccessibleName(tr("How far to train"))
        self.how_far = QLabel(tr("How far to train"))
        self.estimate = QPushButton(tr("Estimate time and memory"))
        self.plan = Verdict()
        self.start = QPushButton(tr("Start training"))
        self.start.setObjectName("main")
        self.cancel = QPushButton(tr("Cancel"))
        self.trouble = Verdict()
        self._build()
        self._connect()
        self.begin()

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.addWidget(self.of_preset, 0, 0)
        grid.addWidget(QLabel(tr("Processor threads")), 0, 1)
        grid.addWidget(self.preset, 1, 0)
        grid.addWidget(self.threads, 1, 1)
        grid.addWidget(self.how_far, 0, 0)  # never asked for together with a preset
        grid.addWidget(self.kimg, 1, 0)
        grid.setColumnStretch(2, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.estimate)
        buttons.addStretch()
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.start)
        inner = QWidget()
        inner.setFixedWidth(WIDTH)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 24, 0, 24)
        column.setSpacing(14)
        note = QLabel(
            tr("The training is a process of its own: it goes on when this window closes.")
        )
        note.setObjectName("dim")
        note.setWordWrap(True)
        column.addWidget(self.title)
        column.addWidget(self.set)
        column.addWidget(self.prepare)
        column.addLayout(grid)
        column.addWidget(self.about)
        column.addWidget(self.out)
        column.addWidget(self.plan)
        column.addWidget(self.trouble)
        column.addLayout(buttons)
        column.addWidget(note)
        column.addStretch()
        row = QHBoxLayout(self)
        row.addStretch()
        row.addWidget(inner)
        row.addStretch()

    def _connect(self) -> None:
        self.set.changed.connect(self._look_at_set)
        self.out.changed.connect(self._judge)
        self.preset.currentTextChanged.connect(lambda _: self._judge())
        self.prepare.prepared.connect(self.set.put)
        self.start.clicked.connect(self._order)
        self.cancel.clicked.connect(self.left)
        self.estimate.clicked.connect(self._estimate)

    # What the form begins with.

    def begin(self, *, preset: str = "", threads: int = 0, folder: Path | None = None) -> None:
        """Empty the form for a new training, with what was last used or set."""
        self._run = None
        self.title.setText(tr("New training"))
        self.start.setText(tr("Start training"))
        if preset in self._presets:
            self.preset.setCurrentText(preset)
        self.threads.setValue(threads)
        self.out.edit.setReadOnly(False)
        self._offer_new(True)
        self._offer_more(None)
        self.out.put(_unused(folder) if folder else None)
        self._say("")
        self._judge()

    def resume(self, run: Run) -> None:
        """Ask for what a run needs to go on: its training set; how far, where it has finished."""
        known = launch.remembered(run.folder)
        self.begin(threads=known.threads if known else 0)
        self._run = run
        self._offer_more(run)
        self.title.setText(tr("Go on with {run}", run=run.name))
        self.start.setText(tr("Go on"))
        self.out.put(run.folder)
        self.out.edit.setReadOnly(True)
        self._offer_new(False)
        if known is not None:
            self.set.put(known.training_set)
        self._say("")
        self._judge()

    def _offer_new(self, new: bool) -> None:
        """Offer what only a new run may choose; one that goes on keeps its preset and folder."""
        for widget in (self.prepare, self.of_preset, self.preset):
            widget.setVisible(new)
        self.out.choose.setEnabled(new)

    def _offer_more(self, run: Run | None) -> None:
        """Ask for the images in all of a run that has finished: twice as many, unless told."""
        further = run is not None and run.finished
        shown = -(-run.shown // 1000) if run else 0
        self.kimg.setRange(shown + 1, 1_000_000)
        self.kimg.setValue(2 * shown)
        for widget in (self.how_far, self.kimg):
            widget.setVisible(further)

    def order(self) -> Order | None:
        """Return what the form asks for, None while something is missing."""
        training_set, out = self.set.path(), self.out.path()
        if training_set is None or out is None:
            return None
        return Order(
            training_set=training_set,
            out=out,
            preset="" if self._run else self.preset.currentText(),
            threads=self.threads.value(),
            resume=self._run is not None,
            kimg=self.kimg.value() if self._run and self._run.finished else 0,
        )

    # Judging.

    def _look_at_set(self) -> None:
        """Read the training set on a thread: its table may hold a hundred thousand lines."""
        self._facts = None
        path = self.set.path()
        self.set.found.tell(tr("reading") if path else "")
        self._judge()
        if path is not None:
            self._jobs.run(
                "set",
                lambda job: launch.set_facts(path),
                self._take_set,
                failed=self._refuse_set,
            )

    def _take_set(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts
        counts = facts.get("counts", {})
        kept = sum(n for words, n in counts.items() if words.endswith("held-out"))
        self.set.found.tell(
            tr(
                "{images} images of {patients} patients, {kept} held out; up to {size}",
                images=thousands(facts["images"]),
                patients=thousands(facts["patients"]),
                kept=thousands(kept),
                size=f"{facts['rows']}x{facts['columns']}",
            )
        )
        began = self._run.started.get("set") if self._run else None
        if began and began != facts["fingerprint"]:
            self.set.found.refuse(tr("This is not the training set the run was begun with."))
        self._judge()

    def _refuse_set(self, reason: str) -> None:
        self.set.found.refuse(reason)
        self._judge()

    def _judge(self) -> None:
        """Say what is wrong beside what is wrong, and allow starting once nothing is."""
        self.plan.tell("")
        self._judge_preset()
        self._judge_out()
        entered = self._facts is not None and self.out.path() is not None
        verdicts = (self.set.found, self.about, self.out.found)
        ready = entered and not any(verdict.refused for verdict in verdicts)
        self.start.setEnabled(ready)
        self.estimate.setEnabled(ready and self._run is None)

    def _judge_preset(self) -> None:
        preset, facts = self._presets.get(self.preset.currentText()), self._facts
        if self._run is not None or preset is None:
            self.about.tell("")
            return
        top = preset.rungs[-1]
        if facts is not None and top.height > facts["rows"]:
            end = f"{facts['rows']}x{facts['columns']}"
            self.about.refuse(
                tr(
                    "{preset} climbs to {top}; the training set ends at {end}",
                    preset=preset.name,
                    top=top.size,
                    end=end,
                )
            )
        else:
            to = tr("Up to {size}, {count} images.", size=top.size, count=thousands(top.end))
            self.about.tell(f"{tr(preset.words)} {to}")

    def _judge_out(self) -> None:
        path = self.out.path()
        if path is None or self._run is not None:
            self.out.found.tell("")
        elif path.exists() and not path.is_dir():
            self.out.found.refuse(tr("{name} is a file; a folder is needed", name=path.name))
        elif launch.holds_run(path):
            self.out.found.refuse(
                tr(
                    "{name} holds a run already: open it to go on with it, or choose another",
                    name=path.name,
                )
            )
        elif not _nearest(path).is_dir():
            self.out.found.refuse(tr("{name} is a file", name=_nearest(path).name))
        else:
            self.out.found.tell("" if path.exists() else tr("will be made"))

    # Acting.

    def _order(self) -> None:
        if (order := self.order()) is not None:
            self._say("")
            self.ordered.emit(order)

    def refuse(self, reason: str) -> None:
        """Say why a training did not start."""
        self.trouble.refuse(reason)

    def _say(self, words: str) -> None:
        self.trouble.tell(words)

    def _estimate(self) -> None:
        """Have the trainer tell what it would take, in a process of its own."""
        order = self.order()
        if order is None:
            return
        self.estimate.setEnabled(False)
        self.plan.tell(tr("Timing a few steps of each size; this takes a minute."))

        def finish(show: Callable[[str], None], words: str) -> None:
            self.estimate.setEnabled(True)
            show(words)

        self._jobs.run(
            "plan",
            partial(_plan, order),
            partial(finish, self.plan.tell),
            failed=partial(finish, self.plan.refuse),
            lane="plan",
        )


def _plan(order: Order, job: Job) -> str:
    return launch.plan_words(launch.plan(order, job.cancelled))


def _nearest(path: Path) -> Path:
    """Return the nearest parent that exists."""
    return next(p for p in (path, *path.absolute().parents) if p.exists())


def _unused(folder: Path) -> Path:
    """Return a name in a folder that no run has yet."""
    number = 1
    while (folder / f"run-{number}").exists():
        number += 1
    return folder / f"run-{number}"
