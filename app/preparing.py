"""The commands that make training sets: prepare one from exams, pack one to take along."""

import signal
import time
from collections import Counter
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Annotated, Self

import typer

if TYPE_CHECKING:
    from app.prepare import Progress


def prepare(
    sources: Annotated[list[Path], typer.Argument(metavar="SRC...", help="Exams to train on")],
    out: Annotated[Path, typer.Option("--out", metavar="SET", help="Folder to write")],
    height: Annotated[
        int, typer.Option("--height", help="Of the top rung: 5 times a power of two")
    ] = 640,
    held_out: Annotated[
        float, typer.Option("--held-out", min=0.0, max=0.9, help="Share of patients kept aside")
    ] = 0.15,
    exclude: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="What to leave out: file or patient, and reason"),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="Keep what a rule leaves out, such as lossy or implant"),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; one per core by default")
    ] = None,
    dask: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Work on the Dask cluster of this scheduler")
    ] = "",
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget what an interrupted run has done")
    ] = False,
) -> None:
    """Make a training set of all usable CC and MLO mammograms under SRC.

    When it is interrupted, the same command goes on where it ended.
    """
    from app.prepare import Settings
    from app.prepare import prepare as run
    from app.prepare.rules import read_list

    if height % 5 or (height // 5) & (height // 5 - 1) or height < 5:
        raise ValueError(f"height {height}: 5 times a power of two is needed, such as 320 or 640")
    settings = Settings(
        rows=height,
        held_out=held_out,
        keep=tuple(sorted(set(keep or ()))),
        listed=read_list(exclude) if exclude else (),
    )
    if restart:
        _forget(out)
    signal.signal(signal.SIGTERM, _interrupt)
    shown = _Bar()
    try:
        with shown:
            done = run(sources, out, settings, workers=workers, cluster=dask, told=shown.update)
    except KeyboardInterrupt:
        typer.echo(f"stopped after {shown.at}; the same command goes on from there", err=True)
        raise typer.Exit(130) from None
    for reason, count in Counter(one.reason for one in done.left).most_common():
        typer.echo(f"left out {count}: {reason}")
    for sentence in done.cautions:
        typer.echo(f"look at: {sentence}")
    typer.echo(
        f"{done.used} images, {done.held_out} of them held out, {len(done.left)} files left out; "
        f"set {done.fingerprint[:12]}"
    )
    typer.echo(f"report: {out / 'report.html'}")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _forget(out: Path) -> None:
    import shutil

    if (out / "set.json").exists():
        raise ValueError(f"{out.name}: holds a finished training set; choose another folder")
    if (out / "work" / "journal.jsonl").exists():
        shutil.rmtree(out / "work")


class _Bar:
    """A bar with rate and time left, counted from where this run began."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._began = time.monotonic()
        self._task = self._bar.add_task("preparing", total=0, rate="")
        self.at = "0 images"

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def update(self, progress: "Progress") -> None:
        """Show how far it is."""
        here = progress.done - progress.before
        if here == 0:  # neither an earlier run nor another phase tells the time left
            self._began = time.monotonic()
            self._bar.reset(self._task, total=progress.total, completed=progress.done)
        rate = here / max(time.monotonic() - self._began, 1e-6) if here else 0.0
        self._bar.update(
            self._task,
            completed=progress.done,
            description=progress.phase,
            rate=f"{rate:.1f} images/s" if here else "",
        )
        if progress.phase == "preparing":
            self.at = f"{progress.done:,} of {progress.total:,} images"


def pack(
    source: Annotated[Path, typer.Argument(metavar="SET", help="A training set")],
    out: Annotated[Path, typer.Option("--out", metavar="SET", help="Folder to write")],
    top_rung: Annotated[
        int, typer.Option(min=0, help="The highest to take: 0 is 5x4, 5 is 160x128")
    ],
    bits: Annotated[int, typer.Option(help="8 or 16 per pixel")] = 8,
) -> None:
    """Write a small copy of a training set to take along: its lower rungs, in 8 bits."""
    import numpy as np

    from gan.trainset import open_set, packed

    if bits not in (8, 16):
        raise ValueError(f"{bits} bits: 8 or 16 are possible")
    if (out / "set.json").exists():
        raise ValueError(f"{out.name}: holds a training set already; choose another folder")
    packed(open_set(source), out, rungs=top_rung + 1, kind=np.uint8 if bits == 8 else np.uint16)
    size = sum(file.stat().st_size for file in out.iterdir())
    typer.echo(f"{out}: {size / 2**20:.1f} MiB")
