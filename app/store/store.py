"""The store of records: one sqlite file, one writer, durable before `append` returns.

Rollback journal with synchronous EXTRA rather than WAL: a single file to copy, and not touched by
the WAL-reset defect of SQLite 3.7.0 to 3.51.2. Beside the database stands `head.json` with number
and hash of the last record, so that records cut off the end are missed.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.reading.canonical import canonical
from app.reading.record import Record, breaks, chained
from app.store.machine import boot_id, holder_words, sleep_ns, write_holder

SCHEMA_VERSION = 1
APPLICATION_ID = 0x4D414D52  # "MAMR"
SQLITE = sqlite3.sqlite_version  #: written into every session's record
OLDEST = (3, 37, 0)  #: first with STRICT tables
PATIENCE_S = 1.0  #: to wait for another writer before saying who it is
JUMP_NS = 2_000_000_000  #: by which wall and monotonic clock may drift apart between two records


class NotSavedError(OSError):
    """A record could not be written; nothing of it is in the store, and it may be tried again."""


class Store:
    """The records of one actor; the only one that may write them while it is open."""

    def __init__(self, file: Path, start: str, actor: str) -> None:
        """Open or begin the store of `actor`, chained to `start` (see `record.genesis`).

        ValueError when the folder is read-only, another instance writes, or a record was changed.
        """
        if sqlite3.sqlite_version_info < OLDEST:
            needed = ".".join(map(str, OLDEST))
            raise ValueError(f"SQLite {sqlite3.sqlite_version} is too old; {needed} is needed")
        self.file, self.actor = file, actor
        self._head_file = file.with_name("head.json")
        self._holder = file.with_name("holder.json")
        self._connection = self._opened()
        try:
            self.records = _rows(self._connection)
            problems = breaks(self.records, start)
            if problems:
                seq, words = problems[0]
                raise ValueError(f"{file.name}: record {seq} {words}; run `reading verify`")
        except BaseException:
            self._connection.close()
            raise
        self.head = self.records[-1].hash if self.records else start
        write_holder(self._holder)
        self._write_head()

    def _opened(self) -> sqlite3.Connection:
        folder = self.file.parent
        if not os.access(folder, os.W_OK) or (
            self.file.exists() and not os.access(self.file, os.W_OK)
        ):
            raise ValueError(
                f"{folder.name}: is read-only; copy the folder to where answers can be saved"
            )
        connection = None
        try:
            connection = sqlite3.connect(self.file, timeout=PATIENCE_S, isolation_level=None)
            for pragma in (
                "locking_mode = EXCLUSIVE",
                "journal_mode = DELETE",
                "synchronous = EXTRA",
                "foreign_keys = ON",
                "trusted_schema = OFF",
            ):
                connection.execute(f"PRAGMA {pragma}")
            self._lock_and_check(connection)
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            if "locked" in str(error):
                who = holder_words(self._holder)
                raise ValueError(f"this reading is open already{who}") from None
            raise ValueError(f"{self.file.name}: {_plainly(error)}") from None
        except BaseException:
            if connection is not None:
                connection.close()
            raise
        return connection

    def _lock_and_check(self, connection: sqlite3.Connection) -> None:
        """Take the lock for good, make the tables in a new file, and check an old one."""
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
            schema = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
            connection.execute("COMMIT")
            connection.executescript(f"BEGIN IMMEDIATE;\n{schema}\nCOMMIT;")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            return
        # A write that changes nothing: a lock that is only wanted is given to nobody else.
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
        if (found := connection.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise ValueError(f"{self.file.name}: damaged: {found.splitlines()[-1]}")

    def append(self, type_: str, payload: dict[str, Any] | None = None) -> Record:
        """Write one record and return it once it is on the disk; NotSavedError when it is not.

        An `answer` holds `session` and `trial`; a second one to the same trial is an error. A jump
        of the wall clock, or a sleep of the machine, since the last record is recorded first.
        """
        now, mono = datetime.now(UTC), time.monotonic_ns()
        bodies = [*self._disturbances(now, mono), (type_, payload or {})]
        made, head = [], self.head
        for at, (kind, facts) in enumerate(bodies):
            body = {
                "seq": len(self.records) + 1 + at,
                "utc": now.isoformat(),
                "mono_ns": mono,
                "sleep_ns": sleep_ns(),
                "boot": boot_id(),
                "actor": self.actor,
                "type": kind,
                "payload": facts,
            }
            made.append(chained(head, body))
            head = made[-1].hash
        self._commit(made)
        self.records += made
        self.head = head
        self._write_head()
        return made[-1]

    def _disturbances(self, now: datetime, mono: int) -> list[tuple[str, dict[str, Any]]]:
        if not self.records:
            return []
        last = self.records[-1].value
        wall = round((now - datetime.fromisoformat(last["utc"])).total_seconds() * 1e9)
        found: list[tuple[str, dict[str, Any]]] = []
        if last["boot"] == boot_id():
            asleep = sleep_ns() - int(last["sleep_ns"])
            jump = wall - (mono - int(last["mono_ns"])) - asleep
            if asleep > JUMP_NS:
                found.append(("machine_slept", {"for_ms": asleep // 1_000_000}))
        else:
            jump = min(wall, 0)  # between two starts of the machine only going back is certain
        if abs(jump) > JUMP_NS:
            found.append(("clock_changed", {"by_ms": jump // 1_000_000}))
        return found

    def _commit(self, records: list[Record]) -> None:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            for record in records:
                connection.execute(
                    "INSERT INTO event (seq, body, hash) VALUES (?, ?, ?)",
                    (record.seq, record.body, record.hash),
                )
                if record.type == "answer":
                    where = (record.payload["session"], record.payload["trial"], record.seq)
                    connection.execute("INSERT INTO answer VALUES (?, ?, ?)", where)
            connection.execute("COMMIT")
        except sqlite3.IntegrityError as error:
            _roll_back(connection)
            raise ValueError(f"{self.file.name}: refused: {error}") from None
        except sqlite3.Error as error:
            _roll_back(connection)
            raise NotSavedError(f"not saved: {_plainly(error)}") from None

    def _write_head(self, *, database: str = "") -> None:
        """Write number and hash of the last record; an old head is only less able to tell."""
        table = {"seq": len(self.records), "hash": self.head, "database": database}
        try:
            write_durably(self._head_file, canonical(table))
        except OSError:
            return

    def close(self) -> None:
        """Let go of the store; the head then vouches for every byte of the file."""
        self._connection.close()
        self._write_head(database=file_hash(self.file))
        self._holder.unlink(missing_ok=True)


def write_durably(path: Path, data: bytes) -> None:
    """Replace a file by data in one step that survives a power cut."""
    new = path.with_name(path.name + ".new")
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_records(file: Path) -> tuple[list[Record], list[tuple[int, int, int]]]:
    """Return records and answers (session, trial, seq) of a store without touching it.

    ValueError when it can't be read, or its own check fails. A copy is read: a journal left by a
    crash is then rolled back there.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        shutil.copyfile(file, copy)
        journal = file.with_name(file.name + "-journal")
        if journal.exists():
            shutil.copyfile(journal, copy.with_name("copy.db-journal"))
        connection = sqlite3.connect(copy)
        try:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            if found != "ok":
                raise ValueError(f"{file.name}: damaged: {found.splitlines()[-1]}")
            answers = connection.execute("SELECT session, trial, seq FROM answer").fetchall()
            # Three columns make three numbers; a tuple of a map has no length to the checker.
            return _rows(connection), [tuple(map(int, row)) for row in answers]  # type: ignore[misc]
        except (sqlite3.Error, TypeError) as error:
            raise ValueError(f"{file.name}: damaged: {_plainly(error)}") from None
        finally:
            connection.close()


def read_head(file: Path) -> dict[str, Any] | None:
    """Return the head beside a store, None when there is none; ValueError when it is damaged."""
    head = file.with_name("head.json")
    if not head.is_file():
        return None
    data = head.read_bytes()
    try:
        table = json.loads(data)
        intact = canonical(table) == data and set(table) == {"seq", "hash", "database"}
    except (ValueError, AssertionError, TypeError):
        intact = False
    if not intact:
        raise ValueError("head.json: damaged: not as it was written")
    return dict(table)


def _rows(connection: sqlite3.Connection) -> list[Record]:
    rows = connection.execute("SELECT seq, body, hash FROM event ORDER BY rowid")
    return [Record(seq=int(seq), body=bytes(body), hash=str(mark)) for seq, body, mark in rows]


def _roll_back(connection: sqlite3.Connection) -> None:
    """Undo what is open; SQLite itself has done so after some errors."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _plainly(error: Exception) -> str:
    words = {
        "database or disk is full": "the disk is full; free some space and try again",
        "attempt to write a readonly database": "the file is read-only",
        "unable to open database file": "the folder can't be written to",
        "disk I/O error": "the disk can't be written to",
    }
    return words.get(str(error), str(error))
