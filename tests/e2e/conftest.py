"""The model the end-to-end runs use, and a screen of their own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import resources


@pytest.fixture
def display() -> Iterator[str]:
    """Start an X server with one screen of 1280 x 800 for real keys; yield its name."""
    if not shutil.which("Xvfb") or not shutil.which("xdotool"):
        pytest.skip("Xvfb and xdotool are needed to press real keys")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        name = f":{pipe.readline().strip()}"
    yield name
    server.terminate()
    server.wait()


@pytest.fixture(scope="session")
def model_file(tmp_path_factory) -> Path:
    """The shipped model; where none is shipped yet, a small one that has learnt nothing."""
    try:
        return resources.default_model()
    except FileNotFoundError:
        return _untrained(tmp_path_factory.mktemp("model") / "untrained.safetensors")


def _untrained(path: Path) -> Path:
    import numpy as np
    import torch

    from gan.checkpoint import DirectionFacts, Directions, ModelCard, save_model
    from gan.config import NetworkConfig
    from gan.networks import Generator

    torch.manual_seed(1)
    config = NetworkConfig(latent=32, channel_base=256, channel_max=32, rungs=6)
    card = ModelCard(
        title="Untrained", licence="none", attribution="", trainset="", images_shown=0, rung=5
    )
    names = tuple(f"direction {n + 1}" for n in range(6))
    axes = Directions(
        steps=np.eye(32, dtype=np.float32)[:6], facts=tuple(DirectionFacts(name=n) for n in names)
    )
    save_model(path, Generator(config), card, axes)
    return path
