"""Curves for TensorBoard, when it is installed (the extra `tensorboard`)."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def writer(run: Path, *, on: bool) -> Callable[[Mapping[str, Any]], None]:
    """Return what writes a tick's numbers to RUN/tensorboard; ValueError when it can't be done."""
    if not on:
        return lambda facts: None
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ValueError(
            "tensorboard is not installed; install it with: pip install mammoscope[tensorboard]"
        ) from error
    board = SummaryWriter(str(run / "tensorboard"))

    def write(facts: Mapping[str, Any]) -> None:
        for name, value in facts.items():
            if isinstance(value, int | float) and name != "shown":
                board.add_scalar(name, value, facts["shown"])
        board.flush()

    return write
