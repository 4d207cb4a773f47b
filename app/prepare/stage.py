"""What is done so far, kept on disk until the set is written, so that a killed run goes on.

One journal line follows each image's bytes: a line that is whole stands for bytes that are. It
holds hashes of patients and the locations of files, is readable by its owner only, and is deleted
once the set is written.
"""

import json
import shutil
import zlib
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from app.dicom.location import split
from app.prepare.frame import BASE
from app.prepare.work import FINE, Outcome, Seen, Settings

VERSION = 1  #: of what workers do to an image; another one cannot go on with what is staged


def stamp(location: str) -> list[int]:
    """Return size and time of change of the file at a location: it is done anew when they differ.

    Zeros stand for a file that is gone.
    """
    try:
        found = split(location)[0].stat()
    except OSError:
        return [0, 0]
    return [found.st_size, found.st_mtime_ns]


class Stage:
    """A folder with images done so far; `images[location]` is a place, `left_out` has reasons.

    ValueError when another process works on it or when it was begun with other settings.
    """

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder, self.settings, self.rows = folder, settings, settings.rows
        self.columns = settings.rows * BASE[1] // BASE[0]
        self.images: dict[str, int] = {}
        self.seen: dict[str, Seen] = {}
        self.left_out: dict[str, tuple[str, int | None]] = {}
        self._count = 0
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._journal = (folder / "journal.jsonl").open("a+b")
        self._pixels = (folder / "images.bin").open("a+b")
        try:
            self._lock()
            self._resume(asdict(settings))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def __contains__(self, location: str) -> bool:
        return location in self.images or location in self.left_out

    @property
    def record_bytes(self) -> int:
        """Bytes of one image: its fine version, then the top rung."""
        return FINE[0] * FINE[1] + 2 * self.rows * self.columns

    def close(self) -> None:
        """Close the files; what was kept stays on disk."""
        self._journal.close()
        self._pixels.close()

    def remove(self) -> None:
        """Delete the folder: the set is written."""
        self.close()
        shutil.rmtree(self.folder)

    def keep(self, outcome: Outcome) -> None:
        """Write what became of an image, so that no later run does it again."""
        line: dict[str, Any] = {"location": outcome.location, "stamp": stamp(outcome.location)}
        if outcome.seen is None:
            line |= {"reason": outcome.reason, "listed": outcome.listed}
            self.left_out[outcome.location] = (outcome.reason, outcome.listed)
        else:
            assert outcome.fine is not None
            assert outcome.top is not None
            data = outcome.fine.tobytes() + outcome.top.tobytes()
            self._pixels.write(data)
            self._pixels.flush()
            line |= {"place": self._count, "crc": zlib.crc32(data), "seen": asdict(outcome.seen)}
            self.images[outcome.location] = self._count
            self.seen[outcome.location] = outcome.seen
            self._count += 1
        self._journal.write(json.dumps(line).encode() + b"\n")
        self._journal.flush()

    def fine(self, location: str) -> NDArray[np.uint8]:
        """Return the version of an image that twins are told by, (160, 128)."""
        data = self._read(self.images[location], FINE[0] * FINE[1], 0)
        return np.frombuffer(data, np.uint8).reshape(FINE)

    def top(self, location: str) -> NDArray[np.uint16]:
        """Return an image at the top rung, (rows, columns)."""
        data = self._read(self.images[location], 2 * self.rows * self.columns, FINE[0] * FINE[1])
        return np.frombuffer(data, np.uint16).reshape(self.rows, self.columns)

    def _read(self, place: int, count: int, skip: int) -> bytes:
        # Read, not mapped: mapped pages would count as memory of this process.
        self._pixels.seek(place * self.record_bytes + skip)
        return self._pixels.read(count)

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # Windows refuses to share what another process has open to write
            return
        try:
            fcntl.flock(self._journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            name = self.folder.parent.name
            raise ValueError(f"{name}: another process is preparing this set") from error

    def _resume(self, settings: dict[str, Any]) -> None:
        head = json.dumps({"version": VERSION, "settings": settings}).encode() + b"\n"
        self._journal.seek(0)
        whole = 0
        for number, line in enumerate(self._journal):
            if not line.endswith(b"\n"):  # torn by the end of the process
                break
            if number == 0 and line != head:
                raise ValueError(
                    f"{self.folder.parent.name}: was begun with other settings; "
                    "give the same ones, another folder, or --restart"
                )
            if number:
                self._take(json.loads(line))
            whole += len(line)
        self._journal.truncate(whole)
        self._pixels.truncate(self._count * self.record_bytes)
        if whole == 0:
            self._journal.write(head)
            self._journal.flush()

    def _take(self, line: dict[str, Any]) -> None:
        location = line["location"]
        if "seen" in line:
            self._count = line["place"] + 1
        if stamp(location) != line["stamp"]:
            self._forget(location)
        elif "seen" not in line:
            self._forget(location)
            self.left_out[location] = (line["reason"], line["listed"])
        elif zlib.crc32(self._read(line["place"], self.record_bytes, 0)) == line["crc"]:
            raw = line["seen"]
            seen = Seen(**raw | {k: tuple(raw[k]) for k in ("grey", "notes")})
            self._forget(location)
            self.images[location], self.seen[location] = line["place"], seen

    def _forget(self, location: str) -> None:
        self.images.pop(location, None)
        self.seen.pop(location, None)
        self.left_out.pop(location, None)
