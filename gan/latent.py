"""Latents on the hypersphere: seeds, walks, left and right breast, and directions."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Latent = NDArray[np.float32]
LEAST_LEFT = 0.2  #: share of a direction free of others, below which it can't be moved alone


def normalised(z: NDArray[np.floating]) -> Latent:
    """Return latents, (..., d), on the sphere of radius sqrt(d), where training drew them."""
    z = np.asarray(z, np.float64)
    norm = np.maximum(np.linalg.norm(z, axis=-1, keepdims=True), 1e-12)
    scaled: Latent = (z * (math.sqrt(z.shape[-1]) / norm)).astype(np.float32)
    return scaled


def from_seed(seed: int, size: int, stream: int = 0) -> Latent:
    """Return the latent, (size,), of a seed; other streams are independent of stream 0."""
    draw = np.random.Generator(np.random.PCG64([seed, stream]))
    return normalised(draw.standard_normal(size, dtype=np.float32))


def slerp(a: Latent, b: Latent, t: float) -> Latent:
    """Return the latent at fraction t, 0 to 1, of the great circle from a to b, each (d,).

    Antipodal ends have no single circle between them: the plane is then that of the first axis not
    parallel to a, so that the same ends always give the same walk.
    """
    a, b = normalised(a), normalised(b)
    cosine = float(np.clip(np.dot(a, b) / a.size, -1.0, 1.0))
    if cosine > 1.0 - 1e-6:
        return normalised((1 - t) * a + t * b)
    if cosine < -1.0 + 1e-6:
        axis = np.eye(a.size, dtype=np.float32)[int(np.argmin(np.abs(a)))]
        across = normalised(axis - np.dot(axis, a) / a.size * a)
        return normalised(math.cos(t * math.pi) * a + math.sin(t * math.pi) * across)
    angle = math.acos(cosine)
    return normalised((math.sin((1 - t) * angle) * a + math.sin(t * angle) * b) / math.sin(angle))


def through(keys: Latent, place: float, *, closed: bool = False) -> tuple[int, float, Latent]:
    """Return segment, share of it, and latent, (d,), at a place, 0 to 1, of a way through keys.

    Keys, (n, d), n at least 2, are met at equal steps of the place; a closed way returns to the
    first. Direction and speed do not jump at a key: spherical quadrangles (Shoemake 1987).
    """
    keys = normalised(keys)
    count = len(keys) if closed else len(keys) - 1
    at = min(int(place * count), count - 1)
    share = min(max(place * count - at, 0.0), 1.0)
    a, b = keys[at], keys[(at + 1) % len(keys)]
    over = slerp(_handle(keys, at, closed), _handle(keys, (at + 1) % len(keys), closed), share)
    return at, share, slerp(slerp(a, b, share), over, 2 * share * (1 - share))


def _handle(keys: Latent, at: int, closed: bool) -> Latent:
    """Return the inner corner of the quadrangles that meet at a key."""
    key: Latent = keys[at]
    if not closed and at in (0, len(keys) - 1):
        return key
    around = [_towards(key, keys[(at + by) % len(keys)]) for by in (-1, 1)]
    pull = -(around[0] + around[1]) / 4
    angle = float(np.linalg.norm(pull))
    if angle < 1e-9:
        return key
    return normalised(math.cos(angle) * normalised(key) + math.sin(angle) * normalised(pull))


def _towards(a: Latent, b: Latent) -> NDArray[np.float64]:
    """Return the direction, (d,), of the great circle from a to b, as long as their angle."""
    one, other = (np.asarray(z, np.float64) / np.linalg.norm(z) for z in (a, b))
    cosine = float(np.clip(one @ other, -1.0, 1.0))
    across = other - cosine * one
    length = float(np.linalg.norm(across))
    return np.zeros_like(one) if length < 1e-9 else across * (math.acos(cosine) / length)


def turned(z: Latent, seed: int, amount: float) -> Latent:
    """Return z, (d,), turned by amount, 0 to 1 of a right angle, in a direction of the seed."""
    return tilted(z, from_seed(seed, z.size, stream=1), amount)


def tilted(z: Latent, aside: Latent, amount: float) -> Latent:
    """Return z, (d,), turned by amount, 0 to 1 of a right angle, towards another latent."""
    aside = normalised(aside - np.dot(aside, z) / np.dot(z, z) * z)
    angle = amount * math.pi / 2
    return normalised(math.cos(angle) * normalised(z) + math.sin(angle) * aside)


def noise_maps(seeds: Sequence[int], sizes: Sequence[tuple[int, int]]) -> list[Tensor]:
    """Return maps of noise, (n, 1, h, w) for each size, the same whenever the seed is the same.

    Each map is drawn on its own, so that a lower rung gets the maps it has within a higher one.
    """
    maps = []
    for place, (height, width) in enumerate(sizes):
        draws = [np.random.Generator(np.random.PCG64([seed, 2, place])) for seed in seeds]
        values = [draw.standard_normal((1, height, width), dtype=np.float32) for draw in draws]
        maps.append(torch.from_numpy(np.stack(values)))
    return maps


def moved(z: Latent, steps: Latent, amounts: Sequence[float], locked: Sequence[int] = ()) -> Latent:
    """Return z, (d,), moved along directions, (k, d), each as long as one step, to the sphere.

    Of all moves that change every direction with an amount by just so many steps, and the locked
    ones by none that is not asked of them, it is the shortest. Directions that lean on each other
    do not add up; where two that are asked for nearly are one, they share the move, but locked
    ones hold.
    """
    if len(amounts) > len(steps):
        raise ValueError(f"{len(amounts)} edits given; the model has {len(steps)} directions")
    if locked and not 0 <= min(locked) <= max(locked) < len(steps):
        raise ValueError(f"direction {max(locked)} is locked; the model has {len(steps)}")
    asked = {k: amount for k, amount in enumerate(amounts) if amount}
    if not asked:
        return normalised(z)
    bound = sorted(set(locked))
    free = [k for k in asked if k not in bound]
    shift = np.zeros(steps.shape[1])
    if bound:
        units, wanted = _told(steps, bound, asked)
        shift = np.linalg.pinv(units, rcond=LEAST_LEFT) @ wanted
    if free:
        units, wanted = _told(steps, free, asked)
        apart = units - (units @ (basis := _basis(steps, bound)).T) @ basis
        shift = shift + np.linalg.pinv(apart, rcond=LEAST_LEFT) @ (wanted - units @ shift)
    return normalised(z + shift)


def _told(
    steps: Latent, which: Sequence[int], asked: Mapping[int, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return unit directions, (k, d), and how far along each is asked for, (k,)."""
    rows = steps[list(which)].astype(np.float64)
    lengths = np.linalg.norm(rows, axis=1)
    return rows / lengths[:, None], np.array([asked.get(k, 0.0) for k in which]) * lengths


def _basis(steps: Latent, which: Sequence[int]) -> NDArray[np.float64]:
    """Return orthonormal rows, (k, d), that span directions; none for none."""
    if not which:
        return np.zeros((0, steps.shape[1]))
    rows = steps[list(which)].astype(np.float64)
    _, sizes, found = np.linalg.svd(
        rows / np.linalg.norm(rows, axis=1, keepdims=True), full_matrices=False
    )
    basis: NDArray[np.float64] = found[sizes > 1e-6]
    return basis


def left_of(steps: Latent, direction: int, locked: Sequence[int]) -> float:
    """Return the share, 0 to 1, of a direction that is free of the locked ones."""
    unit = steps[direction].astype(np.float64) / np.linalg.norm(steps[direction])
    basis = _basis(steps, [k for k in locked if k != direction])
    return float(np.linalg.norm(unit - basis.T @ (basis @ unit)))


def factorised_directions(weight: Tensor, count: int) -> Latent:
    """Return unit directions, (count, d), that change the first layer most, strongest first.

    The eigenvectors of W'W for the first layer's weight W, (features, d), rows normalised (Shen
    and Zhou 2021, closed-form factorisation). Signs are fixed: the largest entry is positive.
    """
    w = torch.nn.functional.normalize(weight.detach().double(), dim=1)
    _, vectors = torch.linalg.eigh(w.T @ w)
    found = vectors.T.flip(0)[:count]
    largest = found.gather(1, found.abs().argmax(dim=1, keepdim=True))
    directions: Latent = (found * torch.sign(largest)).float().numpy()
    return directions
