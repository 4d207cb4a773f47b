"""What is judged: generated, training and held-out images, with what metrics need of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gan.breast import Grey, Mask, Pixels, as_grey, breast_mask
from gan.features import features
from train.evaluate.traits import traits

CHUNK = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Images of one origin; all arrays have one entry per image."""

    pixels: Pixels  #: (n, h, w) as stored: air 0, chest wall left
    view: NDArray[np.str_]
    group: NDArray[np.int64]  #: patient or latent: images of one group depend on each other
    name: tuple[str, ...]  #: what a picture of it is called in the report
    side: NDArray[np.str_]
    mask: Mask
    traits: NDArray[np.float64]  #: (n, len(TRAITS))
    features: NDArray[np.float32]  #: of the random convolution

    def __len__(self) -> int:
        return len(self.pixels)

    def grey(self, rows: NDArray[np.int64] | slice | int) -> Grey:
        """Return images, (k, h, w) or (h, w), in [0, 1]."""
        return as_grey(self.pixels[rows])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """A model before its judge."""

    generated: Sample
    training: Sample
    held_out: Sample
    seed: int = 0
    tick: Callable[[], None] = field(default=lambda: None)  #: called some hundred times a metric

    def __post_init__(self) -> None:
        views = set(self.held_out.view.tolist())
        for origin, sample in (("generated", self.generated), ("training", self.training)):
            if missing := views - set(sample.view.tolist()):
                raise ValueError(f"no {origin} image of view {', '.join(sorted(missing))}")

    @property
    def samples(self) -> dict[str, Sample]:
        """The three samples by name."""
        return {
            "generated": self.generated,
            "training": self.training,
            "held-out": self.held_out,
        }

    @property
    def views(self) -> tuple[str, ...]:
        """Views that are compared: those of the held-out images."""
        return tuple(sorted(set(self.held_out.view.tolist())))

    def draw(self, purpose: str) -> np.random.Generator:
        """Return a random generator of its own for a purpose, the same for the same seed."""
        return np.random.default_rng([self.seed, *purpose.encode()])


def described(
    pixels: Pixels,
    view: Sequence[str],
    group: Sequence[int] | NDArray[np.int64],
    name: Sequence[str],
    side: Sequence[str] | None = None,
    told: Callable[[int], None] = lambda count: None,
) -> Sample:
    """Return a sample of images, (n, h, w) uint8 or uint16, with masks and features measured.

    `told` is called with the number of images measured since the last call.
    """
    masks, measured, found = [], [], []
    for start in range(0, len(pixels), CHUNK):
        grey = as_grey(pixels[start : start + CHUNK])
        here = [breast_mask(one) for one in grey]
        masks += here
        measured += [traits(one, mask) for one, mask in zip(grey, here, strict=True)]
        found.append(features(grey))
        told(len(grey))
    return Sample(
        pixels=pixels,
        view=np.array(view, np.str_),
        group=np.asarray(group, np.int64),
        name=tuple(name),
        side=np.array(side if side is not None else ["L"] * len(pixels), np.str_),
        mask=np.stack(masks),
        traits=np.stack(measured),
        features=np.concatenate(found),
    )
