"""Sliced Wasserstein distance of Laplacian patches, per level (Karras et al. 2018)."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from train.evaluate.case import Case, Sample
from train.evaluate.estimate import Chosen, distances
from train.evaluate.judgement import Judgement
from train.evaluate.pyramid import laplacian
from train.sliced import PATCH, Values, directions, distance, projected

ABOUT = (
    "Mean absolute difference of sorted projections of 7x7 patches, x1000, per level of the "
    "Laplacian pyramid down to 16 rows: 128 patches an image and level, centred in the breast or "
    "within 16 of 1280 rows (3 at least) of it, normalised within each set, 128 directions. Equal "
    "numbers of images and views on both sides. Normalising makes it blind to overall brightness "
    "and contrast: see the grey histogram."
)
PATCHES = 128
DIRECTIONS = 128
SMALLEST = 16


def swd(case: Case) -> Judgement:
    """Judge texture at each scale."""
    height, width = case.held_out.pixels.shape[1:]
    count = max(1, sum(height >> k >= SMALLEST for k in range(12)))
    names = tuple(f"{height >> k}x{width >> k}" for k in range(count))
    made, trained, held = (
        _patches(sample, count, case.draw(f"patches {name}"))
        for name, sample in case.samples.items()
    )
    across = directions(case.draw("directions"), DIRECTIONS)

    def statistic(at: Chosen) -> NDArray[np.float64]:
        found = []
        for level in range(count):
            real = projected(held[level][at.held_out], across)
            found.append(
                [
                    1000 * distance(projected(other, across), real)
                    for other in (made[level][at.generated], trained[level][at.training])
                ]
            )
        return np.array(found)

    figures = distances(case, names, statistic)
    return Judgement(title="Sliced Wasserstein distance", about=ABOUT, figures=figures)


def _patches(sample: Sample, levels: int, draw: np.random.Generator) -> list[Values]:
    """Return patches, (n, PATCHES, 49), of each level, finest first."""
    shape = (len(sample), PATCHES, PATCH * PATCH)
    found = [np.empty(shape, np.float32) for _ in range(levels)]
    for i in range(len(sample)):
        for level, band in enumerate(laplacian(sample.grey(i), levels)):
            place = places(sample.mask[i], level, draw)
            windows = np.lib.stride_tricks.sliding_window_view(band, (PATCH, PATCH))
            found[level][i] = windows[place].reshape(PATCHES, -1)
    return found


def places(
    mask: NDArray[np.bool_], level: int, draw: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows and columns of the upper left corners of patches centred in or near the breast.

    Two indices, rows and columns: one running index with the height as stride, as some codes have
    it, is wrong for images that are not square.
    """
    here = mask[:: 2**level, :: 2**level]
    reach = max(PATCH // 2, round(16 * here.shape[0] / 1280))
    near = ndimage.maximum_filter(here, 2 * reach + 1, mode="constant")
    margin = PATCH // 2
    rows, columns = np.nonzero(
        near[margin : near.shape[0] - margin, margin : near.shape[1] - margin]
    )
    if rows.size == 0:
        rows, columns = np.nonzero(
            np.ones((here.shape[0] - 2 * margin, here.shape[1] - 2 * margin))
        )
    chosen = draw.integers(rows.size, size=PATCHES)
    return rows[chosen], columns[chosen]
