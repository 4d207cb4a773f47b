"""A run of the tiny preset: repeatable, resumable, growing, and learning something."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from PIL import Image

from gan.checkpoint import load_model
from gan.sealed import seal
from train import checkpoint
from train.__main__ import main
from train.config import load
from train.export import export
from train.game import Game
from train.loop import train
from train.run import Run, settings
from train.trainer import Trainer

ROOT = Path(__file__).resolve().parents[2]


def trained(data, run, kimg, *overrides, resume=False):
    trainer = Trainer(load("tiny", overrides), data)
    folder = Run(run, trainer)
    assert folder.resume() is resume
    train(folder, until=round(1000 * kimg))
    return trainer


def state(trainer):
    return seal(*trainer.state())[1]


def test_two_runs_are_bitwise_the_same_and_a_seed_matters(small_set, tmp_path):
    one, two = (trained(small_set, tmp_path / name, 0.2) for name in "ab")
    other = trained(small_set, tmp_path / "c", 0.2, "seed=8")
    assert state(one) == state(two) != state(other)


def test_resumed_in_mid_fade_is_bitwise_the_same(small_set, tmp_path):
    whole = trained(small_set, tmp_path / "whole", 0.2)
    part = trained(small_set, tmp_path / "part", 0.08)
    assert 0.0 < part.stage.alpha < 1.0
    rest = trained(small_set, tmp_path / "part", 0.2, resume=True)
    assert rest.stage.rung == 2
    assert state(rest) == state(whole)


@pytest.mark.parametrize("loss", ["wgan", "relativistic"])
@pytest.mark.parametrize("penalty", ["wgan-gp", "r1", "r1+r2"])
def test_every_loss_and_penalty_trains(small_set, tmp_path, loss, penalty):
    trainer = trained(small_set, tmp_path, 0.128, f"loss={loss}", f"penalty.kind={penalty}")
    assert all(torch.isfinite(p).all() for p in trainer.generator.parameters())


@pytest.mark.parametrize("redraw", [False, True])
def test_each_turn_has_fakes_of_its_own_where_asked(small_set, monkeypatch, redraw):
    trainer = Trainer(load("tiny", (f"redraw={str(redraw).lower()}",)), small_set)
    drawn, fakes = [], Game._fakes

    def noted(self, draws, label, rules):
        drawn.append(draws.z)
        return fakes(self, draws, label, rules)

    monkeypatch.setattr(Game, "_fakes", noted)
    before = trainer.generator.first.weight.clone()
    trainer.step()
    assert not torch.equal(trainer.generator.first.weight, before)
    assert len(drawn) == 1 + redraw
    assert not torch.equal(drawn[0], drawn[-1]) or not redraw


def test_average_follows_the_generator_at_its_half_life(small_set, tmp_path):
    trainer = Trainer(load("tiny", ("average_kimg=0.008",)), small_set)
    trainer.jump(10_000, 0)  # far past the warm-up
    before = trainer.average.first.weight.clone()
    trainer.step()
    halfway = (before + trainer.generator.first.weight) / 2
    torch.testing.assert_close(trainer.average.first.weight, halfway)


def test_what_a_run_leaves_behind(small_set, tmp_path):
    trained(small_set, tmp_path, 0.3)
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    kinds = {event["event"] for event in events}
    assert {"tick", "saved", "finished"} <= kinds
    assert {event["rung"] for event in events if event["event"] == "tick"} == {0, 1, 2}
    rungs = [path.stem[-1] for path in sorted((tmp_path / "checkpoints").iterdir())]
    assert {"0", "1", "2"} <= set(rungs)
    assert len(rungs) <= 5
    for sheet in (tmp_path / "sheets").iterdir():
        with Image.open(sheet) as picture:
            assert min(picture.size) > 300


def test_a_damaged_checkpoint_is_passed_over(small_set, tmp_path):
    trained(small_set, tmp_path, 0.2)
    newest, before = sorted((tmp_path / "checkpoints").glob("*"), reverse=True)[:2]
    newest.write_bytes(newest.read_bytes()[:-100])
    with pytest.raises(ValueError, match="damaged"):
        checkpoint.load(newest)
    assert checkpoint.newest(tmp_path / "checkpoints") == before
    raw = bytearray(before.read_bytes())
    raw[-5] ^= 1
    before.write_bytes(raw)
    with pytest.raises(ValueError, match="do not match"):
        checkpoint.load(before)


def test_it_learns_how_large_and_bright_the_breasts_are(small_set, tmp_path):
    trainer = trained(small_set, tmp_path, 2, "growth.top=1", "growth.hold_kimg=[1]")
    x, label = trainer.reals.batch(1, 0, 32)
    z = torch.randn(32, 16, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        fake = trainer.average(z, label, 1).clamp(-1, 1)
        untrained = Trainer(load("tiny"), small_set).average(z, label, 1)

    def distance(y):
        return (y.mean(dim=(0, 1)) - x.mean(dim=(0, 1))).abs().mean().item()

    assert distance(fake) < 0.2
    assert distance(fake) < 0.5 * distance(untrained.clamp(-1, 1))


def test_export_of_a_run(small_set, tmp_path):
    trainer = trained(small_set, tmp_path, 0.25)
    out = tmp_path / "m.safetensors"
    mark = export(tmp_path, out, title="t", licence="l", attribution="a")
    model = load_model(out)
    assert (model.hash, model.card.rung, model.card.images_shown) == (mark, 2, trainer.shown)
    names = [facts.name for facts in model.directions.facts]
    assert len(names) == len(set(names)) == len(model.directions.steps) > 8
    z, label = torch.randn(2, 16), torch.tensor([0, 1])
    torch.testing.assert_close(
        model.generator(z, label), trainer.average(z, label, 2), atol=2e-2, rtol=2e-2
    )
    with pytest.raises(ValueError, match="no whole checkpoint"):
        export(tmp_path / "sheets", out, title="", licence="", attribution="")


def test_stop_request_finishes_the_step_and_saves(small_set, tmp_path):
    command = [sys.executable, "-P", "-m", "train", str(small_set.folder), "--preset", "tiny"]
    command += ["--out", str(tmp_path / "run"), "--set", "growth.hold_kimg=[100]", "--threads", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 180
        while not list((tmp_path / "run").glob("checkpoints/*.safetensors")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
    last = (tmp_path / "run" / "events.jsonl").read_text().splitlines()[-1]
    assert json.loads(last)["event"] == "stopped"


def test_stopped_while_all_is_made_ready_it_saves_after_one_step(small_set, tmp_path, monkeypatch):
    trainer = Trainer(load("tiny", ()), small_set)
    run, show = Run(tmp_path, trainer), Run.show_reals

    def show_reals(self):
        show(self)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Run, "show_reals", show_reals)
    before = signal.getsignal(signal.SIGTERM)
    assert train(run, until=200) == "stopped"
    assert trainer.progress.steps == 1
    assert run.kept.is_file()
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize(
    ("more", "sentence"),
    [(["--preset", "none"], "allowed are"), (["--set", "seed=x"], "int is needed")],
)
def test_wrong_calls_are_one_sentence(small_set, tmp_path, capsys, more, sentence):
    assert main([str(small_set.folder), "--out", str(tmp_path), "--preset", "tiny", *more]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_a_finished_run_goes_on_when_more_images_are_asked_for(small_set, tmp_path, capsys):
    call = [str(small_set.folder), "--preset", "tiny", "--out", str(tmp_path / "run")]
    held = ["--set", "growth.hold_kimg=[0.016]", "--set", "growth.fade_kimg=[0]"]
    assert main([*call, *held]) == 0
    whole = settings(tmp_path / "run").growth.total
    assert main([*call, "--resume"]) == 0
    assert main([*call, "--resume", "--kimg", str(whole / 1000 + 0.016)]) == 0
    said = capsys.readouterr().err
    ends = [f"finished after {images} images" for images in (whole, whole, whole + 16)]
    assert [line.partition(" (")[0] for line in said.splitlines() if "finished" in line] == ends
    grown = settings(tmp_path / "run").growth
    assert (grown.total, grown.hold(0)) == (whole + 16, 16)


def test_a_run_is_not_overwritten(small_set, tmp_path, capsys):
    trained(small_set, tmp_path, 0.02)
    assert main([str(small_set.folder), "--preset", "tiny", "--out", str(tmp_path)]) == 2
    assert "--resume" in capsys.readouterr().err
