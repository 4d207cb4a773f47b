"""The document of a report as rich text on the screen, its figures in the theme's colours."""

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from PySide6.QtCore import QByteArray, QRectF, Qt, QUrl
from PySide6.QtGui import QImage, QPainter, QResizeEvent, QTextDocument
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QTextBrowser, QWidget

from app.language import tr
from app.reading.plots import base
from app.reading.plots.base import Plot
from app.reading.report.document import Document, plain
from app.ui.theme import Theme

#: Of a report, what is no result: it belongs on paper.
PAPER = ("Methods", "Limits", "Checklist crosswalk", "References")
EMPTY = re.compile(r'<path id="([^"]+)"(?![^>]* d=)[^>]*/>')  #: a glyph without ink, a space
WIDEST = 900  #: of a figure, in pixels of the screen
#: Which token of the theme takes the place of which colour of the paper.
TOKENS = {
    base.INK: "text",
    base.DIM: "dim",
    base.LINE: "line",
    base.NEGATIVE: "focus",
    base.POSITIVE: "synthetic",
    base.SECOND: "dim",
    base.CAUTION: "caution",
    base.GROUND: "chrome",
}


class Sheet(QTextBrowser):
    """Shows a report's text, tables and figures; figures are no wider than the text."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName("guide")
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setAccessibleName(tr("Results"))
        self._plots: Mapping[str, Plot] = {}
        self._text = ""

    def show_report(self, document: Document, plots: Mapping[str, Plot]) -> None:
        """Show a document from its beginning."""
        self._plots = plots
        self._text = rich_text(document, self.theme)
        self.setHtml(self._text)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Return a figure as a picture of the size it has on this screen."""
        plot = self._plots.get(name if isinstance(name, str) else name.path())
        if kind != QTextDocument.ResourceType.ImageResource.value or plot is None:
            return super().loadResource(kind, name)
        drawn = QSvgRenderer(QByteArray(coloured(plot.svg, self.theme).encode()))
        ratio, room = self.devicePixelRatioF(), min(self.viewport().width() - 40, WIDEST)
        wide = max(room if drawn.defaultSize().width() > WIDEST / 3 else room // 2, 100)
        size = drawn.defaultSize().scaled(wide, 10_000, Qt.AspectRatioMode.KeepAspectRatio)
        image = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        drawn.render(painter, QRectF(image.rect()))
        painter.end()
        image.setDevicePixelRatio(ratio)
        return image

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw the figures for the new width."""
        super().resizeEvent(event)
        if self._text and event.size().width() != event.oldSize().width():
            place = self.verticalScrollBar().value()
            self.setHtml(self._text)
            self.verticalScrollBar().setValue(place)


def coloured(svg: str, theme: Theme) -> str:
    """Return a plot's SVG in the colours of a theme."""
    for name in EMPTY.findall(svg):  # Qt complains of each
        svg = re.sub(rf'<use xlink:href="#{re.escape(name)}"[^>]*/>', "", svg)
    svg = EMPTY.sub("", svg)
    for colour, token in TOKENS.items():
        svg = svg.replace(colour, theme.color(token).name())
    return svg


def rich_text(document: Document, theme: Theme) -> str:
    """Return a document in the part of HTML that Qt knows."""
    whole = plain(document)
    parts = [f"<h2>{escape(whole['title'])}</h2>", _dim(whole["subtitle"], theme)]
    if whole["banner"]:
        parts.append(f"<p><font color='{theme.synthetic}'>{escape(whole['banner'])}</font></p>")
    for section in whole["sections"]:
        if section["title"] in PAPER:
            continue
        parts.append(f"<h3>{escape(section['title'])}</h3>")
        parts += [_block(block, theme) for block in section["blocks"]]
    return "".join(parts)


def _block(block: Mapping[str, Any], theme: Theme) -> str:
    if block["is"] == "text":
        heading = f"<h4>{escape(block['heading'])}</h4>" if block["heading"] else ""
        words = escape(block["text"])
        if block["kind"] == "finding":
            words = f"<b>{words}</b>"
        elif block["kind"] == "caution":
            words = f"<font color='{theme.caution}'>{words}</font>"
        return f"{heading}<p>{words}</p>"
    caption = f"{block['is'].capitalize()} {block['number']}. {block['caption']}"
    if block["is"] == "figure":
        return f"<p><img src='{escape(block['name'])}'></p>{_dim(caption, theme)}"
    head = "".join(_cell(n, words, block["left"], theme.dim) for n, words in
                   enumerate(block["columns"]))  # fmt: skip
    rows = "".join(
        f"<tr>{''.join(_cell(n, words, block['left']) for n, words in enumerate(row))}</tr>"
        for row in block["rows"]
    )
    return f"{_dim(caption, theme)}<table cellpadding='3'><tr>{head}</tr>{rows}</table><p></p>"


def _cell(number: int, words: str, left: int, colour: str = "") -> str:
    side = "left" if number < left else "right"
    text = f'<font color="{colour}">{escape(words)}</font>' if colour else escape(words)
    return f'<td align="{side}">{text}&nbsp;&nbsp;</td>'


def _dim(words: str, theme: Theme) -> str:
    return f"<p><font color='{theme.dim}'>{escape(words)}</font></p>"
