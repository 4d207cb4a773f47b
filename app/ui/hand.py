"""What the reader hung by hand: which image in which place, with a history of its own."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from app.core.by_hand import Place
from app.core.mammogram import Facts

Placed = Mapping[Place, Facts]
NOTHING: Placed = {}


class ByHand(QObject):
    """Images by place, for each exam and protocol; a list of values is all undo needs."""

    changed = Signal()
    remembered = Signal()  #: a change that can be undone was made

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._now: dict[tuple[str, str], Placed] = {}
        self._past: list[tuple[tuple[str, str], Placed]] = []
        self._future: list[tuple[tuple[str, str], Placed]] = []

    def of(self, exam: str, protocol: str) -> Placed:
        """Return what was hung by hand in an exam under a protocol."""
        return self._now.get((exam, protocol), NOTHING)

    def put(self, exam: str, protocol: str, place: Place, image: Facts) -> None:
        """Hang an image."""
        key = exam, protocol
        before = self._now.get(key, NOTHING)
        if before.get(place) == image:
            return
        self._past.append((key, before))
        self._future.clear()
        self._now[key] = {**before, place: image}
        self.remembered.emit()
        self.changed.emit()

    def clear(self) -> None:
        """Forget everything: other exams are opened."""
        self._now.clear()
        self._past.clear()
        self._future.clear()

    def undo(self) -> None:
        """Take the last image out again."""
        self._travel(self._past, self._future)

    def redo(self) -> None:
        """Hang it again."""
        self._travel(self._future, self._past)

    def _travel(
        self,
        source: list[tuple[tuple[str, str], Placed]],
        target: list[tuple[tuple[str, str], Placed]],
    ) -> None:
        if source:
            key, placed = source.pop()
            target.append((key, self._now.get(key, NOTHING)))
            self._now[key] = placed
            self.changed.emit()
