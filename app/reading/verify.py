"""Verification: which record, case or file of a reading is not as it was written.

The chain is checked without any key. What can be found: a record changed, missing, out of order or
cut off the end, an answer without its record, a byte changed in any file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.reading.canonical import loads, plain_code, sha256
from app.reading.package import (
    ACCESS,
    EVENTS,
    FEEDBACK,
    HEAD,
    ORDER,
    PACK,
    Pack,
    open_pack,
    read_protocol,
)
from app.reading.record import Record, breaks, code_at_end, completion_code, genesis
from app.reading.seal import AUDIT, CODES, PACKAGES
from app.reading.session import Course, Progress

COORDINATOR = "coordinator"
LEDGER, RETURNED = "ledger", "returned"
Answers = list[tuple[int, int, int]]  #: session, trial, seq


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How sqlite files are read; the module that may import sqlite3 provides it."""

    records: Callable[[Path], tuple[list[Record], Answers]]
    head: Callable[[Path], dict[str, Any] | None]
    file_hash: Callable[[Path], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it was written."""

    file: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where one reader stands, as the records tell."""

    reader: str
    records: int
    answered: int
    trials: int
    ended: bool
    interruptions: int
    code: str  #: completion code the reader was shown at the last end of a session


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Everything found, and where the readers stand."""

    protocol_hash: str
    findings: tuple[Finding, ...]
    states: tuple[State, ...]

    @property
    def intact(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def verify(
    folder: Path, reader: Reader, *, code: str = "", key_file: Path | None = None
) -> Verification:
    """Return what is found in a reader's package or in a whole reading.

    `code` is a completion code noted at the end of a session: records up to there must exist.
    ValueError when the folder is no reading at all.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder.name}: no such folder")
    try:
        protocol, protocol_hash = read_protocol(folder)
    except ValueError as error:
        if "is no reading" in str(error):
            raise
        finding = Finding(file="protocol.json", what=str(error).partition(": ")[2])
        return Verification(protocol_hash="", findings=(finding,), states=())
    check = _Check(protocol, protocol_hash, reader)
    if (folder / ORDER).is_file():
        check.package(folder, "")
    else:
        check.whole(folder)
    if code:
        check.code(code)
    if key_file is not None:
        check.same(key_file, protocol["key"], key_file.name)
    return Verification(
        protocol_hash=protocol_hash, findings=tuple(check.findings), states=tuple(check.states)
    )


class _Check:
    """Collects findings over the files of one reading."""

    def __init__(self, protocol: Mapping[str, Any], protocol_hash: str, reader: Reader) -> None:
        self.protocol, self.protocol_hash, self.reader = protocol, protocol_hash, reader
        self.findings: list[Finding] = []
        self.states: list[State] = []
        self.codes: set[str] = set()
        self._packs: dict[tuple[int, int], Pack | None] = {}

    def found(self, file: str, what: str) -> None:
        self.findings.append(Finding(file=file, what=what))

    def same(self, path: Path, expected: str, name: str) -> bool:
        """Check a file against its hash in the protocol."""
        if not path.is_file():
            self.found(name, "is missing")
        elif sha256(path.read_bytes()) != expected:
            self.found(name, "was changed: its hash is not the one in the protocol")
        else:
            return True
        return False

    def whole(self, folder: Path) -> None:
        """Check the coordinator's folder: own files, packages, what came back, the ledger."""
        self.same(folder / AUDIT, self.protocol["audit"], AUDIT)
        self.same(folder / CODES, self.protocol["codes"], CODES)
        self.pack(folder / PACK, PACK)
        for reader in self.protocol["readers"]:
            package, back = folder / PACKAGES / reader, folder / RETURNED / reader
            if package.is_dir():
                # What came back replaces what the package here holds of the reader's work.
                self.package(package, f"{PACKAGES}/{reader}/", records=not back.is_dir())
            if back.is_dir():
                self.events(back, f"{RETURNED}/{reader}/", reader, package / ORDER)
        if (folder / LEDGER).is_dir():
            self.ledger(folder)

    def package(self, folder: Path, prefix: str, *, records: bool = True) -> None:
        """Check a reader's package."""
        try:
            read_protocol(folder)
            reader = str(loads((folder / ORDER).read_bytes(), ORDER).get("reader"))
        except (ValueError, OSError, AttributeError) as error:
            self.found(f"{prefix}{ORDER}", str(error))
            return
        entry = self.protocol["readers"].get(reader)
        if entry is None:
            self.found(f"{prefix}{ORDER}", "was changed, or belongs to another reading")
            return
        ordered = self.same(folder / ORDER, entry["order"], f"{prefix}{ORDER}")
        self.same(folder / ACCESS, entry["access"], f"{prefix}{ACCESS}")
        if self.protocol["feedback"]:
            self.same(folder / FEEDBACK, self.protocol["feedback"], f"{prefix}{FEEDBACK}")
        self.pack(folder / PACK, f"{prefix}{PACK}")
        if records and ordered:
            self.events(folder, prefix, reader, folder / ORDER)

    def pack(self, path: Path, name: str) -> None:
        """Check the pack: header, length, and each record, told by its case."""
        if not path.is_file():
            self.found(name, "is missing")
            return
        place = (path.stat().st_dev, path.stat().st_ino)
        if place in self._packs:  # packages on one disk share the file
            return
        self._packs[place] = None
        try:
            pack = open_pack(path)
        except ValueError as error:
            self.found(name, str(error).partition(": ")[2])
            return
        if pack.header_hash != self.protocol["pack"]:
            self.found(name, "its header was changed")
            return
        length = pack.start + len(pack.hashes) * pack.record_bytes
        if path.stat().st_size != length:
            self.found(name, f"has {path.stat().st_size} bytes in place of {length}")
        for case, at in pack.ids.items():
            if sha256(pack.record(case)) != pack.hashes[at]:
                self.found(name, f"case {case} was changed")

    def events(self, folder: Path, prefix: str, reader: str, order_file: Path) -> None:
        """Check what one reader did."""
        if (
            not order_file.is_file()
            or sha256(order_file.read_bytes()) != (self.protocol["readers"][reader]["order"])
        ):
            return  # told of already; without its order nothing can be judged
        course = Course.of(loads(order_file.read_bytes(), ORDER), self.protocol["design"])
        records = self.chain(folder, prefix, reader)
        if records is None:
            self._state(reader, course, [], prefix)
            return
        self._state(reader, course, records, prefix)
        expected = [(t.session, t.number, t.cases) for session in course.sessions for t in session]
        given = [record for record in records if record.type == "answer"]
        for record, wanted in zip(given, expected, strict=False):
            facts = record.payload
            if (facts["session"], facts["trial"], tuple(facts["cases"])) != wanted:
                words = f"record {record.seq} answers another trial than its place in the order"
                self.found(f"{prefix}{EVENTS}", words)
        if len(given) > len(expected):
            self.found(f"{prefix}{EVENTS}", f"{len(given)} answers to {len(expected)} trials")

    def chain(self, folder: Path, prefix: str, actor: str) -> list[Record] | None:
        """Check one store; return its records, None when there are none to judge."""
        file, name = folder / EVENTS, f"{prefix}{EVENTS}"
        try:
            head = self.reader.head(file)
        except ValueError as error:
            self.found(f"{prefix}{HEAD}", str(error).partition(": ")[2])
            head = None
        if not file.is_file():
            if head is not None:
                self.found(name, f"is missing; it held {head['seq']} records")
            return None
        try:
            records, answers = self.reader.records(file)
        except ValueError as error:
            self.found(name, str(error).partition(": ")[2])
            return None
        start = genesis(self.protocol_hash, actor)
        broken = breaks(records, start)
        for seq, words in broken:
            self.found(name, words if words.startswith("record") else f"record {seq} {words}")
        self.head(records, start, head, file, prefix)
        if broken:
            return None
        self.codes |= {completion_code(record.hash) for record in records}
        told = [
            (int(r.payload["session"]), int(r.payload["trial"]), r.seq)
            for r in records
            if r.type == "answer"
        ]
        for session, trial, seq in sorted(set(answers) ^ set(told)):
            self.found(
                name,
                f"answer to trial {trial + 1} of session {session + 1} "
                f"and record {seq} do not belong together",
            )
        return records

    def head(
        self,
        records: Sequence[Record],
        start: str,
        head: Mapping[str, Any] | None,
        file: Path,
        prefix: str,
    ) -> None:
        """Check the end of a store against the head beside it."""
        if head is None:
            if records:
                self.found(f"{prefix}{HEAD}", "is missing or damaged")
            return
        if len(records) < head["seq"]:
            missing = f"records {len(records) + 1} to {head['seq']} were cut off the end"
            self.found(f"{prefix}{EVENTS}", missing)
            return
        last = records[head["seq"] - 1].hash if head["seq"] else start
        if last != head["hash"]:
            self.found(f"{prefix}{HEAD}", f"its hash is not that of record {head['seq']}")
        if head["database"] and head["database"] != self.reader.file_hash(file):
            self.found(f"{prefix}{EVENTS}", "the file was changed since it was closed")

    def ledger(self, folder: Path) -> None:
        """Check the coordinator's records, and that no returned work is older than merged."""
        records = self.chain(folder / LEDGER, f"{LEDGER}/", COORDINATOR) or []
        merged = {r.payload["reader"]: r.payload for r in records if r.type == "merged"}
        for reader, facts in merged.items():
            state = next((s for s in self.states if s.reader == reader), None)
            if state is None or state.records < int(facts["records"]):
                words = f"holds less of {reader}'s work than the {facts['records']} records merged"
                self.found(f"{RETURNED}/{reader}/{EVENTS}", words)
        written = [r for r in records if r.type in ("unblinded", "tables_written_again")]
        for name, mark in (written[-1].payload["files"] if written else {}).items():
            if not (folder / name).is_file():
                self.found(name, "is missing")
            elif sha256((folder / name).read_bytes()) != mark:
                self.found(name, "was changed after unblinding")

    def code(self, code: str) -> None:
        """Check that a completion code is that of a record here."""
        if plain_code(code) not in {plain_code(known) for known in self.codes}:
            self.found(EVENTS, f"no record here has the completion code {code}")

    def _state(self, reader: str, course: Course, records: Sequence[Record], prefix: str) -> None:
        try:
            progress = Progress.of(course, records)
        except (KeyError, TypeError, ValueError):
            self.found(f"{prefix}{EVENTS}", "holds a record that is none of a reading")
            return
        interrupting = {"focus_lost", "resumed", "machine_slept", "clock_changed"}
        self.states.append(
            State(
                reader=reader,
                records=len(records),
                answered=len(progress.answered),
                trials=sum(len(session) for session in course.sessions),
                ended=any(record.type == "reading_ended" for record in records),
                interruptions=sum(record.type in interrupting for record in records),
                code=code_at_end(records),
            )
        )
