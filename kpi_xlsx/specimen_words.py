"""What stands above and below the table of an existing form: title, notes, and labels to be signed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kpi_xlsx.model import Language, clip
from kpi_xlsx.reading import clean_text
from kpi_xlsx.specimen import Doubt, Specimen
from kpi_xlsx.specimen_doubts import make_doubt
from kpi_xlsx.specimen_table import LABEL, NOTE, Grid, is_label, tidy_heading

MOST_NOTES = 9
"""A form numbers its notes from ① to ⑨."""
_MOST_LABELS = 8
_LONGEST_NOTE = 500
_LONGEST_READ = 2_000
_LONGEST_TITLE = 120
_BELOW = 60
"""Rows below the table that are looked at."""
_ANNEX = re.compile(r"^(附件|附表|附|annex|appendix)\s*[\d一二三四五六七八九十]*\s*[：:]?$", re.IGNORECASE)
_UNIT = re.compile(r"^(计量|金额)?单位\s*[：:]\s*[^\s]*(元|吨|个|亩|%|％|人|公里)[^\s]*$")
_WHOSE = re.compile(
    r"^(填报|报送|责任|填表|上报)?(单位|部门)(名称)?([（(]盖章[）)])?\s*[：:]"
    r"|^(reporting )?(department|unit|organisation)( name)?\s*:",
    re.IGNORECASE,
)
_DATED = re.compile(r"^[（(]?[\s\d_Xx×]*[年./-][\s\d_Xx×]*[月./-]([\s\d_Xx×]*日?)[）)]?$")
_MARKED = re.compile(r"^(密级|classification)\s*[：:]", re.IGNORECASE)
_SIGNED = re.compile(
    r"人|员|负责|领导|局长|主任|审|核|电话|手机|日期|时间|签|章"
    r"|\b(by|name|phone|telephone|tel|date|sign|signed|signature|contact|e-?mail|officer|head|director)\b",
    re.IGNORECASE,
)
"""What labels speak of that are to be filled in when the form is; others (表号：甲) say what the form is."""
_STAMPED = re.compile(r"盖章")
_ENGLISH_LABEL = re.compile(r"[A-Za-z][\w ()/.'-]{1,40}?:")
_NUMBERED = re.compile(r"^\s*(?:[①-⑨]|[（(]?\d{1,2}[）)]?\s*[.、．)]?\s*(?=\D)|[一二三四五六七八九十]、)\s*")
_HEAD = re.compile(
    r"^\s*(注|备注|说明|填表说明|填报说明|填表要求|填报要求|要求|notes?|guidance)\s*[：:]\s*", re.IGNORECASE
)


@dataclass(slots=True)
class Words:
    """What a definition takes from round the table."""

    title: str = ""
    notes: list[str] = field(default_factory=list)
    signature: list[str] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)


def read_words(specimen: Specimen, language: Language) -> Words:
    """Title and lines above, notes and labels below."""
    frame = specimen.frame
    grid, words = Grid.of(specimen.sheet), Words()
    above = [text[:_LONGEST_READ] for row in range(frame.top) for text in grid.own(row).values()]
    title = _find_title(above)
    if title:
        words.title, doubts = propose_title(title, language)
        words.doubts += doubts
    below = (text[:_LONGEST_READ] for row in range(frame.end, frame.end + _BELOW) for text in grid.own(row).values())
    for text in (*(one for one in above if one != title and not _ANNEX.match(one)), *below):
        sort_text(clean_text(text), words, language)
    if len(words.notes) > MOST_NOTES:
        words.notes[MOST_NOTES - 1 :] = [" ".join(words.notes[MOST_NOTES - 1 :])]
        words.doubts.append(make_doubt("notes", "notes", language, count=MOST_NOTES))
    words.notes = [clip(note, _LONGEST_NOTE) for note in words.notes]
    words.signature = list(dict.fromkeys(words.signature))[:_MOST_LABELS]
    return words


def _find_title(above: list[str]) -> str:
    """The first line above that is neither a label nor the number of an annex; of several the longest is meant."""
    lines = [text for text in above if not is_label(text) and not _ANNEX.match(text) and not NOTE.match(text)]
    named = [
        text for text in lines if re.search(r"表|情况|统计|台账|report|return|monitor|progress", text, re.IGNORECASE)
    ]
    return next(iter(named or lines), "")


def sort_text(text: str, words: Words, language: Language) -> None:
    """One text of those round the table: whose form it is, a label, or a note; a mere date is none."""
    if _DATED.match(text):
        return
    if _WHOSE.match(text) and not _UNIT.match(text):
        labels = list(_labels(text))
        whose = labels[0] if labels else clip(text, 20)
        if _STAMPED.search(whose):
            words.signature.append(whose)
        else:
            words.doubts.append(make_doubt("title", "whose", language, shown=whose))
        words.signature += labels[1:]
    elif _MARKED.match(text):
        words.doubts.append(make_doubt("", "marking", language, shown=text))
    elif is_label(text) and not NOTE.match(text) and not _UNIT.match(text) and _SIGNED.search(text):
        words.signature += _labels(text)
    else:
        words.notes += _notes(text)


def _labels(text: str) -> Iterator[str]:
    """The labels in a text: 审核人：　填报人： are two."""
    pattern = _ENGLISH_LABEL if text.isascii() else LABEL
    for match in pattern.finditer(text):
        yield re.sub(r"\s*[:：]$", lambda sign: sign[0].strip(), " ".join(match[0].split()))


def _notes(text: str) -> Iterator[str]:
    """The sentences of a note, without the numbers that the form writes before them itself."""
    for line in _HEAD.sub("", text).splitlines():
        for piece in re.split(r"(?<=[。；;.])\s*(?=\d{1,2}[.、．]\D|[②-⑨])", line):
            bare = _NUMBERED.sub("", piece).strip(" 　；;")
            if bare and not _HEAD.fullmatch(bare + "："):
                yield bare


# --- the title --------------------------------------------------------------------------------------------------------

_BLANK = r"[\s_＿　Xx×○〇*]*"
_YEAR = re.compile(rf"(?:\d{{4}}|{_BLANK[:-1]}{{2,8}}|20{_BLANK})年(?:度)?")
_MONTHS = re.compile(
    rf"\d{{1,2}}\s*[—–\-~至到－]+\s*\d{{1,2}}\s*月|\d{{1,2}}月|(?<=年)(?:{_BLANK[:-1]}{{1,8}}|[（(]\s*[）)])月"
)
_QUARTER = re.compile(r"第?[一二三四1-4]季度|第[\s_Xx×]+季度")
_HALF = re.compile(r"[上下]半年")
_WHO = re.compile(
    r"[Xx×○〇]{2,}(?:市|县|区)?(?:局|委|办|单位|部门|街道|乡镇)?|[（(]单位(?:名称)?[）)]|_{3,}(?:局|单位|部门)"
)
_ENGLISH = (
    (re.compile(r"\b(Quarter|Q)\s?[1-4]\b", re.IGNORECASE), r"\1{quarter}"),
    (re.compile(r"\b\d{4}[-/]\d{2}\b"), "{financial_year}"),
    (re.compile(r"\b(?:19|20)\d{2}\b"), "{year}"),
    (re.compile(r"\[(?:department|unit|organisation)(?: name)?\]|_{3,}", re.IGNORECASE), "{department}"),
)
_MONTH_NAME = re.compile(r"\b(January|February|March|April|May|June|July|August|September|October|November|December)\b")


def propose_title(title: str, language: Language) -> tuple[str, list[Doubt]]:
    """The title with placeholders where it names a department, a year or months, and what is to be confirmed."""
    text = clean_text(title[:_LONGEST_TITLE]).replace("\n", " ").replace("{", "{{").replace("}", "}}")
    if language is Language.ZH:
        text = _YEAR.sub(lambda found: "{year}年度" if found[0].endswith("度") else "{year}年", text)
        text = _MONTHS.sub("{months}月", text)
        text = _HALF.sub("1-{month}月", _QUARTER.sub("第{quarter}季度", text))
        text = tidy_heading(_WHO.sub("{department}", text, count=1))
    else:
        for pattern, put in _ENGLISH:
            text = pattern.sub(lambda found, put=put: found.expand(put), text)  # type: ignore[misc]
        text = " ".join(re.sub(r"(?i)(quarter)\{", r"\1 {", text).split())
    changed = "{" in text.replace("{{", "")
    doubts = [make_doubt("title", "title" if changed else "bare_title", language, shown=clip(title), title=text)]
    if "{financial_year}" in text:
        doubts.append(make_doubt("title", "financial_year", language))
    if language is Language.EN and _MONTH_NAME.search(text):
        doubts.append(make_doubt("title", "month_name", language))
    return text, doubts
