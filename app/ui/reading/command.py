"""`mammoscope reading run`; Qt is imported only when a reading starts."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def run(
    package: Annotated[Path, typer.Argument(metavar="PACKAGE", help="A reader's package")],
    windowed: Annotated[bool, typer.Option("--windowed", help="Not full screen")] = False,
    game: Annotated[bool, typer.Option("--game", hidden=True)] = False,  # the two-minute test
) -> None:
    """Read: the full-screen window of one reader."""
    from app.reading.package import open_package

    if not package.is_dir():
        raise ValueError(f"{package.name}: no such folder")
    opened = open_package(package)
    code = sys.stdin.readline().strip() if game else ""
    from app.ui.reading.start import run as start

    raise typer.Exit(start(opened, windowed=windowed, code=code))
