"""What became of the sources: a page for people, a table for programs."""

import base64
import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app import resources
from app.prepare.rules import Entry
from app.prepare.work import BINS, MARKED, TURNED, Seen
from gan.shards import in_kind
from gan.trainset import Record, TrainingSet

SHEET = (12, 4)  #: images across and down of the contact sheet, for each view
SHEET_HEIGHT = 160
LISTED = 1000  #: files of one reason named on the page; sources.csv has all
KINDS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF"}
MOST = 16  #: words of one kind counted apart
FEW = 2000  #: training images below which a network copies them, unless augmented


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A file that is not in the set, and why."""

    file: str
    reason: str
    twin: str = ""  #: the file that shows the same exposure and is in the set


def write_sources(
    out: Path, used: Sequence[str], seen: Sequence[Seen], left: Sequence[Left]
) -> None:
    """Write `sources.csv`: every file that was found, its place in the set or why it has none.

    `used` are the files of the set's images in their order, `seen` what was seen of each.
    """
    with (out / "sources.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["file", "image", "reason", "twin", "notes"])
        for number, (name, one) in enumerate(zip(used, seen, strict=True)):
            table.writerow((name, number, "", "", "; ".join(one.notes)))
        table.writerows((one.file, "", one.reason, one.twin, "") for one in left)


def write(
    out: Path,
    data: TrainingSet,
    *,
    seen: Sequence[Seen],
    left: Sequence[Left],
    idle: Sequence[Entry],
) -> list[str]:
    """Write `report.html` into the set's folder; returns what needs a look, in sentences.

    `seen` belongs to the set's records in their order; `idle` are lines of the user's list that
    named no file.
    """
    twins = [one for one in left if one.twin]
    reasons: dict[str, list[str]] = {}
    for one in left:
        if not one.twin:
            reasons.setdefault(one.reason, []).append(one.file)
    cautions = _cautions(data, seen, idle)
    height = data.base[0] << (data.rungs - 1)
    page = resources.page(
        "prepare.html",
        name=out.name,
        data=data,
        size=f"{height} x {height * data.base[1] // data.base[0]}",
        bits=8 * data.images(0).dtype.itemsize,
        patients=len({record.patient for record in data.records}),
        held_out=sum(record.split == "held-out" for record in data.records),
        cautions=cautions,
        counts=_counts(data.records, seen),
        parts=_parts(data.records),
        grey=_grey(data.records, seen),
        area=_area(seen),
        sheets={view: _sheet(data, view) for view in ("CC", "MLO")},
        reasons=sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0])),
        twins=twins,
        listed=LISTED,
        left=len(left),
    )
    (out / "report.html").write_text(page, encoding="utf-8")
    return cautions


def _counted(words: Sequence[str], *, ordered: bool = False) -> dict[str, int]:
    """Return how often each word comes, the commonest first or in their order; unknown last."""
    counts = Counter(words)
    if len(counts) > MOST:
        rare = [word for word, _ in counts.most_common()[MOST:]]
        counts["others"] = sum(counts.pop(word) for word in rare)
    order = sorted(counts, key=lambda word: (not word, 0 if ordered else -counts[word], word))
    return {word: counts[word] for word in order}


def _counts(records: Sequence[Record], seen: Sequence[Seen]) -> dict[str, dict[str, int]]:
    decades = [
        f"{int(r.age) // 10 * 10}-{int(r.age) // 10 * 10 + 9}" if r.age else "" for r in records
    ]
    return {
        "Side and view": _counted([r.side + r.view for r in records]),
        "Density": _counted([r.density for r in records], ordered=True),
        "Vendor": _counted([r.vendor for r in records]),
        "Age": _counted(decades, ordered=True),
        "Bits of the source": _counted([r.bits for r in records]),
        "Window": _counted([r.window.partition(":")[0] for r in records]),
        "Kind of file": _counted(
            [KINDS.get(Path(r.file).suffix.lower(), "DICOM") for r in records]
        ),
        "Inferred or noticed": _counted([note for one in seen for note in one.notes]),
    }


def _parts(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Return a row for each part of the split: patients, images and images by view."""
    rows = []
    for part in ("train", "held-out"):
        mine = [r for r in records if r.split == part]
        views = Counter(r.view for r in mine)
        breasts = {(r.patient, r.exam, r.side, r.view) for r in mine}
        pairs = sum((*key, "MLO") in breasts for *key, view in breasts if view == "CC")
        rows.append(
            {
                "name": part,
                "patients": len({r.patient for r in mine}),
                "images": len(mine),
                "CC": views["CC"],
                "MLO": views["MLO"],
                "pairs": pairs,
            }
        )
    return rows


def _grey(records: Sequence[Record], seen: Sequence[Seen]) -> list[tuple[str, list[int]]]:
    """Return the summed histogram of tissue of each part, pixels in 32 bins from air to white."""
    sums = []
    for part in ("train", "held-out"):
        total = np.zeros(BINS, np.int64)
        for record, one in zip(records, seen, strict=True):
            if record.split == part:
                total += one.grey
        sums.append((part, total.tolist()))
    return sums


def _area(seen: Sequence[Seen]) -> list[tuple[str, list[int]]]:
    """Return how many images of each view have how much of the frame filled, in 20 bins."""
    return [
        (view, np.histogram([s.area for s in seen if s.view == view], 20, (0, 1))[0].tolist())
        for view in ("CC", "MLO")
    ]


def _sheet(data: TrainingSet, view: str) -> tuple[str, int]:
    """Return a contact sheet of one view as a PNG in base64, and how many images are on it."""
    rows = [i for i, record in enumerate(data.records) if record.view == view]
    across, down = SHEET
    if len(rows) > across * down:  # evenly over the set
        rows = [rows[i * len(rows) // (across * down)] for i in range(across * down)]
    if not rows:
        return "", 0
    rung = min(data.rungs - 1, (SHEET_HEIGHT // data.base[0]).bit_length() - 1)
    images = data.images(rung)
    high, wide = images.shape[1:]
    across = min(across, len(rows))
    sheet: NDArray[np.uint8] = np.zeros((-(-len(rows) // across) * high, across * wide), np.uint8)
    for place, row in enumerate(rows):
        y, x = place // across * high, place % across * wide
        sheet[y : y + high, x : x + wide] = in_kind(images[row], np.uint8)
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode(), len(rows)


def _cautions(data: TrainingSet, seen: Sequence[Seen], idle: Sequence[Entry]) -> list[str]:
    """Return what a person should look at before training on the set."""
    records, found = data.records, []
    train = sum(record.split == "train" for record in records)
    asked = float(data.about.get("held_out", 0.0))
    if asked and train == len(records):
        found.append("No patient is held out: too few patients for that share.")
    elif train == 0:
        found.append("All patients are held out: nothing is left to train on.")
    elif asked and not 0.5 * asked <= 1 - train / len(records) <= 2 * asked:
        share = 100 * (1 - train / len(records))
        found.append(
            f"{share:.0f} % of the images are held out; {100 * asked:.0f} % was asked for."
        )
    if train < FEW:
        found.append(f"Only {train} images to train on: train with augmentation.")
    largest = Counter(record.patient for record in records).most_common(1)[0][1]
    if largest > max(20, len(records) // 10):
        found.append(f"One patient has {largest} images: is her identifier a placeholder for many?")
    if turned := sum(TURNED in one.notes for one in seen):
        found.append(f"Images turned because Patient Orientation contradicts the pixels: {turned}.")
    if marks := sum(MARKED in one.notes for one in seen):
        found.append(
            f"Images with something bright beside the breast, such as burned-in letters: {marks}; "
            "sources.csv notes them, a list given with --exclude leaves them out."
        )
    bits = {record.bits for record in records}
    if "8" in bits and len(bits) > 1:
        found.append(
            "Sources of 8 and of more bits are mixed; column bits of records.csv tells them."
        )
    jpeg = sum(record.file.lower().endswith((".jpg", ".jpeg")) for record in records)
    if jpeg:
        found.append(f"Images from JPEG files, which were compressed with loss: {jpeg}.")
    names = (entry.file or "a patient" for entry in idle)
    return found + [f"The list names {name}, but no file is meant by it." for name in names]
