"""What mouse and wheel do to panes, and which panes move together.

Which button does what is in `app.ui.mouse`; Shift confines all of it to one pane.
"""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent, QPainter

from app.core import viewstate as vs
from app.core.display import dragged
from app.core.protocol import Link, Linked
from app.core.viewstate import PaneView
from app.ui import mouse
from app.ui.grid import Grid
from app.ui.pane import Pane
from app.ui.tools.base import Tool
from app.ui.tools.loupe import Loupe
from app.ui.tools.notebook import Notebook
from app.ui.tools.toolbox import TOOLS

WHEEL = 1.15  #: magnification per notch


class Hands(QObject):
    """Turns movements over a grid into changes of views."""

    tool_changed = Signal(str)
    linking_changed = Signal()
    hovered = Signal(object, QPointF)
    left = Signal()
    asked = Signal(str)  #: id of an action that a button or the wheel stands for

    def __init__(self, grid: Grid, notebook: Notebook, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.grid = grid
        self.notebook = notebook
        self.tools: dict[str, Tool] = {kind.name: kind(self) for kind in TOOLS}
        self.tool = "window"
        self.linked = True
        self.mirror = True
        self.deeds = dict(mouse.USUAL)  #: what each gesture does
        self._held: Tool | None = None
        self._turned = 0.0  #: notches of the wheel that made no whole one yet
        self._place = QPointF()
        self.loupe: Loupe | None = None  #: takes left drags for its own window while it is on
        grid.pane_added.connect(self._attach)

    def set_tool(self, tool: str) -> None:
        """Choose what a left drag does."""
        self.tools[self.tool].cancel()
        self.tool = tool
        for pane in self.grid.panes:
            pane.setCursor(self.tools[tool].cursor)
        self.tool_changed.emit(tool)

    def set_linked(self, linked: bool) -> None:
        """Move panes together, or each for itself."""
        self.linked = linked
        self.linking_changed.emit()

    def set_mirror(self, mirror: bool) -> None:
        """Have linked left and right panes move as mirror pictures, or the same way on screen."""
        self.mirror = mirror
        self.linking_changed.emit()

    def _attach(self, pane: Pane) -> None:
        pane.grabbed.connect(self._grab)
        pane.dragged.connect(self._drag)
        pane.released.connect(self._release)
        pane.scrolled.connect(self._scroll)
        pane.hovered.connect(self._hover)
        pane.left.connect(self.left)
        pane.opened.connect(lambda _: self._click("Double click"))
        pane.over.append(self._paint)
        pane.setCursor(self.tools[self.tool].cursor)

    def _grab(self, pane: Pane, event: QMouseEvent) -> None:
        alone = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._place = event.position()
        self.grid.activate(pane)
        gesture = mouse.drag(event.button(), event.modifiers())
        if not gesture:
            back = event.button() == Qt.MouseButton.BackButton
            self._click("Back button" if back else "Forward button")
            return
        deed = self.deeds[gesture]
        if deed == mouse.NOTHING:
            return
        self._held = self.tools[self.tool if deed == mouse.ACTIVE else deed]
        if self.loupe is not None and self.loupe.on:
            return
        self._held.press(pane, event.position(), alone=alone)

    def _drag(self, pane: Pane, move: QPointF) -> None:
        if self._held is not None:
            self._place += move
            if self.loupe is not None and self.loupe.on:
                self.loupe.drag_window(pane, move)
                return
            self._held.drag(pane, self._place, move)

    def _release(self, pane: Pane) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.release(pane)
        self.grid.settle()

    def _hover(self, pane: Pane, place: QPointF) -> None:
        if self._held is None:
            self.tools[self.tool].hover(pane, place)
        self.hovered.emit(pane, place)

    def _paint(self, painter: QPainter, pane: Pane) -> None:
        self.tools[self.tool].paint(painter, pane)

    def _scroll(self, pane: Pane, notches: float, place: QPointF) -> None:
        modifiers = QGuiApplication.keyboardModifiers()
        deed = self.deeds[mouse.wheel(modifiers)]
        if deed == mouse.ZOOM:
            shift = modifiers & Qt.KeyboardModifier.ShiftModifier
            self.zoom(pane, place, WHEEL**notches, alone=bool(shift))
        elif deed in mouse.TURNS:
            self._turned += notches
            if abs(self._turned) >= 1:
                self.asked.emit(mouse.TURNS[deed][0 if self._turned < 0 else 1])
                self._turned = 0.0

    def _click(self, gesture: str) -> None:
        if (deed := self.deeds[gesture]) != mouse.NOTHING:
            self.asked.emit(deed)

    # Linked changes.

    def partners(self, pane: Pane, what: Linked, *, alone: bool = False) -> list[Pane]:
        """Return the panes that move with one, itself first."""
        link = self._link(pane, what)
        if alone or not self.linked or link is None:
            return [pane]
        others = (p for p in self.grid.panes if p is not pane and p.hung.cell.name in link.cells)
        return [pane, *others]

    def _link(self, pane: Pane, what: Linked) -> Link | None:
        links = self.grid.step.links if self.grid.step else ()
        return next((k for k in links if pane.hung.cell.name in k.cells and what in k.what), None)

    def _mirrors(self, pane: Pane, other: Pane, what: Linked) -> bool:
        """Return whether depth is shared: the same chest-wall side, or a mirrored link."""
        link = self._link(pane, what)
        if self.mirror and link is not None and link.mirror:
            return True
        if pane.plate is None or other.plate is None:
            return False
        return pane.plate.wall == other.plate.wall

    def pan(self, pane: Pane, move: QPointF, *, alone: bool = False) -> None:
        """Push the picture by logical pixels; partners go as many millimetres."""
        if pane.plate is None:
            return
        right, down = move.x() * pane.ratio, move.y() * pane.ratio
        inward = right if pane.plate.wall == "left" else -right
        scale = pane.view.scale

        def panned(other: Pane) -> PaneView:
            sign = 1 if self._mirrors(pane, other, "pan") else -1
            by = scale / other.view.scale
            return vs.panned(other.view, sign * inward * by, down * by)

        self._change(pane, "pan", panned, alone=alone)

    def zoom(self, pane: Pane, place: QPointF, factor: float, *, alone: bool = False) -> None:
        """Magnify about a place of a pane, partners about the same place of theirs."""
        if pane.plate is None:
            return
        point = (place.x() * pane.ratio, place.y() * pane.ratio)
        inward, below = vs.from_wall(pane.plate, pane.tile(), point)

        def zoomed(other: Pane) -> PaneView:
            mirrors = self._mirrors(pane, other, "zoom")
            return vs.zoomed(
                other.view, (inward if mirrors else other.tile()[0] - inward, below), factor
            )

        self._change(pane, "zoom", zoomed, alone=alone)

    def drag_window(self, pane: Pane, move: QPointF, *, alone: bool = False) -> None:
        """Drag the window: right widens, down raises the centre, each pane from its own."""
        right, down = move.x() / max(pane.width(), 1), move.y() / max(pane.height(), 1)

        def shifted(other: Pane) -> PaneView:
            if other.voi is None or other.picture is None:
                return other.view
            low, high = other.picture.mammogram.encoding.span
            return replace(other.view, voi=dragged(other.voi, right, down, high - low))

        self.grid.change(self.partners(pane, "window", alone=alone), shifted)

    def _change(
        self, pane: Pane, what: Linked, change: Callable[[Pane], PaneView], *, alone: bool
    ) -> None:
        self.grid.fit = ""
        self.grid.change(self.partners(pane, what, alone=alone), change)
