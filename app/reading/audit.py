"""The leak audit: nothing but the look of the tissue may tell generated from real.

Each channel is judged by its area under the ROC curve against the truth with a permutation test,
all of them together by a cross-validated linear model. A channel that is not perceptual and
tells the truth refuses to seal; what can be seen is reported only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.stats import rankdata

from app.reading.normalise import Shown

Values = NDArray[np.float64]
ALPHA = 0.05
PERMUTATIONS = 4000
MODEL_PERMUTATIONS = 1000
FOLDS = 5
RIDGE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one channel tells: AUC against the truth (1 = generated), permutation p, Holm's p."""

    channel: str
    gated: bool
    auc: float
    p: float
    p_holm: float
    constant: bool = False

    @property
    def leaks(self) -> bool:
        """Whether the channel tells the truth, after the adjustment for their number."""
        return self.gated and not self.constant and self.p_holm < ALPHA


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """All findings; `waived` holds the written reasons by channel."""

    cases: int
    findings: tuple[Finding, ...]
    waived: Mapping[str, str]
    nearest: tuple[Mapping[str, Any], ...] = ()  #: generated cases and their nearest training image
    nearest_words: str = ""

    @property
    def refused(self) -> tuple[str, ...]:
        """Channels that tell the truth and are not waived."""
        return tuple(f.channel for f in self.findings if f.leaks and f.channel not in self.waived)

    def table(self) -> dict[str, Any]:
        """Return the audit for JSON, numbers as text of four digits."""
        return {
            "cases": self.cases,
            "findings": [
                {
                    "channel": f.channel,
                    "gated": f.gated,
                    "constant": f.constant,
                    "leaks": f.leaks,
                    "auc": f"{f.auc:.4f}",
                    "p": f"{f.p:.4f}",
                    "p_holm": f"{f.p_holm:.4f}",
                }
                for f in self.findings
            ],
            "waived": dict(self.waived),
            "refused": list(self.refused),
            "nearest": [dict(row) for row in self.nearest],
            "nearest_words": self.nearest_words,
        }


# Channels of the pixels. Each takes the stimulus of one view and returns one number.

Channel = Callable[[Shown], float]
GATED: dict[str, Channel] = {}
REPORTED: dict[str, Channel] = {}


def channel(table: dict[str, Channel]) -> Callable[[Channel], Channel]:
    """Enter a function in a table of channels under its name."""

    def enter(function: Channel) -> Channel:
        table[function.__name__.replace("_", " ")] = function
        return function

    return enter


@channel(GATED)
def unique_levels(image: Shown) -> float:
    """Return the grey levels that occur over those a smooth histogram would make occur.

    The plain number follows contrast and breast size, which can be seen; gaps can not.
    """
    counts = np.bincount(image.ravel(), minlength=256)[2:255].astype(np.float64)
    smooth = ndimage.gaussian_filter1d(counts, 3.0, mode="nearest")
    return float((counts > 0).sum() / max((1 - np.exp(-smooth)).sum(), 1.0))


@channel(GATED)
def comb_histogram(image: Shown) -> float:
    """Return how jagged the histogram of the tissue is: second differences over counts."""
    counts = np.bincount(image.ravel(), minlength=256)[2:255].astype(np.float64)
    # Neighbouring counts of a smooth histogram differ by chance alone, about their root.
    jag = np.abs(counts[1:-1] - (counts[:-2] + counts[2:]) / 2)
    return float((jag / np.sqrt(counts[1:-1] + 1)).mean())


@channel(GATED)
def zeros_in_tissue(image: Shown) -> float:
    """Return the share of exact zeros between the first and last tissue of each row."""
    some = image > 0
    inside = (
        np.maximum.accumulate(some, axis=1) & np.maximum.accumulate(some[:, ::-1], axis=1)[:, ::-1]
    )
    return float((inside & ~some).sum() / max(inside.sum(), 1))


@channel(GATED)
def border_step(image: Shown) -> float:
    """Return the step between the outermost lines and the next ones, air sides only."""
    grey = image.astype(np.float64)
    steps = (grey[0] - grey[1], grey[-1] - grey[-2], grey[:, -1] - grey[:, -2])
    return float(np.mean([np.abs(step).mean() for step in steps]))


@channel(GATED)
def chest_wall_edge(image: Shown) -> float:
    """Return the light of the chest-wall column over that of the next ones."""
    light = image.astype(np.float64).sum(axis=0)
    edges = [light[0] / max(light[1:5].mean(), 1.0), light[-1] / max(light[-5:-1].mean(), 1.0)]
    return float(edges[0] if light[:5].sum() >= light[-5:].sum() else edges[1])


@channel(GATED)
def blockiness(image: Shown) -> float:
    """Return how far steps across an 8x8 grid exceed those half a block away (JPEG's blocks)."""
    grey, ratios = image.astype(np.float64), []
    for axis in (0, 1):
        step = np.abs(np.diff(grey, axis=axis)).mean(axis=1 - axis)
        every = np.arange(step.size) % 8
        by_phase = np.array([step[every == k].mean() for k in range(8)])
        # A generator's own grid of 2 or 4 pixels, which can be seen, is the same half a block on.
        ratios.append((by_phase - np.roll(by_phase, 4)).max() / max(by_phase.mean(), 1e-9))
    return float(np.mean(ratios))


@channel(REPORTED)
def breast_area(image: Shown) -> float:
    """Return the share of the frame that is tissue."""
    return float((image > 0).mean())


@channel(REPORTED)
def mean_grey(image: Shown) -> float:
    """Return the mean grey of the tissue."""
    return float(image[image > 0].mean()) if image.any() else 0.0


@channel(REPORTED)
def contrast(image: Shown) -> float:
    """Return the standard deviation of the tissue's grey."""
    return float(image[image > 0].std()) if image.any() else 0.0


@channel(REPORTED)
def spectrum_slope(image: Shown) -> float:
    """Return the slope of log power against log frequency, between a tenth and all of Nyquist."""
    frequency, power = radial_spectrum(image)
    upper = frequency > 0.1
    return float(np.polyfit(np.log(frequency[upper]), np.log(power[upper] + 1e-9), 1)[0])


@channel(REPORTED)
def checkerboard(image: Shown) -> float:
    """Return the log power at Nyquist over that just below it: the grid of upsampling."""
    frequency, power = radial_spectrum(image)
    below = power[(frequency > 0.75) & (frequency < 0.95)].mean()
    return float(np.log((power[frequency >= 0.97].mean() + 1e-9) / (below + 1e-9)))


def radial_spectrum(image: Shown) -> tuple[Values, Values]:
    """Return frequency in parts of Nyquist, and power averaged over rings, of the inner square."""
    side = min(image.shape) // 2 * 2
    top = (image.shape[0] - side) // 2
    patch = image[top : top + side, :side].astype(np.float64)
    taper = np.hanning(side)
    power = np.abs(np.fft.rfft2((patch - patch.mean()) * np.outer(taper, taper))) ** 2
    y, x = np.meshgrid(np.fft.fftfreq(side), np.fft.rfftfreq(side), indexing="ij")
    ring = np.rint(np.hypot(y, x) * side).astype(int)
    kept = (ring >= 1) & (ring <= side // 2)
    total = np.bincount(ring[kept], power[kept], side // 2 + 1)
    count = np.bincount(ring[kept], minlength=side // 2 + 1)
    return np.arange(1, side // 2 + 1) / (side / 2), total[1:] / np.maximum(count[1:], 1)


# Tests.


def auc(values: Values, truth: NDArray[np.bool_]) -> float:
    """Return the probability that a positive exceeds a negative, ties a half (Mann-Whitney)."""
    positives = int(truth.sum())
    negatives = truth.size - positives
    rank_sum = float(rankdata(values)[truth].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def permutation_p(values: Values, truth: NDArray[np.bool_], rng: np.random.Generator) -> float:
    """Return how often shuffled truth gives an AUC as far from one half, two-sided."""
    ranks = rankdata(values)
    ranks = ranks - ranks.mean()
    seen = abs(float(ranks[truth].sum()))
    draws = rng.permuted(np.tile(truth, (PERMUTATIONS, 1)), axis=1)
    sums = np.abs(draws @ ranks)
    return float((1 + (sums >= seen - 1e-9).sum()) / (PERMUTATIONS + 1))


def _folds(truth: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.intp]:
    """Return a fold for each case, both classes spread evenly."""
    folds = np.zeros(truth.size, np.intp)
    count = min(FOLDS, int(truth.sum()), int((~truth).sum()))
    for which in (True, False):
        members = rng.permutation(np.flatnonzero(truth == which))
        folds[members] = np.arange(members.size) % max(count, 1)
    return folds


def joint_test(
    features: Values, truth: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[float, float]:
    """Return the cross-validated AUC of all features together and its permutation p, one-sided.

    A ridge linear discriminant, each case judged by a model that has not seen it.
    """
    folds = _folds(truth, rng)
    seen = _judged(features, truth[:, None], folds)[0]
    shuffled = np.repeat(truth[:, None], MODEL_PERMUTATIONS, axis=1)
    for fold in range(int(folds.max()) + 1):
        shuffled[folds == fold] = rng.permuted(shuffled[folds == fold], axis=0)
    more = int((_judged(features, shuffled, folds) >= seen - 1e-12).sum())
    return float(seen), (1 + more) / (MODEL_PERMUTATIONS + 1)


def _judged(features: Values, truths: NDArray[np.bool_], folds: NDArray[np.intp]) -> Values:
    """Return the AUC for each column of truths, (cases, k): the fit is one matrix for all."""
    ranks = np.zeros(truths.shape)
    for fold in range(int(folds.max()) + 1):
        test = folds == fold
        mean, spread = features[~test].mean(axis=0), features[~test].std(axis=0)
        scaled = np.clip((features - mean) / np.where(spread > 1e-12, spread, 1.0), -8, 8)
        known = scaled[~test]
        curve = known.T @ known + RIDGE * np.eye(known.shape[1])
        centred = truths[~test] - truths[~test].mean(axis=0)
        scores = scaled[test] @ np.linalg.solve(curve, known.T @ centred)
        # The scale of scores may differ between folds: ranks within a fold are comparable.
        ranks[test] = rankdata(scores, axis=0) / max(int(test.sum()), 1)
    ranks = rankdata(ranks, axis=0)
    positives = truths.sum(axis=0)
    sums: Values = (ranks * truths).sum(axis=0) - positives * (positives + 1) / 2
    areas: Values = sums / (positives * (truths.shape[0] - positives))
    return areas


def holm(ps: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number (Holm 1979)."""
    adjusted, highest = [0.0] * len(ps), 0.0
    for rank, at in enumerate(sorted(range(len(ps)), key=lambda k: ps[k])):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[at]))
        adjusted[at] = highest
    return adjusted


def audit(
    pictures: Sequence[NDArray[np.uint8]],
    truth: Sequence[bool],
    outside: Mapping[str, Sequence[float]],
    waived: Mapping[str, str] | None = None,
    seed: int = 0,
) -> Audit:
    """Return the audit of stimuli, each (views, rows, columns), against the truth (True generated).

    `outside` holds channels measured elsewhere, such as file length and decode time, all gated.
    ValueError when either class has fewer than two cases.
    """
    labels = np.array(truth, bool)
    if min(int(labels.sum()), int((~labels).sum())) < 2:
        raise ValueError("the audit needs at least two real and two generated cases")
    rng = np.random.default_rng(seed)
    columns: dict[str, Values] = {}
    for table in (GATED, REPORTED):
        for name, function in table.items():
            rows = [np.mean([function(view) for view in p]) for p in pictures]
            columns[name] = np.array(rows, np.float64)
    columns |= {name: np.array(values, np.float64) for name, values in outside.items()}
    gated = [name for name in columns if name not in REPORTED]
    varied = [name for name in gated if np.ptp(columns[name]) > 0]
    ps = {name: permutation_p(c, labels, rng) for name, c in columns.items() if np.ptp(c) > 0}
    aucs = {name: auc(column, labels) for name, column in columns.items()}
    if varied:
        together = np.column_stack([columns[name] for name in varied])
        aucs[JOINT], ps[JOINT] = joint_test(together, labels, rng)
    tested = [*varied, JOINT] if varied else []
    adjusted = dict(zip(tested, holm([ps[name] for name in tested]), strict=True))
    findings = tuple(
        Finding(
            channel=name,
            gated=name not in REPORTED,
            auc=aucs[name],
            p=ps.get(name, 1.0),
            p_holm=adjusted.get(name, ps.get(name, 1.0)),
            constant=name not in ps,
        )
        for name in [*gated, *([JOINT] if varied else []), *REPORTED]
    )
    return Audit(cases=labels.size, findings=findings, waived=dict(waived or {}))


JOINT = "all channels together"
