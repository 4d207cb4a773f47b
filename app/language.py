"""The user's language: English stands in the code, other languages are gettext catalogues.

`tr("Open files...")` where a text is shown, `later(...)` where one is only kept (tables, enums,
defaults of dataclasses) and translated later. Nothing is read before `use` names a language.
"""

import gettext
from pathlib import Path

ENGLISH = "en"
_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def tr(text: str, /, **values: object) -> str:
    """Return a text in the user's language, with values put in at their {names}."""
    found = _catalogue.gettext(text) if text else ""  # gettext answers "" with the file's header
    return found.format(**values) if values else found


def trn(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the form of a text that goes with a count, which stands at {count}."""
    return _catalogue.ngettext(one, many, count).format(count=count, **values)


def later(text: str, /) -> str:
    """Return a text as it is; it is collected for translation and given to `tr` where shown."""
    return text


def thousands(count: int, /) -> str:
    """Return a count with its thousands set apart as the language does."""
    grouped = f"{count:,}"
    return grouped if current() == ENGLISH else grouped.replace(",", "\N{NARROW NO-BREAK SPACE}")


def languages(folder: Path) -> list[str]:
    """Return the codes of the languages there are, such as `en`; each is one catalogue."""
    return [ENGLISH, *(path.stem for path in sorted(folder.glob("*.mo")))]


def use(language: str, folder: Path) -> None:
    """Say everything from now on in a language; one without a catalogue is English."""
    path = folder / f"{language}.mo"
    if not path.exists():
        use_catalogue(gettext.NullTranslations())
        return
    with path.open("rb") as file:
        use_catalogue(gettext.GNUTranslations(file))


def current() -> str:
    """Return the code of the language in use."""
    return str(_catalogue.info().get("language", ENGLISH))


def use_catalogue(catalogue: gettext.NullTranslations) -> None:
    """Take translations from an open catalogue."""
    global _catalogue
    _catalogue = catalogue
