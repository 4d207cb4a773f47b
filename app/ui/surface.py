"""A full-screen window of nothing but images, on a screen of its own."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent, QResizeEvent, QScreen
from PySide6.QtWidgets import QWidget

from app.ui.theme import Theme


class ImageWindow(QWidget):
    """Holds panes that the grid lays out; the grid's own place is in the main window."""

    resized = Signal()
    closed = Signal()  #: by the user

    def __init__(self, theme: Theme, screen: QScreen, title: str) -> None:
        super().__init__()
        self._theme = theme
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.put_on(screen)

    def put_on(self, screen: QScreen) -> None:
        """Cover a screen."""
        self.setScreen(screen)
        self.setGeometry(screen.geometry())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell, so that the panes are laid out anew."""
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Only the lines between the tiles are ever seen of it."""
        painter = QPainter(self)
        empty = not any(child.isVisible() for child in self.findChildren(QWidget))
        painter.fillRect(self.rect(), self._theme.color("surround" if empty else "line"))
        painter.end()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell: the images go back to the main window."""
        super().closeEvent(event)
        self.closed.emit()
