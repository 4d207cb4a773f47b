"""What a training will take, schedules that fit, and the distance by which a rung is left."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance

from gan.config import NetworkConfig
from train import checkpoint, progress
from train.__main__ import main
from train.augment import MOST, adapted
from train.config import Augment, load
from train.plan import Plan, RungPlan, fitted, planned, seconds_left, work
from train.plateau import Judge
from train.schedule import stage_at
from train.sliced import distance, projected
from train.trainer import Progress, Trainer

ROOT = Path(__file__).resolve().parents[2]
PAPER = NetworkConfig()


def test_work_is_that_of_the_published_networks():
    generator = 53.3e9  # multiplications at 1280x1024, forward; the critic mirrors it
    assert work(PAPER, 8) == pytest.approx(2 * generator, rel=0.01)


def test_a_dry_run_tells_each_rung_and_writes_nothing(small_set, tmp_path, capsys):
    call = [str(small_set.folder), "--preset", "tiny", "--out", str(tmp_path / "run"), "--dry-run"]
    assert main([*call, "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert [(r["height"], r["images"]) for r in plan["rungs"]] == [(5, 64), (10, 96), (20, 96)]
    assert all(r["measured"] and r["seconds_per_image"] > 0 for r in plan["rungs"])
    assert not (tmp_path / "run").exists()
    assert main(call) == 0
    assert "20x16" in capsys.readouterr().err


def test_a_planned_checkpoint_has_the_size_of_a_real_one(small_set, tmp_path):
    trainer = Trainer(load("tiny"), small_set)
    plan = planned(trainer, tmp_path)  # leaves a trainer that has been on all rungs
    path = tmp_path / "000000000-rung2.safetensors"
    checkpoint.save(path, *trainer.state())
    assert plan.checkpoint == pytest.approx(path.stat().st_size, rel=0.2)


def rung(number, seconds):
    return RungPlan(
        rung=number, height=1, width=1, batch=1, parts=1, images=1000, memory=0, measured=True,
        seconds_per_image=seconds / 1000,
    )  # fmt: skip


def test_a_fitted_schedule_takes_the_time_given_less_a_fifth():
    config = load("tiny")
    plan = Plan(rungs=(rung(0, 10), rung(1, 30), rung(2, 60)), checkpoint=1, disk=1, free=1)
    found = fitted(config, plan, 1000.0)
    assert found.growth.total == pytest.approx(8 * config.growth.total, rel=0.01)
    assert "1 min 40 s" in progress.table(plan)


def test_time_left_counts_rungs_to_come_by_their_work():
    config = load("tiny")
    c = config.network
    of_rung, whole = seconds_left(config, Progress(shown=0), stage_at(0, config.growth), 8.0)
    assert of_rung == 64 / 8
    later = 96 * (work(c, 1) + work(c, 2)) / work(c, 0)
    assert whole == pytest.approx((64 + later) / 8)


def test_one_direction_of_the_distance_is_scipys():
    draw = np.random.default_rng(0)
    one = draw.standard_normal((500, 1)).astype(np.float32)
    two = (2 * draw.standard_normal((500, 1)) + 1).astype(np.float32)
    across = np.ones((1, 1), np.float32)
    expected = wasserstein_distance(one[:, 0], two[:, 0]) / one.std()
    found = distance(projected(two, across, like=one), projected(one, across))
    assert found == pytest.approx(expected, rel=1e-4)
    assert distance(projected(one, across), projected(one, across)) == 0.0


def test_the_judge_is_repeatable_and_sees_a_change(small_set):
    trainer = Trainer(load("tiny"), small_set)
    trainer.jump(200, 0)
    trainer.enter()
    first, second = Judge(trainer), Judge(trainer)
    assert first.distance() == second.distance() > 0
    before = first.distance()
    trainer.average.to_image[0].bias.data += 3.0
    assert first.distance() > before


def test_adapting_rises_above_the_target_and_falls_below_it():
    settings = Augment(target=0.6, adapt_kimg=10)
    now = torch.tensor(0.5)
    assert adapted(now, torch.tensor(0.9), 100, settings).item() == pytest.approx(0.503)
    assert adapted(now, torch.tensor(0.1), 100, settings).item() == pytest.approx(0.495)
    assert adapted(now, torch.tensor(1.0), 10**6, settings).item() == pytest.approx(MOST)
    assert adapted(now, torch.tensor(0.0), 10**6, settings).item() == 0.0


def test_a_training_node_needs_neither_rich_nor_scipy_nor_the_application(small_set, tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1))\n"
        "for name in ('rich', 'scipy', 'PIL', 'typer', 'pydicom', 'PySide6', 'app'):\n"
        "    sys.modules[name] = None\n"
        "from train.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    call = [str(small_set.folder), "--preset", "tiny", "--out", str(tmp_path), "--kimg", "0.016"]
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(ROOT), *call], capture_output=True, text=True
    )
    assert (done.returncode, "finished" in done.stderr) == (0, True), done.stderr
