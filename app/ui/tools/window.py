"""The window tool: right widens, down raises the centre."""

from PySide6.QtCore import QPointF

from app.ui.pane import Pane
from app.ui.tools.base import Tool


class WindowTool(Tool):
    """Drags centre and width of the window, or shifts and stretches a stored LUT."""

    name, key = "window", "W"
    _alone = False

    def press(self, pane: Pane, place: QPointF, *, alone: bool) -> None:
        """Begin."""
        self._alone = alone

    def drag(self, pane: Pane, place: QPointF, move: QPointF) -> None:
        """Change the window of the pane and its partners."""
        self.hands.drag_window(pane, move, alone=self._alone)
