"""A plane through latent space: two directions, or seeds; drag, and the exam follows."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.core.recipe import SEED_LIMIT, LatentPoint, Recipe
from app.language import tr
from app.ui.explore.portraits import portray
from app.ui.explore.thumbs import image_of, own_key
from app.ui.locale import number
from app.ui.studio import Studio
from app.ui.theme import Theme

SEEDS = "seeds"
REACH = 2  #: seeds and rows to either side
SIDE = 5  #: pictures along an edge
STEP, FAR = 0.1, 0.5  #: by an arrow key, and with Shift
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class Field(QWidget):
    """The plane itself: pictures of what lies where, a handle where the exam is."""

    moved = Signal(float, float)
    released = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.reach = (3.0, 3.0)
        self.at = QPointF(0, 0)
        self.known = True  #: whether the exam lies in the plane
        self.pictures: dict[tuple[int, int], QImage] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("Plane: drag, or arrow keys; Home is the middle"))
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def heightForWidth(self, width: int) -> int:
        """Return the height at which pictures keep their shape: 5 to 4."""
        return round(width * 1.25)

    def places(self) -> list[tuple[float, float]]:
        """Return where pictures lie, upper left first."""
        along = [2 * k / (SIDE - 1) - 1 for k in range(SIDE)]
        return [(x * self.reach[0], -y * self.reach[1]) for y in along for x in along]

    def show_at(self, x: float, y: float, known: bool) -> None:
        """Put the handle where the exam is; out of the plane it is an outline in the middle."""
        self.at, self.known = QPointF(x, y), known
        self.update()

    def go(self, x: float, y: float) -> None:
        """Go to a place, no further than the edge."""
        wide, high = self.reach
        self.at = QPointF(float(np.clip(x, -wide, wide)), float(np.clip(y, -high, high)))
        self.known = True
        self.update()
        self.moved.emit(self.at.x(), self.at.y())

    def _inner(self) -> QRectF:
        """Return the part in which places lie: half a picture inside the edge."""
        wide, high = self.width() / SIDE / 2, self.height() / SIDE / 2
        return QRectF(self.rect()).adjusted(wide, high, -wide, -high)

    def spot(self, x: float, y: float) -> QPointF:
        """Return where a place is on the widget."""
        inner = self._inner()
        across = (x / self.reach[0] + 1) / 2 * inner.width()
        down = (1 - y / self.reach[1]) / 2 * inner.height()
        return QPointF(inner.left() + across, inner.top() + down)

    def _go_to(self, place: QPointF) -> None:
        inner = self._inner()
        x = (2 * (place.x() - inner.left()) / inner.width() - 1) * self.reach[0]
        y = (1 - 2 * (place.y() - inner.top()) / inner.height()) * self.reach[1]
        self.go(x, y)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._go_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go_to(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell that the hand has let go."""
        self.released.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go to the nearest whole step: of seeds, the seed itself."""
        self.go(round(self.at.x()), round(self.at.y()))

    def event(self, event: QEvent) -> bool:
        """Keep the arrow keys from the window's shortcuts."""
        return own_key(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by a step, back to the middle, or to the nearest whole step."""
        step = FAR if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
        key = Qt.Key(event.key())
        if key in ARROWS:
            x, y = ARROWS[key]
            self.go(round(self.at.x() + x * step, 6), round(self.at.y() + y * step, 6))
        elif key == Qt.Key.Key_Home:
            self.go(0, 0)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.go(round(self.at.x()), round(self.at.y()))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that there is no focus."""
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw pictures, axes, handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(Qt.GlobalColor.black))
        wide, high = self.width() / SIDE, self.height() / SIDE
        painter.setOpacity(0.75)
        for (column, row), image in self.pictures.items():
            painter.drawImage(QRectF(column * wide, row * high, wide - 1, high - 1), image)
        painter.setOpacity(1)
        painter.setPen(QPen(self._theme.color("dim"), 1, Qt.PenStyle.DotLine))
        middle = self.spot(0, 0)
        painter.drawLine(QPointF(0, middle.y()), QPointF(self.width(), middle.y()))
        painter.drawLine(QPointF(middle.x(), 0), QPointF(middle.x(), self.height()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        spot = self.spot(self.at.x(), self.at.y())
        painter.setPen(QPen(QColor(Qt.GlobalColor.black), 4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(spot, 7, 7)
        style = Qt.PenStyle.SolidLine if self.known else Qt.PenStyle.DotLine
        painter.setPen(QPen(self._theme.color("focus"), 2, style))
        painter.drawEllipse(spot, 7, 7)
        painter.setPen(self._theme.color("focus" if self.hasFocus() else "line"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()


class Plane(QWidget):
    """Axes to choose, the plane, and where one is in words."""

    def __init__(self, studio: Studio, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._origin: Recipe | None = None  #: whose seed is the middle of the plane of seeds
        self._asked: object = None
        self.across, self.up = QComboBox(), QComboBox()
        self.across.setAccessibleName(tr("Across"))
        self.up.setAccessibleName(tr("Up"))
        for box in (self.across, self.up):
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            box.currentIndexChanged.connect(self._choose)
        self.field = Field(theme)
        self.field.moved.connect(self._go)
        self.where = QLabel()
        self.where.setObjectName("dim")
        self.where.setWordWrap(True)
        self.middle = QPushButton(tr("Middle here"))
        self.middle.setToolTip(tr("Make the exam on the screen the middle of the plane of seeds"))
        self.middle.clicked.connect(self._recentre)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        for line, (text, box) in enumerate(((tr("across"), self.across), (tr("up"), self.up))):
            label = QLabel(text)
            label.setBuddy(box)
            grid.addWidget(label, line, 0)
            grid.addWidget(box, line, 1)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 6, 0, 0)
        lines.addLayout(grid)
        lines.addWidget(self.field)
        lines.addWidget(self.where)
        lines.addWidget(self.middle)
        lines.addStretch(1)
        studio.changed.connect(self.refresh)
        studio.rested.connect(self._draw)

    @property
    def of_seeds(self) -> bool:
        """Whether the plane is one of seeds."""
        return bool(self.across.currentData() == SEEDS)

    def name(self, names: list[str]) -> None:
        """Offer the directions, in their order, by these names."""
        kept = [box.currentIndex() for box in (self.across, self.up)]
        for box, first, index in zip((self.across, self.up), (0, 1), kept, strict=True):
            box.blockSignals(True)
            box.clear()
            one_by_one = box is self.across
            box.addItem(tr("seeds, one by one") if one_by_one else tr("seeds, 100 by 100"), SEEDS)
            for place, name in enumerate(names):
                box.addItem(name, place)
            box.setCurrentIndex(index if index >= 0 else min(first + 1, len(names)))
            box.blockSignals(False)
        self._choose()

    def _choose(self) -> None:
        """Go on with other axes: seeds stand on both or on none."""
        changed = self.sender()
        if isinstance(changed, QComboBox):
            other = self.up if changed is self.across else self.across
            if (changed.currentData() == SEEDS) != (other.currentData() == SEEDS):
                other.blockSignals(True)
                other.setCurrentIndex(0 if changed.currentData() == SEEDS else 1)
                other.blockSignals(False)
        self._recentre()

    def _recentre(self) -> None:
        self._origin = None
        self.field.pictures.clear()
        self._asked = None
        self.refresh()
        self._draw()

    def _axes(self) -> tuple[int, int]:
        return int(self.across.currentData()), int(self.up.currentData())

    def _go(self, x: float, y: float) -> None:
        if (point := self._point(x, y)) is not None:
            self._studio.go(point)

    def _point(self, x: float, y: float) -> LatentPoint | None:
        """Return the latent point of a place."""
        point = self._studio.point()
        if point is None:
            return None
        if not self.of_seeds:
            one, other = self._axes()
            return point.moved(one, x).moved(other, y)
        assert self._origin is not None
        found = self._studio.among_seeds(self._origin, x, y)
        return None if found is None else replace(found, edits=point.edits, locked=point.locked)

    def refresh(self) -> None:
        """Put the handle where the exam is."""
        recipe, point, info = self._studio.recipe, self._studio.point(), self._studio.info
        if recipe is None or point is None or info is None or self.across.count() == 0:
            return
        self.middle.setVisible(self.of_seeds)
        if not self.of_seeds:
            one, other = self._axes()
            directions = info.directions
            self.field.reach = (directions[one].reach, directions[other].reach)
            x, y = (point.edits[k] if k < len(point.edits) else 0.0 for k in (one, other))
            self.field.show_at(x, y, True)
            self.where.setText(
                tr("Choose two different directions.")
                if one == other
                else f"{number(x, 2, signed=True)} | {number(y, 2, signed=True)}"
            )
            self.field.setEnabled(one != other)
            return
        self.field.setEnabled(True)
        self.field.reach = (REACH, REACH)
        if self._origin is None:
            plain = LatentPoint(seed=point.seed)
            self._origin = replace(recipe, point=plain, end=None, position=0.0)
        x, y, known = self._place(point)
        if not known and not point.latent:  # another seed: the plane goes with it
            self._origin = replace(self._origin, point=LatentPoint(seed=point.seed))
            x, y, known = 0.0, 0.0, True
        self.field.show_at(x, y, known)
        first = self._origin.point.seed
        self.where.setText(
            tr("Middle: seed {seed}. Double click or Enter goes to the nearest seed.", seed=first)
            if known
            else tr("The exam is not on this plane, whose middle is seed {seed}.", seed=first)
        )

    def _place(self, point: LatentPoint) -> tuple[float, float, bool]:
        """Return where on the plane of seeds a point lies, and whether it does."""
        assert self._origin is not None
        x, y = self.field.at.x(), self.field.at.y()
        here = self._point(x, y)
        if here is not None and (here.seed, here.latent) == (point.seed, point.latent):
            return x, y, True
        if not point.latent:
            apart = (point.seed - self._origin.point.seed + SEED_LIMIT // 2) % SEED_LIMIT
            apart -= SEED_LIMIT // 2
            for row in range(-REACH, REACH + 1):
                if abs(apart - 100 * row) <= REACH:
                    return float(apart - 100 * row), float(row), True
        return 0.0, 0.0, False

    # Pictures.

    def showEvent(self, event: object) -> None:
        """Draw what is seen now."""
        self.refresh()
        self._draw()

    def _draw(self) -> None:
        """Have the pictures drawn that the plane shows, if they are not those."""
        recipe = self._studio.shown
        if recipe is None or not self.isVisible() or self.across.count() == 0:
            return
        points = [self._point(x, y) for x, y in self.field.places()]
        recipes = [replace(recipe, point=p, end=None, position=0.0) for p in points if p]
        if recipes == self._asked:
            return
        self._asked = recipes
        portray(self._studio, "plane", recipes, self._take, one_view=True)

    def _take(self, found: tuple[int, Recipe, NDArray[np.uint8]]) -> None:
        row, column = divmod(found[0], SIDE)
        self.field.pictures[column, row] = image_of(found[2])
        self.field.update()
