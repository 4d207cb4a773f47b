"""Miniatures, smooth ways through exams, and the plane of seeds, with a small untrained model."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from app.core.recipe import LatentPoint, Recipe, recipe_from_json
from app.synth.glimpse import Way, among_seeds, miniature, still
from app.synth.render import Synthesizer
from gan.checkpoint import DirectionFacts, Directions, ModelCard, save_model
from gan.config import NetworkConfig
from gan.latent import from_seed
from gan.networks import Generator


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m.safetensors"
    torch.manual_seed(2)
    config = NetworkConfig(
        latent=8, channel_base=64, channel_max=8, rungs=3, labels=("CC", "MLO"), noise=True
    )
    generator = Generator(config)
    torch.nn.init.constant_(generator.noise.strength, 0.3)
    card = ModelCard(title="t", licence="l", attribution="a", trainset="", images_shown=0, rung=2)
    steps = Directions(steps=np.eye(8, dtype=np.float32)[:1], facts=(DirectionFacts(name="a"),))
    save_model(path, generator, card, steps)
    return Synthesizer(path)


def recipe(model, seed: int, **changes) -> Recipe:
    return replace(Recipe(model=model.info.hash, point=LatentPoint(seed=seed)), **changes)


def pixels(model, one: Recipe) -> np.ndarray:
    return np.stack([m.pixels for m in model.render(one)]).astype(np.int64)


def test_a_miniature_hangs_chest_walls_together_and_cc_above(model) -> None:
    views = model.views(recipe(model, 3), 1)
    small = miniature(model, recipe(model, 3), 1)
    rows, columns = views.shape[1:]
    assert small.shape == (2 * rows, 2 * columns)
    np.testing.assert_array_equal(small[:rows, columns:], views[1])  # LCC
    np.testing.assert_array_equal(small[rows:, :columns], views[2][:, ::-1])  # RMLO, mirrored


@pytest.mark.parametrize("closed", [False, True])
def test_a_way_meets_its_keys_and_never_jumps(model, closed) -> None:
    keys = [
        recipe(model, 1),
        recipe(model, 2, point=LatentPoint(seed=2, edits=(1.0,)), typicality=0.5),
        recipe(model, 3, difference=0.6),
    ]
    way = Way(model, keys, closed=closed)
    segments = 3 if closed else 2
    for k, key in enumerate(keys):
        np.testing.assert_array_equal(pixels(model, way.at(k / segments)), pixels(model, key))
    last = keys[0] if closed else keys[-1]
    np.testing.assert_array_equal(pixels(model, way.at(1.0)), pixels(model, last))
    frames = [pixels(model, way.at(share)) for share in np.linspace(0, 1, 181)]
    steps = [np.abs(b - a).mean() for a, b in pairwise(frames)]
    assert max(steps) < 4 * np.mean(steps)
    between = way.at(0.3)
    assert recipe_from_json(between.to_json()) == between
    np.testing.assert_array_equal(
        pixels(model, between), pixels(model, recipe_from_json(between.to_json()))
    )


def test_a_still_of_a_walk_has_its_latent(model) -> None:
    walk = recipe(model, 4, end=LatentPoint(seed=5), position=0.7)
    found = still(model, walk)
    assert found.end is None
    assert found.point.seed == 5
    np.testing.assert_allclose(model.latent(found), model.latent(walk), atol=1e-5)
    assert still(model, recipe(model, 4)) == recipe(model, 4)


def test_the_plane_of_seeds_holds_the_seeds_and_blends_between(model) -> None:
    start = recipe(model, 10)
    assert among_seeds(model, start, 0, 0) == LatentPoint(seed=10)
    assert among_seeds(model, start, 2, -0.0) == LatentPoint(seed=12)
    assert among_seeds(model, start, -1, 1) == LatentPoint(seed=109)
    assert among_seeds(model, start, -11, 0) == LatentPoint(seed=2**32 - 1)
    point = among_seeds(model, start, 0.25, 0.0)
    assert point.seed == 10
    expected = 0.75 * from_seed(10, 8) + 0.25 * from_seed(11, 8)
    np.testing.assert_allclose(point.latent, expected, rtol=1e-5)


def test_noise_is_not_louder_between_two_moves_of_one_seed(model) -> None:
    start = LatentPoint(seed=6)
    walk = recipe(model, 6, end=start, position=0.5)
    np.testing.assert_array_equal(pixels(model, walk), pixels(model, recipe(model, 6)))
