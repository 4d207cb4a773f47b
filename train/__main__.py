"""Command line of the trainer: `python -m train SET --preset small --out RUN`."""

import argparse
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

# Before torch is imported: spinning threads stall every other process on a small machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

if TYPE_CHECKING:
    from train.config import TrainConfig
    from train.distributed import World
    from train.trainer import Trainer


BEGAN = time.monotonic()


def _minutes() -> float:
    """Return the minutes since the start; finding a schedule that fits takes some."""
    return (time.monotonic() - BEGAN) / 60


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mammoscope train", description="Train a progressive GAN on a prepared training set."
    )
    add = parser.add_argument
    add("set", type=Path, metavar="SET", help="folder written by prepare")
    add("--preset", help="a name or a TOML file; default small. A resumed run keeps its own")
    add("--out", type=Path, required=True, metavar="RUN", help="folder of the run")
    add("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE")
    add("--resume", action="store_true", help="go on from the newest whole checkpoint")
    add("--from", dest="model", type=Path, metavar="MODEL", help="start with a model's weights")
    add("--critic", type=Path, metavar="FILE", help="with --from: start with its critic, too")
    add(
        "--kimg",
        type=float,
        help="stop after so many thousand images in all; past its end, a preset's top rung goes on",
    )
    add("--minutes", type=float, help="stop, and save, after so many minutes")
    add("--within", type=float, metavar="MINUTES", help="fit the schedule to this time")
    add("--dry-run", action="store_true", help="tell time, memory and disk per rung, and stop")
    add("--json", action="store_true", help="with --dry-run: tell it as JSON on standard output")
    add("--device", default="auto", help="auto, cpu or cuda")
    add("--compile", action="store_true", help="compile the networks, all but for the penalties")
    add("--threads", type=int, default=0, help="CPU threads; 0 lets torch choose")
    add("--tensorboard", action="store_true", help="write curves for TensorBoard as well")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Train; returns 0 finished or stopped on request, 1 training failed, 2 for a wrong call."""
    given = _arguments().parse_args(arguments)
    try:
        return _train(given)
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _settings(given: argparse.Namespace, resumes: bool) -> "TrainConfig":
    from train.config import load, overridden
    from train.run import SETTINGS, settings

    if resumes and (given.out / SETTINGS).exists():
        return overridden(settings(given.out), tuple(given.overrides))
    return load(given.preset or "small", tuple(given.overrides))


def _train(given: argparse.Namespace) -> int:
    import torch

    from gan.trainset import open_set
    from train.distributed import join, restarted
    from train.finetune import begun_at_its_top
    from train.memory import keep_memory
    from train.plan import fitted, planned
    from train.run import SETTINGS
    from train.schedule import lasting
    from train.trainer import Trainer

    resumes = given.resume or restarted()
    config = _settings(given, resumes)
    keep_memory()
    if given.threads:
        torch.set_num_threads(given.threads)
    data = open_set(given.set)
    if not given.dry_run and not resumes and list((given.out / "checkpoints").glob("*")):
        raise ValueError(f"{given.out.name}: holds a run already; add --resume to go on with it")
    if given.critic and not given.model:
        raise ValueError("--critic goes with --from MODEL, which is missing")
    if given.model and not (resumes and (given.out / SETTINGS).exists()):
        config = begun_at_its_top(config, given.model, given.overrides)
    if given.kimg is not None:
        config = replace(config, growth=lasting(config.growth, round(1000 * given.kimg)))
    world = join(given.device)
    try:
        if given.within and not (resumes and (given.out / SETTINGS).exists()):
            trial = Trainer(config, data, world, compiled=given.compile)
            config = fitted(config, planned(trial, given.out), 60 * given.within)
        trainer = Trainer(config, data, world, compiled=given.compile)
        return _dry_run(given, trainer) if given.dry_run else _go(given, trainer, world, resumes)
    finally:
        world.leave()


def _dry_run(given: argparse.Namespace, trainer: "Trainer") -> int:
    from train.plan import planned
    from train.progress import table

    plan = planned(trainer, given.out)
    if given.json:
        sys.stdout.write(json.dumps(plan.to_dict()) + "\n")
    else:
        sys.stderr.write(table(plan) + "\n")
    return 0


def _go(given: argparse.Namespace, trainer: "Trainer", world: "World", resumes: bool) -> int:
    import torch

    from train.finetune import take_over
    from train.loop import train
    from train.progress import Progress
    from train.run import Run
    from train.scalars import writer

    scalars = writer(given.out, on=given.tensorboard and world.leads)
    run = Run(given.out, trainer)
    resumed = resumes and run.resume()
    origin = None
    if given.model and not resumed:
        origin = take_over(trainer, given.model, given.critic)
    run.tell(
        "started",
        version=torch.__version__,
        device=str(world.device),
        processes=world.size,
        set=trainer.reals.data.fingerprint,
        total=trainer.ends_at,
        **{"from": origin},
    )
    until = None if given.kimg is None else round(1000 * given.kimg)
    began = time.monotonic()
    with Progress(trainer.config, trainer.shown, silent=not world.leads) as progress:
        try:
            outcome = train(
                run,
                until=until,
                minutes=None if given.minutes is None else given.minutes - _minutes(),
                told=(progress.tick, scalars),
                said=progress.say,
            )
        except (RuntimeError, OSError) as error:
            run.tell("failed", text=str(error))
            raise
        progress.say(
            f"{outcome} after {trainer.shown:,} images ({time.monotonic() - began:.0f} s); "
            f"export the model with: mammoscope export {given.out.name}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
