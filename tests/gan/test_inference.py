"""The drawer makes the generator's pictures, whatever the options, whole or in strips."""

import pytest
import torch

from gan import inference
from gan.activation import activate, pixel_norm
from gan.config import NetworkConfig
from gan.inference import Drawer
from gan.latent import noise_maps
from gan.networks import Generator, noisy

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


def test_typicality_draws_the_first_features_to_their_mean_over_latents() -> None:
    generator = a_generator(labels=("CC", "MLO"), channel_base=128, channel_max=16, noise=True)
    draw = Drawer(generator)
    z, label = torch.randn(6, 16), torch.tensor([0, 1, 0, 1, 0, 1])
    plain = draw(z, label, 3)
    torch.testing.assert_close(draw(z, label, 3, typicality=0.0), plain)
    far, near = (draw(z, label, 3, typicality=share) for share in (0.5, 1.0))
    for view in (0, 1):
        spreads = [float(images[label == view].std(dim=0).mean()) for images in (plain, far, near)]
        assert spreads[0] > spreads[1] > spreads[2]
        assert spreads[2] < 1e-6  # without noise all exams are then the same one
    assert not torch.allclose(near[0], near[1], atol=1e-3)  # but each view has a mean of its own
    # By hand: the mean over other latents is the same to the error of a mean.
    with torch.inference_mode():
        one = torch.zeros(2000, dtype=torch.long)
        maps = noise_maps(range(9_000_000, 9_002_000), generator.config.noise_sizes(0))
        x = generator.conv(generator.start(torch.randn(2000, 16), one))
        features = pixel_norm(activate(noisy(x, generator.noise, iter(maps))))
    ours = draw._typical(one[:1], 1)[0].permute(2, 0, 1)
    error = (ours - features.mean(dim=0)).abs() / features.std(dim=0)
    assert float(error.mean()) < 0.05


def test_scaling_a_latent_changes_nothing() -> None:
    generator = a_generator(channel_base=128, channel_max=16)
    z = torch.randn(3, 16)
    plain = Drawer(generator)(z)
    for factor in (0.27, 3.7):
        torch.testing.assert_close(Drawer(generator)(factor * z), plain, atol=1e-4, rtol=1e-4)
