"""What can be done to the run in view: pause, stop, go on; and a line on how it stands."""

from collections.abc import Callable
from pathlib import Path

import psutil
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app import launch, runs
from app.language import later, thousands, tr
from app.launch import Order, Training
from app.runs import duration
from app.ui.jobs import Job, Jobs
from app.ui.locale import significant
from app.ui.training.watch import Seen

WISHES = {"stop": later("finishing its step and saving"), "start": later("starting")}


class Controls(QWidget):
    """Name, state and buttons of a run."""

    acted = Signal()  #: something was asked of a training: look what became of it
    started = Signal(Path)
    refused = Signal(Path, str)  #: folder and why its training did not start
    form_wanted = Signal(object)  #: Run that goes on once the form is filled in

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._folder: Path | None = None
        self._seen: Seen | None = None
        self._wish: dict[Path, str] = {}  #: what a run was asked for and has not done yet
        self.troubles: dict[Path, str] = {}  #: what could not be done
        self.name, self.state = QLabel(), QLabel()
        self.name.setObjectName("title")
        self.pause, self.stop = QPushButton(tr("Pause")), QPushButton(tr("Stop training"))
        self.resume = QPushButton(tr("Go on"))
        self.pause.setToolTip(tr("Halt where it is and leave the processors to others"))
        self.stop.setToolTip(tr("Finish the step, save a checkpoint and end"))
        self.resume.setToolTip(tr("Go on from the newest checkpoint"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.name)
        row.addSpacing(8)
        row.addWidget(self.state, 1)
        for button in (self.pause, self.stop, self.resume):
            row.addWidget(button)
        self.pause.clicked.connect(self._pause)
        self.stop.clicked.connect(self._stop)
        self.resume.clicked.connect(self._resume)

    def show_run(self, folder: Path, seen: Seen | None) -> None:
        """Show how a run stands and what can be done to it."""
        self._folder, self._seen = folder, seen
        self.name.setText(folder.name)
        self.name.setToolTip(str(folder))
        training = seen.training if seen else None
        wish = self._wish.get(folder)
        if seen is not None and (wish == "stop") == (training is None):
            self._wish.pop(folder, None)
        waits = folder in self._wish
        self.state.setText(self._words(seen) if seen else tr("reading"))
        self.pause.setVisible(training is not None)
        self.pause.setText(
            tr("Continue") if training is not None and training.paused else tr("Pause")
        )
        self.stop.setVisible(training is not None)
        ended = seen is not None and training is None
        self.resume.setVisible(ended and launch.holds_run(folder))
        further = seen is not None and seen.run.finished
        self.resume.setText(tr("Train further") if further else tr("Go on"))
        for button in (self.pause, self.stop, self.resume):
            button.setEnabled(not waits)

    def _words(self, seen: Seen) -> str:
        run, training = seen.run, seen.training
        paused = training is not None and training.paused
        state = runs.state_words(run, alive=training is not None, paused=paused)
        wish = WISHES.get(self._wish.get(run.folder, ""))
        words = [tr(wish) if wish else state]
        if run.ticks or run.saved:
            shown, total = thousands(run.shown), thousands(run.total or 0)
            of = tr("{shown} of {all} images", shown=shown, all=total)
            words.append(of if run.total else tr("{count} images", count=shown))
        tick = run.ticks[-1] if run.ticks else None
        if training is not None and not paused and tick is not None:
            if (rate := tick.get("rate")) is not None:
                words.append(tr("{rate} images/s", rate=significant(rate)))
            if left := runs.seconds_left(run):
                all_left = duration(sum(left.values()))
                words.append(tr("about {time} left in all", time=all_left))
        return "   ".join(words)

    def _act(self, act: Callable[[Training], None], wish: str = "") -> None:
        """Do something to the process of the run in view."""
        if self._folder is None or self._seen is None or self._seen.training is None:
            return
        self.troubles.pop(self._folder, None)
        try:
            act(self._seen.training)
        except psutil.Error as error:
            self.troubles[self._folder] = tr(
                "The training can't be reached: {reason}", reason=error
            )
        else:
            if wish:
                self._wish[self._folder] = wish
        self.show_run(self._folder, self._seen)
        self.acted.emit()

    def _pause(self) -> None:
        training = self._seen.training if self._seen else None
        halted = training is not None and training.paused
        self._act(launch.go_on if halted else launch.pause)

    def _stop(self) -> None:
        self._act(launch.stop, "stop")

    def _resume(self) -> None:
        """Go on with a run; the form asks for its training set, or how far, when not known."""
        if self._folder is None or self._seen is None:
            return
        order = launch.remembered(self._folder)
        if order is None or self._seen.run.finished:
            self.form_wanted.emit(self._seen.run)
        else:
            self.start(order)

    def start(self, order: Order) -> None:
        """Start a training, on a thread: its check looks through all processes."""
        folder = order.out.resolve()
        self.troubles.pop(folder, None)
        self._wish[folder] = "start"

        def work(job: Job) -> None:
            launch.start(order)

        def refuse(reason: str) -> None:
            self._wish.pop(folder, None)
            self.troubles[folder] = reason
            self.refused.emit(folder, reason)

        self._jobs.run("start", work, lambda _: self.started.emit(folder), failed=refuse)
