"""Slider to preview and slider to full picture, quarter width, against the plain network.

Prints one JSON line per work: milliseconds of ours, of the peers, and the ratio to the best peer.
"""

import json
import statistics
import time

import pytest
import torch

from gan.config import NetworkConfig
from gan.inference import Drawer
from gan.networks import Generator

QUARTER = NetworkConfig(channel_base=2048, channel_max=128, latent=128, rungs=9)
PREVIEW = 5  # 160x128


def paired(works, rounds=9):
    """Return medians in ms, the works taking turns so that a drift of the machine hits all."""
    times = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(rounds):
        for name, work in works.items():
            began = time.perf_counter()
            work()
            times[name].append(1000 * (time.perf_counter() - began))
    return {name: statistics.median(taken) for name, taken in times.items()}


@pytest.mark.parametrize(("work", "rung", "limit"), [("preview", PREVIEW, 60), ("full", 8, 300)])
def test_slider_to_picture(work, rung, limit, capsys):
    torch.manual_seed(0)
    generator = Generator(QUARTER).eval().requires_grad_(False)
    draw, z = Drawer(generator), torch.randn(1, 128)

    def plain():
        with torch.inference_mode():
            generator(z, None, rung)

    taken = paired({"ours": lambda: draw(z, None, rung), "eager": plain})
    with capsys.disabled():
        line = {
            "work": f"slider to {work}, {5 << rung}x{4 << rung}, quarter width",
            "unit": "ms",
            "ours": round(taken["ours"], 1),
            "peers": {"eager": round(taken["eager"], 1)},
            "ratio": round(taken["ours"] / taken["eager"], 3),
        }
        print("\n" + json.dumps(line))
    assert taken["ours"] < limit
    assert taken["ours"] < taken["eager"]
