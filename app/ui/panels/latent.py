"""The latent panel: seed, left-right difference, directions, and a walk from A to B."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QRegularExpression, Qt
from PySide6.QtGui import QMouseEvent, QRegularExpressionValidator
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.recipe import SEED_LIMIT
from app.ui.bars import icon
from app.ui.studio import Studio

REACH = 3.0  #: standard deviations at the end of a slider
STEPS = 100  #: slider steps per unit
MOST = 8  #: directions that get a slider


class Slider(QSlider):
    """A slider with a resting value that a double click brings back."""

    def __init__(self, low: float, high: float, rest: float, name: str) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(round(low * STEPS), round(high * STEPS))
        self.setPageStep(STEPS // 2)
        self.setSingleStep(STEPS // 10)
        self.setAccessibleName(name)
        self._rest = round(rest * STEPS)
        self.show_amount(rest)

    def amount(self) -> float:
        """Return the value in units, not steps."""
        return self.value() / STEPS

    def show_amount(self, amount: float) -> None:
        """Move without telling anyone, unless a hand holds the slider."""
        if not self.isSliderDown():
            self.blockSignals(True)
            self.setValue(round(amount * STEPS))
            self.blockSignals(False)

    def reset(self) -> None:
        """Go back to rest."""
        self.setValue(self._rest)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go back to rest."""
        self.setSliderDown(False)
        self.reset()


class Row:
    """Name, slider, value and reset button in one line of a grid."""

    def __init__(
        self, name: str, low: float, high: float, rest: float, moved: Callable[[float], None]
    ) -> None:
        self.slider = Slider(low, high, rest, name)
        self.value = QLabel()
        self.value.setMinimumWidth(38)
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.name = QLabel(name)
        self.back = QToolButton()
        self.back.setText("\N{ANTICLOCKWISE OPEN CIRCLE ARROW}")
        self.back.setToolTip(f"Set {name} back to {rest:g}")
        self.back.setAccessibleName(f"Set {name} back")
        self._signed = low < 0
        self.slider.valueChanged.connect(lambda _: moved(self.slider.amount()))
        self.back.clicked.connect(self.slider.reset)
        self.show_amount(rest)

    def put(self, grid: QGridLayout, line: int) -> None:
        """Take two lines of a grid: words above, slider below."""
        grid.addWidget(self.name, 2 * line, 0)
        grid.addWidget(self.value, 2 * line, 1)
        grid.addWidget(self.slider, 2 * line + 1, 0, 1, 2)
        grid.addWidget(self.back, 2 * line + 1, 2)

    def show_amount(self, amount: float) -> None:
        """Show a value that came from elsewhere."""
        self.slider.show_amount(amount)
        self.value.setText(f"{amount:+.2f}" if self._signed else f"{amount:.2f}")


class LatentPanel(QWidget):
    """Everything that makes the generated exam another one."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.rows: list[Row] = []
        outer = QVBoxLayout(self)
        self.model = QLabel("Generator")
        self.model.setObjectName("title")
        self.model.setWordWrap(True)
        self.trouble = QLabel()
        self.trouble.setObjectName("error")
        self.trouble.setWordWrap(True)
        self.trouble.hide()
        outer.addWidget(self.model)
        outer.addWidget(self.trouble)
        outer.addLayout(self._seed_line())
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        body = QWidget()
        self._grid = QGridLayout(body)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(0, 1)
        scroll.setWidget(body)
        outer.addWidget(scroll, 1)
        self.difference = Row("left-right difference", 0, 1, 0.15, studio.differ)
        self.difference.put(self._grid, 0)
        self.reset = QPushButton("Set all to 0")
        self.reset.clicked.connect(studio.rest_all)
        outer.addWidget(self.reset)
        outer.addLayout(self._walk_lines())
        studio.loaded.connect(self._build)
        studio.changed.connect(self.refresh)
        studio.drawn.connect(lambda _: self.trouble.hide())
        studio.failed.connect(self._fail)
        self._enable(False)

    def _seed_line(self) -> QHBoxLayout:
        self.seed = QLineEdit()
        self.seed.setAccessibleName("Seed")
        self.seed.setValidator(QRegularExpressionValidator(QRegularExpression(r"\d{1,10}")))
        self.seed.editingFinished.connect(self._typed)
        self.down, self.up, self.die = QToolButton(), QToolButton(), QToolButton()
        for button, text, words in (
            (self.down, "\N{MINUS SIGN}", "Previous seed"),
            (self.up, "+", "Next seed"),
            (self.die, "", "Random exam (R)"),
        ):
            button.setText(text)
            button.setToolTip(words)
            button.setAccessibleName(words)
        self.die.setIcon(icon("die"))
        self.down.clicked.connect(lambda: self._step(-1))
        self.up.clicked.connect(lambda: self._step(+1))
        self.die.clicked.connect(self._studio.roll)
        line = QHBoxLayout()
        line.addWidget(QLabel("seed"))
        line.addWidget(self.seed, 1)
        for button in (self.down, self.up, self.die):
            line.addWidget(button)
        return line

    def _walk_lines(self) -> QVBoxLayout:
        self.set_a, self.set_b = QPushButton("Set A"), QPushButton("Set B")
        self.set_a.clicked.connect(lambda: self._studio.mark("A"))
        self.set_b.clicked.connect(lambda: self._studio.mark("B"))
        self.walk = Slider(0, 1, 0, "Walk from A to B")
        self.walk.valueChanged.connect(lambda _: self._studio.walk(self.walk.amount()))
        self.where = QLabel()
        self.where.setObjectName("dim")
        self.where.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.set_a)
        buttons.addStretch()
        buttons.addWidget(self.set_b)
        lines = QVBoxLayout()
        lines.addLayout(buttons)
        lines.addWidget(self.walk)
        lines.addWidget(self.where)
        return lines

    def _build(self) -> None:
        """Make one row for each of the model's directions."""
        info = self._studio.info
        assert info is not None
        rows, columns = info.rungs[-1]
        self.model.setText(f"{info.title}\n{rows} x {columns} pixels, {info.hash[:8]}")
        for number, known in enumerate(info.directions[:MOST]):
            row = Row(known.name, -known.reach, known.reach, 0, partial(self._studio.move, number))
            row.put(self._grid, number + 1)
            self.rows.append(row)
        self._grid.setRowStretch(2 * len(self.rows) + 2, 1)
        self._enable(True)

    def _enable(self, on: bool) -> None:
        for widget in (self.seed, self.down, self.up, self.reset, self.set_a, self.set_b):
            widget.setEnabled(on)
        self.difference.slider.setEnabled(on)
        self.walk.setEnabled(False)

    def refresh(self) -> None:
        """Show the recipe as it is."""
        recipe, point = self._studio.recipe, self._studio.point()
        if recipe is None or point is None:
            return
        self.seed.setText(str(point.seed))
        self.difference.show_amount(recipe.difference)
        for number, row in enumerate(self.rows):
            row.show_amount(point.edits[number] if number < len(point.edits) else 0.0)
        ends = self._studio.ends
        self.walk.setEnabled({"A", "B"} <= set(ends))
        self.walk.show_amount(recipe.position)
        names = [f"{end}: {end_words(ends[end].seed, ends[end].edits)}" for end in sorted(ends)]
        self.where.setText("   ".join(names) or "Set two ends, then walk between them.")

    def focused(self) -> Row | None:
        """Return the row whose slider has the keyboard, the first when none has."""
        rows = [self.difference, *self.rows]
        return next((r for r in rows if r.slider.hasFocus()), rows[-1] if self.rows else None)

    def _typed(self) -> None:
        text = self.seed.text()
        if text and int(text) < SEED_LIMIT:
            if self._studio.recipe is not None and int(text) != self._studio.recipe.point.seed:
                self._studio.seed(int(text))
        else:
            self._fail(f"seed {text or 'empty'}: allowed are 0 to {SEED_LIMIT - 1}")

    def _step(self, by: int) -> None:
        if (point := self._studio.point()) is not None:
            self._studio.seed((point.seed + by) % SEED_LIMIT)

    def _fail(self, reason: str) -> None:
        self.trouble.setText(reason)
        self.trouble.show()


def end_words(seed: int, edits: tuple[float, ...]) -> str:
    """Return an end of a walk in words."""
    return f"seed {seed}" + (", moved" if any(edits) else "")
