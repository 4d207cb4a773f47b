import numpy as np
import pytest
from PIL import Image, ImageDraw

from app.reading.audit import comb_histogram
from app.reading.normalise import normalise


def breast(rows: int, columns: int, seed: int = 0, air: float = 0.0) -> np.ndarray:
    """A smooth noisy half disc, chest wall left, 0 to 1, on air of some value."""
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    radius = (x / (0.7 * columns)) ** 2 + ((y - rows / 2) / (0.42 * rows)) ** 2
    rng = np.random.default_rng(seed)
    grey = np.clip(0.75 - 0.4 * radius + rng.normal(0, 0.05, (rows, columns)), 0.1, 1)
    return np.where(radius < 1, grey, air).astype(np.float32)


@pytest.mark.parametrize("shape", [(400, 320), (640, 300), (300, 400), (1000, 333)])
def test_every_source_ends_in_the_same_frame(shape) -> None:
    shown = normalise(breast(*shape), 200, 160, 1)
    assert shown.shape == (200, 160)
    assert shown.dtype == np.uint8
    assert shown.max() == 255
    assert (shown[:, 0] > 0).sum() > 50  # the chest wall is at the left


def test_letters_film_edges_and_noise_outside_the_breast_are_gone_in_every_arm() -> None:
    grey = breast(600, 480)
    picture = Image.fromarray((grey * 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    pen.text((400, 20), "R CC", fill=255)
    pen.rectangle((472, 0, 479, 599), fill=250)
    marked = np.asarray(picture, np.float32) / 255
    shown = normalise(marked, 300, 240, 1)
    assert not shown[:30, 190:].any()
    assert not shown[:, 200:].any()


@pytest.mark.parametrize("air", [0.0, 0.02, 0.035])
def test_the_value_of_air_leaves_no_trace(air) -> None:
    counts = np.bincount(normalise(breast(400, 320, air=air), 200, 160, 1).ravel(), minlength=256)
    clean = np.bincount(normalise(breast(400, 320), 200, 160, 1).ravel(), minlength=256)
    assert abs(int(counts[0]) - int(clean[0])) < 400  # of 32,000
    assert abs(counts[2:40].astype(int) - clean[2:40]).max() < 25


def test_gaps_between_the_levels_of_an_eight_bit_source_are_filled() -> None:
    fine = breast(400, 320)
    coarse = np.round(fine * 120) / 120
    with_gaps = comb_histogram(normalise(coarse, 200, 160, 1))
    without = comb_histogram(normalise(fine, 200, 160, 1))
    assert with_gaps < 1.5 * without


@pytest.mark.parametrize("edge", [0, 2, 9])
def test_a_dark_edge_at_the_chest_wall_is_cut_off(edge) -> None:
    grey = breast(400, 320)
    grey[:, :edge] *= np.linspace(0, 0.7, max(edge, 1))[:edge]
    shown = normalise(grey, 200, 160, 1).astype(float)
    first, next_ = shown[60:140, 0].mean(), shown[60:140, 1:5].mean()
    assert abs(first - next_) < 0.05 * next_


def test_nothing_is_enlarged() -> None:
    with pytest.raises(ValueError, match="would be enlarged to 500 rows"):
        normalise(breast(300, 200), 500, 400, 1)


def test_an_empty_image_does_not_fail() -> None:
    assert normalise(np.zeros((100, 80), np.float32), 50, 40, 1).max() <= 1
