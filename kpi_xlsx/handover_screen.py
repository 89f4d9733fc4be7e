"""A hand-over as text for a terminal: section by section, what is open first."""

from __future__ import annotations

from collections.abc import Iterator

import click

from kpi_xlsx.briefing import Item, Section, tell_handover
from kpi_xlsx.standing import Status
from kpi_xlsx.standing_screen import show_headline


def show_handover(status: Status) -> Iterator[str]:
    """The headline of the round, then the sections."""
    say = status.language.say
    yield from show_headline(status)
    for section in tell_handover(status):
        yield ""
        yield from _show(section, say("：", ": "))


def _show(section: Section, colon: str) -> Iterator[str]:
    title = click.style(section.title, bold=True)
    if not section.items:
        yield f"{title}{colon}{section.none}"
        return
    yield title
    yield from (f"  {_line(item)}" for item in section.items)


def _line(item: Item) -> str:
    return "  ".join(filter(None, (item.who, item.what, item.where)))
