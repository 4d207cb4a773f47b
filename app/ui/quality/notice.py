"""The line that always says what the window is not for, and whether its screen was measured."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QLabel, QWidget

from app.language import tr
from app.ui.quality import facts


class Notice(QObject):
    """Keeps a banner true for the screen a window is on."""

    def __init__(self, window: QWidget, banner: QLabel) -> None:
        super().__init__(window)
        self._window, self._banner = window, banner
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look again when the window comes to sight or to another screen."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.ScreenChangeInternal):
            self.refresh()
        return False

    def refresh(self) -> None:
        """Write the banner anew."""
        words, tip = tr("Research use only"), ""
        if facts.state(self._window.screen()) != "diagnostic":
            words = tr("Research use only; screen not calibrated")
            tip = tr(
                "This screen was not found to follow the DICOM display function: what it shows is "
                "not diagnostic. File, Display quality tells more."
            )
        self._banner.setText(words)
        self._banner.setToolTip(tip)
