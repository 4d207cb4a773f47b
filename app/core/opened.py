"""The exams that lie open, by person, in the order one pages through them."""

from collections.abc import Mapping, Sequence

from app.core.mammogram import Exam, Source
from app.core.persons import Persons, replaced


class Opened:
    """Exams by id as a scan finds them, ten thousand and more."""

    def __init__(self) -> None:
        self.exams: dict[str, Exam] = {}
        self.real = True  #: whether nothing generated is among them
        self.order: list[str] | None = None  #: in which they are paged through, None as found
        self._persons: Persons | None = None
        self._arranged: list[tuple[Exam, ...]] | None = None
        self._places: dict[str, int] = {}  #: in what is arranged, by id

    def add(self, exams: Mapping[str, Exam]) -> bool:
        """Take exams in; returns whether one of them was there and has grown."""
        grown = any(identity in self.exams for identity in exams)
        self.exams |= exams
        self.real &= all(exam.source is Source.REAL for exam in exams.values())
        self._arranged = None
        if grown:
            self._persons = None
        elif self._persons is not None:
            for exam in exams.values():
                self._persons.add(exam)
        return grown

    def replace(self, exam: Exam) -> None:
        """Put what is now known of an exam in its place."""
        old = self.exams[exam.id]
        self.exams[exam.id] = exam
        if self._persons is not None and not self._persons.replace(old, exam):
            self._persons = self._arranged = None
        elif self._arranged is not None:  # pictures come by the dozen: nothing is ordered anew
            replaced(self._arranged, self._places, old, exam)

    def arrange(self, ids: Sequence[str] | None, here: set[str]) -> None:
        """Page through these exams in this order from now on; None is all of them, as found.

        What is `here`, in view, comes first when it is not among them.
        """
        self._arranged = None
        self.order = None if ids is None else list(ids)
        if self.order is not None and not here & set(self.order):
            self.order[:0] = [identity for identity in self.exams if identity in here]

    def in_order(self) -> list[Exam]:
        """Return the exams in the order one pages through them."""
        if self.order is None:
            return list(self.exams.values())
        return [self.exams[identity] for identity in self.order if identity in self.exams]

    def persons(self) -> list[tuple[Exam, ...]]:
        """Return the exams of each person, the newest first, persons in the order of their exams.

        Who has which exams is found once: only the order is worked out again.
        """
        if self._persons is None:
            self._persons = Persons()
            for exam in self.exams.values():
                self._persons.add(exam)
        if self.order is None:
            return self._persons.groups
        if self._arranged is None:
            self._arranged = self._persons.arranged(self.order)
            self._places = {e.id: n for n, group in enumerate(self._arranged) for e in group}
        return self._arranged
