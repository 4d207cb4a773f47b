"""Which exams are of one person, which of them is prior to which, and how long before."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import itemgetter

from app.core.mammogram import Exam, Facts, Source

_FIGURE = re.compile("[1-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One image of what is hung at once, and where its exam stands among the others."""

    image: Facts
    back: int  #: exams back in time, 0 for the current one and for generated ones
    variant: int  #: among the generated exams, from 1; 0 for real ones
    role: str  #: in words for the overlay: "current", "prior, 2 y 1 mo before", "seed 3"


def by_person(exams: Iterable[Exam]) -> list[tuple[Exam, ...]]:
    """Return the exams of each person, the newest first, persons in the order of their exams.

    Exams belong together when identifier and birth date are the same and each has a date of its
    own: without dates nothing is prior to anything. An identifier without a figure in it, such as
    "ANONYMOUS", may be many people's and joins nothing.
    """
    persons = Persons()
    for exam in exams:
        persons.add(exam)
    return persons.groups


class Persons:
    """Exams by person, one after the other: a scan finds ten thousand of them."""

    def __init__(self) -> None:
        self.groups: list[tuple[Exam, ...]] = []  #: as `by_person` gives them
        self._known: dict[tuple[str, str], int] = {}
        self._at: dict[str, int] = {}  #: group of an exam by its id

    def add(self, exam: Exam) -> None:
        """Put an exam to those of the same person, or into a group of its own."""
        key = _person(exam)
        at = self._known.get(key) if key is not None else None
        if at is not None and all(exam.date != other.date for other in self.groups[at]):
            group = (*self.groups[at], exam)
            self.groups[at] = tuple(sorted(group, key=lambda e: e.date, reverse=True))
            self._at[exam.id] = at
            return
        if key is not None:
            self._known.setdefault(key, len(self.groups))
        self._at[exam.id] = len(self.groups)
        self.groups.append((exam,))

    def replace(self, old: Exam, new: Exam) -> bool:
        """Put what is now known of an exam in its place; False when it belongs elsewhere now."""
        if _person(old) != _person(new) or old.date != new.date:
            return False
        return replaced(self.groups, self._at, old, new)

    def arranged(self, ids: Iterable[str]) -> list[tuple[Exam, ...]]:
        """Return the groups of these exams, without others, in the order of their first one."""
        rank = {identity: number for number, identity in enumerate(ids)}
        found: list[tuple[int, tuple[Exam, ...]]] = []
        for group in self.groups:
            if len(group) == 1:  # nearly all
                if (at := rank.get(group[0].id)) is not None:
                    found.append((at, group))
            elif kept := tuple(exam for exam in group if exam.id in rank):
                found.append((min(rank[exam.id] for exam in kept), kept))
        found.sort(key=itemgetter(0))
        return [group for _, group in found]


def replaced(
    groups: list[tuple[Exam, ...]], places: Mapping[str, int], old: Exam, new: Exam
) -> bool:
    """Put an exam in another's place in the groups; returns whether that was in one.

    `places` are the numbers of the groups by the ids of their exams: there are ten thousand.
    """
    at = places.get(old.id)
    if at is None or not any(exam is old for exam in groups[at]):
        return False
    groups[at] = tuple(new if exam is old else exam for exam in groups[at])
    return True


def _person(exam: Exam) -> tuple[str, str] | None:
    first = exam.images[0] if exam.images else None
    if first is None or exam.source is Source.SYNTHETIC or day(exam.date) is None:
        return None
    return (first.patient, first.born) if _FIGURE.search(first.patient) else None


@lru_cache(maxsize=4096)  # ten thousand exams have far fewer dates
def day(text: str) -> date | None:
    """Return a DICOM date, YYYYMMDD, as a date; None when it is none."""
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])) if len(text) == 8 else None
    except ValueError:
        return None


def day_words(text: str) -> str:
    """Return a DICOM date as people write it, 2024-03-18; a wrong one as it is."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if day(text) else text


def age_words(earlier: str, later: str) -> str:
    """Return the time between two DICOM dates in years and months; empty when one is unknown."""
    first, last = day(earlier), day(later)
    if first is None or last is None or first >= last:
        return ""
    months = 12 * (last.year - first.year) + last.month - first.month - (last.day < first.day)
    if months == 0:
        days = (last - first).days
        return f"{days} day" if days == 1 else f"{days} days"
    years, months = divmod(months, 12)
    parts = [f"{years} y" if years else "", f"{months} mo" if months else ""]
    return " ".join(part for part in parts if part)


def ranked(exams: Sequence[Exam], newest: str = "") -> list[Ranked]:
    """Return the images of exams that are hung at once, with their place in time.

    Real exams stand in order of their dates, the newest first, exams without one as given.
    `newest` is the date of the person's last exam when that is not among them.
    """
    real = [exam for exam in exams if exam.source is Source.REAL]
    if all(day(exam.date) for exam in real):
        real.sort(key=lambda exam: exam.date, reverse=True)
    back = {id(exam): number for number, exam in enumerate(real)}
    made = [exam for exam in exams if exam.source is Source.SYNTHETIC]
    variant = {id(exam): number for number, exam in enumerate(made, 1)}
    found = []
    for exam in exams:
        at, nth = back.get(id(exam), 0), variant.get(id(exam), 0)
        if nth:
            role = exam.title if len(made) > 1 else ""
        elif len(real) > 1 or (newest and newest != exam.date):
            before = age_words(exam.date, newest or real[0].date)
            last = at == 0 and newest in ("", exam.date)
            role = "current" if last else f"prior, {before} before" if before else "prior"
        else:
            role = ""
        images = sorted(exam.images, key=lambda image: image.file)
        found += [Ranked(image=image, back=at, variant=nth, role=role) for image in images]
    return found
