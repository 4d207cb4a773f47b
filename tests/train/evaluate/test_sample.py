"""What is judged is what the application shows."""

import numpy as np
import pytest
import torch

from app.core.geometry import Transform
from app.core.recipe import LatentPoint, Recipe
from app.synth.render import Synthesizer
from gan.checkpoint import DirectionFacts, Directions, ModelCard, load_model, save_model
from gan.config import NetworkConfig
from gan.inference import Drawer
from gan.networks import Generator
from gan.trainset import Record
from train.evaluate.sample import Source, breasts

AXIS = Directions(steps=np.eye(1, 16, dtype=np.float32), facts=(DirectionFacts(name="one"),))


def saved(path, **options):
    torch.manual_seed(3)
    config = NetworkConfig(rungs=3, latent=16, channel_base=64, channel_max=8, **options)
    generator = Generator(config)
    for parameter in generator.parameters():
        torch.nn.init.normal_(parameter)
    card = ModelCard(
        title="Test", licence="none", attribution="none", trainset="", images_shown=1, rung=2
    )
    save_model(path, generator, card, AXIS)
    return path


def source_of(model, kind=np.uint16, records=()):
    return Source(model=model, drawer=Drawer(model.generator), records=records, kind=kind)


def test_breasts_are_those_of_the_applications_exams(tmp_path):
    path = saved(tmp_path / "m.safetensors", labels=("CC", "MLO"), noise=True)
    source = source_of(load_model(path), records=(record(),))
    right, left = breasts(source, [5, 6]), breasts(source, [5, 6], left=True)
    shown = Synthesizer(path)
    for k, seed in enumerate((5, 6)):
        recipe = Recipe(model=shown.info.hash, point=LatentPoint(seed=seed))
        for mammogram in shown.render(recipe):
            side, view = mammogram.facts.side, mammogram.facts.view
            mine = (right if side == "R" else left)[k, ("CC", "MLO").index(view)]
            turned = Transform.FLIP_HORIZONTAL if side == "R" else Transform.IDENTITY
            apart = np.abs(turned.apply(mine).astype(int) - mammogram.pixels.astype(int))
            assert apart.max() <= 2  # of 65535: other batches, other rounding


def record(**known):
    return Record(file="a.png", view="CC", side="L", patient="1", split="train", **known)


def test_a_pair_model_gives_both_views_of_one_latent(tmp_path):
    model = load_model(saved(tmp_path / "m.safetensors", image_channels=2))
    source = source_of(model, records=(record(),))
    assert source.views == ("CC", "MLO")
    found = breasts(source, [1, 2, 3])
    assert found.shape == (3, 2, 20, 16)
    assert not np.array_equal(found[:, 0], found[:, 1])


def test_a_model_that_is_told_nothing_makes_any_view(tmp_path):
    source = source_of(load_model(saved(tmp_path / "m.safetensors")), records=(record(),))
    assert source.views == ("any",)
    assert breasts(source, [1]).shape == (1, 1, 20, 16)


def test_density_is_told_as_the_training_images_have_it(tmp_path):
    path = saved(tmp_path / "m.safetensors", labels=("CC",), densities=("a", "d"))
    model = load_model(path)
    always_a = breasts(source_of(model, records=(record(density="a"),)), range(4))
    always_d = breasts(source_of(model, records=(record(density="d"),)), range(4))
    mixed = source_of(model, records=(record(density="a"), record(density="d")))
    found = breasts(mixed, range(4))
    assert not np.array_equal(always_a, always_d)
    for k in range(4):
        either = [np.abs(found[k].astype(int) - known[k]).max() for known in (always_a, always_d)]
        assert min(either) <= 2


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_samples_are_rounded_as_the_real_images_are(tmp_path, kind):
    path = saved(tmp_path / "m.safetensors", labels=("CC", "MLO"))
    found = breasts(source_of(load_model(path), kind, (record(),)), [1])
    assert found.dtype == kind
