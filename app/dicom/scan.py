"""From files, folders and ZIP archives to exams, headers only, as they are found."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.mammogram import SCREENING, Exam, Facts
from app.core.marks import Marks
from app.dicom.location import MARK, NoImage, Unreadable, name_of
from app.dicom.read import members, read_facts, read_marks

#: Files of a folder that are no images by their ending, passed over without a word.
QUIET = (".csv", ".txt", ".json", ".jsonl", ".md", ".html", ".xml", ".pdf", ".py", ".toml", ".log")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many of the files known so far have been looked at."""

    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamFound:
    """An exam, new or grown: it replaces an earlier one of the same id."""

    exam: Exam


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file that can't be shown, and why, in one plain sentence."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarksFound:
    """A presentation state or a CAD report: it belongs to images found before or after it."""

    marks: Marks


Event = Progress | ExamFound | MarksFound | Refused


def scan(
    paths: Sequence[str | Path], cancelled: Callable[[], bool] = lambda: False
) -> Iterator[Event]:
    """Yield what is found under paths, in a fixed order; ends early once cancelled.

    An exam is told of when its four screening views are there and at the end of each folder, so
    that the first can be hung while the rest is still being scanned.
    """
    exams: dict[str, dict[str, Facts]] = {}
    changed: dict[str, None] = {}
    done = known = 0
    for folder in _folders(paths):
        if isinstance(folder, Refused):
            yield folder
            continue
        known += len(folder)
        for location in folder:
            if cancelled():
                return
            try:
                facts = read_facts(location)
            except NoImage as error:
                yield _marks(location, error)
            except Unreadable as error:
                yield Refused(file=location, reason=str(error))
            else:
                exams.setdefault(facts.exam, {})[location] = facts
                changed[facts.exam] = None
                if _complete(exams[facts.exam].values()):
                    del changed[facts.exam]
                    yield ExamFound(exam=_exam(facts.exam, exams[facts.exam]))
            done += 1
            yield Progress(done=done, total=known)
        for key in changed:
            yield ExamFound(exam=_exam(key, exams[key]))
        changed.clear()


def _marks(location: str, no_image: NoImage) -> MarksFound | Refused:
    try:
        marks = read_marks(location)
    except Unreadable as error:
        return Refused(file=location, reason=str(error))
    if marks is None:
        return Refused(file=location, reason=str(no_image))
    return MarksFound(marks=marks)


def exams_under(paths: Sequence[str | Path]) -> tuple[tuple[Exam, ...], tuple[Refused, ...]]:
    """Return all exams under paths in the order they were found, and what was refused."""
    exams: dict[str, Exam] = {}
    refused = []
    for event in scan(paths):
        if isinstance(event, ExamFound):
            exams[event.exam.id] = event.exam
        elif isinstance(event, Refused):
            refused.append(event)
    return tuple(exams.values()), tuple(refused)


def locations_under(paths: Sequence[str | Path]) -> tuple[list[str], list[Refused]]:
    """Return all locations under paths, each once, in a fixed order, and what can't be opened."""
    found: dict[str, None] = {}
    refused = []
    for folder in _folders(paths):
        if isinstance(folder, Refused):
            refused.append(folder)
        else:
            found.update(dict.fromkeys(folder))
    return list(found), refused


def _complete(images: Iterable[Facts]) -> bool:
    return {(f.side, f.view) for f in images} >= set(SCREENING)


def _exam(key: str, images: dict[str, Facts]) -> Exam:
    order = {f"{side}{view}": place for place, (side, view) in enumerate(SCREENING)}
    hung = sorted(images.values(), key=lambda f: (order.get(f.label, len(order)), f.file))
    patient = hung[0].patient
    if "exam" in hung[0].inferred or not patient:
        # The key of pictures begins with their folder, which serves where nothing else is known.
        folder, _, stem = key.rpartition("/")
        title = stem or folder.rpartition("/")[2]
    else:
        title = patient
    return Exam(id=key, title=title, images=tuple(hung), date=hung[0].date)


def _folders(paths: Sequence[str | Path]) -> Iterator[list[str] | Refused]:
    """Yield lists of locations that lie together; a path that is not there is refused."""
    for given in paths:
        path = Path(given)
        if path.is_dir():
            yield from _walk(path)
        elif path.suffix.lower() == ".zip" and path.is_file():
            yield _members(path)
        elif path.is_file() or MARK in str(given):
            yield [str(given)]
        else:
            yield Refused(file=str(given), reason=f"{path.name}: no such file or folder")


def _walk(folder: Path) -> Iterator[list[str] | Refused]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        yield Refused(file=str(folder), reason=f"{folder.name}: can't be opened: {error.strerror}")
        return
    files = [e for e in entries if e.is_file() and not _quiet(e.name)]
    yield [str(f) for f in files if f.suffix.lower() != ".zip"]
    for archive in files:
        if archive.suffix.lower() == ".zip":
            yield _members(archive)
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink() and not entry.name.startswith("."):
            yield from _walk(entry)


def _members(path: Path) -> list[str] | Refused:
    try:
        names = members(str(path))
    except Unreadable as error:
        return Refused(file=str(path), reason=str(error))
    return [f"{path}{MARK}{n}" for n in names if not _quiet(name_of(f"{path}{MARK}{n}"))]


def _quiet(name: str) -> bool:
    return name.startswith(".") or name == "DICOMDIR" or Path(name).suffix.lower() in QUIET
