"""Is an image a copy? Nearest training image against nearest held-out image."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from gan.breast import Grey, breast_mask
from gan.likeness import COPY, Cut, cuts_of, nearness, refined
from train.evaluate import plots
from train.evaluate.case import Case, Sample
from train.evaluate.estimate import Chosen, Figure, Interval, interval, matched, replicated
from train.evaluate.judgement import Judgement, Picture

ABOUT = (
    "Breasts are cut out, averaged to 30x24 and compared by sqrt(2 - 2 r), with r the correlation "
    "of grey where both breasts are, mirrored or upside down or not; the nearest three are "
    "compared again at 45 small shifts and enlargements: a copy that was shifted, enlarged, "
    "brightened or mirrored stays near. The share nearer to training than to held-out images is "
    "taken with equally many of both in each view, so that one half is chance, given as real. "
    "Flagged as a copy: nearer to a training image than 0.55 of the distance to the nearest held- "
    "out image. As a control, training images are shifted, enlarged, brightened, made noisy and, "
    "every second one, mirrored, and must be flagged; held-out images, judged by those of other "
    "patients, must not be."
)
PLANTED = 20
SHOWN = 8
SHARE_NAME = "share nearer to training"


def memorisation(case: Case) -> Judgement:
    """Judge whether the generator repeats its training images."""
    made, trained, held = (_cuts(sample) for sample in case.samples.values())
    coarse = nearness(made, trained), nearness(made, held)
    to_training, to_held = (
        refined(made, other, near).apart
        for other, near in zip((trained, held), coarse, strict=True)
    )
    ratio = to_training.min(axis=1) / np.maximum(to_held.min(axis=1), 1e-6)
    flagged = np.flatnonzero(ratio < COPY)
    found = _ratio(_planted(case), trained, held) < COPY
    facts: dict[str, Any] = {
        "flagged_copies": len(flagged),
        "samples": len(ratio),
        "planted": len(found),
        "planted_found": int(found.sum()),
        "held_out_flagged": _held_out_flagged(case, trained, held),
        "lowest_ratio": float(ratio.min()),
        "median_ratio": float(np.median(ratio)),
        "flagged": [
            {
                "generated": case.generated.name[i],
                "training": case.training.name[int(to_training[i].argmin())],
                "ratio": float(ratio[i]),
            }
            for i in flagged
        ],
    }
    order = np.argsort(ratio)
    pictures = tuple(
        Picture(
            caption=f"{words}: generated | nearest training | nearest held-out image; ratio "
            + ", ".join(f"{case.generated.name[i]} {ratio[i]:.2f}" for i in rows),
            markup=_sheet(case, rows, to_training, to_held),
        )
        for words, rows in (
            ("Worst, nearest to a training image", order[:SHOWN]),
            ("Best, farthest from any training image", order[::-1][:SHOWN]),
        )
    )
    return Judgement(
        title="Memorisation",
        about=ABOUT,
        figures=(_share(case, coarse[0].apart, coarse[1].apart),),
        facts=facts,
        pictures=pictures,
    )


def _share(case: Case, to_training: NDArray[Any], to_held: NDArray[Any]) -> Figure:
    def statistic(pools: Chosen, draws: int, draw: np.random.Generator) -> NDArray[np.float64]:
        found = []
        for _ in range(draws):
            at = matched(case, pools, draw)
            near = to_training[np.ix_(pools.generated, at.training)].min(axis=1)
            far = to_held[np.ix_(pools.generated, at.held_out)].min(axis=1)
            found.append((near < far).mean())
        return np.array(np.mean(found))

    whole, halves = replicated(case, statistic, SHARE_NAME)
    chance = Interval(value=0.5, low=0.5, high=0.5)
    return Figure(name=SHARE_NAME, generated=interval(float(whole), halves), real=chance)


def _ratio(cuts: Cut, trained: Cut, held: Cut) -> NDArray[np.float32]:
    """Return how much nearer the nearest training than the nearest held-out image is, (n,)."""
    near, far = (refined(cuts, other, nearness(cuts, other)).apart for other in (trained, held))
    ratio: NDArray[np.float32] = near.min(axis=1) / np.maximum(far.min(axis=1), 1e-6)
    return ratio


def _planted(case: Case) -> Cut:
    """Return altered copies of training images: the control that has to be found."""
    draw = case.draw("planted")
    rows = draw.permutation(len(case.training))[:PLANTED]
    greys = []
    for k, i in enumerate(rows):
        grey = altered(case.training.grey(int(i)), draw)
        greys.append(grey[:, ::-1].copy() if k % 2 else grey)
    return cuts_of((grey, breast_mask(grey)) for grey in greys)


def _cuts(sample: Sample) -> Cut:
    return cuts_of((sample.grey(i), sample.mask[i]) for i in range(len(sample)))


def altered(grey: Grey, draw: np.random.Generator) -> Grey:
    """Return an image shifted along the chest wall, scaled about it, brightened and made noisy."""
    height = grey.shape[0]
    zoom, shift = draw.uniform(0.95, 1.05), draw.uniform(-0.03, 0.03) * height
    middle = height / 2
    moved = ndimage.affine_transform(
        grey, np.array([zoom, zoom]), offset=(middle - zoom * middle + shift, 0.0), order=1
    )
    noise = draw.normal(0, 0.02, grey.shape) * (moved > 0.02)
    changed: Grey = np.clip(moved * draw.uniform(0.9, 1.1) + noise, 0, 1).astype(np.float32)
    return changed


def _held_out_flagged(case: Case, trained: Cut, held: Cut) -> int:
    """Return how many held-out images would be flagged: their ratio to those of other patients."""
    near = refined(held, trained, nearness(held, trained)).apart.min(axis=1)
    between = nearness(held, held)
    between.apart[case.held_out.group[:, None] == case.held_out.group] = np.inf
    far = refined(held, held, between).apart
    far[np.isinf(between.apart)] = np.inf
    return int((near < COPY * far.min(axis=1)).sum())


def _sheet(case: Case, rows: NDArray[Any], to_training: NDArray[Any], to_held: NDArray[Any]) -> str:
    triples = [
        [
            case.generated.grey(int(i)),
            case.training.grey(int(to_training[i].argmin())),
            case.held_out.grey(int(to_held[i].argmin())),
        ]
        for i in rows
    ]
    half = len(triples) // 2
    lines = triples[:half], triples[half:]
    return plots.tiles([[one for triple in line for one in triple] for line in lines], group=3)
