"""From a completed reading to the document and the files of its report."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.reading.imrmc import write_imrmc
from app.reading.plots import draw
from app.reading.plots.base import Plot
from app.reading.ratings import CompletedReading
from app.reading.report import details, differences, methods, results
from app.reading.report.document import Document
from app.reading.report.html import to_html
from app.reading.report.pdf import to_pdf
from app.reading.statistics.analysis import Analysis, analyse
from app.reading.statistics.estimate import as_json
from app.reading.table import write_table

SIMULATED = "SIMULATED READERS: no person gave any of these answers"


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report: the document, its plots, and the analysis they come from."""

    document: Document
    plots: Mapping[str, Plot]
    analysis: Analysis


def compose(reading: CompletedReading, *, version: str, made: str) -> Report:
    """Analyse a reading and return its report; `made` is the date to print."""
    found = analyse(reading)
    plots = draw(reading, found)
    document = document_of(reading, found, plots, version=version, made=made)
    return Report(document=document, plots=plots, analysis=found)


def document_of(
    reading: CompletedReading,
    found: Analysis,
    plots: Mapping[str, Plot],
    *,
    version: str,
    made: str,
) -> Document:
    """Return the document of an analysed reading."""
    made_sections = [
        results.summary(reading, found),
        methods.methods(reading, found),
        results.panel(reading, found, plots),
        results.readers(reading, found, plots),
        differences.comparisons(reading, found, plots),
        results.choices(reading, found, plots),
        details.agreement(reading, found, plots),
        details.trials(reading, found, plots),
        details.images(reading, found, plots),
        methods.audit(reading, found),
        methods.verification(reading, found),
        methods.limits(reading, found),
        methods.checklists(reading, found),
        methods.references(reading, found),
    ]
    return Document(
        title=reading.title,
        subtitle=f"Report of a blinded reading. Mammoscope {version}, {made}. Research use only.",
        version=version,
        banner=SIMULATED if reading.simulated else None,
        sections=[section for section in made_sections if section is not None],
    )


def write(report: Report, reading: CompletedReading, folder: Path, templates: Path) -> list[Path]:
    """Write report.html, report.pdf, the numbers and the ratings into `folder`; return the files.

    `templates` is the folder resources/report. Existing files of these names are replaced.
    """
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    texts = {
        "report.html": to_html(report.document, report.plots, templates),
        "analysis.json": json.dumps(as_json(report.analysis), indent=1, allow_nan=False),
        "ratings.csv": write_table(reading.ratings, reading.cases),
        "ratings.imrmc": write_imrmc(reading.ratings, reading.modalities, reading.title),
    }
    for name, plot in report.plots.items():
        texts[f"figures/{name}.svg"] = plot.svg
        texts[f"figures/{name}.csv"] = plot.csv()
    written = []
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        written.append(folder / name)
    (folder / "report.pdf").write_bytes(to_pdf(report.document, report.plots, templates))
    return [*written, folder / "report.pdf"]
