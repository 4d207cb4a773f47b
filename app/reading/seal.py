"""Sealing: from stimuli and truth to packages for readers and a key for the owner."""

import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.reading.audit import Audit
from app.reading.canonical import canonical, code_of, sha256
from app.reading.crypt import locked
from app.reading.design import Design
from app.reading.draw import Draw
from app.reading.normalise import STEPS
from app.reading.order import Case, reader_order
from app.reading.package import (
    ACCESS,
    FEEDBACK,
    FORMAT,
    ORDER,
    PACK,
    PROTOCOL,
    PROTOCOL_HASH,
    about,
    access,
    pack_bytes,
)
from app.reading.truth import (
    CaseTruth,
    Key,
    check_passphrase,
    key_bytes,
    private_commitment,
    root_of,
    seed_commitment,
)

AUDIT, CODES, PACKAGES = "audit.json", "codes.csv", "packages"
EPOCH = 1_600_000_000  #: one time for all files of all packages: 2020-09-13


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stimulus:
    """A normalised case with its truth, before it has an id."""

    pictures: NDArray[np.uint8]  #: (views, rows, columns)
    arm: str  #: "real" or the name of a generated arm
    origin: str  #: file name or recipe
    view: str
    side: str
    training: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What sealing made: the folder, the hash of the protocol, and the readers' codes."""

    folder: Path
    protocol_hash: str
    codes: Mapping[str, str]


def new_id() -> str:
    """Return an opaque case id: 96 random bits."""
    return secrets.token_hex(12)


def seal(
    design: Design,
    stimuli: Sequence[Stimulus],
    report: Audit,
    *,
    out: Path,
    key_file: Path,
    passphrase: str,
    version: str,
) -> Sealed:
    """Write the packages of a reading into `out`, new, and its key to `key_file`, elsewhere.

    ValueError when the audit refuses, the passphrase is short, or a file is in the way.
    """
    if report.refused:
        raise ValueError(
            f"the leak audit refuses to seal: {', '.join(report.refused)} tell generated from "
            "real; mend it, or waive each in writing"
        )
    check_passphrase(passphrase)
    if out.exists():
        raise ValueError(f"{out.name}: exists already; choose another folder")
    if key_file.exists():
        raise ValueError(f"{key_file.name}: exists already; a key is never overwritten")
    if out.resolve() in key_file.resolve().parents:
        raise ValueError("the key must not lie in the folder that readers get")
    temporary = out.with_name(f".{out.name}.unfinished")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        made = _write(design, stimuli, report, temporary, key_file, passphrase, version)
        os.replace(temporary, out)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return Sealed(folder=out, protocol_hash=made[0], codes=made[1])


def _write(
    design: Design,
    stimuli: Sequence[Stimulus],
    report: Audit,
    folder: Path,
    key_file: Path,
    passphrase: str,
    version: str,
) -> tuple[str, dict[str, str]]:
    reading, seed = secrets.token_hex(8), secrets.token_hex(32)
    content_key = secrets.token_bytes(32)
    cases, pictures = _named(stimuli, design.order.repeats, seed)
    header_hash = _write_pack(folder / PACK, cases, pictures, content_key, reading)
    twins = {case.repeats: case.id for case in cases if case.repeats}
    to_order = [
        Case(id=c.id, arm=c.arm, training=c.role == "training", twin=twins.get(c.id, ""))
        for c in cases
        if c.role != "repeat"
    ]
    feedback = b""
    if design.training.feedback:
        feedback = canonical({c.id: c.generated for c in cases if c.role == "training"})
    (folder / AUDIT).write_bytes(canonical(report.table()))
    codes = {reader: code_of(secrets.token_bytes(10)) for reader in design.readers}
    readers, files = {}, {}
    for reader in design.readers:
        order = canonical(reader_order(design, to_order, seed, reader))
        entry = canonical(access(codes[reader], content_key, reading, reader))
        readers[reader] = {"order": sha256(order), "access": sha256(entry)}
        files[reader] = {ORDER: order, ACCESS: entry, FEEDBACK: feedback}
    key = Key(
        reading=reading,
        seed=seed,
        content_key=content_key.hex(),
        private=design.private(),
        private_salt=secrets.token_hex(32),
        cases=tuple(sorted(cases, key=lambda c: c.id)),
    )
    rows = ["reader,code", *(f"{reader},{code}" for reader, code in codes.items())]
    (folder / CODES).write_text("\n".join(rows) + "\n", encoding="utf-8")
    sealed = key_bytes(key, passphrase)
    protocol = {
        "format": FORMAT,
        "reading": reading,
        "version": version,
        "design": design.public(),
        "normaliser": STEPS,
        "positive": "generated",
        "readers": readers,
        "pack": header_hash,
        "key": sha256(sealed),
        "audit": sha256((folder / AUDIT).read_bytes()),
        "codes": sha256((folder / CODES).read_bytes()),
        "feedback": sha256(feedback) if feedback else "",
        "truth_root": root_of(key.cases),
        "seed_commitment": seed_commitment(seed),
        "private_commitment": private_commitment(key.private, key.private_salt),
    }
    data = canonical(protocol)
    (folder / PROTOCOL).write_bytes(data)
    (folder / PROTOCOL_HASH).write_text(sha256(data), encoding="ascii")
    for reader in design.readers:
        _write_package(folder, reader, files[reader])
    with key_file.open("xb") as file:  # last: without it the rest is worth nothing
        file.write(sealed)
    return sha256(data), codes


def _named(
    stimuli: Sequence[Stimulus], repeats: int, seed: str
) -> tuple[list[CaseTruth], dict[str, NDArray[np.uint8]]]:
    """Give every case an opaque id, and hidden repeats of some test cases ids of their own."""
    cases, pictures = [], {}
    test: list[CaseTruth] = []
    for stimulus in stimuli:
        case = _truth(stimulus, "training" if stimulus.training else "test")
        cases.append(case)
        pictures[case.id] = stimulus.pictures
        if not stimulus.training:
            test.append(case)
    chosen = Draw(seed, "repeats").shuffled(sorted(range(len(test)), key=lambda k: test[k].id))
    plain = [stimulus for stimulus in stimuli if not stimulus.training]
    for at in chosen[:repeats]:
        again = _truth(plain[at], "repeat", test[at].id)
        cases.append(again)
        pictures[again.id] = plain[at].pictures
    return cases, pictures


def _truth(stimulus: Stimulus, role: str, repeats: str = "") -> CaseTruth:
    return CaseTruth(
        id=new_id(),
        generated=stimulus.arm != "real",
        arm=stimulus.arm,
        origin=stimulus.origin,
        view=stimulus.view,
        side=stimulus.side,
        role=role,
        repeats=repeats,
        image=sha256(stimulus.pictures.tobytes()),
        salt=secrets.token_hex(32),
    )


def _write_pack(
    path: Path,
    cases: Sequence[CaseTruth],
    pictures: Mapping[str, NDArray[np.uint8]],
    key: bytes,
    reading: str,
) -> str:
    """Write the encrypted pictures in the order of their ids; return the header's hash."""
    ids = sorted(case.id for case in cases)
    shapes = {picture.shape for picture in pictures.values()}
    assert len(shapes) == 1, "the normaliser gives every case one shape"
    hashes = []
    body = path.with_suffix(".body")
    with body.open("wb") as file:
        for case in ids:
            record = locked(key, pictures[case].tobytes(), about(reading, case))
            hashes.append(sha256(record))
            file.write(record)
    shape = list(shapes.pop())
    header = {"format": FORMAT, "shape": shape, "records": list(zip(ids, hashes, strict=True))}
    start = pack_bytes(header)
    with path.open("wb") as whole, body.open("rb") as file:
        whole.write(start)
        shutil.copyfileobj(file, whole, 2**20)
    body.unlink()
    return sha256(start)


def _write_package(folder: Path, reader: str, files: Mapping[str, bytes]) -> None:
    """Make one reader's folder, complete in itself, every file with the same time."""
    package = folder / PACKAGES / reader
    package.mkdir(parents=True)
    for name in (PROTOCOL, PROTOCOL_HASH):
        shutil.copy(folder / name, package / name)
    try:
        os.link(folder / PACK, package / PACK)  # a copy for each reader would fill the disk
    except OSError:
        shutil.copy(folder / PACK, package / PACK)
    for name, data in files.items():
        if data:
            (package / name).write_bytes(data)
    for file in package.iterdir():
        os.utime(file, (EPOCH, EPOCH))
