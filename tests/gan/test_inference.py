"""The drawer makes the generator's pictures, whatever the options, whole or in strips."""

import pytest
import torch

from gan import inference
from gan.config import NetworkConfig
from gan.inference import Drawer
from gan.latent import noise_maps
from gan.networks import Generator

SMALL = {"latent": 16, "rungs": 5}
WIDTHS = {
    "broad": {"channel_base": 1024, "channel_max": 32},  # 32 at every rung
    "thin": {"channel_base": 128, "channel_max": 32},  # down to 4, drawn in phases to the end
    "odd": {"channel_base": 96, "channel_max": 12, "base": (3, 5)},
    "single": {"channel_base": 32, "channel_max": 8, "base": (1, 1)},
}


def a_generator(**changes):
    """A generator whose biases and noise strengths are not at their zero start."""
    torch.manual_seed(0)
    generator = Generator(NetworkConfig(**{**SMALL, **changes})).eval().requires_grad_(False)
    for name, value in generator.named_parameters():
        if name.endswith(("bias", "strength")):
            torch.nn.init.normal_(value, std=0.3)
    return generator


def assert_same_pictures(generator):
    config, z = generator.config, torch.randn(3, 16)
    label = torch.tensor([0, 1, 1]) if config.labels else None
    draw = Drawer(generator)
    for rung in range(config.rungs):
        maps = noise_maps([1, 2, 3], config.noise_sizes(rung))
        expected = generator(z, label, rung, noise=maps)
        torch.testing.assert_close(draw(z, label, rung, maps), expected, atol=2e-4, rtol=2e-4)
    torch.testing.assert_close(draw(z, label, noise=maps), expected, atol=2e-4, rtol=2e-4)


@pytest.mark.parametrize("output", ["fade", "skip"])
@pytest.mark.parametrize("resample", ["nearest", "bilinear"])
@pytest.mark.parametrize("width", WIDTHS)
def test_same_picture_at_every_rung(output, resample, width):
    assert_same_pictures(a_generator(output=output, resample=resample, **WIDTHS[width]))


@pytest.mark.parametrize("labels", [(), ("CC", "MLO")])
@pytest.mark.parametrize("noise", [False, True])
def test_same_picture_with_labels_and_noise(labels, noise):
    assert_same_pictures(a_generator(labels=labels, noise=noise, **WIDTHS["thin"]))


@pytest.mark.parametrize("resample", ["nearest", "bilinear"])
@pytest.mark.parametrize("output", ["fade", "skip"])
@pytest.mark.parametrize(("whole", "strip", "rows"), [(700, 1000, 2), (3000, 4000, 5), (0, 1, 1)])
def test_strips_join_without_a_seam(monkeypatch, resample, output, whole, strip, rows):
    monkeypatch.setattr(inference, "WHOLE", whole)
    monkeypatch.setattr(inference, "STRIP", strip)
    monkeypatch.setattr(inference, "ROWS", rows)
    options = {"noise": True, "image_channels": 2, "resample": resample, "output": output}
    assert_same_pictures(a_generator(**WIDTHS["thin"], **options))


@pytest.mark.parametrize("width", [0.25, 1.0])
def test_large_rungs_are_drawn_in_strips(monkeypatch, width):
    seen = []

    def noted(self, x, image, r, top, maps, inner=False):
        seen.append((r, x.shape[1]))
        h, w = 2 * x.shape[1], 2 * x.shape[2]
        return x.new_zeros(1, h, w, self.config.channels(r)), x.new_zeros(1, 1, h, w)

    monkeypatch.setattr(Drawer, "_climbed", noted)
    config = NetworkConfig(width=width, latent=16)
    with torch.inference_mode():
        assert Drawer(Generator(config))(torch.randn(1, 16)).shape == (1, 1, 1280, 1024)
    assert [rows for _, rows in seen[:6]] == [5, 10, 20, 40, 80, 160]
    strips = [rows for r, rows in seen if r == 8]
    assert len(strips) >= 5
    assert inference.ROWS <= min(strips[:-1]) <= max(strips) < 160
    assert sum(strips) < 1.3 * 640
