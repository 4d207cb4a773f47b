"""The archives one may ask: a list, and a form made from the settings' own fields."""

from typing import Any, Literal, get_args, get_origin

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.language import tr
from app.settings import Archive, Store
from app.ui.fields import Verdict

WIDTH = 460
#: Fields that mean something for one way of speaking only.
OF_DICOM = ("host", "port", "title", "own_title", "retrieve", "own_port", "tls")
OF_WEB = ("url", "user", "password")


class ArchiveEditor(QWidget):
    """Adds, changes and removes archives; each change is kept when it is saved."""

    closed = Signal(str)  #: the name of the archive to ask next, empty when none was saved

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._old = ""
        self.fields: dict[str, QWidget] = {}
        self.heading = QLabel()
        self.heading.setObjectName("title")
        self.name = QLineEdit()
        self.name.setPlaceholderText(tr("such as Screening"))
        self.name.setAccessibleName(tr("Name"))
        self._form = QFormLayout()
        self._form.addRow(tr("Name"), self.name)
        for key, field in Archive.model_fields.items():
            if key == "password":
                continue
            widget = _widget(field.annotation, field.default)
            if field.description and isinstance(widget, QSpinBox):
                widget.setSuffix(f" {field.description}")
            title = tr(field.title or key)
            widget.setAccessibleName(title)
            self.fields[key] = widget
            self._form.addRow(title, widget)
        kind = self.fields["kind"]
        assert isinstance(kind, QComboBox)
        kind.currentTextChanged.connect(lambda _: self._show_kind())
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setAccessibleName(tr("Password"))
        self.keep = QCheckBox(tr("Keep the password in the settings file, where it can be read"))
        self.keep.toggled.connect(self.password.setEnabled)
        self.password.setEnabled(False)
        self._form.addRow(self.keep)
        self._form.addRow(tr("Password"), self.password)
        self.verdict = Verdict()
        self.save, self.remove, self.cancel = (
            QPushButton(words) for words in (tr("Save"), tr("Remove"), tr("Cancel"))
        )
        self.save.setObjectName("main")
        row = QHBoxLayout()
        row.addWidget(self.save)
        row.addWidget(self.cancel)
        row.addStretch()
        row.addWidget(self.remove)
        inner = QWidget()
        inner.setFixedWidth(WIDTH)
        column = QVBoxLayout(inner)
        column.setSpacing(12)
        column.addWidget(self.heading)
        column.addLayout(self._form)
        column.addWidget(self.verdict)
        column.addLayout(row)
        column.addStretch()
        whole = QHBoxLayout(self)
        whole.addWidget(inner)
        whole.addStretch()
        self.save.clicked.connect(self._save)
        self.remove.clicked.connect(self._remove)
        self.cancel.clicked.connect(lambda: self.closed.emit(self._old))

    def edit(self, name: str) -> None:
        """Show an archive of the settings, or the form for a new one."""
        self._old = name
        archive = self._store.now.archives.get(name, Archive())
        self.heading.setText(tr("Archive") if name else tr("New archive"))
        self.name.setText(name)
        for key, widget in self.fields.items():
            _put(widget, getattr(archive, key))
        self.keep.setChecked(bool(archive.password))
        self.password.setText(archive.password)
        self.remove.setVisible(bool(name))
        self.verdict.tell("")
        self._show_kind()
        self.name.setFocus()

    def _show_kind(self) -> None:
        """Show only the fields that the chosen way of speaking needs."""
        web = _value(self.fields["kind"]) == "DICOMweb"
        for key, widget in self.fields.items():
            self._form.setRowVisible(widget, key not in (OF_DICOM if web else OF_WEB))
        self._form.setRowVisible(self.keep, web)
        self._form.setRowVisible(self.password, web)

    def _save(self) -> None:
        name = self.name.text().strip()
        values = {key: _value(widget) for key, widget in self.fields.items()}
        values["password"] = self.password.text() if self.keep.isChecked() else ""
        needed = "url" if values["kind"] == "DICOMweb" else "host"
        others = {k: v for k, v in self._store.now.archives.items() if k != self._old}
        if not name:
            self.verdict.refuse(tr("Give the archive a name."))
        elif name in others:
            self.verdict.refuse(tr("Another archive has this name."))
        elif not values[needed]:
            title = Archive.model_fields[needed].title or needed
            self.verdict.refuse(tr("{field} is missing.", field=tr(title)))
        else:
            given = {k: v.model_dump() for k, v in others.items()}
            self._keep({**given, name: values}, name)

    def _remove(self) -> None:
        archives = self._store.now.archives
        self._keep({k: v.model_dump() for k, v in archives.items() if k != self._old}, "")

    def _keep(self, archives: dict[str, Any], name: str) -> None:
        try:
            self._store.put({**self._store.now.model_dump(), "archives": archives})
        except (ValueError, OSError) as error:
            self.verdict.refuse(str(error))
        else:
            self.closed.emit(name)


def _widget(kind: Any, default: Any) -> QWidget:
    if get_origin(kind) is Literal:
        choice = QComboBox()
        choice.addItems([str(value) for value in get_args(kind)])
        return choice
    if kind is bool:
        return QCheckBox()
    if kind is int:
        number = QSpinBox()
        number.setRange(1, 65535)
        number.setValue(default)
        return number
    line = QLineEdit()
    line.setPlaceholderText(str(default))
    return line


def _value(widget: QWidget) -> Any:
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, QCheckBox):
        return widget.isChecked()
    if isinstance(widget, QSpinBox):
        return widget.value()
    assert isinstance(widget, QLineEdit)
    return widget.text().strip()


def _put(widget: QWidget, value: Any) -> None:
    if isinstance(widget, QComboBox):
        widget.setCurrentText(value)
    elif isinstance(widget, QCheckBox):
        widget.setChecked(value)
    elif isinstance(widget, QSpinBox):
        widget.setValue(value)
    elif isinstance(widget, QLineEdit):
        widget.setText(value)
