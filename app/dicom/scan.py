"""From files, folders and ZIP archives to exams, headers only, as they are found."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.mammogram import SCREENING, Exam, Facts
from app.core.marks import Marks
from app.dicom.location import MARK, NoImage, Unreadable, name_of
from app.dicom.read import facts_of_all, listed, members, read_marks

#: Files of a folder that are no images by their ending, passed over without a word.
QUIET = (".csv", ".txt", ".json", ".jsonl", ".md", ".html", ".xml", ".pdf", ".py", ".toml", ".log")
DICOMDIR = "DICOMDIR"
FIRST, MOST = 4, 64  #: headers read at once, at the beginning and later


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
    for batch in _batches(_folders(paths)):
        if isinstance(batch, Refused):
            yield batch
            continue
        known = max(known, done + len(batch))
        for (location, last), facts in zip(batch, facts_of_all([f for f, _ in batch]), strict=True):
            if cancelled():
                return
            if isinstance(facts, NoImage):
                yield _marks(location, facts)
            elif isinstance(facts, Unreadable):
                yield Refused(file=location, reason=str(facts))
            else:
                exams.setdefault(facts.exam, {})[location] = facts
                changed[facts.exam] = None
                if _complete(exams[facts.exam].values()):
                    del changed[facts.exam]
                    yield ExamFound(exam=_exam(facts.exam, exams[facts.exam]))
            done += 1
            yield Progress(done=done, total=known)
            if last:
                for key in changed:
                    yield ExamFound(exam=_exam(key, exams[key]))
                changed.clear()


def _batches(
    folders: Iterable[list[str] | Refused],
) -> Iterator[list[tuple[str, bool]] | Refused]:
    """Yield files to be read at once, each with whether it is the last of its folder.

    Few at first, so that something can be hung soon; then more, which is quicker for each.
    """
    batch: list[tuple[str, bool]] = []
    most = FIRST
    for folder in folders:
        if isinstance(folder, Refused):
            yield folder
            continue
        for place, location in enumerate(folder, 1):
            batch.append((location, place == len(folder)))
            if len(batch) >= most:
                yield batch
                batch, most = [], min(2 * most, MOST)
    if batch:
        yield batch


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
        elif path.name.upper() == DICOMDIR and path.is_file():
            yield from _listed(path)
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


def _listed(path: Path) -> Iterator[list[str] | Refused]:
    """Yield what a DICOMDIR lists, and nothing that lies outside its folder, by any link."""
    try:
        names = listed(str(path))
    except Unreadable as error:
        yield Refused(file=str(path), reason=str(error))
        return
    root = path.parent.resolve()
    found = []
    for parts in names:
        file = _beside(path.parent, parts)
        if file is not None and file.resolve().is_relative_to(root):
            found.append(str(file))
    if (lost := len(names) - len(found)) or not found:
        words = f"{lost:,} of the {len(names):,} files it lists are not there"
        reason = f"{path.name}: {words if names else 'lists no file'}; open its folder instead"
        yield Refused(file=str(path), reason=reason)
    yield found


def _beside(folder: Path, parts: Sequence[str]) -> Path | None:
    """Return a file by the names of its path; many disks have them in small letters."""
    path = folder.joinpath(*parts)
    if path.is_file():
        return path
    small = folder.joinpath(*(part.lower() for part in parts))
    return small if small.is_file() else None


def _members(path: Path) -> list[str] | Refused:
    try:
        names = members(str(path))
    except Unreadable as error:
        return Refused(file=str(path), reason=str(error))
    return [f"{path}{MARK}{n}" for n in names if not _quiet(name_of(f"{path}{MARK}{n}"))]


def _quiet(name: str) -> bool:
    return name.startswith(".") or name.upper() == DICOMDIR or Path(name).suffix.lower() in QUIET
