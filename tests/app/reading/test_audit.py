import io

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from scipy.stats import mannwhitneyu

from app.reading.audit import auc, audit, holm


def tissue(count: int, seed: int) -> list[np.ndarray]:
    """Smooth textures with a soft edge, (1, 80, 64) uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:80, :64]
    made = []
    for _ in range(count):
        wide, high = rng.uniform(40, 60), rng.uniform(28, 38)
        inside = (x / wide) ** 2 + ((y - 40) / high) ** 2 < 1
        grain = ndimage.gaussian_filter(rng.normal(size=(80, 64)), 1.2)
        grey = 130 + 300 * grain + rng.uniform(-10, 10) + rng.uniform(-0.5, 0.5, (80, 64))
        made.append(np.where(inside, np.clip(np.rint(grey), 1, 255), 0).astype(np.uint8)[None])
    return made


def run(change=None, outside=None, n: int = 30, seed: int = 0):
    pictures = tissue(2 * n, seed)
    truth = [k % 2 == 0 for k in range(2 * n)]
    if change:
        pictures = [change(p) if t else p for p, t in zip(pictures, truth, strict=True)]
    rng = np.random.default_rng(seed + 1)
    columns = {"decode time": list(rng.uniform(1, 2, 2 * n)), "file length": [5000.0] * 2 * n}
    return audit(pictures, truth, columns | (outside(truth) if outside else {}))


def jpeg(picture: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(picture[0]).save(file, "JPEG", quality=30)
    return np.asarray(Image.open(file), np.uint8)[None]


def coarse(picture: np.ndarray) -> np.ndarray:
    return np.where(picture, np.maximum(picture // 3 * 3, 1), 0).astype(np.uint8)


def haze(picture: np.ndarray) -> np.ndarray:
    holes = np.random.default_rng(int(picture.sum())).random(picture.shape) < 0.02
    return np.where(holes, 0, picture).astype(np.uint8)


def dim_wall(picture: np.ndarray) -> np.ndarray:
    made = picture.copy()
    made[:, :, 0] //= 2
    return made


def frame(picture: np.ndarray) -> np.ndarray:
    made = picture.copy()
    made[:, 0] = 255
    return made


@pytest.mark.parametrize(
    ("change", "channel"),
    [
        (coarse, "unique levels"),
        (coarse, "comb histogram"),
        (jpeg, "blockiness"),
        (haze, "zeros in tissue"),
        (frame, "border step"),
        (dim_wall, "chest wall edge"),
    ],
)
def test_a_planted_leak_in_the_pixels_refuses(change, channel) -> None:
    report = run(change)
    assert channel in report.refused


@pytest.mark.parametrize("channel", ["decode time", "file length", "name", "file time"])
def test_a_planted_leak_outside_the_pixels_refuses(channel) -> None:
    def told(truth):
        return {channel: [1.0 + t + 0.1 * (k % 7) for k, t in enumerate(truth)]}

    report = run(outside=told)
    assert channel in report.refused


def test_what_can_be_seen_is_reported_and_does_not_refuse() -> None:
    report = run(lambda p: np.where(p, np.clip(p.astype(int) + 40, 1, 255), 0).astype(np.uint8))
    grey = next(f for f in report.findings if f.channel == "mean grey")
    assert grey.auc > 0.9
    assert not grey.leaks
    assert "mean grey" not in report.refused


def test_a_waiver_lets_pass_and_stays_written() -> None:
    pictures, truth = tissue(40, 0), [k % 2 == 0 for k in range(40)]
    pictures = [frame(p) if t else p for p, t in zip(pictures, truth, strict=True)]
    refused = audit(pictures, truth, {}).refused
    report = audit(pictures, truth, {}, dict.fromkeys(refused, "declared in the paper"))
    assert refused
    assert report.refused == ()
    assert set(report.table()["waived"]) == set(refused)


def test_without_a_leak_it_seldom_refuses() -> None:
    refusals = sum(bool(run(n=15, seed=seed).refused) for seed in range(20))
    assert refusals <= 4  # 0.05 each: five or more of twenty have a chance of 0.3 %


def test_areas_under_the_curve_are_those_of_mann_and_whitney() -> None:
    rng = np.random.default_rng(0)
    values, truth = rng.integers(0, 6, 60).astype(float), rng.random(60) < 0.4
    judge = mannwhitneyu(values[truth], values[~truth]).statistic
    assert auc(values, truth) == pytest.approx(judge / (truth.sum() * (~truth).sum()))


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_a_class_too_small_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="at least two"):
        audit(tissue(4, 0), [True, False, False, False], {})
