"""Command line of the judge: `python -m train.evaluate MODEL SET --out REPORT`."""

import argparse
import os
import sys
from pathlib import Path

# Before torch is imported: spinning threads stall every other process on a small machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mammoscope evaluate",
        description="Judge a model by the held-out images of a training set.",
    )
    parser.add_argument("model", type=Path, metavar="MODEL", help="model file")
    parser.add_argument("set", type=Path, metavar="SET", help="training set with held-out images")
    parser.add_argument("--out", type=Path, required=True, metavar="REPORT", help="folder to write")
    parser.add_argument("--samples", type=int, default=1000, help="generated images (1000)")
    parser.add_argument("--seed", type=int, default=0, help="of the first exam (0)")
    parser.add_argument("--tally", type=Path, help="what was seen on artefacts.png, filled in")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0 lets torch choose")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Judge; returns the exit code: 0 when the report is written, 2 for a wrong call."""
    given = _arguments().parse_args(arguments)
    try:
        return _evaluate(given)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped; no report was written\n")
        return 130


def _evaluate(given: argparse.Namespace) -> int:
    if not 100 <= given.samples <= 100_000:
        raise ValueError(f"--samples {given.samples}: allowed are 100 to 100000")
    if not 0 <= given.seed < 2**31:
        raise ValueError(f"--seed {given.seed}: allowed are 0 to {2**31 - 1}")
    import torch

    from gan.checkpoint import load_model
    from gan.trainset import open_set
    from train.evaluate.artefacts import read_tally
    from train.evaluate.judge import evaluated
    from train.evaluate.progress import Progress
    from train.evaluate.report import write

    if given.threads:
        torch.set_num_threads(given.threads)
    model, trainset = load_model(given.model), open_set(given.set)
    views = ("CC", "MLO") if model.config.pair else model.config.labels or ("any",)
    tally = read_tally(given.tally, model.hash, given.seed, views) if given.tally else None
    given.out.mkdir(parents=True, exist_ok=True)  # a folder that cannot be written is said now
    with Progress(given.samples, len(trainset.records), len(views)) as progress:
        done = evaluated(model, trainset, images=given.samples, seed=given.seed, told=progress.told)
    goals = write(given.out, done, tally)
    reached = sum(goal.reached for goal in goals)
    sys.stdout.write(
        f"{reached} of {len(goals)} goals reached; see {given.out / 'evaluation.html'} "
        f"({done.seconds:.0f} s)\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
