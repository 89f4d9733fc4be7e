"""The templates of pages in HTML: what comes from returns is escaped, whatever it is."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from kpi_xlsx.reading import printable

if TYPE_CHECKING:
    from jinja2 import Template


@cache
def page_template(name: str) -> Template:
    """The template that lies beside this module under a name such as `goal_page.html`."""
    from jinja2 import Environment, StrictUndefined

    def finish(value: Any) -> Any:
        """No sign of control and no half character reaches the page; what a macro made is finished already."""
        return printable(value) if isinstance(value, str) and not hasattr(value, "__html__") else value

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=finish, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(resources.files("kpi_xlsx.outputs").joinpath(name).read_text("utf-8"))
