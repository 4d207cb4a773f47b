"""The commands around training: prepare a set, train on it, export the model."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer


def prepare(
    sources: Annotated[list[Path], typer.Argument(metavar="SRC...", help="Exams to train on")],
    out: Annotated[Path, typer.Option("--out", metavar="SET", help="Folder to write")],
    height: Annotated[
        int, typer.Option("--height", help="Of the top rung: 5 times a power of two")
    ] = 640,
    held_out: Annotated[
        float, typer.Option("--held-out", min=0.0, max=0.9, help="Share of patients kept aside")
    ] = 0.15,
) -> None:
    """Make a training set of all usable CC and MLO mammograms under SRC."""
    from rich.console import Console
    from rich.progress import Progress

    from app.prepare import prepare as run

    if height % 5 or (height // 5) & (height // 5 - 1):
        raise ValueError(f"height {height}: 5 times a power of two is needed, such as 320 or 640")
    if (out / "set.json").exists():
        raise ValueError(f"{out.name}: holds a training set already; choose another folder")
    console = Console(stderr=True)
    with Progress(console=console) as progress:
        task = progress.add_task("preparing", total=None)
        done = run(
            sources,
            out,
            rows=height,
            held_out=held_out,
            told=lambda at, total: progress.update(task, completed=at, total=total),
        )
    for name, reason in done.excluded:
        typer.echo(f"excluded {name}: {reason}")
    for left_out, kept in done.duplicates:
        typer.echo(f"excluded {left_out}: same exposure as {kept}")
    typer.echo(f"{done.used} images, {done.held_out} of them held out; set {done.fingerprint[:12]}")


def train(context: typer.Context) -> None:
    """Train a generator; all arguments go to `python -m train`."""
    raise typer.Exit(_run("train", context.args))


def export(context: typer.Context) -> None:
    """Write the model file of a run; all arguments go to `python -m train.export`."""
    raise typer.Exit(_run("train.export", context.args))


def _run(module: str, arguments: list[str]) -> int:
    # A process of its own, so that neither can take the other down. -P: the folder it is
    # started in must not shadow the installed packages.
    command = [sys.executable, "-P", "-m", module, *arguments]
    return subprocess.run(command, check=False).returncode
