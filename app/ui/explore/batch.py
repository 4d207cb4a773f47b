"""A page of random exams to pick from: open one, keep some, ask for others."""

import random
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.core.recipe import LatentPoint, Recipe
from app.language import tr
from app.ui.explore.portraits import portray
from app.ui.explore.shelf import Shelf
from app.ui.explore.thumbs import RECIPE, Exams
from app.ui.studio import Studio
from app.ui.theme import Theme

COUNT = 24
SHAPE = 0.8  #: width to height of an exam's four views
MOST = 1_000_000
ROWS = 100  #: a view is drawn with at least so many rows, or as the model can
KEPT = "\N{BLACK STAR}"


class Batch(QWidget):
    """Arrow keys move, Enter opens, Ctrl+D keeps, N draws others."""

    opened = Signal(object)  #: Recipe

    def __init__(self, studio: Studio, shelf: Shelf, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._studio, self._shelf = studio, shelf
        self._first: int | None = None
        self._drawn = 0
        self.mark = QLabel("SYNTHETIC")
        self.mark.setStyleSheet(f"color: {theme.synthetic}; font-weight: bold;")
        self.words = QLabel()
        self.state = QLabel()
        self.state.setObjectName("dim")
        self.list = Exams(QSize(120, 150), tr("Random exams to pick from"))
        self.list.itemActivated.connect(lambda item: self.opened.emit(item.data(RECIPE)))
        self.list.setSpacing(0)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusProxy(self.list)
        head = QHBoxLayout()
        head.addWidget(self.mark)
        head.addSpacing(12)
        head.addWidget(self.words)
        head.addStretch()
        head.addWidget(self.state)
        foot = QHBoxLayout()
        for text, key, run in (
            (tr("Open (Enter)"), "", self._open),
            (tr("Keep (Ctrl+D)"), "Ctrl+D", self.keep),
            (tr("24 others (N)"), "N", self.renew),
        ):
            button = QPushButton(text)
            button.clicked.connect(run)
            foot.addWidget(button)
            if key:
                action = QAction(text, self)
                action.setShortcut(QKeySequence(key))
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                action.triggered.connect(run)
                self.addAction(action)
        foot.addStretch()
        hint = QLabel(
            tr("Esc goes back. Random seeds in their order: none was left out or chosen.")
        )
        hint.setObjectName("dim")
        foot.addWidget(hint)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(16, 12, 16, 12)
        lines.addLayout(head)
        lines.addWidget(self.list, 1)
        lines.addLayout(foot)
        shelf.changed.connect(self._name)
        studio.loaded.connect(self.begin)
        self.begin()

    def begin(self) -> None:
        """Draw the first exams, once there is a model."""
        if self._studio.recipe is None:
            self.words.setText(tr("The generator is being loaded."))
        elif self._first is None:
            self.renew()

    def renew(self) -> None:
        """Draw others: 24 seeds one after the other from a random first."""
        if (recipe := self._studio.recipe) is None:
            return
        self._first = random.randrange(MOST)
        self._drawn = 0
        seeds = range(self._first, self._first + COUNT)
        self.words.setText(
            tr("Seeds {first} to {last}, as they come", first=seeds[0], last=seeds[-1])
        )
        plain = replace(recipe, end=None, position=0.0)
        recipes = [replace(plain, point=LatentPoint(seed=seed)) for seed in seeds]
        self.list.clear()
        for one in recipes:
            self.list.add(one, "")
        self._name()
        self.list.setCurrentRow(0)
        self._tell()
        portray(self._studio, "batch", recipes, self._take, rows=ROWS)

    def _take(self, found: object) -> None:
        self.list.show_picture(found)  # type: ignore[arg-type]  # of a signal
        self._drawn = min(self._drawn + 1, COUNT)
        self._tell()

    def _tell(self) -> None:
        drawing = tr("drawing {done} of {all}", done=self._drawn, all=COUNT)
        self.state.setText("" if self._drawn == COUNT else drawing)

    def _name(self) -> None:
        kept = {one.recipe for one in self._shelf.kept.favourites}
        for row in range(self.list.count()):
            item = self.list.item(row)
            recipe: Recipe = item.data(RECIPE)
            star = f"{KEPT} " if recipe in kept else ""
            item.setText(f"{star}{recipe.point.seed}")

    def _open(self) -> None:
        if (item := self.list.currentItem()) is not None:
            self.opened.emit(item.data(RECIPE))

    def keep(self) -> None:
        """Keep the chosen exam among the favourites."""
        if (item := self.list.currentItem()) is not None:
            self._shelf.add(item.data(RECIPE))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the pictures as large as the room allows, all 24 in sight."""
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Fit the pictures to the page as it now is."""
        super().showEvent(event)
        QTimer.singleShot(0, self._fit)

    def _fit(self) -> None:
        line = self.fontMetrics().height() + 12
        room = self.list.maximumViewportSize()

        def side(columns: int) -> int:
            high = room.height() // (COUNT // columns) - line
            return min(room.width() // columns - 12, round(high * SHAPE))

        columns = max((4, 6, 8, 12), key=side)
        wide = max(side(columns), 48)
        size = QSize(wide, round(wide / SHAPE))
        self.list.setGridSize(QSize(room.width() // columns - 1, size.height() + line))
        if size != self.list.iconSize():
            self.list.resize_pictures(size)
