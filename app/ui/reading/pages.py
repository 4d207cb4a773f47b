"""The pages between trials: text in the middle of a black screen, all of it done by keyboard."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.language import later, tr
from app.ui.theme import Theme

WIDTH = 640


def label(text: str, theme: Theme, token: str = "text", size: int = 16) -> QLabel:
    """Return a wrapped label in one of the theme's colours."""
    made = QLabel(text)
    font = QFont(theme.font())
    font.setPixelSize(size)
    made.setFont(font)
    made.setStyleSheet(f"color: {theme.color(token).name()}; background: transparent;")
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    return made


class Page(QWidget):
    """A title, paragraphs and a last line that says what the keys do."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.title = label("", theme, size=22)
        self.text = label("", theme)
        self.trouble = label("", theme, "caution")
        self.hint = label("", theme, "dim", 14)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(22)
        for part in (self.title, self.text):
            column.addWidget(part)
        self.inner = QVBoxLayout()
        column.addLayout(self.inner)
        column.addWidget(self.trouble)
        column.addWidget(self.hint)
        column.addStretch()  # takes what is over, so that short pages are not drawn apart
        box = QWidget()
        box.setFixedWidth(WIDTH)
        box.setLayout(column)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        across = QHBoxLayout()  # no alignment: that would forget that words need more lines
        across.addStretch()
        across.addWidget(box)
        across.addStretch()
        outer.addLayout(across)
        outer.addStretch(3)

    def say(self, title: str, text: str, hint: str, trouble: str = "") -> None:
        """Show words."""
        for part, words in (
            (self.title, title),
            (self.text, text),
            (self.hint, hint),
            (self.trouble, trouble),
        ):
            part.setText(words)
            part.setMinimumHeight(0)  # the height asked for next is no less than what is set
            part.setMinimumHeight(part.heightForWidth(WIDTH) if words else 0)
            part.setVisible(bool(words))


class CodePage(Page):
    """Asks for the reader's code."""

    entered = Signal(str)

    def __init__(self, theme: Theme, reader: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.field = QLineEdit()
        self.field.setAccessibleName(tr("Code of this package"))
        self.field.setMaxLength(32)
        font = QFont("monospace")
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setPixelSize(20)
        self.field.setFont(font)
        self.inner.addWidget(self.field)
        self.field.returnPressed.connect(self._enter)
        self.say(
            tr("Reader {name}", name=reader),
            tr("Type the code that came with this package."),
            tr("Enter: go on      Esc: quit"),
        )

    def _enter(self) -> None:
        self.entered.emit(self.field.text())


#: What readers say of themselves and of where they sit; the first choice stands at the beginning.
DECLARED: Mapping[str, tuple[str, Sequence[str]]] = {
    "monitor": (
        later("Monitor"),
        (
            later("office"),
            later("diagnostic, calibrated"),
            later("diagnostic"),
            later("laptop"),
            later("other"),
        ),
    ),
    "light": (
        later("Light in the room"),
        (later("dimmed"), later("dark reading room"), later("office"), later("daylight")),
    ),
    "role": (
        later("Your work"),
        (
            later("radiologist"),
            later("resident"),
            later("radiographer"),
            later("physicist"),
            later("other"),
        ),
    ),
    "years": (
        later("Years with mammograms"),
        (later("0 to 2"), later("3 to 5"), later("6 to 10"), later("more than 10")),
    ),
    "per_year": (
        later("Mammograms a year"),
        (later("fewer than 1000"), later("1000 to 5000"), later("more than 5000")),
    ),
    "seen_before": (
        later("Seen such images of this study before"),
        (later("no"), later("yes"), later("not sure")),
    ),
}


class EnvironmentPage(Page):
    """Lets the reader declare the environment: up and down choose a row, left and right a value."""

    declared = Signal(dict)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.row = 0
        self.chosen = dict.fromkeys(DECLARED, 0)
        grid = QGridLayout()
        grid.setVerticalSpacing(10)
        self.labels: dict[str, tuple[QLabel, QLabel]] = {}
        for number, (key, (words, _)) in enumerate(DECLARED.items()):
            name, value = label(tr(words), theme), label("", theme)
            grid.addWidget(name, number, 0)
            grid.addWidget(value, number, 1)
            self.labels[key] = name, value
        grid.setColumnMinimumWidth(0, 330)
        self.inner.addLayout(grid)
        self.say(
            tr("You and your screen"),
            "",
            tr("Up, Down: row      Left, Right: change      Enter: go on"),
        )
        self._show()

    def _show(self) -> None:
        for number, (key, (name, value)) in enumerate(self.labels.items()):
            active = number == self.row
            words = tr(DECLARED[key][1][self.chosen[key]])
            value.setText(f"\u2039 {words} \u203a" if active else f"  {words}")
            for part in (name, value):
                token = "text" if active else "dim"
                part.setStyleSheet(f"color: {self.theme.color(token).name()};")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose, or go on."""
        keys = list(DECLARED)
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        turns = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in moves:
            self.row = (self.row + moves[Qt.Key(event.key())]) % len(keys)
        elif event.key() in turns:
            key = keys[self.row]
            count = len(DECLARED[key][1])
            self.chosen[key] = (self.chosen[key] + turns[Qt.Key(event.key())]) % count
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.declared.emit({k: DECLARED[k][1][at] for k, at in self.chosen.items()})
            return
        else:
            super().keyPressEvent(event)
            return
        self._show()


class EndPage(Page):
    """Thanks, and the completion code to copy."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.code = label("", theme, size=30)
        font = QFont("monospace")
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setPixelSize(30)
        self.code.setFont(font)
        self.inner.addWidget(self.code)
