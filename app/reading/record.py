"""The chain of records: each is hashed with the one before, the first with the protocol."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.reading.canonical import canonical, code_of, loads, sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One event: its number from 1, canonical JSON, and the hash that chains it to the one before.

    `body` holds seq, utc (ISO 8601), mono_ns (monotonic clock), boot, actor, type and payload.
    """

    seq: int
    body: bytes
    hash: str

    @property
    def value(self) -> dict[str, Any]:
        """Return the body as a table."""
        table: dict[str, Any] = loads(self.body, f"record {self.seq}")
        return table

    @property
    def type(self) -> str:
        """Return what happened."""
        return str(self.value["type"])

    @property
    def payload(self) -> dict[str, Any]:
        """Return what is known of it."""
        payload: dict[str, Any] = self.value["payload"]
        return payload


def genesis(protocol_hash: str, actor: str) -> str:
    """Return what the first record is chained to."""
    return sha256(b"mammoscope reading\0", protocol_hash.encode(), b"\0", actor.encode())


def chained(before: str, body: dict[str, Any]) -> Record:
    """Return the record of a body after the hash before it."""
    data = canonical(body)
    return Record(seq=body["seq"], body=data, hash=sha256(before.encode(), data))


def completion_code(head: str) -> str:
    """Return the short form of the last hash, to be copied on paper."""
    return code_of(bytes.fromhex(head))


def code_at_end(records: Sequence[Record]) -> str:
    """Return the completion code of the last end of a session, as its reader saw it, or nothing.

    Records come after it: that the window was closed, or opened once more.
    """
    ends = (r for r in reversed(records) if r.type in ("session_ended", "reading_ended"))
    return next((completion_code(record.hash) for record in ends), "")


def breaks(records: Sequence[Record], start: str) -> list[tuple[int, str]]:
    """Return the number of each record that is not as it was written, with the reason in words.

    Records are given in the order they are stored. What follows a break is judged from the hash
    stored there, so that one change is told of once.
    """
    found: list[tuple[int, str]] = []
    before = start
    expected = 1
    for record in records:
        if record.seq != expected:
            between = f"{expected} to {record.seq - 1}" if record.seq > expected + 1 else expected
            missing = record.seq > expected
            words = f"record {between} is missing" if missing else "is out of order"
            found.append((record.seq if not missing else expected, words))
            if sha256(before.encode(), record.body) != record.hash:
                before = record.hash  # judged afresh from here
                expected = record.seq + 1
                continue
        if sha256(before.encode(), record.body) != record.hash:
            found.append((record.seq, "was changed, or does not follow the record before it"))
        elif not _numbered(record):
            found.append((record.seq, "is stored under another number than its own"))
        before, expected = record.hash, record.seq + 1
    return found


def _numbered(record: Record) -> bool:
    try:
        return bool(record.value["seq"] == record.seq)
    except (ValueError, KeyError, TypeError):
        return False
