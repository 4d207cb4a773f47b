"""From a run to a model file, its card and its critic, and on from there."""

import json
from dataclasses import replace

import pytest
import torch

from gan.checkpoint import load_critic, load_model
from gan.labels import every
from train.__main__ import main as train_main
from train.card import Evaluation, evaluation_of, model_card
from train.config import load
from train.export import main
from train.finetune import begun_at_its_top, take_over
from train.loop import train
from train.run import Run, settings
from train.trainer import Trainer

HELD = ("growth.top=1", "growth.hold_kimg=[0.032]", "growth.fade_kimg=[0, 0.016]")


@pytest.fixture(scope="module")
def done(small_set, tmp_path_factory):
    """A run of the tiny preset up to its second rung, exported: run, trainer, model, critic."""
    folder = tmp_path_factory.mktemp("run")
    run = Run(folder, Trainer(load("tiny", HELD), small_set))
    run.tell("started", set=small_set.fingerprint)
    train(run)
    out, critic = folder / "m.safetensors", folder / "critic.safetensors"
    call = [str(folder), "--out", str(out), "--critic", str(critic), "--set", str(small_set.folder)]
    call += [
        "--title",
        "Discs",
        "--licence",
        "CC0",
        "--attribution",
        "Nobody",
        "--limits",
        "Round.",
    ]
    assert main([*call, "--float16"]) == 0
    return folder, run.trainer, out, critic


def test_generator_and_critic_are_the_run_s(done):
    _, trainer, out, apart = done
    model, critic = load_model(out), load_critic(apart)
    assert model.config.rungs == critic.critic.config.rungs == 2
    torch.manual_seed(1)
    z, label = torch.randn(4, 16), every(model.config, 4)
    x = trainer.average(z, label, 1)
    torch.testing.assert_close(model.generator(z, label), x, atol=5e-3, rtol=5e-3)
    expected = trainer.critic(x, label, 1)
    torch.testing.assert_close(critic.critic(x, label), expected, atol=2e-2, rtol=2e-2)
    assert len(model.previews.heads) == 1
    assert model.previews.after[0] <= model.previews.before[0]


def test_the_card_says_what_is_known(done, small_set):
    _, trainer, out, _ = done
    card = out.with_suffix(".md").read_text(encoding="utf-8")
    for words in (
        "# Model card: Discs",
        "10x8 pixels, from 16 numbers",
        f"{trainer.shown:,} images shown",
        "| images | 32 | 8 |",
        "| patients | 32 | 8 |",
        "| view CC | 16 | 4 |",
        "| licence of the weights | CC0 |",
        "> Nobody",
        "| 5x4 | ",
        "Not evaluated.",
        "With 32 training images",
        "- Round.",
        "Not for diagnosis",
    ):
        assert words in card


def test_the_card_of_a_finished_file_takes_the_evaluation(done, tmp_path):
    folder, _, out, _ = done
    model = load_model(out)
    value = {"value": 0.01234, "low": 0.01, "high": 0.02}
    figure = {"generated": value, "real": {**value, "low": None}, "ratio": None}
    found = {
        "model": {"hash": model.hash},
        "images": {"generated": 1000, "held-out": 8},
        "metrics": {"swd": {"title": "Sliced Wasserstein", "figures": {"10x8": figure}}},
    }
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    call = [str(folder), "--out", str(out), "--card-only"]
    assert main([*call, "--evaluation", str(tmp_path)]) == 0
    card = out.with_suffix(".md").read_text(encoding="utf-8")
    assert "| Sliced Wasserstein | 10x8 | 0.0123 (0.01 to 0.02) | 0.0123 |  |" in card
    assert "1,000 generated, 8 held-out images" in card
    assert load_model(out).hash == model.hash


def test_a_card_refuses_what_belongs_to_other_models(done, small_set, tmp_path):
    folder, _, out, _ = done
    model, config = load_model(out), settings(folder)
    other = Evaluation(model="0" * 64, images={}, metrics={})
    with pytest.raises(ValueError, match="evaluation is of another model"):
        model_card(model, out, config=config, hours=1, evaluation=other)
    with pytest.raises(ValueError, match="not the set this model was trained on"):
        model_card(
            model, out, config=config, hours=1, trainset=replace(small_set, fingerprint="f" * 64)
        )
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"x\.json: not an evaluation"):
        evaluation_of(tmp_path / "x.json")


def test_training_goes_on_from_a_model_with_a_longer_ladder(done, small_set):
    _, _, out, apart = done
    longer = begun_at_its_top(load("tiny"), out, ())
    assert (longer.growth.start, longer.growth.top) == (1, 2)
    assert begun_at_its_top(load("tiny"), out, ("growth.start=0",)).growth.start == 0
    trainer = Trainer(longer, small_set)
    model, critic = load_model(out), load_critic(apart)
    assert take_over(trainer, out, apart) == model.hash
    z, label = torch.randn(4, 16), every(model.config, 4)
    x = model.generator(z, label)
    for network in (trainer.generator, trainer.average):
        torch.testing.assert_close(network(z, label, 1), x)
    torch.testing.assert_close(trainer.critic(x, label, 1), critic.critic(x, label))
    assert trainer.stage.rung == 1
    trainer.step()


def test_from_on_the_command_line(done, small_set, tmp_path, capsys):
    _, _, out, apart = done
    call = [str(small_set.folder), "--preset", "tiny", "--out", str(tmp_path / "run")]
    fine = [*call, "--from", str(out), "--critic", str(apart), "--kimg", "0.016"]
    assert train_main(fine) == 0
    events = (tmp_path / "run/events.jsonl").read_text(encoding="utf-8")
    assert load_model(out).hash in events
    assert settings(tmp_path / "run").growth.start == 1
    call[-1] = str(tmp_path / "other")
    assert train_main([*call, "--from", str(out), "--set", "network.latent=8"]) == 2
    assert "latent is 16, here 8" in capsys.readouterr().err
    assert train_main([*call, "--critic", str(apart)]) == 2
    assert "--critic goes with --from" in capsys.readouterr().err
