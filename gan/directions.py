"""Directions through the latent space, found in four ways, each with what it is worth.

- Measured: ridge regression of an attribute on the latent; one step is one standard deviation of
  the attribute among random exams, calibrated on latents that the fit has not seen.
- Predicted: the same of what training records say, as predicted from pictures (`gan.predicted`).
- Feature: principal components of early activations, regressed back to the latent (Harkonen et
  al. 2020); one step is one standard deviation of the component.
- Factorised: eigenvectors of the first layer (Shen and Zhou 2021); one step is 1 in the latent.

A random direction stands at the end, for honesty. The length of a direction is one step of it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gan.attributes import ATTRIBUTES, measure
from gan.checkpoint import DirectionFacts, Directions
from gan.config import NetworkConfig
from gan.inference import Drawer
from gan.labels import usual, wanted
from gan.latent import Latent, factorised_directions, from_seed, moved, noise_maps
from gan.networks import Generator
from gan.predicted import Predictor, described

Scores = NDArray[np.float64]
Progress = Callable[[int, int], None]
Draw = Callable[[Tensor, Tensor | None, int, Sequence[Tensor]], Tensor]
Found = tuple[NDArray[np.floating], DirectionFacts]

SAMPLES = 10_000
HELD_OUT = 5  #: every fifth latent judges the fit
LEAST_R2 = 0.1  #: a fit worse than this is dropped
LEAST_SLOPE = 0.2  #: of what the fit promises; a direction that does less is dropped
RIDGE = 1.0  #: in units of one latent's worth of evidence
FEATURES = 8
FACTORISED = 8
MEASURING_RUNG = 4  #: attributes are measured on 80x64, or the top rung below it
FIRST_SEED = 1_000_000  #: seeds of the samples, apart from those people type
BATCH = 50
BATCH_PIXELS = 1_000_000  #: images drawn at once hold no more, or memory runs out at high rungs
REACH = 3.0  #: steps at most
TILT = 0.75  #: of the latent's length: no slider turns a latent further than about 37 degrees


class _Count:
    """Adds up the latents drawn and tells how many of all there are."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def add(self, more: int) -> None:
        self._done += more
        self._progress(self._done, self._total)


def ground(generator: Generator, rung: int, *, draw: Draw | None = None) -> float:
    """Return the network value up to which generated images show air, between -1 and -0.8.

    The highest value, but for one pixel in a hundred, in the outermost eighth at the nipple side
    of 48 exams: hardly any breast reaches there. Noise is drawn, for air must hold all of it.
    """
    z = _latents(48, generator.config.latent)
    drawer = draw or Drawer(generator)
    strips = [
        images[..., -max(1, images.shape[-1] // 8) :].ravel()
        for images in _drawn(drawer, generator.config, z, rung, noise=True)
    ]
    return float(np.clip(np.quantile(np.concatenate(strips), 0.99), -1.0, -0.8))


def find(
    generator: Generator,
    air: float,
    top: int,
    *,
    samples: int = SAMPLES,
    progress: Progress = lambda done, total: None,
    draw: Draw | None = None,
    predictors: Sequence[Predictor] = (),
) -> Directions:
    """Return the directions of a generator trained up to rung `top`; the same at every call.

    `air` is the network value up to which there is no breast. `progress` is told how many of the
    latents have been drawn; `draw` stands for a Drawer of the generator; `predictors` are of
    pictures of the measuring rung. ValueError when there are too few samples for a fit.
    """
    size = generator.config.latent
    if samples < 2 * size:
        raise ValueError(f"{samples} samples; a fit of {size} numbers needs at least {2 * size}")
    trials = max(BATCH, samples // 40)
    count = _Count(progress, samples + 4 * trials * (len(ATTRIBUTES) + len(predictors)))
    rung = min(top, MEASURING_RUNG)
    ruler = _Ruler(draw or Drawer(generator), generator.config, air, rung, count, predictors)
    z = _latents(samples, size)
    unseen = _latents(trials, size, first=FIRST_SEED + samples)
    found = [*_by_attribute(ruler, z, unseen), *_by_feature(generator, z)]
    axes = factorised_directions(generator.first.weight[:, :size], min(FACTORISED, size))
    for number, axis in enumerate(axes, start=1):
        found.append((axis, DirectionFacts(name=f"layer axis {number}", kind="factorised")))
    stray = from_seed(FIRST_SEED - 1, size)
    found.append((stray / np.linalg.norm(stray), DirectionFacts(name="random", kind="random")))
    steps = np.stack([step for step, _ in found]).astype(np.float32)
    return Directions(steps=steps, facts=tuple(facts for _, facts in found))


def _latents(count: int, size: int, first: int = FIRST_SEED) -> Latent:
    return np.stack([from_seed(first + i, size) for i in range(count)])


@torch.inference_mode()
def _drawn(
    draw: Draw, config: NetworkConfig, z: Latent, rung: int, *, noise: bool = False
) -> Iterator[NDArray[np.float32]]:
    """Yield images, (views, batch, h, w), of latents, (n, d): each label and each channel."""
    height, width = config.size(rung)
    batch = min(BATCH, max(1, BATCH_PIXELS // (height * width)))
    for start in range(0, len(z), batch):
        part = torch.from_numpy(z[start : start + batch])
        seeds = range(start, start + len(part))
        maps = noise_maps(seeds, config.noise_sizes(rung)) if noise else []
        pictures = [draw(part, label, rung, maps) for label in _labels(config, part)]
        yield torch.cat(pictures, dim=1).transpose(0, 1).numpy()


def _labels(config: NetworkConfig, part: Tensor) -> list[Tensor | None]:
    """Return each view as the label of a whole batch; one entry when no view is told."""
    rest = usual(config)
    views = [{"view": view} for view in config.labels] or [{}]
    return [wanted(config, [{**rest, **view}] * len(part)) for view in views]


class _Ruler:
    """Measures the attributes of latents, and predicts what training records would say."""

    def __init__(
        self,
        draw: Draw,
        config: NetworkConfig,
        air: float,
        rung: int,
        count: _Count,
        predictors: Sequence[Predictor] = (),
    ) -> None:
        self._draw, self._config, self._air = draw, config, air
        self._rung, self.count, self._predictors = rung, count, predictors
        self.known = [DirectionFacts(name=name, kind="measured") for name in ATTRIBUTES]
        self.known += [DirectionFacts(name=p.name, kind="predicted", told=p.r2) for p in predictors]

    def measured(self, z: Latent) -> Scores:
        """Return the attributes, (n, k), of latents, (n, d): means over the views.

        With noise, as exams are shown: without it some attributes answer half as much again.
        """
        parts = []
        for images in _drawn(self._draw, self._config, z, self._rung, noise=True):
            views = self._config.labels or ("CC", "MLO")
            parts.append(np.mean([self._of(*one) for one in zip(images, views)], axis=0))  # noqa: B905
            self.count.add(images.shape[1])
        return np.concatenate(parts)

    def _of(self, images: NDArray[np.float32], view: str) -> Scores:
        if not self._predictors:
            return measure(images, self._air)
        seen = described(images, self._air)
        told = [predictor(seen, view)[:, None] for predictor in self._predictors]
        return np.concatenate([seen[:, -len(ATTRIBUTES) :], *told], axis=1)

    def change(self, z: Latent, step: NDArray[np.floating], attribute: int) -> float:
        """Return the mean change of an attribute per step, from one step back to one ahead."""
        row = np.asarray(step, np.float32)[None]
        ends = [np.stack([moved(one, row, (sign,)) for one in z]) for sign in (-1.0, 1.0)]
        back, ahead = (self.measured(end)[:, attribute].mean() for end in ends)
        return float(ahead - back) / 2


def ridge(z: Latent, values: Scores) -> tuple[Scores, Scores]:
    """Return weights, (k, d), of values, (n, k), on latents, (n, d), and R2 on every fifth row.

    Values and latents are centred; the penalty is worth one latent.
    """
    held = np.arange(len(z)) % HELD_OUT == 0
    x, y = z[~held].astype(np.float64), values[~held]
    mean_x, mean_y = x.mean(axis=0), y.mean(axis=0)
    x, y = x - mean_x, y - mean_y
    weights: Scores = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ y).T
    off = values[held] - mean_y
    error = off - (z[held] - mean_x) @ weights.T
    scatter = off.var(axis=0)
    still = scatter < 1e-12  # what never changes is told by nothing
    r2: Scores = np.where(still, 0.0, 1 - (error**2).mean(axis=0) / np.where(still, 1.0, scatter))
    return weights, r2


def _by_attribute(ruler: _Ruler, z: Latent, unseen: Latent) -> Iterator[Found]:
    """Yield a direction for every attribute that the latent tells, its step calibrated."""
    values = ruler.measured(z)
    spread = np.maximum(values.std(axis=0), 1e-12)
    weights, r2 = ridge(z, values / spread)
    for k, known in enumerate(ruler.known):
        if r2[k] < LEAST_R2:
            ruler.count.add(4 * len(unseen))
            continue
        step = weights[k] / np.sum(weights[k] ** 2)  # by the fit, one SD of the attribute
        slope = ruler.change(unseen, step, k) / spread[k]
        if slope < LEAST_SLOPE:
            ruler.count.add(2 * len(unseen))
            continue
        # What one step really does decides its length; measured again, it must come out at 1.
        step = step / slope
        slope = ruler.change(unseen, step, k) / spread[k]
        facts = replace(known, r2=float(r2[k]), reach=_reach(step), spread=float(spread[k]))
        yield step, replace(facts, slope=slope)


def _reach(step: NDArray[np.floating]) -> float:
    """Return how many steps may be asked for, a multiple of a half."""
    furthest = TILT * np.sqrt(step.size) / float(np.linalg.norm(step))
    return float(np.clip(np.floor(2 * furthest) / 2, 0.5, REACH))


@torch.inference_mode()
def _by_feature(generator: Generator, z: Latent) -> Iterator[Found]:
    """Yield the principal components of the first features that the latent tells."""
    parts = []
    for start in range(0, len(z), 10 * BATCH):
        part = torch.from_numpy(z[start : start + 10 * BATCH])
        seen = [
            generator.start(part, label).flatten(1) for label in _labels(generator.config, part)
        ]
        parts.append(torch.stack(seen).mean(dim=0).numpy())
    features = np.concatenate(parts).astype(np.float64)
    features -= features.mean(axis=0)
    _, axes = np.linalg.eigh(features.T @ features / len(z))
    scores = features @ axes[:, ::-1][:, :FEATURES]
    weights, r2 = ridge(z, scores / np.maximum(scores.std(axis=0), 1e-12))
    told = [weight for weight, worth in zip(weights, r2, strict=True) if worth >= LEAST_R2]
    worths = [float(worth) for worth in r2 if worth >= LEAST_R2]
    for number, (weight, worth) in enumerate(zip(told, worths, strict=True), start=1):
        sign = np.sign(weight[np.argmax(np.abs(weight))])
        step = sign * weight / np.sum(weight**2)
        yield (
            step,
            DirectionFacts(name=f"feature {number}", kind="feature", r2=worth, reach=_reach(step)),
        )
