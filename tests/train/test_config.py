"""Presets and overrides."""

import pytest

from train.config import Augment, Penalty, TrainConfig, load, preset_names


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


def test_gamma_grows_from_rung_to_rung():
    penalty = Penalty(gamma=0.5, gamma_per_rung=4.0)
    assert [penalty.weight(r) for r in range(3)] == [0.5, 2.0, 8.0]


def test_augmentation_is_off_unless_asked():
    assert Augment().probability == 0.0
