"""Simulated readings for tests: the model of the Roe and Metz kind, ratings of six levels."""

import numpy as np

from app.reading.statistics.grid import Grid, auc_kernel


def ratings(
    generator, *, modalities=1, readers=6, cases=50, skill=0.0, reader_sd=0.3, shared=0.3, levels=6
):
    """Return ratings of shape (modalities, readers, 2 * cases), positives first."""
    shape = modalities, readers, 2 * cases
    ability = skill + reader_sd * generator.standard_normal((modalities, readers, 1))
    truth = np.arange(2 * cases) < cases
    cue = np.sqrt(shared) * generator.standard_normal(2 * cases)
    own = np.sqrt(1 - shared) * generator.standard_normal(shape)
    return np.clip(np.round(1.2 * (ability * (truth - 0.5) + cue + own)), -levels / 2, levels / 2)


def grid(scores):
    """Return ratings of shape (modalities, readers, 2 * cases), positives first, as a grid."""
    m, r, n = scores.shape
    calls = np.where(np.isnan(scores), np.nan, scores > 0)
    return Grid(
        modalities=tuple(f"m{i}" for i in range(m)),
        readers=tuple(f"r{i}" for i in range(r)),
        cases=tuple(f"c{i}" for i in range(n)),
        truth=np.arange(n) < n // 2,
        scores=scores,
        calls=calls,
    )


def kernel(generator, **model):
    return auc_kernel(grid(ratings(generator, **model)))
