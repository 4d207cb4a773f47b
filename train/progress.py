"""What the console shows while a training runs: rung, fading, rate and the time left."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from train.config import TrainConfig


class Progress:
    """A bar over all images of the schedule, with losses and rate of the last tick."""

    def __init__(self, config: TrainConfig, shown: int) -> None:
        self.config = config
        self.console = Console(stderr=True)
        self.bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f}/{task.total:,.0f} images"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self.console,
        )
        self.task = self.bar.add_task("starting", total=config.growth.total, completed=shown)

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bar.stop()

    def tick(self, facts: dict[str, float]) -> None:
        """Show the facts of one tick of the loop."""
        height, width = self.config.network.size(int(facts["rung"]))
        fading = f" fading in {facts['alpha']:.0%}" if facts["alpha"] < 1 else ""
        words = (
            f"{height}x{width}{fading} | {facts['rate']:.1f} img/s | critic "
            f"{facts['critic_loss']:.3f} generator {facts['generator_loss']:.3f}"
        )
        self.bar.update(self.task, completed=facts["shown"], description=words)
        if not self.console.is_terminal:
            self.console.print(f"{facts['shown']:,.0f} images | {words}")
