"""Reel: recipes in an order, such as the frames of a walk or the exams of a contact sheet."""

import json
from dataclasses import dataclass
from typing import Any

from app.core.recipe import Recipe, recipe_from_json

FORMAT = 1
KEY = "mammoscope_reel"
MOST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reel:
    """At least one recipe, and how long each is shown, in seconds; 0 where nothing moves."""

    recipes: tuple[Recipe, ...]
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= len(self.recipes) <= MOST:
            raise ValueError(f"{len(self.recipes)} recipes in a row; allowed are 1 to {MOST}")
        if not 0.0 <= self.seconds <= 3600:
            raise ValueError(f"frames of {self.seconds} s; allowed are 0 to 3600")

    def to_json(self) -> str:
        """Return one line of JSON: the first recipe whole, of each other what differs from it."""
        first, *rest = (json.loads(recipe.to_json()) for recipe in self.recipes)
        then = [
            {
                k: recipe.get(k)
                for k in first.keys() | recipe.keys()
                if recipe.get(k) != first.get(k)
            }
            for recipe in rest
        ]
        raw = {KEY: FORMAT, "seconds": self.seconds, "first": first, "then": then}
        return json.dumps(raw, sort_keys=True)


def reel_from_json(text: str) -> Reel:
    """Return the reel that `Reel.to_json` or the recipe that `Recipe.to_json` wrote.

    A recipe alone is a reel of one. ValueError says what is wrong with the text.
    """
    try:
        raw = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"recipe: not JSON ({error})") from error
    if not isinstance(raw, dict) or KEY not in raw:
        return Reel(recipes=(recipe_from_json(text),))
    first, then, seconds = raw.get("first", {}), raw.get("then", []), raw.get("seconds", 0)
    timed = isinstance(then, list) and isinstance(seconds, int | float)
    if raw[KEY] != FORMAT or not timed or not all(isinstance(o, dict) for o in (first, *then)):
        raise ValueError(f"recipes in a row: not of format {FORMAT}")
    return Reel(
        recipes=tuple(_recipe(dict(first), change) for change in [{}, *then]), seconds=seconds
    )


def _recipe(first: dict[str, Any], change: dict[str, Any]) -> Recipe:
    whole = {k: v for k, v in {**first, **change}.items() if v is not None or k == "end"}
    return recipe_from_json(json.dumps(whole))
