"""Recipes, protocols, designs, settings, sessions, notes and run files from strangers.

Each is altered 150 times, structure and all: it is read or refused in words, and nothing else.
"""

import json
import tomllib

import numpy as np
import pytest
import tomli_w

from app import resources, session, settings
from app.core.annotation import Annotation, Notes, notes_from_json
from app.core.protocol_file import parse_protocol
from app.core.recipe import LatentPoint, Recipe, recipe_from_json
from app.core.reel import reel_from_json
from app.reading.design import parse_design
from app.runs import Run, with_config

WRONG = (
    True,
    -1,
    0,
    2**31,
    10**400,
    1e308,
    "",
    "x" * 5000,
    [],
    {},
    [1, 2],
    [[[]]],
    "../../x",
    "\x1b[1m",
    "a\nb",
)
RECIPE = Recipe(model="0" * 64, point=LatentPoint(seed=3, edits=(0.5,)), position=0.2)
NOTES = Notes(annotations=(Annotation(kind="distance", points=((1, 2), (3, 4))),), key=True)


def places(value, path=()):
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in inner:
        yield (*path, key)
        yield from places(item, (*path, key))


def altered(value, draw, *, none):
    value = json.loads(json.dumps(value))
    found = list(places(value))
    *way, last = found[draw.integers(0, len(found))]
    at = value
    for step in way:
        at = at[step]
    what = draw.integers(0, 8)
    if what == 0:
        del at[last]
    elif what == 1 and isinstance(at, dict):
        at["unknown"] = 1
    elif what == 2 and none:
        at[last] = None
    else:
        at[last] = WRONG[draw.integers(0, len(WRONG))]
    return value


def in_json(value):
    return json.dumps(value)


PARSERS = {
    "recipe": (lambda: json.loads(RECIPE.to_json()), in_json, recipe_from_json),
    "reel": (lambda: json.loads(RECIPE.to_json()), in_json, reel_from_json),
    "notes": (lambda: json.loads(NOTES.to_json()), in_json, notes_from_json),
    "protocol": (
        lambda: tomllib.loads(next(resources.folder("protocols").glob("*.toml")).read_text()),
        tomli_w.dumps,
        lambda text: parse_protocol(text, "p.toml"),
    ),
}


@pytest.mark.parametrize("name", PARSERS)
def test_altered_texts_are_read_or_refused(name):
    value, written, parse = PARSERS[name]
    parse(written(value()))  # as it is, it is read
    draw, refused = np.random.default_rng(7), 0
    for _ in range(150):
        text = written(altered(value(), draw, none=written is in_json))
        try:
            parse(text)
        except ValueError:
            refused += 1
    assert refused > 30


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize(
    "text", ["", "[" * 100_000, "{" * 100_000, "a = " + "[" * 100_000, "\0", "NaN", "1" * 5000]
)
def test_what_is_nothing_of_the_kind_is_refused(name, text):
    with pytest.raises(ValueError, match=r"."):
        PARSERS[name][2](text)


@pytest.mark.parametrize(
    "text", ["", "[" * 100_000, "schema = 1\n" + "a.b" * 5000, "schema = " + "[" * 100_000]
)
def test_designs_that_are_none_are_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse_design(text, "d.toml")


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{}", "null", '{"open": 7}', '{"recent": {"images": [1]}}']
)
def test_a_session_that_is_none_is_an_empty_one(text):
    session.file().parent.mkdir(parents=True, exist_ok=True)
    session.file().write_text(text)
    assert session.load().open == []


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 100_000, "look = 7", "x = 1", "[look]\nfont_percent = 1e400"]
)
def test_settings_that_are_none_are_left_out(tmp_path, text):
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"^settings\.toml: "):
        settings.read(path)


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "7", '{"network": 7}'])
def test_a_run_whose_settings_are_none_says_so(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    assert "config.json can't be read" in with_config(Run(folder=tmp_path)).trouble
