"""Two processes training as one: the same losses, exact resuming, and a lost one restarted."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from gan import sealed
from gan.layers import minibatch_deviation
from train import checkpoint
from train.draws import parts_of, rows_of

ROOT = Path(__file__).resolve().parents[2]
TINY = ["--preset", "tiny", "--threads", "1", "--set", "sheet_kimg=0.016"]


def environment(**more):
    found = {k: v for k, v in os.environ.items() if k not in ("RANK", "WORLD_SIZE", "LOCAL_RANK")}
    return {**found, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **more}


def free_port():
    with socket.socket() as ask:
        ask.bind(("127.0.0.1", 0))
        return str(ask.getsockname()[1])


def start(data, run, *more, ranks=2):
    """Start the processes of one training."""
    command = [sys.executable, "-P", "-m", "train", str(data.folder), "--out", str(run)]
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port(), "WORLD_SIZE": str(ranks)}
    return [
        subprocess.Popen(
            [*command, *TINY, *more],
            env=environment(**place, RANK=str(rank), LOCAL_RANK=str(rank)),
            stderr=subprocess.DEVNULL,
        )
        for rank in range(ranks)
    ]


def finish(processes):
    assert [process.wait(120) for process in processes] == [0] * len(processes)


def ticks(run):
    lines = map(json.loads, (run / "events.jsonl").read_text().splitlines())
    return [event for event in lines if event["event"] == "tick"]


def state_hash(run):
    return sealed.read(checkpoint.newest(run / "checkpoints")).hash


def wait_for(condition, seconds=90):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def whole(small_set, tmp_path_factory):
    """A run of two processes that nothing interrupts."""
    run = tmp_path_factory.mktemp("runs") / "two"
    finish(start(small_set, run))
    return run


def test_two_processes_have_the_losses_of_one(small_set, whole, tmp_path):
    finish(start(small_set, tmp_path / "one", "--kimg", "0.096", ranks=1))
    one, two = ticks(tmp_path / "one"), ticks(whole)
    assert len(one) == 6
    for a, b in zip(one, two, strict=False):
        assert (a["shown"], a["rung"]) == (b["shown"], b["rung"])
        for name in ("critic_loss", "generator_loss", "real", "fake"):
            assert a[name] == pytest.approx(b[name], abs=1e-5)


def test_killed_and_resumed_is_bitwise_the_same(small_set, whole, tmp_path):
    run = tmp_path / "killed"
    processes = start(small_set, run)
    wait_for(lambda: len(list(run.glob("sheets/fakes-*"))) > 10)  # in mid-fade of rung 2
    for process in processes:
        process.kill()
        process.wait()
    finish(start(small_set, run, "--resume"))
    assert state_hash(run) == state_hash(whole)


@pytest.mark.soak
def test_a_request_to_one_process_stops_all_and_saves(small_set, tmp_path):
    run = tmp_path / "asked"
    processes = start(small_set, run, "--set", "growth.hold_kimg=[100]")
    wait_for(lambda: len(list(run.glob("sheets/fakes-*"))) > 2)
    processes[1].send_signal(signal.SIGTERM)
    finish(processes)
    lines = (run / "events.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines[-2:]] == ["saved", "stopped"]


@pytest.mark.soak
def test_torchrun_restarts_from_the_newest_checkpoint(small_set, whole, tmp_path):
    run = tmp_path / "elastic"
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    launch += ["--max-restarts=1", "-m", "train", str(small_set.folder), "--out", str(run), *TINY]
    launcher = subprocess.Popen(launch, env=environment(), stderr=subprocess.DEVNULL)
    wait_for(lambda: list(run.glob("checkpoints/*.safetensors")))
    children = Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text().split()
    os.kill(int(children[-1]), signal.SIGKILL)
    assert launcher.wait(180) == 0
    assert state_hash(run) == state_hash(whole)
    assert "resumed" in (run / "events.jsonl").read_text()


@pytest.mark.parametrize(("ranks", "parts"), [(1, 1), (2, 1), (1, 2), (2, 2), (4, 1)])
def test_images_pooled_by_the_critic_stay_together(ranks, parts):
    x = torch.randn(16, 3, 2, 2)
    pooled = minibatch_deviation(x, 4)[:, -1, 0, 0]
    seen = []
    for rank in range(ranks):
        mine = rows_of(16, 4, rank, ranks)
        for at in parts_of(len(mine), 4, parts):
            rows = mine[at]
            torch.testing.assert_close(minibatch_deviation(x[rows], 4)[:, -1, 0, 0], pooled[rows])
            seen += rows.tolist()
    assert sorted(seen) == list(range(16))


def test_a_batch_that_cannot_be_shared_is_refused():
    with pytest.raises(ValueError, match="6 cannot be shared by 4 processes"):
        rows_of(6, 4, 0, 4)
