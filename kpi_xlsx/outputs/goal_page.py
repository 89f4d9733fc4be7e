"""A trace as one page of HTML that needs nothing else: to be read, sent on and printed. Data never becomes markup."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

from kpi_xlsx.checks.rule import SEVERITY_WORDS, STATE_WORDS
from kpi_xlsx.decisions import AMENDMENT_KINDS, AMENDMENT_STATES, PAPER_WORDS, VERDICT_WORDS
from kpi_xlsx.events import EVENT_WORDS
from kpi_xlsx.files import safe_name, write_atomically
from kpi_xlsx.model import CycleError, Mistake, id_key
from kpi_xlsx.outputs.html_pages import page_template
from kpi_xlsx.traces import Trace, place_of

MARK = '<meta name="generator" content="kpi-xlsx trace">'
"""By this a page is known that may be replaced by a newer one."""


def page_name(trace: Trace) -> str:
    """A file name for the page, its own for every goal and for every choice of departments."""
    stem = trace.id
    if trace.narrowed:
        stem = "-".join([stem, *(part.department.code for part in trace.parts)])
    name = safe_name(stem.lstrip(". "), "")
    if name == stem:
        return f"{name}.html"
    # Two ids that differ only in signs which no file name may hold must not share a page.
    return safe_name(f"{name[:60]}-{zlib.crc32(id_key(stem).encode('utf-8', 'replace')):08x}", ".html")


def write_page(trace: Trace, path: Path) -> None:
    """Write the page whole or not at all, over an earlier page only. Raises CycleError if something else lies there."""
    if path.exists() and not _is_ours(path):
        words = trace.context.language.say(
            "这里已有一个别的文件，没有覆盖。请用 --out 另指一个文件名。",
            "Another file lies there and was left alone. Name a different one with --out.",
        )
        raise CycleError([Mistake(path.as_posix(), "", words)])
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, show_page(trace))


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return MARK.encode() in stream.read(1000)


def show_page(trace: Trace) -> str:
    """The page as text."""
    language = trace.context.language

    def word(words: Any, key: Any) -> str:
        return language.say(*words[key])

    return page_template("goal_page.html").render(
        trace=trace,
        language=language,
        say=language.say,
        place_of=place_of,
        event_word=lambda one: word(EVENT_WORDS, one.kind),
        kind_word=lambda one: word(AMENDMENT_KINDS, one.kind) if one.kind else "",
        amended_word=lambda one: word(AMENDMENT_STATES, one.state),
        verdict_word=lambda one: word(VERDICT_WORDS, one.verdict),
        paper_word=lambda one: word(PAPER_WORDS, one.state),
        severity_word=lambda one: SEVERITY_WORDS[one.severity][language],
        state_word=lambda one: STATE_WORDS[one.state][language],
    )
