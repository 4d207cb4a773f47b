"""A disk whose power can fail: what was not synced is kept, lost or torn, at random, out of order.

SQLite runs on it through APSW; what the platters hold after a failure is written to real files,
which the store then opens as it always does. Directory entries are entries of a directory: a file
made or deleted is so for good only when the directory was synced.
"""

import random
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import apsw

SECTOR = 512
NAME = "failing power"


class PowerFailure(apsw.IOError):
    """The power is gone; nothing can be read or written any more."""


class Disk:
    """Files as they appear, and as they would be found after a power failure."""

    def __init__(self, files: dict[str, bytes], seed: int, fails_after: int) -> None:
        self.random = random.Random(seed)
        self.left = fails_after
        self.now = {name: bytearray(data) for name, data in files.items()}
        self.durable = {name: bytearray(data) for name, data in files.items()}
        self.pending: dict[str, list[Callable[[bytearray], None]]] = {}
        self.deleted: set[str] = set()  #: not yet for good

    def step(self) -> None:
        """Count an operation that changes something; the power fails at a chosen one."""
        if self.left <= 0:
            raise PowerFailure
        self.left -= 1

    def change(self, name: str, change: Callable[[bytearray], None]) -> None:
        """Change a file as it appears; for good only when it is synced."""
        self.step()
        change(self.now[name])
        self.pending.setdefault(name, []).append(change)

    def sync(self, name: str) -> None:
        """Bring a file and its entry in the directory to the platters."""
        self.step()
        self.durable[name] = bytearray(self.now[name])
        self.pending.pop(name, None)
        self.deleted.discard(name)

    def delete(self, name: str, for_good: bool) -> None:
        """Delete a file; the entry may come back when the directory is not synced."""
        self.step()
        del self.now[name]
        self.pending.pop(name, None)
        if for_good:
            self.durable.pop(name, None)
        else:
            self.deleted.add(name)

    def after_failure(self) -> dict[str, bytes]:
        """Return the files found when the power is back."""
        for name, changes in self.pending.items():
            kept = [change for change in changes if self.random.random() < 0.5]
            self.random.shuffle(kept)
            if name not in self.durable and self.random.random() < 0.5:
                continue  # not even its entry
            data = self.durable.setdefault(name, bytearray())
            for change in kept:
                change(data)
        for name in self.deleted:
            if self.random.random() < 0.5:
                self.durable.pop(name, None)
        return {name: bytes(data) for name, data in self.durable.items()}


def written(disk: Disk, data: bytes, offset: int) -> Callable[[bytearray], None]:
    """Return a write that may be torn between sectors when it was not synced."""
    first = True

    def change(file: bytearray) -> None:
        nonlocal first
        part = data
        if not first:  # replayed after the failure: perhaps only so many sectors of it
            part = data[: disk.random.randrange(0, len(data) // SECTOR + 2) * SECTOR]
        first = False
        file.extend(bytes(max(0, offset + len(part) - len(file))))
        file[offset : offset + len(part)] = part

    return change


class File:
    """One open file, as SQLite asks for it."""

    def __init__(self, disk: Disk, name: str) -> None:
        self.disk, self.name = disk, name
        disk.now.setdefault(name, bytearray())
        self.lock = 0

    def xRead(self, amount: int, offset: int) -> bytes:
        return bytes(self.disk.now[self.name][offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        self.disk.change(self.name, written(self.disk, bytes(data), offset))

    def xTruncate(self, size: int) -> None:
        def change(file: bytearray) -> None:
            del file[size:]

        self.disk.change(self.name, change)

    def xSync(self, flags: int) -> None:
        self.disk.sync(self.name)

    def xFileSize(self) -> int:
        return len(self.disk.now[self.name])

    def xLock(self, level: int) -> None:
        self.lock = level

    def xUnlock(self, level: int) -> None:
        self.lock = level

    def xCheckReservedLock(self) -> bool:
        return False

    def xFileControl(self, op: int, pointer: int) -> bool:
        return False

    def xSectorSize(self) -> int:
        return SECTOR

    def xDeviceCharacteristics(self) -> int:
        return 0

    def xClose(self) -> None:
        return


class System(apsw.VFS):
    """The file system of one disk."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        super().__init__(NAME, "")

    def xFullPathname(self, name: str) -> str:
        return name

    def xAccess(self, name: str, flags: int) -> bool:
        return Path(name).name in self.disk.now

    def xOpen(self, name: Any, flags: list[int]) -> File:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        flags[1] = flags[0]
        return File(self.disk, Path(path).name)

    def xDelete(self, name: str, syncdir: bool) -> None:
        self.disk.delete(Path(name).name, syncdir)


class Connection:
    """As much of sqlite3.Connection as the store uses, on the failing disk."""

    def __init__(self, file: Path, **_: Any) -> None:
        self._real = apsw.Connection(str(file), vfs=NAME)

    @property
    def in_transaction(self) -> bool:
        return bool(self._real.in_transaction)

    def execute(self, words: str, values: tuple[Any, ...] = ()) -> Any:
        try:
            return self._real.execute(words, values)
        except PowerFailure as error:
            raise apsw.IOError("power failure") from error

    def executescript(self, words: str) -> None:
        self.execute(words)

    def close(self) -> None:
        try:
            self._real.close(True)
        except (PowerFailure, apsw.Error):
            return


def sqlite() -> SimpleNamespace:
    """Return what takes the place of the module sqlite3 in the store."""
    version = apsw.sqlite_lib_version()
    return SimpleNamespace(
        connect=Connection,
        Connection=Connection,
        Error=apsw.Error,
        IntegrityError=apsw.ConstraintError,
        sqlite_version=version,
        sqlite_version_info=tuple(map(int, version.split("."))),
    )
