"""The files of a reader's package, as the reading process opens them: without any truth.

protocol.json   what is asked, hashes of the other files, the root of the sealed truth
stimuli.pack    encrypted pictures of equal length under opaque ids, sorted by id
order.json      the sessions and trials of this reader
access.json     the key of the pictures, locked under the reader's code
feedback.json   truth of the training cases, only where the design gives feedback
events.db       what the reader did, written by the reading
head.json       number and hash of the last record, beside the database
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.reading.canonical import canonical, loads, plain_code, sha256
from app.reading.crypt import CODE_COST, NONCE, TAG, unlocked, unwrapped, wrapped

FORMAT = 1
MAGIC = b"MAMMPACK"
PROTOCOL, PACK, ORDER, ACCESS = "protocol.json", "stimuli.pack", "order.json", "access.json"
PROTOCOL_HASH = "protocol.sha256"  #: the hash to register: short enough to print or to mail
FEEDBACK, EVENTS, HEAD = "feedback.json", "events.db", "head.json"
Pictures = NDArray[np.uint8]


def pack_bytes(header: Mapping[str, Any]) -> bytes:
    """Return the beginning of `stimuli.pack`: magic, length of the header, header."""
    data = canonical(dict(header))
    return MAGIC + len(data).to_bytes(8) + data


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """An open `stimuli.pack`: where each record lies, and what it must hash to."""

    path: Path
    shape: tuple[int, int, int]  #: views, rows, columns
    ids: Mapping[str, int]  #: place of each case
    hashes: tuple[str, ...]
    start: int
    header_hash: str

    @property
    def record_bytes(self) -> int:
        """Length of each record."""
        views, rows, columns = self.shape
        return NONCE + views * rows * columns + TAG

    def record(self, case: str) -> bytes:
        """Return the encrypted record of a case."""
        with self.path.open("rb") as file:
            file.seek(self.start + self.ids[case] * self.record_bytes)
            return file.read(self.record_bytes)

    def pictures(self, case: str, key: bytes, reading: str) -> Pictures:
        """Return the stimulus of a case, (views, rows, columns) uint8; ValueError when damaged."""
        try:
            plain = unlocked(key, self.record(case), about(reading, case))
        except ValueError as error:
            raise ValueError(f"{PACK}: case {case[:8]}: {error}") from None
        return np.frombuffer(plain, np.uint8).reshape(self.shape)


def about(reading: str, case: str) -> bytes:
    """Return what an encrypted record is bound to."""
    return f"{reading}\0{case}".encode()


def open_pack(path: Path) -> Pack:
    """Return the pack of a file; ValueError when its header can't be read."""
    with path.open("rb") as file:
        start = file.read(16)
        length = int.from_bytes(start[8:16])
        if start[:8] != MAGIC or length > 64 * 2**20:
            raise ValueError(f"{path.name}: damaged: its header is not that of a pack")
        data = file.read(length)
    try:
        header = loads(data, path.name)
        if header["format"] != FORMAT:
            raise ValueError(f"{path.name}: format {header['format']}; this version reads {FORMAT}")
        rows = header["records"]
        views, high, wide = (int(n) for n in header["shape"])
        ids = {str(id_): at for at, (id_, _) in enumerate(rows)}
        hashes = tuple(str(mark) for _, mark in rows)
    except (KeyError, TypeError, UnicodeDecodeError):
        raise ValueError(f"{path.name}: damaged: its header can't be read") from None
    return Pack(
        path=path,
        shape=(views, high, wide),
        ids=ids,
        hashes=hashes,
        start=16 + length,
        header_hash=sha256(start, data),
    )


def access(code: str, content_key: bytes, reading: str, reader: str) -> dict[str, Any]:
    """Return the key of the pictures locked under a reader's code."""
    return wrapped(plain_code(code), content_key, f"{reading}\0{reader}", CODE_COST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A reader's package, opened and checked against its protocol."""

    folder: Path
    protocol: Mapping[str, Any]
    protocol_hash: str
    reader: str
    order: Mapping[str, Any]
    pack: Pack
    feedback: Mapping[str, bool]  #: truth of training cases, empty without feedback

    @property
    def reading(self) -> str:
        """Id of the reading."""
        return str(self.protocol["reading"])

    def content_key(self, code: str) -> bytes:
        """Return the key of the pictures; ValueError when the code is not this reader's."""
        table = loads((self.folder / ACCESS).read_bytes(), ACCESS)
        try:
            return unwrapped(plain_code(code), table, f"{self.reading}\0{self.reader}")
        except ValueError:
            raise ValueError("this is not the code of this package") from None


def read_protocol(folder: Path) -> tuple[dict[str, Any], str]:
    """Return the protocol in a folder and its hash; ValueError when there is none."""
    path = folder / PROTOCOL
    if not path.is_file():
        raise ValueError(f"{folder.name}: is no reading: it holds no {PROTOCOL}")
    data = path.read_bytes()
    protocol = loads(data, PROTOCOL)
    if not isinstance(protocol, dict) or protocol.get("format") != FORMAT:
        raise ValueError(f"{PROTOCOL}: damaged, or of another version than {FORMAT}")
    stated = folder / PROTOCOL_HASH
    if not stated.is_file() or stated.read_bytes() != sha256(data).encode():
        raise ValueError(f"{PROTOCOL}: was changed: its hash is not the one in {PROTOCOL_HASH}")
    return protocol, sha256(data)


def open_package(folder: Path) -> Package:
    """Return a reader's package; ValueError names the file that is missing, damaged or foreign."""
    protocol, protocol_hash = read_protocol(folder)
    for name in (PACK, ORDER, ACCESS):
        if not (folder / name).is_file():
            hint = "; open a reader's package" if name == ORDER else ""
            raise ValueError(f"{folder.name}: {name} is missing{hint}")
    data = (folder / ORDER).read_bytes()
    order = loads(data, ORDER)
    reader = str(order.get("reader", "")) if isinstance(order, dict) else ""
    entry = protocol["readers"].get(reader)
    if entry is None or sha256(data) != entry["order"]:
        raise ValueError(f"{ORDER}: was changed, or belongs to another reading")
    if sha256((folder / ACCESS).read_bytes()) != entry["access"]:
        raise ValueError(f"{ACCESS}: was changed, or belongs to another reading")
    pack = open_pack(folder / PACK)
    if pack.header_hash != protocol["pack"]:
        raise ValueError(f"{PACK}: was changed, or belongs to another reading")
    return Package(
        folder=folder,
        protocol=protocol,
        protocol_hash=protocol_hash,
        reader=reader,
        order=order,
        pack=pack,
        feedback=_feedback(folder, protocol),
    )


def _feedback(folder: Path, protocol: Mapping[str, Any]) -> dict[str, bool]:
    if not protocol["feedback"]:
        return {}
    data = (folder / FEEDBACK).read_bytes() if (folder / FEEDBACK).is_file() else b""
    if sha256(data) != protocol["feedback"]:
        raise ValueError(f"{FEEDBACK}: is missing or was changed")
    table: dict[str, bool] = loads(data, FEEDBACK)
    return table
