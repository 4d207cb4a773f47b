"""Catalogues are compiled as they stand and harmless; numbers and plurals follow the language."""

import gettext
import re
from collections.abc import Iterator

import pytest
from catalogue import FOLDER, compiled, read
from PySide6.QtCore import QLocale

from app import language
from app.ui import locale

CODES = [path.stem for path in sorted(FOLDER.glob("*.po"))]
PLACE = re.compile(r"\{(\w*)[^}]*\}")


@pytest.fixture
def spoken(qapp) -> Iterator:
    yield lambda code: locale.speak(qapp, code)
    locale.speak(qapp, "en")


@pytest.mark.parametrize("code", CODES)
def test_what_is_compiled_is_what_is_written(code) -> None:
    assert (FOLDER / f"{code}.mo").read_bytes() == compiled(read(FOLDER / f"{code}.po"))


@pytest.mark.parametrize("code", CODES)
def test_translations_have_the_places_of_the_original(code) -> None:
    for message in read(FOLDER / f"{code}.po"):
        ones = message.string if isinstance(message.string, tuple | list) else [message.string]
        wanted = message.id[-1] if isinstance(message.id, tuple | list) else message.id
        for one in ones:
            if message.id and one:
                assert set(PLACE.findall(one)) == set(PLACE.findall(wanted)), message.id


def test_without_a_language_everything_is_english(spoken) -> None:
    spoken("xx")
    assert language.tr("Open files...") == "Open files..."
    assert language.tr("exam {number}", number=3) == "exam 3"
    assert language.trn("{count} image", "{count} images", 1) == "1 image"
    assert language.tr("") == ""
    assert locale.number(1234.26, 1) == "1234.3"


def test_german_words_numbers_and_what_qt_says(spoken, qapp) -> None:
    spoken("de")
    assert language.tr("Open files...") == "Dateien \N{LATIN SMALL LETTER O WITH DIAERESIS}ffnen..."
    assert locale.number(1234.25, 2) == "1234,25"
    assert qapp.translate("QPlatformTheme", "Cancel") == "Abbrechen"


def test_plural_forms_are_those_of_the_language() -> None:
    class French(gettext.NullTranslations):
        def ngettext(self, one: str, many: str, count: int) -> str:
            return "{count} image" if count < 2 else "{count} images"

    language.use_catalogue(French())
    try:
        assert language.trn("{count} picture", "{count} pictures", 0) == "0 image"
        assert language.trn("{count} picture", "{count} pictures", 7) == "7 images"
    finally:
        language.use_catalogue(gettext.NullTranslations())


@pytest.mark.parametrize(
    ("desktop", "code"), [(["de-CH", "de"], "de"), (["ja-JP", "ja"], "en"), (["C"], "en")]
)
def test_the_desktop_s_language_is_taken_where_there_is_a_catalogue(
    desktop, code, monkeypatch
) -> None:
    monkeypatch.setattr(QLocale, "uiLanguages", lambda _: desktop)
    assert locale.chosen("system") == code
