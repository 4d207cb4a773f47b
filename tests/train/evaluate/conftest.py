import numpy as np
import pytest
from scipy import ndimage

from train.evaluate import estimate, similarity
from train.evaluate.case import Case, described

SIZE = (80, 64)
VIEWS = ("CC", "MLO")


def noise(draw, beta, shape):
    """Noise whose power falls with the frequency to the power of beta; mean 0, deviation 1."""
    cycles = np.hypot(*np.meshgrid(*(np.fft.fftfreq(n) for n in shape), indexing="ij"))
    cycles[0, 0] = np.inf
    spectrum = np.fft.fft2(draw.standard_normal(shape)) * cycles ** (-beta / 2)
    field = np.fft.ifft2(spectrum).real
    return field / field.std()


def phantom(draw, view, size):
    """A half-disc of tissue-like noise on air: no mammogram, but with a breast's statistics."""
    rows, columns = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    high, deep = 36 * size, (38 if view == "CC" else 50) * size
    middle = 40 + draw.uniform(-2, 2)
    inside = ((rows - middle) / high) ** 2 + (columns / deep) ** 2 < 1
    grey = draw.uniform(0.35, 0.5) + 0.1 * noise(draw, 3.0, SIZE)
    edge = ndimage.gaussian_filter(inside.astype(float), 0.7)
    return np.clip(grey, 0.12, 1) * edge


def sample(seed, groups):
    """CC and MLO of so many phantoms: uint8 images, views, groups."""
    draw = np.random.default_rng(seed)
    greys = []
    for _ in range(groups):
        size = draw.uniform(0.75, 1.0)
        greys += [phantom(draw, view, size) for view in VIEWS]
    pixels = np.rint(np.clip(np.stack(greys), 0, 1) * 255).astype(np.uint8)
    return pixels, list(VIEWS) * groups, np.repeat(np.arange(groups), 2)


def described_as(pixels, view, group, word):
    return described(pixels, view, group, [f"{word} {i}" for i in range(len(view))])


@pytest.fixture(scope="session")
def real():
    """Training and held-out phantoms."""
    return described_as(*sample(1, 40), "training"), described_as(*sample(2, 25), "held-out")


@pytest.fixture(scope="session")
def fresh():
    """Forty further phantoms of the same kind: what a perfect generator makes."""
    return sample(3, 40)


@pytest.fixture(scope="session")
def made(fresh):
    """Return generated images: the fresh phantoms changed by a function of their pixels."""
    pixels, view, group = fresh
    kept = {}

    def make(change):
        if change not in kept:
            kept[change] = described_as(change(pixels), view, group, "generated")
        return kept[change]

    return make


def _unchanged(pixels):
    return pixels


@pytest.fixture(scope="session")
def judged(real, made):
    """Judge generated images, changed by a function of their pixels, with few replicates."""
    training, held_out = real
    kept = {}

    def judge(metric, change=_unchanged):
        if (metric, change) not in kept:
            case = Case(generated=made(change), training=training, held_out=held_out)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(estimate, "REPLICATES", 8)
                patch.setattr(estimate, "DRAWS", 3)
                patch.setattr(estimate, "DRAWS_IN_HALVES", 1)
                patch.setattr(similarity, "PAIRS", 80)
                kept[metric, change] = metric(case)
        return kept[metric, change]

    return judge


@pytest.fixture(scope="session")
def figures(judged):
    """Return the figures of a metric by name."""
    return lambda metric, change=_unchanged: {f.name: f for f in judged(metric, change).figures}


def _brightened(pixels):
    return np.rint(np.clip(pixels * 1.25, 0, 255)).astype(np.uint8)


def _blurred(pixels):
    return ndimage.gaussian_filter(pixels, (0, 1.2, 1.2))


def _checkered(pixels):
    board = np.indices(pixels.shape[1:]).sum(axis=0) % 2 * 16 - 8
    return np.where(pixels > 20, np.clip(pixels + board, 0, 255), pixels).astype(np.uint8)


def _collapsed(pixels):
    """Two images, one of each view, with a little noise."""
    draw = np.random.default_rng(9)
    same = np.tile(pixels[:2], (len(pixels) // 2, 1, 1)).astype(float)
    return np.clip(same + draw.normal(0, 2, same.shape) * (same > 20), 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def changes():
    """Faults by name: functions of the pixels."""
    return {
        "brightened": _brightened,
        "blurred": _blurred,
        "checkered": _checkered,
        "collapsed": _collapsed,
    }
