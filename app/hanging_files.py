"""Hanging protocols in and out of files, TOML as they are, DICOM as far as it goes; commands."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

Identity = Annotated[str, typer.Argument(metavar="PROTOCOL", help="Id of a hanging protocol")]


def write_protocol(identity: str, out: Path) -> list[str]:
    """Write a protocol as TOML or, to any other ending, DICOM; return what that leaves out."""
    from app import protocols, settings

    protocol = protocols.protocol(identity)
    if out.suffix.lower() == ".toml":
        settings.write(out, protocols.check(protocol))
        return []
    from app.dicom.hanging_write import hanging_protocol

    made, lost = hanging_protocol(protocol)
    made.save_as(out, enforce_file_format=True)
    return lost


def read_protocol(path: Path) -> tuple[str, list[str]]:
    """Take a TOML or DICOM file among the user's protocols; return its id, and what to know.

    A protocol of that id is never written over: the new one gets an id of its own.
    """
    from dataclasses import replace

    from app import protocols
    from app.core.protocol_file import parse_protocol

    notes: list[str] = []
    if path.suffix.lower() == ".toml":
        protocol = parse_protocol(path.read_text(encoding="utf-8", errors="replace"), path.name)
    else:
        from app.dicom.read import hanging_protocol

        protocol, notes = hanging_protocol(path)
    if protocol.id in protocols.every():
        protocol = replace(protocol, id=protocols.free_id(protocol.title), number=0)
    protocols.save(protocol)
    return protocol.id, notes


def list_() -> None:
    """List hanging protocols by number, with their ids; wrong files with the reason."""
    from app import protocols

    own, troubles = protocols.own()
    for number, (identity, protocol) in enumerate(protocols.every().items(), 1):
        mark = "  (yours)" if identity in own else ""
        typer.echo(f"{number:3}  {identity:22} {protocol.title}{mark}")
    for trouble in troubles:
        typer.echo(trouble, err=True)


def export(
    protocol: Identity,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="OUT.dcm, or OUT.toml")],
) -> None:
    """Write a hanging protocol as a DICOM Hanging Protocol object, or as TOML."""
    for sentence in write_protocol(protocol, out):
        typer.echo(sentence, err=True)
    typer.echo(str(out))


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="DICOM Hanging Protocol, or TOML")],
) -> None:
    """Take a DICOM Hanging Protocol object or a TOML file among one's own protocols."""
    identity, notes = read_protocol(file)
    for sentence in notes:
        typer.echo(sentence, err=True)
    typer.echo(identity)


COMMANDS: dict[str, Callable[..., None]] = {"list": list_, "export": export, "import": import_}
