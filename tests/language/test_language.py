"""Catalogues are compiled as they stand and harmless; numbers and plurals follow the language."""

import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from catalogue import FOLDER, collected, compiled, read, whole
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QMenu,
    QMenuBar,
    QSizePolicy,
    QWidget,
)

from app import language, launch, settings
from app.ui import locale, theme
from app.ui.studio import Studio
from app.ui.window import MainWindow

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


@pytest.mark.parametrize("code", CODES)
def test_every_text_of_the_application_is_translated(code) -> None:
    """New texts: `python tests/language/catalogue.py`, then fill in what it lists."""
    translated = {_first(m.id) for m in read(FOLDER / f"{code}.po") if m.id and whole(m.string)}
    wanted = {_first(message.id) for message in collected() if message.id}
    assert wanted - translated == set()


def _first(text: str | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]


class Marked(gettext.NullTranslations):
    """A language in which every text of the catalogue stands in angle quotes."""

    known = frozenset(_first(m.id) for code in CODES for m in read(FOLDER / f"{code}.po") if m.id)

    def gettext(self, message: str) -> str:
        return f"\u2039{message}\u203a" if message in self.known else message

    def ngettext(self, one: str, many: str, count: int) -> str:
        assert one in self.known
        return f"\u2039{one if count == 1 else many}\u203a"


#: What need not be translated: names, numbers, units, keys.
PLAIN = re.compile(
    r"[\W\dx]*$|[\d.]+ s$|Scroll (Left|Right)$|SYNTHETIC|English|Deutsch|Press shortcut$|"
    r"[\d.]+ Hz$|\.?/|[A-Z]{1,8}$"
)


def untranslated(top: QWidget) -> set[str]:
    """Return the visible texts of a widget that did not go through the catalogue."""
    found = set()
    for widget in [top, *top.findChildren(QWidget)]:
        if not widget.isVisible():
            continue
        names = () if isinstance(widget, QMenu) else ("placeholderText", "title")
        names += ("text",) if isinstance(widget, QLabel | QAbstractButton) else ()
        made = [getattr(widget, name, None) for name in names]
        texts = [one() for one in made if callable(one)]
        texts += [widget.toolTip(), widget.accessibleName()]
        if isinstance(widget, QMenuBar):
            texts += [entry.text() for entry in widget.actions()]
        if isinstance(widget, QComboBox):
            texts += [widget.itemText(n) for n in range(widget.count())]
        found |= {t for t in texts if isinstance(t, str) and t and "\u2039" not in t}
    return {text for text in found if not PLAIN.match(text)}


@pytest.fixture
def marked(monkeypatch, tmp_path, qapp) -> Iterator[MainWindow]:
    monkeypatch.setenv("MAMMOSCOPE_DATA", str(tmp_path))
    monkeypatch.setattr(Studio, "start", lambda _: None)  # no torch for words
    language.use_catalogue(Marked())
    window = MainWindow(theme.load())
    window.resize(1200, 800)
    window.show()
    yield window
    window.close()
    language.use_catalogue(gettext.NullTranslations())


SIDES = ("", "exams", "protocol", "latent", "measurements")
PAGES = ("settings", "display", "training", "readings", "protocols", "archive", "batch", "guide")


@pytest.mark.parametrize("panel", [*SIDES, *PAGES])
def test_no_visible_text_of_the_window_escapes_the_catalogue(marked, panel) -> None:
    marked.show_panel(panel)
    places = {str(path) for path in settings.files()}
    assert untranslated(marked) - places - {"Mammoscope"} == set()


def test_no_text_of_forms_and_dialogs_escapes_the_catalogue(marked, tmp_path) -> None:
    marked.train()
    names = {preset.name for preset in launch.presets()} | {"Mammoscope"}
    assert untranslated(marked) - names == set()
    marked.show_panel("readings")
    page = marked.pages.page("readings")
    page.design()
    of_the_file = page.wizard.trouble.text()  # names its keys, as the command line does
    assert untranslated(marked) - {"Mammoscope", of_the_file} == set()
    marked.show_panel("")
    marked.dialogs.export_generated()
    marked.dialogs.export_copies()
    marked.dialogs.project_real()
    marked.dialogs.show_nearest()
    marked.capture.ask()
    for dialog in (*marked.dialogs.made.values(), marked):
        assert untranslated(dialog) - {"Mammoscope", str(Path.home())} == set()


def test_no_action_and_no_row_of_the_sheets_escapes_the_catalogue(marked) -> None:
    words = [entry.text() for entry in marked.actions_by_id.values()]
    words += [words for _, words in marked.memory.all_keys()]
    assert [word for word in words if "\u2039" not in word] == []


def clipped(top: QWidget) -> list[str]:
    """Return the texts of labels and buttons that have less room than they need."""
    found = []
    for widget in top.findChildren(QLabel) + top.findChildren(QAbstractButton):
        if not widget.isVisible() or not widget.text():
            continue
        wraps = isinstance(widget, QLabel) and widget.wordWrap()
        ignored = widget.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Ignored
        need = widget.sizeHint()
        tall = widget.heightForWidth(widget.width()) if wraps else need.height()
        if not ignored and not wraps and widget.width() < need.width() - 1:
            found.append(widget.text())
        elif widget.height() < tall:
            found.append(f"{widget.text()}: {widget.height()} of {tall} pixels high")
    return found


@pytest.mark.parametrize(("code", "percent"), [("de", 100), ("de", 150), ("en", 200), ("de", 200)])
def test_nothing_is_cut_off_in_any_language_at_any_size(
    code, percent, spoken, qapp, monkeypatch, tmp_path
) -> None:
    monkeypatch.setenv("MAMMOSCOPE_DATA", str(tmp_path))
    spoken(code)
    window = MainWindow(theme.load())
    window.memory.store.change("look", font_percent=percent)
    window.resize(1280, 800)
    window.show()
    try:
        pages = ("settings", "display", "readings")
        for panel in ("", "exams", "protocol", "measurements", *pages):
            window.show_panel(panel)
            for _ in range(3):  # what is laid out may ask for another round
                qapp.processEvents()
            assert clipped(window) == [], panel
        window.capture.ask()
        qapp.processEvents()
        assert clipped(window) == []
    finally:
        window.close()
        theme.apply(qapp, theme.load())
