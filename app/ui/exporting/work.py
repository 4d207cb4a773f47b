"""What the export dialog has done on a thread: requests in, files out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.recipe import LatentPoint, Recipe
from app.core.reel import Reel
from app.language import later
from app.ui.jobs import IMPORTS, Job

if TYPE_CHECKING:
    from app.export.batch import Work
    from app.synth.render import Synthesizer

EXAM, WALK, BATCH = later("This exam"), later("Walk from A to B"), later("Many random exams")
WAY = later("Way through keyframes")
FORMS = {  #: formats of what can be exported, the usual one first
    EXAM: ("dicom", "png16", "tiff16", "pdf", "recipe"),
    WALK: ("gif", "mp4", "dicom-walk"),
    WAY: ("gif", "mp4", "dicom-walk"),
    BATCH: ("dicom", "png16", "tiff16", "pdf", "recipe"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be written, and where."""

    what: str
    form: str
    folder: Path
    recipe: Recipe
    burn: bool = True
    first: int = 0  #: of a batch: seeds
    count: int = 1
    gate: float | None = None
    keys: tuple[Recipe, ...] = ()  #: of a way, which returns to the first when it is closed
    closed: bool = False
    frames: int = 25  #: of a walk, or of a way from key to key
    seconds: float = 4.0
    back: bool = False
    even: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was written."""

    files: tuple[str, ...]
    rejected: int
    made: int
    stopped: bool


def write(model: "Synthesizer", request: Request, job: Job) -> Outcome:
    """Write what is asked for; on a thread."""
    with IMPORTS:
        from app.export.batch import Work, write_batch
        from app.export.formats import FORMATS
        from app.synth.quality import Judge

    form = FORMATS[request.form]
    # A cancelled job's result is dropped, and what was written has to be told: parts are.
    work = Work(burn=request.burn, progress=job.progress, cancelled=job.cancelled)
    files: list[str] = []
    if request.what in (WALK, WAY):
        files = _film(model, request, work)
    else:
        recipes = [request.recipe] if request.what == EXAM else _seeds(model, request)
        judge = Judge(model, job.progress, job.cancelled)
        found = write_batch(judge, recipes, form, request.folder, work, gate=request.gate)
        files = [path.name for path in found]
    rejected = sum(record.status == "rejected" for record in work.records)
    return Outcome(
        files=tuple(files), rejected=rejected, made=len(work.records), stopped=job.cancelled()
    )


def _seeds(model: "Synthesizer", request: Request) -> list[Recipe]:
    seeds = range(request.first, request.first + request.count)
    return [Recipe(model=model.info.hash, point=LatentPoint(seed=seed)) for seed in seeds]


def _film(model: "Synthesizer", request: Request, work: "Work") -> list[str]:
    from app.export.batch import write_film
    from app.export.formats import FORMATS
    from app.export.ways import At, along, paced
    from app.synth.glimpse import Way

    at: At
    if request.what == WAY:
        way = Way(model, request.keys, closed=request.closed)
        at, parts = way.at, len(request.keys) - (not request.closed)
        name = name_of(request.keys[0], request.keys[-1])
    else:
        at, parts = along(request.recipe), 1
        name = name_of(request.recipe)
    recipes = paced(model, at, parts * (request.frames - 1) + 1, even=request.even)
    # What is closed ends where it begins: played round and round, that frame would stand twice.
    recipes = recipes[:-1] if request.what == WAY and request.closed else recipes
    recipes += recipes[-2:0:-1] if request.back else []
    reel = Reel(recipes=tuple(recipes), seconds=request.seconds / max(request.frames - 1, 1))
    form = FORMATS[request.form]
    done = write_film(model.render, reel, form, request.folder / f"{name}{form.suffix}", work)
    return [] if done is None else [done.name]


def name_of(recipe: Recipe, last: Recipe | None = None) -> str:
    """Return the name of a walk's file, or of a way's from a first to a last key."""
    if last is not None:
        return f"way-{recipe.point.seed:04d}-{last.point.seed:04d}"
    end = recipe.end.seed if recipe.end is not None else recipe.point.seed
    return f"walk-{recipe.point.seed:04d}-{end:04d}"


def reel_of(paths: Sequence[str]) -> Callable[[Job], object]:
    """Return what reads the recipes in files, on a thread: None unless all hold the same."""

    def read(_: Job) -> object:
        with IMPORTS:
            from app.dicom.read import reel_in

        found = []
        for path in paths:
            try:
                found.append(reel_in(path))
            except ValueError:
                return None  # told by whoever opens it as an image
        return found[0] if found and all(one == found[0] for one in found) else None

    return read
