"""The editor of the mouse: each gesture with what it does, judged at once."""

from functools import partial

from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.language import tr
from app.ui import mouse
from app.ui.fields import Verdict
from app.ui.memory import Memory


class MouseEditor(QWidget):
    """A row for each gesture; what would leave the tools without a drag is refused."""

    def __init__(self, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._memory = memory
        self.choices: dict[str, QComboBox] = {}
        self.verdict = Verdict()
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setColumnStretch(1, 1)
        for line, gesture in enumerate(mouse.USUAL):
            choice = QComboBox()
            choice.setAccessibleName(tr(gesture))
            for deed, words in mouse.deeds(gesture, memory.usual).items():
                choice.addItem(words, deed)
            choice.activated.connect(partial(self._change, gesture))
            grid.addWidget(QLabel(tr(gesture)), line, 0)
            grid.addWidget(choice, line, 1)
            self.choices[gesture] = choice
        self.usual = QPushButton(tr("Usual mouse"))
        self.usual.clicked.connect(lambda: self._put({}))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(grid)
        column.addWidget(self.verdict)
        column.addWidget(self.usual)
        memory.store.on_change(lambda _: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        """Show what each gesture does now."""
        given, _ = mouse.effective(self._memory.store.now.mouse, self._memory.usual)
        for gesture, choice in self.choices.items():
            choice.setCurrentIndex(choice.findData(given[gesture]))
        self.usual.setEnabled(bool(self._memory.store.now.mouse))

    def _change(self, gesture: str, at: int) -> None:
        given, _ = mouse.effective(self._memory.store.now.mouse, self._memory.usual)
        given[gesture] = self.choices[gesture].itemData(at)
        if reason := mouse.lacking(given):
            self.refresh()
            self.verdict.refuse(reason[:1].upper() + reason[1:])
            return
        self._put({g: deed for g, deed in given.items() if deed != mouse.USUAL[g]})
        if other := mouse.shared(gesture, given):
            self.verdict.tell(tr("{gesture} does the same", gesture=tr(other)))

    def _put(self, changes: dict[str, str]) -> None:
        raw = self._memory.store.now.model_dump()
        raw["mouse"] = changes
        self.verdict.tell("")
        try:
            self._memory.store.put(raw)
        except (ValueError, OSError) as error:
            self.verdict.refuse(tr("Not kept for the next time: {error}", error=error))
