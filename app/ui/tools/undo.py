"""One order of undo for views, notes and generated exams alike."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from PySide6.QtCore import QObject, SignalInstance

from app.ui.grid import Grid
from app.ui.tools.notebook import Notebook

KEPT = 500  #: changes that can be taken back: in a long day thousands of exams are looked at


class Undoable(Protocol):
    """What keeps a history of its own."""

    def undo(self) -> None:
        """Take its last change back."""

    def redo(self) -> None:
        """Make its last undone change again."""


class Undo(QObject):
    """Remembers which history each change went to.

    Views belong to a step: when it is filled anew theirs are forgotten, but not when the reader
    goes to another one, since undo leads back to it.
    """

    def __init__(self, grid: Grid, notebook: Notebook, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._grid = grid
        self.moving: Callable[[], bool] = lambda: False  #: whether the reader goes somewhere else
        self._sources: dict[str, Undoable] = {}
        self._past, self._future = _kept(()), _kept(())
        self.add("view", grid, grid.remembered)
        self.add("notes", notebook, notebook.noted)
        grid.restarted.connect(self._forget_views)

    def add(self, name: str, source: Undoable, changed: SignalInstance) -> None:
        """Let the changes of a source, told by a signal, be undone in order with all others."""
        self._sources[name] = source
        changed.connect(lambda: self._did(name))

    def _did(self, what: str) -> None:
        self._past.append(what)
        self._future.clear()

    def _forget_views(self) -> None:
        if not self.moving():
            self.forget("view")

    def forget(self, *names: str) -> None:
        """Drop the changes of sources whose histories begin anew."""
        self._past = _kept(what for what in self._past if what not in names)
        self._future = _kept(what for what in self._future if what not in names)

    def undo(self) -> None:
        """Take the last change back, whatever it changed."""
        self._grid.settle()  # what the hand has just moved counts
        if self._past:
            self._future.append(self._past.pop())
            self._sources[self._future[-1]].undo()

    def redo(self) -> None:
        """Make the last undone change again."""
        if self._future:
            self._past.append(self._future.pop())
            self._sources[self._past[-1]].redo()


def _kept(names: Iterable[str]) -> deque[str]:
    return deque(names, maxlen=KEPT)
