"""Power spectra within the breast: slope of the tissue's noise, and peaks of a pixel grid."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from train.evaluate import plots
from train.evaluate.case import Case, Sample
from train.evaluate.estimate import Chosen, levels
from train.evaluate.judgement import Judgement, Picture

SLOPE_ABOUT = (
    "Slope beta of P(f) = c / f^beta, fitted to the radial mean of Hann-windowed spectra of up to "
    "8 squares a fifth of the image high inside the breast (Burgess 1999), from 2 cycles per "
    "square to 0.7 of the highest frequency; mean over images. Published for full-field digital "
    "mammograms: 3.17 +/- 0.23 CC, 3.30 +/- 0.24 MLO (Chen et al. 2012, 0.15 to 0.7 cycles/mm). "
    "Below about 640x512 pixels that band lies beyond the image: there, only the difference from "
    "real images measured in the same way counts."
)
GRID_ABOUT = (
    "How far, in dB, spectra stand above their surroundings at the frequencies of a pixel grid of "
    "period 2 and period 4 (mean of the logarithm over images, the highest of the grid's places): "
    "transposed or nearest-neighbour upsampling leaves such peaks, tissue does not."
)
PUBLISHED = {
    "CC": {"mean": 3.17, "deviation": 0.23},
    "MLO": {"mean": 3.30, "deviation": 0.24},
}
SQUARES = 8
SHARE = 5  #: squares are a fifth of the height
TOP = 0.7  #: of the Nyquist frequency


class Spectra(NamedTuple):
    """Of each image: slope, excess at the places of both grids, and the mean log spectrum."""

    slope: NDArray[np.float64]  #: (n,), not finite where no square fits
    excess: NDArray[np.float64]  #: (n, grid places) in dB
    decibel: NDArray[np.float64]  #: (side, side), mean over images, zero frequency in the middle
    radial: NDArray[np.float64]  #: (n, side / 2), log10 of the radial mean


def slope(case: Case) -> Judgement:
    """Judge the slope of the power spectrum in each view."""
    spectra = {name: measured(sample, case.seed) for name, sample in case.samples.items()}
    samples = list(case.samples.values())

    def statistic(at: Chosen) -> NDArray[np.float64]:
        found = []
        for view in case.views:
            row = []
            for sample, one, pool in zip(
                samples, spectra.values(), (at.generated, at.training, at.held_out), strict=True
            ):
                values = one.slope[pool[sample.view[pool] == view]]
                row.append(np.nanmean(values) if np.isfinite(values).any() else np.nan)
            found.append(row)
        return np.array(found)

    pictures = tuple(_radial_picture(case, spectra, view) for view in case.views)
    published = {v: PUBLISHED[v] for v in case.views if v in PUBLISHED}
    return Judgement(
        title="Power-spectrum slope",
        about=SLOPE_ABOUT,
        figures=levels(case, case.views, statistic),
        facts={"published": published, "square_pixels": side_of(case.held_out.pixels.shape[1])},
        pictures=pictures,
    )


def grid(case: Case) -> Judgement:
    """Judge traces of the generator's pixel grid, such as a checkerboard."""
    spectra = [measured(sample, case.seed) for sample in case.samples.values()]
    periods = grid_places(side_of(case.held_out.pixels.shape[1]))
    owner = np.repeat(np.arange(len(periods)), [len(places) for places in periods.values()])

    def statistic(at: Chosen) -> NDArray[np.float64]:
        pools = (at.generated, at.training, at.held_out)
        means = [np.nanmean(s.excess[p], axis=0) for s, p in zip(spectra, pools, strict=True)]
        return np.array([[m[owner == k].max() for m in means] for k in range(len(periods))])

    figures = levels(case, tuple(periods), statistic)
    made, held = spectra[0].decibel, spectra[2].decibel
    pictures = (
        Picture(caption="Mean spectrum of generated images, dB", markup=plots.heat_map(made)),
        Picture(caption="Mean spectrum of held-out images, dB", markup=plots.heat_map(held)),
        Picture(
            caption="Generated minus held-out, -10 dB blue to +10 dB red",
            markup=plots.heat_map(made - held, around_zero=10.0),
        ),
    )
    return Judgement(
        title="Pixel-grid peaks (checkerboard)",
        about=GRID_ABOUT,
        figures=figures,
        pictures=pictures,
    )


def side_of(height: int) -> int:
    """Return the side of the squares, a multiple of four, for images so high."""
    return max(8, height // SHARE // 4 * 4)


def grid_places(side: int) -> dict[str, list[tuple[int, int]]]:
    """Return the frequencies, in cycles per square, of grids of period 2 and 4 pixels."""
    half, quarter = side // 2, side // 4
    return {
        "period 2": [(half, half), (half, 0), (0, half)],
        "period 4": [(quarter, 0), (0, quarter), (quarter, quarter), (quarter, -quarter)],
    }


@lru_cache(maxsize=3)  # two metrics ask for the same
def measured(sample: Sample, seed: int) -> Spectra:
    """Return the spectra of all images of a sample, of squares at random places by seed."""
    draw = np.random.default_rng([seed, *b"squares"])
    side = side_of(sample.pixels.shape[1])
    places = [place for found in grid_places(side).values() for place in found]
    n, half = len(sample), side // 2
    slopes, excess = np.full(n, np.nan), np.full((n, len(places)), np.nan)
    decibel, fitting = np.zeros((side, side)), 0
    radial = np.full((n, half), np.nan)
    for i in range(n):
        power = _power(sample.grey(i), sample.mask[i], side, draw)
        if power is None:
            continue
        radial[i], slopes[i] = radial_slope(power.mean(axis=0))
        log = 10 * np.log10(power.mean(axis=0))
        excess[i] = [_excess(log, place) for place in places]
        decibel += np.fft.fftshift(log)
        fitting += 1
    return Spectra(slopes, excess, decibel / max(fitting, 1), radial)


def _power(
    grey: NDArray[np.float32], mask: NDArray[np.bool_], side: int, draw: np.random.Generator
) -> NDArray[np.float64] | None:
    """Return spectra, (k, side, side), of random squares inside the breast; None if none fits."""
    fits = ndimage.minimum_filter(mask, side, mode="constant")
    rows, columns = np.nonzero(fits)
    if rows.size == 0:
        return None
    chosen = draw.integers(rows.size, size=SQUARES)
    windows = np.lib.stride_tricks.sliding_window_view(grey, (side, side))
    squares = windows[rows[chosen] - side // 2, columns[chosen] - side // 2].astype(np.float64)
    hann = np.hanning(side + 1)[:-1]
    squares = (squares - squares.mean(axis=(1, 2), keepdims=True)) * hann[:, None] * hann
    power: NDArray[np.float64] = np.abs(np.fft.fft2(squares)) ** 2 + 1e-9
    return power


def radial_slope(power: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return log10 of the radial mean at 0 to side/2 - 1 cycles, and beta, of a spectrum."""
    side = power.shape[0]
    cycles = np.fft.fftfreq(side, 1 / side)
    distance = np.rint(np.hypot(cycles[:, None], cycles)).astype(int)
    total = np.bincount(distance.ravel(), power.ravel())[: side // 2]
    mean = np.log10(total / np.bincount(distance.ravel())[: side // 2])
    band = np.arange(2, max(int(TOP * side / 2), 3) + 1)
    beta = -float(np.polyfit(np.log10(band), mean[band], 1)[0])
    return mean, beta


def _excess(log: NDArray[np.float64], place: tuple[int, int]) -> float:
    """Return by how much a place of a spectrum in dB exceeds the ring of places round it.

    The window spreads a peak to its next neighbours, so the ring is two or three places away.
    """
    steps = [(r, c) for r in range(-3, 4) for c in range(-3, 4) if 2 <= max(abs(r), abs(c)) <= 3]
    side = log.shape[0]
    ring = [log[(place[0] + r) % side, (place[1] + c) % side] for r, c in steps]
    return float(log[place[0] % side, place[1] % side] - np.median(ring))


def _radial_picture(case: Case, spectra: dict[str, Spectra], view: str) -> Picture:
    lines = {}
    for (name, sample), one in zip(case.samples.items(), spectra.values(), strict=True):
        mean = np.nanmean(one.radial[sample.view == view], axis=0)
        lines[name] = (np.log10(np.arange(1, len(mean))), mean[1:])
    markup = plots.lines(lines, x="log10 cycles per square", y="log10 power")
    return Picture(caption=f"Radial power spectrum, {view}", markup=markup)
