"""The language of the window: our own words, Qt's words, and how numbers are written."""

from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from app import language, resources

SYSTEM = "system"  #: the language of the desktop, where there is a catalogue for it


def languages() -> dict[str, str]:
    """Return what can be chosen, code to name in that language."""
    names = {code: QLocale(code).nativeLanguageName() for code in language.languages(_folder())}
    return {SYSTEM: language.tr("As the system"), **names, language.ENGLISH: "English"}


def chosen(choice: str) -> str:
    """Return the code of the language a choice means; English where there is none."""
    known = language.languages(_folder())
    wanted = QLocale.system().uiLanguages() if choice == SYSTEM else [choice]
    codes = [code for name in wanted for code in (name, name.replace("-", "_").split("_")[0])]
    return next((code for code in codes if code in known), language.ENGLISH)


def speak(app: QApplication, choice: str) -> None:
    """Have the application speak a language; before its first window."""
    code = chosen(choice)
    language.use(code, _folder())
    plain = code == language.ENGLISH
    locale = QLocale.c() if plain else QLocale(code)
    locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
    QLocale.setDefault(locale)
    old = getattr(app, "_words_of_qt", None)
    if old is not None:
        app.removeTranslator(old)
    words = QTranslator(app)
    place = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if not plain and words.load(f"qtbase_{code}", place):
        app.installTranslator(words)
    app._words_of_qt = words  # type: ignore[attr-defined]  # Qt does not keep it


def number(value: float, digits: int = 0, *, signed: bool = False) -> str:
    """Write a number as the language does, with so many digits after its decimal sign."""
    sign = "+" if signed and value >= 0 else ""
    return sign + QLocale().toString(float(value), "f", digits)


def significant(value: float, digits: int = 3) -> str:
    """Write a number with so many figures that count, as the language does."""
    return f"{value:.{digits}g}".replace(".", QLocale().decimalPoint())


def _folder() -> Path:
    return resources.folder("languages")
