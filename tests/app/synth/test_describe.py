"""What models, training sets and runs say of themselves."""

import json

import numpy as np
import torch
from typer.testing import CliRunner

from app.__main__ import cli
from gan import sealed, trainset
from gan.checkpoint import DirectionFacts, Directions, ModelCard, save_model
from gan.config import NetworkConfig
from gan.networks import Generator


def told(path):
    result = CliRunner().invoke(cli, ["info", str(path), "--json"])
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_model(tmp_path):
    torch.manual_seed(0)
    config = NetworkConfig(latent=8, channel_base=64, channel_max=8, rungs=3, labels=("CC", "MLO"))
    card = ModelCard(
        title="t", licence="CC BY 4.0", attribution="who", trainset="f", images_shown=7, rung=2
    )
    path = tmp_path / "m.safetensors"
    axes = Directions(steps=np.eye(8, dtype=np.float32)[:1], facts=(DirectionFacts(name="size"),))
    mark = save_model(path, Generator(config), card, axes)
    found = told(path)
    assert (found["kind"], found["hash"], found["licence"]) == ("model", mark, "CC BY 4.0")
    assert (found["rows"], found["columns"], found["directions"][0]["name"]) == (20, 16, "size")


def test_a_training_set(tmp_path):
    records = [
        trainset.Record(file=f"{i}", view=view, side="L", patient="p", split="train")
        for i, view in enumerate(("CC", "MLO", "CC"))
    ]
    mark = trainset.write(tmp_path, np.zeros((3, 10, 8), np.uint8), records, (5, 4))
    found = told(tmp_path)
    assert (found["kind"], found["fingerprint"]) == ("training set", mark)
    assert found["counts"] == {"CC train": 2, "MLO train": 1}
    assert (found["patients"], found["rows"]) == (1, 10)


def test_a_run(tmp_path):
    events = [
        {"event": "started"},
        {"event": "tick", "shown": 64, "rung": 1, "alpha": 0.5, "rate": 9.0},
        {"event": "stopped", "shown": 70},
    ]
    (tmp_path / "events.jsonl").write_text("\n".join(map(json.dumps, events)))
    found = told(tmp_path)
    assert (found["kind"], found["state"], found["images_shown"]) == ("run", "stopped", 70)
    assert (found["rung"], found["alpha"]) == (1, 0.5)


def test_a_broken_model_is_one_sentence(tmp_path):
    (tmp_path / "m.safetensors").write_bytes(b"nothing")
    result = CliRunner().invoke(cli, ["info", str(tmp_path / "m.safetensors")])
    assert result.exit_code == 2
    assert "not a safetensors model file" in result.stderr


def test_a_run_is_as_far_as_its_newest_whole_checkpoint(tmp_path):
    (tmp_path / "events.jsonl").write_text(
        '{"event": "tick", "shown": 96, "rung": 2}\n{"event": "sa'
    )
    (tmp_path / "checkpoints").mkdir()
    state = {"weight": torch.arange(6.0)}
    for shown in (32, 64, 96):
        facts = {"shown": shown, "stage": {"rung": 1, "alpha": 0.25, "ends_at": 200}}
        path = tmp_path / "checkpoints" / f"{shown:09d}-rung1.safetensors"
        mark = sealed.write(path, state, facts)
        if shown == 64:
            expected = mark
    path.write_bytes(path.read_bytes()[:-4])
    found = told(tmp_path)
    assert (found["images_shown"], found["rung"], found["alpha"]) == (64, 1, 0.25)
    assert (found["hash"], found["damaged"]) == (expected, [path.name])
