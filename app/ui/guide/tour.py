"""The first steps through the window: a card beside the real thing it speaks of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.language import tr

if TYPE_CHECKING:
    from app.ui.window import MainWindow

WIDTH, GAP, EDGE = 340, 14, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One step: what it points at, and what it says."""

    at: Callable[[], QWidget]
    title: str
    text: str


def stops(window: "MainWindow") -> list[Stop]:
    """Return the steps through a window."""
    welcome, rail = window.welcome, window.rail
    usual = window.welcome if window.stack.currentWidget() is welcome else window.stack
    first = welcome.cards["open"] if usual is welcome else usual
    return [
        Stop(
            at=lambda: first,
            title=tr("Open exams"),
            text=tr(
                "Drop files, folders or archives anywhere on the window. Nothing is copied: images "
                "are shown from where they lie."
            ),
        ),
        Stop(
            at=lambda: rail,
            title=tr("Panels"),
            text=tr(
                "Exams, hanging protocol, generator, measurements, readings and training open and "
                "close here, one at a time."
            ),
        ),
        Stop(
            at=window.menuBar,
            title=tr("Everything by its words"),
            text=tr(
                "The menus hold all there is to do. Ctrl+K finds any of it by a part of its words, "
                "F1 shows all keys and mouse buttons."
            ),
        ),
        Stop(
            at=lambda: window.readout,
            title=tr("What is under the pointer"),
            text=tr(
                "Values, millimetres, zoom and window stand here. On the right it says what the "
                "window is not for, and whether its screen was measured."
            ),
        ),
        Stop(
            at=lambda: rail.buttons["settings"],
            title=tr("Make it yours"),
            text=tr(
                "Language, font size, keys and mouse buttons are in the preferences. The user "
                "guide is in the Help menu, and so is this tour."
            ),
        ),
    ]


class FirstSteps(QWidget):
    """Covers the window with a frame round one thing and a card beside it; Esc leaves."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._stops: Sequence[Stop] = ()
        self.number = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.card = QWidget(self)
        self.card.setObjectName("panel")
        self.card.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title, self.text, self.place = QLabel(), QLabel(), QLabel()
        self.title.setObjectName("title")
        self.place.setObjectName("dim")
        self.text.setWordWrap(True)
        self.skip, self.back = QPushButton(tr("Skip")), QPushButton(tr("Back"))
        self.next = QPushButton(tr("Next"))
        self.next.setObjectName("main")
        row = QHBoxLayout()
        row.addWidget(self.place)
        row.addStretch()
        for button in (self.skip, self.back, self.next):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            row.addWidget(button)
        column = QVBoxLayout(self.card)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(10)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addLayout(row)
        self.skip.clicked.connect(self.end)
        self.back.clicked.connect(lambda: self.go(self.number - 1))
        self.next.clicked.connect(lambda: self.go(self.number + 1))
        window.installEventFilter(self)
        self.hide()

    def begin(self) -> None:
        """Start from the first step."""
        self._stops = stops(self._window)
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()
        self.setFocus()
        self.go(0)

    def end(self) -> None:
        """Leave; the keyboard goes back to the window."""
        self.hide()
        self._window.grid.setFocus()
        self._window.memory.toured()

    def go(self, number: int) -> None:
        """Show a step; after the last one leave."""
        if number >= len(self._stops):
            self.end()
            return
        self.number = max(number, 0)
        stop = self._stops[self.number]
        self.title.setText(stop.title)
        self.text.setText(stop.text)
        self.place.setText(f"{self.number + 1} / {len(self._stops)}")
        self.back.setEnabled(self.number > 0)
        last = self.number == len(self._stops) - 1
        self.next.setText(tr("Done") if last else tr("Next"))
        self.setAccessibleName(f"{stop.title}. {stop.text}")
        self._lay()

    def target(self) -> QRect:
        """Return what is pointed at, in the window's own places."""
        widget = self._stops[self.number].at()
        return QRect(widget.mapTo(self._window, QPoint(0, 0)), widget.size())

    def _lay(self) -> None:
        """Put the card beside what it speaks of, inside the window."""
        scale = self._window.theme.base / 12
        self.card.setFixedWidth(round(WIDTH * scale))
        self.card.adjustSize()
        at, card, room = self.target(), self.card.size(), self.rect()
        x, y = at.right() + GAP, at.top()
        if x + card.width() > room.right():
            x = min(at.left(), room.right() - card.width() - GAP)
            y = at.bottom() + GAP
            if y + card.height() > room.bottom():
                y = at.top() - card.height() - GAP
        x = min(max(x, GAP), room.right() - card.width() - GAP)
        y = min(max(y, GAP), room.bottom() - card.height() - GAP)
        self.card.move(x, y)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim the window but for what the card speaks of."""
        painter = QPainter(self)
        hole = self.target().adjusted(-EDGE, -EDGE, EDGE, EDGE).intersected(self.rect())
        shade = self._window.theme.color("surround")
        painter.setOpacity(0.6)
        painter.setClipRegion(QRegion(self.rect()) - QRegion(hole))
        painter.fillRect(self.rect(), shade)
        painter.setClipping(False)
        painter.setOpacity(1)
        painter.setPen(QPen(self._window.theme.color("focus"), 2))
        painter.drawRect(QRectF(hole).adjusted(1, 1, -1, -1))
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go on, back, or leave."""
        on = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Right)
        if event.key() in on:
            self.go(self.number + 1)
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Backspace):
            self.go(self.number - 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.end()

    def event(self, event: QEvent) -> bool:
        """Take every key for itself while it is up."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay over the whole window."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._window.rect())
            self._lay()
        return False
