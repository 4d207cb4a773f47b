"""Copies of mammograms without identifiers, one after the other; the command that writes them."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from app.language import later

BESIDE = later("something bright stands beside the breast: look whether it is words")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What became of one image: where its copy is, or why there is none."""

    path: Path | None = None
    refused: str = ""
    beside: bool = False  #: something bright stands beside the breast; it is in the copy, too


def copy_of(location: str, folder: Path, key: bytes, *, looked: bool) -> Copy:
    """Write a copy without identifiers (`app.dicom.deidentify`); never raises for a bad image."""
    from app.dicom.deidentify import deidentify as written
    from app.dicom.read import read
    from app.prepare.work import bright_beside

    try:
        path = written(location, folder, key, looked=looked).path
        return Copy(path=path, beside=bright_beside(read(str(path))))
    except ValueError as error:
        return Copy(refused=str(error))


def key_from(file: Path | None) -> bytes:
    """Return the key in a file, or without one a new key that nobody keeps."""
    return secrets.token_bytes(32) if file is None else key_in(file)


def deidentify(
    paths: Annotated[list[Path], typer.Argument(metavar="PATHS", help="Files, folders, archives")],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where copies go")],
    key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Keeps the mapping alike from time to time; keep it safe"
        ),
    ] = None,
    looked: Annotated[
        bool, typer.Option("--looked", help="You saw that no words are burned into the pictures")
    ] = False,
) -> None:
    """Write copies without identifiers: an allow-list, keyed UIDs, dates moved (PS3.15 annex E)."""
    from app.dicom.scan import exams_under

    secret = key_from(key)
    exams, left = exams_under(paths)
    refused = [event.reason for event in left]
    for exam in exams:
        for facts in exam.images:
            copy = copy_of(facts.file, out, secret, looked=looked)
            if copy.path is None:
                refused.append(copy.refused)
                continue
            typer.echo(copy.path.name)
            if copy.beside:
                typer.echo(f"{copy.path.name}: {BESIDE}", err=True)
    for reason in refused:
        typer.echo(f"not written: {reason}", err=True)
    if refused or not exams:
        raise typer.Exit(2)


def key_in(file: Path) -> bytes:
    """Return the key in a file, made there, for its owner alone, when there is none."""
    if not file.exists():
        with file.open("x") as made:
            file.chmod(0o600)
            made.write(secrets.token_hex(32))
    words = file.read_text(encoding="ascii", errors="replace").strip()
    try:
        key = bytes.fromhex(words[:1024])
    except ValueError:
        key = b""
    if len(key) < 16:
        raise ValueError(f"{file.name}: is no key; a key is 32 or more hexadecimal digits")
    return key
