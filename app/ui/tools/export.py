"""Writes annotations, key images and measurements of the step in view as DICOM, on a thread."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from app.core.annotation import Notes
from app.core.mammogram import Source
from app.language import tr
from app.ui.grid import Grid
from app.ui.jobs import Jobs
from app.ui.tools.notebook import Notebook

if TYPE_CHECKING:
    from app.dicom.noted import NotedImage


class Export(QObject):
    """Asks where to, and tells what was written."""

    said = Signal(str)

    def __init__(
        self, grid: Grid, notebook: Notebook, jobs: Jobs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._grid, self._notebook, self._jobs = grid, notebook, jobs

    def ask(self) -> None:
        """Ask for a folder and write to it."""
        if not any(self._notebook.of(pane) != Notes() for pane in self._grid.panes):
            self.said.emit(tr("Nothing is drawn on these images and no key image is marked"))
            return
        folder = QFileDialog.getExistingDirectory(
            self._grid.window(), tr("Folder for presentation state, key objects and measurements")
        )
        if folder:
            self.write(Path(folder))

    def write(self, folder: Path) -> None:
        """Write what is noted on the images in view."""
        images = self.images()
        self.said.emit(tr("Writing DICOM objects ..."))
        self._jobs.run(
            "export-notes",
            lambda job: _written(images, folder),
            lambda names: self.said.emit(
                tr("Wrote to {folder}: {names}", folder=folder.name, names=", ".join(names))
            ),
            failed=self.said.emit,
        )

    def images(self) -> "list[NotedImage]":
        """Return the images in view with what is drawn on them."""
        from app.dicom.noted import NotedImage

        found = {}
        for pane in self._grid.panes:
            if pane.picture is None or pane.voi is None or pane.facts is None:
                continue
            if pane.facts.source is Source.SYNTHETIC and not Path(pane.facts.file).exists():
                continue  # a generated image that is no file yet has nothing to refer to
            found[pane.facts.file] = NotedImage(
                mammogram=pane.picture.mammogram,
                notes=self._notebook.of(pane),
                voi=pane.voi,
                invert=pane.view.invert,
                transform=pane.transform,
            )
        return list(found.values())


def _written(images: "Sequence[NotedImage]", folder: Path) -> list[str]:
    from app.dicom.results import write_results

    return [path.name for path in write_results(images, folder)]
