"""The preferences: a page made from the settings themselves, each change in force at once."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app import settings
from app.language import tr
from app.settings import Settings
from app.ui import locale
from app.ui.fields import Verdict
from app.ui.key_editor import KeyEditor
from app.ui.memory import Memory
from app.ui.mouse_editor import MouseEditor

WIDTH, WIDEST = 680, 1140  #: at 100 %, and at most
UNITS = ("%", "pixels")  #: descriptions that are written behind the number


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
        self._inner = inner
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 24, 0, 24)
        column.setSpacing(8)
        for name, field in Settings.model_fields.items():
            if isinstance(field.default, settings.Table):
                column.addWidget(_title(tr(field.title or name)))
                column.addLayout(self._group(name, type(field.default)))
                column.addSpacing(10)
        column.addWidget(_title(tr("Mouse")))
        self.mouse = MouseEditor(memory)
        column.addWidget(self.mouse)
        column.addSpacing(10)
        self.archives = QPushButton(tr("Archives ..."))
        self.archives.clicked.connect(memory.show_archives)
        column.addWidget(_title(tr("Archives")))
        column.addWidget(self.archives, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(10)
        column.addWidget(_title(tr("Keys")))
        self.keys = KeyEditor(memory)
        column.addWidget(self.keys, 1)
        column.addWidget(self.verdict)
        column.addLayout(self._foot())
        scroll = QScrollArea()
        scroll.setAccessibleName(tr("Preferences"))
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
        place.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
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
                hint.setWordWrap(True)
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
        scale = now.look.font_percent / 100
        self._inner.setFixedWidth(round(min(WIDTH * scale, WIDEST)))
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
