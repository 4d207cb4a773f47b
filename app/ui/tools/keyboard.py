"""Everything the mouse does over the panes, done by keys: move, magnify, window, draw."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QApplication

from app.ui.actions import Action
from app.ui.hands import WHEEL, Hands
from app.ui.pane import Pane
from app.ui.surface import ImageWindow

PAN, WINDOW = 60.0, 24.0  #: logical pixels a key moves the picture, or drags the window
STEP, FAR = 1.0, 10.0  #: of the pointer: with Shift single pixels of the image shown 1:1
ARM, GAP = 14.0, 3.0  #: of the cross
MOVES = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Keyboard(QObject):
    """Hands without a mouse; a cross stands for the pointer while something is drawn."""

    def __init__(self, hands: Hands, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hands, self._grid = hands, hands.grid
        self.pane: Pane | None = None  #: the cross is in it; None while there is no cross
        self.place = QPointF()
        self.down = False  #: as if a button were down
        hands.grid.pane_added.connect(lambda pane: pane.over.append(self._paint))
        hands.grid.restarted.connect(self.end)

    # Views.

    def pan(self, right: float, down: float) -> None:
        """Move the part of the picture that is seen."""
        if (pane := self._grid.active) is not None:
            self._hands.pan(pane, QPointF(-right * PAN, -down * PAN))
            self._grid.settle()

    def zoom(self, notches: float) -> None:
        """Magnify about the middle of the pane, or the cross."""
        if (pane := self._grid.active) is not None:
            middle = self.place if self.pane is pane else QPointF(pane.rect().center())
            self._hands.zoom(pane, middle, WHEEL**notches)
            self._grid.settle()

    def drag_window(self, right: float, down: float) -> None:
        """Widen the window, or raise its centre."""
        if (pane := self._grid.active) is not None:
            self._hands.drag_window(pane, QPointF(right * WINDOW, down * WINDOW))
            self._grid.settle()

    def next_pane(self, by: int = 1) -> None:
        """Make the next pane the active one."""
        panes = self._grid.panes
        if panes:
            at = panes.index(self._grid.active) if self._grid.active in panes else -by
            self._grid.activate(panes[(at + by) % len(panes)])
            if self.pane is not None:
                self.end()
                self.begin()

    # The cross.

    def begin(self) -> None:
        """Put the cross into the middle of the active pane; Enter presses and releases there."""
        if self._grid.active is None or self._grid.active.plate is None or self.pane is not None:
            return
        self.pane = self._grid.active
        self.place = QPointF(self.pane.rect().center())
        if (app := QGuiApplication.instance()) is not None:
            app.installEventFilter(self)
        self._tell()

    def end(self) -> bool:
        """Take the cross away; return whether there was one."""
        if self.pane is None:
            return False
        if self.down:
            self._hands.tools[self._hands.tool].cancel()
        pane, self.pane, self.down = self.pane, None, False
        if (app := QGuiApplication.instance()) is not None:
            app.removeEventFilter(self)
        if pane in self._grid.panes:
            pane.update()
        return True

    def _tell(self) -> None:
        assert self.pane is not None
        self.pane.update()
        self._hands.hovered.emit(self.pane, self.place)

    def _press(self) -> None:
        pane, tool = self.pane, self._hands.tools[self._hands.tool]
        assert pane is not None
        if self.down:
            tool.release(pane)
            self._grid.settle()
        else:
            tool.press(pane, self.place, alone=False)
        self.down = not self.down
        self._tell()

    def _move(self, right: int, down: int, modifiers: Qt.KeyboardModifier) -> None:
        pane = self.pane
        assert pane is not None
        far = STEP / pane.ratio if modifiers & Qt.KeyboardModifier.ShiftModifier else FAR
        old, area = self.place, pane.rect()
        x = min(max(old.x() + right * far, 0), area.width() - 1)
        y = min(max(old.y() + down * far, 0), area.height() - 1)
        self.place = QPointF(x, y)
        tool = self._hands.tools[self._hands.tool]
        if self.down:
            tool.drag(pane, self.place, self.place - old)
        else:
            tool.hover(pane, self.place)
        self._tell()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take arrows and Enter from the shortcuts while the cross is there."""
        if not isinstance(event, QKeyEvent) or not self._mine(event):
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress:
            if event.key() in MOVES:
                self._move(*MOVES[Qt.Key(event.key())], event.modifiers())
            elif not event.isAutoRepeat():
                self._press()
            return True
        return False

    def _mine(self, event: QKeyEvent) -> bool:
        focus = QApplication.focusWidget()
        over = focus is None or focus is self._grid or isinstance(focus, Pane | ImageWindow)
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        return over and not control and (event.key() in MOVES or event.key() in ENTER)

    def _paint(self, painter: QPainter, pane: Pane) -> None:
        """Draw the cross, open in the middle so that it hides nothing."""
        if pane is not self.pane:
            return
        for color, wide in (("surround", 3.0), ("focus", 1.0)):
            painter.setPen(QPen(pane.theme.color(color), wide))
            for right, down in MOVES.values():
                near = self.place + QPointF(right, down) * GAP
                painter.drawLine(near, self.place + QPointF(right, down) * ARM)


def keyboard_actions(keyboard: Keyboard) -> list[Action]:
    """Return the part of the action table that stands in for the mouse."""
    k = keyboard
    rows: list[tuple[str, str, Callable[[], object], list[str]]] = [
        ("pointer", "Draw by keyboard: arrows move, Enter sets", k.begin, ["Return", "Enter"]),
        ("zoom-in", "Zoom in", partial(k.zoom, 1), ["+", "="]),
        ("zoom-out", "Zoom out", partial(k.zoom, -1), ["-"]),
        ("pan-left", "Move view left", partial(k.pan, -1, 0), ["Ctrl+Left"]),
        ("pan-right", "Move view right", partial(k.pan, 1, 0), ["Ctrl+Right"]),
        ("pan-up", "Move view up", partial(k.pan, 0, -1), ["Ctrl+Up"]),
        ("pan-down", "Move view down", partial(k.pan, 0, 1), ["Ctrl+Down"]),
        ("window-wider", "Window wider", partial(k.drag_window, 1, 0), ["Shift+Right"]),
        ("window-narrower", "Window narrower", partial(k.drag_window, -1, 0), ["Shift+Left"]),
        ("window-up", "Window centre up", partial(k.drag_window, 0, 1), ["Shift+Down"]),
        ("window-down", "Window centre down", partial(k.drag_window, 0, -1), ["Shift+Up"]),
    ]
    rows += [
        ("next-pane", "Next image", k.next_pane, ["Tab"]),
        ("previous-pane", "Previous image", partial(k.next_pane, -1), ["Shift+Tab"]),
    ]
    return [Action(id=i, text=t, run=r, keys=c, over_images=True) for i, t, r, c in rows]
