"""What goes wrong in long trainings: kills, full disks, lost memory, broken numbers, collapse."""

import contextlib
import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors import SafetensorError

from gan import sealed
from gan.sealed import seal
from train import checkpoint, run
from train.__main__ import main
from train.config import load
from train.game import TOLD, Game
from train.guard import TICKS, Guard
from train.loop import train
from train.run import Run
from train.trainer import Trainer

ROOT = Path(__file__).resolve().parents[2]
GROWING = ("growth.patience=1", "growth.measure_kimg=0.016", "growth.measure_images=16")
ADAPTING = ("augment.target=0.3", "augment.adapt_kimg=1")
STATEFUL = (*GROWING, *ADAPTING, "reset_moments=true", "growth.gain=0.2")


def begun(data, folder, *overrides):
    trainer = Trainer(load("tiny", ("sheet_kimg=1", *overrides)), data)
    return Run(folder, trainer)


def state_hash(trainer):
    return seal(*trainer.state())[1]


def events(folder, kind):
    lines = (folder / "events.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == kind]


@pytest.mark.parametrize("overrides", [(), STATEFUL], ids=["fixed", "grown on evidence"])
def test_every_step_can_be_resumed_exactly(small_set, tmp_path, overrides):
    whole = begun(small_set, tmp_path / "whole", *overrides).trainer
    parts = begun(small_set, tmp_path / "parts", *overrides)
    train(Run(tmp_path / "whole", whole), until=224)
    for shown in range(8, 225, 8):  # a process for each step, as it were
        parts = begun(small_set, tmp_path / "parts", *overrides)
        assert parts.resume() is (shown > 8)
        train(parts, until=shown)
    assert parts.trainer.progress == whole.progress
    assert bool(whole.progress.ends) is bool(overrides)  # a rung was left early
    assert state_hash(parts.trainer) == state_hash(whole)


def test_killed_at_any_moment_goes_on_to_the_same_weights(small_set, tmp_path):
    whole = begun(small_set, tmp_path / "whole", "save_kimg=0.008")
    train(whole)
    command = [sys.executable, "-P", "-m", "train", str(small_set.folder), "--preset", "tiny"]
    command += ["--out", str(tmp_path / "run"), "--resume", "--threads", "1"]
    command += ["--set", "save_kimg=0.008", "--set", "sheet_kimg=1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    written = tmp_path / "run" / "checkpoints"
    draw = np.random.default_rng(5)
    for kill in (True, True, False):
        before = set(written.glob("*"))
        process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        while kill and not set(written.glob("*")) - before and process.poll() is None:
            time.sleep(0.01)
        if kill:
            time.sleep(draw.uniform(0, 0.3))
            process.kill()
        assert process.wait(120) == (-9 if kill else 0)
    assert sealed.read(checkpoint.newest(written)).hash == state_hash(whole.trainer)


@pytest.mark.soak
@pytest.mark.skipif(sys.platform == "win32", reason="forks and kills")
def test_killed_twenty_times_at_each_step_of_a_checkpoint_and_stopped_fifty_times(
    small_set, tmp_path
):
    command = [sys.executable, "-P", str(Path(__file__).with_name("killing.py"))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command += [str(small_set.folder), str(tmp_path), "20", "50"]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    told = [json.loads(line) for line in said.stdout.splitlines()]
    print(*told, sep="\n")
    assert [line.get("kills") for line in told] == [20] * 6 + [None]
    assert all(line["lost"] == line["other weights"] == 0 < line["finished"] for line in told)
    assert told[-1]["stops"] == 50
    assert told[-1]["stopped and saved"] >= 40  # others were over, or had not begun to listen


@pytest.mark.parametrize("moment", ["fsync", "read", "replace"])
def test_a_write_cut_off_anywhere_leaves_the_last_checkpoint(tmp_path, monkeypatch, moment):
    tensors = {"a": torch.arange(5.0)}
    path = tmp_path / "000000008-rung0.safetensors"
    sealed.write(path, tensors, {"shown": 8})
    whole = path.read_bytes()

    def cut(*_):
        raise OSError(errno.EIO, "Input/output error")

    target = {"fsync": "os.fsync", "read": "gan.sealed.read", "replace": "pathlib.Path.replace"}
    with monkeypatch.context() as patch:
        patch.setattr(target[moment], cut)
        with pytest.raises(OSError, match="error"):
            sealed.write(path, {"a": torch.zeros(5)}, {"shown": 8})
    assert path.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [path]


def test_no_changed_byte_goes_unseen(tmp_path):
    path = tmp_path / "000000008-rung0.safetensors"
    mark = sealed.write(path, {"a": torch.arange(5.0), "b": torch.ones(2, 3)}, {"shown": 8})
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with contextlib.suppress(ValueError):  # only what carries nothing, as spaces, may change
            assert sealed.read(path).hash == mark


def test_a_full_disk_is_said_and_tried_again_then_ends_training(small_set, tmp_path, monkeypatch):
    def full(*_, **__):
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    folder = begun(small_set, tmp_path, "save_kimg=0.008")
    train(folder, until=16)
    kept = checkpoint.newest(tmp_path / "checkpoints")
    monkeypatch.setattr(sealed, "save_file", full)
    with pytest.raises(OSError, match="No space left"):
        train(folder)
    told = events(tmp_path, "alarm")
    assert len(told) == run.REFUSALS
    assert "could not be kept" in told[0]["text"]
    assert checkpoint.newest(tmp_path / "checkpoints") == kept


def test_too_little_room_is_refused_before_writing(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=1))
    with pytest.raises(OSError, match="needs twice its size"):
        checkpoint.save(tmp_path / "000000001-rung0.safetensors", {"a": torch.ones(9)}, {})


def test_pruning_keeps_the_newest_and_each_rungs_last(tmp_path):
    names = ["000000010-rung0", "000000020-rung0", "000000030-rung1", "000000040-rung1"]
    names += ["000000050-rung2", "000000060-rung2", "000000070-rung2"]
    for name in names:
        (tmp_path / f"{name}.safetensors").touch()
    checkpoint.prune(tmp_path, 2)
    left = sorted(path.stem for path in tmp_path.iterdir())
    assert left == [names[i] for i in (1, 3, 5, 6)]


def test_short_of_memory_the_batch_goes_in_parts_to_the_same_end(small_set, tmp_path, monkeypatch):
    whole = begun(small_set, tmp_path / "a").trainer
    short = begun(small_set, tmp_path / "b").trainer
    part = Game.critic_part

    def limited(self, batch, at, rules):
        if len(batch.real[at]) > 4:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return part(self, batch, at, rules)

    def never(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    expected = [whole.step() for _ in range(3)]
    monkeypatch.setattr(Game, "critic_part", limited)
    found = [short.step() for _ in range(3)]
    assert short.progress.parts == 2
    same = [TOLD.index(name) for name in TOLD if name != "spread"]  # which is within a part
    torch.testing.assert_close(found[0][same], expected[0][same], atol=1e-5, rtol=1e-4)
    for a, b in zip(short.critic.parameters(), whole.critic.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-3, rtol=0)
    monkeypatch.setattr(Game, "critic_part", never)
    with pytest.raises(RuntimeError, match="out of memory at rung 0 with 1 images"):
        short.step()


def test_broken_numbers_roll_back_three_times_then_stop(small_set, tmp_path, monkeypatch):
    folder = begun(small_set, tmp_path, "save_kimg=0.016")
    step = Trainer.step

    def breaking(self):
        told = step(self)
        return told * float("nan") if self.shown > 40 else told

    monkeypatch.setattr(Trainer, "step", breaking)
    with pytest.raises(RuntimeError, match="not finite; rolled back 3 times already"):
        train(folder)
    told = events(tmp_path, "rolled_back")
    assert [round(0.002 / event["rate"]) for event in told] == [2, 4, 8]
    assert {event["shown"] for event in told} == {32}


def test_a_rollback_takes_another_way_and_goes_on(small_set, tmp_path, monkeypatch):
    folder = begun(small_set, tmp_path, "save_kimg=0.016")
    step = Trainer.step

    def breaking(self):
        told = step(self)
        return told * float("nan") if self.shown > 40 and not self.progress.rollbacks else told

    monkeypatch.setattr(Trainer, "step", breaking)
    assert train(folder, until=64) == "finished"
    assert folder.trainer.progress.rollbacks == 1


def test_weights_that_are_not_finite_are_never_kept(small_set, tmp_path):
    folder = begun(small_set, tmp_path)
    next(folder.trainer.critic.parameters()).data[0] = float("inf")
    folder.save()
    assert not list((tmp_path / "checkpoints").iterdir())
    assert "not finite" in events(tmp_path, "alarm")[0]["text"]


def ticks(**values):
    return {**dict.fromkeys(TOLD, 0.5), **values}


def test_alarms_come_once_after_three_ticks():
    guard = Guard()
    raised = [guard.judge(ticks(lead=0.99, real=2e4)) for _ in range(2 * TICKS)]
    assert raised == [[]] * (TICKS - 1) + [["sure", "runaway"]] + [[]] * TICKS


def test_collapse_is_when_fakes_that_differed_are_alike():
    fresh, worn = Guard(), Guard()
    worn.judge(ticks())
    for guard, collapsed in ((fresh, False), (worn, True)):
        raised = [guard.judge(ticks(spread=0.001)) for _ in range(TICKS)]
        assert guard.collapsed(raised[-1]) is collapsed


def test_collapse_goes_back_to_where_fakes_differed(small_set, tmp_path, monkeypatch):
    folder = begun(small_set, tmp_path, "save_kimg=0.008", "sheet_kimg=0.008", "keep=20")
    step = Trainer.step

    def collapsing(self):
        told = step(self)
        if self.shown > 24 and not self.progress.rollbacks:
            told[TOLD.index("spread")] = 0.0
        return told

    monkeypatch.setattr(Trainer, "step", collapsing)
    train(folder, until=64)
    back = events(tmp_path, "rolled_back")
    assert [event["shown"] for event in back] == [24]
    assert "mode collapse" in events(tmp_path, "alarm")[0]["text"]


def test_another_training_set_is_refused(small_set, tmp_path):
    folder = begun(small_set, tmp_path)
    tensors, facts = folder.trainer.state()
    with pytest.raises(ValueError, match="trained on another set"):
        folder.trainer.restore(tensors, {**facts, "set": "0123456789abcdef"})


@pytest.mark.parametrize(
    ("more", "code", "sentence"),
    [
        (["--device", "tpu"], 2, "allowed are auto, cpu, cuda"),
        (["--set", "growth=3"], 2, "growth"),
        (["--set", "batch=4"], 2, "a list is needed"),
        (["--set", "growth.top=3", "--set", "network.rungs=4"], 2, "the preset needs 4"),
    ],
)
def test_wrong_calls_are_one_sentence(small_set, tmp_path, capsys, more, code, sentence):
    call = [str(small_set.folder), "--out", str(tmp_path / "run"), "--preset", "tiny", *more]
    assert main(call) == code
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
