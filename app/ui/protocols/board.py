"""The grid of a step, drawn as small panes: click chooses a cell, a drag exchanges two."""

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core.drafting import Place, cell_at, label_of
from app.core.hanging import HungCell
from app.core.protocol import Cell, Protocol, Step
from app.language import tr
from app.ui.overlay import write
from app.ui.protocols.form import words_of
from app.ui.theme import Theme

GAP = 2
FAR = 8.0  #: pixels a press may move and still be a click


class Board(QWidget):
    """Shows one step of a protocol, with what the open exam would put into it."""

    picked = Signal(object)  #: Place
    swapped = Signal(object, object)  #: Place, Place
    emptied = Signal(object)  #: Place

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._protocol: Protocol | None = None
        self._step: Step | None = None
        self._hung: Mapping[str, HungCell] = {}
        self._pictures: Mapping[str, QPixmap] = {}
        self.place: Place = (0, 0)
        self._pressed: tuple[Place, QPointF] | None = None
        self._over: Place | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(320, 240))
        self.setAccessibleName(tr("Grid of the step"))

    def show_step(
        self,
        protocol: Protocol,
        step: Step,
        place: Place,
        hung: Mapping[str, HungCell],
        pictures: Mapping[str, QPixmap],
    ) -> None:
        """Draw a step; `hung` and `pictures` are what the open exam puts into it, by cell name."""
        self._protocol, self._step, self.place = protocol, step, place
        self._hung, self._pictures = hung, pictures
        self.update()

    def box(self, place: Place, spans: tuple[int, int] = (1, 1)) -> QRectF:
        """Return where places of the grid are drawn."""
        assert self._step is not None
        wide, high = self.width() / self._step.columns, self.height() / self._step.rows
        box = QRectF(place[1] * wide, place[0] * high, spans[1] * wide, spans[0] * high)
        return box.adjusted(GAP, GAP, -GAP, -GAP)

    def _place(self, point: QPointF) -> Place | None:
        step = self._step
        if step is None or not QRectF(self.rect()).contains(point):
            return None
        row = min(int(point.y() * step.rows / self.height()), step.rows - 1)
        column = min(int(point.x() * step.columns / self.width()), step.columns - 1)
        cell = cell_at(step, (row, column))
        return (cell.row, cell.column) if cell is not None else (row, column)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw every place: picture and words of its cell, or that it is empty."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("line"))
        step = self._step
        if step is None:
            return
        for row in range(step.rows):
            for column in range(step.columns):
                cell = cell_at(step, (row, column))
                if cell is None:
                    self._empty(painter, self.box((row, column)))
                elif (cell.row, cell.column) == (row, column):
                    self._cell(painter, cell)
        chosen = cell_at(step, self.place)
        spans = (chosen.row_span, chosen.column_span) if chosen is not None else (1, 1)
        self._frame(painter, self.box(self.place, spans), "focus", 2)
        if self._pressed is not None and self._over not in (None, self._pressed[0]):
            assert self._over is not None
            over = cell_at(step, self._over)
            spans = (over.row_span, over.column_span) if over is not None else (1, 1)
            self._frame(painter, self.box(self._over, spans), "caution", 2)
        painter.end()

    def _frame(self, painter: QPainter, box: QRectF, color: str, width: float) -> None:
        painter.setPen(QPen(self._theme.color(color), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)

    def _empty(self, painter: QPainter, box: QRectF) -> None:
        painter.fillRect(box, self._theme.color("chrome"))
        painter.setPen(self._theme.color("dim"))
        painter.setFont(self._theme.font())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), tr("empty"))

    def _cell(self, painter: QPainter, cell: Cell) -> None:
        assert self._protocol is not None
        selector = self._protocol.selectors[cell.name]
        box = self.box((cell.row, cell.column), (cell.row_span, cell.column_span))
        painter.fillRect(box, self._theme.color("surround"))
        hung, picture = self._hung.get(cell.name), self._pictures.get(cell.name)
        right = selector.side != "L"  # the chest wall
        if picture is not None:
            fitted = picture.size().scaled(box.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
            left = box.right() - fitted.width() if right else box.left()
            top = box.center().y() - fitted.height() / 2
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            place = QRectF(left, top, fitted.width(), fitted.height())
            painter.drawPixmap(place, picture, QRectF(picture.rect()))
        text = box.adjusted(6, 4, -6, -4)
        side = Qt.AlignmentFlag.AlignLeft if right else Qt.AlignmentFlag.AlignRight
        painter.setFont(self._theme.font("base", bold=True))
        painter.setPen(self._theme.color("text"))
        write(painter, text, side | Qt.AlignmentFlag.AlignTop, label_of(selector))
        painter.setFont(self._theme.font("overlay"))
        painter.setPen(self._theme.color("dim"))
        below = text.adjusted(0, painter.fontMetrics().height() + 4, 0, 0)
        words = [words_of(cell.options.size)]
        if selector.pick == "all":
            words.append(tr("stack"))
        if hung is not None and hung.image is None:
            words.append(hung.missing)
        write(painter, below, side | Qt.AlignmentFlag.AlignTop, "\n".join(words))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a cell; a drag may follow."""
        place = self._place(event.position())
        if place is not None:
            self._pressed = place, event.position()
            self.picked.emit(place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show where the cell would go."""
        if self._pressed is not None:
            far = (event.position() - self._pressed[1]).manhattanLength() > FAR
            self._over = self._place(event.position()) if far else None
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Exchange the cell with the one it was dragged to."""
        pressed, over = self._pressed, self._over
        self._pressed = self._over = None
        if pressed is not None and over is not None and over != pressed[0]:
            self.swapped.emit(pressed[0], over)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk through the places by arrows; with Shift take the cell along; Delete empties."""
        step = self._step
        moves = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        if step is None:
            return
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.emptied.emit(self.place)
        elif (move := moves.get(Qt.Key(event.key()))) is not None:
            row = min(max(self.place[0] + move[0], 0), step.rows - 1)
            column = min(max(self.place[1] + move[1], 0), step.columns - 1)
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.swapped.emit(self.place, (row, column))
            else:
                self.picked.emit((row, column))
        else:
            super().keyPressEvent(event)
