"""The commands that make generated exams and films without a window."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.core.bar import bar

if TYPE_CHECKING:
    from app.core.recipe import Recipe
    from app.synth.render import Synthesizer

ModelFile = Annotated[Path | None, typer.Option("--model", metavar="FILE", help="Model file")]
BurnIn = Annotated[
    bool, typer.Option("--burn-in/--no-burn-in", help="The word SYNTHETIC in a corner of the image")
]


def parse_seeds(text: str) -> list[int]:
    """Return the seeds of a list such as `0-9` or `1,4,7-8`, in its order, each once."""
    seeds: dict[int, None] = {}
    for part in text.split(","):
        ends = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part)
        if ends is None:
            raise ValueError(f"seeds {text!r}: write whole numbers and ranges, such as 0-9 or 1,4")
        first, last = int(ends[1]), int(ends[2] or ends[1])
        if last < first or last >= 2**32 or last - first >= 100_000:
            raise ValueError(f"seeds {text!r}: ranges rise, below 2**32, at most 100000 seeds each")
        seeds.update(dict.fromkeys(range(first, last + 1)))
    return list(seeds)


def parse_views(text: str) -> tuple[str, ...]:
    """Return the labels of a list such as `RCC,LCC`; `all` are the four screening views."""
    allowed = ("RCC", "LCC", "RMLO", "LMLO")
    if text.lower() == "all":
        return allowed
    labels = tuple(dict.fromkeys(part.strip().upper() for part in text.split(",")))
    wrong = [label for label in labels if label not in allowed]
    if wrong:
        raise ValueError(f"views {text!r}: allowed are all, or a list of {', '.join(allowed)}")
    return labels


def loaded(model: Path | None) -> "Synthesizer":
    """Return a model ready to draw, the shipped one when none is named."""
    from app.resources import default_model
    from app.synth.render import Synthesizer

    if model is not None and not model.is_file():
        raise ValueError(f"{model.name}: no such file")
    return Synthesizer(model or default_model())


def _of_seed(synthesizer: "Synthesizer", seed: int) -> "Recipe":
    from app.core.recipe import LatentPoint, Recipe

    return Recipe(model=synthesizer.info.hash, point=LatentPoint(seed=seed))


def _numbered(synthesizer: "Synthesizer", name: str) -> int:
    """Return the number of a direction; ValueError lists those there are."""
    known = [direction.name for direction in synthesizer.info.directions]
    if name.strip().lower() not in [one.lower() for one in known]:
        raise ValueError(f"direction {name!r}; this model has {', '.join(known)}")
    return [one.lower() for one in known].index(name.strip().lower())


def _shaped(
    synthesizer: "Synthesizer",
    recipe: "Recipe",
    moves: list[str],
    locks: list[str],
    changes: dict[str, Any],
) -> "Recipe":
    """Return a recipe with directions moved and locked; `changes` are of the recipe itself."""
    point = recipe.point
    for move in moves:
        name, _, amount = move.rpartition("=")
        try:
            point = point.moved(_numbered(synthesizer, name), float(amount))
        except ValueError as error:
            if name and str(error).startswith("direction"):
                raise
            raise ValueError(f"move {move!r}: write a name and steps, such as texture=1") from error
    locked = sorted({*point.locked, *(_numbered(synthesizer, name) for name in locks)})
    given = {name: value for name, value in changes.items() if value is not None}
    return replace(recipe, point=replace(point, locked=tuple(locked)), **given)


def _recipes_in(path: Path) -> "tuple[Recipe, ...]":
    from app.dicom.read import reel_in

    reel = reel_in(path) if path.is_file() else None
    if reel is None:
        raise ValueError(f"{path.name}: holds no recipe of a generated exam")
    return reel.recipes


def _between(
    synthesizer: "Synthesizer",
    keys: "list[Recipe]",
    frames: int,
    *,
    even: bool,
    smooth: bool,
    closed: bool,
) -> "list[Recipe]":
    """Return the exams of a walk from key to key, or of a smooth way through them."""
    from app.export.ways import along, paced
    from app.synth.glimpse import Way

    if smooth or closed:
        way = Way(synthesizer, keys, closed=closed)
        count = (len(keys) - (not closed)) * (frames - 1) + 1
        whole = paced(synthesizer, way.at, count, even=even)
        return whole[:-1] if closed else whole
    recipes: list[Recipe] = []
    for ends in pairwise(keys):
        if replace(ends[0], point=ends[1].point) == ends[1] and ends[0].end is None:
            at = along(replace(ends[0], end=ends[1].point))
        else:
            at = Way(synthesizer, ends, closed=False).at
        recipes += paced(synthesizer, at, frames, even=even)[1 if recipes else 0 :]
    return recipes


def generate(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write to")],
    seeds: Annotated[str | None, typer.Option(help="Such as 0-9 or 1,4,7")] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="In place of seeds: any file Mammoscope exported"),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="dicom|png16|tiff16|pdf|recipe")
    ] = "png16",
    model: ModelFile = None,
    move: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=STEPS", help="Move along a direction, such as 'texture=1.5'"),
    ] = None,
    lock: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="What the moves leave as it is"),
    ] = None,
    typicality: Annotated[float | None, typer.Option(min=0, max=1)] = None,
    difference: Annotated[
        float | None, typer.Option(min=0, max=1, help="How far left departs from right")
    ] = None,
    views: Annotated[str, typer.Option(help="all, or a list such as RCC,LCC")] = "all",
    burn_in: BurnIn = True,
    gate: Annotated[
        float | None,
        typer.Option(min=0, max=0.9, metavar="SHARE", help="Reject exams of a lower quality"),
    ] = None,
    quality: Annotated[bool, typer.Option("--quality", help="Record the quality of each")] = False,
) -> None:
    """Write one generated four-view exam per seed or recipe, and records.csv: what each measures.

    Quality is the share of the model's random exams that are more unusual: with --gate 0.1 about a
    tenth is rejected, and recorded so. Nothing is left out unasked.
    """
    from app.export.batch import Work, write_batch
    from app.export.formats import format_of

    kind = format_of(form, "views", "exam", "sheet")
    labels = parse_views(views)
    if (seeds is None) == (recipe is None):
        raise ValueError("give either --seeds or --recipe")
    numbers = parse_seeds(seeds) if seeds is not None else []
    recipes = list(_recipes_in(recipe)) if recipe is not None else []
    from app.synth.quality import Judge

    synthesizer = loaded(model)
    recipes += [_of_seed(synthesizer, seed) for seed in numbers]
    changes = {"typicality": typicality, "difference": difference}
    recipes = [_shaped(synthesizer, one, move or [], lock or [], changes) for one in recipes]
    with bar("generating") as told:
        work = Work(burn=burn_in, labels=labels, progress=told)
        judge = Judge(synthesizer, told)
        for path in write_batch(judge, recipes, kind, out, work, gate=gate, judged=quality):
            typer.echo(path)
    if gate is not None:
        rejected = sum(one.status == "rejected" for one in work.records)
        typer.echo(
            f"{rejected} of {len(recipes)} exams rejected ({rejected / len(recipes):.0%}): "
            f"quality below {gate:g}",
            err=True,
        )


def walk(
    out: Annotated[Path, typer.Option(metavar="FILE", help="Ends in .gif, .mp4 or .dcm")],
    seeds: Annotated[
        str | None, typer.Option(help="The ends, such as 3,8; more are walked in turn")
    ] = None,
    recipe: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="In place of seeds, for each: a file of an exam"),
    ] = None,
    frames: Annotated[int, typer.Option(min=2, max=1000, help="Pictures of each way")] = 25,
    seconds: Annotated[float, typer.Option(min=0.1, help="From an end to the next")] = 4.0,
    back: Annotated[bool, typer.Option("--back", help="And back again")] = False,
    smooth: Annotated[
        bool, typer.Option("--smooth", help="Without a corner at the ends between")
    ] = False,
    closed: Annotated[
        bool, typer.Option("--closed", help="Smoothly, and on to the first again")
    ] = False,
    even: Annotated[bool, typer.Option("--even", help="As much change in every step")] = False,
    model: ModelFile = None,
    burn_in: BurnIn = True,
) -> None:
    """Write the walk between two or more exams as GIF, MP4 or multi-frame DICOM."""
    from app.core.reel import Reel
    from app.export.batch import Work, write_film
    from app.export.formats import FORMATS

    forms = {f.suffix: f for f in FORMATS.values() if f.shape == "film"}
    if out.suffix.lower() not in forms:
        raise ValueError(f"{out.name}: a walk is written as {', '.join(forms)}")
    if (seeds is None) == (not recipe):
        raise ValueError("give either --seeds or --recipe")
    numbers = parse_seeds(seeds) if seeds is not None else []
    if len(numbers) + len(recipe or []) < 2:
        raise ValueError(f"{seeds or 'one recipe'}: a walk has two ends or more, such as 3,8")
    synthesizer = loaded(model)
    keys = [_of_seed(synthesizer, seed) for seed in numbers]
    keys += [_recipes_in(path)[0] for path in recipe or []]
    recipes = _between(synthesizer, keys, frames, even=even, smooth=smooth, closed=closed)
    if back:
        recipes += recipes[-2:0:-1]
    reel = Reel(recipes=tuple(recipes), seconds=seconds / max(frames - 1, 1))
    with bar("drawing") as told:
        work = Work(burn=burn_in, progress=told)
        write_film(synthesizer.render, reel, forms[out.suffix.lower()], out, work)
    typer.echo(out)


def project(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Real mammograms")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write to")],
    form: Annotated[str, typer.Option("--format", metavar="dicom|png16|tiff16")] = "png16",
    compare: Annotated[
        bool, typer.Option("--compare", help="First project held-out generated images, minutes")
    ] = False,
    model: ModelFile = None,
    burn_in: BurnIn = True,
) -> None:
    """Find the generated exam that is closest to real mammograms, one view or a whole exam.

    Writes its views, its recipe, and how far each is from what was asked for. A likeness is not
    that patient: it is the closest this model can make.
    """
    from app import projecting
    from app.dicom.read import read
    from app.dicom.scan import exams_under
    from app.export.batch import Work, write_views
    from app.export.formats import format_of

    kind = format_of(form, "views")
    exams, refused = exams_under(paths)
    if len(exams) != 1:
        reason = refused[0].reason if refused and not exams else f"{len(exams)} exams were given"
        raise ValueError(f"{reason}; one exam is projected at a time")
    synthesizer = loaded(model)
    asked = projecting.pictures_of((read(i.file) for i in exams[0].images), synthesizer)
    if compare:
        with bar("comparing") as told:
            projecting.compare(synthesizer, list(asked), told)
    with bar("projecting") as told:
        result = projecting.closest(synthesizer, asked, lambda f: told(f.done, f.total))
    out.mkdir(parents=True, exist_ok=True)
    exam = synthesizer.render(result.recipe)
    for path in write_views(exam, result.recipe, kind, out, "closest", Work(burn=burn_in)):
        typer.echo(path)
    (out / "closest.json").write_text(result.recipe.to_json() + "\n", encoding="utf-8")
    typer.echo(out / "closest.json")
    typer.echo(result.words, err=True)
