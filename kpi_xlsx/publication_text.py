"""notice.toml: the words around a notice that the office writes, with a few placeholders; read strictly."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kpi_xlsx.model import CycleError, Language, Mistake
from kpi_xlsx.reading import clean_text
from kpi_xlsx.settings import Settings
from kpi_xlsx.toml_files import Complaint, key_mistakes, read_toml

FILE = "notice.toml"
MOST = 2**18
"""Bytes of the file: a page of words has a hundredth of that."""
TEXTS = ("title", "opening", "note", "closing")
FACTS = ("office", "date", "period_from", "period_to", "telephone", "email")
"""Keys whose values may stand in the texts, in braces."""
KNOWN = ("department", "year", "month", "months", *FACTS)


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """The words around a notice, with nothing left to fill in."""

    title: str
    opening: tuple[str, ...]
    note: tuple[str, ...]
    closing: tuple[str, ...]
    own: bool
    """Whether the office has written any."""


def load_words(settings: Settings, title: str, department: str, language: Language) -> NoticeWords:
    """Read notice.toml, or take the usual words. Raises CycleError with every mistake in it.

    `title`: that of the cycle. `department`: whose notice it is; empty if it is everybody's.
    """
    path = settings.folder / FILE
    own = path.exists()
    data = _read(settings, language) if own else {}
    facts = {key: _told(data[key], language) for key in FACTS if key in data}
    facts = {key: text for key, text in facts.items() if text}
    texts = {key: data[key] for key in TEXTS if key in data}
    mistakes = [Mistake(FILE, key, words) for key, text in texts.items() for words in _faults(text, facts, language)]
    if mistakes:
        raise CycleError(mistakes)
    period = settings.period
    values = {
        **facts,
        "department": department or language.say("各单位", "all departments"),
        "year": str(period.end.year),
        "month": str(period.end.month),
        "months": period.months.replace("-", language.say("—", "-")),
    }
    usual = {
        **_usual(facts, language),
        "title": _title(title, period.months, language).replace("{", "{{").replace("}", "}}"),
    }
    done = {key: _paragraphs(texts.get(key, usual.get(key, "")).format_map(values)) for key in TEXTS}
    return NoticeWords(" ".join(done["title"]), done["opening"], done["note"], done["closing"], own)


def _read(settings: Settings, language: Language) -> dict[str, Any]:
    path = settings.folder / FILE
    if path.is_file() and path.stat().st_size > MOST:
        words = language.say("文件太大，这里只写公示前后的几段文字。", "It is too large for a few words.")
        raise CycleError([Mistake(FILE, "", words)])
    data = read_toml(path, CycleError)
    kinds: dict[str, tuple[type, ...]] = dict.fromkeys(TEXTS, (str,))
    kinds |= {key: (str, dt.date) if key.startswith(("date", "period")) else (str,) for key in FACTS}
    found: list[Complaint] = list(key_mistakes(data, kinds, (), "", language))
    if found:
        raise CycleError([Mistake(FILE, place, words) for place, words in found])
    return data


def _faults(text: str, facts: Mapping[str, str], language: Language) -> Iterator[str]:
    """What is wrong with the braces of a text: only plain names of the list may stand in them, and must be given."""
    listed = " ".join(f"{{{name}}}" for name in KNOWN)
    try:
        fields = [rest for _, *rest in string.Formatter().parse(text) if rest[0] is not None]
        names = ["?" if form or conversion else str(name) for name, form, conversion in fields]
    except ValueError:
        names = ["?"]
    if any(name not in KNOWN for name in names):
        yield language.say(
            f"花括号要成对，里面只能用：{listed}。",
            f"Braces come in pairs, and only these may stand in them: {listed}.",
        )
        return
    for name in dict.fromkeys(names):
        if name in FACTS and name not in facts:
            yield language.say(
                f'用了 {{{name}}}，可是没有写 {name} 是什么：请加一行 {name} = "……"。',
                f'{{{name}}} is used, but nothing says what it is: add a line {name} = "…".',
            )


def _told(value: str | dt.date, language: Language) -> str:
    if isinstance(value, str):
        return value.strip()
    return language.say(f"{value.year}年{value.month}月{value.day}日", f"{value.day} {value:%B %Y}")


def _title(title: str, months: str, language: Language) -> str:
    if language is Language.EN:
        return title
    bare = title.replace(f"{months}月", f"{months.replace('-', '—')}月").removesuffix("填报表").removesuffix("公示")
    return f"{bare}公示"


def _usual(facts: Mapping[str, str], language: Language) -> Mapping[str, str]:
    """The words where the office wrote none, of the facts that it gave."""
    opening = language.say(
        "现将{department}{year}年{months}月绩效考核目标进展情况予以公示。",
        "Progress against the performance goals of {department}, months {months} of {year}, is published below.",
    )
    if {"period_from", "period_to"} <= facts.keys():
        opening += language.say(
            "公示期为{period_from}至{period_to}，如有异议，请于公示期内反映。",
            " Objections may be raised from {period_from} to {period_to}.",
        )
    if "telephone" in facts:
        opening += language.say("联系电话：{telephone}。", " Telephone: {telephone}.")
    if "email" in facts:
        opening += language.say("邮箱：{email}。", " E-mail: {email}.")
    return {"opening": opening, "closing": "\n".join(f"{{{key}}}" for key in ("office", "date") if key in facts)}


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in clean_text(text).split("\n") if line.strip())
