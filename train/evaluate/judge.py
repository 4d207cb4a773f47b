"""From a model file and a training set to all judgements."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gan.checkpoint import Model
from gan.inference import Drawer
from gan.trainset import Record, TrainingSet
from train.evaluate.artefacts import EXAMS, sheet
from train.evaluate.case import Case, Sample, described
from train.evaluate.judgement import Judgement
from train.evaluate.metrics import METRICS
from train.evaluate.sample import Source, breasts

LEAST = 10  #: held-out images below which no distance means anything
SMALLEST = 20  #: rows: patches and spectra need some
Told = Callable[[str, int], None]  #: hears what is being done, and how many units are behind it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """All that a report is written from."""

    model: Model
    trainset: TrainingSet
    source: Source
    case: Case
    judgements: Mapping[str, Judgement]
    sheet: NDArray[np.uint8]
    seed: int  #: the first exam's
    seconds: float


def evaluated(
    model: Model,
    trainset: TrainingSet,
    *,
    images: int = 1000,
    seed: int = 0,
    told: Told = lambda words, units: None,
) -> Evaluation:
    """Judge a model by so many generated images against the set's held-out and training images.

    ValueError when the set has no images of the model's size or views, or too few held out.
    """
    began = time.monotonic()
    source = _source(model, trainset)
    known = [
        i
        for i, record in enumerate(trainset.records)
        if source.views == ("any",) or record.view in source.views
    ]
    parts = {
        split: [i for i in known if trainset.records[i].split == split]
        for split in ("train", "held-out")
    }
    for split, rows in parts.items():
        if len(rows) < LEAST:
            raise ValueError(
                f"{trainset.folder.name}: {len(rows)} {split} images of view "
                f"{', '.join(source.views)}; at least {LEAST} are needed"
            )
    seeds = range(seed, seed + -(-images // len(source.views)))
    generated = _generated(source, seeds, told)
    real = {split: _real(trainset, source, rows, told) for split, rows in parts.items()}
    told("drawing the artefact sheet", 0)
    hundred = sheet(source, seed)
    told("judging", 2 * EXAMS * len(source.views))
    now = [""]
    case = Case(
        generated=generated,
        training=real["train"],
        held_out=real["held-out"],
        seed=seed,
        tick=lambda: told(now[0], 1),
    )
    judgements = {}
    for name, metric in METRICS.items():
        now[0] = f"judging: {name}"
        told(now[0], 0)
        judgements[name] = metric(case)
    return Evaluation(
        model=model,
        trainset=trainset,
        source=source,
        case=case,
        judgements=judgements,
        sheet=hundred,
        seed=seed,
        seconds=time.monotonic() - began,
    )


def _source(model: Model, trainset: TrainingSet) -> Source:
    config = model.config
    height, width = config.size(config.rungs - 1)
    if config.base != trainset.base or config.rungs > trainset.rungs:
        top = tuple(side << (trainset.rungs - 1) for side in trainset.base)
        raise ValueError(
            f"{trainset.folder.name}: images of up to {top[0]}x{top[1]}; the model makes "
            f"{height}x{width}, and a set that holds this size is needed"
        )
    if height < SMALLEST:
        raise ValueError(
            f"the model makes {height}x{width}: too small to judge; {SMALLEST} rows are the least"
        )
    kind = np.uint8 if trainset.images(config.rungs - 1).dtype == np.uint8 else np.uint16
    records = tuple(r for r in trainset.records if r.split == "train")
    return Source(model=model, drawer=Drawer(model.generator), records=records, kind=kind)


def _generated(source: Source, seeds: range, told: Told) -> Sample:
    pixels = breasts(source, seeds, told=lambda n: told("drawing", n))
    count = len(source.views)
    return described(
        pixels.reshape(-1, *pixels.shape[2:]),
        view=[view for _ in seeds for view in source.views],
        group=np.repeat(np.array(seeds), count),
        name=[f"seed {seed} R{view}" for seed in seeds for view in source.views],
        told=lambda n: told("measuring generated images", n),
    )


def _real(trainset: TrainingSet, source: Source, rows: list[int], told: Told) -> Sample:
    records: list[Record] = [trainset.records[i] for i in rows]
    patients = {p: k for k, p in enumerate(sorted({r.patient for r in records}))}
    pixels = trainset.images(source.model.config.rungs - 1)[np.array(rows)]
    untold = source.views == ("any",)
    return described(
        pixels,
        view=["any" if untold else r.view for r in records],
        group=[patients[r.patient] for r in records],
        name=[f"image {i} {r.side}{r.view}" for i, r in zip(rows, records, strict=True)],
        side=[r.side for r in records],
        told=lambda n: told("measuring real images", n),
    )
