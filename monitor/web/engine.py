"""How templates are filled of pages, reports and packs."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


def new_environment() -> Environment:
    """The templates of this package; autoescape is on for everything, what is undefined is a bug."""
    return Environment(
        loader=PackageLoader("monitor.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def plain_environment() -> Environment:
    """The same for documents that need no filters: reports and packs."""
    return new_environment()
