"""Collects every text that is shown, and brings the catalogues of resources/languages up to date.

`python tests/language/catalogue.py` after new texts: it adds them to each `.po` file, drops those
that are gone, writes the `.mo` files the application reads, and lists what lacks a translation.
"""

import os
import sys
from io import BytesIO
from pathlib import Path
from typing import get_args

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from app import launch, resources
from app.core.annotation import Kind
from app.core.caption import Corner
from app.core.mammogram import SpacingBasis
from app.core.marks import Outcome
from app.core.protocol import Justify, Linked, Missing, Orient, Overlay, Size, SourceWanted
from app.export.formats import FORMATS
from app.reading.design import REASONS
from app.settings import Look
from app.ui.presets import presets
from app.ui.protocols.form import KINDS, PICKS, WHEN
from app.ui.readings.fields import SECTIONS
from app.ui.tools.toolbox import TOOLS
from gan.attributes import ATTRIBUTES

FOLDER = resources.folder("languages")
KEYWORDS = {"tr": None, "trn": (1, 2), "later": None}
APP = Path(resources.__file__).parent


def in_code() -> list[str | tuple[str, ...]]:
    """Return what stands in tr, trn and later; the forms of a plural as a tuple."""
    method = [("**.py", "python")]
    return [message for _, _, message, *_ in extract_from_dir(APP, method, {}, KEYWORDS)]


def in_tables() -> list[str]:
    """Return the texts of values: protocols, presets, kinds of spacing, choices of settings."""
    texts = [basis.value for basis in SpacingBasis] + [outcome.value for outcome in Outcome]
    texts += [*get_args(Corner), *REASONS.values(), *get_args(Kind), *(tool.name for tool in TOOLS)]
    texts += ["auto", "full range"]  # windows of images that bring none
    texts += [*get_args(Overlay), *get_args(Look.model_fields["overlay"].annotation)]
    texts += _of_protocols() + _of_readings() + _of_exports() + _of_models()
    for protocol in resources.protocols().values():
        texts += [protocol.title, *(step.name for step in protocol.steps)]
    return texts + [preset.name for preset in presets()]


def _of_protocols() -> list[str]:
    """Return the words of a protocol file, as the editor shows them."""
    kinds = (SourceWanted, Size, Justify, Orient, Missing, Linked)
    choices = [choice for kind in kinds for choice in get_args(kind)]
    choices += [*KINDS, *PICKS.values(), *WHEN]
    return [choice.rstrip("0123456789").replace("_", " ") for choice in choices]


def _of_readings() -> list[str]:
    """Return the words of the form in which a reading is designed."""
    texts = [title for title, _ in SECTIONS]
    for field in (field for _, fields in SECTIONS for field in fields):
        texts += [field.words, field.hint, *(words for _, words in field.choices)]
    return texts


def _of_exports() -> list[str]:
    return [form.words for form in FORMATS.values()]


def _of_models() -> list[str]:
    """Return the names that directions have, and what presets of trainings say."""
    names = [*ATTRIBUTES, "feature", "layer axis", "random"]
    return names + [preset.words for preset in launch.presets()]


def in_actions() -> list[str]:
    """Return the texts of the table of actions and the names of the menus."""
    from PySide6.QtWidgets import QApplication

    from app.ui import theme
    from app.ui.keymap import actions_of
    from app.ui.window import MainWindow

    application = QApplication.instance() or QApplication(sys.argv[:1])
    window = MainWindow(theme.load())
    texts = [text for action in actions_of(window) for text in (action.menu, action.text)]
    window.close()
    del window, application
    return texts


def collected() -> Catalog:
    """Return a catalogue of all texts, without translations."""
    catalogue = Catalog(project="Mammoscope", charset="utf-8")
    for text in [*in_code(), *in_tables(), *in_actions()]:
        if text:
            catalogue.add(text)
    return catalogue


def read(path: Path) -> Catalog:
    """Return a catalogue as it stands."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def compiled(catalogue: Catalog) -> bytes:
    """Return what the application reads."""
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def whole(text: str | tuple[str, ...]) -> bool:
    """Return whether a translation is there, all its forms."""
    return bool(text) and (isinstance(text, str) or all(text))


def main() -> None:
    """Update all catalogues."""
    found = collected()
    for path in sorted(FOLDER.glob("*.po")):
        catalogue = read(path)
        catalogue.update(found, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalogue, sort_output=True, omit_header=False, width=100)
        path.with_suffix(".mo").write_bytes(compiled(read(path)))
        for message in catalogue:
            if message.id and not whole(message.string):
                sys.stdout.write(f"{path.stem}: {message.id!r}\n")


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    main()
