"""The coordinator's steps after sealing: overview, verification, merging, unblinding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.reading import merge as merging
from app.reading import unblind as opening
from app.reading.canonical import sha256
from app.reading.package import EVENTS, HEAD, ORDER, read_protocol
from app.reading.record import Record, genesis
from app.reading.seal import PACKAGES
from app.reading.truth import read_key
from app.reading.verify import COORDINATOR, LEDGER, RETURNED, Reader, State, Verification, verify
from app.store.store import Store, file_hash, read_head, read_records

READER = Reader(records=read_records, head=read_head, file_hash=file_hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A reading as the overview shows it."""

    folder: Path
    title: str
    protocol_hash: str
    states: tuple[State, ...]
    unblinded: str  #: when, empty while it is blinded
    problems: tuple[str, ...]
    simulated: bool  #: the readers say of themselves that they are programs


def check(folder: Path, code: str = "", key_file: Path | None = None) -> Verification:
    """Return what verification finds in a package or a reading."""
    return verify(folder, READER, code=code, key_file=key_file)


def standing(folder: Path) -> Standing:
    """Return where a reading stands; ValueError when the folder is none."""
    protocol, _ = read_protocol(folder)
    result = check(folder)
    done = unblinded(folder)
    return Standing(
        folder=folder,
        title=protocol["design"]["title"],
        protocol_hash=result.protocol_hash,
        states=result.states,
        unblinded=str(done.value["utc"])[:16].replace("T", " ") if done else "",
        problems=tuple(f"{finding.file}: {finding.what}" for finding in result.findings),
        simulated=any(
            record.payload.get("simulated", False)
            for records in (() if result.findings else work(folder).values())
            for record in records
            if record.type == "environment"
        ),
    )


def ledger(folder: Path) -> list[Record]:
    """Return the coordinator's records of a reading, oldest first."""
    file = folder / LEDGER / EVENTS
    return read_records(file)[0] if file.is_file() else []


def unblinded(folder: Path) -> Record | None:
    """Return the record of unblinding, None while a reading is blinded."""
    return next((record for record in ledger(folder) if record.type == "unblinded"), None)


def _open_ledger(folder: Path) -> Store:
    _, protocol_hash = read_protocol(folder)
    (folder / LEDGER).mkdir(exist_ok=True)
    return Store(folder / LEDGER / EVENTS, genesis(protocol_hash, COORDINATOR), COORDINATOR)


def merge(folder: Path, packages: Sequence[Path]) -> list[str]:
    """Take back readers' packages; return a sentence for each. ValueError at the first bad one."""
    told = []
    late = unblinded(folder) is not None
    store = _open_ledger(folder)
    try:
        for package in packages:
            reader, records = merging.take_back(folder, package, READER)
            facts = {"reader": reader, "records": len(records), "head": records[-1].hash}
            store.append("merged", {**facts, "after_unblinding": late})
            answers = sum(record.type == "answer" for record in records)
            words = f"{reader}: {answers} answers, {len(records)} records"
            told.append(words + ("; after unblinding, and marked so" if late else ""))
    finally:
        store.close()
    return told


def work(folder: Path) -> dict[str, list[Record]]:
    """Return the records of every reader who has begun: what came back, or lies in the package."""
    protocol, _ = read_protocol(folder)
    found = {}
    for reader in protocol["readers"]:
        for place in (folder / RETURNED / reader, folder / PACKAGES / reader):
            if (place / EVENTS).is_file():
                found[reader] = read_records(place / EVENTS)[0]
                break
    return found


def unblind(folder: Path, key_file: Path, passphrase: str, early: str = "") -> list[str]:
    """Open the key and write truth and ratings; return the names of the files written.

    It is recorded before anything is revealed and can't be taken back; done again, it writes the
    tables anew, with what came since marked. ValueError when readers have not ended and no reason
    is given, verification finds something, or the key is not the one sealed.
    """
    protocol, _ = read_protocol(folder)
    result = check(folder, key_file=key_file)
    before = unblinded(folder)
    for finding in result.findings:
        if before is None or finding.file not in before.payload["files"]:
            raise ValueError(f"verification fails: {finding.file}: {finding.what}")
    waiting = [state.reader for state in result.states if not state.ended]
    waiting += sorted(set(protocol["readers"]) - {state.reader for state in result.states})
    if waiting and not early.strip() and before is None:
        raise ValueError(
            f"{', '.join(waiting)} have not ended; to unblind early give the reason (--early)"
        )
    key = read_key(key_file, passphrase)
    for finding in opening.check_key(folder, protocol, key):
        raise ValueError(f"{finding.file}: {finding.what}")
    done = work(folder)
    heads = {r: {"records": len(v), "head": v[-1].hash} for r, v in done.items() if v}
    seen: Mapping[str, Any] = before.payload["heads"] if before else heads
    late = {reader: int(seen[reader]["records"]) if reader in seen else 0 for reader in done}
    files = opening.tables(protocol, key, done, late)
    _record(folder, before, heads, early if waiting else "", files)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return list(files)


def _record(
    folder: Path,
    before: Record | None,
    heads: Mapping[str, Any],
    early: str,
    files: Mapping[str, bytes],
) -> None:
    facts = {"heads": dict(heads), "files": {name: sha256(data) for name, data in files.items()}}
    store = _open_ledger(folder)
    try:
        if before is None:
            store.append("unblinded", {**facts, "early": early})
        else:
            store.append("tables_written_again", facts)
    finally:
        store.close()


def begun_here(folder: Path) -> bool:
    """Return whether a folder is a reader's package rather than a whole reading."""
    return (folder / ORDER).is_file()


def last_seen(folder: Path) -> datetime:
    """Return when a reading was last written to, for sorting an overview."""
    heads = [*folder.glob(f"*/{HEAD}"), *folder.glob(f"*/*/{HEAD}"), folder]
    return datetime.fromtimestamp(max(head.stat().st_mtime for head in heads), UTC)
