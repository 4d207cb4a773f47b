"""The editor of keys: all actions, their keys, and whose a key is already."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.language import tr
from app.ui import keys
from app.ui.actions import Action
from app.ui.fields import Verdict
from app.ui.memory import Memory
from app.ui.palette import score

ACTION = Qt.ItemDataRole.UserRole


class KeyEditor(QWidget):
    """All actions with their keys; a key that is taken says by what, and can be taken over."""

    def __init__(self, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._memory = memory
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find an action or a key"))
        self.search.setAccessibleName(tr("Find an action or a key"))
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(tr("Actions and their keys"))
        self.tree.setObjectName("plain")
        self.tree.setHeaderHidden(True)
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setColumnCount(2)
        self.tree.setMinimumHeight(260)
        self.key = QKeySequenceEdit()
        self.key.setMaximumSequenceLength(1)
        self.key.setAccessibleName(tr("New key"))
        self.take = QPushButton(tr("Use this key"))
        self.clear = QPushButton(tr("No key"))
        self.usual = QPushButton(tr("Usual key"))
        self.verdict = Verdict()
        line = QHBoxLayout()
        line.addWidget(QLabel(tr("New key")))
        line.addWidget(self.key, 1)
        for button in (self.take, self.clear, self.usual):
            line.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.search, self.tree):
            column.addWidget(widget)
        column.addLayout(line)
        column.addWidget(self.verdict)
        self.search.textChanged.connect(lambda _: self.refresh())
        self.tree.currentItemChanged.connect(lambda *_: self._judge())
        self.key.keySequenceChanged.connect(lambda _: self._judge())
        self.take.clicked.connect(self._take)
        self.clear.clicked.connect(lambda: self._set([]))
        self.usual.clicked.connect(self._back)
        memory.store.on_change(lambda _: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        """List the actions that fit, with the keys in use."""
        current = self._current()
        self.tree.clear()
        changed = self._memory.store.now.keys
        for action in self._memory.table:
            words = f"{tr(action.menu)}: {tr(action.text).rstrip('.')}"
            shown = "   ".join(action.keys)
            if score(self.search.text(), f"{words} {shown}") is None:
                continue
            changed_words = f"   ({tr('changed')})" if action.id in changed else ""
            item = QTreeWidgetItem([words, shown + changed_words])
            item.setData(0, ACTION, action.id)
            self.tree.addTopLevelItem(item)
            if current is not None and action.id == current.id:
                self.tree.setCurrentItem(item)
        self.tree.setColumnWidth(0, self.tree.width() * 3 // 5)
        self._judge()

    def _current(self) -> Action | None:
        item = self.tree.currentItem()
        chosen = item.data(0, ACTION) if item else None
        return next((a for a in self._memory.table if a.id == chosen), None)

    def _asked(self) -> str:
        portable = QKeySequence.SequenceFormat.PortableText
        return keys.normal(self.key.keySequence().toString(portable))

    def _holder(self) -> Action | None:
        """Return the action that has the key asked for already."""
        asked, mine = self._asked(), self._current()
        return next(
            (
                a
                for a in self._memory.table
                if asked and a is not mine and asked in [keys.normal(k) for k in a.keys]
            ),
            None,
        )

    def _judge(self) -> None:
        """Say whose key it is, and allow what can be done."""
        action, holder = self._current(), self._holder()
        self.take.setEnabled(action is not None and bool(self._asked()))
        self.take.setText(tr("Take it over") if holder else tr("Use this key"))
        self.clear.setEnabled(action is not None and bool(action.keys))
        self.usual.setEnabled(action is not None and action.id in self._memory.store.now.keys)
        if action is None:
            self.verdict.tell(tr("Choose an action, then press its new key."))
        elif holder is not None:
            self.verdict.refuse(
                tr(
                    "{key} is given to \u201c{action}\u201d, which would be left without it",
                    key=self._asked(),
                    action=tr(holder.text),
                )
            )
        else:
            self.verdict.tell("")

    def _take(self) -> None:
        asked, holder = self._asked(), self._holder()
        changes = {}
        if holder is not None:
            changes[holder.id] = [k for k in holder.keys if keys.normal(k) != asked]
        self._set([asked], changes)

    def _set(self, given: list[str], others: dict[str, list[str]] | None = None) -> None:
        if (action := self._current()) is not None:
            now = {**self._memory.store.now.keys, **(others or {}), action.id: given}
            self._put(now)

    def _back(self) -> None:
        """Give an action its usual key, unless another has it by now."""
        if (action := self._current()) is None:
            return
        now = {k: v for k, v in self._memory.store.now.keys.items() if k != action.id}
        usual = next(a for a in self._memory.usual if a.id == action.id)
        others = [a for a in self._memory.table if a.id != action.id]
        if clash := keys.clashing([usual, *others], action.id):
            self.verdict.refuse(
                tr(
                    "{key} is given to {action} now; give that another key",
                    key=clash[0],
                    action=clash[1],
                )
            )
            return
        self._put(now)

    def _put(self, changes: dict[str, list[str]]) -> None:
        raw = self._memory.store.now.model_dump()
        raw["keys"] = changes
        try:
            self._memory.store.put(raw)
        except (ValueError, OSError) as error:
            self.verdict.refuse(tr("Not kept for the next time: {error}", error=error))
        self.key.clear()
