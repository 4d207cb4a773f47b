"""Favourites, and names and hiding of directions, of the model in use; kept at every change."""

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app import collection
from app.collection import Collection, Favourite
from app.core.recipe import Recipe
from app.language import tr


class Shelf(QObject):
    """What is kept of a model; a damaged file is told of and never overwritten."""

    changed = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.kept = Collection()
        self._model = ""

    def open(self, model: str) -> None:
        """Take what is kept of a model."""
        try:
            self.kept, self._model = collection.load(model), model
        except (ValueError, OSError) as error:
            self.kept, self._model = Collection(), ""
            self.failed.emit(tr("Kept exams: {reason}", reason=error))
        self.changed.emit()

    def add(self, recipe: Recipe) -> bool:
        """Keep an exam, once; returns whether it was new."""
        if any(one.recipe == recipe for one in self.kept.favourites):
            return False
        self._put(favourites=(*self.kept.favourites, Favourite(recipe=recipe)))
        return True

    def remove(self, index: int) -> None:
        """Keep a favourite no longer."""
        before = self.kept.favourites
        self._put(favourites=(*before[:index], *before[index + 1 :]))

    def call(self, index: int, name: str) -> None:
        """Name a favourite."""
        found = list(self.kept.favourites)
        found[index] = replace(found[index], name=name.strip())
        self._put(favourites=tuple(found))

    def rename(self, direction: int, name: str) -> None:
        """Name a direction; an empty name gives its own back."""
        names = {k: v for k, v in self.kept.names.items() if k != direction}
        self._put(names={**names, direction: name.strip()} if name.strip() else names)

    def hide(self, direction: int, on: bool) -> None:
        """Hide a direction, or show it again."""
        self._put(hidden=self.kept.hidden | {direction} if on else self.kept.hidden - {direction})

    def show_all(self) -> None:
        """Hide no direction."""
        self._put(hidden=frozenset())

    def _put(self, **changes: object) -> None:
        self.kept = replace(self.kept, **changes)  # type: ignore[arg-type]  # its fields
        self.changed.emit()
        if self._model:
            try:
                collection.save(self._model, self.kept)
            except OSError as error:
                self.failed.emit(tr("Kept exams can't be written: {reason}", reason=error.strerror))
