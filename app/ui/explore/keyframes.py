"""Keyframes of a way, as a filmstrip: added, moved, removed, opened."""

import random

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QListView, QPushButton

from app.core.recipe import LatentPoint, Recipe
from app.language import tr
from app.ui.explore.portraits import portray
from app.ui.explore.thumbs import RECIPE, Exams, words
from app.ui.studio import Studio

WANDERED = 8  #: exams of a random walk
MOST = 1_000_000  #: seeds of one, so that they can be told to a neighbour


class Keyframes(QObject):
    """The filmstrip and its buttons, which others lay out."""

    changed = Signal()

    def __init__(self, studio: Studio, size: QSize) -> None:
        super().__init__()
        self._studio = studio
        self._pictures: dict[Recipe, NDArray[np.uint8]] = {}
        self.list = Exams(size, tr("Keyframes"))
        self.list.setFlow(QListView.Flow.LeftToRight)
        self.list.setWrapping(False)
        self.list.setSpacing(1)
        self.list.setGridSize(QSize(size.width() + 6, size.height() + 6))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.itemActivated.connect(lambda item: studio.cook(item.data(RECIPE)))
        self.list.removed.connect(self.remove)
        for key, run in (
            (QKeySequence("Alt+Left"), lambda: self.shift(-1)),
            (QKeySequence("Alt+Right"), lambda: self.shift(+1)),
        ):
            action = QAction(self.list)
            action.setShortcut(key)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(run)
            self.list.addAction(action)
        self.add_button = QPushButton(tr("Add"))
        self.add_button.setToolTip(tr("Add the exam on the screen as a keyframe (Ctrl+Shift+K)"))
        self.add_button.clicked.connect(self.add)
        self.wander_button = QPushButton(tr("Random walk"))
        self.wander_button.setToolTip(
            tr("From the exam on the screen through random ones and back")
        )

    def recipes(self) -> list[Recipe]:
        """Return the keyframes in order."""
        return [self.list.item(row).data(RECIPE) for row in range(self.list.count())]

    def add(self) -> None:
        """Add the exam in view after the chosen keyframe, or at the end."""
        if (recipe := self._studio.still()) is not None:
            keys, row = self.recipes(), self.list.currentRow()
            at = row + 1 if row >= 0 else len(keys)
            self._put([*keys[:at], recipe, *keys[at:]], at)

    def remove(self) -> None:
        """Remove the chosen keyframe."""
        if (row := self.list.currentRow()) >= 0:
            keys = self.recipes()
            del keys[row]
            self._put(keys, min(row, len(keys) - 1))

    def shift(self, by: int) -> None:
        """Move the chosen keyframe to the left or to the right."""
        keys, row = self.recipes(), self.list.currentRow()
        if row >= 0 and 0 <= row + by < len(keys):
            keys[row], keys[row + by] = keys[row + by], keys[row]
            self._put(keys, row + by)

    def wander(self) -> None:
        """Take the exam in view and random ones in place of what is there."""
        if (recipe := self._studio.still()) is not None:
            seeds = random.sample(range(MOST), WANDERED - 1)
            points = [LatentPoint(seed=seed) for seed in seeds]
            self._put([recipe, *(_plain(recipe, point) for point in points)], -1)

    def _put(self, keys: list[Recipe], row: int) -> None:
        self.list.clear()
        for recipe in keys:
            self.list.add(recipe, "").setToolTip(words(recipe))
        self.list.setCurrentRow(row)
        known = [(k, recipe) for k, recipe in enumerate(keys) if recipe in self._pictures]
        for k, recipe in known:
            self.list.show_picture((k, recipe, self._pictures[recipe]))
        portray(self._studio, "keyframes", keys, self._take, one_view=True)
        self.changed.emit()

    def _take(self, found: tuple[int, Recipe, NDArray[np.uint8]]) -> None:
        self._pictures = {r: p for r, p in self._pictures.items() if r in self.recipes()}
        self._pictures[found[1]] = found[2]
        self.list.show_picture(found)


def _plain(recipe: Recipe, point: LatentPoint) -> Recipe:
    return Recipe(
        model=recipe.model,
        point=point,
        difference=recipe.difference,
        typicality=recipe.typicality,
    )
