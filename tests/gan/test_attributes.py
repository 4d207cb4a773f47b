"""What is measured on images, by hand."""

import numpy as np
import pytest

from gan.attributes import ATTRIBUTES, measure, reduced

AIR = -0.9


def found(image: np.ndarray) -> dict[str, float]:
    return dict(zip(ATTRIBUTES, measure(image[None].astype(np.float32), AIR)[0], strict=True))


def block() -> np.ndarray:
    image = np.full((20, 16), -1.0, np.float32)
    image[4:12, 0:8] = 0.0
    image[4:12, 4:8] = 0.5
    return image


def test_attributes_of_a_block_by_hand():
    values = found(block())
    assert values["breast area"] == pytest.approx(64 / 320)
    assert values["width to height"] == pytest.approx((8 / 16) / (8 / 20))
    assert values["percent density"] == pytest.approx(0.5)
    assert values["brightness"] == pytest.approx(1.25)
    assert values["contrast"] == pytest.approx(0.25)


def test_without_a_breast_all_is_zero():
    np.testing.assert_array_equal(measure(np.full((2, 10, 8), -1.0, np.float32), AIR), 0)


def test_percent_density_is_the_share_that_was_made_dense():
    rng = np.random.default_rng(0)
    for share in (0.1, 0.3, 0.7):
        dense = rng.random((80, 64)) < share
        image = np.where(dense, 0.4, -0.4) + 0.05 * rng.standard_normal((80, 64))
        assert found(image)["percent density"] == pytest.approx(dense.mean(), abs=0.02)


def test_noise_is_texture_and_a_ramp_is_not():
    rng = np.random.default_rng(1)
    ramp = np.tile(np.linspace(-0.5, 0.5, 64), (80, 1))
    noisy = ramp + 0.1 * rng.standard_normal((80, 64))
    assert found(ramp)["texture"] < 0.003
    # What a 3x3 mean leaves of white noise: sqrt(1 - 1/9) of it.
    assert found(noisy)["texture"] == pytest.approx(0.1 * np.sqrt(8 / 9), rel=0.05)


def test_a_sharp_skin_line_is_sharper_than_a_soft_one():
    far = np.arange(64)[None, :] + np.zeros((80, 1))
    soft, sharp = (np.clip((32 - far) / width, -1, 0.5) for width in (12, 2))
    assert found(sharp)["edge sharpness"] > 1.5 * found(soft)["edge sharpness"]


def test_a_nipple_stands_out():
    flat, pointed = np.full((80, 64), -1.0), np.full((80, 64), -1.0)
    flat[20:60, :30] = 0.0
    pointed[20:60, :30] = 0.0
    pointed[38:42, 30:40] = 0.0
    assert found(flat)["nipple depth"] == 0
    assert found(pointed)["nipple depth"] == pytest.approx(10 / 64)


def test_averaging_keeps_the_mean_and_refuses_what_does_not_divide():
    image = np.random.default_rng(0).random((2, 20, 16)).astype(np.float32)
    small = reduced(image, 10, 8)
    assert small[1, 3, 2] == pytest.approx(image[1, 6:8, 4:6].mean(), rel=1e-6)
    with pytest.raises(ValueError, match="20x16 images cannot be averaged to 15x8"):
        reduced(image, 15, 8)
