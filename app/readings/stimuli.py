"""From a design to stimuli: real cases are read, generated ones drawn, both framed alike.

Runs at sealing time only, on the coordinator's machine.
"""

import random
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.core.mammogram import SCREENING, Exam, Facts, Mammogram
from app.core.recipe import SEED_LIMIT, LatentPoint, Recipe
from app.prepare import excluded_because, oriented
from app.reading.design import Design, GeneratedArm
from app.reading.normalise import normalise
from app.reading.seal import Stimulus

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """One case before it is drawn: the views it shows, or the recipe it is generated from."""

    arm: str
    views: tuple[tuple[str, str], ...]
    files: tuple[Facts, ...] = ()
    recipe: Recipe | None = None
    training: bool = False


def _silent(done: int, total: int) -> None:
    return


def collect(design: Design, base: Path, told: Told = _silent) -> list[Stimulus]:
    """Return all stimuli of a design, shuffled; relative paths in it start at `base`.

    ValueError when there are too few cases, or one can't be shown at the design's size.
    """
    rng = random.SystemRandom()
    real = _real(design, base, rng)
    views = [case.views for case in real]
    wanted = list(real)
    training = design.training
    shares = _shares(training.generated, len(design.generated))
    for arm, extra in zip(design.generated, shares, strict=True):
        wanted += _generated(arm, extra, base, views, rng)
    return _drawn_all(wanted, design, base, told, rng)


def every_view(design: Design, told: Told = _silent) -> tuple[Design, list[Stimulus]]:
    """Return a design with counts that use every single view of its real exams, and its stimuli.

    As many are generated, of the same views. For a game: one patient counts several times.
    """
    from app.dicom.scan import exams_under

    rng = random.SystemRandom()
    exams, _ = exams_under(list(design.real.source))
    real = [
        _Wanted(arm="real", views=((image.side, image.view),), files=(image,))
        for exam in exams
        for image in exam.images
        if excluded_because(image) is None and image.side and image.view in design.stimulus.views
    ]
    if not real:
        raise ValueError("no mammogram with a known side and view was found")
    arm = replace(design.generated[0], count=len(real))
    wanted = [*real, *_generated(arm, 0, Path(), [case.views for case in real], rng)]
    counted = replace(design, real=replace(design.real, count=len(real)), generated=(arm,))
    return counted, _drawn_all(wanted, counted, Path(), told, rng)


def _drawn_all(
    wanted: Sequence[_Wanted], design: Design, base: Path, told: Told, rng: random.SystemRandom
) -> list[Stimulus]:
    stimuli: list[Stimulus] = []
    synthesizers: dict[str, object] = {}
    for done, case in enumerate(wanted, 1):
        told(done - 1, len(wanted))
        stimuli.append(_stimulus(case, design, base, synthesizers))
    told(len(wanted), len(wanted))
    rng.shuffle(stimuli)
    return stimuli


def _shares(count: int, parts: int) -> list[int]:
    return [count // parts + (part < count % parts) for part in range(parts)]


def _real(design: Design, base: Path, rng: random.SystemRandom) -> list[_Wanted]:
    """Return the real cases of test and training, one for each patient, drawn at random."""
    from app.dicom.scan import exams_under

    sources = [base / source for source in design.real.source]
    for source in sources:
        if not source.exists():
            raise ValueError(f"[real]: {source.name}: no such file or folder")
    found_exams, _ = exams_under([str(source) for source in sources])
    exams = rng.sample(found_exams, len(found_exams))
    found: dict[str, tuple[Facts, ...]] = {}
    for exam in exams:
        patient = exam.images[0].patient or exam.id
        chosen = _shown(exam, design, rng)
        if chosen and patient not in found:
            found[patient] = chosen
    needed = design.real.count + design.training.real
    if len(found) < needed:
        raise ValueError(
            f"[real]: {len(found)} patients with usable mammograms were found; "
            f"{needed} are needed ({design.real.count} in the test, {design.training.real} before)"
        )
    return [
        _Wanted(
            arm="real",
            views=tuple((f.side or "", f.view or "") for f in files),
            files=files,
            training=at >= design.real.count,
        )
        for at, files in enumerate(list(found.values())[:needed])
    ]


def _shown(exam: Exam, design: Design, rng: random.SystemRandom) -> tuple[Facts, ...]:
    """Return the images of an exam that make one case: all four views, or one of those asked."""
    usable = [image for image in exam.images if excluded_because(image) is None and image.side]
    if design.stimulus.show == "single":
        fitting = [image for image in usable if image.view in design.stimulus.views]
        return (rng.choice(fitting),) if fitting else ()
    views = {(image.side, image.view): image for image in usable}
    return tuple(views[v] for v in SCREENING) if all(v in views for v in SCREENING) else ()


def _generated(
    arm: GeneratedArm,
    extra: int,
    base: Path,
    views: Sequence[tuple[tuple[str, str], ...]],
    rng: random.SystemRandom,
) -> Iterator[_Wanted]:
    """Yield the cases of one arm, showing the same views as the real ones do."""
    if arm.policy == "curated" and len(arm.seeds) < arm.count + extra:
        raise ValueError(f"[[generated]] {arm.name}: {arm.count + extra} seeds are needed")
    drawn: dict[int, None] = {}
    while arm.policy == "random" and len(drawn) < arm.count + extra:
        drawn[secrets.randbelow(SEED_LIMIT)] = None
    seeds = list(drawn) or list(arm.seeds)
    turns: list[tuple[tuple[str, str], ...]] = []
    while len(turns) < arm.count + extra:
        turns += rng.sample(list(views), len(views))
    for at, seed in enumerate(seeds[: arm.count + extra]):
        recipe = Recipe(model="0" * 64, point=LatentPoint(seed=seed))
        yield _Wanted(arm=arm.name, views=turns[at], recipe=recipe, training=at >= arm.count)


def _stimulus(
    case: _Wanted, design: Design, base: Path, synthesizers: dict[str, object]
) -> Stimulus:
    from app.dicom.read import read

    origin = " ".join(Path(facts.file).name for facts in case.files)
    if case.recipe is None:
        mammograms = [_known(read(facts.file), facts) for facts in case.files]
    else:
        arm = next(arm for arm in design.generated if arm.name == case.arm)
        mammograms, recipe = _drawn(case, arm, design, base, synthesizers)
        origin = recipe.to_json()
    rows, columns = design.stimulus.height, design.columns
    pictures = []
    for mammogram in mammograms:
        try:
            picture = normalise(oriented(mammogram), rows, columns, secrets.randbits(64))
        except ValueError as error:
            raise ValueError(f"{Path(mammogram.facts.file).name}: {error}") from None
        exam = design.stimulus.show == "exam"  # both breasts, chest walls in the middle
        pictures.append(picture[:, ::-1] if exam and mammogram.facts.side == "R" else picture)
    single = design.stimulus.show == "single"
    return Stimulus(
        pictures=np.ascontiguousarray(np.stack(pictures)),
        arm=case.arm,
        origin=origin,
        view=case.views[0][1] if single else "exam",
        side=case.views[0][0] if single else "",
        training=case.training,
    )


def _known(mammogram: Mammogram, facts: Facts) -> Mammogram:
    """Return a read mammogram with what the scan knew of it: a manifest may state its side."""
    side, view = facts.side or mammogram.facts.side, facts.view or mammogram.facts.view
    return replace(mammogram, facts=replace(mammogram.facts, side=side, view=view))


def _drawn(
    case: _Wanted,
    arm: GeneratedArm,
    design: Design,
    base: Path,
    synthesizers: dict[str, object],
) -> tuple[list[Mammogram], Recipe]:
    """Return the views of a generated case, of the smallest rung that needs no enlarging."""
    from app.resources import default_model
    from app.synth.render import Synthesizer

    assert case.recipe is not None
    if arm.name not in synthesizers:
        synthesizers[arm.name] = Synthesizer(base / arm.model if arm.model else default_model())
    synthesizer = synthesizers[arm.name]
    assert isinstance(synthesizer, Synthesizer)
    rungs = synthesizer.info.rungs
    if rungs[-1][0] < design.stimulus.height:
        raise ValueError(
            f"[[generated]] {arm.name}: makes pictures of {rungs[-1][0]} rows, which would be "
            f"enlarged to {design.stimulus.height}; ask for {rungs[-1][0]} or fewer"
        )
    recipe = replace(case.recipe, model=synthesizer.info.hash)
    views = {(m.facts.side, m.facts.view): m for m in synthesizer.render(recipe)}
    # Sides and views of a case are strings that its design was checked for.
    return [views[side, view] for side, view in case.views], recipe  # type: ignore[index]
