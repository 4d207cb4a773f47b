"""What is asked of an archive and what comes back."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

Report = Callable[[int, int], None]  #: done, total; total 0 while nobody knows
Cancelled = Callable[[], bool]

MOST = 500  #: exams of one search; more are told to be narrowed down
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")  # PS3.5 9.1
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")


class ArchiveError(ValueError):
    """What went wrong with an archive, in one plain sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which exams are wanted; what is empty does not narrow.

    `patient` is a Patient ID, `name` the beginning of a name or a pattern with * and ?; dates are
    YYYYMMDD, both ends included. Raises ValueError for a date that is none.
    """

    patient: str = ""
    name: str = ""
    first: str = ""
    last: str = ""
    modality: str = "MG"
    most: int = MOST

    def __post_init__(self) -> None:
        for day in (self.first, self.last):
            if day and (len(day) != 8 or day_of(day) != day):
                raise ValueError(f"date {day!r}: write it as 2026-03-31")
        if self.first and self.last and self.first > self.last:
            raise ValueError(f"dates: {self.first} is after {self.last}")
        if self.modality and not re.fullmatch(r"[A-Z0-9]{1,16}", self.modality):
            raise ValueError(f"modality {self.modality!r}: such as MG, in capitals")
        if any("\\" in text for text in (self.patient, self.name)):
            raise ValueError("a backslash can't be searched for")

    @property
    def pattern(self) -> str:
        """The name as DICOM matches it: a beginning, unless it is a pattern already."""
        return f"{self.name}*" if self.name and not set(self.name) & set("*?") else self.name

    @property
    def span(self) -> str:
        """The dates as DICOM matches them."""
        if self.first == self.last:
            return self.first
        return f"{self.first}-{self.last}"


def day_of(text: str) -> str:
    """Return a date such as 2026-03-31 as 20260331, empty stays so; ValueError when it is none."""
    if not text.strip():
        return ""
    if (match := _DATE.fullmatch(text.strip())) is not None:
        try:
            return date(int(match[1]), int(match[2]), int(match[3])).strftime("%Y%m%d")
        except ValueError:
            pass
    raise ValueError(f"date {text!r}: write it as 2026-03-31")


def one_line(value: object, most: int = 120) -> str:
    """Return a value of an archive as one line without control characters, cut at `most`."""
    return " ".join(_CONTROL.sub(" ", str(value if value is not None else "")).split())[:most]


def checked_uid(value: object) -> str:
    """Return a UID that can stand in a request; ArchiveError for anything else."""
    text = str(value or "").strip("\0 ")
    if not _UID.fullmatch(text) or len(text) > 64:
        raise ArchiveError("a unique identifier of an exam is digits and dots, at most 64")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundExam:
    """An exam as an archive describes it."""

    uid: str  #: Study Instance UID
    patient: str = ""
    name: str = ""
    date: str = ""  #: YYYYMMDD
    description: str = ""
    modalities: str = ""
    images: int | None = None  #: None where the archive does not say

    @property
    def day(self) -> str:
        """The date as 2026-03-31, or as it stands."""
        text = self.date
        return f"{text[:4]}-{text[4:6]}-{text[6:]}" if re.fullmatch(r"\d{8}", text) else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """What arrived of an exam; `trouble` says in one sentence why it is not all, if it is not."""

    folder: Path
    files: int
    expected: int | None = None
    trouble: str = ""
    cancelled: bool = False


@dataclass(slots=True, kw_only=True)
class Sent:
    """What an archive took; what it did not, by file name with the reason."""

    stored: int = 0
    total: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    cancelled: bool = False


class Shelf:
    """A new folder that files are put into as they arrive, whole or not at all.

    Folder and files are numbered: nothing that comes from outside is ever part of a path.
    """

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            self.folder = home / f"exam-{number:04}"
            try:
                self.folder.mkdir()
            except FileExistsError:
                number += 1
            else:
                break
        self.count = 0

    def put(self, content: bytes) -> Path:
        """Write one file; OSError when the disk refuses."""
        path = self.folder / f"{self.count + 1:05}.dcm"
        beside = path.with_suffix(".part")
        try:
            beside.write_bytes(content)
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
        self.count += 1
        return path

    def close(self) -> None:
        """Leave no empty folder behind."""
        if not self.count:
            self.folder.rmdir()


def arrived_words(count: int, expected: int | None, trouble: str) -> str:
    """Return what went wrong with how much arrived in spite of it, empty when nothing did."""
    of = f" of {expected}" if expected else ""
    return f"only {count}{of} images arrived: {trouble}" if trouble and count else trouble
