"""Directions are found, stored and told, from a model file to a model file."""

import pytest
import torch
from typer.testing import CliRunner

from app.__main__ import cli
from app.synth.explore import find_directions
from gan.checkpoint import DirectionFacts, Directions, ModelCard, load_model, save_model
from gan.config import NetworkConfig
from gan.latent import from_seed
from gan.networks import Generator


@pytest.fixture
def model(tmp_path):
    torch.manual_seed(4)
    config = NetworkConfig(latent=8, channel_base=64, channel_max=8, rungs=2, labels=("CC", "MLO"))
    card = ModelCard(title="t", licence="l", attribution="a", trainset="", images_shown=0, rung=1)
    axes = Directions(steps=from_seed(0, 8)[None], facts=(DirectionFacts(name="old"),))
    path = tmp_path / "m.safetensors"
    save_model(path, Generator(config), card, axes)
    return path


def test_directions_replace_those_of_the_file(model):
    before = load_model(model)
    told = []
    facts, mark = find_directions(model, 64, lambda done, total: told.append((done, total)))
    after = load_model(model)
    assert mark == after.hash != before.hash
    assert facts == after.directions.facts
    assert "old" not in [f.name for f in facts]
    assert {f.kind for f in facts} >= {"factorised", "random"}
    assert told[-1][0] == told[-1][1]


def test_the_command_tells_what_each_direction_is_worth(model):
    result = CliRunner().invoke(cli, ["directions", str(model), "--samples", "64"])
    assert result.exit_code == 0, result.output
    for facts in load_model(model).directions.facts:
        assert facts.name in result.output


def test_too_few_samples_are_refused_in_a_sentence(model):
    result = CliRunner().invoke(cli, ["directions", str(model), "--samples", "3"])
    assert result.exit_code == 2
