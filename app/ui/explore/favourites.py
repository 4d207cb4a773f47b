"""Exams that were kept, as a grid of pictures."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.core.recipe import Recipe
from app.language import later, tr
from app.ui.explore.portraits import portray
from app.ui.explore.shelf import Shelf
from app.ui.explore.thumbs import RECIPE, Exams, words
from app.ui.studio import Studio

SIZE = QSize(112, 140)
EMPTY = later(
    "Nothing kept yet. Ctrl+D keeps the exam on the screen: its recipe, in your own folder."
)


class Favourites(QWidget):
    """Enter or a double click opens, F2 renames, Delete removes."""

    opened = Signal(object)  #: Recipe

    def __init__(self, studio: Studio, shelf: Shelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._shelf = studio, shelf
        self._shown: list[Recipe] = []
        self.words = QLabel(tr(EMPTY))
        self.words.setObjectName("dim")
        self.words.setWordWrap(True)
        self.list = Exams(SIZE, tr("Favourites"))
        self.list.itemActivated.connect(lambda item: self.opened.emit(item.data(RECIPE)))
        self.list.itemChanged.connect(self._named)
        self.keep = QPushButton(tr("Keep this exam"))
        self.keep.clicked.connect(self.add)
        self.drop = QPushButton(tr("Remove"))
        self.drop.clicked.connect(self.remove)
        self.list.removed.connect(self.remove)
        buttons = QHBoxLayout()
        buttons.addWidget(self.keep, 1)
        buttons.addWidget(self.drop)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 6, 0, 0)
        lines.addWidget(self.words)
        lines.addWidget(self.list, 1)
        lines.addLayout(buttons)
        shelf.changed.connect(self.refresh)
        self.refresh()

    def add(self) -> None:
        """Keep the exam on the screen."""
        if (recipe := self._studio.recipe) is not None and not self._shelf.add(recipe):
            self.list.setCurrentRow(self._shown.index(recipe))

    def remove(self) -> None:
        """Remove the chosen exam."""
        if (row := self.list.currentRow()) >= 0:
            self._shelf.remove(row)
            self.list.setCurrentRow(min(row, self.list.count() - 1))

    def refresh(self) -> None:
        """Show what is kept."""
        kept = self._shelf.kept.favourites
        recipes = [one.recipe for one in kept]
        self.list.blockSignals(True)
        if recipes != self._shown:
            self._shown = recipes
            self.list.clear()
            for one in kept:
                item = self.list.add(one.recipe, "")
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            portray(self._studio, "favourites", recipes, self.list.show_picture)
        for row, one in enumerate(kept):
            self.list.item(row).setText(one.name or words(one.recipe))
        self.list.blockSignals(False)
        self.list.setVisible(bool(kept))
        self.words.setVisible(not kept)
        self.drop.setEnabled(bool(kept))

    def _named(self) -> None:
        row = self.list.currentRow()
        if row >= 0:
            item, kept = self.list.item(row), self._shelf.kept.favourites[row]
            text = item.text().strip()
            if text != (kept.name or words(kept.recipe)):
                self._shelf.call(row, text)
