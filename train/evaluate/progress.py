"""What the console shows while a model is judged: what is being done, and the time left."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from train.evaluate.artefacts import EXAMS
from train.evaluate.estimate import REPLICATES
from train.evaluate.metrics import METRICS

TWICE = 2  #: metrics that judge in both feature spaces


class Progress:
    """A bar over images drawn, images measured, and random halves judged."""

    def __init__(self, images: int, real: int, views: int) -> None:
        self.console = Console(stderr=True)
        self.bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:3.0f} %"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self.console,
        )
        total = 2 * images + real + 2 * EXAMS * views + REPLICATES * (len(METRICS) + TWICE)
        self.task = self.bar.add_task("drawing", total=total)
        self.words = ""

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

    def told(self, words: str, units: int) -> None:
        """Show what is being done, after so many further units of work."""
        self.bar.update(self.task, advance=units, description=words)
        if words != self.words and not self.console.is_terminal:
            self.console.print(words)
        self.words = words
