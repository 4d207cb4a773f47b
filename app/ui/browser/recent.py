"""What was opened lately, to be opened again with one click."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.language import tr

SHOWN = 5
WIDTH = 200  #: pixels of a name before it is cut in the middle


class RecentList(QWidget):
    """Names of recent files and folders; the whole path is in the tip."""

    def __init__(self, parent: QWidget | None = None, *, across: bool = False) -> None:
        super().__init__(parent)
        self._recent: Callable[[], list[str]] = list
        self._open: Callable[[str], object] = lambda _: None
        self.title = QLabel(tr("Opened lately"))
        self.title.setObjectName("dim")
        self.buttons: list[QPushButton] = []
        self._column = QHBoxLayout(self) if across else QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addWidget(self.title)

    def follow(self, recent: Callable[[], list[str]], opening: Callable[[str], object]) -> None:
        """Say where recent paths come from and what opens one."""
        self._recent, self._open = recent, opening
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """List afresh whenever it comes into sight."""
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """List what is still there."""
        for button in self.buttons:
            button.setParent(None)
            button.deleteLater()
        self.buttons = []
        for path in self._recent()[:SHOWN]:
            name = Path(path).name or path
            button = QPushButton()
            button.setObjectName("link")
            button.setText(
                QFontMetrics(button.font()).elidedText(name, Qt.TextElideMode.ElideMiddle, WIDTH)
            )
            button.setAccessibleName(tr("Open {name}", name=name))
            button.setToolTip(path)
            button.clicked.connect(partial(self._opened, path))
            self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            self.buttons.append(button)
        self.title.setVisible(bool(self.buttons))

    def _opened(self, path: str, _checked: bool = False) -> None:
        self._open(path)
