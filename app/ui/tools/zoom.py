"""The zoom tool: up magnifies about the place where the drag began."""

from math import exp

from PySide6.QtCore import QPointF, Qt

from app.ui.pane import Pane
from app.ui.tools.base import Tool


class ZoomTool(Tool):
    """Magnifies about the place that was pressed."""

    name, key, cursor = "zoom", "Z", Qt.CursorShape.SizeVerCursor
    _alone, _start = False, QPointF()

    def press(self, pane: Pane, place: QPointF, *, alone: bool) -> None:
        """Begin."""
        self._alone, self._start = alone, place

    def drag(self, pane: Pane, place: QPointF, move: QPointF) -> None:
        """Magnify."""
        factor = exp(-3 * move.y() / max(pane.height(), 1))
        self.hands.zoom(pane, self._start, factor, alone=self._alone)
