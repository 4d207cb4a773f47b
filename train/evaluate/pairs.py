"""Whether CC and MLO of one breast agree as they do in real pairs."""

import numpy as np
from numpy.typing import NDArray

from train.evaluate import plots
from train.evaluate.case import Case, Sample
from train.evaluate.estimate import Chosen, Places, levels
from train.evaluate.judgement import Judgement, Picture
from train.evaluate.traits import TRAITS

ABOUT = (
    "Correlation over breasts between CC and MLO of one breast (one latent; one side of one woman) "
    "of breast area, height, dense share, grey and texture, and the mean distance (1-Wasserstein, "
    "in shares of the depth) between the two views' profiles of grey from chest wall to nipple. "
    "Real: pairs of the training and held-out images together, since held-out pairs are few. "
    "Compared as the difference. For scale: the profile distance of CC and MLO of different "
    "breasts."
)
COMPARED = ("area", "height", "dense share", "mean", "deviation", "fine energy")
PROFILE = "profile distance"
BINS = 32


def pairs(case: Case) -> Judgement:
    """Judge whether CC and MLO of a generated breast belong together."""
    samples = list(case.samples.values())
    found = [pairs_of(sample) for sample in samples]
    profiles = [profiles_of(sample) for sample in samples]
    title = "CC and MLO of one breast"
    if min(len(found[0]), len(found[1]) + len(found[2])) < 4:
        return Judgement(title=title, about=ABOUT + " Too few pairs here to say anything.")
    columns = [TRAITS.index(name) for name in COMPARED]

    def values(k: int, pool: Places) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return traits of both views, (2, pairs, traits), and profile distances, (pairs,)."""
        here = found[k][np.isin(found[k][:, 0], pool)]
        both = samples[k].traits[here][:, :, columns].transpose(1, 0, 2)
        return both, apart(profiles[k][here[:, 0]], profiles[k][here[:, 1]])

    def statistic(at: Chosen) -> NDArray[np.float64]:
        made, trained, held = (
            values(k, pool) for k, pool in enumerate((at.generated, at.training, at.held_out))
        )
        real = (
            np.concatenate([trained[0], held[0]], axis=1),
            np.concatenate([trained[1], held[1]]),
        )
        return np.stack([_figures(*part) for part in (made, trained, real)], axis=1)

    shuffled = apart(profiles[0][found[0][:, 0]], np.roll(profiles[0][found[0][:, 1]], 1, axis=0))
    return Judgement(
        title=title,
        about=ABOUT,
        figures=levels(case, (*(f"correlation of {n}" for n in COMPARED), PROFILE), statistic),
        facts={
            "pairs": {name: len(p) for name, p in zip(case.samples, found, strict=True)},
            "profile_distance_of_different_generated_breasts": float(shuffled.mean()),
        },
        pictures=_pictures(case, found),
    )


def _figures(both: NDArray[np.float64], distance: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(distance) < 3:
        return np.full(len(COMPARED) + 1, np.nan)
    a, b = (x - x.mean(axis=0) for x in both)
    spread = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    return np.append((a * b).sum(axis=0) / np.maximum(spread, 1e-12), distance.mean())


def pairs_of(sample: Sample) -> Places:
    """Return places, (pairs, 2), of CC and MLO of one group and side; the first of each."""
    first: dict[tuple[int, str, str], int] = {}
    for i in range(len(sample)):
        key = (int(sample.group[i]), str(sample.side[i]), str(sample.view[i]))
        first.setdefault(key, i)
    both = [
        (i, first[group, side, "MLO"])
        for (group, side, view), i in first.items()
        if view == "CC" and (group, side, "MLO") in first
    ]
    return np.array(both, np.int64).reshape(-1, 2)


def profiles_of(sample: Sample) -> NDArray[np.float64]:
    """Return the share of grey, (n, BINS), at each depth from chest wall to nipple."""
    found = []
    for i in range(len(sample)):
        columns = (sample.grey(i) * sample.mask[i]).sum(axis=0, dtype=np.float64)
        reach = int(np.flatnonzero(sample.mask[i].any(axis=0))[-1]) + 1
        total = np.concatenate([[0.0], np.cumsum(columns[:reach])])
        at = np.interp(np.linspace(0, reach, BINS + 1), np.arange(reach + 1), total)
        found.append(np.diff(at) / max(at[-1], 1e-9))
    return np.stack(found)


def apart(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the 1-Wasserstein distance, (n,), of profiles, (n, BINS), in shares of the depth."""
    distance: NDArray[np.float64] = np.abs(np.cumsum(a - b, axis=1)).mean(axis=1)
    return distance


def _pictures(case: Case, found: list[Places]) -> tuple[Picture, ...]:
    pictures = []
    for name in ("area", "dense share"):
        k = TRAITS.index(name)
        points = {
            origin: sample.traits[places][:, :, k]
            for (origin, sample), places in zip(case.samples.items(), found, strict=True)
        }
        markup = plots.scatter(points, x=f"{name}, CC", y=f"{name}, MLO")
        pictures.append(Picture(caption=f"{name} in both views", markup=markup))
    return tuple(pictures)
