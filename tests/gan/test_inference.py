"""The drawer makes the generator's pictures."""

import pytest
import torch

from gan.config import NetworkConfig
from gan.inference import Drawer
from gan.networks import Generator


@pytest.mark.parametrize("output", ["fade", "skip"])
@pytest.mark.parametrize("resample", ["nearest", "bilinear"])
@pytest.mark.parametrize("labels", [(), ("CC", "MLO")])
def test_same_picture_at_every_rung(output, resample, labels):
    torch.manual_seed(0)
    config = NetworkConfig(
        latent=16,
        channel_base=256,
        channel_max=32,
        rungs=5,
        output=output,
        resample=resample,
        labels=labels,
    )
    generator = Generator(config).eval()
    z = torch.randn(3, 16)
    label = torch.tensor([0, 1, 1]) if labels else None
    draw = Drawer(generator)
    for rung in range(5):
        expected = generator(z, label, rung).detach()
        torch.testing.assert_close(draw(z, label, rung), expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(draw(z, label), expected, atol=1e-4, rtol=1e-4)
