"""What is measured on generated images, and how directions get their names."""

import numpy as np
import pytest
import torch

from gan.config import NetworkConfig
from gan.directions import ATTRIBUTES, ground, measure, named
from gan.networks import Generator


def test_attributes_of_an_image_by_hand():
    image = np.full((1, 10, 8), -1.0, np.float32)
    image[0, 2:6, 0:4] = 0.0
    image[0, 2:6, 2:4] = 0.5
    found = dict(zip(ATTRIBUTES, measure(image)[0], strict=True))
    assert found["breast area"] == pytest.approx(16 / 80)
    assert found["breast height"] == pytest.approx(0.4)
    assert found["brightness"] == pytest.approx(1.25)
    assert found["contrast"] == pytest.approx(0.25)
    assert found["fine texture"] > 0


def test_an_image_without_a_breast_has_no_attributes():
    np.testing.assert_array_equal(measure(np.full((2, 10, 8), -1.0, np.float32)), 0)


class Brighter(torch.nn.Module):
    """Stands for a generator: less of the first latent entry makes an even image lighter."""

    config = NetworkConfig(latent=8, rungs=1, channel_base=64, channel_max=8)

    def forward(self, z, label, rung, noise=()):
        return (0.1 - 0.2 * z[:, :1].clamp(-2, 2)).reshape(-1, 1, 1, 1).expand(-1, 1, 10, 8)


def test_a_direction_is_named_after_what_it_changes_and_signed_to_more_of_it():
    found = named(Brighter(), np.eye(8, dtype=np.float32)[:1], 0)
    assert found.names == ("brightness",)
    assert found.directions[0, 0] == -1.0


def test_names_that_recur_are_numbered():
    torch.manual_seed(0)
    generator = Generator(NetworkConfig(latent=8, rungs=2, channel_base=64, channel_max=8))
    names = named(generator, np.eye(8, dtype=np.float32), 1).names
    assert len(set(names)) == 8
    assert {name.split(" #")[0] for name in names} <= set(ATTRIBUTES)


def test_ground_is_what_the_nipple_side_shows():
    assert ground(Brighter(), 0) == pytest.approx(-0.8)  # all breast: no lower than allowed
    noisy = Generator(NetworkConfig(latent=8, rungs=2, channel_base=64, channel_max=8))
    assert -1.0 <= ground(noisy, 1) <= -0.8
