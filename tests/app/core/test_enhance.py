import numpy as np
import pytest

from app.core.display import Encoding
from app.core.enhance import ENHANCEMENTS, clahe, sharpened

ENCODING = Encoding(bits=12, air=(0, 0), dim_air=(0, 30))


@pytest.fixture(scope="module")
def pixels():
    """Faint squares on a slope from dark to bright, air round it."""
    rows, columns = 512, 400
    y, x = np.mgrid[:rows, :columns]
    slope = 600 + 4 * y
    slope = slope + 25 * ((x // 20 + y // 20) % 2)
    image = np.where((x > 40) & (y > 30), slope, 0)
    return image.astype(np.uint16)


@pytest.mark.parametrize("name", ENHANCEMENTS)
def test_air_stays_and_nothing_leaves_the_range(pixels, name):
    found = ENHANCEMENTS[name](pixels, ENCODING)
    assert found.dtype == np.uint16
    assert found.shape == pixels.shape
    assert (found[pixels == 0] == 0).all()
    assert found.max() < 4096


def test_clahe_raises_local_contrast(pixels):
    found = clahe(pixels, ENCODING).astype(float)
    part = np.s_[300:304, 100:300]
    assert found[part].std() > 1.4 * pixels[part].astype(float).std()


def test_clahe_keeps_the_order_of_neighbouring_values(pixels):
    found = clahe(pixels, ENCODING).astype(int)
    darker, brighter = found[250, 102:118], found[250, 122:138]
    stored = pixels[250, 110], pixels[250, 130]
    assert (stored[0] < stored[1]) == (darker.max() < brighter.min())


def test_clahe_shows_no_seams_between_regions():
    """Noise without structure stays without: rows at the seams of regions are like others."""
    noise = np.random.default_rng(5).normal(2000, 200, (640, 640)).clip(100, 4000)
    found = clahe(noise.astype(np.uint16), ENCODING).astype(float)
    steps = np.abs(np.diff(found.mean(axis=1)))
    assert steps[79::80].max() < 4 * steps.mean() + 30


def test_sharpening_raises_edges_and_leaves_flat_parts(pixels):
    found = sharpened(pixels, ENCODING).astype(int)
    flat = np.full((50, 50), 1000, np.uint16)
    assert (sharpened(flat, ENCODING) == flat).all()
    edge = np.s_[305:315, 118:122]
    assert np.ptp(found[edge]) > np.ptp(pixels[edge].astype(int))


def test_an_image_of_air_alone_comes_back(pixels):
    air = np.zeros((64, 64), np.uint16)
    assert (clahe(air, ENCODING) == air).all()
