"""From a recipe to four mammograms, with a small untrained model made here."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from app.core.display import display_table
from app.core.geometry import Transform, standard_transform
from app.core.mammogram import SCREENING, Source
from app.core.recipe import LatentPoint, Recipe, recipe_from_json
from app.synth import render
from app.synth.render import Synthesizer, exam_of
from gan.checkpoint import DirectionFacts, Directions, ModelCard, load_model, save_model
from gan.config import NetworkConfig
from gan.latent import from_seed, moved, noise_maps, turned
from gan.networks import Generator

CARD = ModelCard(
    title="test model", licence="l", attribution="a", trainset="", images_shown=0, rung=2
)
THREE = Directions(
    steps=np.eye(8, dtype=np.float32)[:3],
    facts=(
        DirectionFacts(name="a"),
        DirectionFacts(name="b"),
        DirectionFacts(name="brightness", kind="measured", r2=0.6, spread=0.05),
    ),
)


def write_model(path, labels=("CC", "MLO")):
    torch.manual_seed(1)
    config = NetworkConfig(
        latent=8, channel_base=64, channel_max=8, rungs=3, labels=labels, noise=True
    )
    generator = Generator(config)
    torch.nn.init.constant_(generator.noise.strength, 0.3)  # at its zero start nothing would show
    save_model(path, generator, CARD, THREE)
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("model") / "m.safetensors")


@pytest.fixture(scope="module")
def synthesizer(path):
    return Synthesizer(path)


@pytest.fixture
def recipe(synthesizer):
    return Recipe(model=synthesizer.info.hash, point=LatentPoint(seed=5))


def test_info_says_what_the_file_holds(synthesizer):
    info = synthesizer.info
    assert info.title == "test model"
    assert [d.name for d in info.directions] == ["a", "b", "brightness"]
    assert info.rungs == ((5, 4), (10, 8), (20, 16))


def test_an_exam_is_four_synthetic_views_already_in_the_standard_hang(synthesizer, recipe):
    views = synthesizer.render(recipe)
    assert [(m.facts.side, m.facts.view) for m in views] == list(SCREENING)
    for m in views:
        assert m.facts.source is Source.SYNTHETIC
        assert m.facts.inferred == {}
        assert (m.facts.rows, m.facts.columns) == (20, 16)
        turned_by = standard_transform(m.facts.orientation, m.facts.side, m.facts.view)
        assert turned_by is Transform.IDENTITY
    exam = exam_of(views, recipe)
    assert exam.source is Source.SYNTHETIC
    assert len({m.facts.exam for m in views}) == 1


def test_pixels_are_the_network_output_with_the_right_breast_mirrored(path, synthesizer, recipe):
    recipe = replace(recipe, point=LatentPoint(seed=5, edits=(0.5, -1.0)), difference=0.25)
    model = load_model(path)
    right = moved(from_seed(5, 8), model.directions.steps, (0.5, -1.0))
    left = turned(right, 5, 0.25)
    z = torch.from_numpy(np.stack([right, left, right, left]))
    sizes = model.config.noise_sizes(2)
    cc, mlo = (noise_maps([4 * 5 + k], sizes) for k in range(2))
    other_cc, other_mlo = (noise_maps([4 * 5 + 2 + k], sizes) for k in range(2))
    near, far = np.cos(np.pi / 8), np.sin(np.pi / 8)  # a quarter of a right angle
    maps = [
        torch.cat([a, near * a + far * b, c, near * c + far * d])
        for a, b, c, d in zip(cc, other_cc, mlo, other_mlo, strict=True)
    ]
    x = model.generator(z, torch.tensor([0, 0, 1, 1]), noise=maps).numpy()[:, 0]
    expected = np.rint(np.clip((x + 1) / 2, 0, 1) * 65535)
    for m, picture in zip(synthesizer.render(recipe), expected, strict=True):
        hung = picture[:, ::-1] if m.facts.side == "R" else picture
        np.testing.assert_allclose(m.pixels, hung, atol=1)


def test_same_recipe_same_pixels_and_a_seed_matters(synthesizer, recipe):
    one, two = synthesizer.render(recipe)[0], synthesizer.render(recipe)[0]
    other = synthesizer.render(replace(recipe, point=LatentPoint(seed=6)))[0]
    np.testing.assert_array_equal(one.pixels, two.pixels)
    assert (one.pixels != other.pixels).any()


def test_without_difference_left_mirrors_right(synthesizer, recipe):
    rcc, lcc, rmlo, lmlo = synthesizer.render(replace(recipe, difference=0.0))
    np.testing.assert_array_equal(rcc.pixels, lcc.pixels[:, ::-1])
    np.testing.assert_array_equal(rmlo.pixels, lmlo.pixels[:, ::-1])
    assert (rcc.pixels != rmlo.pixels).any()


def test_a_walk_ends_at_both_exams(synthesizer, recipe):
    walk = replace(recipe, end=LatentPoint(seed=9))
    alone = replace(recipe, point=LatentPoint(seed=9))
    for ends, position in ((recipe, 0.0), (alone, 1.0)):
        there = synthesizer.render(replace(walk, position=position))
        for walked, own in zip(there, synthesizer.render(ends), strict=True):
            assert np.abs(walked.pixels.astype(int) - own.pixels).max() <= 8
    middle = synthesizer.render(replace(walk, position=0.5))[0].pixels
    assert np.abs(middle.astype(int) - synthesizer.render(recipe)[0].pixels).max() > 100


def test_lower_rungs_are_smaller_and_the_preview_rung_fits_the_budget(synthesizer, recipe):
    assert synthesizer.render(recipe, rung=1)[0].pixels.shape == (10, 8)
    assert synthesizer.preview_rung(1e9) == 2
    assert synthesizer.preview_rung(0.0) == 0


def test_no_preview_is_too_small_to_see_a_breast_in(synthesizer, monkeypatch):
    monkeypatch.setattr(render, "LEAST_ROWS", 10)
    assert synthesizer.preview_rung(0.0) == 1


def test_previews_that_take_too_long_in_use_get_smaller(synthesizer, recipe):
    budget = 1e6  #: ms, more than any of the trials takes
    assert synthesizer.preview_rung(budget) == 2
    synthesizer.took(2, 1.1 * budget)
    assert synthesizer.preview_rung(budget) == 2  # once is no reason
    for _ in range(60):
        synthesizer.took(2, 1.1 * budget)
    assert synthesizer.preview_rung(budget) == 1


def test_air_is_black_whatever_the_window_and_inverted(synthesizer, recipe):
    m = synthesizer.render(recipe)[0]
    for invert in (False, True):
        table = display_table(m.encoding, m.encoding.vois[0], invert=invert)
        assert (table[:900] == 0).all()


def test_a_recipe_of_another_model_is_refused(synthesizer, recipe):
    with pytest.raises(ValueError, match="made with model 00000000"):
        synthesizer.render(replace(recipe, model="0" * 64))


def test_a_model_without_views_is_refused(tmp_path):
    with pytest.raises(ValueError, match="makes no CC, MLO views"):
        Synthesizer(write_model(tmp_path / "m.safetensors", labels=()))


def test_importing_the_module_does_not_import_torch():
    code = "import sys, app.synth.render; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_changes_are_measured_in_steps_of_the_attribute(synthesizer, recipe):
    assert synthesizer.changes(recipe) == {2: 0.0}
    lighter = replace(recipe, point=LatentPoint(seed=5, edits=(1.0, 0.0, 1.5)))
    own = [m.pixels for m in synthesizer.render(lighter)]
    rest = [m.pixels for m in synthesizer.render(recipe)]
    # The first entries of this untrained model change little: the sign is what can be known.
    breasts = [np.mean(p[p > 0.05 * 65535].astype(float)) for p in (np.stack(own), np.stack(rest))]
    change = synthesizer.changes(lighter)[2]
    assert change != 0
    assert np.sign(change) == np.sign(breasts[0] - breasts[1])


def test_locked_directions_are_kept_out_of_the_others(synthesizer, recipe):
    assert synthesizer.free_share(0, (1,)) == pytest.approx(1.0)
    free = replace(recipe, point=LatentPoint(seed=5, edits=(1.0,)))
    locked = replace(recipe, point=LatentPoint(seed=5, edits=(1.0,), locked=(1,)))
    for one, other in zip(synthesizer.render(free), synthesizer.render(locked), strict=True):
        np.testing.assert_allclose(one.pixels, other.pixels, atol=2)  # at right angles already


def write_other(path, **changes):
    torch.manual_seed(1)
    config = NetworkConfig(latent=8, channel_base=64, channel_max=8, rungs=3, noise=True, **changes)
    generator = Generator(config)
    torch.nn.init.constant_(generator.noise.strength, 0.3)
    save_model(path, generator, CARD, THREE)
    return Synthesizer(path), generator


def test_a_pair_model_makes_both_views_of_a_breast_at_once(tmp_path):
    synthesizer, _ = write_other(tmp_path / "pair.safetensors", image_channels=2)
    whole = Recipe(model=synthesizer.info.hash, point=LatentPoint(seed=5), difference=0.0)
    rcc, lcc, rmlo, lmlo = synthesizer.render(whole)
    assert [m.facts.label for m in (rcc, lcc, rmlo, lmlo)] == ["RCC", "LCC", "RMLO", "LMLO"]
    # Without a difference the left is the mirrored right; the two views are not the same.
    np.testing.assert_array_equal(rcc.pixels[:, ::-1], lcc.pixels)
    np.testing.assert_array_equal(rmlo.pixels[:, ::-1], lmlo.pixels)
    assert (rcc.pixels != rmlo.pixels).any()
    apart = synthesizer.render(replace(whole, difference=0.5))
    assert (apart[0].pixels == rcc.pixels).all()
    assert (apart[1].pixels != lcc.pixels).any()


def test_a_model_told_more_than_the_view_draws_any_of_the_rest(tmp_path):
    synthesizer, generator = write_other(
        tmp_path / "told.safetensors",
        labels=("CC", "MLO"),
        densities=("a", "b"),
        label_dropout=0.1,
    )
    recipe = Recipe(model=synthesizer.info.hash, point=LatentPoint(seed=5))
    drawn = synthesizer._images(recipe, 2)
    z = torch.from_numpy(synthesizer._latents(recipe)[[0, 1, 0, 1]])
    label = torch.tensor([[0, -1], [0, -1], [1, -1], [1, -1]])
    expected = generator(z, label, 2, noise=synthesizer._noise.of(recipe, 2)).detach()
    np.testing.assert_allclose(drawn, expected.numpy(), atol=1e-4)


def test_typicality_is_part_of_the_recipe_and_of_every_picture(synthesizer, recipe) -> None:
    typical = replace(recipe, typicality=0.6)
    assert recipe_from_json(typical.to_json()) == typical
    assert "typicality" not in recipe.to_json()  # recipes of before stay as they were
    assert recipe_from_json(recipe.to_json()).typicality == 0
    plain, drawn = synthesizer.render(recipe), synthesizer.render(typical)
    assert not np.array_equal(plain[0].pixels, drawn[0].pixels)
    again = synthesizer.render(recipe_from_json(typical.to_json()))
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(drawn, again, strict=True))

    def spread(typicality: float) -> float:
        exams = [
            synthesizer.render(
                replace(recipe, point=LatentPoint(seed=seed), typicality=typicality), 1
            )
            for seed in range(12)
        ]
        return float(np.std([exam[0].pixels for exam in exams], axis=0).mean())

    assert spread(0.0) > spread(0.6) > spread(1.0)
    small = synthesizer.thumbnails(typical, 0, (0.0,), 1)[0]
    assert not np.array_equal(small, synthesizer.thumbnails(recipe, 0, (0.0,), 1)[0])


@pytest.mark.parametrize("typicality", [-0.1, 1.1, float("nan")])
def test_a_typicality_out_of_range_is_refused(recipe, typicality) -> None:
    with pytest.raises(ValueError, match="typicality"):
        replace(recipe, typicality=typicality)
