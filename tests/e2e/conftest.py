"""The model the end-to-end runs use."""

from pathlib import Path

import pytest

from app import resources


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
