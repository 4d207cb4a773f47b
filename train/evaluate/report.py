"""The report of an evaluation: a page, the numbers as JSON, the artefact sheet, a blank tally."""

import html
import json
import math
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from gan import features
from gan.images import write_png
from train.evaluate import artefacts, plots
from train.evaluate.artefacts import Tally
from train.evaluate.estimate import Figure, Interval
from train.evaluate.goals import Goal, goals
from train.evaluate.judge import Evaluation
from train.evaluate.judgement import Judgement

FORMAT = 1
SHOWN = 10  #: images beside each other for a first look


def write(out: Path, done: Evaluation, tally: Tally | None = None) -> tuple[Goal, ...]:
    """Write evaluation.html, evaluation.json, artefacts.png and tally.json; returns the goals.

    A tally.json that is there already stays, as it may be filled in.
    """
    reachable = goals(done.judgements, tally)
    numbers = _numbers(done, reachable, tally)
    text = json.dumps(_finite(numbers), indent=1, allow_nan=False)
    (out / "evaluation.json").write_text(text, encoding="utf-8")
    write_png(out / "artefacts.png", done.sheet)
    blank = artefacts.blank(done.model.hash, done.seed, done.source.views)
    if not (out / "tally.json").exists():
        (out / "tally.json").write_text(json.dumps(blank, indent=1), encoding="utf-8")
    (out / "evaluation.html").write_text(_page(done, reachable, tally), encoding="utf-8")
    return reachable


def _numbers(done: Evaluation, found: tuple[Goal, ...], tally: Tally | None) -> dict[str, Any]:
    card = done.model.card
    height, width = done.source.size
    return {
        "format": FORMAT,
        "model": {"title": card.title, "hash": done.model.hash, "height": height, "width": width},
        "set": {
            "fingerprint": done.trainset.fingerprint,
            "same_as_trained_on": done.trainset.fingerprint == card.trainset,
        },
        "images": {name: len(sample) for name, sample in done.case.samples.items()},
        "views": list(done.source.views),
        "first_seed": done.seed,
        "seconds": round(done.seconds, 1),
        "features": {features.NAME: features.ABOUT},
        "goals": [asdict(goal) for goal in found],
        "tally": asdict(tally) if tally else None,
        "metrics": {
            name: {
                "title": judgement.title,
                "about": judgement.about,
                "figures": {f.name: _figure(f) for f in judgement.figures},
                "facts": judgement.facts,
            }
            for name, judgement in done.judgements.items()
        },
    }


def _figure(figure: Figure) -> dict[str, Any]:
    values = asdict(figure)
    return {k: v for k, v in values.items() if k != "name" and v is not None}


def _finite(value: Any) -> Any:
    """Return JSON-ready values with null for what could not be computed."""
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _page(done: Evaluation, found: tuple[Goal, ...], tally: Tally | None) -> str:
    card = done.model.card
    height, width = done.source.size
    counts = {name: len(sample) for name, sample in done.case.samples.items()}
    held_patients = len(set(done.case.held_out.group.tolist()))
    lead = (
        f"{counts['generated']:,} generated images of {height}x{width}, exams from seed "
        f"{done.seed} on, beside {counts['held-out']} held-out images of {held_patients} patients "
        f"and {counts['training']} training images. Model {done.model.hash[:16]}, set "
        f"{done.trainset.fingerprint[:16]}. {done.seconds:.0f} s."
    )
    template = Template((resources.files("train.evaluate") / "page.html").read_text("utf-8"))
    return template.substitute(
        title=html.escape(card.title),
        lead=lead,
        cautions="".join(f'<p class="caution">{html.escape(c)}</p>' for c in _cautions(done)),
        goals=_goals(found),
        look=_look(done),
        metrics="".join(_section(j) for j in done.judgements.values()),
        sheet=plots.image(done.sheet, "a hundred generated exams"),
        tally=_tally(tally),
        licence=html.escape(f"{card.licence}. {card.attribution}"),
    )


def _cautions(done: Evaluation) -> list[str]:
    found = []
    if done.trainset.fingerprint != done.model.card.trainset:
        found.append(
            "The model was trained on another set than this one: whether its training images are "
            "among those held out here is not known, and memorisation may be misjudged."
        )
    facts = done.judgements["memorisation"].facts if "memorisation" in done.judgements else {}
    if facts and facts["planted_found"] < facts["planted"]:
        found.append(
            f"Only {facts['planted_found']} of {facts['planted']} planted copies were found: that "
            "no image is flagged says little here."
        )
    if len(done.case.held_out) < 100:
        found.append(
            f"Only {len(done.case.held_out)} images are held out: mind the intervals, not only the "
            "values."
        )
    return found


def _goals(found: tuple[Goal, ...]) -> str:
    rows = []
    for goal in found:
        word = "reached" if goal.reached else "not reached"
        sure = "" if goal.sure else ", but the interval spans the limit"
        sense = "within &plusmn;" if goal.sense == "within" else goal.sense + " "
        rows.append(
            f"<tr><td>{html.escape(goal.name)}</td><td>{_interval(goal.measured)}</td>"
            f"<td>{sense}{goal.limit:g}</td>"
            f'<td class="{"good" if goal.reached else "error"}">{word}{sure}</td></tr>'
        )
    head = "<tr><th>goal</th><th>measured (95 % interval)</th><th>stated</th><th></th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def _look(done: Evaluation) -> str:
    parts = []
    for view in done.case.views:
        for name in ("generated", "held-out"):
            sample = done.case.samples[name]
            rows = [i for i in range(len(sample)) if sample.view[i] == view][:SHOWN]
            parts.append(f"<figure>{plots.tiles([[sample.grey(i) for i in rows]])}")
            parts.append(f"<figcaption>{html.escape(name)}, {view}</figcaption></figure>")
    return "".join(parts)


def _section(judgement: Judgement) -> str:
    pictures = "".join(
        f"<figure>{p.markup}<figcaption>{html.escape(p.caption)}</figcaption></figure>"
        for p in judgement.pictures
    )
    return (
        f"<section><h2>{html.escape(judgement.title)}</h2>"
        f"<p class=dim>{html.escape(judgement.about)}</p>{_table(judgement.figures)}"
        f"{_facts(judgement.facts)}<div class=pictures>{pictures}</div></section>"
    )


def _table(figures: tuple[Figure, ...]) -> str:
    if not figures:
        return ""
    columns = [
        ("generated", "generated"),
        ("real", "real"),
        ("training", "training images"),
        ("ratio", "ratio"),
        ("difference", "difference"),
    ]
    used = [(k, words) for k, words in columns if any(getattr(f, k) is not None for f in figures)]
    head = "".join(f"<th>{words}</th>" for _, words in used)
    rows = "".join(
        f"<tr><td>{html.escape(f.name)}</td>"
        + "".join(f"<td>{_interval(getattr(f, k))}</td>" for k, _ in used)
        + "</tr>"
        for f in figures
    )
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"


def _facts(facts: dict[str, Any]) -> str:
    """Return further numbers: a table when each is a row of its own, else a list."""
    tables = {k: v for k, v in facts.items() if isinstance(v, dict)}
    if tables and len(tables) == len(facts):
        keys = list(next(iter(tables.values())))
        head = "".join(f"<th>{html.escape(k.replace('_', ' '))}</th>" for k in keys)
        rows = "".join(
            f"<tr><td>{html.escape(name)}</td>"
            + "".join(f"<td>{_plain(row[k])}</td>" for k in keys)
            + "</tr>"
            for name, row in tables.items()
        )
        return f"<table><tr><th></th>{head}</tr>{rows}</table>"
    items = "".join(
        f"<li>{html.escape(k.replace('_', ' '))}: {_plain(v)}</li>" for k, v in facts.items()
    )
    return f"<ul>{items}</ul>" if items else ""


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        return ", ".join(f"{html.escape(str(k))} {_plain(v)}" for k, v in value.items()) or "none"
    if isinstance(value, list):
        return "; ".join(_plain(v) for v in value) or "none"
    return html.escape(str(value))


def _tally(tally: Tally | None) -> str:
    if tally is None:
        return (
            "<p>Nobody has counted yet. Look at the sheet (artefacts.png), fill in tally.json, and "
            "run the evaluation again with --tally tally.json.</p>"
        )
    images = ", ".join(f"{view} {_percent(share)}" for view, share in tally.images.items())
    kinds = ", ".join(f"{kind} {count}" for kind, count in tally.kinds.items()) or "none"
    return (
        f"<p>{html.escape(tally.reader)} looked at {tally.exams} exams: with an obvious artefact "
        f"{_percent(tally.with_artefact)}; images: {images}. Kinds: {kinds}. For comparison: "
        "an untrained observer spotted artefacts in 13.6 % of MLO and 6.4 % of CC images of a "
        "generator of 1280x1024 (Korkinof et al. 2021).</p>"
    )


def _percent(share: Interval) -> str:
    return f"{share.value:.0%} ({share.low:.0%} to {share.high:.0%})"


def _interval(value: Interval | None) -> str:
    if value is None:
        return ""
    if value.low == value.high == value.value:
        return _number(value.value)
    spread = f"{_number(value.low)} to {_number(value.high)}"
    return f"{_number(value.value)} <span class=dim>({spread})</span>"


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "&ndash;"
    digits = 3 - math.floor(math.log10(abs(value))) - 1 if value else 0
    return f"{value:.{min(max(digits, 0), 5)}f}"
