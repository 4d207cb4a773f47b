"""Opens files of strangers: images, headers, marks, archives; from any thread, Qt around or not.

Everything is parsed and decoded in processes of their own with bounds on memory and time
(`app.dicom.sandbox`); this one gets checked values. A file that crashes, hangs or starves its
process is refused in one sentence like any other that can't be opened. This module imports no
pydicom, so that it costs a window's start nothing.
"""

import atexit
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.display import Encoding
from app.core.mammogram import Facts, Mammogram
from app.core.marks import Marks
from app.core.protocol import Protocol
from app.core.protocol_file import protocol_of
from app.core.recipe import Recipe
from app.core.reel import Reel, reel_from_json
from app.dicom import raster
from app.dicom.location import NoImage, Unreadable
from app.dicom.sandbox.arena import SIZE
from app.dicom.sandbox.limits import BOUNDED, Limits, bound
from app.dicom.sandbox.pool import Child, Pool, refusal
from app.dicom.sandbox.wire import Broken, unpacked

__all__ = [
    "BOUNDED",
    "Limits",
    "NoImage",
    "Unreadable",
    "close",
    "facts_of_all",
    "hanging_protocol",
    "headline",
    "info",
    "is_raster",
    "kept",
    "listed",
    "members",
    "read",
    "read_facts",
    "read_marks",
    "recipe_in",
    "reel_in",
    "sendable",
    "warm",
    "within",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What `app.dicom.kept` passes on, typed."""

    words: dict[str, str]
    numbers: dict[str, list[float]]
    view: str
    modifiers: list[str]
    orientation: list[str]
    digital: bool
    identifiers: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """What `app.dicom.headline` passes on, typed."""

    words: dict[str, str]
    numbers: dict[str, list[float]]
    table: NDArray[np.uint16] | None
    first: int
    bits: int


_lock = threading.Lock()
_pool: Pool | None = None
_within = False  #: whether this process is itself one that may die of a file


def is_raster(location: str) -> bool:
    """Say whether a location is read as PNG, JPEG or TIFF, by its ending."""
    return location.lower().endswith(raster.SUFFIXES)


def read(location: str) -> Mammogram:
    """Return the mammogram at a location, with side and orientation completed from the pixels.

    Unreadable says in one sentence why it can't be shown.
    """
    if _within:
        from app.dicom import direct

        return direct.read(location)

    def take(found: Any, child: Child) -> Mammogram:
        return _mammogram(found, location, child)

    mammogram: Mammogram = _ask("read", location, take)
    return mammogram


def read_facts(location: str) -> Facts:
    """Return what is known of an image without decoding it; Unreadable when it can't be shown."""
    if _within:
        from app.dicom import direct

        return direct.read_facts(location)

    def take(found: Any, _: Child) -> Facts:
        return _facts(found, location)

    facts: Facts = _ask("facts", location, take)
    return facts


def facts_of_all(locations: Sequence[str]) -> list[Facts | Unreadable]:
    """Return what is known of each of many images, or why it can't be shown, in their order.

    They share one request; when a process dies of one, each is asked for on its own.
    """

    def take(found: Any, _: Child) -> list[Facts | Unreadable]:
        if not isinstance(found, list) or len(found) != len(locations):
            raise Broken("other answers than were asked for")
        told: list[Facts | Unreadable] = []
        for answer, location in zip(found, locations, strict=True):
            if isinstance(answer, dict) and "found" in answer:
                told.append(_facts(answer["found"], location))
            else:
                told.append(_refused(answer, location))
        return told

    if not _within and len(locations) > 1:
        try:
            told: list[Facts | Unreadable] = _ask("several", json.dumps(list(locations)), take)
        except Unreadable:
            pass
        else:
            return told
    return [_facts_or_why(location) for location in locations]


def _facts_or_why(location: str) -> Facts | Unreadable:
    try:
        return read_facts(location)
    except Unreadable as error:
        return error


def _refused(answer: Any, location: str) -> Unreadable:
    error = refusal(answer, location) if isinstance(answer, dict) else None
    if not isinstance(error, Unreadable):
        raise Broken("a refusal that is none")
    return error


def read_marks(location: str) -> Marks | None:
    """Return the marks in a file, None when it is neither presentation state nor CAD report."""

    def take(found: Any, _: Child) -> Any:
        return unpacked(Marks | None, found)

    marks: Marks | None = _ask("marks", location, take)
    return marks


def members(archive: str) -> list[str]:
    """Return the names of the files in a ZIP archive; Unreadable when it is none."""
    names: list[str] = _ask("members", archive, lambda found, _: unpacked(list[str], found))
    return names


def listed(dicomdir: str) -> list[list[str]]:
    """Return the parts of the path of each file a DICOMDIR lists; Unreadable when it is none."""
    kind = list[list[str]]
    parts: list[list[str]] = _ask("dicomdir", dicomdir, lambda found, _: unpacked(kind, found))
    return parts


def info(location: str) -> dict[str, Any]:
    """Return facts, encoding and windows of an image, as JSON has them, for people to read."""
    told: dict[str, Any] = _ask("info", location, lambda found, _: unpacked(dict[str, Any], found))
    return told


def kept(location: str) -> dict[str, Any]:
    """Return what of a DICOM header may leave (`app.dicom.kept`), and what identifiers come from.

    Unreadable when it is no DICOM image.
    """
    told: Kept = _ask("kept", location, lambda found, _: unpacked(Kept, found))
    return {field.name: getattr(told, field.name) for field in fields(told)}


def headline(location: str) -> dict[str, Any]:
    """Return what `app.dicom.headline.dataset_from` makes a header of; Unreadable when none."""
    told: Headline = _ask("headline", location, lambda found, _: unpacked(Headline, found))
    return {field.name: getattr(told, field.name) for field in fields(told)}


def sendable(location: str) -> tuple[str, str]:
    """Return SOP class and transfer syntax of a DICOM file, empty where not stated.

    Unreadable when it is none.
    """
    kind = tuple[str, str]
    told: tuple[str, str] = _ask("sendable", location, lambda found, _: unpacked(kind, found))
    return told


def hanging_protocol(path: Path) -> tuple[Protocol, list[str]]:
    """Return the protocol of a DICOM file, and in sentences what of it Mammoscope does not do.

    ValueError when the file is none, or hangs no mammograms.
    """
    kind = tuple[str, list[str]]
    told: tuple[str, list[str]] = _ask(
        "protocol", str(path), lambda found, _: unpacked(kind, found)
    )
    return protocol_of(json.loads(told[0]), path.name), told[1]


def recipe_in(location: str | Path) -> Recipe | None:
    """Return the recipe an exported file holds, of several the first; None when it holds none.

    ValueError when it holds something that is not a recipe of this version.
    """
    reel = reel_in(location)
    return None if reel is None else reel.recipes[0]


def reel_in(location: str | Path) -> Reel | None:
    """Return the recipes that a DICOM, PNG, TIFF, GIF, PDF, MP4 or JSON file holds, if any.

    ValueError when it holds something that is not a recipe of this version.
    """
    text: str | None = _ask("recipe", str(location), lambda found, _: unpacked(str | None, found))
    return None if text is None else reel_from_json(text)


def warm(count: int = 1) -> None:
    """Start what the first file will need, or as many files at once; returns at once."""
    _shared().warm(count)


def close() -> None:
    """End the processes; who waits for a file is told that it was not opened."""
    global _pool
    with _lock:
        if _pool is not None:
            _pool.close()
        _pool = None


def within(limits: Limits | None = None) -> None:
    """Say that this process may die of a file: it opens them itself, under a bound on memory."""
    global _within
    _within = True
    bound(limits or Limits(memory=2 * 2**30), writes=True)


def _shared() -> Pool:
    global _pool
    with _lock:
        if _pool is None:
            _pool = Pool()
        return _pool


def _ask(what: str, location: str, take: Any) -> Any:
    return _shared().ask(what, location, take)


def _facts(found: Any, location: str) -> Facts:
    facts: Facts = unpacked(Facts, found)
    if facts.file != location or not (0 < facts.rows < 65536 and 0 < facts.columns < 65536):
        raise Broken("facts of something else")
    return facts


def _mammogram(found: Any, location: str, child: Child) -> Mammogram:
    """Check an answer and copy its pixels out of the shared memory, none above what bits allow."""
    if not isinstance(found, dict) or found.keys() != {"facts", "encoding", "fogged", "breast"}:
        raise Broken("no mammogram")
    facts = _facts(found["facts"], location)
    encoding: Encoding = unpacked(Encoding, found["encoding"])
    ends = [end for air in (encoding.air, encoding.dim_air) if air for end in air]
    shape = facts.rows, facts.columns
    if (
        not 8 <= encoding.bits <= 16
        or not -32768 <= encoding.offset <= 0
        or not encoding.slope
        or any(not 0 <= end < 65536 for end in ends)
        or 2 * facts.rows * facts.columns > SIZE
    ):
        raise Broken("an encoding that is none")
    pixels = np.bitwise_and(child.arena.room(shape), np.uint16(2**encoding.bits - 1))
    fogged: NDArray[np.bool_] | None = unpacked(NDArray[np.bool_] | None, found["fogged"])
    top, left, bottom, right = breast = unpacked(tuple[int, int, int, int], found["breast"])
    if not (0 <= top < bottom <= facts.rows and 0 <= left < right <= facts.columns):
        raise Broken("a breast outside of its picture")
    return Mammogram(facts=facts, pixels=pixels, encoding=encoding, fogged=fogged, breast=breast)


atexit.register(close)
