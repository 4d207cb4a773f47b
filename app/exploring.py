"""The commands that explore a model without a window, and store in or beside it what they find."""

from pathlib import Path
from typing import Annotated

import typer

from app.core.bar import bar


def directions(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Model file, rewritten in place")],
    samples: Annotated[
        int, typer.Option("--samples", min=64, help="Random exams that directions are found from")
    ] = 10_000,
    trainset: Annotated[
        Path | None,
        typer.Option("--set", metavar="SET", help="Predict what this set's records say, too"),
    ] = None,
) -> None:
    """Find a model's directions, say what each is worth, and store them in the model file."""
    from rich.console import Console
    from rich.table import Table

    from app.synth.explore import find_directions

    with bar("drawing exams") as told:
        found, mark = find_directions(model, samples, told, trainset)
    table = Table("direction", "kind", "R2", "asked +1, measured", "up to")
    for facts in found:
        r2, slope = ("" if value is None else f"{value:.2f}" for value in (facts.r2, facts.slope))
        kind = facts.kind + ("" if facts.told is None else f", itself R2 {facts.told:.2f}")
        table.add_row(facts.name, kind, r2, slope, f"{facts.reach:g}")
    Console().print(table)
    typer.echo(f"{model.name} is now {mark}")


def opening(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Model file, rewritten in place")],
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, max=100_000, help="Seeds from 0 to choose from")
    ] = 100,
) -> None:
    """Choose the exam that is shown first, the most usual of the first seeds, and store it."""
    from app.synth.opening import choose_opening

    with bar("drawing exams") as told:
        seed = choose_opening(model, seeds, told)
    typer.echo(f"{model.name} now opens with seed {seed}")


def reach(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Model file")],
) -> None:
    """Project exams the model made itself, and keep beside it how close the projection comes.

    Held-out seeds, as one CC, one MLO and a whole exam; what a real exam reaches is told beside.
    """
    from app import projecting
    from app.synth.found import LABELS
    from app.synth.render import Synthesizer

    synthesizer = Synthesizer(model)
    for labels in (["RCC"], ["RMLO"], list(LABELS)):
        with bar(f"projecting {' '.join(labels)}") as told:
            scores = projecting.compare(synthesizer, labels, told, with_model=True)
        typer.echo(f"{' '.join(labels)}: {min(scores):.2f} to {max(scores):.2f}")
