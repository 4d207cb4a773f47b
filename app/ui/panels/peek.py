"""While a key is held, the generated exam as it was before any slider moved."""

from typing import cast

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

from app.ui.studio import Studio

KEY = Qt.Key.Key_QuoteLeft


class Peek(QObject):
    """Watches the window for the key; a shortcut could not tell of its release."""

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take press and release of the key, and let all else pass."""
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            return False
        key = cast("QKeyEvent", event)
        if key.key() != KEY:
            return False
        if not key.isAutoRepeat():
            self._studio.peek(event.type() == QEvent.Type.KeyPress)
        return True
