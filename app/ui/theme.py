"""Colours and fonts from resources/themes: an explicit palette and one style sheet.

The palette is set by hand: a colour scheme asked of the platform does nothing without a desktop,
and one unset role is a white flash in a dark room.
"""

import tomllib
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from app import resources


@dataclass(kw_only=True, eq=False)
class Theme:
    """Colours as #rrggbb and font sizes in pixels; one object that all widgets share."""

    name: str
    surround: str
    chrome: str
    panel: str
    line: str
    text: str
    dim: str
    focus: str
    synthetic: str
    caution: str
    error: str
    second: str
    third: str
    fourth: str
    base: int
    overlay: int
    label: int

    @lru_cache(maxsize=64)  # noqa: B019 (a theme lives as long as the process)
    def color(self, token: str) -> QColor:
        """Return a token as a Qt colour."""
        return QColor(getattr(self, token))

    @lru_cache(maxsize=64)  # noqa: B019
    def font(self, size: str = "base", *, bold: bool = False) -> QFont:
        """Return the system's interface font in one of the theme's sizes, figures of one width."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
        font.setPixelSize(getattr(self, size))
        font.setBold(bold)
        if hasattr(QFont, "Tag"):  # Qt 6.7 and later
            font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def rescale(self, scale: float, over: float = 1.0) -> None:
        """Set the font sizes to 0.8 to 2 times those of the file; who paints next uses them.

        What is written over images is made larger or smaller by `over` besides.
        """
        for size, pixels in _sizes(self.name, scale).items():
            setattr(self, size, pixels if size == "base" else max(8, round(pixels * over)))
        Theme.font.cache_clear()


def _sizes(name: str, scale: float) -> dict[str, int]:
    raw = _read(name)["font"]
    return {size: round(pixels * min(max(scale, 0.8), 2.0)) for size, pixels in raw.items()}


def _read(name: str) -> dict[str, dict[str, Any]]:
    path = resources.folder("themes") / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def load(name: str = "dark", scale: float = 1.0) -> Theme:
    """Return the theme of a file in resources/themes, fonts scaled by 0.8 to 2.

    Raises ValueError that names the file and the key when a token is missing, unknown or no colour.
    """
    raw = _read(name)
    values: dict[str, Any] = {**raw.get("colours", {}), **raw.get("font", {})}
    wanted = {field.name for field in fields(Theme)} - {"name"}
    if set(values) != wanted:
        wrong = ", ".join(sorted(set(values) ^ wanted))
        raise ValueError(f"{name}.toml: missing or unknown: {wrong}")
    for key, value in raw["colours"].items():
        if not QColor(value).isValid():
            raise ValueError(f"{name}.toml: '{key}' is {value!r}; a colour is #rrggbb")
    return Theme(**{**values, **_sizes(name, scale)}, name=name)


def apply(application: QApplication, theme: Theme) -> None:
    """Give the whole application the theme, before its first window."""
    application.setStyle("Fusion")
    application.setPalette(_palette(theme))
    application.setFont(theme.font())
    application.setStyleSheet(_sheet(theme))


def refont(application: QApplication, theme: Theme) -> None:
    """Give the whole application the theme's font as it is now scaled."""
    application.setFont(theme.font())
    application.setStyleSheet(_sheet(theme))  # styled widgets take a new font with it only


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    tokens = {
        role.Window: "chrome",
        role.WindowText: "text",
        role.Base: "panel",
        role.AlternateBase: "chrome",
        role.ToolTipBase: "panel",
        role.ToolTipText: "text",
        role.PlaceholderText: "dim",
        role.Text: "text",
        role.Button: "panel",
        role.ButtonText: "text",
        role.BrightText: "text",
        role.Light: "line",
        role.Midlight: "line",
        role.Mid: "line",
        role.Dark: "surround",
        role.Shadow: "surround",
        role.Highlight: "focus",
        role.HighlightedText: "surround",
        role.Accent: "focus",
        role.Link: "focus",
        role.LinkVisited: "focus",
    }
    palette = QPalette()
    for which, token in tokens.items():
        palette.setColor(which, theme.color(token))
    for which in (role.Text, role.ButtonText, role.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, theme.color("dim"))
    return palette


def _sheet(theme: Theme) -> str:
    up, down = ((resources.folder("icons") / f"{way}.svg").as_posix() for way in ("up", "down"))
    return f"""
    QToolTip {{ background: {theme.panel}; color: {theme.text};
        border: 1px solid {theme.line}; padding: 4px; }}
    QMenu, QMenuBar {{ background: {theme.chrome}; color: {theme.text}; }}
    QMenu {{ border: 1px solid {theme.line}; }}
    QMenu::separator {{ height: 1px; background: {theme.line}; margin: 4px 8px; }}
    QMenu::item {{ padding: 4px 22px; }}
    QMenu::item:selected, QMenuBar::item:selected {{ background: {theme.line}; }}
    QMenu::item:disabled {{ color: {theme.dim}; }}
    QWidget#rail, QWidget#bar, QWidget#status {{ background: {theme.chrome}; }}
    QWidget#panel, QWidget#panel QScrollArea, QWidget#panel QScrollArea > QWidget > QWidget
        {{ background: {theme.panel}; }}
    QTextBrowser#guide {{ background: {theme.chrome}; color: {theme.text}; border: none; }}
    QWidget#surround {{ background: {theme.surround}; }}
    QLabel#dim {{ color: {theme.dim}; }}
    QLabel#caution {{ color: {theme.caution}; }}
    QLabel#title {{ font-weight: bold; }}
    QLabel#error {{ color: {theme.text}; border: 0 solid {theme.error}; border-left-width: 2px;
        padding-left: 6px; }}
    QToolButton, QPushButton {{ background: transparent; color: {theme.text};
        border: 1px solid transparent; border-radius: 3px; padding: 3px 8px; }}
    QPushButton {{ border-color: {theme.line}; }}
    QToolButton:hover, QPushButton:hover {{ background: {theme.line}; }}
    QToolButton:focus, QPushButton:focus {{ border-color: {theme.focus}; }}
    QPushButton#main {{ background: {theme.line}; }}
    QPushButton#main:disabled {{ background: transparent; }}
    QToolButton#small {{ padding: 2px; }}
    QToolButton#card {{ background: {theme.chrome}; border-color: {theme.line}; padding: 14px; }}
    QToolButton#card:hover {{ background: {theme.panel}; border-color: {theme.focus}; }}
    QToolButton:checked {{ color: {theme.text}; background: {theme.line};
        border-bottom: 2px solid {theme.focus}; border-radius: 0; }}
    QToolButton:disabled, QPushButton:disabled {{ color: {theme.dim}; }}
    QTreeWidget, QListWidget, QPlainTextEdit, QLineEdit, QAbstractSpinBox, QComboBox {{
        background: {theme.panel}; color: {theme.text}; border: 1px solid {theme.line};
        selection-background-color: {theme.line}; selection-color: {theme.text}; }}
    QTreeWidget, QListWidget {{ border: none; outline: none; }}
    QTableView#exams QHeaderView::section {{ background: {theme.chrome}; color: {theme.dim};
        border: none; padding: 4px 10px 4px 4px; }}
    QTableView#exams::item {{ padding: 3px 4px; }}
    QTableView#exams {{ selection-background-color: {theme.line};
        selection-color: {theme.text}; background: {theme.panel}; border: none; outline: none; }}
    QPushButton#link {{ border-color: transparent; color: {theme.focus}; padding: 2px 4px;
        text-align: left; }}
    QPushButton#link:focus {{ border-color: {theme.focus}; }}
    QTreeWidget::item, QListWidget::item {{ padding: 3px 2px; }}
    QTreeWidget::item:selected, QListWidget::item:selected
        {{ background: {theme.line}; color: {theme.text}; border-left: 2px solid {theme.focus}; }}
    QTreeWidget#plain::item:selected {{ border: none; }}
    QLineEdit, QAbstractSpinBox, QComboBox {{ padding: 3px 6px; }}
    QComboBox::drop-down {{ border: none; width: 18px; }}
    QComboBox::down-arrow {{ image: url("{down}"); width: 9px; height: 9px; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; width: 16px; }}
    QAbstractSpinBox::up-arrow {{ image: url("{up}"); width: 8px; height: 8px; }}
    QAbstractSpinBox::down-arrow {{ image: url("{down}"); width: 8px; height: 8px; }}
    QComboBox QAbstractItemView {{ background: {theme.panel}; color: {theme.text};
        border: 1px solid {theme.line}; selection-background-color: {theme.line}; }}
    QListWidget::indicator, QCheckBox::indicator {{ width: 11px; height: 11px;
        border: 1px solid {theme.dim}; border-radius: 2px; background: {theme.chrome}; }}
    QListWidget::indicator:checked, QCheckBox::indicator:checked
        {{ background: {theme.focus}; border-color: {theme.focus}; }}
    QCheckBox:focus::indicator {{ border-color: {theme.text}; }}
    QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {{ border-color: {theme.focus}; }}
    QScrollBar:vertical {{ background: {theme.panel}; width: 8px; }}
    QScrollBar::handle:vertical {{ background: {theme.line}; min-height: 24px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
    QSplitter::handle {{ background: {theme.line}; }}
    QProgressBar {{ background: {theme.line}; border: none; max-height: 2px; }}
    QProgressBar::chunk {{ background: {theme.focus}; }}
    QSlider::groove:horizontal {{ background: {theme.line}; height: 3px; border-radius: 1px; }}
    QSlider::handle:horizontal {{ background: {theme.dim}; width: 10px; margin: -5px 0;
        border-radius: 5px; }}
    QSlider::handle:horizontal:focus {{ background: {theme.focus}; }}
    """
