"""The leak audit of collected stimuli: pixels, lengths, times, names, nearest training images."""

import random
import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.core.mammogram import SCREENING
from app.reading.audit import Audit, audit
from app.reading.crypt import locked, unlocked
from app.reading.design import Design
from app.reading.normalise import Shown, normalise
from app.reading.seal import Stimulus, new_id

TIMINGS = 5  #: the least of so many is taken, as noise only adds
SAME = 0.965  #: correlation of 20x16 versions from which two pictures show one exposure
THUMB = (16, 20)


def audited(
    design: Design, stimuli: Sequence[Stimulus], base: Path, waived: dict[str, str]
) -> Audit:
    """Return the leak audit of a design's stimuli, timings and nearest training images included."""
    outside = _channels([stimulus.pictures for stimulus in stimuli])
    report = audit(
        [stimulus.pictures for stimulus in stimuli],
        [stimulus.arm != "real" for stimulus in stimuli],
        outside,
        waived,
    )
    if unknown := set(waived) - {finding.channel for finding in report.findings}:
        raise ValueError(f"waived, but no channel of the audit: {', '.join(sorted(unknown))}")
    if not design.stimulus.training_set:
        words = "not checked: the design names no training set"
        return replace(report, nearest_words=words)
    rows, words = _nearest(base / design.stimulus.training_set, stimuli)
    return replace(report, nearest=rows, nearest_words=words)


def _channels(pictures: Sequence[Shown]) -> dict[str, list[float]]:
    """Return what a machine could tell cases by besides their pixels, each as one number a case."""
    key, table = secrets.token_bytes(32), np.arange(256, dtype=np.uint32) * 0x010101
    ids = [new_id() for _ in pictures]
    records = [locked(key, picture.tobytes(), b"") for picture in pictures]
    decode = [float("inf")] * len(records)
    paint = [float("inf")] * len(records)
    for _ in range(TIMINGS):
        for at in random.sample(range(len(records)), len(records)):
            began = time.perf_counter()
            shown = np.frombuffer(unlocked(key, records[at], b""), np.uint8)
            middle = time.perf_counter()
            table[shown]
            decode[at] = min(decode[at], 1000 * (middle - began))
            paint[at] = min(paint[at], 1000 * (time.perf_counter() - middle))
    return {
        "rows": [float(picture.shape[1]) for picture in pictures],
        "columns": [float(picture.shape[2]) for picture in pictures],
        "depth": [float(picture.dtype.itemsize * 8) for picture in pictures],
        "file length": [float(len(record)) for record in records],
        "file time": [0.0] * len(records),  # one file holds all cases
        "decode time": decode,
        "paint time": paint,
        "name": [float(int(id_[:8], 16)) for id_ in ids],
        "letters in name": [float(len(set(id_))) for id_ in ids],
    }


def _thumbs(pictures: Sequence[Shown]) -> NDArray[np.float32]:
    """Return 20x16 versions as rows of zero mean and unit length."""
    box = Image.Resampling.BOX
    small = [np.asarray(Image.fromarray(p).resize(THUMB, box), np.float32) for p in pictures]
    flat = np.stack([image.ravel() for image in small])
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return flat


def _nearest(folder: Path, stimuli: Sequence[Stimulus]) -> tuple[tuple[dict[str, str], ...], str]:
    """Return the nearest training image of each generated case, and in words what that says."""
    from gan import trainset

    opened = trainset.open_set(folder)
    rung = min(opened.rungs - 1, 5)
    images = opened.images(rung)
    kept = [at for at, record in enumerate(opened.records) if record.split == "train"]
    known = _thumbs([_framed(np.asarray(images[at]), at) for at in kept])
    rows: list[dict[str, str]] = []
    real_same = generated_same = 0
    for stimulus in stimuli:
        walls = [_wall_left(stimulus, view) for view in range(stimulus.pictures.shape[0])]
        likeness = _thumbs(walls) @ known.T
        view, at = np.unravel_index(int(likeness.argmax()), likeness.shape)
        best = float(likeness[view, at])
        same = best >= SAME
        if stimulus.arm == "real":
            real_same += same
            continue
        generated_same += same
        file = opened.records[kept[int(at)]].file
        rows.append({"origin": stimulus.origin, "image": file, "correlation": f"{best:.4f}"})
    words = (
        f"{generated_same} generated cases are as near to a training image as two files of one "
        f"exposure are (correlation {SAME} at 20x16); {real_same} real cases were trained on"
    )
    return tuple(rows), words


def _framed(image: NDArray[np.unsignedinteger], seed: int) -> Shown:
    """Return an image of a training set through the same normaliser as the stimuli."""
    grey = image.astype(np.float32) / np.float32(np.iinfo(image.dtype).max)
    return normalise(grey, grey.shape[0], grey.shape[1], seed)


def _wall_left(stimulus: Stimulus, view: int) -> Shown:
    """Return one view with its chest wall at the left."""
    picture = stimulus.pictures[view]
    turned = stimulus.view == "exam" and SCREENING[view][0] == "R"
    return np.ascontiguousarray(picture[:, ::-1] if turned else picture)
