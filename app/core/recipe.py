"""Recipe: all that is needed to make a generated exam again."""

import json
import math
from dataclasses import asdict, dataclass, replace
from typing import Any

SEED_LIMIT = 2**32
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentPoint:
    """A place in latent space: a seed's latent, moved along the model's directions.

    `edits[k]` is the move along direction k in its steps; missing ones are 0. Directions that are
    `locked` stay where they are whatever else is moved. A point found from an image has its own
    `latent`, and with `aside` the direction in which its left breast departs from the right one;
    of the seed then only the noise is used. `noise` is some of that, found as well: by view, such
    as RCC, the coarsest maps as `app.synth.found` packs them.
    """

    seed: int
    edits: tuple[float, ...] = ()
    locked: tuple[int, ...] = ()
    latent: tuple[float, ...] = ()
    aside: tuple[float, ...] = ()
    noise: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.seed < SEED_LIMIT:
            raise ValueError(f"seed {self.seed}: allowed are 0 to {SEED_LIMIT - 1}")
        if not all(map(math.isfinite, (*self.edits, *self.latent, *self.aside))):
            raise ValueError("recipe: an edit or a latent is not a finite number")

    def moved(self, direction: int, amount: float) -> "LatentPoint":
        """Return the point with its move along one direction set to amount."""
        edits = list(self.edits) + [0.0] * (direction + 1 - len(self.edits))
        edits[direction] = amount
        return replace(self, edits=tuple(edits))

    def at_rest(self) -> "LatentPoint":
        """Return the point with nothing moved and nothing locked."""
        return replace(self, edits=(), locked=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One generated exam: model, latent point, left-right difference, and a second end to walk to.

    `difference`, 0 to 1, is how far the left breast's latent departs from the right one's.
    `position`, 0 to 1, is where on the great circle from `point` to `end` the exam lies.
    `typicality`, 0 to 1, draws the first features to the model's mean (truncation by psi = 1 -
    typicality): the exam is less unusual and less its own. `gate` is
    the share of exams that a quality gate rejects, when this one had to pass it.
    """

    model: str  #: SHA-256 of the weights, hexadecimal
    point: LatentPoint
    difference: float = 0.15
    end: LatentPoint | None = None
    position: float = 0.0
    typicality: float = 0.0
    gate: float | None = None

    def __post_init__(self) -> None:
        for name in ("difference", "position", "typicality", "gate"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value <= 1.0:
                raise ValueError(f"recipe: {name} is {value}; allowed are 0 to 1")

    def to_json(self) -> str:
        """Return the recipe as one line of JSON, keys sorted; what is rare is left out if empty."""
        raw = asdict(self)
        for name, rest in (("gate", None), ("typicality", 0.0)):
            if raw[name] == rest:
                del raw[name]
        for point in (raw["point"], raw["end"]):
            for name in ("latent", "aside", "noise"):
                if point is not None and not point[name]:
                    del point[name]
        return json.dumps({"mammoscope_recipe": FORMAT, **raw}, sort_keys=True)


def _point(value: Any) -> LatentPoint:
    allowed = {"seed", "edits", "locked", "latent", "aside", "noise"}
    if not isinstance(value, dict) or set(value) - allowed or "seed" not in value:
        raise ValueError("recipe: a latent point has a seed and, if any, edits, locked and latents")
    if not isinstance(value["seed"], int) or isinstance(value["seed"], bool):
        raise ValueError(f"recipe: seed is {value['seed']!r}; it must be a whole number")
    return LatentPoint(
        seed=value["seed"],
        edits=tuple(float(e) for e in value.get("edits", ())),
        locked=tuple(int(k) for k in value.get("locked", ())),
        latent=tuple(float(x) for x in value.get("latent", ())),
        aside=tuple(float(x) for x in value.get("aside", ())),
        noise=tuple((str(view), str(maps)) for view, maps in value.get("noise", ())),
    )


def recipe_from_json(text: str) -> Recipe:
    """Return the recipe `Recipe.to_json` wrote; ValueError says what is wrong with the text."""
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:  # too deep, or a number of 5,000 digits
        raise ValueError(f"recipe: not JSON ({error})") from error
    if not isinstance(raw, dict) or raw.pop("mammoscope_recipe", None) != FORMAT:
        raise ValueError(f"recipe: not a Mammoscope recipe of format {FORMAT}")
    unknown = set(raw) - {"model", "point", "difference", "end", "position", "typicality", "gate"}
    if unknown or not {"model", "point"} <= set(raw):
        raise ValueError(f"recipe: unknown or missing keys {sorted(unknown) or 'model, point'}")
    try:
        return Recipe(
            model=str(raw["model"]),
            point=_point(raw["point"]),
            difference=float(raw.get("difference", 0.15)),
            end=None if raw.get("end") is None else _point(raw["end"]),
            position=float(raw.get("position", 0.0)),
            typicality=float(raw.get("typicality", 0.0)),
            gate=None if raw.get("gate") is None else float(raw["gate"]),
        )
    except (TypeError, OverflowError) as error:
        raise ValueError(f"recipe: a number was expected ({error})") from error
