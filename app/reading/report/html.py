"""The report as one web page; figures are inside it, their numbers beside it."""

from collections.abc import Mapping
from pathlib import Path

from app.reading.plots.base import Plot
from app.reading.report.document import Document, plain


def to_html(document: Document, plots: Mapping[str, Plot], templates: Path) -> str:
    """Return the page made with `reading.html` in the folder `templates`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The SVG is matplotlib's own output, in which text is drawn as paths.
    pictures = {name: Markup(plot.themed()) for name, plot in plots.items()}
    return environment.get_template("reading.html").render(
        report=plain(document), pictures=pictures, version=document.version
    )
