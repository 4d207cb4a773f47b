"""The pan tool: pushes the picture."""

from PySide6.QtCore import QPointF, Qt

from app.ui.pane import Pane
from app.ui.tools.base import Tool


class PanTool(Tool):
    """Pushes the picture; partners go as many millimetres."""

    name, key, cursor = "pan", "T", Qt.CursorShape.OpenHandCursor
    _alone = False

    def press(self, pane: Pane, place: QPointF, *, alone: bool) -> None:
        """Begin."""
        self._alone = alone

    def drag(self, pane: Pane, place: QPointF, move: QPointF) -> None:
        """Push."""
        self.hands.pan(pane, move, alone=self._alone)
