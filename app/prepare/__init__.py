"""From real exams to a training set that never leaks a patient, and a report of what became of it.

Images are worked on in any order by any number of processes (`pool`, `work`), kept as they are
done (`stage`), and written in the order they were found: the bytes of a set depend on the sources
and the settings alone.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from app.dicom.location import MARK
from app.dicom.scan import Refused, locations_under
from app.prepare import patients, pool, report
from app.prepare.frame import BASE, oriented
from app.prepare.report import Left
from app.prepare.rules import Rules, excluded_because
from app.prepare.stage import Stage
from app.prepare.work import Outcome, Seen, Settings
from gan import trainset
from gan.shards import in_kind

__all__ = [
    "Left",
    "Prepared",
    "Progress",
    "Settings",
    "excluded_because",
    "oriented",
    "prepare",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many images are done, of how many; `before` of them by an earlier run."""

    phase: Literal["preparing", "writing"]
    done: int
    total: int
    before: int


Told = Callable[[Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What became of the sources."""

    fingerprint: str
    used: int
    held_out: int
    left: tuple[Left, ...]
    cautions: tuple[str, ...]  #: what to look at before training, in sentences


def prepare(
    sources: Sequence[str | Path],
    out: Path,
    settings: Settings | None = None,
    *,
    workers: int | None = None,
    cluster: str = "",
    told: Told = lambda progress: None,
) -> Prepared:
    """Write a training set of all usable mammograms under sources; returns what became of them.

    `workers` processes do the work, one per core by default, or the Dask cluster whose scheduler
    is at the address `cluster`. After an interruption, even a kill, the same call goes on where it
    ended. ValueError when a source is missing, nothing usable is left, or `out` is in use.
    """
    settings = settings or Settings()
    Rules(settings.keep, settings.listed)  # wrong names are told before a long run
    locations, refused = _found(sources, out)
    with Stage(out / "work", settings) as stage:
        todo = [location for location in locations if location not in stage]
        before = done = len(locations) - len(todo)
        told(Progress(phase="preparing", done=done, total=len(locations), before=before))
        for outcome in _outcomes(todo, settings, workers, cluster):
            stage.keep(outcome)
            done += 1
            told(Progress(phase="preparing", done=done, total=len(locations), before=before))
        prepared = _written(stage, locations, refused, sources, out, told)
        stage.remove()
    return prepared


def _found(sources: Sequence[str | Path], out: Path) -> tuple[list[str], list[Refused]]:
    for source in sources:
        if not Path(source).exists():
            raise ValueError(f"{Path(source).name}: no such file or folder")
    if (out / "set.json").exists():
        raise ValueError(f"{out.name}: holds a training set already; choose another folder")
    locations, refused = locations_under(sources)
    inside = f"{out.resolve()}/"
    return [x for x in locations if not str(Path(x).resolve()).startswith(inside)], refused


def _outcomes(
    todo: list[str], settings: Settings, workers: int | None, cluster: str
) -> Iterator[Outcome]:
    if not todo:
        return iter(())
    if cluster:
        return pool.on_cluster(todo, settings, cluster)
    return pool.on_this_machine(todo, settings, workers)


def _written(
    stage: Stage,
    locations: list[str],
    refused: list[Refused],
    sources: Sequence[str | Path],
    out: Path,
    told: Told,
) -> Prepared:
    """Write set and report from what is staged."""
    seen = {location: stage.seen[location] for location in locations if location in stage.seen}
    twins = patients.twins(seen, stage.fine)
    known = patients.labels(seen, twins)
    kept = {location: known[location] for location in seen if location not in twins}
    left = _left(stage, locations, refused, twins, sources)
    if not kept:
        raise ValueError(f"no usable CC or MLO mammogram found; {len(left)} files were left out")
    settings = stage.settings
    records = _records(seen, kept, twins, settings.held_out)
    mark = _write_set(stage, kept, records, out, told)
    files = [_shown(location, sources) for location in kept]
    report.write_sources(out, files, list(kept.values()), left)
    matched = {number for _, number in stage.left_out.values()}
    cautions = report.write(
        out,
        trainset.open_set(out),
        seen=list(kept.values()),
        left=left,
        idle=[entry for n, entry in enumerate(settings.listed) if n not in matched],
    )
    return Prepared(
        fingerprint=mark,
        used=len(kept),
        held_out=sum(record.split == "held-out" for record in records),
        left=tuple(left),
        cautions=tuple(cautions),
    )


def _left(
    stage: Stage,
    locations: list[str],
    refused: list[Refused],
    twins: Mapping[str, str],
    sources: Sequence[str | Path],
) -> list[Left]:
    left = [Left(file=_shown(r.file, sources), reason=r.reason) for r in refused]
    for location in locations:
        file = _shown(location, sources)
        if location in stage.left_out:
            left.append(Left(file=file, reason=stage.left_out[location][0]))
        elif location in twins:
            twin = _shown(twins[location], sources)
            left.append(Left(file=file, reason="same exposure as another file", twin=twin))
    return left


def _shown(location: str, sources: Sequence[str | Path]) -> str:
    """Return where a file lies, from the name of its source on."""
    for source in map(Path, sources):
        inside = location.startswith((f"{source}{os.sep}", f"{source}{MARK}"))
        if inside or location == str(source):
            return f"{source.resolve().name}{location[len(str(source)) :]}"
    return location


def _records(
    seen: Mapping[str, Seen], kept: Mapping[str, Seen], twins: Mapping[str, str], share: float
) -> list[trainset.Record]:
    """Return the records of what is kept, with patients and exams numbered and the split made."""
    pairs = list(twins.items())
    same_exam = patients.same(seen, lambda one: one.exam)
    patient = patients.joined(
        seen, [*patients.same(seen, lambda one: one.patient), *same_exam, *pairs]
    )
    exam = patients.joined(seen, [*same_exam, *pairs])
    apart = patients.held_out(seen, patient, share)
    patient_number = patients.numbered([patient[location] for location in kept])
    exam_number = patients.numbered([exam[location] for location in kept])
    return [
        trainset.Record(
            file=one.name,
            view=one.view,
            side=one.side,
            patient=patient_number[patient[location]],
            split="held-out" if patient[location] in apart else "train",
            density=one.density,
            vendor=one.vendor,
            age=one.age,
            window=one.window,
            exam=exam_number[exam[location]],
            bits=str(one.bits),
        )
        for location, one in kept.items()
    ]


def _write_set(
    stage: Stage,
    kept: Mapping[str, Seen],
    records: list[trainset.Record],
    out: Path,
    told: Told,
) -> str:
    """Write the shards and the table: in 16 bits as soon as one source has more than 8."""
    deep = any(one.bits > 8 for one in kept.values())
    kind = np.uint16 if deep else np.uint8
    about = {"held_out": stage.settings.held_out, "rules_off": sorted(stage.settings.keep)}
    count = len(kept)
    with trainset.Writer(out, base=BASE, height=stage.rows, kind=kind, count=count) as writer:
        for done, location in enumerate(kept):
            told(Progress(phase="writing", done=done, total=count, before=0))
            writer.add(in_kind(stage.top(location), kind))
        return writer.finish(records, about)
