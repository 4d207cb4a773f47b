"""Fields of a form that are judged where they stand."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.language import tr


class Verdict(QWidget):
    """A line under a field: dim when it tells, marked when it refuses."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.refused = False
        self._told, self._wrong = QLabel(), QLabel()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for label, kind in ((self._told, "dim"), (self._wrong, "error")):
            label.setObjectName(kind)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
        self.tell("")

    def text(self) -> str:
        """Return what is said."""
        return (self._wrong if self.refused else self._told).text()

    def tell(self, words: str) -> None:
        """Say what was found."""
        self._say(words, refused=False)

    def refuse(self, words: str) -> None:
        """Say what is wrong."""
        self._say(words, refused=True)

    def _say(self, words: str, *, refused: bool) -> None:
        self.refused = refused
        for label, on in ((self._told, not refused), (self._wrong, refused)):
            label.setText(words if on else "")
            label.setVisible(on)
        self.setVisible(bool(words))


class PathField(QWidget):
    """A folder to type or choose, and under it what is there or what is wrong with it."""

    changed = Signal()

    def __init__(self, title: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel(title)
        self.edit = QLineEdit()
        self.edit.setAccessibleName(title)
        self.edit.setPlaceholderText(hint)
        self.choose = QPushButton(tr("Choose..."))
        self.choose.setAccessibleName(tr("Choose: {what}", what=title))
        self.found = Verdict()
        row = QHBoxLayout()
        row.addWidget(self.edit, 1)
        row.addWidget(self.choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.title)
        column.addLayout(row)
        column.addWidget(self.found)
        self.edit.textChanged.connect(lambda _: self.changed.emit())
        self.choose.clicked.connect(self._ask)

    def path(self) -> Path | None:
        """Return what was entered, None when nothing was."""
        text = self.edit.text().strip()
        return Path(text).expanduser() if text else None

    def put(self, path: Path | None) -> None:
        """Enter a path."""
        self.edit.setText("" if path is None else str(path))

    def _ask(self) -> None:
        start = str(self.path() or "")
        if path := QFileDialog.getExistingDirectory(self, self.title.text(), start):
            self.edit.setText(path)
