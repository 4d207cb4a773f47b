"""What the list of exams says of each, and how it is narrowed and ordered; no Qt."""

from collections.abc import Callable
from dataclasses import dataclass

from app.core.mammogram import SCREENING, Exam, Source
from app.language import later

LAST = 10**8  #: later than any date
SHOWN_VIEWS = 8  #: labels told of an exam; the rest is counted


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """An exam with what the list needs of it, worked out once."""

    exam: Exam
    number: int  #: in the order found
    name: str
    date: int  #: as a number, 0 when not known
    words: str  #: all that a search looks through, in small letters


Accepts = Callable[[Row], bool]
Key = Callable[[Row], tuple[object, ...]]


def row_of(exam: Exam, number: int) -> Row:
    """Return the row of an exam."""
    name = exam.title.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    labels = " ".join(image.label for image in exam.images)
    modifiers = " ".join(word for image in exam.images for word in sorted(image.modifiers))
    kind = exam.source.value if exam.source is Source.SYNTHETIC else ""
    when = day(exam)
    parts = (name, exam.date, when, labels, modifiers, kind)
    date = int(exam.date) if when else 0
    return Row(exam, number, name, date, " ".join(parts).lower())


def day(exam: Exam) -> str:
    """Return the exam's date as 2026-03-31, empty when none is known."""
    text = exam.date
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdecimal() else ""


def views(exam: Exam) -> str:
    """Return the labels of an exam's images, each once with how often, the first few."""
    counts: dict[str, int] = {}
    for image in exam.images:
        counts[image.label] = counts.get(image.label, 0) + 1
    labels = [
        label if n == 1 else f"{n}\N{MULTIPLICATION SIGN}{label}" for label, n in counts.items()
    ]
    more = len(labels) - SHOWN_VIEWS
    return " ".join([*labels[:SHOWN_VIEWS], *([f"+{more}"] if more > 0 else [])])


def _screening(row: Row) -> bool:
    return {(image.side, image.view) for image in row.exam.images} >= set(SCREENING)


#: What the list can be narrowed to, in the order offered.
KINDS: dict[str, Accepts] = {
    later("All exams"): lambda row: True,
    later("Four views"): _screening,
    later("Views missing"): lambda row: not _screening(row),
    later("Real"): lambda row: row.exam.source is Source.REAL,
    later("Generated"): lambda row: row.exam.source is Source.SYNTHETIC,
    later("Something inferred"): lambda row: any(image.inferred for image in row.exam.images),
}


#: How the list can be ordered; exams without a date come last.
ORDERS: dict[str, Key] = {
    later("As found"): lambda row: (row.number,),
    later("Newest first"): lambda row: (-row.date, row.number),
    later("Oldest first"): lambda row: (row.date or LAST, row.number),
    later("By name"): lambda row: (row.name.lower(), row.date, row.number),
}


def accepts(text: str, kind: str) -> Accepts:
    """Return what tells whether a row holds all words of a text and is of a kind."""
    words = text.lower().split()
    wanted = KINDS[kind]
    if not words:
        return wanted
    return lambda row: all(word in row.words for word in words) and wanted(row)
