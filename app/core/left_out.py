"""In words: why an image is in no step, and what an empty place waits for."""

from collections.abc import Mapping, Sequence

from app.core.persons import Ranked
from app.core.protocol import Protocol, Selector, modifier_words

Found = Mapping[str, Sequence[Ranked]]  #: what each selector of a protocol finds


def mismatch(one: Ranked, selector: Selector) -> str | None:
    """Return why an image is none of a selector's, its exam's place in time apart."""
    if one.variant and one.variant != (selector.variant or 1) and selector.pick != "all":
        return f"{selector.name} takes generated exam {selector.variant or 1}"
    return selector.mismatch(one.image)


def missing_words(selector: Selector, images: Sequence[Ranked]) -> str:
    """Return in words what a place waits for."""
    wanted = f"{selector.side or ''}{selector.view or ''}" or selector.name
    if selector.all_of:
        wanted = f"{modifier_words(selector.all_of)} {wanted}"
    if selector.prior and not any(one.back for one in images):
        return f"no prior exam for {wanted}"
    if selector.source == "synthetic":
        return f"no generated {wanted}"
    return f"no {wanted} in {'the prior' if selector.prior else 'this'} exam"


def reason_words(one: Ranked, protocol: Protocol, found: Found) -> str:
    """Return why no step shows an image, in words for the person who opened it."""
    image = one.image
    for step in protocol.steps:
        for cell in step.cells:
            if any(image is match.image for match in found[cell.name]):
                selector = protocol.selectors[cell.name]
                return f"another image was chosen for {cell.name} ({selector.pick} of several)"
    if image.side is None and image.view is None:
        return "its side and view are not known"
    selectors = [s for s in protocol.selectors.values() if s.prior in (None, one.back)]
    selectors = selectors or list(protocol.selectors.values())
    reasons = [mismatch(one, selector) for selector in selectors]
    for known, words in (
        (image.side, "its side is not known"),
        (image.view, "its view is not known"),
    ):
        if known is None and words in reasons:
            return words
    placed = [
        reason
        for selector, reason in zip(selectors, reasons, strict=True)
        if reason and selector.side in (None, image.side) and selector.view in (None, image.view)
    ]
    return placed[0] if placed else f"protocol '{protocol.id}' has no place for {image.acr_label}"
