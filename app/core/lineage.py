"""Where a generated exam came from: a tree of recipes, each grown from the one before it."""

from dataclasses import dataclass, replace
from functools import cached_property

from app.core.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """Recipes in the order they were made, and the one in view.

    Undo goes to the parent, redo to the child last seen, and nothing is ever lost: a change after
    an undo begins a branch of its own.
    """

    recipes: tuple[Recipe, ...]
    parents: tuple[int, ...]  #: index of each recipe's parent; -1 for the first
    at: int = 0
    seen: tuple[int, ...] = ()  #: order of the last visit of each, the latest highest

    def grown(self, recipe: Recipe) -> "Lineage":
        """Return the lineage with a recipe grown from the one in view, which it becomes."""
        if recipe == self.now:
            return self
        for index in self.children(self.at):
            if self.recipes[index] == recipe:
                return self.going_to(index)
        return replace(
            self,
            recipes=(*self.recipes, recipe),
            parents=(*self.parents, self.at),
            at=len(self.recipes),
            seen=(*self.seen, max(self.seen) + 1),
        )

    def going_to(self, index: int) -> "Lineage":
        """Return the lineage with another recipe in view; IndexError when there is none such."""
        seen = list(self.seen)
        seen[index] = max(seen) + 1
        return replace(self, at=index, seen=tuple(seen))

    def undone(self) -> "Lineage":
        """Return the lineage with the parent in view."""
        return self if self.parents[self.at] < 0 else self.going_to(self.parents[self.at])

    def redone(self) -> "Lineage":
        """Return the lineage with the child last seen in view."""
        children = self.children(self.at)
        return self.going_to(max(children, key=lambda k: self.seen[k])) if children else self

    def children(self, index: int) -> list[int]:
        """Return the recipes grown from one, oldest first."""
        return [k for k, parent in enumerate(self.parents) if parent == index]

    @property
    def now(self) -> Recipe:
        """The recipe in view."""
        return self.recipes[self.at]

    @cached_property
    def places(self) -> tuple[tuple[int, int], ...]:
        """Generation and row of each recipe in a drawing; a first child keeps the row."""
        found: list[tuple[int, int]] = []
        rows = 0
        grown: set[int] = set()  #: that have a child by now
        for parent in self.parents:
            if parent < 0:
                found.append((0, 0))
                continue
            first = parent not in grown
            grown.add(parent)
            if not first:
                rows += 1
            found.append((found[parent][0] + 1, found[parent][1] if first else rows))
        return tuple(found)


def begun(recipe: Recipe) -> Lineage:
    """Return the lineage of a first recipe."""
    return Lineage(recipes=(recipe,), parents=(-1,), seen=(0,))
