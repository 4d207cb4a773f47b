"""The preferences: a page made from the settings themselves, each change in force at once."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import settings
from app.language import tr
from app.settings import Settings
from app.ui import keys, locale
from app.ui.actions import Action
from app.ui.fields import Verdict
from app.ui.memory import Memory
from app.ui.palette import score

WIDTH = 680
UNITS = ("%", "pixels")  #: descriptions that are written behind the number
ACTION = Qt.ItemDataRole.UserRole


class Preferences(QWidget):
    """A group for each table of the settings, and the keys."""

    def __init__(self, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._store = memory.store
        self.fields: dict[tuple[str, str], QWidget] = {}
        self._puts: dict[tuple[str, str], Callable[[Any], None]] = {}
        self.verdict = Verdict()
        inner = QWidget()
        inner.setFixedWidth(WIDTH)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 24, 0, 24)
        column.setSpacing(8)
        for name, field in Settings.model_fields.items():
            if isinstance(field.default, settings.Table):
                column.addWidget(_title(tr(field.title or name)))
                column.addLayout(self._group(name, type(field.default)))
                column.addSpacing(10)
        column.addWidget(_title(tr("Keys")))
        self.keys = KeyEditor(memory)
        column.addWidget(self.keys, 1)
        column.addWidget(self.verdict)
        column.addLayout(self._foot())
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.addStretch()
        row.addWidget(inner)
        row.addStretch()
        scroll.setWidget(middle)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        if memory.troubles:
            self.verdict.refuse("\n".join(memory.troubles))
        self._store.on_change(self._refresh)
        self._refresh(self._store.now)

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        place = QLabel(str(settings.files()[-1]))
        place.setObjectName("dim")
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        place.setToolTip(tr("The file that holds what differs from the usual settings"))
        self.reset = QPushButton(tr("Set all back to usual"))
        self.reset.clicked.connect(self._reset)
        row.addWidget(place, 1)
        row.addWidget(self.reset)
        return row

    def _group(self, table: str, kind: type[settings.Table]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(0, 250)
        grid.setColumnStretch(2, 1)
        for line, (name, field) in enumerate(kind.model_fields.items()):
            title = tr(field.title or name)
            widget, put = self._widget(partial(self._change, table, name), field)
            widget.setAccessibleName(title)
            self.fields[table, name], self._puts[table, name] = widget, put
            if isinstance(widget, QCheckBox):
                widget.setText(title)
                grid.addWidget(widget, line, 0, 1, 3)
                continue
            grid.addWidget(QLabel(title), line, 0)
            wide = isinstance(widget, QLineEdit)
            grid.addWidget(widget, line, 1, 1, 2 if wide else 1)
            if field.description and field.description not in UNITS and not wide:
                hint = QLabel(tr(field.description))
                hint.setObjectName("dim")
                grid.addWidget(hint, line, 2)
        return grid

    def _widget(
        self, change: Callable[[Any], None], field: FieldInfo
    ) -> tuple[QWidget, Callable[[Any], None]]:
        """Return the widget for a kind of value, and how a value is put into it."""
        if field.annotation is bool:
            box = QCheckBox()
            box.toggled.connect(change)
            return box, box.setChecked
        if choices := _choices(field):
            choice = QComboBox()
            for value, words in choices.items():
                choice.addItem(words, value)
            choice.currentIndexChanged.connect(lambda at: change(choice.itemData(at)))
            return choice, lambda value: choice.setCurrentIndex(choice.findData(value))
        if field.annotation is int:
            number = QSpinBox()
            for bound in field.metadata:
                if hasattr(bound, "ge"):
                    number.setMinimum(bound.ge)
                if hasattr(bound, "le"):
                    number.setMaximum(bound.le)
            number.setSingleStep(10 if number.maximum() - number.minimum() < 1000 else 1)
            number.setSuffix(f" {tr(field.description)}" if field.description in UNITS else "")
            number.setKeyboardTracking(False)  # 1, 12, 125: only the last is meant
            number.valueChanged.connect(change)
            return number, number.setValue
        line = QLineEdit()
        line.setPlaceholderText(tr(field.description) if field.description else "")
        line.editingFinished.connect(lambda: change(line.text()))
        return line, line.setText

    def _change(self, table: str, name: str, value: Any) -> None:
        try:
            self._store.change(table, **{name: value})
        except (ValueError, OSError) as error:
            self.verdict.refuse(tr("Not kept for the next time: {error}", error=error))
        else:
            self.verdict.tell("")

    def _refresh(self, now: Settings) -> None:
        """Show the settings as they are."""
        raw = now.model_dump()
        for (table, name), put in self._puts.items():
            widget = self.fields[table, name]
            widget.blockSignals(True)
            put(raw[table][name])
            widget.blockSignals(False)

    def _reset(self) -> None:
        try:
            below, _ = settings.load(settings.files()[:-1])
            self._store.put(below.model_dump())
        except (ValueError, OSError) as error:
            self.verdict.refuse(str(error))


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
        self.tree.setColumnWidth(0, WIDTH * 3 // 5)
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


def _choices(field: FieldInfo) -> dict[str, str]:
    """Return what can be chosen for a field, value to words; empty when anything goes."""
    if field is settings.Look.model_fields["language"]:
        return locale.languages()
    if get_origin(field.annotation) is Literal:
        return {str(value): tr(str(value)) for value in get_args(field.annotation)}
    return {}


def _title(words: str) -> QLabel:
    label = QLabel(words)
    label.setObjectName("title")
    return label
