"""A contact sheet: pages of exams with their captions, as PDF; the recipes are in its keywords."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from app.core.marking import TITLE, WARNING, MarkedFrames, software

DPI = 150
PAGE = (1240, 1754)  #: A4 at 150 dpi
MARGIN, GAP, LINE = 70, 24, 30
PAPER, INK, GOLD = (0, 0, 0), (185, 190, 198), (201, 162, 39)
ACROSS = ((1, 1), (4, 2), (9, 3))  #: up to so many exams, columns of a page; more have 4


def write_sheet(marked: MarkedFrames, path: Path) -> None:
    """Write pages of 8-bit pictures; each caption stands below its picture."""
    pages = list(_pages(marked))
    pages[0].save(
        path,
        format="PDF",
        save_all=True,
        append_images=pages[1:],
        resolution=DPI,
        quality=95,
        title=TITLE,
        subject=WARNING,
        creator=software(),
        producer="Mammoscope",
        keywords=marked.reel.to_json(),
    )


def _pages(marked: MarkedFrames) -> list[Image.Image]:
    count = len(marked.frames)
    across = next((columns for most, columns in ACROSS if count <= most), 4)
    wide = (PAGE[0] - 2 * MARGIN - (across - 1) * GAP) // across
    rows, columns = marked.frames[0].shape
    high = round(wide * rows / columns)
    down = max(1, (PAGE[1] - 2 * MARGIN - 2 * LINE + GAP) // (high + LINE + GAP))
    captions = marked.captions or tuple(f"seed {r.point.seed}" for r in marked.reel.recipes)
    pages = []
    for first in range(0, count, across * down):
        page = Image.new("RGB", PAGE, PAPER)
        draw = ImageDraw.Draw(page)
        _head(draw, marked, 1 + first // (across * down), -(-count // (across * down)))
        for k in range(first, min(first + across * down, count)):
            row, column = divmod(k - first, across)
            x = MARGIN + column * (wide + GAP)
            y = MARGIN + 2 * LINE + row * (high + LINE + GAP)
            small = Image.fromarray(marked.frames[k]).resize((wide, high), Image.Resampling.LANCZOS)
            page.paste(small, (x, y))
            draw.text((x, y + high + 6), captions[k], fill=INK, font=_font(18))
        pages.append(page)
    return pages


def _head(draw: ImageDraw.ImageDraw, marked: MarkedFrames, page: int, pages: int) -> None:
    word, _, rest = WARNING.partition(":")
    draw.text((MARGIN, MARGIN - 10), word, fill=GOLD, font=_font(26))
    draw.text((MARGIN + 180, MARGIN - 4), rest.strip(), fill=INK, font=_font(19))
    model = marked.reel.recipes[0].model[:12]
    words = f"model {model}   page {page} of {pages}"
    draw.text((PAGE[0] - MARGIN, MARGIN - 4), words, fill=INK, font=_font(19), anchor="ra")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
