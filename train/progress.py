"""What the console shows while a training runs: rung, fading, rate and the time left.

Training nodes may lack rich; then each tick is a plain line.
"""

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from train.config import TrainConfig
from train.plan import Plan

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

GB = 1e9


class Progress:
    """Two bars, the rung's and the whole training's, or a line a tick where no terminal is."""

    def __init__(self, config: TrainConfig, shown: int, *, silent: bool = False) -> None:
        self.config, self.silent = config, silent
        self.bar: Bar | None = None
        if not silent and sys.stderr.isatty():
            self.bar = _bar()
        if self.bar:
            self.rung = self.bar.add_task("rung", total=None, left="")
            self.all = self.bar.add_task(
                "training", total=config.growth.total, completed=shown, left=""
            )

    def __enter__(self) -> Self:
        if self.bar:
            self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.bar:
            self.bar.stop()

    def say(self, text: str) -> None:
        """Write a line."""
        if self.bar:
            self.bar.console.print(text)
        elif not self.silent:
            sys.stderr.write(text + "\n")
            sys.stderr.flush()

    def tick(self, facts: Mapping[str, Any]) -> None:
        """Show the facts of one tick of the loop."""
        height, width = self.config.network.size(facts["rung"])
        fading = f" fading in {facts['alpha']:.0%}" if facts["alpha"] < 1 else ""
        words = (
            f"{height}x{width}{fading} | {facts['rate']:.1f} img/s | critic "
            f"{facts['critic_loss']:.3f} generator {facts['generator_loss']:.3f}"
        )
        left = f"{duration(facts['seconds_left_rung'])} of this rung, "
        left += f"{duration(facts['seconds_left'])} in all"
        if self.bar is None:
            self.say(f"{facts['shown']:,} images | {words} | left {left}")
            return
        self.bar.update(
            self.rung,
            completed=facts["shown"],
            total=facts["ends_at"],
            description=words,
            left=duration(facts["seconds_left_rung"]),
        )
        self.bar.update(
            self.all,
            completed=facts["shown"],
            total=facts["total"],
            left=duration(facts["seconds_left"]),
        )


def _bar() -> "Bar | None":
    try:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    except ImportError:
        return None
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} images"),
        TimeElapsedColumn(),
        TextColumn("left {task.fields[left]}"),
        console=Console(stderr=True),
    )


def duration(seconds: float) -> str:
    """Return a time in the two units that matter, such as 3 h 20 min."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    for large, unit, small, under in ((days, "d", hours, "h"), (hours, "h", minutes, "min")):
        if large:
            return f"{large} {unit} {small} {under}"
    return f"{minutes} min" if minutes >= 10 else f"{minutes} min {rest} s"


def table(plan: Plan) -> str:
    """Return a plan as lines of text."""
    lines = ["size        batch     images    s/image       time     memory"]
    for rung in plan.rungs:
        batch = f"{rung.batch}" if rung.parts == 1 else f"{rung.batch} in {rung.parts}"
        about = "" if rung.measured else "  (reckoned)"
        lines.append(
            f"{rung.height}x{rung.width}".ljust(10)
            + f"{batch:>7} {rung.images:>10,} {rung.seconds_per_image:>10.4f} "
            + f"{duration(rung.seconds):>10} {rung.memory / GB:>7.2f} GB{about}"
        )
    whole = duration(sum(rung.seconds for rung in plan.rungs))
    lines.append(
        f"in all {whole}; on disk {plan.disk / GB:.2f} GB (a checkpoint {plan.checkpoint / GB:.2f} "
        f"GB), {plan.free / GB:.0f} GB are free"
    )
    return "\n".join(lines)
