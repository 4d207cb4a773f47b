"""The pages of the user guide, from resources/guide: Markdown in which actions go by their id.

`[[open-files]]` becomes the action's words and the keys it has now, so a guide can neither name an
action that is gone nor a key that was changed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app import resources
from app.language import tr
from app.ui.actions import Action

ACTION = re.compile(r"\[\[([a-z0-9-]+)\]\]")
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page; its name is that of its file, its title the first heading."""

    name: str
    title: str
    text: str

    def actions(self) -> list[str]:
        """Return the ids of the actions it names."""
        return ACTION.findall(self.text)

    def pictures(self) -> list[str]:
        """Return the pictures it shows."""
        return [place for mark, place in LINK.findall(self.text) if mark]

    def links(self) -> list[str]:
        """Return where its links lead."""
        return [place for mark, place in LINK.findall(self.text) if not mark]


def pages() -> dict[str, Page]:
    """Return all pages by name, in reading order: that of the file names."""
    found = {}
    for path in sorted(resources.folder("guide").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        first = text.splitlines()[0]
        if not first.startswith("# "):
            raise ValueError(f"{path.name}: the first line is its title: '# Opening exams'")
        found[path.name] = Page(name=path.name, title=first[2:].strip(), text=text)
    return found


def with_actions(text: str, table: Iterable[Action]) -> str:
    """Return a text with its actions in words, and the keys they have now."""
    known: Mapping[str, Action] = {action.id: action for action in table}

    def words(found: re.Match[str]) -> str:
        action = known.get(found[1])
        if action is None:
            return found[1]
        title = f"**{tr(action.menu)} \u203a {tr(action.text).rstrip('.')}**"
        return title + (f" (`{action.keys[0]}`)" if action.keys else "")

    return ACTION.sub(words, text)


def finds(page: Page, asked: str) -> bool:
    """Return whether all words asked for are on a page."""
    text = page.text.casefold()
    return all(word in text for word in asked.casefold().split())
