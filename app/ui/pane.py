"""The widget that shows one mammogram.

Zoom and pan sample the pyramid into patches of stored values at device resolution (`core.mosaic`).
A window change only runs the display table over those. Both end in 1:1 blits.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QHelpEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from app.core.caption import USUAL, Corner, Group
from app.core.display import Encoding, Grey, Voi, display_table
from app.core.geometry import Transform
from app.core.hanging import HungCell, hang_transform
from app.core.mammogram import Facts
from app.core.mosaic import Mosaic, Refined
from app.core.protocol import Overlay
from app.core.resample import Pyramid
from app.core.viewstate import (
    PaneView,
    Plate,
    Size,
    aligned,
    placement,
    plate_for,
)
from app.language import tr
from app.ui import overlay
from app.ui.pictures import Picture, nipple_of
from app.ui.theme import Theme

IMAGE = "application/x-mammoscope-image"  #: a file being dragged from the strip onto a pane


@lru_cache(maxsize=64)
def table_for(encoding: Encoding, voi: Voi, invert: bool) -> Grey:
    """Return the display table; panes of one exam mostly share it."""
    return display_table(encoding, voi, invert=invert)


class Pane(QWidget):
    """Shows one mammogram; says what the hand does, decides nothing."""

    grabbed = Signal(object, object)  #: pane, QMouseEvent
    dragged = Signal(object, QPointF)  #: pane, movement in logical pixels
    released = Signal(object)
    scrolled = Signal(object, float, QPointF)  #: pane, notches, place
    hovered = Signal(object, QPointF)
    left = Signal(object)
    opened = Signal(object)  #: double click
    resized = Signal(object)
    received = Signal(object, str)  #: pane, file of the image dropped on it
    painting = Signal()  #: others may begin on what they will be asked to paint next

    def __init__(self, hung: HungCell, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hung = hung
        self.theme = theme
        self.picture: Picture | None = None
        self.enhanced: Pyramid | None = None  #: shown in place of the picture's own pixels
        self.failure = ""
        self.level: Overlay = hung.cell.options.overlay
        self.corners: Mapping[Group, Corner] = USUAL
        self.active = False
        self.view = PaneView(scale=1.0, invert=hung.cell.options.invert)
        self.mosaic = Mosaic()
        self._stale = ""  #: what the next paint works out first: sample, table or nothing
        self._last = QPointF()
        self.page = 0  #: of what the cell has in store
        self._base: tuple[Plate, float | None] | None = None  #: the first page lies so
        self.over: list[Callable[[QPainter, Pane], None]] = []  #: draw over the picture
        self._place(hung.image)
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setAccessibleName(
            hung.image.acr_label if hung.image else tr("empty place {cell}", cell=hung.cell.name)
        )

    def _place(self, facts: Facts | None) -> None:
        self.facts = facts
        if facts is None:
            self.transform, assumed = Transform.IDENTITY, None
            self.plate: Plate | None = None
        else:
            self.transform, assumed = hang_transform(facts, self.hung.cell.options.orient)
            breast = self.picture.breast if self.picture else None
            self.plate = plate_for(facts, self.transform, breast)
            if self._base is not None:
                self.plate = aligned(self.plate, self._base[0], (self.nipple(), self._base[1]))
        reasons = dict(facts.inferred) if facts else {}
        if assumed:
            reasons.setdefault("orientation", assumed)
        self.cautions = tuple(f"{key}: {why}" for key, why in reasons.items() if key != "exam")

    # What others ask.

    @property
    def ratio(self) -> float:
        """Device pixels per logical pixel."""
        return self.devicePixelRatioF()

    def tile(self) -> Size:
        """Return width and height in device pixels."""
        return round(self.width() * self.ratio), round(self.height() * self.ratio)

    @property
    def voi(self) -> Voi | None:
        """The window in use, None before the picture is here."""
        return self.view.voi or (self.picture.voi if self.picture else None)

    @property
    def pyramid(self) -> Pyramid | None:
        """What is sampled: the picture, or its enhanced copy."""
        return self.enhanced or (self.picture.pyramid if self.picture else None)

    def show_picture(self, picture: Picture) -> None:
        """Take the pixels; facts of the read file replace those of the header scan."""
        if picture is not self.picture:
            self.enhanced = None
        self.picture = picture
        self.failure = ""
        self._place(picture.mammogram.facts)
        self.spoil("sample")

    def turn(self, page: int) -> None:
        """Show another image of the cell's stack, laid over the first one."""
        if self.page == 0 and self.plate is not None:
            self._base = self.plate, self.nipple()
        if page == 0:
            self._base = None
        self.page, self.picture, self.enhanced, self.failure = page, None, None, ""
        self._place(self.hung.stack[page])
        self.mosaic.forget()
        self.update()

    @property
    def facts_file(self) -> str:
        """The file of what is shown, empty when nothing is."""
        return self.facts.file if self.facts is not None else ""

    @property
    def role(self) -> str:
        """What the exam shown is to the others hung with it, in words; mostly empty."""
        return self.hung.roles[self.page] if self.page < len(self.hung.roles) else ""

    def nipple(self) -> float | None:
        """Return the row of the nipple in the turned image; None where it is not known."""
        if self.picture is None or self.plate is None:
            return None
        row = nipple_of(self.picture, self.transform, self.plate.wall)
        return None if row is None else row * self.plate.rows

    def show_failure(self, reason: str) -> None:
        """Say in the pane why its file is not shown."""
        self.failure = reason
        self.update()

    def show_view(self, view: PaneView) -> None:
        """Show another view; only what changed is worked out again."""
        old, self.view = self.view, view
        if (old.scale, old.depth, old.along) != (view.scale, view.depth, view.along):
            self.spoil("sample")
        elif old != view:
            self.spoil("table")

    def spoil(self, what: str) -> None:
        """Have the sample or only the table worked out at the next paint, once for many moves."""
        self._stale = "sample" if "sample" in (what, self._stale) else what
        self.update()

    @property
    def fine(self) -> bool:
        """Whether all that is in view is interpolated, or needs not be."""
        return self._stale != "sample" and self.mosaic.fine

    def prepare(self) -> None:
        """Begin on what is stale: pick what came into view the quick way, run the table."""
        stale, self._stale = self._stale, ""
        pyramid = self.pyramid
        if not stale or self.picture is None or pyramid is None:
            return
        if self.plate is None or self.voi is None:
            return
        invert = self.view.invert
        table = table_for(self.picture.mammogram.encoding, self.voi, invert)
        if stale == "sample":
            place = placement(self.view, self.plate, self.tile())
            self.mosaic.aim(pyramid, self.transform, place, table, invert=invert)
        elif stale == "table":
            self.mosaic.tint(table, invert=invert)

    def grey_of(self, pixel: int) -> int:
        """Return the grey a pixel is displayed as."""
        assert self.picture is not None
        assert self.voi is not None
        return int(table_for(self.picture.mammogram.encoding, self.voi, self.view.invert)[pixel])

    def refinement(self) -> Callable[[], Refined] | None:
        """Return the work, for a thread, that interpolates the view; None when it would not change.

        The result goes to `refine`, which drops it when the view has moved on.
        """
        self.prepare()
        return self.mosaic.refinement()

    def refine(self, result: Refined) -> None:
        """Show what was interpolated as far as it is still in view."""
        self.mosaic.refine(result)
        self.update()

    # Qt.

    def paintEvent(self, event: QPaintEvent) -> None:
        """Black, the picture 1:1 in device pixels, and what is written over it."""
        self.prepare()
        self.painting.emit()
        painter = QPainter(self)
        size = (self.width(), self.height())
        self._draw(painter)
        if self.facts is not None and self.plate is not None:
            overlay.paint(painter, self._caption(self.facts, self.plate), size, self.theme)
        for paint in self.over:
            paint(painter, self)
        if self.failure or self.facts is None:
            self._say(painter)
        if self.active:
            overlay.frame(painter, size, self.ratio, self.theme.color("focus"))
        painter.end()

    def caption(self) -> overlay.Caption | None:
        """Return what is written over the picture, None where nothing hangs."""
        if self.facts is None or self.plate is None:
            return None
        return self._caption(self.facts, self.plate)

    def draw(
        self,
        painter: QPainter,
        place: QPoint,
        caption: overlay.Caption | None,
        over: "Callable[[QPainter, Pane], None] | None" = None,
    ) -> None:
        """Draw the pane at a place of a picture, with this written over it and no more."""
        self.prepare()
        painter.save()
        painter.translate(place)
        painter.setClipRect(self.rect())
        self._draw(painter)
        if caption is not None:
            overlay.paint(painter, caption, (self.width(), self.height()), self.theme)
        if over is not None:
            over(painter, self)
        painter.restore()

    def _draw(self, painter: QPainter) -> None:
        """Blit the picture 1:1 in device pixels, and black round it."""
        ratio, form = int(self.ratio), QImage.Format.Format_RGB32
        if self.ratio != ratio:  # patches would not meet in whole logical pixels: all in one
            whole = self.mosaic.picture(*self.tile())
            image = QImage(whole.data, *self.tile(), whole.strides[0], form)
            image.setDevicePixelRatio(self.ratio)
            painter.drawImage(QPointF(0, 0), image)
            return
        bare, images = QRegion(self.rect()), []
        for left, top, colours in self.mosaic.shown():
            rows, columns = colours.shape
            image = QImage(colours.data, columns, rows, colours.strides[0], form)
            image.setDevicePixelRatio(ratio)
            images.append((QPointF(left / ratio, top / ratio), image))
            corner = QPoint(-(-left // ratio), -(-top // ratio))
            bare -= QRect(corner, QPoint((left + columns) // ratio - 1, (top + rows) // ratio - 1))
        painter.setClipRegion(bare)
        painter.fillRect(self.rect(), self.theme.color("surround"))
        painter.setClipRect(self.rect())
        for place, image in images:
            painter.drawImage(place, image)

    def _caption(self, facts: Facts, plate: Plate) -> overlay.Caption:
        return overlay.Caption(
            facts=facts,
            plate=plate,
            view=self.view,
            voi=self.voi,
            level=self.level,
            ratio=self.ratio,
            cautions=self.cautions,
            role=self.role,
            part=self.hung.part,
            corners=self.corners,
        )

    def _say(self, painter: QPainter) -> None:
        """Write in the middle why there is no picture."""
        words = self.failure or self.hung.missing
        painter.setFont(self.theme.font())
        painter.setPen(self.theme.color("text" if self.failure else "dim"))
        flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
        painter.drawText(self.rect().adjusted(20, 40, -20, -40), flags, words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell, so that the view can be fitted anew."""
        super().resizeEvent(event)
        self.resized.emit(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag."""
        self._last = event.position()
        self.grabbed.emit(self, event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with a drag, or read out the value under the pointer."""
        if event.buttons() != Qt.MouseButton.NoButton:
            self.dragged.emit(self, event.position() - self._last)
            self._last = event.position()
        self.hovered.emit(self, event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        self.released.emit(self)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the whole window."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        self.scrolled.emit(self, event.angleDelta().y() / 120, event.position())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take an image that no step shows; files go on to the window."""
        if event.mimeData().hasFormat(IMAGE):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Have the image hung here."""
        file = bytes(event.mimeData().data(IMAGE).data()).decode()
        event.acceptProposedAction()
        self.received.emit(self, file)

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the read-out."""
        self.left.emit(self)

    def event(self, event: QEvent) -> bool:
        """Explain the caution dot on hover."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._explain(event)
            return True
        return super().event(event)

    def _explain(self, event: QHelpEvent) -> None:
        if self.facts is None or self.plate is None or not self.cautions or self.level == "none":
            return
        caption = self._caption(self.facts, self.plate)
        dot = overlay.dot_place(caption, (self.width(), self.height()), self.theme)
        offset = QPointF(event.pos()) - dot
        if np.hypot(offset.x(), offset.y()) < 14:
            QToolTip.showText(
                event.globalPos(),
                tr("Inferred, not stated in the file:\n") + "\n".join(self.cautions),
                self,
            )
        else:
            QToolTip.hideText()
