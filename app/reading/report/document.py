"""What a report is made of, independent of how it is set."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.reading.plots.base import Plot


@dataclass(frozen=True, kw_only=True)
class Text:
    """A paragraph; `kind` is "plain", "finding" (a result to quote) or "caution"."""

    text: str
    kind: str = "plain"
    heading: str | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of words; columns after the first `left` are numbers and stand right."""

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    left: int = 1


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A plot with its numbers."""

    plot: Plot


@dataclass(frozen=True, kw_only=True)
class Section:
    """A titled part of the report."""

    title: str
    blocks: Sequence[Text | Table | Figure]


@dataclass(frozen=True, kw_only=True)
class Document:
    """A whole report; `banner` stands on every page."""

    title: str
    subtitle: str
    banner: str | None
    sections: Sequence[Section]
    version: str


def plain(document: Document) -> dict[str, Any]:
    """Return the document as dicts, lists and strings for a template; figures by their names."""
    sections = []
    numbers = {"figure": 0, "table": 0}
    for section in document.sections:
        blocks: list[dict[str, Any]] = []
        for block in section.blocks:
            if isinstance(block, Text):
                blocks.append(
                    {
                        "is": "text",
                        "text": block.text,
                        "kind": block.kind,
                        "heading": block.heading or "",
                    }
                )
            elif isinstance(block, Table):
                numbers["table"] += 1
                blocks.append(
                    {
                        "is": "table",
                        "name": block.name,
                        "number": numbers["table"],
                        "caption": block.caption,
                        "columns": list(block.columns),
                        "rows": [list(row) for row in block.rows],
                        "left": block.left,
                    }
                )
            else:
                numbers["figure"] += 1
                blocks.append(
                    {
                        "is": "figure",
                        "name": block.plot.name,
                        "number": numbers["figure"],
                        "caption": block.plot.caption,
                        "rows": len(block.plot.rows),
                    }
                )
        sections.append({"title": section.title, "blocks": blocks})
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "banner": document.banner or "",
        "sections": sections,
    }
