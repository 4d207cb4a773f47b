"""The exam shown first is the most usual of the first seeds, and the file says so."""

import pytest
import torch
from typer.testing import CliRunner

from app.__main__ import cli
from app.core.recipe import LatentPoint, Recipe
from app.synth.quality import Judge
from app.synth.render import Synthesizer
from gan.checkpoint import DirectionFacts, Directions, ModelCard, load_model, save_model
from gan.config import NetworkConfig
from gan.latent import from_seed
from gan.networks import Generator


@pytest.fixture
def model(tmp_path):
    torch.manual_seed(4)
    config = NetworkConfig(latent=8, channel_base=64, channel_max=8, rungs=3, labels=("CC", "MLO"))
    card = ModelCard(title="t", licence="l", attribution="a", trainset="", images_shown=0, rung=2)
    axes = Directions(steps=from_seed(0, 8)[None], facts=(DirectionFacts(name="old"),))
    path = tmp_path / "m.safetensors"
    save_model(path, Generator(config), card, axes)
    return path


def test_the_most_usual_of_the_first_seeds_is_shown_first(model):
    before = load_model(model)
    result = CliRunner().invoke(cli, ["opening", str(model), "--seeds", "5"])
    assert result.exit_code == 0, result.output
    after = load_model(model)
    assert after.hash == before.hash  # recipes go on meaning the same exams
    shown = Synthesizer(model)
    assert f"seed {shown.info.opening}" in result.output
    judge = Judge(shown)
    ranks = [
        judge.quality(Recipe(model=after.hash, point=LatentPoint(seed=seed))) for seed in range(5)
    ]
    assert ranks.index(max(ranks)) == shown.info.opening
    assert f"seed {shown.info.opening}: the most usual of seeds 0 to 4" in " ".join(
        shown.info.facts.values()
    )


def test_what_is_no_model_is_refused_in_a_sentence(tmp_path):
    path = tmp_path / "no.safetensors"
    path.write_bytes(b"nothing of the kind")
    result = CliRunner().invoke(cli, ["opening", str(path)])
    assert result.exit_code != 0
    assert "no.safetensors" in result.output
