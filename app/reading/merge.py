"""Merging: what readers did on other machines comes back to the coordinator's folder."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from app.reading.package import EVENTS, HEAD, open_package, read_protocol
from app.reading.record import Record
from app.reading.verify import RETURNED, Reader, verify


def take_back(reading: Path, package: Path, reader: Reader) -> tuple[str, list[Record]]:
    """Copy a returned package's records into a reading; return the reader and the records.

    ValueError when the package is of another reading, damaged, empty, or does not continue what
    came back before.
    """
    _, ours = read_protocol(reading)
    opened = open_package(package)
    if opened.protocol_hash != ours:
        raise ValueError(f"{package.name}: belongs to another reading")
    check = verify(package, reader)
    for finding in check.findings:
        raise ValueError(f"{package.name}: {finding.file}: {finding.what}")
    if not (package / EVENTS).is_file():
        raise ValueError(f"{package.name}: reader {opened.reader} has not begun")
    records, _ = reader.records(package / EVENTS)
    target = reading / RETURNED / opened.reader
    if (target / EVENTS).is_file():
        before, _ = reader.records(target / EVENTS)
        if not continues(before, records):
            raise ValueError(
                f"{package.name}: does not continue what {opened.reader} returned before "
                f"({len(before)} records); it is older, or another history"
            )
    target.mkdir(parents=True, exist_ok=True)
    for name in (EVENTS, HEAD):
        shutil.copyfile(package / name, target / f"{name}.new")
        (target / f"{name}.new").replace(target / name)
    return opened.reader, records


def continues(before: Sequence[Record], after: Sequence[Record]) -> bool:
    """Return whether a history begins with another one."""
    if not before:
        return True
    return len(after) >= len(before) and after[len(before) - 1].hash == before[-1].hash
