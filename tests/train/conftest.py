import numpy as np
import pytest
import torch

from gan import trainset


@pytest.fixture(scope="session")
def small_set(tmp_path_factory):
    """Forty bright half-discs on black: not mammograms, only something to learn from."""
    draw = np.random.default_rng(4)
    rows, columns = np.mgrid[0:20, 0:16]
    images, records = [], []
    for i in range(40):
        radius, middle = draw.uniform(5, 12), draw.uniform(8, 12)
        inside = (rows - middle) ** 2 + columns**2 < radius**2
        images.append((inside * draw.uniform(120, 250)).astype(np.uint8))
        view, split = ("CC", "MLO")[i % 2], "train" if i < 32 else "held-out"
        records.append(
            trainset.Record(file=f"{i}.png", view=view, side="L", patient=f"p{i}", split=split)
        )
    folder = tmp_path_factory.mktemp("set")
    trainset.write(folder, np.stack(images), records, (5, 4))
    return trainset.open_set(folder)


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    """Two spinning torch threads on a busy small machine are slower than one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
