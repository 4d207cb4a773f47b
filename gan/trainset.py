"""A training set on disk: shards of every rung (`gan.shards`) and a table of records.

`records.csv` has a line for each image, in the order of the shards: chest wall at the left edge,
air 0. `set.json` holds format, base, rungs, images per shard, fingerprint and what the set was made
with; it is written last, so a folder without it is not finished. `app.prepare` writes all this and
`train.data` reads it. Format 1, one array per rung and the records in `set.json`, is still read.
"""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from gan.shards import Images, Pixels, ShardWriter, in_kind, shard_path

FORMAT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of one image of a training set; empty when it is not known."""

    file: str
    view: str
    side: str  #: side it was exposed as; the stored image is turned to chest wall left
    patient: str  #: a number given here, never the identifier itself
    split: str  #: train or held-out, the same for all images of a patient
    density: str = ""  #: a, b, c or d (ACR BI-RADS)
    vendor: str = ""
    age: str = ""  #: in whole years
    window: str = ""  #: how stored values were mapped to grey
    exam: str = ""  #: a number given here: images of one patient at one time
    bits: str = ""  #: bits of the source


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSet:
    """An opened training set; images stay on disk until they are indexed."""

    folder: Path
    base: tuple[int, int]
    rungs: int
    records: tuple[Record, ...]
    fingerprint: str
    per_shard: tuple[int, ...]  #: images in a full shard of each rung; 0 stands for format 1
    about: Mapping[str, Any]  #: what the set was made with and how many images were left out

    def images(self, rung: int) -> Images:
        """Return the memory-mapped images, (n, height, width), of a rung."""
        if not 0 <= rung < self.rungs:
            raise ValueError(f"{self.folder.name}: rung {rung} is not in it; it has {self.rungs}")
        count, per_shard = len(self.records), self.per_shard[rung]
        shape = (count, self.base[0] << rung, self.base[1] << rung)
        if per_shard == 0:
            return Images([self.folder / f"rung-{rung}.npy"], shape, max(count, 1))
        shards = range(-(-count // per_shard))
        return Images(
            [shard_path(self.folder, rung, number) for number in shards], shape, per_shard
        )


def fingerprint(top: Images | Pixels, records: Sequence[Record]) -> str:
    """Return the SHA-256 over the top rung's pixels, in their order, and all records."""
    digest = hashlib.sha256()
    for image in top:
        digest.update(np.ascontiguousarray(image).tobytes())
    digest.update(_table(records))
    return digest.hexdigest()


def _table(records: Sequence[Record]) -> bytes:
    return json.dumps([asdict(record) for record in records], sort_keys=True).encode()


class Writer(ShardWriter):
    """Writes a training set image by image."""

    def finish(self, records: Sequence[Record], about: Mapping[str, Any] | None = None) -> str:
        """Write records and `set.json`; returns the fingerprint. ValueError when counts differ."""
        if not self.added == self.count == len(records):
            raise ValueError(f"{self.added} images of {self.count}, {len(records)} records")
        self.close()
        self.digest.update(_table(records))
        mark = self.digest.hexdigest()
        with (self.folder / "records.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, [f.name for f in fields(Record)], lineterminator="\n")
            table.writeheader()
            table.writerows(asdict(record) for record in records)
        head = {
            "format": FORMAT,
            "base": self.base,
            "rungs": self.rungs,
            "images": self.count,
            "per_shard": self.per_shard,
            "fingerprint": mark,
            "about": dict(about or {}),
        }
        unfinished = self.folder / "set.json.part"
        unfinished.write_text(json.dumps(head, indent=1), encoding="utf-8")
        unfinished.replace(self.folder / "set.json")
        return mark


def write(
    folder: Path, top: Pixels, records: Sequence[Record], base: tuple[int, int] = (5, 4)
) -> str:
    """Write a training set from its top rung, (n, height, width); returns the fingerprint."""
    n, height, width = top.shape
    if height * base[1] != width * base[0] or n != len(records):
        raise ValueError(
            f"{n} images of {height}x{width} do not fit {len(records)} records, {base}"
        )
    kind = np.uint8 if top.dtype == np.uint8 else np.uint16
    with Writer(folder, base=base, height=height, kind=kind, count=n) as writer:
        for image in top:
            writer.add(image)
        return writer.finish(records)


def packed(
    source: TrainingSet, folder: Path, *, rungs: int, kind: type[np.uint8] | type[np.uint16]
) -> str:
    """Write the lowest rungs of a set in 8 or 16 bits, small enough to take along.

    Returns the fingerprint of the new set; records and split stay as they are, and `about` names
    the set it was taken from. ValueError when the set has fewer rungs.
    """
    top = source.images(rungs - 1)
    about = {**source.about, "packed_from": source.fingerprint}
    height = source.base[0] << (rungs - 1)
    with Writer(
        folder, base=source.base, height=height, kind=kind, count=len(source.records)
    ) as writer:
        for image in top:
            writer.add(in_kind(image, kind))
        return writer.finish(source.records, about)


def open_set(folder: Path) -> TrainingSet:
    """Return the training set in folder; ValueError says what is missing or wrong."""
    path = folder / "set.json"
    if not path.is_file():
        raise ValueError(f"{folder.name}: no training set here (set.json is missing)")
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{folder.name}/set.json: not JSON ({error})") from error
    if raw.get("format") not in (1, FORMAT):
        raise ValueError(f"{folder.name}: training set of format {raw.get('format')}, not {FORMAT}")
    rows = raw["records"] if raw["format"] == 1 else _rows(folder)
    known = {f.name for f in fields(Record)}
    for row in rows:
        if set(row) - known or None in row.values():
            raise ValueError(f"{folder.name}: a record has unknown or missing columns")
    if raw.get("images", len(rows)) != len(rows):
        raise ValueError(
            f"{folder.name}: {raw['images']} images, but {len(rows)} lines in records.csv"
        )
    rungs = raw["rungs"]
    return TrainingSet(
        folder=folder,
        base=(raw["base"][0], raw["base"][1]),
        rungs=rungs,
        records=tuple(Record(**row) for row in rows),
        fingerprint=raw["fingerprint"],
        per_shard=tuple(raw.get("per_shard", [0] * rungs)),
        about=raw.get("about", {}),
    )


def _rows(folder: Path) -> list[dict[str, str]]:
    try:
        with (folder / "records.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise ValueError(f"{folder.name}: records.csv can't be read: {error.strerror}") from error
