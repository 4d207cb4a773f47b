"""The report as PDF, set by Typst: figures stay vectors, the file is tagged for screen readers.

Typst (Apache-2.0) comes as one wheel without system libraries on Linux, macOS and Windows, unlike
WeasyPrint with its Pango, and lays out tables and breaks pages as a typesetter does, unlike
ReportLab, where that would be our code.
"""

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from app.reading.plots.base import Plot
from app.reading.report.document import Document, plain


def to_pdf(document: Document, plots: Mapping[str, Plot], templates: Path) -> bytes:
    """Return the PDF made with `reading.typ` in the folder `templates`."""
    import typst

    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        shutil.copyfile(templates / "reading.typ", work / "reading.typ")
        (work / "report.json").write_text(json.dumps(plain(document)), encoding="utf-8")
        for plot in plots.values():
            (work / f"{plot.name}.svg").write_text(plot.svg, encoding="utf-8")
        made = typst.compile(work / "reading.typ", root=work, format="pdf")
    if not isinstance(made, bytes):
        raise ValueError("the PDF could not be set")
    return made
