"""The house style, in templates that read like the code they make."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # noqa: S701  # Python, not HTML
)


def rendered(template: str, **names: object) -> str:
    return _TEMPLATES.get_template(f"{template}.jinja").render(names) + "\n"
