"""What a notice says above its table: whose it is, and of which months; read from words, so a person confirms it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kpi_xlsx.notice import one_line
from kpi_xlsx.numerals import read_digits
from kpi_xlsx.periods import Period, parse_period


@dataclass(frozen=True, slots=True)
class Title:
    """The title as it stands, the unit that it names (or an empty text), and the period."""

    text: str = ""
    unit: str = ""
    period: Period | None = None


_ORDINALS = {sign: number for number, sign in enumerate("一二三四", 1)}
_YEAR = r"(?P<year>(?:19|20)\d{2}|[二〇零一三四五六七八九]{4})\s*年度?"
_ZH = re.compile(
    _YEAR + r"\s*(?:(?P<first>\d{1,2})\s*月?\s*[-—–~～至到]+\s*(?P<last>\d{1,2})\s*月|(?P<month>\d{1,2})\s*月"
    r"|第?\s*(?P<quarter>[一二三四1-4])\s*季度|(?P<words>上半年|半年|前三季度|全年))?"
)
_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = r"(?:" + "|".join(_NAMES) + r")[a-z]*\.?"
_EN = re.compile(
    rf"(?P<first>{_MONTH})\s*(?:-|–|—|to|through)\s*(?P<last>{_MONTH}),?\s*(?P<year1>(?:19|20)\d{{2}})"
    rf"|months?\s+(?P<from>\d{{1,2}})\s*(?:-|–|—|to)\s*(?P<to>\d{{1,2}}),?\s*(?:of\s*)?(?P<year2>(?:19|20)\d{{2}})"
    rf"|(?P<part>q[1-4]|h[12]|first half|first quarter|second quarter|third quarter)\s*(?:of\s*)?,?\s*"
    rf"(?P<year3>(?:19|20)\d{{2}})|(?P<month>{_MONTH})\s*,?\s*(?P<year4>(?:19|20)\d{{2}})",
    re.IGNORECASE,
)
_PARTS = {"q1": (1, 3), "q2": (4, 6), "q3": (7, 9), "q4": (10, 12), "h1": (1, 6), "h2": (7, 12)}
_PARTS |= {"first half": (1, 6), "first quarter": (1, 3), "second quarter": (4, 6), "third quarter": (7, 9)}
_AROUND = re.compile(r"^(?:附件\s*\d*\s*[:：]?|关于印发|关于|《)+|[\s:：,，|_—–-]+$")
_UNIT = re.compile(
    r"^(.{2,40}?)(?=年度|目标|考核|绩效|重点|任务|进展)(?:(?<=[委局办厅院处会部府区县市所站队])|(?<=公司|集团|中心|大学))"
)


def read_title(lines: Iterable[str]) -> Title:
    """The first line above a table that names a year, else the first that speaks of goals."""
    texts = [one_line(text) for text in lines]
    for text in texts:
        if len(text) <= 120 and (found := _read(text)) is not None:
            return found
    for text in texts:
        if len(text) <= 80 and re.search("目标|考核|任务|进展|goals|objectives|plan|progress", text, re.IGNORECASE):
            return Title(text, _unit(text))
    return Title(texts[0] if texts and len(texts[0]) <= 80 else "")


def _read(text: str) -> Title | None:
    chinese = _ZH.search(text)
    if chinese is not None:
        year = (
            chinese["year"] if chinese["year"].isdigit() and chinese["year"].isascii() else read_digits(chinese["year"])
        )
        months = _months(chinese)
        period = _period(year, months) if year else None
        before = _AROUND.sub("", text[: chinese.start()]).strip()
        return Title(text, before or _unit(text[chinese.end() :]), period)
    english = _EN.search(text)
    if english is None:
        return None
    before = re.split(r"[:,–—-]", text[: english.start()])[0].strip() if english.start() else ""
    unit = "" if re.search("progress|goals|objectives|report", before, re.IGNORECASE) else before
    return Title(text, unit, _english(english))


def _unit(text: str) -> str:
    """The unit with which a title without a year begins, known by how names of offices end."""
    found = _UNIT.match(_AROUND.sub("", text).strip())
    return "" if found is None else found[1]


def _months(found: re.Match[str]) -> tuple[int, int] | None:
    if found["first"]:
        return int(found["first"]), int(found["last"])
    if found["month"]:
        return int(found["month"]), int(found["month"])
    if found["quarter"]:
        number = _ORDINALS.get(found["quarter"]) or int(found["quarter"])
        return 3 * number - 2, 3 * number
    return {"上半年": (1, 6), "半年": (1, 6), "前三季度": (1, 9), "全年": (1, 12)}.get(found["words"] or "")


def _english(found: re.Match[str]) -> Period | None:
    year = next(one for one in (found["year1"], found["year2"], found["year3"], found["year4"]) if one)
    if found["first"]:
        months = tuple(_NAMES.index(found[key][:3].lower()) + 1 for key in ("first", "last"))
        return _period(year, (months[0], months[1]))
    if found["from"]:
        return _period(year, (int(found["from"]), int(found["to"])))
    if found["part"]:
        return _period(year, _PARTS[found["part"].lower()])
    month = _NAMES.index(found["month"][:3].lower()) + 1
    return _period(year, (month, month))


def _period(year: str, months: tuple[int, int] | None) -> Period | None:
    if months is None:
        return None
    first, last = (f"{year}-{month:02}" for month in months)
    return parse_period(first if first == last else f"{first}/{last}")
