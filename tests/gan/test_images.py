"""The convention between stored values and networks, and the PNG writer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gan.images import from_stored, to_stored, write_png


@pytest.mark.parametrize(("x", "stored"), [(-1, 0), (1, 65535), (0, 32768), (-1.5, 0), (7, 65535)])
def test_ends_and_middle(x, stored):
    assert to_stored(np.array([x], np.float32))[0] == stored


@given(st.integers(0, 65535))
def test_round_trip_is_exact(value):
    assert to_stored(from_stored(np.array([value], np.uint16)))[0] == value


@pytest.mark.parametrize("shape", [(1, 1), (7, 3), (64, 51)])
def test_png_is_read_back_by_pillow(tmp_path, shape):
    grey = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    write_png(tmp_path / "a.png", grey)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.mode == "L"
        np.testing.assert_array_equal(np.asarray(picture), grey)
