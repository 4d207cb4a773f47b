"""Command line of the trainer: `python -m train SET --preset small --out RUN`."""

import argparse
import os
import sys
import time
from pathlib import Path

# Before torch is imported: spinning threads stall every other process on a small machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mammoscope train", description="Train a progressive GAN on a prepared training set."
    )
    parser.add_argument("set", type=Path, metavar="SET", help="folder written by prepare")
    parser.add_argument("--preset", default="small", help="a preset's name, or a TOML file")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run")
    parser.add_argument("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--resume", action="store_true", help="go on from the newest checkpoint")
    parser.add_argument("--kimg", type=float, help="stop after so many thousand images in all")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0 lets torch choose")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Train; returns the exit code: 0 finished or stopped on request, 2 for a wrong call."""
    given = _arguments().parse_args(arguments)
    try:
        return _train(given)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _train(given: argparse.Namespace) -> int:
    import torch

    from gan.trainset import open_set
    from train.config import load
    from train.loop import Trainer, train
    from train.progress import Progress

    config = load(given.preset, tuple(given.overrides))
    if given.threads:
        torch.set_num_threads(given.threads)
    data = open_set(given.set)
    if not given.resume and list((given.out / "checkpoints").glob("*")):
        raise ValueError(f"{given.out.name}: holds a run already; add --resume to go on with it")
    trainer = Trainer(config, data, given.out)
    if given.resume:
        trainer.resume()
    trainer.events.write("started", version=torch.__version__, set=data.fingerprint)
    until = None if given.kimg is None else round(1000 * given.kimg)
    began = time.monotonic()
    with Progress(config, trainer.shown) as progress:
        outcome = train(trainer, until=until, told=progress.tick)
    progress.console.print(
        f"{outcome} after {trainer.shown:,} images ({time.monotonic() - began:.0f} s); "
        f"export the model with: mammoscope export {given.out.name}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
