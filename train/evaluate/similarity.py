"""MS-SSIM of pairs of images: how alike different breasts are (Wang et al. 2003; Odena 2017)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gan.breast import Grey, Mask, box
from train.evaluate.case import Case, Sample
from train.evaluate.estimate import Chosen, Places, levels
from train.evaluate.judgement import Judgement

ABOUT = (
    "Mean MS-SSIM (5 scales, Gaussian window of 11 and sigma 1.5, smaller where the image is) of "
    "random pairs of one view, of different women or latents, cut to the box round both breasts, "
    "as black ground would raise it. Higher than in real pairs: too little diversity."
)
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
WINDOW, SIGMA = 11, 1.5
PAIRS = 600  #: of each view and sample


class Pairs(NamedTuple):
    """Places of first and second images, and their similarity."""

    a: Places
    b: Places
    alike: NDArray[np.float64]


def similarity(case: Case) -> Judgement:
    """Judge diversity within each view."""
    found = [
        [
            _pairs(sample, view, case.draw(f"pairs {name} {view}"))
            for name, sample in case.samples.items()
        ]
        for view in case.views
    ]

    def statistic(at: Chosen) -> NDArray[np.float64]:
        pools = (at.generated, at.training, at.held_out)
        return np.array(
            [
                [_mean(pairs, pool) for pairs, pool in zip(of_view, pools, strict=True)]
                for of_view in found
            ]
        )

    figures = levels(case, case.views, statistic)
    return Judgement(title="Diversity (MS-SSIM of pairs)", about=ABOUT, figures=figures)


def _mean(pairs: Pairs, pool: Places) -> float:
    both = np.isin(pairs.a, pool) & np.isin(pairs.b, pool)
    return float(pairs.alike[both].mean()) if both.any() else float("nan")


def _pairs(sample: Sample, view: str, draw: np.random.Generator) -> Pairs:
    """Return the similarity of random pairs, or of all where there are few, of different groups."""
    rows = np.flatnonzero(sample.view == view)
    first, second = np.triu_indices(len(rows), k=1)
    apart = np.flatnonzero(sample.group[rows[first]] != sample.group[rows[second]])
    chosen = draw.permutation(apart)[:PAIRS]
    a, b = rows[first[chosen]], rows[second[chosen]]
    alike = [
        ms_ssim(*cut(sample.grey(int(i)), sample.mask[i], sample.grey(int(j)), sample.mask[j]))
        for i, j in zip(a, b, strict=True)
    ]
    return Pairs(a, b, np.array(alike))


def cut(a: Grey, mask_a: Mask, b: Grey, mask_b: Mask) -> tuple[Grey, Grey]:
    """Return two images cut to the smallest box round both breasts."""
    where = box(mask_a | mask_b)
    return a[where], b[where]


def ms_ssim(a: Grey, b: Grey) -> float:
    """Return the multi-scale structural similarity, 0 to 1, of two images, (h, w) in [0, 1]."""
    product = 1.0
    for scale, weight in enumerate(WEIGHTS):
        alike, structure = _ssim(a, b)
        value = alike if scale == len(WEIGHTS) - 1 else structure
        product *= max(value, 0.0) ** weight
        a, b = _halved(a), _halved(b)
    return float(product)


def _ssim(a: Grey, b: Grey) -> tuple[float, float]:
    """Return mean SSIM and its mean contrast and structure part."""
    size = min(WINDOW, *a.shape)
    offsets = np.arange(size) - (size - 1) / 2
    kernel = np.exp(-(offsets**2) / (2 * (SIGMA * size / WINDOW) ** 2)).astype(np.float32)
    kernel /= kernel.sum()

    means = np.stack([a, b, a * a, b * b, a * b])
    for axis in (1, 2):
        means = ndimage.correlate1d(means, kernel, axis=axis)
        # Only places where the whole window lies in the image, as the original has it.
        inside = slice(size // 2, means.shape[axis] - (size - 1) // 2)
        means = means[:, inside] if axis == 1 else means[:, :, inside]
    mean_a, mean_b, var_a, var_b, both = means
    var_a, var_b, both = var_a - mean_a**2, var_b - mean_b**2, both - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    structure = (2 * both + c2) / (var_a + var_b + c2)
    light = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    return float((light * structure).mean()), float(structure.mean())


def _halved(x: Grey) -> Grey:
    """Return an image averaged over 2x2 pixels; an odd last row or column is repeated."""
    if any(n % 2 for n in x.shape):
        x = np.pad(x, [(0, n % 2) for n in x.shape], mode="edge")
    rows = x[::2] + x[1::2]
    return (rows[:, ::2] + rows[:, 1::2]) * np.float32(0.25)
