"""The page on which a reader measures the screen with a bank card or a ruler."""

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QWidget

from app.language import later, tr
from app.ui.locale import number
from app.ui.theme import Theme
from app.ui.tools import screens

START_MM = 0.25  #: pitch to begin with when nothing is known
WORDS = later(
    "Hold a bank card or a ruler against the screen.\n"
    "Make the outline as large as the card: arrow keys, with Shift in larger steps, or drag.\n"
    "Enter keeps the size for this screen, Esc leaves it as it was."
)


class CalibrationPage(QWidget):
    """Covers the window while it is up."""

    calibrated = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._window = theme, parent
        self._before: QWidget | None = None  #: had the keys
        self.card_px = 0.0  #: width of the outline in device pixels
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Calibration of the screen with a card or a ruler"))
        self.hide()

    def popup(self) -> None:
        """Begin with what is known of the screen."""
        pitch = screens.pitch_mm(self.screen()) or START_MM
        self.card_px = screens.CARD_MM[0] / pitch
        self._before = QApplication.focusWidget()
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()
        self.setFocus()

    @property
    def pitch(self) -> float:
        """Millimetres per device pixel as the outline stands now."""
        return screens.CARD_MM[0] / self.card_px

    def _resize(self, card_px: float) -> None:
        least = screens.CARD_MM[0] / screens.COARSEST_MM
        self.card_px = min(max(card_px, least), screens.CARD_MM[0] / screens.FINEST_MM)
        self.update()

    def _outline(self) -> QRectF:
        ratio = self.devicePixelRatioF()
        width = self.card_px / ratio
        box = QRectF(0, 0, width, width * screens.CARD_MM[1] / screens.CARD_MM[0])
        box.moveCenter(QRectF(self.rect()).center())
        return box

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words, the card, and a ruler of 10 cm below it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surround"))
        box = self._outline()
        painter.setPen(QPen(self._theme.color("focus"), 1.5))
        painter.setBrush(self._theme.color("panel"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        corner = box.width() * 3.18 / screens.CARD_MM[0]
        painter.drawRoundedRect(box, corner, corner)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setFont(self._theme.font())
        painter.setPen(self._theme.color("text"))
        above = QRectF(0, box.top() - 90, self.width(), 70)
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, tr(WORDS))
        painter.setPen(self._theme.color("dim"))
        each = tr("{pitch} mm per pixel", pitch=number(self.pitch, 4))
        facts = f"{number(85.6, 1)} mm x {number(54.0, 1)} mm\n{each}"
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, facts)
        self._ruler(painter, box)
        painter.end()

    def _ruler(self, painter: QPainter, box: QRectF) -> None:
        per_mm = box.width() / screens.CARD_MM[0]
        left, top = box.center().x() - 50 * per_mm, box.bottom() + 40
        painter.setPen(self._theme.color("text"))
        painter.drawLine(round(left), round(top), round(left + 100 * per_mm), round(top))
        for mm in range(101):
            high = 14 if mm % 10 == 0 else 9 if mm % 5 == 0 else 5
            x = round(left + mm * per_mm)
            painter.drawLine(x, round(top), x, round(top) + high)
        for cm in range(11):
            at = QRectF(left + 10 * cm * per_mm - 20, top + 16, 40, 16)
            painter.drawText(at, Qt.AlignmentFlag.AlignCenter, f"{cm} cm" if cm == 10 else str(cm))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Make the outline larger or smaller, keep it, or leave."""
        step = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        if event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Plus):
            self._resize(self.card_px + step)
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Minus):
            self._resize(self.card_px - step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            screens.calibrate(self.screen(), self.pitch)
            self._leave()
            self.calibrated.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self._leave()

    def _leave(self) -> None:
        self.hide()
        if self._before is not None:
            self._before.setFocus()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the outline's edge to the pointer."""
        away = abs(event.position().x() - self.rect().center().x())
        self._resize(2 * away * self.devicePixelRatioF())

    def event(self, event: QEvent) -> bool:
        """Take every key for itself while it is up."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)
