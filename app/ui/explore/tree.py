"""The lineage as a tree of pictures: where each exam came from, a click away."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QScrollArea, QWidget

from app.core.lineage import Lineage
from app.core.recipe import Recipe
from app.language import tr
from app.ui.explore.portraits import portray
from app.ui.explore.thumbs import direction_words, image_of, own_key, words
from app.ui.locale import number
from app.ui.studio import Studio
from app.ui.theme import Theme

NODE = QSize(48, 60)
GAP = QSize(12, 16)
MARGIN = 8


class Tree(QWidget):
    """Generations go down, branches to the right; arrow keys go to parent, child and siblings."""

    def __init__(self, studio: Studio, theme: Theme, scroll: QScrollArea) -> None:
        super().__init__()
        self._studio, self._theme, self._scroll = studio, theme, scroll
        self._pictures: dict[Recipe, QImage] = {}
        self._asked: tuple[Recipe, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Lineage of the exam"))
        self.setMouseTracking(True)
        studio.rested.connect(self.refresh)
        studio.changed.connect(self.update)

    @property
    def lineage(self) -> Lineage | None:
        """The lineage drawn."""
        return self._studio.lineage

    def refresh(self) -> None:
        """Take in what has grown, when anyone can see it."""
        if (lineage := self.lineage) is None or not self.isVisible():
            return
        places = lineage.places
        deep, wide = (max(place[k] for place in places) + 1 for k in (0, 1))
        self.setFixedSize(
            2 * MARGIN + wide * (NODE.width() + GAP.width()) - GAP.width(),
            2 * MARGIN + deep * (NODE.height() + GAP.height()) - GAP.height(),
        )
        if self._asked != lineage.recipes:
            self._asked = lineage.recipes
            missing = [r for r in dict.fromkeys(lineage.recipes) if r not in self._pictures]
            portray(self._studio, "lineage", missing, self._take, one_view=True)
        here = self.box(lineage.at).center()
        self._scroll.ensureVisible(here.x(), here.y(), NODE.width(), NODE.height())
        self.setAccessibleDescription(self._words(lineage.at))
        self.update()

    def _take(self, found: tuple[int, Recipe, NDArray[np.uint8]]) -> None:
        self._pictures[found[1]] = image_of(found[2])
        self.update()

    def box(self, index: int) -> QRect:
        """Return where an exam is drawn."""
        assert self.lineage is not None
        down, across = self.lineage.places[index]
        left = MARGIN + across * (NODE.width() + GAP.width())
        top = MARGIN + down * (NODE.height() + GAP.height())
        return QRect(left, top, NODE.width(), NODE.height())

    def _at(self, place: QPointF) -> int | None:
        count = len(self.lineage.recipes) if self.lineage is not None else 0
        return next((k for k in range(count) if self.box(k).contains(place.toPoint())), None)

    def _words(self, index: int) -> str:
        assert self.lineage is not None
        recipe, parent = self.lineage.recipes[index], self.lineage.parents[index]
        if parent < 0:
            return tr("{exam}, the first", exam=words(recipe))
        return f"{words(recipe)}: {difference(self.lineage.recipes[parent], recipe, self._name)}"

    def _name(self, direction: int) -> str:
        info = self._studio.info
        if info is None:
            return tr("direction {number}", number=direction)
        return direction_words(info.directions[direction].name)

    # Hands.

    def showEvent(self, event: Any) -> None:
        """Take in what has grown meanwhile."""
        self.refresh()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the exam under the pointer."""
        if (index := self._at(event.position())) is not None:
            self._studio.visit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what the exam under the pointer is."""
        index = self._at(event.position())
        self.setToolTip("" if index is None else self._words(index))

    def event(self, event: QEvent) -> bool:
        """Keep the arrow keys from the window's shortcuts."""
        return own_key(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the parent, a child, or what stands beside."""
        target = self._beside(event.key())
        if target is None:
            super().keyPressEvent(event)
        else:
            self._studio.visit(target)

    def _beside(self, key: int) -> int | None:
        """Return the exam that an arrow key leads to from the one in view."""
        if (lineage := self.lineage) is None:
            return None
        at, places = lineage.at, lineage.places
        if key == Qt.Key.Key_Up:
            return lineage.parents[at] if lineage.parents[at] >= 0 else None
        if key == Qt.Key.Key_Down:
            return next(iter(lineage.children(at)), None)
        level = sorted((p[1], k) for k, p in enumerate(places) if p[0] == places[at][0])
        here = level.index((places[at][1], at))
        if key == Qt.Key.Key_Left and here > 0:
            return level[here - 1][1]
        if key == Qt.Key.Key_Right and here + 1 < len(level):
            return level[here + 1][1]
        return None

    # Drawing.

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw branches, then pictures, the one in view framed."""
        if (lineage := self.lineage) is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(QPen(self._theme.color("dim"), 1))
        for index, parent in enumerate(lineage.parents):
            if parent >= 0:
                _branch(painter, self.box(parent), self.box(index))
        for index, recipe in enumerate(lineage.recipes):
            box = self.box(index)
            painter.fillRect(box, QColor(Qt.GlobalColor.black))
            if (picture := self._pictures.get(recipe)) is not None:
                painter.drawImage(box, picture)
            here = index == lineage.at
            painter.setPen(QPen(self._theme.color("focus" if here else "line"), 2 if here else 1))
            painter.drawRect(box)
        painter.end()


def _branch(painter: QPainter, parent: QRect, child: QRect) -> None:
    """Draw the way from a parent down to a child: down, across, down."""
    start, stop = QPointF(parent.center().x(), parent.bottom()), QPointF(child.center().x(), 0)
    middle = parent.bottom() + GAP.height() / 2
    painter.drawLine(start, QPointF(start.x(), middle))
    painter.drawLine(QPointF(start.x(), middle), QPointF(stop.x(), middle))
    painter.drawLine(QPointF(stop.x(), middle), QPointF(stop.x(), child.top()))


def difference(before: Recipe, after: Recipe, name: Any) -> str:
    """Return in words what changed from one exam to the next."""
    said = []
    if (before.point.seed, before.point.latent) != (after.point.seed, after.point.latent):
        said.append(tr("another exam"))
    else:
        count = max(len(before.point.edits), len(after.point.edits))
        for k in range(count):
            old, new = (
                point.edits[k] if k < len(point.edits) else 0.0
                for point in (before.point, after.point)
            )
            if old != new:
                said.append(f"{name(k)} {number(new, 2, signed=True)}")
    if before.typicality != after.typicality:
        said.append(tr("typicality {value}", value=number(after.typicality, 2)))
    if before.difference != after.difference:
        said.append(tr("left-right difference {value}", value=number(after.difference, 2)))
    if before.point.locked != after.point.locked:
        said.append(tr("locks"))
    if (before.end, before.position) != (after.end, after.position):
        said.append(tr("on a walk") if after.end is not None else tr("off the walk"))
    return ", ".join(said) or tr("the same")


class LineageView(QScrollArea):
    """The tree, scrolled to the exam in view."""

    def __init__(self, studio: Studio, theme: Theme) -> None:
        super().__init__()
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidgetResizable(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.tree = Tree(studio, theme, self)
        self.setWidget(self.tree)
