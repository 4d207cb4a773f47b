"""From real exams to a training set: one orientation, one polarity, air 0, padded to 5:4.

Never stretched, never cropped into tissue: only air on the nipple side is trimmed, and air is
added. Patients are split as wholes, so that a held-out woman is in no training image.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.core.display import Window, table_curve, window_curve, window_for
from app.core.hanging import hang_transform
from app.core.mammogram import Facts, Mammogram, Source
from gan import trainset

BASE = (5, 4)
VIEWS = ("CC", "MLO")
UNWANTED = frozenset({"spot", "magnification", "implant_displaced"})
#: Two files of one side and view show one exposure when their 20x16 versions correlate so well.
#: Of 398 CDD-CESM files, the 39 known twins reach 0.973 and more, all other pairs at most 0.953.
SAME = 0.965
Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What became of the sources."""

    fingerprint: str
    used: int
    held_out: int
    excluded: tuple[tuple[str, str], ...]  #: file name, reason
    duplicates: tuple[tuple[str, str], ...]  #: file left out, file kept


def excluded_because(facts: Facts) -> str | None:
    """Return why an image is not for training by its header, or None when it is."""
    flags = {
        "is generated": facts.source is Source.SYNTHETIC,
        "is For Processing": "for processing" in facts.overlay,
        "shows an implant": "implant" in facts.overlay,
        "is a quality-control image": "quality control" in facts.overlay,
        f"is a {facts.view or 'view not known'}, not CC or MLO": facts.view not in VIEWS,
        "is a modified view": bool(facts.modifiers & UNWANTED),
    }
    return next((reason for reason, found in flags.items() if found), None)


def oriented(mammogram: Mammogram) -> Grey:
    """Return grey values 0 (air) to 1, chest wall at the left edge, shape (rows, columns)."""
    voi = window_for(mammogram.pixels, mammogram.encoding)
    values = mammogram.encoding.rescale(mammogram.pixels)
    grey = window_curve(values, voi) if isinstance(voi, Window) else table_curve(values, voi)
    if mammogram.encoding.inverse:
        grey = 1.0 - grey
    for air in (mammogram.encoding.air, mammogram.encoding.dim_air):
        if air is not None:
            grey[(mammogram.pixels >= air[0]) & (mammogram.pixels <= air[1])] = 0.0
    transform, _ = hang_transform(mammogram.facts)
    hung = transform.apply(grey)
    return np.ascontiguousarray(hung[:, ::-1] if mammogram.facts.side == "R" else hung, np.float32)


def framed(grey: Grey, rows: int, columns: int) -> Grey:
    """Return the image, chest wall left, at rows x columns, area-averaged; nothing is stretched.

    A canvas round the breast is cut off first. What is then narrower than 5:4 gets air at the
    nipple side, what is wider gets air above and below.
    """
    filled = np.flatnonzero((grey > 0.02).sum(axis=0) > 2)
    if filled.size:
        grey = grey[:, filled[0] : filled[-1] + 1]
    high, wide = grey.shape
    frame_high = max(high, -(-wide * rows // columns))
    frame_wide = max(wide, round(frame_high * columns / rows))
    frame = np.zeros((frame_high, frame_wide), np.float32)
    top = (frame_high - high) // 2
    frame[top : top + high, :wide] = grey
    kind = Image.Resampling.BOX if frame_high >= rows else Image.Resampling.BICUBIC
    small = Image.fromarray(frame).resize((columns, rows), kind)
    return np.clip(np.asarray(small, np.float32), 0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _One:
    image: Grey | None
    facts: Facts
    window: str
    bits: int
    failure: str = ""


def _prepare_one(location: str, facts: Facts, rows: int, columns: int) -> _One:
    """Read and frame one image; what fails comes back as a sentence, not as an error."""
    from app.dicom.read import read

    try:
        mammogram = read(location)
        # Headers state what pixels cannot: keep what the scan grouped by.
        known = replace(mammogram.facts, exam=facts.exam)
        voi = window_for(mammogram.pixels, mammogram.encoding)
        image = framed(oriented(mammogram), rows, columns)
        return _One(image=image, facts=known, window=voi.name, bits=mammogram.encoding.bits)
    except ValueError as error:
        return _One(image=None, facts=facts, window="", bits=0, failure=str(error))


def prepare(
    sources: Sequence[str | Path],
    out: Path,
    *,
    rows: int = 640,
    held_out: float = 0.15,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> Prepared:
    """Write a training set of all usable mammograms under sources; returns what became of them.

    `rows` is the height of the top rung, 5 times a power of two. ValueError when nothing is left.
    """
    from app.dicom.scan import exams_under

    columns = rows * BASE[1] // BASE[0]
    exams, refused = exams_under(sources)
    excluded = [(Path(r.file).name, r.reason) for r in refused]
    wanted = []
    for facts in (image for exam in exams for image in exam.images):
        reason = excluded_because(facts)
        if reason is None:
            wanted.append(facts)
        else:
            excluded.append((Path(facts.file).name, reason))
    found = []
    for done, one in enumerate(_all(wanted, rows, columns), start=1):
        told(done, len(wanted))
        if one.image is None:
            excluded.append((Path(one.facts.file).name, one.failure))
        else:
            found.append(one)
    kept, duplicates = _without_duplicates(found)
    if not kept:
        raise ValueError(f"no usable CC or MLO mammogram found; {len(excluded)} were excluded")
    patients = _patients(found, duplicates)
    records = [_record(one, patients[one.facts.file], held_out) for one in kept]
    deep = any(one.bits > 8 for one in kept)
    white, kind = (65535, np.uint16) if deep else (255, np.uint8)
    top = np.stack(
        [np.rint(one.image * white).astype(kind) for one in kept if one.image is not None]
    )
    mark = trainset.write(out, top, records, BASE)
    return Prepared(
        fingerprint=mark,
        used=len(kept),
        held_out=sum(record.split == "held-out" for record in records),
        excluded=tuple(excluded),
        duplicates=tuple((Path(a).name, Path(b).name) for a, b in duplicates),
    )


def _all(wanted: Sequence[Facts], rows: int, columns: int) -> Iterator[_One]:
    """Yield every image, prepared on all cores, in the order of `wanted`."""
    locations = [facts.file for facts in wanted]
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        count = len(wanted)
        sizes = ([rows] * count, [columns] * count)
        yield from pool.map(_prepare_one, locations, wanted, *sizes, chunksize=4)


def _without_duplicates(found: Sequence[_One]) -> tuple[list[_One], list[tuple[str, str]]]:
    """Return images with each exposure once, the larger file kept, and pairs (left out, kept)."""
    order = sorted(range(len(found)), key=lambda i: -found[i].facts.rows * found[i].facts.columns)
    small = [_thumb(one) for one in found]
    label = [one.facts.label for one in found]
    keep: list[int] = []
    duplicates = []
    for i in order:
        alike = (k for k in keep if label[i] == label[k] and float(small[i] @ small[k]) >= SAME)
        twin = next(alike, None)
        if twin is None:
            keep.append(i)
        else:
            duplicates.append((found[i].facts.file, found[twin].facts.file))
    return [found[i] for i in sorted(keep, key=lambda i: found[i].facts.file)], duplicates


def _thumb(one: _One) -> Grey:
    """Return the 20x16 version as a vector of zero mean and unit length."""
    assert one.image is not None
    small = Image.fromarray(one.image).resize((16, 20), Image.Resampling.BOX)
    flat: Grey = np.asarray(small, np.float32).ravel()
    flat = flat - flat.mean()
    return flat / np.float32(max(float(np.linalg.norm(flat)), 1e-6))


def _patients(found: Sequence[_One], duplicates: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the patient of each file; files of one exposure are of one patient."""
    patient = {one.facts.file: one.facts.patient or one.facts.exam for one in found}
    for left_out, kept in duplicates:
        for file, name in list(patient.items()):
            if name == patient[kept]:
                patient[file] = patient[left_out]
    return patient


def _record(one: _One, patient: str, held_out: float) -> trainset.Record:
    pseudonym = hashlib.sha256(patient.encode()).hexdigest()[:16]
    share = int(pseudonym[:8], 16) / 2**32
    facts = one.facts
    return trainset.Record(
        file=Path(facts.file).name,
        view=facts.view or "",
        side=facts.side or "",
        patient=pseudonym,
        split="held-out" if share < held_out else "train",
        density=facts.overlay.get("density", ""),
        vendor=facts.overlay.get("maker", ""),
        age=facts.overlay.get("age", ""),
        window=one.window,
    )
