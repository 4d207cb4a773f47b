"""What the page of readings shows while none is known: what a reading is, and how one begins."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.language import later, tr

WIDTH = 640  #: where a line is `LINE` high
LINE = 14
LEAD = later(
    "A reading asks whether people can tell generated mammograms from real ones. Nobody who reads "
    "holds the truth: it lies in a key file with you until all have ended."
)
COURSE = (
    (
        "1",
        later("Design"),
        later("question, cases, task, readers; its power is told while you write"),
    ),
    (
        "2",
        later("Audit and seal"),
        later("nothing but the tissue may tell the arms apart; a key, and packages"),
    ),
    (
        "3",
        later("Read"),
        later("full screen, by keyboard, here or on other machines; every answer is kept"),
    ),
    (
        "4",
        later("Verify and unblind"),
        later("any change is found; opening the key is recorded, once"),
    ),
    ("5", later("Report"), later("reader and panel statistics, figures, text for a paper")),
)
#: What can be begun here: its name for `picked`, the button's words, what it does.
BEGINNINGS = (
    (
        "design",
        later("Design a reading"),
        later("the form, with a judgement of what it amounts to"),
    ),
    ("finished", later("See a finished reading"), later("simulated readers, with its report")),
    ("test", later("Two-minute test"), later("real or generated, by yourself")),
    ("analyse", later("Analyse ratings"), later("a table or iMRMC file from elsewhere")),
)


class Start(QScrollArea):
    """The course of a reading in five lines, and the ways to begin."""

    picked = Signal(str)  #: one of BEGINNINGS

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("How a reading begins"))
        self.title, self.lead, self.said = QLabel(tr("No reading yet")), QLabel(tr(LEAD)), QLabel()
        self.title.setObjectName("title")
        self.said.setObjectName("dim")
        for label in (self.lead, self.said):
            label.setWordWrap(True)
        inner = QVBoxLayout()
        inner.setSpacing(14)
        inner.addWidget(self.title)
        inner.addWidget(self.lead)
        course = QGridLayout()
        course.setHorizontalSpacing(16)
        course.setColumnStretch(2, 1)
        for row, words in enumerate(COURSE):
            for column, text in enumerate(words):
                label = QLabel(tr(text) if column else text)
                label.setObjectName("" if column == 1 else "dim")
                course.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)
                label.setWordWrap(column == 2)
        inner.addLayout(course)
        ways = QGridLayout()
        ways.setHorizontalSpacing(16)
        ways.setColumnStretch(1, 1)
        self.buttons: dict[str, QPushButton] = {}
        for at, (name, begins, told) in enumerate(BEGINNINGS):
            button = self.buttons[name] = QPushButton(tr(begins))
            button.setAccessibleDescription(tr(told))
            button.clicked.connect(lambda _=False, name=name: self.picked.emit(name))
            hint = QLabel(tr(told))
            hint.setObjectName("dim")
            hint.setWordWrap(True)
            ways.addWidget(button, at, 0)
            ways.addWidget(hint, at, 1)
        self.buttons["design"].setObjectName("main")
        inner.addLayout(ways)
        inner.addWidget(self.said)
        self._box = box = QWidget()
        box.setLayout(inner)
        whole = QWidget()
        outer = QVBoxLayout(whole)
        outer.addStretch(2)
        across = QHBoxLayout()  # no alignment: that would forget that words need more lines
        across.addStretch()
        across.addWidget(box)
        across.addStretch()
        outer.addLayout(across)
        outer.addStretch(3)
        self.setWidget(whole)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay words out in lines as long at every size of the font."""
        super().resizeEvent(event)
        wide = WIDTH * self.fontMetrics().height() // LINE
        self._box.setFixedWidth(min(wide, self.viewport().width()))

    def say(self, words: str) -> None:
        """Say what goes on, or why something could not be done."""
        self.said.setText(words)
        self.said.setVisible(bool(words))
