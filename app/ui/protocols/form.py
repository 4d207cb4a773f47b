"""What a cell shows and how: the fields beside the grid of the protocol editor."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QSpinBox, QWidget

from app.core.drafting import MOST
from app.core.protocol import (
    ANY,
    MODIFIERS,
    VIEWS,
    Cell,
    CellOptions,
    Justify,
    Orient,
    Overlay,
    Pick,
    Selector,
    Size,
    SourceWanted,
)
from app.language import tr

ANYTHING = "any"
#: Words of the field for modifiers, with the sets (none_of, any_of) they stand for.
KINDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "any": (frozenset(), frozenset()),
    "standard only": (frozenset({ANY}), frozenset()),
    "no spot, no magnification": (frozenset({"spot", "magnification"}), frozenset()),
    "special only": (frozenset(), frozenset({ANY})),
    **{name.replace("_", " "): (frozenset(), frozenset({name})) for name in MODIFIERS},
}
WHEN = ("current", "prior1", "prior2", "prior3", "oldest", ANYTHING)
PICKS: dict[Pick, str] = {"latest": "latest", "first": "first", "all": "all, as a stack"}


def words_of(choice: str) -> str:
    """Return in the user's language what stands in a protocol file: chest_wall, prior2."""
    word = choice.rstrip("0123456789")
    words = tr(word.replace("_", " "))
    return words if word == choice else f"{words} {choice.removeprefix(word)}"


class CellForm(QWidget):
    """Fields of one cell; every change is told at once."""

    changed = Signal(object, object)  #: Selector without its name, CellOptions
    spanned = Signal(int, int)
    emptied = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 14, 0)
        self.fields: dict[str, QComboBox] = {}
        title = QLabel(tr("What the cell shows"))
        title.setObjectName("title")
        form.addRow(title)
        self._add(form, "side", tr("Side"), (ANYTHING, "R", "L"))
        self._add(form, "view", tr("View"), (ANYTHING, *VIEWS))
        self._add(form, "when", tr("Exam"), WHEN)
        self._add(form, "source", tr("Real or generated"), get_args(SourceWanted))
        self._add(form, "modifiers", tr("Special views"), tuple(KINDS))
        self._add(form, "pick", tr("Among several"), tuple(PICKS.values()))
        self.variant = QSpinBox()
        self.variant.setRange(0, 16)
        self.variant.setSpecialValueText(tr("the one in view"))
        self.variant.setAccessibleName(tr("Which of several generated exams"))
        form.addRow(tr("Generated exam"), self.variant)
        how = QLabel(tr("How"))
        how.setObjectName("title")
        form.addRow(how)
        self._add(form, "size", tr("Size"), get_args(Size))
        self._add(form, "justify", tr("Justified"), get_args(Justify))
        self._add(form, "orient", tr("Turned"), get_args(Orient))
        self._add(form, "overlay", tr("Overlay"), get_args(Overlay))
        self.invert = QCheckBox(tr("Negative"))
        form.addRow("", self.invert)
        self.rows, self.columns = QSpinBox(), QSpinBox()
        for box, words in ((self.rows, tr("Rows covered")), (self.columns, tr("Columns covered"))):
            box.setRange(1, MOST)
            box.setAccessibleName(words)
            form.addRow(words, box)
            box.valueChanged.connect(
                lambda _: self.spanned.emit(self.rows.value(), self.columns.value())
            )
        self.variant.valueChanged.connect(lambda _: self._tell())
        self.invert.toggled.connect(lambda _: self._tell())
        self._selector = Selector(name="")

    def _add(self, form: QFormLayout, key: str, words: str, choices: Sequence[str]) -> None:
        box = QComboBox()
        policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        box.setSizeAdjustPolicy(policy)
        box.setMinimumContentsLength(12)
        for choice in choices:
            box.addItem(words_of(choice), choice)
        box.setAccessibleName(words)
        box.currentIndexChanged.connect(lambda _: self._tell())
        form.addRow(words, box)
        self.fields[key] = box

    def show_cell(self, selector: Selector | None, cell: Cell | None) -> None:
        """Fill the fields; an empty place shows what a new cell would begin with."""
        self._selector = selector or Selector(
            name="", side="R", view="CC", none_of=frozenset({ANY})
        )
        shown, options = self._selector, cell.options if cell is not None else CellOptions()
        kind = next((k for k, sets in KINDS.items() if sets == (shown.none_of, shown.any_of)), None)
        modifiers = self.fields["modifiers"]
        own = modifiers.findData("own")
        if (kind is None or shown.all_of) and own < 0:
            modifiers.addItem(tr("as in the file"), "own")
        elif kind is not None and not shown.all_of and own >= 0:
            modifiers.blockSignals(True)
            modifiers.removeItem(own)
            modifiers.blockSignals(False)
        self._set("side", shown.side or ANYTHING)
        self._set("view", shown.view or ANYTHING)
        self._set("when", shown.when)
        self._set("source", shown.source)
        self._set("modifiers", "own" if kind is None or shown.all_of else kind)
        self._set("pick", PICKS[shown.pick])
        for key in ("size", "justify", "orient", "overlay"):
            self._set(key, getattr(options, key))
        for box, value in (
            (self.variant, shown.variant or 0),
            (self.rows, cell.row_span if cell else 1),
            (self.columns, cell.column_span if cell else 1),
        ):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)
        self.invert.blockSignals(True)
        self.invert.setChecked(options.invert)
        self.invert.blockSignals(False)
        self.variant.setEnabled(shown.source == "synthetic")

    def _set(self, key: str, value: str) -> None:
        box = self.fields[key]
        box.blockSignals(True)
        at = box.findData(value)
        if at < 0:  # prior4 and beyond are rare enough not to stand in the list
            box.addItem(words_of(value), value)
            at = box.findData(value)
        box.setCurrentIndex(at)
        box.blockSignals(False)

    def _get(self, key: str) -> Any:
        return self.fields[key].currentData()

    def _tell(self) -> None:
        modifiers = self._get("modifiers")
        old = self._selector
        if modifiers in KINDS:
            none_of, any_of = KINDS[modifiers]
            old = replace(old, none_of=none_of, any_of=any_of, all_of=frozenset())
        side, view = self._get("side"), self._get("view")
        pick = next(k for k, words in PICKS.items() if words == self._get("pick"))
        synthetic = self._get("source") == "synthetic"
        selector = replace(
            old,
            side=None if side == ANYTHING else side,
            view=None if view == ANYTHING else view,
            when=self._get("when"),
            source=self._get("source"),
            pick=pick,
            variant=(self.variant.value() or None) if synthetic else None,
        )
        options = CellOptions(
            size=self._get("size"),
            justify=self._get("justify"),
            orient=self._get("orient"),
            overlay=self._get("overlay"),
            invert=self.invert.isChecked(),
        )
        self.changed.emit(selector, options)
