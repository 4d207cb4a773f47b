"""One order of undo for views and notes alike."""

from PySide6.QtCore import QObject

from app.ui.grid import Grid
from app.ui.tools.notebook import Notebook


class Undo(QObject):
    """Remembers which of the two histories the last change went to.

    Views belong to a step: going to another forgets theirs; notes stay.
    """

    def __init__(self, grid: Grid, notebook: Notebook, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._grid, self._notebook = grid, notebook
        self._past: list[str] = []
        self._future: list[str] = []
        grid.remembered.connect(lambda: self._did("view"))
        grid.restarted.connect(self._forget_views)
        notebook.noted.connect(lambda: self._did("notes"))

    def _did(self, what: str) -> None:
        self._past.append(what)
        self._future.clear()

    def _forget_views(self) -> None:
        self._past = [what for what in self._past if what != "view"]
        self._future = [what for what in self._future if what != "view"]

    def undo(self) -> None:
        """Take the last change back, of a view or of notes."""
        self._grid.settle()  # what the hand has just moved counts
        if self._past:
            self._future.append(self._past.pop())
            (self._grid if self._future[-1] == "view" else self._notebook).undo()

    def redo(self) -> None:
        """Make the last undone change again."""
        if self._future:
            self._past.append(self._future.pop())
            (self._grid if self._past[-1] == "view" else self._notebook).redo()
