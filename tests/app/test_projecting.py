"""Projection with the shipped model: what it made is found again, what is no mammogram refused."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from app import projecting, resources
from app.__main__ import cli
from app.core.recipe import LatentPoint, Recipe, recipe_from_json
from app.synth import found
from app.synth.render import Synthesizer
from gan.checkpoint import DirectionFacts, Directions, ModelCard, save_model
from gan.config import NetworkConfig
from gan.latent import from_seed
from gan.networks import Generator


@pytest.fixture(scope="module")
def model():
    return Synthesizer(resources.default_model())


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    monkeypatch.setenv("MAMMOSCOPE_DATA", str(tmp_path / "own"))
    import torch

    torch.manual_seed(4)
    config = NetworkConfig(latent=8, channel_base=64, channel_max=8, rungs=3, labels=("CC", "MLO"))
    card = ModelCard(title="t", licence="l", attribution="a", trainset="", images_shown=0, rung=2)
    axes = Directions(steps=from_seed(0, 8)[None], facts=(DirectionFacts(name="old"),))
    save_model(tmp_path / "tiny.safetensors", Generator(config), card, axes)
    return tmp_path / "tiny.safetensors"


def test_a_generated_image_is_recovered_and_its_recipe_draws_it_again(model, monkeypatch):
    monkeypatch.setattr("gan.projection.STEPS", (20, 30, 60))  # a third of the time
    monkeypatch.setattr("gan.projection.REFINEMENTS", 2)
    point = LatentPoint(seed=4_100_000)
    asked = {"LMLO": model.values(Recipe(model=model.info.hash, point=point))["LMLO"]}
    told = []
    result = projecting.closest(model, asked, told.append)
    assert np.corrcoef(result.made["LMLO"].ravel(), asked["LMLO"].ravel())[0, 1] > 0.95
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert told[-1].done == told[-1].total
    again = Synthesizer(model.path).render(recipe_from_json(result.recipe.to_json()))
    for one, other in zip(model.render(result.recipe), again, strict=True):
        assert np.array_equal(one.pixels, other.pixels)
    assert result.words.startswith("Closest this model can make")


def test_noise_is_refused_in_a_sentence(model, monkeypatch):
    monkeypatch.setattr("gan.projection.STEPS", (5, 5, 15))
    monkeypatch.setattr("gan.projection.REFINEMENTS", 1)
    monkeypatch.setattr("gan.projection.BANK", 32)
    noise = np.random.default_rng(1).uniform(-1, 1, model.info.rungs[-1]).astype(np.float32)
    with pytest.raises(ValueError, match="not like any mammogram"):
        projecting.closest(model, {"RCC": noise})


def test_cancelled_keeps_the_best_so_far_of_a_whole_exam(model, monkeypatch):
    monkeypatch.setattr("gan.projection.BANK", 32)
    asked = model.values(Recipe(model=model.info.hash, point=LatentPoint(seed=9)))
    count = iter(range(1000))
    result = projecting.closest(model, asked, cancelled=lambda: next(count) >= 3)
    assert set(result.made) == {"RCC", "LCC", "RMLO", "LMLO"}
    assert 0 < result.score < 1
    assert len(result.recipe.point.noise) == 4


def test_wrong_views_are_told(model):
    small = np.zeros((4, 4), np.float32)
    with pytest.raises(ValueError, match="allowed are RCC"):
        next(found.find(model, {"RML": small}))
    with pytest.raises(ValueError, match="makes 160x128 pixels"):
        next(found.find(model, {"RCC": small}))
    with pytest.raises(ValueError, match="none of the images"):
        projecting.pictures_of([], model)


def test_what_its_own_exams_reach_is_kept_beside_a_model(tiny, monkeypatch) -> None:
    for name, value in (("STEPS", (2, 2)), ("REFINEMENTS", 1), ("BANK", 12), ("KEPT", (2, 1))):
        monkeypatch.setattr(f"gan.projection.{name}", value)
    monkeypatch.setattr(found, "REFERENCES", 2)
    done = CliRunner().invoke(cli, ["reach", str(tiny)])
    assert done.exit_code == 0, done.output
    told = json.loads(tiny.with_name("tiny-projection.json").read_text())
    assert {kind: len(scores) for kind, scores in told["scores"].items()} == {
        "CC of one": 2, "MLO of one": 2, "CC MLO of both": 2,
    }  # fmt: skip
    model = Synthesizer(tiny)
    assert projecting.reached(model, ["LMLO"]) == tuple(told["scores"]["MLO of one"])
    assert projecting.reached(model, ["RCC", "RMLO"]) == ()  # nobody has looked
    told["model"] = "another"
    tiny.with_name("tiny-projection.json").write_text(json.dumps(told))
    assert projecting.reached(model, ["LMLO"]) == ()
