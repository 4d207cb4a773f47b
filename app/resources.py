"""Finds the files under resources/: beside app/ in a checkout, app/_resources in a wheel."""

from functools import cache
from pathlib import Path

from app.core.protocol import Protocol
from app.core.protocol_file import parse_protocol
from app.core.release import release


def folder(name: str) -> Path:
    """Return the folder `resources/name`; FileNotFoundError when the installation lacks it."""
    here = Path(__file__).resolve().parent
    for root in (here / "_resources", here.parent / "resources"):
        if (root / name).is_dir():
            return root / name
    raise FileNotFoundError(
        f"resources/{name} is missing from this installation; install mammoscope again"
    )


@cache
def protocols() -> dict[str, Protocol]:
    """Return the hanging protocols that come with Mammoscope by id, in order of their numbers."""
    found = {}
    for path in sorted(folder("protocols").glob("*.toml")):
        protocol = parse_protocol(path.read_text(encoding="utf-8"), path.name)
        if protocol.id != path.stem:
            raise ValueError(f"{path.name}: 'id' is {protocol.id!r}; it must be the file's name")
        found[protocol.id] = protocol
    return dict(sorted(found.items(), key=lambda item: (item[1].number or 100, item[0])))


def protocol(identity: str) -> Protocol:
    """Return the hanging protocol of that id; ValueError lists the ids there are."""
    try:
        return protocols()[identity]
    except KeyError:
        raise ValueError(
            f"no hanging protocol '{identity}'; there are {', '.join(protocols())}"
        ) from None


def default_model() -> Path:
    """Return the model file that comes with Mammoscope; FileNotFoundError when there is none."""
    models = sorted(folder("models").glob("*.safetensors"))
    if not models:
        raise FileNotFoundError("resources/models holds no model file; install mammoscope again")
    return models[-1]


def page(template: str, **values: object) -> str:
    """Return the HTML page that a template of `resources/report` makes of values, escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(folder("report")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(version=release(), **values)
