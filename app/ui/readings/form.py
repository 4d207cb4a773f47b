"""The wizard: a design as a form, judged by the parser of the file it becomes."""

import tomllib
from collections.abc import Callable, Mapping
from typing import Any

import tomli_w
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.language import tr
from app.reading.design import SCHEMA
from app.ui.readings.fields import SECOND, SECTIONS, Field, Value

MOST = 100_000


class Form(QScrollArea):
    """Fields of a design; `text` is the file they make."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setAccessibleName(tr("Design of the reading"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.fields: dict[tuple[str, str], tuple[Callable[[], Value], Callable[[Any], None]]] = {}
        self.widgets: dict[tuple[str, str], QWidget] = {}
        self._rest: dict[str, Any] = {}  #: of an opened file: what the form has no field for
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(20, 12, 20, 20)
        for title, fields in SECTIONS:
            heading = QLabel(tr(title))
            heading.setObjectName("title")
            column.addSpacing(10)
            column.addWidget(heading)
            lines = QFormLayout()
            lines.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
            lines.setHorizontalSpacing(18)
            for field in fields:
                lines.addRow(*self._row(field))
            column.addLayout(lines)
        column.addStretch()
        self.setWidget(inner)

    def _row(self, field: Field) -> tuple[QLabel, QWidget]:
        made = self._made(field)
        made.setAccessibleName(tr(field.words))
        self.widgets[field.table, field.key] = made
        words = QLabel(tr(field.words))
        words.setFixedWidth(210)
        words.setBuddy(made)
        if not field.path:
            return words, made
        choose = QPushButton(tr("Choose..."))
        choose.setAccessibleName(tr("Choose: {what}", what=tr(field.words)))
        choose.clicked.connect(lambda: self._ask(field))
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(made, 1)
        row.addWidget(choose)
        whole = QWidget()
        whole.setLayout(row)
        return words, whole

    def _made(self, field: Field) -> QWidget:
        """Return the widget of a field, and note how it is read and written."""
        at = field.table, field.key
        if field.choices:
            box = QComboBox()
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            for value, words in field.choices:
                box.addItem(tr(words), value)
            self.fields[at] = box.currentData, lambda v: box.setCurrentIndex(box.findData(v))
            box.currentIndexChanged.connect(self.changed)
            made: QWidget = box
        elif isinstance(field.start, bool):
            check = QCheckBox(tr(field.hint))
            self.fields[at] = check.isChecked, check.setChecked
            check.toggled.connect(self.changed)
            made = check
        elif isinstance(field.start, int):
            spin = QSpinBox()
            spin.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            spin.setRange(0, MOST)
            spin.setSuffix(f"   {tr(field.hint)}" if field.hint else "")
            self.fields[at] = spin.value, spin.setValue
            spin.valueChanged.connect(self.changed)
            made = spin
        elif field.lines > 1:
            made = self._written(field)
        else:
            edit = QLineEdit()
            edit.setPlaceholderText(tr(field.hint))
            if isinstance(field.start, list):
                self.fields[at] = (
                    lambda: _listed(edit.text()),
                    lambda v: edit.setText(", ".join(map(str, v))),
                )
            else:
                self.fields[at] = edit.text, edit.setText
            edit.textChanged.connect(self.changed)
            made = edit
        self.fields[at][1](field.start)
        return made

    def _written(self, field: Field) -> QPlainTextEdit:
        text = QPlainTextEdit()
        text.setPlaceholderText(tr(field.hint))
        text.setTabChangesFocus(True)
        around = round(2 * (text.document().documentMargin() + text.frameWidth()))
        text.setFixedHeight(field.lines * text.fontMetrics().lineSpacing() + around + 4)
        self.fields[field.table, field.key] = text.toPlainText, text.setPlainText
        text.textChanged.connect(self.changed)
        return text

    def _ask(self, field: Field) -> None:
        if field.path == "folder":
            path = QFileDialog.getExistingDirectory(self, tr(field.words))
        else:
            path, _ = QFileDialog.getOpenFileName(
                self, tr(field.words), "", tr("Models (*.safetensors)")
            )
        if path:
            self.put(field.table, field.key, [path] if isinstance(field.start, list) else path)

    def put(self, table: str, key: str, value: Value) -> None:
        """Enter a value."""
        self.fields[table, key][1](value)

    def text(self, filled: Mapping[tuple[str, str], Value] | None = None) -> str:
        """Return the design as TOML; what is empty is taken from `filled`, where it is there."""
        whole: dict[str, Any] = {"schema": SCHEMA}
        tables: dict[str, Any] = {}
        for (table, key), (value, _) in self.fields.items():
            found = value() or (filled or {}).get((table, key)) or value()
            if found in ("", []) and key in ("model", "seeds", "training_set"):
                continue
            if table:
                tables.setdefault(table, {})[key] = found
            else:
                whole[key] = found
        for name, extra in self._rest.items():
            if isinstance(extra, dict):
                tables[name] = {**extra, **tables.get(name, {})}
        for name, (needed, _) in SECOND.items():
            second, rest = tables.pop(f"{name}2"), self._rest.get(name)
            more: list[Any] = rest if isinstance(rest, list) else []
            tables[name] = [tables[name], *([second] if second[needed] else []), *more]
        whole |= tables
        return tomli_w.dumps(whole)

    def load(self, text: str) -> None:
        """Take a design over; what has no field here, such as a second arm, is kept."""
        raw = tomllib.loads(text)
        self._rest = {}
        for name, (needed, nothing) in SECOND.items():
            rows = raw.get(name, [{}])
            rows = rows if isinstance(rows, list) else [rows]
            second = rows[1] if len(rows) > 1 else {needed: nothing}
            raw[name], raw[f"{name}2"], self._rest[name] = dict(rows[0]), dict(second), rows[2:]
        for (table, key), (_, write) in self.fields.items():
            source = raw.get(table, {}) if table else raw
            if isinstance(source, dict) and key in source:
                write(source.pop(key))
        for name in ("order", "stimulus"):
            if isinstance(raw.get(name), dict):
                self._rest[name] = raw[name]


def _listed(text: str) -> list[Any]:
    """Return what stands between commas; numbers are numbers."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return [int(part) if part.isdecimal() else part for part in parts]
