"""Nearest training images of what is on the screen; linked zoom, and a sentence on copies."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.language import tr
from app.settings import Store
from app.ui.jobs import Job, Jobs
from app.ui.likeness.compared import Compared, grey_image
from app.ui.locale import number
from app.ui.studio import Studio

if TYPE_CHECKING:
    from app.core.recipe import Recipe
    from app.synth.nearest import Grey, Library, Nearest
    from app.synth.render import Synthesizer

KEY = "nearest"
VIEWS = ("RCC", "LCC", "RMLO", "LMLO")
SHOWN = 5


class NearestDialog(QDialog):
    """Compares the exam in view with a prepared training set, on a thread."""

    def __init__(
        self, studio: Studio, jobs: Jobs, store: Store, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Nearest training images"))
        self._studio, self._jobs, self._store = studio, jobs, store
        self._library: Library | None = None
        self.view = QComboBox()
        self.view.addItems(VIEWS)
        self.view.setAccessibleName(tr("View that is compared"))
        self.folder = QPushButton(tr("Training set ..."))
        self.folder.setToolTip(tr("The folder that `mammoscope prepare` wrote"))
        self.place = QLabel()
        self.place.setObjectName("dim")
        self.pictures = Compared(1 + SHOWN)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.again, self.stop = (
            QPushButton(tr("Compare what is on the screen")),
            QPushButton(tr("Cancel")),
        )
        self.again.clicked.connect(self.compare)
        self.stop.clicked.connect(lambda: jobs.cancel(KEY))
        self.folder.clicked.connect(self._ask)
        self.view.currentTextChanged.connect(self.compare)
        jobs.progressed.connect(self._progress)
        jobs.changed.connect(lambda key, on: self._busy(on) if key == KEY else None)
        self._lay_out()
        self._busy(False)

    def _lay_out(self) -> None:
        top, buttons = QHBoxLayout(), QHBoxLayout()
        for widget in (self.view, self.folder, self.place):
            top.addWidget(widget)
        top.addStretch()
        buttons.addStretch()
        buttons.addWidget(self.stop)
        buttons.addWidget(self.again)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(16, 14, 16, 12)
        lines.addLayout(top)
        lines.addWidget(self.pictures, 1)
        lines.addWidget(self.bar)
        lines.addWidget(self.words)
        lines.addLayout(buttons)
        self.resize(1240, 420)

    def set_folder(self, folder: Path) -> None:
        """Compare with a training set, and remember it."""
        self._library = None
        self._store.change("start", training_set=str(folder))
        self.compare()

    def _ask(self) -> None:
        known = self._store.now.start.training_set
        if path := QFileDialog.getExistingDirectory(self, tr("Prepared training set"), known):
            self.set_folder(Path(path))

    def compare(self) -> None:
        """Compare the view of the exam on the screen, with the set that is remembered."""
        model, recipe = self._studio.model, self._studio.recipe
        folder = self._store.now.start.training_set
        self.place.setText(Path(folder).name)
        if not folder:
            self.words.setText(
                tr("Choose the training set: the folder `mammoscope prepare` wrote.")
            )
            return
        if model is None or recipe is None:
            self.words.setText(tr("There is no generated exam yet: open the latent panel first."))
            return
        library, label = self._library, self.view.currentText()
        self.words.setText(tr("Comparing ..."))
        self._jobs.run(
            KEY,
            lambda job: _nearest(model, recipe, label, library, Path(folder), job),
            self._take,
            failed=self.words.setText,
            lane="nearest",
        )

    def _take(self, found: "tuple[Library, Grey, Nearest]") -> None:
        self._library, grey, nearest = found
        hits = [
            (f"{hit.name}, {number(hit.apart, 2)}", grey_image(hit.picture)) for hit in nearest.hits
        ]
        title = f"SYNTHETIC {self.view.currentText()}"
        self.pictures.show_images([(title, grey_image(grey)), *hits])
        self.words.setText(_words(nearest))

    def _busy(self, on: bool) -> None:
        self.again.setEnabled(not on)
        self.stop.setVisible(on)
        self.bar.setVisible(on)
        self.bar.setRange(0, 0)

    def _progress(self, key: str, done: int, total: int) -> None:
        if key == KEY:
            self.bar.setRange(0, total)
            self.bar.setValue(done)
            looked = tr("Looking at the training set: {done} of {all} images", done=done, all=total)
            self.words.setText(looked)


def _words(found: "Nearest") -> str:
    """Return what the comparison says of copies."""
    ratio = number(found.ratio, 2)
    if found.flagged:
        return tr(
            "May be a copy: {ratio} of the distance to the nearest held-out image. Look at both.",
            ratio=ratio,
        )
    return tr(
        "No near copy found by this test: {ratio} of the distance to the nearest held-out image; "
        "{share} of held-out images are as near to a training image.",
        ratio=ratio,
        share=f"{found.share:.0%}",
    )


def _nearest(
    model: "Synthesizer",
    recipe: "Recipe",
    label: str,
    library: "Library | None",
    folder: Path,
    job: Job,
) -> "tuple[Library, Grey, Nearest]":
    import numpy as np

    from app.synth.nearest import Library

    if library is None:
        library = Library(folder, model.info.rungs[-1][0], job.progress, job.cancelled)
    grey = np.asarray((np.clip(model.values(recipe)[label], -1, 1) + 1) / 2, np.float32)
    return library, grey, library.nearest(grey)
