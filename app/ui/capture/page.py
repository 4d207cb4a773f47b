"""A page for print: the hanging as large as it fits, and what it is and is for below it."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, Qt
from PySide6.QtGui import QFont, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter

from app.language import tr

DPI = 300
MARGIN_MM = 10
FOOT_MM = 14


def write_pdf(image: QImage, lines: Sequence[str], path: Path) -> None:
    """Write one A4 page, upright or across as suits the picture; OSError when it can't be."""
    with path.open("wb"):  # told in the words of the system, which Qt does not
        pass
    writer = QPdfWriter(str(path))
    across = image.width() >= image.height()
    turned = QPageLayout.Orientation.Landscape if across else QPageLayout.Orientation.Portrait
    margins = QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM)
    size = QPageSize(QPageSize.PageSizeId.A4)
    writer.setPageLayout(QPageLayout(size, turned, margins, QPageLayout.Unit.Millimeter))
    writer.setResolution(DPI)
    writer.setCreator("Mammoscope")
    writer.setTitle(tr("Mammoscope: not for diagnosis"))
    painter = QPainter(writer)
    page = QRectF(0, 0, writer.width(), writer.height())
    foot = FOOT_MM / 25.4 * DPI
    room = page.adjusted(0, 0, 0, -foot)
    scale = min(room.width() / image.width(), room.height() / image.height())
    target = QRectF(0, 0, image.width() * scale, image.height() * scale)
    target.moveCenter(room.center())
    target.moveTop(0)
    flat = QImage(image)
    flat.setDevicePixelRatio(1)
    painter.drawImage(target, flat)
    font = QFont()
    font.setPointSizeF(8)
    painter.setFont(font)
    words = QRectF(0, target.bottom() + 0.02 * foot, page.width(), page.bottom() - target.bottom())
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    painter.drawText(words, int(flags), "\n".join(lines))
    painter.end()
