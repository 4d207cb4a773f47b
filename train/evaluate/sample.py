"""Generated breasts by seed: the very pictures the application shows for that seed."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gan.breast import Pixels
from gan.checkpoint import Model
from gan.images import to_stored
from gan.inference import Drawer
from gan.labels import indices
from gan.latent import from_seed, noise_maps, turned
from gan.shards import in_kind
from gan.trainset import Record

DIFFERENCE = 0.15  #: of a left breast from the right one, as the application's recipes have it
BATCH = 16
NOISE = {"CC": 0, "MLO": 1}  #: whose noise a view gets


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """A model, and the training images whose labels its samples shall have."""

    model: Model
    drawer: Drawer
    records: tuple[Record, ...]  #: density and vendor are told as in these, at random
    kind: type[np.uint8] | type[np.uint16]  #: samples are rounded as the real images are

    @property
    def views(self) -> tuple[str, ...]:
        """Views made; "any" when the model cannot tell them apart."""
        config = self.model.config
        return ("CC", "MLO") if config.pair else config.labels or ("any",)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of what is made."""
        return self.model.config.size(self.model.config.rungs - 1)


def breasts(
    source: Source,
    seeds: Sequence[int],
    *,
    left: bool = False,
    told: Callable[[int], None] = lambda count: None,
) -> Pixels:
    """Return images, (seeds, views, h, w), of the right or the left breast of each seed's exam.

    Stored as the training set is: chest wall left, uint8 or uint16. `told` hears of each batch.
    """
    shape = (len(seeds), len(source.views), *source.size)
    found: Pixels = np.empty(shape, np.uint8)
    if source.kind is np.uint16:
        found = np.empty(shape, np.uint16)
    for start in range(0, len(seeds), BATCH):
        some = seeds[start : start + BATCH]
        images = to_stored(_drawn(source, some, left).numpy())
        found[start : start + BATCH] = in_kind(images, source.kind)
        told(images.shape[0] * images.shape[1])
    return found


def _drawn(source: Source, seeds: Sequence[int], left: bool) -> Tensor:
    config = source.model.config
    right = [from_seed(seed, config.latent) for seed in seeds]
    latents = (
        [turned(z, s, DIFFERENCE) for z, s in zip(right, seeds, strict=True)] if left else right
    )
    z = torch.from_numpy(np.stack(latents))
    if config.pair:
        return source.drawer(z, _labels(source, seeds, ""), None, _noise(source, seeds, "CC", left))
    return torch.cat(
        [
            source.drawer(z, _labels(source, seeds, view), None, _noise(source, seeds, view, left))
            for view in source.views
        ],
        dim=1,
    )


def _labels(source: Source, seeds: Sequence[int], view: str) -> Tensor | None:
    config = source.model.config
    if not config.label_kinds:
        return None
    rows = []
    for seed in seeds:
        like = source.records[int(np.random.default_rng([seed, 3]).integers(len(source.records)))]
        known = {"view": view, "density": like.density, "vendor": like.vendor}
        rows.append(indices(config, known))
    return torch.tensor(rows)


def _noise(source: Source, seeds: Sequence[int], view: str, left: bool) -> list[Tensor]:
    sizes = source.model.config.noise_sizes(source.model.config.rungs - 1)
    if not sizes:
        return []
    place = NOISE.get(view, 0)
    right = noise_maps([4 * seed + place for seed in seeds], sizes)
    if not left:
        return right
    other = noise_maps([4 * seed + 2 + place for seed in seeds], sizes)
    angle = DIFFERENCE * math.pi / 2
    near, far = math.cos(angle), math.sin(angle)
    return [near * r + far * o for r, o in zip(right, other, strict=True)]
