"""What a coordinator does before sealing: load a design, see what it amounts to, draw and audit."""

from collections.abc import Callable, Mapping
from pathlib import Path

from app import resources
from app.language import tr
from app.reading.audit import Audit
from app.reading.design import Design, parse_design
from app.reading.seal import Stimulus
from app.readings.precision import enough_lines, power_lines


def template() -> str:
    """Return a commented design to begin with."""
    return (resources.folder("readings") / "design.toml").read_text(encoding="utf-8")


def load(file: Path) -> Design:
    """Return the design in a file; ValueError says what is wrong with it."""
    return parse_design(file.read_text(encoding="utf-8"), file.name)


def summary(design: Design) -> list[str]:
    """Return what a design amounts to, a line for each fact a coordinator should weigh."""
    kinds = {"random": tr("random"), "curated": tr("curated")}
    generated = ", ".join(
        tr("{count} of {name} ({policy})", count=a.count, name=a.name, policy=kinds[a.policy])
        for a in design.generated
    )
    lines = [
        tr(
            "{title}: {readers} readers, {real} real cases, generated {generated}",
            title=design.title,
            readers=len(design.readers),
            real=design.real.count,
            generated=generated,
        )
    ]
    total = design.real.count + design.generated_count
    for number, task in enumerate(design.tasks, 1):
        pairs = task.kind == "2afc"
        trials = design.real.count if pairs else total + design.order.repeats
        kind = tr("pairs, which is generated") if pairs else tr("cases, generated or real")
        scale = tr("six steps") if task.scale == "six" else tr("0 to 100 percent sure")
        shown = f"{task.exposure_ms} ms" if task.exposure_ms else tr("as long as wanted")
        said = {"number": number, "trials": trials, "kind": kind, "scale": scale, "shown": shown}
        lines.append(tr("session {number}: {trials} {kind}; {scale}; shown {shown}", **said))
    training = design.training.real + design.training.generated
    if training:
        told = tr("before the first: {count} training cases, without feedback", count=training)
        if design.training.feedback:
            told = tr("before the first: {count} training cases, with feedback", count=training)
        lines.append(told)
    if len(design.tasks) > 1:
        lines.append(tr("{days} days between sessions", days=design.order.washout_days))
    lines.append(
        tr(
            "claim: mean AUC within 0.5 \N{PLUS-MINUS SIGN} {margin}, because {reason}",
            margin=design.analysis.margin,
            reason=design.analysis.rationale.rstrip("."),
        )
    )
    lines += power_lines(design) + enough_lines(design)
    if any(task.kind == "2afc" and not task.question for task in design.tasks):
        lines.append(
            tr("caution: pairs are asked the question of the reading; ask which of the two it is")
        )
    if not design.stimulus.training_set:
        lines.append(
            tr("caution: no training set named, so copies of training images go unnoticed")
        )
    return lines


def drawn(
    design: Design,
    base: Path,
    waived: Mapping[str, str],
    told: Callable[[int, int], None] | None = None,
) -> tuple[Audit, list[Stimulus]]:
    """Return the stimuli of a design, which names files relative to `base`, and their audit."""
    from app.readings.leaks import audited
    from app.readings.stimuli import collect

    stimuli = collect(design, base, told) if told else collect(design, base)
    return audited(design, stimuli, base, dict(waived)), stimuli


def audit_lines(report: Audit) -> list[str]:
    """Return the leak audit as lines of a table, and what it decides."""
    lines = [
        f"leak audit over {report.cases} cases",
        f"{'channel':22} {'AUC':>6} {'p':>7} {'Holm':>7}",
    ]
    for finding in report.findings:
        if finding.constant:
            verdict, numbers = "the same in all", f"{'':6} {'':7} {'':7}"
        else:
            numbers = f"{finding.auc:6.3f} {finding.p:7.4f} {finding.p_holm:7.4f}"
            verdict = "" if finding.gated else "reported only"
        if finding.leaks:
            verdict = (
                f"waived: {report.waived[finding.channel]}"
                if (finding.channel in report.waived)
                else "LEAKS"
            )
        lines.append(f"{finding.channel:22} {numbers} {verdict}".rstrip())
    lines.append(f"nearest training images: {report.nearest_words}")
    lines.append(
        f"refused: {', '.join(report.refused)}"
        if report.refused
        else "nothing speaks against sealing"
    )
    return lines
