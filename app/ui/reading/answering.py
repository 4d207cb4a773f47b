"""From keys to an answer: six steps, or a side and how sure; and marks with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt

from app.language import later, tr
from app.ui.reading.conductor import Answer

STEPS = (later("surely"), later("probably"), later("rather"))
NAMES = {
    False: (later("real"), later("generated")),
    True: (later("left"), later("right")),
}
KEY_NAMES = {False: ("R", "G"), True: ("\u2190", "\u2192")}


def side_words(pair: bool, right: bool) -> str:
    """Return the word of an answer: real or generated, left or right."""
    return tr(NAMES[pair][int(right)])


@dataclass(slots=True)
class Pad:
    """The answer being given to one trial; `press` takes a key and says when it is complete."""

    task: Mapping[str, Any]
    step: int = 0  #: 1 to 6, 0 before a choice
    side: bool | None = None
    typed: str = ""
    changes: int = 0

    @property
    def pair(self) -> bool:
        """Whether two cases are compared."""
        return bool(self.task["kind"] == "2afc")

    def press(self, key: int) -> bool:
        """Take a key; return whether the answer is given."""
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self.answered
        return self._six(key) if self.task["scale"] == "six" else self._percent(key)

    @property
    def answered(self) -> bool:
        """Whether there is enough to confirm."""
        return self.step > 0 if self.task["scale"] == "six" else bool(self.typed)

    def _six(self, key: int) -> bool:
        step = key - Qt.Key.Key_0
        if not 1 <= step <= 6:
            return False
        self.changes += self.step not in (0, step)
        self.step = step
        return not self.task["confirm"]

    def _percent(self, key: int) -> bool:
        first, second = (
            (Qt.Key.Key_Left, Qt.Key.Key_Right) if self.pair else (Qt.Key.Key_R, Qt.Key.Key_G)
        )
        if key in (first, second):
            side = key == second
            self.changes += self.side not in (None, side)
            self.side = side
        elif key == Qt.Key.Key_Backspace:
            self.typed = self.typed[:-1]
        elif self.side is not None and Qt.Key.Key_0 <= key <= Qt.Key.Key_9:
            typed = str(int(self.typed + chr(key)))
            if int(typed) <= 100:
                self.typed = typed
        return False

    def answer(self, zoomed: int, marks: tuple[Mapping[str, Any], ...]) -> Answer:
        """Return the answer as it is recorded."""
        if self.task["scale"] == "six":
            called, rating = self.step > 3, self.step
            sure = round(100 * (abs(2 * self.step - 7) + 1) / 6)
        else:
            called, sure = bool(self.side), int(self.typed)
            rating = sure if called else -sure
        return Answer(
            called=called,
            rating=rating,
            sure=sure,
            changes=self.changes,
            zoomed=zoomed,
            marks=marks,
        )

    def choices(self) -> list[tuple[str, str, bool]]:
        """Return key, words and whether chosen, for each answer there is; no key marks a title."""
        if self.task["scale"] == "six":
            rows = [(str(n), tr(words), n == self.step) for n, words in enumerate(STEPS, 1)]
            rows += [(str(n), tr(words), n == self.step) for n, words in enumerate(STEPS[::-1], 4)]
            titles = [("", side_words(self.pair, right), False) for right in (False, True)]
            return [titles[0], *rows, titles[1]]
        sides = [
            (KEY_NAMES[self.pair][right], side_words(self.pair, bool(right)), self.side == right)
            for right in (False, True)
        ]
        sure = tr("{percent} % sure", percent=self.typed or "..")
        return [*sides, ("0-100", sure, bool(self.typed))]
