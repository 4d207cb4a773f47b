"""From a real image: the closest exam this model can make, what is left, and how close it is."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.mammogram import Facts
from app.language import later, tr
from app.ui.jobs import IMPORTS, Job, Jobs
from app.ui.likeness.compared import Compared, grey_image, signed_image
from app.ui.locale import number
from app.ui.studio import Studio

if TYPE_CHECKING:
    from app.projecting import Closest
    from app.synth.render import Synthesizer

KEY, COMPARE = "project", "project-compare"
ONE, ALL = later("The chosen image"), later("All views of its exam")
SHOWN_EVERY = 10  #: steps
Chosen = Callable[[bool], list[Facts]]


class ClosestDialog(QDialog):
    """Projects a real image on a thread; what is best so far is always kept."""

    def __init__(
        self, studio: Studio, jobs: Jobs, chosen: Chosen, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("From a real image"))
        self._studio, self._jobs, self._chosen = studio, jobs, chosen
        self._enough = threading.Event()
        self._began = 0.0
        self.found: Closest | None = None
        self.what, self.view = QComboBox(), QComboBox()
        for choice in (ONE, ALL):
            self.what.addItem(tr(choice), choice)
        self.what.setAccessibleName(tr("What is projected"))
        self.view.setAccessibleName(tr("View shown"))
        self.pictures = Compared(3)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.words = QLabel(tr("Choose a real image, then find the exam that is closest to it."))
        self.words.setWordWrap(True)
        self.start, self.stop = QPushButton(tr("Find")), QPushButton(tr("Enough: keep the best"))
        self.compare = QPushButton(tr("What do generated images reach?"))
        self.compare.setToolTip(
            tr("Projects twelve held-out generated images, once; takes some minutes")
        )
        self.use = QPushButton(tr("Go on from this exam"))
        self.start.clicked.connect(self.begin)
        self.stop.clicked.connect(self._enough.set)
        self.compare.clicked.connect(self._compare)
        self.use.clicked.connect(self._use)
        self.view.currentTextChanged.connect(self._show)
        jobs.progressed.connect(self._progress)
        jobs.changed.connect(lambda key, _: self._check() if key in (KEY, COMPARE) else None)
        studio.loaded.connect(self._check)
        self._lay_out()
        self._check()

    def _lay_out(self) -> None:
        top, buttons = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self.what)
        top.addWidget(self.view)
        top.addStretch()
        for button in (self.compare, self.stop, self.use, self.start):
            buttons.addWidget(button)
        buttons.insertStretch(1)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(16, 14, 16, 12)
        lines.addLayout(top)
        lines.addWidget(self.pictures, 1)
        lines.addWidget(self.bar)
        lines.addWidget(self.words)
        lines.addLayout(buttons)
        self.resize(900, 560)

    def _check(self) -> None:
        busy = self._jobs.busy(KEY) or self._jobs.busy(COMPARE)
        ready = self._studio.model is not None
        self.start.setEnabled(ready and not busy)
        self.stop.setVisible(busy)
        self.bar.setVisible(busy)
        self.use.setEnabled(self.found is not None and not busy)
        self.compare.setVisible(self.found is not None and not self.found.reached and not busy)

    def begin(self) -> None:
        """Begin with the image that is chosen in the window."""
        images, model = self._chosen(self.what.currentData() == ALL), self._studio.model
        if not images or model is None:
            self.words.setText(tr("No real image is chosen: click one in the window behind first."))
            return
        self._enough.clear()
        self._began = time.monotonic()
        self.words.setText(tr("Looking among random exams ..."))
        self._jobs.run(
            KEY,
            lambda job: _project(model, images, self._enough, job),
            self._take,
            part=self._take,
            failed=self.words.setText,
            lane="project",
        )

    def _take(self, found: "Closest") -> None:
        self.found = found
        labels = list(found.asked)
        if [self.view.itemText(k) for k in range(self.view.count())] != labels:
            self.view.clear()
            self.view.addItems(labels)
        self._show()
        if not self._jobs.busy(KEY):
            self.words.setText(_words(found))
        self._check()

    def _show(self) -> None:
        label = self.view.currentText()
        if self.found is None or label not in self.found.asked:
            return
        asked, made = self.found.asked[label], self.found.made[label]
        self.pictures.show_images(
            [
                (tr("real {label}", label=label), grey_image((asked + 1) / 2)),
                (tr("SYNTHETIC, closest this model can make"), grey_image((made + 1) / 2)),
                (tr("left over: orange missing, blue too much"), signed_image((asked - made) / 2)),
            ]
        )

    def _progress(self, key: str, done: int, total: int) -> None:
        if key in (KEY, COMPARE) and done:
            self.bar.setRange(0, total)
            self.bar.setValue(done)
            left = (time.monotonic() - self._began) / done * (total - done)
            if self.found:
                score = number(self.found.score, 2)
                said = tr(
                    "likeness {score} so far; about {left} s left", score=score, left=number(left)
                )
            else:
                said = tr("about {left} s left", left=number(left))
            self.words.setText(said)

    def _compare(self) -> None:
        model, found = self._studio.model, self.found
        if model is None or found is None:
            return
        self._enough.clear()
        self._began = time.monotonic()
        labels = list(found.asked)
        self._jobs.run(
            COMPARE,
            lambda job: _compared(model, found, labels, self._enough, job),
            self._take,
            failed=self.words.setText,
            lane="project",
        )

    def _use(self) -> None:
        if self.found is not None:
            self._studio.take(self.found.recipe)


def _words(found: "Closest") -> str:
    """Return how close it is, and where that lies among what generated images reach."""
    score = number(found.score, 2)
    if not found.reached:
        return tr(
            "Closest this model can make: likeness {score}; not yet compared with held-out "
            "generated images.",
            score=score,
        )
    return tr(
        "Closest this model can make: likeness {score}; held-out generated images reach {low} to "
        "{high}; {below} of {count} reach no more than this one.",
        score=score,
        low=number(min(found.reached), 2),
        high=number(max(found.reached), 2),
        below=sum(one <= found.score for one in found.reached),
        count=len(found.reached),
    )


def _project(
    model: "Synthesizer", images: list[Facts], enough: threading.Event, job: Job
) -> "Closest":
    with IMPORTS:
        from app import projecting
        from app.dicom.read import read
        from app.synth import found

    asked = projecting.pictures_of((read(facts.file) for facts in images), model)
    steps = 0

    def told(step: Any) -> None:
        nonlocal steps
        job.progress(step.done, step.total)
        steps += 1
        if steps % SHOWN_EVERY == 0:
            values = model.values(step.recipe)
            made = {label: values[label] for label in asked}
            score = found.score(made, asked)
            job.give(
                projecting.Closest(
                    recipe=step.recipe, score=score, asked=asked, made=made, reached=()
                )
            )

    return projecting.closest(model, asked, told, lambda: enough.is_set() or job.cancelled())


def _compared(
    model: "Synthesizer", found: "Closest", labels: list[str], enough: threading.Event, job: Job
) -> "Closest":
    from dataclasses import replace

    from app import projecting

    reached = projecting.compare(
        model, labels, job.progress, lambda: enough.is_set() or job.cancelled()
    )
    return replace(found, reached=reached)
