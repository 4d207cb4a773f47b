"""The loupe: a magnified round under the pointer, with a window of its own, while Alt is held."""

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QCursor, QImage, QKeyEvent, QPainter, QPainterPath, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.core.display import Voi, dragged
from app.core.resample import Placement, through, visible
from app.ui.grid import Grid
from app.ui.overlay import window_words, write
from app.ui.pane import Pane, table_for
from app.ui.tools.places import places_of

RADIUS = 140  #: in logical pixels
FACTORS = (1.5, 2.0, 3.0, 4.0, 6.0, 8.0)  #: over the zoom of the pane, at least 1:1


class Loupe(QObject):
    """Follows the pointer; Alt + wheel magnifies, Alt + drag changes its own window."""

    def __init__(self, grid: Grid, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._grid = grid
        self.on = False
        self.held = False  #: by the Alt key, not by the menu
        self._factor = 1
        self.voi: Voi | None = None  #: its own window; None follows the pane
        self._pane: Pane | None = None
        self._place = QPointF()
        self._window: QWidget | None = None
        grid.pane_added.connect(self._attach)

    def _attach(self, pane: Pane) -> None:
        pane.over.append(self.paint)
        pane.hovered.connect(self._follow)
        pane.installEventFilter(self)  # for the wheel
        self._pane = None
        if (window := self._grid.window()) is not self._window:
            self._window = window
            self.watch(window)

    def watch(self, window: QWidget) -> None:
        """Answer the Alt key in a window; after its menu bar is made: asked before it."""
        window.installEventFilter(self)

    def toggle(self) -> None:
        """Show the loupe until it is called again."""
        self._show(not self.on)

    def _show(self, on: bool, *, held: bool = False) -> None:
        self.on, self.held = on, held
        if on:
            self.voi = None
            for pane in self._grid.panes:
                place = QPointF(pane.mapFromGlobal(QCursor.pos()))
                if pane.underMouse() or (self._pane is None and pane is self._grid.active):
                    inside = QRectF(pane.rect()).contains(place)
                    self._follow(pane, place if inside else QRectF(pane.rect()).center())
        for pane in self._grid.panes:
            pane.update()

    def _follow(self, pane: Pane, place: QPointF) -> None:
        before, self._pane, self._place = self._pane, pane, place
        if self.on:
            pane.update()
            if before is not None and before is not pane and before in self._grid.panes:
                before.update()

    def scroll(self, notches: float) -> None:
        """Magnify more or less."""
        last = len(FACTORS) - 1
        self._factor = min(max(self._factor + (1 if notches > 0 else -1), 0), last)
        if self._pane is not None:
            self._pane.update()

    def drag_window(self, pane: Pane, move: QPointF) -> None:
        """Change the loupe's own window."""
        voi = self.voi or pane.voi
        if voi is None or pane.picture is None:
            return
        low, high = pane.picture.mammogram.encoding.span
        right, down = move.x() / (2 * RADIUS), move.y() / (2 * RADIUS)
        self.voi = dragged(voi, right, down, high - low)
        pane.update()

    def paint(self, painter: QPainter, pane: Pane) -> None:
        """Draw the round over the pane it is in."""
        image = self._image(pane) if self.on and pane is self._pane else None
        if image is None or pane.picture is None or pane.voi is None:
            return
        box = QRectF(self._place.x() - RADIUS, self._place.y() - RADIUS, 2 * RADIUS, 2 * RADIUS)
        outline = QPainterPath()
        outline.addEllipse(box)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipPath(outline)
        painter.fillRect(box, pane.theme.color("surround"))
        painter.drawImage(box.topLeft(), image)
        painter.setClipping(False)
        painter.setPen(QPen(pane.theme.color("focus"), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(outline)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setFont(pane.theme.font("overlay"))
        painter.setPen(pane.theme.color("text"))
        words = f"{self._zoom(pane):.1f}:1"
        if self.voi is not None:
            words += f"  {window_words(self.voi)}"
        low = box.bottom() - 34 if box.bottom() < pane.height() else box.top() + 20
        area = QRectF(max(box.left() + 70, 6), low, 200, 16)
        write(painter, area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, words)
        painter.restore()

    def _zoom(self, pane: Pane) -> float:
        """Return device pixels per image pixel: never less than one."""
        places = places_of(pane)
        now = places.place.zoom_x if places is not None else 1.0
        return max(now * FACTORS[self._factor], FACTORS[self._factor] / FACTORS[1])

    def _image(self, pane: Pane) -> QImage | None:
        """Return the magnified part in device pixels."""
        places, pyramid, voi = places_of(pane), pane.pyramid, self.voi or pane.voi
        if places is None or pyramid is None or voi is None or pane.picture is None:
            return None
        size = round(2 * RADIUS * pane.ratio)
        zoom = self._zoom(pane)
        place = places.place
        zoom_y = zoom * place.zoom_y / place.zoom_x
        x = (self._place.x() * pane.ratio - place.left) / place.zoom_x
        y = (self._place.y() * pane.ratio - place.top) / place.zoom_y
        under = Placement(
            left=size / 2 - x * zoom,
            top=size / 2 - y * zoom_y,
            zoom_x=zoom,
            zoom_y=zoom_y,
            width=size,
            height=size,
        )
        sample = visible(pyramid, pane.transform, under, fine=True)
        picture = QImage(size, size, QImage.Format.Format_RGB32)
        picture.fill(Qt.GlobalColor.black)
        if sample is not None:
            table = table_for(pane.picture.mammogram.encoding, voi, pane.view.invert)
            grey = through(table, sample.pixels)
            if pane.view.invert and sample.fogged is not None:
                grey[sample.fogged] = 0
            rows, columns = grey.shape
            part = QImage(
                grey.data, columns, rows, grey.strides[0], QImage.Format.Format_Grayscale8
            )
            painter = QPainter(picture)
            painter.drawImage(sample.left, sample.top, part)
            painter.end()
        picture.setDevicePixelRatio(pane.ratio)
        return picture

    # The Alt key: kept from the menu bar, which would take the focus from the image.

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the loupe while Alt is held over the window; Alt + wheel belongs to it."""
        kind = event.type()
        if kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) and isinstance(event, QKeyEvent):
            return self._alt(event, down=kind == QEvent.Type.KeyPress)
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            return event.key() == Qt.Key.Key_Alt and self._here()
        if kind == QEvent.Type.Wheel and self.on and isinstance(event, QWheelEvent):
            turn = event.angleDelta()  # with Alt, Qt reports the wheel as a sideways one
            if isinstance(watched, Pane) and (notches := turn.y() or turn.x()):
                self.scroll(notches)
                return True
        if kind == QEvent.Type.WindowDeactivate and self.held:
            self._show(False)
        return False

    def _alt(self, event: QKeyEvent, *, down: bool) -> bool:
        if event.key() != Qt.Key.Key_Alt or not self._here():
            return False
        if not event.isAutoRepeat():
            if down and not self.on:
                self._show(True, held=True)
            elif not down and self.held:
                self._show(False)
        return True

    def _here(self) -> bool:
        """Return whether the keys belong to the window of the panes, which show something."""
        return bool(self._grid.panes) and self._grid.isVisible()
