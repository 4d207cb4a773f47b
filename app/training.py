"""The commands around training: train on a set, export the model, judge it."""

import subprocess
import sys

import typer


def train(context: typer.Context) -> None:
    """Train a generator; all arguments go to `python -m train`."""
    raise typer.Exit(_run("train", context.args))


def export(context: typer.Context) -> None:
    """Write the model file of a run; all arguments go to `python -m train.export`."""
    raise typer.Exit(_run("train.export", context.args))


def evaluate(context: typer.Context) -> None:
    """Judge a model by held-out images; all arguments go to `python -m train.evaluate`."""
    raise typer.Exit(_run("train.evaluate", context.args))


def _run(module: str, arguments: list[str]) -> int:
    # A process of its own, so that neither can take the other down. -P: the folder it is
    # started in must not shadow the installed packages.
    command = [sys.executable, "-P", "-m", module, *arguments]
    return subprocess.run(command, check=False).returncode
