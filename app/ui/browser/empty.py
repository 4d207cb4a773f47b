"""What the list of exams says when it shows none, and what can be done about it."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.language import tr
from app.ui.browser.recent import RecentList


class Empty(QWidget):
    """A sentence, the ways to open something, and what was open lately."""

    all_wanted = Signal()  #: the search is to be taken back

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = QLabel()
        self.words.setObjectName("dim")
        self.words.setWordWrap(True)
        self.all = QPushButton(tr("Show all exams"))
        self.all.clicked.connect(self.all_wanted)
        self._ways: list[QPushButton] = []
        self.recent = RecentList()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 12, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self.words)
        self._column.addWidget(self.all, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addSpacing(4)
        self._column.addWidget(self.recent)
        self._column.addStretch()

    def offer(self, ways: Sequence[tuple[str, Callable[[], object]]]) -> None:
        """Offer ways to open something."""
        for number, (words, run) in enumerate(ways):
            button = QPushButton(tr(words))
            button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _=False, run=run: run())
            self._column.insertWidget(2 + number, button)
            self._ways.append(button)

    def show_state(self, *, searched: bool, scanning: bool) -> None:
        """Say why there is nothing: nothing matches, nothing was found yet, or nothing is open."""
        self.all.setVisible(searched)
        for widget in (*self._ways, self.recent):
            widget.setVisible(not searched and not scanning)
        if searched:
            self.words.setText(tr("No exam matches."))
        elif scanning:
            self.words.setText("")
        else:
            self.words.setText(
                tr("No exams are open. Drop files, folders, ZIP archives or a DICOMDIR here.")
            )
