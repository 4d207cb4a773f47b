"""The training set on disk: one memory-mapped array per rung and a table of records.

`set.json` holds format, base, rungs, records and fingerprint; `rung-K.npy`, shape (n, height,
width), uint8 or uint16, holds the images of rung K, breast with the chest wall at the left edge,
air 0. `app.prepare` writes it, `train.data` reads it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMAT = 1
Images = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of one image of a training set; empty when it is not known."""

    file: str
    view: str
    side: str  #: side it was exposed as; the stored image is turned to chest wall left
    patient: str  #: pseudonym: a hash, never the identifier itself
    split: str  #: train or held-out, the same for all images of a patient
    density: str = ""
    vendor: str = ""
    age: str = ""
    window: str = ""  #: how stored values were mapped to grey


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSet:
    """An opened training set; images stay on disk until they are indexed."""

    folder: Path
    base: tuple[int, int]
    rungs: int
    records: tuple[Record, ...]
    fingerprint: str

    def images(self, rung: int) -> Images:
        """Return the memory-mapped images, (n, height, width), of a rung."""
        if not 0 <= rung < self.rungs:
            raise ValueError(f"{self.folder.name}: rung {rung} is not in it; it has {self.rungs}")
        mapped: Images = np.load(self.folder / f"rung-{rung}.npy", mmap_mode="r")
        return mapped


def fingerprint(top: Images, records: Sequence[Record]) -> str:
    """Return the SHA-256 over the top rung's pixels and all records."""
    digest = hashlib.sha256(np.ascontiguousarray(top).tobytes())
    digest.update(json.dumps([asdict(r) for r in records], sort_keys=True).encode())
    return digest.hexdigest()


def halved(images: Images) -> Images:
    """Return images, (n, height, width), area-averaged to half, in the same type."""
    n, height, width = images.shape
    cells = images.reshape(n, height // 2, 2, width // 2, 2).astype(np.uint32)
    mean: Images = ((cells.sum(axis=(2, 4)) + 2) // 4).astype(images.dtype)
    return mean


def write(folder: Path, top: Images, records: Sequence[Record], base: tuple[int, int]) -> str:
    """Write a training set from its top rung, (n, height, width); returns the fingerprint."""
    n, height, width = top.shape
    rungs = (height // base[0]).bit_length()
    if (height, width) != (base[0] << (rungs - 1), base[1] << (rungs - 1)) or n != len(records):
        raise ValueError(
            f"{n} images of {height}x{width} do not fit {len(records)} records, {base}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    mark = fingerprint(top, records)
    images = top
    for rung in range(rungs - 1, -1, -1):
        np.save(folder / f"rung-{rung}.npy", images)
        images = halved(images) if rung else images
    table = {
        "format": FORMAT,
        "base": base,
        "rungs": rungs,
        "fingerprint": mark,
        "records": [asdict(r) for r in records],
    }
    (folder / "set.json").write_text(json.dumps(table, indent=1), encoding="utf-8")
    return mark


def open_set(folder: Path) -> TrainingSet:
    """Return the training set in folder; ValueError says what is missing or wrong."""
    path = folder / "set.json"
    if not path.is_file():
        raise ValueError(f"{folder.name}: no training set here (set.json is missing)")
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{folder.name}/set.json: not JSON ({error})") from error
    if raw.get("format") != FORMAT:
        raise ValueError(f"{folder.name}: training set of format {raw.get('format')}, not {FORMAT}")
    known = {f.name for f in fields(Record)}
    if any(set(record) - known for record in raw["records"]):
        raise ValueError(f"{folder.name}/set.json: a record has unknown keys")
    base = raw["base"]
    return TrainingSet(
        folder=folder,
        base=(base[0], base[1]),
        rungs=raw["rungs"],
        records=tuple(Record(**record) for record in raw["records"]),
        fingerprint=raw["fingerprint"],
    )
