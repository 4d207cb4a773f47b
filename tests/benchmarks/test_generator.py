"""Latent to picture, quarter width, against the plain network, ONNX Runtime and OpenVINO.

Same weights, same number of threads, turn by turn in one run. Prints one JSON line per work:
milliseconds (least of the rounds) of ours and of the peers, and the ratio to the fastest of them.
"""

import importlib.util
import json
import os
import time
import warnings

import numpy as np
import pytest
import torch

from gan.config import NetworkConfig
from gan.inference import Drawer
from gan.networks import Generator

THREADS = min(2, os.cpu_count() or 1)
PEERS = ("onnx", "onnxscript", "onnxruntime", "openvino")
OPTIONS = {"paper": {}, "small": {"resample": "bilinear", "output": "skip"}}
LIMIT = 1.15  #: of the fastest
PREVIEW, FULL = 5, 8  # 160x128, 1280x1024


class Plain(torch.nn.Module):
    """A generator at one rung, as the exporter wants it."""

    def __init__(self, generator, rung):
        super().__init__()
        self.generator, self.rung = generator, rung

    def forward(self, z):
        return self.generator(z, None, self.rung)


def onnx_file(generator, rung, z, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Plain(generator, rung), (z,), path, dynamo=True, external_data=False, verbose=False
        )
    return str(path)


def onnx_runtime(path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda z: session.run(None, {name: z})[0]


def openvino(path):
    import openvino

    settings = {
        "INFERENCE_NUM_THREADS": THREADS,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
    }
    request = openvino.Core().compile_model(path, "CPU", settings).create_infer_request()
    return lambda z: request.infer([z])[0]


def least(works, rounds=7):
    """Return the least ms of each; works take turns, so that a drift of the machine hits all."""
    times = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            began = time.perf_counter()
            work()
            times[name].append(1000 * (time.perf_counter() - began))
    return {name: min(taken) for name, taken in times.items()}


@pytest.fixture(autouse=True)
def _threads():
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("rung", [PREVIEW, FULL])
@pytest.mark.parametrize("options", OPTIONS)
def test_latent_to_picture(options, rung, tmp_path, capsys):
    missing = [name for name in PEERS if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"peers of the extra 'bench' are not installed: {', '.join(missing)}")
    torch.manual_seed(0)
    config = NetworkConfig(width=0.25, latent=128, **OPTIONS[options])
    generator = Generator(config).eval().requires_grad_(False)
    draw, z = Drawer(generator), torch.randn(1, 128)
    path = onnx_file(generator, rung, z, tmp_path / "generator.onnx")
    runtime, vino = onnx_runtime(path), openvino(path)
    works = {
        "ours": lambda: draw(z, None, rung).numpy(),
        "eager": lambda: generator(z, None, rung).numpy(),
        "ONNX Runtime": lambda: runtime(z.numpy()),
        "OpenVINO": lambda: vino(z.numpy()),
    }
    expected = works["eager"]()
    for work in works.values():
        np.testing.assert_allclose(work(), expected, atol=1e-3)
    taken = {name: round(ms, 1) for name, ms in least(works).items()}
    ours = taken.pop("ours")
    fastest = min(taken, key=lambda name: taken[name])
    with capsys.disabled():
        line = {
            "work": f"latent to {5 << rung}x{4 << rung}, quarter width, networks of {options}",
            "threads": THREADS,
            "unit": "ms",
            "ours": ours,
            "peers": taken,
            "fastest peer": fastest,
            "ratio": round(ours / taken[fastest], 3),
        }
        print("\n" + json.dumps(line))
    assert ours <= LIMIT * taken[fastest]
