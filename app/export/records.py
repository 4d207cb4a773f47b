"""The table of a batch: what was made, what it measures, and what a quality gate left out."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.recipe import Recipe

FILE = "records.csv"
MANIFEST = "manifest.csv"
MANIFEST_HEAD = ("file", "source", "patient_id", "laterality", "view", "bits", "notes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One exam of a batch."""

    recipe: Recipe
    files: tuple[str, ...]  #: names; none when the gate rejected it
    attributes: Mapping[str, float]
    quality: float | None  #: share of random exams of the model that score lower

    @property
    def status(self) -> str:
        """Whether it was written or rejected."""
        return "written" if self.files else "rejected"


def write_records(folder: Path, records: Sequence[Record]) -> Path:
    """Write `records.csv`, a line for each exam, rejected ones among them."""
    path = folder / FILE
    names = list(records[0].attributes) if records else []
    head = ["seed", "status", "quality", "gate", *names, "files", "model", "recipe"]
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(head)
        for one in records:
            recipe = one.recipe
            quality = "" if one.quality is None else f"{one.quality:.4f}"
            values = [f"{one.attributes[name]:.6g}" for name in names]
            gate = "" if recipe.gate is None else f"{recipe.gate:g}"
            row = [recipe.point.seed, one.status, quality, gate, *values]
            table.writerow([*row, " ".join(one.files), recipe.model, recipe.to_json()])
    return path


def write_manifest(folder: Path, records: Sequence[Record]) -> Path:
    """Write `manifest.csv`: pictures have no place for side and view, so it keeps them."""
    path = folder / MANIFEST
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(MANIFEST_HEAD)
        for one in records:
            patient = f"SYNTHETIC-{one.recipe.point.seed:04d}"
            for name in one.files:
                label = Path(name).stem.rpartition("-")[2]
                row = [name, "SYNTHETIC", patient, label[0], label[1:], 16, "Mammoscope"]
                table.writerow(row)
    return path
