"""The page on which a screen is looked at, measured, and judged."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import displays
from app.core.gsdf import BRIGHTEST, GREYS, LEAST_RATIO, LEAST_WHITE, Conformance, conformance
from app.language import tr
from app.ui.fields import Verdict
from app.ui.locale import number
from app.ui.quality import facts
from app.ui.quality.curve import Curves
from app.ui.quality.patterns import PatternWindow
from app.ui.theme import Theme
from app.ui.tools import screens

WIDTH = 860  #: at 100 %
ACROSS = 6  #: fields of the table in a row


class QualityPage(QWidget):
    """One screen at a time: its facts, patterns to look at, luminances to enter."""

    checked = Signal()  #: a check was kept

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.patterns: PatternWindow | None = None
        self.choice = QComboBox()
        self.choice.setAccessibleName(tr("Screen"))
        self._facts = QGridLayout()
        self.verdict = Verdict()
        self.history = QLabel()
        self.history.setObjectName("dim")
        self.history.setWordWrap(True)
        self.curves = Curves(theme)
        self.fields: dict[int, QDoubleSpinBox] = {}
        self.ambient = _field(tr("Ambient light on the dark screen"))
        inner = QWidget()
        inner.setMaximumWidth(round(WIDTH * theme.base / 12))
        column = QVBoxLayout(inner)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(10)
        self._fill(column)
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.addStretch(1)
        row.addWidget(inner, 8)
        row.addStretch(1)
        scroll = QScrollArea()
        scroll.setAccessibleName(tr("Display quality"))
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(middle)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self.choice.currentIndexChanged.connect(lambda _: self._show_screen())
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.screenAdded.connect(lambda _: self.list_screens())
            app.screenRemoved.connect(lambda _: self.list_screens())
        self.list_screens()

    def _fill(self, column: QVBoxLayout) -> None:
        notice = QLabel(
            tr(
                "Mammoscope is for research. A screen that was not measured against the DICOM "
                "display function (PS3.14) is not diagnostic, and eight bits of grey on an unknown "
                "screen never are. For mammography a screen needs white of at least {white} cd/m², "
                "a ratio of {ratio} to black, and contrast within 10 % of the function.",
                white=round(LEAST_WHITE),
                ratio=round(LEAST_RATIO),
            )
        )
        notice.setWordWrap(True)
        column.addWidget(_title(tr("Display quality")))
        column.addWidget(notice)
        line = QHBoxLayout()
        line.addWidget(self.choice, 1)
        self.look = QPushButton(tr("Show patterns"))
        self.meter = QPushButton(tr("Show patches for the meter"))
        for button, meter in ((self.look, False), (self.meter, True)):
            button.clicked.connect(partial(self.show_pattern, meter=meter))
            line.addWidget(button)
        column.addLayout(line)
        self._facts.setHorizontalSpacing(16)
        self._facts.setColumnStretch(1, 1)
        column.addLayout(self._facts)
        column.addSpacing(8)
        column.addWidget(_title(tr("Luminance in cd/m², by grey level")))
        hint = QLabel(
            tr(
                "Show the patches, read each with a luminance meter in the dark, and enter what "
                "you read; leave out what you do not measure. In the patterns, arrow keys go on "
                "and Esc leaves."
            )
        )
        hint.setObjectName("dim")
        hint.setWordWrap(True)
        column.addWidget(hint)
        column.addLayout(self._table())
        column.addWidget(self.verdict)
        column.addWidget(self.curves)
        column.addLayout(self._foot())
        column.addWidget(self.history)

    def _table(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        for place, grey in enumerate(GREYS):
            field = _field(tr("Luminance of grey {grey}", grey=grey))
            field.valueChanged.connect(lambda _: self.judge())
            row, across = divmod(place, ACROSS)
            label = QLabel(str(grey))
            label.setObjectName("dim")
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(label, row, 2 * across)
            grid.addWidget(field, row, 2 * across + 1)
            grid.setColumnStretch(2 * across + 1, 1)
            self.fields[grey] = field
        return grid

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.keep = QPushButton(tr("Keep this check"))
        self.keep.clicked.connect(self._keep)
        self.clear = QPushButton(tr("Clear"))
        self.clear.clicked.connect(self._clear)
        self.ambient.valueChanged.connect(lambda _: self.judge())
        light = QLabel(tr("Ambient light on the dark screen"))
        light.setWordWrap(True)
        row.addWidget(light, 1)
        row.addWidget(self.ambient)
        row.addWidget(self.clear)
        row.addWidget(self.keep)
        return row

    # Screens.

    def list_screens(self) -> None:
        """List the screens there are."""
        at = self.choice.currentData()
        self.choice.blockSignals(True)
        self.choice.clear()
        for screen in facts.at_window():
            size = screen.size() * screen.devicePixelRatio()
            name = f"{screen.name()} {screen.model()}".strip() or tr("Screen")
            self.choice.addItem(f"{name}, {size.width()} x {size.height()}", screen.name())
        self.choice.setCurrentIndex(max(self.choice.findData(at), 0))
        self.choice.blockSignals(False)
        self._show_screen()

    def chosen(self) -> QScreen:
        """Return the screen that is looked at."""
        name = self.choice.currentData()
        found = [screen for screen in facts.at_window() if screen.name() == name]
        return found[0] if found else QGuiApplication.primaryScreen()

    def _show_screen(self) -> None:
        while (item := self._facts.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for line, (name, value) in enumerate(facts.rows(self.chosen())):
            label, words = QLabel(name), QLabel(value)
            label.setObjectName("dim")
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._facts.addWidget(label, line, 0)
            self._facts.addWidget(words, line, 1)
        kept = displays.checks(screens.identity(self.chosen()))
        lines = [told(check) for check in reversed(kept[-5:])]
        self.history.setText("\n".join(lines) or tr("This screen was never measured."))
        self._enter(kept[-1] if kept else None)

    def show_pattern(self, _checked: bool = False, *, meter: bool = False) -> None:
        """Cover the chosen screen with patterns."""
        self.patterns = PatternWindow(self.chosen(), meter=meter)
        self.patterns.showFullScreen()

    # Luminances.

    def _enter(self, check: displays.Check | None) -> None:
        values = dict(zip(check.greys, check.measured, strict=True)) if check else {}
        for grey, field in self.fields.items():
            field.blockSignals(True)
            field.setValue(values.get(grey, 0))
            field.blockSignals(False)
        self.ambient.blockSignals(True)
        self.ambient.setValue(check.ambient if check else 0)
        self.ambient.blockSignals(False)
        self.judge()

    def _clear(self) -> None:
        self._enter(None)

    def _entered(self) -> dict[int, float]:
        return {grey: field.value() for grey, field in self.fields.items() if field.value() > 0}

    def judge(self) -> None:
        """Say how far what was entered is from the display function."""
        entered = self._entered()
        found: Conformance | None = None
        if not entered:
            self.verdict.tell(
                tr("Nothing is entered: the curve is the display function, 1.05 to 420 cd/m².")
            )
        else:
            try:
                found = conformance(list(entered), list(entered.values()), self.ambient.value())
            except ValueError as error:
                self.verdict.refuse(str(error))
            else:
                (self.verdict.tell if found.verdict == "diagnostic" else self.verdict.refuse)(
                    judged(found)
                )
        self.keep.setEnabled(found is not None)
        self.curves.show_found(found)

    def _keep(self) -> None:
        screen, entered = self.chosen(), self._entered()
        try:
            displays.keep(
                screens.identity(screen),
                facts.facts(screen),
                list(entered),
                list(entered.values()),
                self.ambient.value(),
            )
        except (ValueError, OSError) as error:
            self.verdict.refuse(str(error))
            return
        self._show_screen()
        self.checked.emit()


def judged(found: Conformance) -> str:
    """Return in words how luminances follow the display function."""
    words = {
        "diagnostic": tr("within the 10 % asked of diagnostic screens"),
        "other": tr("good for other than diagnostic use"),
        "neither": tr("not calibrated: over 20 %"),
    }
    return tr(
        "Contrast is at most {worst} % off the display function: {verdict}. Black {black}, white "
        "{white} cd/m², ratio {ratio}, {steps} just-noticeable differences.",
        worst=number(100 * found.worst, 1),
        verdict=words[found.verdict],
        black=number(found.measured[0], 2),
        white=number(found.measured[-1], 0),
        ratio=number(found.ratio, 0),
        steps=number(found.steps, 0),
    )


def told(check: displays.Check) -> str:
    """Return a kept check in one line."""
    return f"{check.when[:10]}: {judged(check.conformance)}"


def _field(name: str) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setRange(0, BRIGHTEST)
    field.setDecimals(3)
    field.setSpecialValueText("\u2013")
    field.setKeyboardTracking(False)
    field.setAccessibleName(name)
    return field


def _title(words: str) -> QLabel:
    label = QLabel(words)
    label.setObjectName("title")
    return label
