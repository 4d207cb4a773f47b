"""From images to the latent whose images come closest: the projection of a real exam.

Many random latents are drawn small; the best are followed by gradient up the ladder, fewer at each
rung, and the last is refined at full size, with the coarser noise (multi-start, coarse to fine).
Below the top, pictures come from the preview heads. One latent makes all views; when both breasts
are asked for, the left one has its own, which is held near (Karras et al. 2020 for finding latent
and noise of one image; Gu et al. 2020 on how far a single latent reaches).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from gan.activation import activate_normed
from gan.breast import breast_mask
from gan.checkpoint import Model
from gan.features import differences
from gan.labels import usual, wanted
from gan.latent import Latent, from_seed, noise_maps, normalised
from gan.layers import upsample
from gan.networks import Generator, GeneratorBlock, noisy

BANK = 256  #: random latents that are looked at first
FIRST_SEED = 2_000_000  #: of the bank, apart from those people type
COARSEST = 2  #: rung that the first are drawn at: 20x16
KEPT = (12, 4, 1)  #: latents followed at the first rungs; one at all others and at the top
STEPS = (40, 60, 100, 40)  #: of each rung; the last for all others
REFINEMENTS = 12  #: of the last, by L-BFGS
NOISE_ROWS = 80  #: of the finest noise that is found, too: it moves tissue, finer noise grain
RATE = 0.1  #: of Adam, where latents have entries of size 1
TOGETHER = 0.02  #: weight of the angle between the breasts
GRADIENT, STRUCTURE, FEATURES = 1.0, 0.1, 0.1  #: weights beside the absolute difference
SMALLEST = 5  #: rows of the coarsest level that pictures are compared at


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An image that is asked for."""

    view: str
    left: bool  #: of the left breast


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """How far a projection is, and the best it has found."""

    done: int
    total: int
    right: Latent
    left: Latent
    noise: tuple[NDArray[np.float32], ...]  #: the coarser maps, (views, h, w) each


class Canvas:
    """Draws the views that are asked for, with gradients, at any rung."""

    def __init__(self, model: Model, views: Sequence[View], seed: int = 0) -> None:
        self._model, self._views = model, views
        self._generator: Generator = model.generator
        config = model.config
        rest = usual(config)
        told = [{**rest, "view": v.view} if config.labels else rest for v in views]
        self._label = wanted(config, [rest] * len(views) if config.pair else told)
        places = [0 if config.pair or v.view != "MLO" else 1 for v in views]
        self._noise = noise_maps([4 * seed + k for k in places], config.noise_sizes(self.top))

    @property
    def top(self) -> int:
        """The highest rung."""
        return self._model.config.rungs - 1

    def noise(self) -> list[Tensor]:
        """Return the coarser maps of noise, (views, 1, h, w), as the seed has them."""
        return [maps.clone() for maps in self._noise if maps.shape[2] <= NOISE_ROWS]

    def __call__(
        self, right: Tensor, left: Tensor, rung: int, noise: Sequence[Tensor] = ()
    ) -> Tensor:
        """Return images, (n, views, h, w), of latents, each (n, d), and noise of one's own.

        That is brought to mean 0 and deviation 1, or pictures could hide in it.
        """
        n, k = len(right), len(self._views)
        z = torch.stack([left if v.left else right for v in self._views], dim=1).flatten(0, 1)
        label = None if self._label is None else self._label.repeat(n, 1)
        sizes = len(self._model.config.noise_sizes(rung))
        own = [_standard(maps) for maps in noise]
        maps = [one.repeat(n, 1, 1, 1) for one in [*own, *self._noise[len(own) :]][:sizes]]
        images = self._drawn(z, label, rung, maps)
        if self._model.config.pair:
            channel = torch.tensor([int(v.view == "MLO") for v in self._views]).repeat(n)
            images = images[torch.arange(n * k), channel].unsqueeze(1)
        return images.reshape(n, k, *images.shape[2:])

    def _drawn(self, z: Tensor, label: Tensor | None, rung: int, noise: list[Tensor]) -> Tensor:
        network, heads = self._generator, self._model.previews.heads
        if rung == self.top or not heads:
            drawn: Tensor = network(z, label, rung, noise=noise)
            return drawn
        summed = self._model.config.output == "skip"
        maps, mode = iter(noise), self._model.config.resample
        x = activate_normed(noisy(network.conv(network.start(z, label)), network.noise, maps))
        image = network.to_image[0](x)
        below: Tensor | None = None
        for r in range(1, rung + 1):
            below = upsample(image, mode) if summed else None
            x = cast("GeneratorBlock", network.blocks[r - 1])(x, maps, mode)
            if summed:
                image = cast("Tensor", below) + network.to_image[r](x)
        seen = x if below is None else torch.cat([x, below], dim=1)
        weight, bias = heads[rung]
        return F.conv2d(seen, weight[:, :, None, None], bias)


def apart(made: Tensor, target: Tensor) -> Tensor:
    """Return how far images, (n, views, h, w), are from a target, (views, h, w); (n,).

    Absolute differences of grey and of its gradients and 1 - SSIM at every halving, and features
    of a random convolution: no weights that would have to be trained or fetched.
    """
    total = made.new_zeros(len(made))
    goal = target.expand_as(made)
    total = total + FEATURES * differences(made.flatten(0, 1), goal.flatten(0, 1)).reshape(
        len(made), -1
    ).mean(dim=1)
    levels = 0
    while True:
        total = total + (made - goal).abs().mean(dim=(1, 2, 3))
        for axis in (2, 3):
            total = total + GRADIENT * (made.diff(dim=axis) - goal.diff(dim=axis)).abs().mean(
                dim=(1, 2, 3)
            )
        total = total + STRUCTURE * (1 - _structure(made, goal))
        levels += 1
        if made.shape[2] // 2 < SMALLEST:
            return total / levels
        made, goal = F.avg_pool2d(made, 2), F.avg_pool2d(goal, 2)


def _structure(a: Tensor, b: Tensor) -> Tensor:
    """Return the mean structural similarity, (n,), in windows of five pixels (Wang et al. 2004)."""

    def mean(x: Tensor) -> Tensor:
        return F.avg_pool2d(x, 5, stride=1, padding=2, count_include_pad=False)

    x, y = mean(a), mean(b)
    xx, yy, xy = mean(a * a) - x * x, mean(b * b) - y * y, mean(a * b) - x * y
    one, two = (0.01 * 2) ** 2, (0.03 * 2) ** 2
    alike = (2 * x * y + one) * (2 * xy + two) / ((x * x + y * y + one) * (xx + yy + two))
    return alike.mean(dim=(1, 2, 3))


def project(model: Model, target: NDArray[np.float32], views: Sequence[View]) -> Iterator[Step]:
    """Yield better and better latents for images, (views, h, w) in [-1, 1], of the top rung's size.

    Chest wall at the left. The same images give the same steps; whoever has enough stops asking.
    """
    canvas = Canvas(model, views)
    goal = torch.from_numpy(np.ascontiguousarray(target, np.float32))
    both = len({view.left for view in views}) == 2
    plan = _plan(canvas.top)
    total = BANK + sum(steps * kept for _, kept, steps in plan) + REFINEMENTS
    bank = np.stack([from_seed(FIRST_SEED + i, model.config.latent) for i in range(BANK)])
    order = np.argsort(_ranked(canvas, bank, goal), kind="stable")
    z = torch.from_numpy(bank[order[: plan[0][1]]])
    state = _State(pair=torch.stack([z, z]), noise=canvas.noise())
    done = BANK
    yield state.step(done, total)
    for rung, kept, steps in plan:
        state = _State(pair=state.pair[:, :kept], noise=state.noise)
        small = _averaged(goal, canvas.top - rung)
        start = state
        for better in _followed(canvas, start, small, rung, steps, both):
            done, state = done + kept, better
            yield state.step(done, total)
    for k in range(REFINEMENTS):
        state, nearer = _refined(canvas, state, goal, both)
        yield state.step(done + k + 1, total)
        if not nearer:
            break
    yield state.step(total, total)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _State:
    pair: Tensor  #: right and left latents, (2, n, d), the nearest first
    noise: list[Tensor]  #: (views, 1, h, w) each

    def step(self, done: int, total: int) -> Step:
        right, left = (normalised(z[0].numpy()) for z in self.pair)
        noise = tuple(_standard(maps)[:, 0].numpy() for maps in self.noise)
        return Step(done=done, total=total, right=right, left=left, noise=noise)


def _standard(maps: Tensor) -> Tensor:
    """Return maps of noise, (views, 1, h, w), of mean 0 and deviation 1 each."""
    off = maps - maps.mean(dim=(2, 3), keepdim=True)
    return off * torch.rsqrt(off.square().mean(dim=(2, 3), keepdim=True) + 1e-8)


def _plan(top: int) -> list[tuple[int, int, int]]:
    """Return rung, latents followed and steps, from coarse to fine."""
    rungs = range(min(COARSEST, top), top + 1)
    plan = [
        (rung, KEPT[min(i, len(KEPT) - 1)], STEPS[min(i, len(STEPS) - 1)])
        for i, rung in enumerate(rungs)
    ]
    plan[-1] = (top, 1, max(STEPS))
    return plan


def _averaged(goal: Tensor, halvings: int) -> Tensor:
    return F.avg_pool2d(goal, 2**halvings) if halvings else goal


@torch.no_grad()
def _ranked(canvas: Canvas, bank: Latent, goal: Tensor) -> NDArray[np.float32]:
    rung = min(COARSEST, canvas.top)
    small = _averaged(goal, canvas.top - rung)
    parts = [
        apart(canvas(z, z, rung), small)
        for z in torch.split(torch.from_numpy(bank), max(1, 64 // len(small)))
    ]
    far: NDArray[np.float32] = torch.cat(parts).numpy()
    return far


def _loss(canvas: Canvas, state: _State, goal: Tensor, rung: int, both: bool) -> Tensor:
    right, left = (_sphere(z) for z in state.pair)
    if not both:
        return apart(canvas(right, right, rung, state.noise), goal)
    cosine = (right * left).mean(dim=1)
    return apart(canvas(right, left, rung, state.noise), goal) + TOGETHER * (1 - cosine)


def _sphere(z: Tensor) -> Tensor:
    return z * torch.rsqrt(z.square().mean(dim=1, keepdim=True) + 1e-12)


def _moving(state: _State, noise: bool) -> tuple[_State, list[Tensor]]:
    """Return a copy that can be moved along gradients, and its parts."""
    pair = state.pair.clone().requires_grad_(True)
    maps = [one.clone().requires_grad_(noise) for one in state.noise]
    return _State(pair=pair, noise=maps), [pair, *(maps if noise else [])]


def _still(state: _State, order: Tensor | None = None) -> _State:
    pair = state.pair.detach().clone()
    pair = pair if order is None else pair[:, order]
    return _State(pair=pair, noise=[maps.detach().clone() for maps in state.noise])


def _followed(
    canvas: Canvas, state: _State, goal: Tensor, rung: int, steps: int, both: bool
) -> Iterator[_State]:
    """Yield after each step the best so far, the nearest first; noise moves at the top only."""
    moving, parts = _moving(state, noise=rung == canvas.top)
    adam = torch.optim.Adam(parts, lr=RATE, betas=(0.9, 0.99))
    best, least = _still(state), torch.full((state.pair.shape[1],), math.inf)
    for step in range(steps):
        adam.param_groups[0]["lr"] = RATE * (0.1 + 0.45 * (1 + math.cos(math.pi * step / steps)))
        loss = _loss(canvas, moving, goal, rung, both)
        better = loss.detach() < least
        least = torch.where(better, loss.detach(), least)
        best.pair[:, better] = moving.pair.detach()[:, better]
        if bool(better[0]):  # at the top, where noise moves, there is one
            best = _State(pair=best.pair, noise=_still(moving).noise)
        yield _still(best, torch.argsort(least, stable=True))
        adam.zero_grad()
        loss.sum().backward()
        adam.step()


def _refined(canvas: Canvas, state: _State, goal: Tensor, both: bool) -> tuple[_State, bool]:
    """Return the latents after a round of L-BFGS at full size, and whether they are nearer."""
    moving, parts = _moving(state, noise=True)
    lbfgs = torch.optim.LBFGS(parts, max_iter=6, line_search_fn="strong_wolfe")

    def closure() -> float:
        lbfgs.zero_grad()
        loss = _loss(canvas, moving, goal, canvas.top, both).sum()
        loss.backward()
        return float(loss.detach())

    before = float(lbfgs.step(closure))
    with torch.no_grad():
        after = float(_loss(canvas, moving, goal, canvas.top, both))
    better = after < before - 1e-5
    return (_still(moving) if better else state), better


def likeness(made: NDArray[np.float32], target: NDArray[np.float32]) -> float:
    """Return how alike images, (views, h, w), are: the mean correlation where either has breast."""
    found = []
    for one, other in zip(made, target, strict=True):
        grey = [(np.clip(x, -1, 1) + 1) / 2 for x in (one, other)]
        where = breast_mask(grey[0]) | breast_mask(grey[1])
        a, b = (x[where] - x[where].mean() for x in grey)
        found.append(float((a * b).sum() / max(math.sqrt((a * a).sum() * (b * b).sum()), 1e-9)))
    return float(np.mean(found))
