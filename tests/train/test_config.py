"""Presets and overrides."""

import pytest

from train.config import Augment, Penalty, TrainConfig, load, preset_names
from train.schedule import Growth, Stage


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_valid(name):
    assert isinstance(load(name), TrainConfig)


def test_overrides_reach_into_tables():
    config = load("tiny", ("growth.top=1", "learning_rate=[0.5, 0.25]", "loss=wgan"))
    assert (config.growth.top, config.loss) == (1, "wgan")
    assert [config.rate_at(r) for r in (0, 1, 2)] == [0.5, 0.25, 0.25]


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("bacth=3", "unknown key 'bacth'"),
        ("growth.topp=3", "unknown key 'topp'"),
        ("growth.top", "key=value"),
        ("growth.top=9", "the network has 3 rungs"),
        ("loss=hinge", "allowed are wgan, relativistic"),
        ("seed=high", "seed is 'high'; int is needed"),
        ("penalty.every=0", "every 1 and up"),
        ("augment.probability=2.0", "within 0 to 1"),
        ("batch=[0]", "at least 1"),
    ],
)
def test_wrong_settings_are_one_sentence(override, sentence):
    with pytest.raises(ValueError, match=sentence):
        load("tiny", (override,))


def test_unknown_preset_lists_the_known():
    with pytest.raises(ValueError, match=r"allowed are .*small"):
        load("huge")


def stage(rung, ends_at=10**9):
    return Stage(rung=rung, alpha=1.0, ends_at=ends_at)


def test_gamma_grows_from_rung_to_rung():
    config = TrainConfig(penalty=Penalty(gamma=0.5, gamma_per_rung=4.0))
    assert [config.gamma_at(0, stage(r)) for r in range(3)] == [0.5, 2.0, 8.0]


def test_gamma_per_pixel_is_the_published_rule():
    config = TrainConfig(penalty=Penalty(gamma=0.0002, per_pixel=True), batch=(32,))
    assert config.gamma_at(0, stage(8, 1)) == pytest.approx(0.0002 * 1280 * 1024 / 32)


def test_gamma_falls_by_a_cosine_over_the_last_hold():
    config = TrainConfig(penalty=Penalty(gamma=10.0, final=0.1), growth=Growth(hold_kimg=(2,)))
    top = stage(8, ends_at=12_000)
    found = [config.gamma_at(images, top) for images in (9000, 10_000, 11_000, 12_000, 13_000)]
    assert found == pytest.approx([10.0, 10.0, 5.5, 1.0, 1.0])


def test_strength_rises_over_its_ramp():
    config = TrainConfig(augment=Augment(probability=0.6, ramp_kimg=2))
    assert [config.strength_at(n) for n in (0, 1000, 2000, 9000)] == [0.0, 0.3, 0.6, 0.6]


def test_augmentation_is_off_unless_asked():
    assert Augment().probability == 0.0
