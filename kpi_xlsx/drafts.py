"""A definition proposed from an existing form, and its text in TOML: what is uncertain is a comment beside it."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kpi_xlsx.model import Language
from kpi_xlsx.reading import clean_text
from kpi_xlsx.specimen import Doubt, Specimen
from kpi_xlsx.specimen_columns import Columns
from kpi_xlsx.specimen_entries import complete_entries
from kpi_xlsx.specimen_words import read_words

CONFIRM: Mapping[Language, str] = {Language.ZH: "请确认", Language.EN: "to confirm"}
"""What stands before everything that a person has to look at."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A definition as its keys and values, in the order in which they are written, with what is to be confirmed."""

    data: Mapping[str, Any]
    doubts: tuple[Doubt, ...]

    @property
    def language(self) -> Language:
        return Language(self.data["language"])

    def doubts_of(self, place: str) -> list[str]:
        """What is to be confirmed of a key of the top level, or of a column by its key."""
        return [doubt.words for doubt in self.doubts if doubt.place == place]

    def other_doubts(self) -> list[str]:
        """What is to be confirmed of the form as a whole, or of a key that it does not have."""
        places = {*self.data, *(column["key"] for column in self.data["columns"])}
        return [doubt.words for doubt in self.doubts if doubt.place not in places]


def find_language(specimen: Specimen) -> Language:
    """The language of a form: that of most of its headings."""
    headers = [column.header for column in specimen.frame.columns]
    return Language.EN if 2 * sum(header.isascii() for header in headers) > len(headers) else Language.ZH


def make_draft(specimen: Specimen, stem: str) -> Draft:
    """Propose a definition; `stem` names it."""
    language = find_language(specimen)
    columns = Columns(specimen, language)
    guesses, words = columns.find(), read_words(specimen, language)
    complete_entries(columns, guesses)
    doubts = [*words.doubts, *columns.left_out]
    data: dict[str, Any] = {"name": _name(stem), "version": 1, "language": str(language)}
    if words.title:
        data["title"] = words.title
    data |= {key: value for key, value in (("notes", words.notes), ("signature", words.signature)) if value}
    paper = {"paper": specimen.look.paper, "orientation": specimen.look.orientation}
    if printed := {key: value for key, value in paper.items() if value}:
        data["print"] = printed
    data["columns"] = [guess.data for guess in guesses]
    for guess in guesses:
        doubts += guess.doubts
    return Draft(data, tuple(dict.fromkeys(doubts)))


def _name(stem: str) -> str:
    return re.sub(r"\s+", "-", clean_text(stem).strip())[:40] or "form"


# --- as TOML ----------------------------------------------------------------------------------------------------------


def to_toml(draft: Draft, source: str) -> str:
    """The text of a definition file, with a comment for everything that is to be confirmed."""
    say, mark = draft.language.say, CONFIRM[draft.language]
    lines = [
        say(
            f"# 由“{source}”导入。标着“{mark}”的地方请看一遍，看过就可以删掉那一行。",
            f"# Made from “{source}”. Look at each line “{mark}”; take it out when it is settled.",
        ),
        say("# 每个键的意思见 docs/templates.md。", "# What each key means: docs/templates.md."),
        *_comments(draft.other_doubts(), mark),
        "",
    ]
    tables = [key for key, value in draft.data.items() if isinstance(value, dict)]
    for key, value in draft.data.items():
        if key not in tables and key != "columns":
            lines += [*_comments(draft.doubts_of(key), mark), f"{key} = {_value(value)}"]
    for key in tables:
        lines += ["", f"[{key}]", *(f"{name} = {_value(value)}" for name, value in draft.data[key].items())]
    for column in draft.data["columns"]:
        lines += ["", "[[columns]]", *_comments(draft.doubts_of(column["key"]), mark)]
        lines += [f"{name} = {_value(value)}" for name, value in column.items()]
    return "\n".join(lines) + "\n"


def _comments(doubts: Iterable[str], mark: str) -> Iterator[str]:
    for words in doubts:
        yield f"# {mark}: {_one_line(words)}"


def _one_line(text: str) -> str:
    return " ".join(clean_text(text).split())


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dt.date | int | float):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False)
