"""What a person keeps of a model: favourite exams as recipes, names and hiding of directions.

One small file per model in the user's data folder, no picture in it; recipes mean the same exams
as long as the model is the same, so the file is named by the model's hash.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core.recipe import Recipe, recipe_from_json
from app.notes import data_folder

FORMAT = 1
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Favourite:
    """An exam that was kept, and what it was called."""

    recipe: Recipe
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Favourites, newest last; directions by number."""

    favourites: tuple[Favourite, ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)  #: names given to directions
    hidden: frozenset[int] = frozenset()  #: directions not shown

    def to_json(self) -> str:
        """Return the text of the file."""
        kept = [{"name": f.name, "recipe": json.loads(f.recipe.to_json())} for f in self.favourites]
        raw = {
            "mammoscope_collection": FORMAT,
            "favourites": kept,
            "names": {str(k): name for k, name in sorted(self.names.items())},
            "hidden": sorted(self.hidden),
        }
        return json.dumps(raw, indent=1)


def collection_from_json(text: str) -> Collection:
    """Return what `Collection.to_json` wrote; ValueError says what is wrong with the text."""
    try:
        raw = json.loads(text)
        if not isinstance(raw, dict) or raw.get("mammoscope_collection") != FORMAT:
            raise ValueError(f"not a collection of format {FORMAT}")
        return Collection(
            favourites=tuple(_favourite(one) for one in raw.get("favourites", [])),
            names={int(k): str(name) for k, name in raw.get("names", {}).items()},
            hidden=frozenset(int(k) for k in raw.get("hidden", [])),
        )
    except (TypeError, AttributeError, KeyError, RecursionError) as error:
        raise ValueError(f"not a collection ({type(error).__name__})") from error


def _favourite(raw: Any) -> Favourite:
    return Favourite(
        recipe=recipe_from_json(json.dumps(raw["recipe"])), name=str(raw.get("name", ""))
    )


def file_of(model: str) -> Path:
    """Return the file of a model's collection, which need not exist."""
    assert _HASH.fullmatch(model), model
    return data_folder() / "explored" / f"{model}.json"


def load(model: str) -> Collection:
    """Return what is kept of a model, nothing when there is no file; ValueError when damaged."""
    path = file_of(model)
    try:
        return collection_from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Collection()
    except ValueError as error:  # bad UTF-8 is one, too
        raise ValueError(f"{path.name}: {error}; it is left as it is") from error


def save(model: str, collection: Collection) -> None:
    """Keep it, whole or not at all."""
    path = file_of(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(collection.to_json())
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
