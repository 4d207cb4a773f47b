"""The steps of a protocol that is edited: their order, names, grids and links."""

from dataclasses import replace
from typing import get_args

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from app.core import drafting
from app.core.protocol import Linked, Missing, Protocol, Step
from app.language import tr
from app.ui.protocols.form import words_of


class StepForm(QWidget):
    """One tab for each step, and two lines of fields for the one in view."""

    picked = Signal(int)
    changed = Signal(object)  #: Protocol

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._protocol: Protocol | None = None
        self._number = 0
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(tr("Steps"))
        self.tabs.currentChanged.connect(self.picked)
        self.buttons = {
            "add": QPushButton(tr("Add step")),
            "remove": QPushButton(tr("Remove")),
            "earlier": QPushButton(tr("Earlier")),
            "later": QPushButton(tr("Later")),
        }
        self.name = QLineEdit()
        self.name.setAccessibleName(tr("Name of the step"))
        self.rows, self.columns = QSpinBox(), QSpinBox()
        for box, words in ((self.rows, tr("Rows")), (self.columns, tr("Columns"))):
            box.setRange(1, drafting.MOST)
            box.setAccessibleName(words)
            box.valueChanged.connect(lambda _: self._resize())
        self.missing = QComboBox()
        for value in get_args(Missing):
            self.missing.addItem(words_of(value), value)
        self.missing.setAccessibleName(tr("When an image is missing"))
        self.links = {what: QCheckBox(tr(what)) for what in get_args(Linked)}
        self.mirror, self.each = QCheckBox(tr("mirrored")), QCheckBox(tr("one step per image"))
        self._lay_out()
        self.name.textEdited.connect(lambda text: self._change(name=text))
        self.missing.currentIndexChanged.connect(
            lambda _: self._change(when_missing=self.missing.currentData())
        )
        self.each.toggled.connect(lambda on: self._change(each=on))
        for tick in (*self.links.values(), self.mirror):
            tick.toggled.connect(lambda _: self._link())
        self.buttons["add"].clicked.connect(lambda: self._go(1, self._added()))
        self.buttons["remove"].clicked.connect(lambda: self._go(0, self._removed()))
        self.buttons["earlier"].clicked.connect(lambda: self._move(-1))
        self.buttons["later"].clicked.connect(lambda: self._move(1))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        line = QHBoxLayout()
        line.addWidget(self.tabs, 1)
        for button in self.buttons.values():
            line.addWidget(button)
        column.addLayout(line)
        line = QHBoxLayout()
        line.addWidget(QLabel(tr("Step")))
        line.addWidget(self.name, 1)
        line.addWidget(QLabel(tr("Rows")))
        line.addWidget(self.rows)
        line.addWidget(QLabel(tr("Columns")))
        line.addWidget(self.columns)
        line.addWidget(QLabel(tr("When missing")))
        line.addWidget(self.missing)
        column.addLayout(line)
        line = QHBoxLayout()
        line.addWidget(QLabel(tr("Move together:")))
        for tick in self.links.values():
            line.addWidget(tick)
        line.addWidget(self.mirror)
        line.addStretch()
        line.addWidget(self.each)
        column.addLayout(line)

    def show_steps(self, protocol: Protocol, number: int) -> None:
        """Show the steps of a protocol, one of them in its fields."""
        self._protocol, self._number = protocol, number
        step = protocol.steps[number]
        self._block(True)
        while self.tabs.count() > len(protocol.steps):
            self.tabs.removeTab(self.tabs.count() - 1)
        for at, one in enumerate(protocol.steps):
            if at >= self.tabs.count():
                self.tabs.addTab(tr(one.name))
            self.tabs.setTabText(at, tr(one.name))
        self.tabs.setCurrentIndex(number)
        if self.name.text() != step.name:
            self.name.setText(step.name)
        self.rows.setValue(step.rows)
        self.columns.setValue(step.columns)
        self.missing.setCurrentIndex(self.missing.findData(step.when_missing))
        what = {w for link in step.links for w in link.what}
        for name, tick in self.links.items():
            tick.setChecked(name in what)
        self.mirror.setChecked(any(link.mirror for link in step.links))
        self.each.setChecked(step.each)
        self.each.setEnabled(len(step.cells) == 1)
        self._block(False)
        self.buttons["remove"].setEnabled(len(protocol.steps) > 1)
        self.buttons["earlier"].setEnabled(number > 0)
        self.buttons["later"].setEnabled(number + 1 < len(protocol.steps))

    def _block(self, on: bool) -> None:
        ticks = (*self.links.values(), self.mirror, self.each)
        for widget in (self.tabs, self.rows, self.columns, self.missing, *ticks):
            widget.blockSignals(on)

    def _step(self) -> Step:
        assert self._protocol is not None
        return self._protocol.steps[self._number]

    def _put(self, step: Step) -> None:
        assert self._protocol is not None
        self.changed.emit(drafting.with_step(self._protocol, self._number, step))

    def _change(self, **values: object) -> None:
        self._put(replace(self._step(), **values))  # type: ignore[arg-type]  # fields of Step

    def _resize(self) -> None:
        step = drafting.resized(self._step(), self.rows.value(), self.columns.value())
        if step.cells:
            self._put(step)

    def _link(self) -> None:
        what = [name for name, tick in self.links.items() if tick.isChecked()]
        self._put(drafting.linked(self._step(), what, self.mirror.isChecked()))

    def _added(self) -> Protocol:
        assert self._protocol is not None
        return drafting.added_step(self._protocol, self._number)

    def _removed(self) -> Protocol:
        assert self._protocol is not None
        return drafting.removed_step(self._protocol, self._number)

    def _move(self, by: int) -> None:
        assert self._protocol is not None
        self._go(by, drafting.moved_step(self._protocol, self._number, by))

    def _go(self, by: int, protocol: Protocol) -> None:
        number = min(max(self._number + by, 0), len(protocol.steps) - 1)
        self.changed.emit(protocol)
        self.picked.emit(number)
