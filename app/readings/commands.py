"""The commands of readings: design, audit, seal, merge, verify, unblind."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.core.release import release

if TYPE_CHECKING:
    from app.reading.audit import Audit
    from app.reading.design import Design
    from app.reading.seal import Stimulus

DesignFile = Annotated[Path, typer.Argument(metavar="DESIGN.toml", help="Design of a reading")]
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="A sealed reading, or a package")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON")]
KeyFile = Annotated[Path, typer.Option("--key", metavar="FILE", help="The sealed truth")]
Waive = Annotated[
    list[str] | None,
    typer.Option(metavar="CHANNEL=REASON", help="Seal although a channel leaks; printed in report"),
]
PassphraseFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="First line is the passphrase; else it is asked")
]


def design(
    file: DesignFile,
    new: Annotated[bool, typer.Option("--new", help="Write a design to begin with")] = False,
) -> None:
    """Check a design and say what it amounts to, with its power; --new writes one."""
    from app.readings import plan as plans

    if new:
        if file.exists():
            raise ValueError(f"{file.name}: exists already")
        file.write_text(plans.template(), encoding="utf-8")
        typer.echo(f"wrote {file}; fill it in, then: mammoscope reading design {file}")
        return
    for line in plans.summary(plans.load(file)):
        typer.echo(line)


def audit(design: DesignFile, as_json: AsJson = False, waive: Waive = None) -> None:
    """Draw the cases of a design and look for leaks; exit code 1 when sealing would be refused."""
    from app.readings import plan as plans

    plan = plans.load(design)
    report, _ = _drawn(plan, design.parent, waive)
    if as_json:
        typer.echo(json.dumps(report.table(), indent=2))
    else:
        for line in plans.audit_lines(report):
            typer.echo(line)
    raise typer.Exit(1 if report.refused else 0)


def seal(
    design: DesignFile,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder to make")],
    key: KeyFile,
    passphrase_file: PassphraseFile = None,
    waive: Waive = None,
) -> None:
    """Draw, audit and encrypt the cases, and make a package for each reader."""
    from app.reading.seal import PACKAGES
    from app.reading.seal import seal as write
    from app.readings import plan as plans

    plan = plans.load(design)
    for line in plans.summary(plan):
        typer.echo(line)
    passphrase = _passphrase(passphrase_file, confirm=True)
    report, stimuli = _drawn(plan, design.parent, waive)
    for line in plans.audit_lines(report):
        typer.echo(line)
    sealed = write(
        plan,
        stimuli,
        report,
        out=out,
        key_file=key,
        passphrase=passphrase,
        version=release(),
    )
    typer.echo(f"protocol {sealed.protocol_hash}")
    typer.echo("register this hash where you can't change it, before the first answer")
    for reader, code in sealed.codes.items():
        typer.echo(f"{reader}: give {out / PACKAGES / reader} and, apart from it, the code {code}")


def merge(
    reading: Folder,
    packages: Annotated[list[Path], typer.Argument(metavar="PACKAGE...", help="Returned")],
) -> None:
    """Take back what readers did on other machines."""
    from app.readings import coordinator

    for line in coordinator.merge(reading, packages):
        typer.echo(line)


def verify(
    folder: Folder,
    code: Annotated[str, typer.Option(metavar="CODE", help="A completion code on paper")] = "",
    key: Annotated[Path | None, typer.Option("--key", metavar="FILE")] = None,
    protocol: Annotated[
        str, typer.Option(metavar="HASH", help="The registered hash of the protocol")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Find what was changed, lost or reordered; exit code 1 when something was. Needs no key."""
    from app.readings import coordinator

    result = coordinator.check(folder, code, key)
    findings = [{"file": finding.file, "what": finding.what} for finding in result.findings]
    if protocol and protocol.strip().lower() != result.protocol_hash:
        findings.append({"file": "protocol.json", "what": "is not the one registered"})
    states = [
        {
            "reader": state.reader,
            "answered": state.answered,
            "trials": state.trials,
            "ended": state.ended,
            "records": state.records,
            "interruptions": state.interruptions,
            "code": state.code,
        }
        for state in result.states
    ]
    if as_json:
        whole = {"protocol": result.protocol_hash, "findings": findings, "readers": states}
        typer.echo(json.dumps({"intact": not findings, **whole}, indent=2))
    else:
        typer.echo(f"protocol {result.protocol_hash}")
        for state in states:
            end = "ended" if state["ended"] else "not ended"
            typer.echo(
                f"{state['reader']}: {state['answered']} of {state['trials']} trials, {end}, "
                f"{state['records']} records, {state['interruptions']} interruptions, "
                f"code {state['code'] or 'none'}"
            )
        for finding in findings:
            typer.echo(f"FOUND {finding['file']}: {finding['what']}")
        typer.echo("nothing was changed" if not findings else f"{len(findings)} found")
    raise typer.Exit(1 if findings else 0)


def unblind(
    reading: Folder,
    key: KeyFile,
    passphrase_file: PassphraseFile = None,
    early: Annotated[str, typer.Option(metavar="REASON", help="Readers have not ended")] = "",
) -> None:
    """Reveal the truth: recorded, and not to be taken back."""
    from app.readings import coordinator

    passphrase = _passphrase(passphrase_file, confirm=False)
    for name in coordinator.unblind(reading, key, passphrase, early):
        typer.echo(f"wrote {reading / name}")


def _drawn(plan: "Design", base: Path, waive: list[str] | None) -> "tuple[Audit, list[Stimulus]]":
    """Draw and audit the cases of a design, with a progress bar on stderr."""
    from rich.console import Console
    from rich.progress import Progress

    from app.readings import plan as plans

    waived = _waivers(waive)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("drawing and normalising cases", total=None)
        return plans.drawn(
            plan, base, waived, lambda at, total: progress.update(task, completed=at, total=total)
        )


def _passphrase(file: Path | None, *, confirm: bool) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    words: str = typer.prompt(
        "Passphrase of the key", hide_input=True, confirmation_prompt=confirm, err=True
    )
    return words


def _waivers(given: list[str] | None) -> dict[str, str]:
    waived = {}
    for text in given or []:
        channel, _, reason = text.partition("=")
        if len(reason.split()) < 3:
            raise ValueError(f"waiver {text!r}: write CHANNEL=REASON, the reason in words")
        waived[channel.strip()] = reason.strip()
    return waived


BEFORE = (design, audit, seal)
AFTER = (merge, verify, unblind)
