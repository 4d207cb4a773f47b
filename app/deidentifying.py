"""The command that writes copies of mammograms without identifiers."""

import secrets
from pathlib import Path
from typing import Annotated

import typer


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
    from app.dicom.deidentify import deidentify as copied
    from app.dicom.scan import exams_under

    secret = secrets.token_bytes(32) if key is None else key_in(key)
    exams, left = exams_under(paths)
    refused = [event.reason for event in left]
    for exam in exams:
        for facts in exam.images:
            try:
                written = copied(facts.file, out, secret, looked=looked)
            except ValueError as error:
                refused.append(str(error))
            else:
                typer.echo(written.path.name)
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
