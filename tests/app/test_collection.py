"""Favourites and names of a model, as they are written and read back."""

import pytest

from app import collection
from app.collection import Collection, Favourite
from app.core.recipe import LatentPoint, Recipe

MODEL = "a" * 64


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MAMMOSCOPE_DATA", str(tmp_path))
    return tmp_path


def test_what_is_kept_comes_back_and_holds_no_picture(folder) -> None:
    recipe = Recipe(model=MODEL, point=LatentPoint(seed=7, edits=(0.5, -1.0)), typicality=0.25)
    kept = Collection(
        favourites=(Favourite(recipe=recipe, name="dense"),),
        names={3: "pectoral muscle"},
        hidden=frozenset({1, 20}),
    )
    assert collection.load(MODEL) == Collection()
    collection.save(MODEL, kept)
    assert collection.load(MODEL) == kept
    assert collection.load("b" * 64) == Collection()
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert [path.suffix for path in files] == [".json"]
    assert files[0].stat().st_size < 1000


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"mammoscope_collection": 1, "favourites": [{}]}', "\ud800", "[" * 9999],
)
def test_a_damaged_file_is_told_of_by_name_and_left_alone(text) -> None:
    path = collection.file_of(MODEL)
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    before = path.read_bytes()
    with pytest.raises(ValueError, match=path.name):
        collection.load(MODEL)
    assert path.read_bytes() == before
