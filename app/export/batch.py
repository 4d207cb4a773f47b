"""Exams to files: one exam, many with their table, or a walk; can be stopped at any exam."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from app.core.mammogram import Mammogram
from app.core.marking import Pixels, mark, mark_frames
from app.core.recipe import Recipe
from app.core.reel import Reel
from app.export.formats import Format, frames_writer, view_writer
from app.export.picture import seen, side_by_side
from app.export.records import Record, write_manifest, write_records

LABELS = ("RCC", "LCC", "RMLO", "LMLO")
SHEET_ROWS = 160  #: of an exam on a sheet of many, at least


class Maker(Protocol):
    """What draws and judges exams: `app.synth.render.Synthesizer` and `app.synth.quality.Judge`."""

    def render(self, recipe: Recipe) -> tuple[Mammogram, ...]:
        """Return RCC, LCC, RMLO and LMLO of a recipe."""

    def measured(self, recipe: Recipe) -> Mapping[str, float]:
        """Return the attributes of an exam by name."""

    def quality(self, recipe: Recipe) -> float:
        """Return the share of the model's random exams that score lower, 0 to 1."""


@dataclass(kw_only=True)
class Work:
    """How something is written: with the word burned in, and who hears of it or stops it."""

    burn: bool = True
    labels: Sequence[str] = LABELS
    progress: Callable[[int, int], None] = lambda done, total: None
    cancelled: Callable[[], bool] = lambda: False
    records: list[Record] = field(default_factory=list)  #: what was made and rejected so far


def write_batch(
    maker: Maker,
    recipes: Sequence[Recipe],
    form: Format,
    folder: Path,
    work: Work,
    *,
    gate: float | None = None,
    judged: bool = False,
) -> Iterator[Path]:
    """Write exams and `records.csv` into a folder; yields each file.

    With `gate`, exams of a quality below that share of random ones are not written, but recorded as
    rejected; `judged` records the quality without leaving anything out. What is stopped leaves
    whole files and a table of them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    frames: list[Pixels] = []
    try:
        for number, recipe in enumerate(recipes):
            if work.cancelled():
                break
            quality = maker.quality(recipe) if judged or gate is not None else None
            recipe = recipe if gate is None else replace(recipe, gate=gate)
            kept = gate is None or quality is None or quality >= gate
            files: list[Path] = []
            if kept and form.shape == "sheet":
                frames.append(seen(maker.render(recipe), SHEET_ROWS))
            elif kept:
                files = _exam(maker, recipe, form, folder, work)
                yield from files
            names = tuple(path.name for path in files) or ((f"exams{form.suffix}",) if kept else ())
            work.records.append(
                Record(
                    recipe=recipe,
                    files=names,
                    attributes=maker.measured(recipe),
                    quality=quality,
                )
            )
            work.progress(number + 1, len(recipes))
        if frames:
            yield _sheet(frames, work, folder / f"exams{form.suffix}", form)
    finally:
        write_records(folder, work.records)
        if form.shape == "views" and form.suffix != ".dcm":
            write_manifest(folder, work.records)
    yield folder / "records.csv"


def _exam(maker: Maker, recipe: Recipe, form: Format, folder: Path, work: Work) -> list[Path]:
    name = f"seed-{recipe.point.seed:04d}"
    if form.shape == "exam":
        path = folder / f"{name}{form.suffix}"
        path.write_text(recipe.to_json() + "\n", encoding="utf-8")
        return [path]
    return write_views(maker.render(recipe), recipe, form, folder, name, work)


def write_views(
    exam: Sequence[Mammogram], recipe: Recipe, form: Format, folder: Path, name: str, work: Work
) -> list[Path]:
    """Write the views of an exam, `NAME-RCC.dcm` and so on; returns the files."""
    write, files = view_writer(form), []
    for mammogram in exam:
        if mammogram.facts.label in work.labels:
            path = folder / f"{name}-{mammogram.facts.label}{form.suffix}"
            with whole(path) as part:
                write(mark(mammogram, recipe, burn=work.burn), part)
            files.append(path)
    return files


def _sheet(frames: list[Pixels], work: Work, path: Path, form: Format) -> Path:
    written = [one for one in work.records if one.status == "written"]
    reel = Reel(recipes=tuple(one.recipe for one in written))
    captions = tuple(
        f"seed {one.recipe.point.seed}"
        + ("" if one.quality is None else f"   quality {one.quality:.0%}")
        for one in written
    )
    with whole(path) as part:
        frames_writer(form)(mark_frames(frames, reel, captions=captions, burn=work.burn), part)
    return path


def write_film(
    render: Callable[[Recipe], tuple[Mammogram, ...]],
    reel: Reel,
    form: Format,
    path: Path,
    work: Work,
) -> Path | None:
    """Write a walk, or the sheet of its exams; None when it was stopped before all was drawn."""
    frames: list[Pixels] = []
    for number, recipe in enumerate(reel.recipes):
        if work.cancelled():
            return None
        exam = render(recipe)
        frames.append(np.array(side_by_side(exam)) if form.bits == 16 else seen(exam))
        work.progress(number + 1, len(reel.recipes))
    marked = mark_frames(frames, reel, burn=work.burn)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as part:
        frames_writer(form)(marked, part)
    return path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Lend a name beside a file to write to; the file is replaced only when all is written."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
