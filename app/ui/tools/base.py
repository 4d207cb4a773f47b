"""What a tool is: it gets a left drag from press to release, and may draw over the panes."""

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from app.ui.pane import Pane

if TYPE_CHECKING:
    from app.ui.hands import Hands


class Tool:
    """One tool; places are in logical pixels of the pane that was pressed."""

    name: ClassVar[str]
    key: ClassVar[str]  #: that chooses it
    cursor: ClassVar[Qt.CursorShape] = Qt.CursorShape.ArrowCursor

    def __init__(self, hands: "Hands") -> None:
        self.hands = hands

    def press(self, pane: Pane, place: QPointF, *, alone: bool) -> None:
        """Begin a drag; `alone` confines it to one pane."""

    def drag(self, pane: Pane, place: QPointF, move: QPointF) -> None:
        """Go on with a drag."""

    def release(self, pane: Pane) -> None:
        """End a drag."""

    def hover(self, pane: Pane, place: QPointF) -> None:
        """Follow the pointer while no button is down."""

    def cancel(self) -> bool:
        """Drop what is half done; return whether there was anything."""
        return False

    def paint(self, painter: QPainter, pane: Pane) -> None:
        """Draw what is half done."""
