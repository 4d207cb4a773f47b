"""The commands around archives: echo, find, get, send, each with --json."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError

if TYPE_CHECKING:
    from app.archive import Link

PASSWORD_VARIABLE = "MAMMOSCOPE_ARCHIVE_PASSWORD"  #: read from the environment, never an option

Where = Annotated[
    str,
    typer.Argument(
        metavar="ARCHIVE", help="A name of the settings, dicom://HOST:PORT/AE-TITLE, or a URL"
    ),
]
OwnTitle = Annotated[str, typer.Option("--own-title", metavar="AE", help="Our AE title")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON")]


def _link(where: str, **changes: Any) -> "tuple[str, Link]":
    """Return the archive and the way to it; changes that are empty leave it as it is."""
    from app import settings
    from app.archive import connect
    from app.archive.link import named

    known, _ = settings.load()
    name, archive = named(where, known.archives)
    made = {key: value for key, value in changes.items() if value}
    try:
        archive = settings.Archive.model_validate({**archive.model_dump(), **made})
    except ValidationError as error:
        raise ValueError(settings.reason(error)) from None
    return name, connect(archive, name=name, password=os.environ.get(PASSWORD_VARIABLE, ""))


def _print(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def echo(archive: Where, own_title: OwnTitle = "", as_json: AsJson = False) -> None:
    """Ask an archive whether it is there and lets us in (C-ECHO, or a small search)."""
    name, link = _link(archive, own_title=own_title)
    seconds = link.echo()
    if as_json:
        _print({"archive": name, "seconds": round(seconds, 4)})
    else:
        typer.echo(f"{name} answers, after {1000 * seconds:.0f} ms")


def find(
    archive: Where,
    patient: Annotated[str, typer.Option(help="Patient ID")] = "",
    name: Annotated[str, typer.Option(help="Beginning of a name, or a pattern with *")] = "",
    date: Annotated[str, typer.Option(metavar="DAY[..DAY]", help="Such as 2026-03-31")] = "",
    modality: Annotated[str, typer.Option(help="Empty for all")] = "MG",
    most: Annotated[int, typer.Option("--limit", min=1, help="Exams at most")] = 100,
    own_title: OwnTitle = "",
    as_json: AsJson = False,
) -> None:
    """List the exams of an archive that match."""
    from app.archive import Query
    from app.archive.values import day_of

    first, dots, last = date.partition("..")
    begin, end = day_of(first), day_of(last if dots else first)
    query = Query(
        patient=patient, name=name, first=begin, last=end, modality=modality.upper(), most=most
    )
    _, link = _link(archive, own_title=own_title)
    exams, more = link.find(query)
    if as_json:
        _print({"exams": [asdict(exam) for exam in exams], "more": more})
        return
    for exam in exams:
        count = "" if exam.images is None else f"{exam.images} images"
        line = (exam.day, exam.patient, exam.name, exam.modalities, count, exam.description)
        typer.echo("  ".join(text for text in line if text))
        typer.echo(f"    {exam.uid}")
    if more:
        typer.echo(f"and more: only {most} are listed; narrow the search, or raise --limit")
    elif not exams:
        typer.echo("no exam matches")


def get(
    archive: Where,
    exams: Annotated[list[str], typer.Argument(metavar="UID...", help="As `find` lists them")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to put exams into")],
    move: Annotated[bool, typer.Option("--move", help="By C-MOVE instead of C-GET")] = False,
    own_port: Annotated[int, typer.Option(help="Where C-MOVE sends to", min=0)] = 0,
    own_title: OwnTitle = "",
    as_json: AsJson = False,
) -> None:
    """Retrieve exams, each into a new folder; what arrived whole stays after a failure."""
    way = "C-MOVE" if move else ""
    _, link = _link(archive, own_title=own_title, retrieve=way, own_port=own_port)
    lines, troubles = [], []
    for uid in exams:
        done = link.get(uid, out)
        line = {
            "uid": uid,
            "folder": str(done.folder),
            "files": done.files,
            "trouble": done.trouble,
        }
        lines.append(line)
        troubles += [done.trouble] if done.trouble else []
        if not as_json and done.files:
            typer.echo(f"{done.files} files  {done.folder}")
    if as_json:
        _print({"exams": lines})
    if troubles:
        raise ValueError(troubles[0])


def send(
    archive: Where,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files and folders")],
    own_title: OwnTitle = "",
    as_json: AsJson = False,
) -> None:
    """Store DICOM files in an archive (C-STORE, or STOW-RS)."""
    files = []
    for path in paths:
        if not path.exists():
            raise ValueError(f"{path.name}: no such file or folder")
        inside = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        files += inside
    name, link = _link(archive, own_title=own_title)
    sent = link.send(files)
    if as_json:
        refused = [{"file": file, "reason": reason} for file, reason in sent.refused]
        _print({"archive": name, "stored": sent.stored, "total": sent.total, "refused": refused})
    else:
        typer.echo(f"{name} stored {sent.stored} of {sent.total} files")
        for file, reason in sent.refused:
            typer.echo(f"not stored: {file}: {reason}")
    if sent.refused:
        raise ValueError(f"{name}: {len(sent.refused)} of {sent.total} files were not stored")


COMMANDS = (echo, find, get, send)
