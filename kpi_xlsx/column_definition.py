"""The columns of a template definition: every mistake in them, by the key of the column."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kpi_xlsx.model import CellType, Language, Progress, Role, Source, match_key
from kpi_xlsx.template import AUTOMATIC, LAST_WORDS, Condition
from kpi_xlsx.toml_files import Complaint, key_mistakes, nearest

RESERVED_KEYS = frozenset({"department", *AUTOMATIC})
COLUMN_KEYS: Mapping[str, tuple[type, ...]] = {
    "key": (str,),
    "header": (str,),
    "group": (str,),
    "width": (int, float),
    "source": (str,),
    "type": (str,),
    "required": (bool, str),
    "waived": (str,),
    "choices": (list,),
    "min": (int, float, dt.date),
    "max": (int, float, dt.date),
    "min_length": (int,),
    "max_length": (int,),
    "help": (str,),
    "merge": (bool,),
    "print": (bool,),
    "closed_for": (str,),
    "required_for": (str,),
    "last": (bool,),
    "cumulative": (bool, str),
    "means": (list,),
    "future": (bool,),
}
_REQUIRED_COLUMN = ("key", "header", "source")


def columns_mistakes(columns: list[Any], language: Language) -> Iterator[Complaint]:
    if not all(isinstance(column, dict) for column in columns):
        yield "columns", language.say("每一列写成一个 [[columns]]。", "Each column is a [[columns]] table.")
        return
    if not columns:
        yield "columns", language.say("至少要有一列。", "At least one column is needed.")
        return
    by_key = {column["key"]: column for column in columns if isinstance(column.get("key"), str)}
    seen: dict[str, str] = {}
    for number, column in enumerate(columns, 1):
        place = f"columns[{column.get('key') or number}]"
        yield from key_mistakes(column, COLUMN_KEYS, _REQUIRED_COLUMN, f"{place}.", language)
        yield from ((f"{place}.{key}", words) for key, words in _column_mistakes(column, by_key, language))
        for what in ("key", "header"):
            value = column.get(what)
            if isinstance(value, str):
                group = match_key(str(column.get("group", ""))) if what == "header" else ""
                mark = f"{what}:{group}:{match_key(value)}"
                if mark in seen:
                    yield (
                        f"{place}.{what}",
                        language.say(f"“{value}”与 {seen[mark]} 重复。", f"“{value}” is already used by {seen[mark]}."),
                    )
                seen.setdefault(mark, place)
    if by_key.get("id", {}).get("source") != "plan":
        yield (
            "columns",
            language.say(
                '要有一列 key = "id"、source = "plan"，每行靠它认出目标。',
                'A column with key = "id" and source = "plan" is needed: it tells the rows apart.',
            ),
        )
    if not any(column.get("source") == "department" for column in columns):
        yield (
            "columns",
            language.say('没有一列 source = "department"，单位无处可填。', 'No column has source = "department".'),
        )


def _taken_headings(by_key: Mapping[str, Any]) -> Iterator[str]:
    """Headings of the form's own columns, as they are compared: those beside columns with `last`, too."""
    yield from (match_key(word) for words in AUTOMATIC.values() for word in words)
    for column in by_key.values():
        if column.get("last") is True and isinstance(column.get("header"), str):
            yield from (match_key(word + column["header"]) for word in LAST_WORDS)


def _column_mistakes(column: Mapping[str, Any], by_key: Mapping[str, Any], language: Language) -> Iterator[Complaint]:
    key = column.get("key")
    if isinstance(key, str) and not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", key):
        yield "key", language.say("只能用小写字母、数字和下划线，以字母开头。", "Use a-z, 0-9 and _, a letter first.")
    if isinstance(key, str) and key in RESERVED_KEYS:
        yield (
            "key",
            language.say(f"“{key}”由工具自己使用，请换一个。", f"“{key}” is used by the tool itself; take another."),
        )
    header = match_key(column["header"]).lstrip("*★") if isinstance(column.get("header"), str) else None
    if header == "":
        yield "header", language.say("不能为空。", "Must not be empty.")
    if header and header in set(_taken_headings(by_key)):
        yield (
            "header",
            language.say("这个表头由填报表自己使用，请换一个。", "The form itself uses this heading; take another."),
        )
    for name, members in (("source", Source), ("type", CellType)):
        value = column.get(name)
        if isinstance(value, str) and value not in list(members):
            listed = ", ".join(members)
            yield name, language.say(f"只能是：{listed}。", f"Must be one of: {listed}.")
    width = column.get("width", 12)
    if isinstance(width, int | float) and not 1 <= width <= 120:
        yield "width", language.say("应当在 1 到 120 之间。", "Must be from 1 to 120.")
    if isinstance(column.get("help"), str) and len(column["help"]) > 255:
        yield "help", language.say("不能超过 255 个字（Excel 的限制）。", "At most 255 characters (a limit of Excel).")
    yield from _choice_mistakes(column, language)
    yield from _bound_mistakes(column, language)
    yield from _year_mistakes(column, by_key, language)
    if column.get("source") != "department":
        for name in ("required", "waived"):
            if column.get(name):
                yield name, language.say("只有单位填写的列才能用。", "Only for columns that the department fills.")
    for name in ("required", "waived"):
        if isinstance(column.get(name), str):
            yield from ((name, words) for words in _condition_mistakes(column[name], by_key, language))


def _choice_mistakes(column: Mapping[str, Any], language: Language) -> Iterator[Complaint]:
    choices = column.get("choices")
    if column.get("type") == "choice" and not choices:
        yield "choices", language.say("选择列要列出选项。", "A choice column needs its choices.")
    if choices is None or not isinstance(choices, list):
        return
    if column.get("type") != "choice":
        yield (
            "choices",
            language.say('只有 type = "choice" 的列才有选项。', 'Only a column of type = "choice" has choices.'),
        )
    if not all(isinstance(choice, str) and choice.strip() and "|" not in choice for choice in choices):
        yield "choices", language.say("每个选项是一段不含“|”的文字。", "Each choice is text without “|”.")
    elif len({match_key(choice) for choice in choices}) < len(choices):
        yield "choices", language.say("选项有重复。", "A choice stands there twice.")


def _bound_mistakes(column: Mapping[str, Any], language: Language) -> Iterator[Complaint]:
    kind = column.get("type", "text")
    if not isinstance(kind, str):
        return  # already complained of
    for name in ("min", "max"):
        value = column.get(name)
        fits = {"number": int | float, "date": dt.date, "month": dt.date}.get(kind)
        endless = isinstance(value, float) and not math.isfinite(value)
        if value is not None and (
            fits is None or not isinstance(value, fits) or isinstance(value, dt.datetime) or endless
        ):
            yield (
                name,
                language.say(
                    "数字列写数字，日期列和月份列写日期，别的列没有这个键。",
                    "A number for a number column, a date for a date or month column; not for others.",
                ),
            )
    for low, high in (("min", "max"), ("min_length", "max_length")):
        try:
            crossed = column.get(low) is not None and column.get(high) is not None and column[low] > column[high]
        except TypeError:
            crossed = False  # already complained of
        if crossed:
            yield low, language.say(f"不能大于 {high}。", f"Must not be greater than {high}.")
    for name in ("min_length", "max_length"):
        if name in column and kind != "text":
            yield name, language.say("只有文字列才有长度。", "Only a text column has a length.")


def _year_mistakes(column: Mapping[str, Any], by_key: Mapping[str, Any], language: Language) -> Iterator[Complaint]:
    """Mistakes in what a column says of roles, earlier periods and the meaning of a status."""
    for name in ("closed_for", "required_for", "last", "cumulative", "means", "future"):
        if column.get(name) and column.get("source") != "department":
            yield name, language.say("只有单位填写的列才能用。", "Only for columns that the department fills.")
    for name in ("closed_for", "required_for"):
        value = column.get(name)
        if isinstance(value, str) and value not in list(Role):
            listed = ", ".join(Role)
            yield name, language.say(f"只能是：{listed}。", f"Must be one of: {listed}.")
    if column.get("closed_for") and column.get("closed_for") == column.get("required_for"):
        yield (
            "required_for",
            language.say("不能既关闭又必填。", "A column cannot be both closed and required for a role."),
        )
    cumulative = column.get("cumulative")
    if cumulative and column.get("type") != "number":
        yield "cumulative", language.say("只有数字列才能累计。", "Only for a number column.")
    if isinstance(cumulative, str):
        added = by_key.get(cumulative)
        if added is None or added.get("type") != "number" or added is column or added.get("source") != "department":
            yield (
                "cumulative",
                language.say(
                    f"“{cumulative}”不是单位填写的另一个数字列。",
                    f"“{cumulative}” is no other number column that the department fills.",
                ),
            )
    if column.get("future") and column.get("type") not in ("date", "month"):
        yield "future", language.say("只有日期列和月份列才能用。", "Only for a date or month column.")
    means = column.get("means")
    if isinstance(means, list):
        listed = ", ".join(Progress)
        if column.get("key") != "status" or column.get("type") != "choice":
            yield "means", language.say("只用于 status 列。", "Only for the column status.")
        elif not all(word in list(Progress) for word in means):
            yield "means", language.say(f"每一项只能是：{listed}。", f"Each must be one of: {listed}.")
        elif isinstance(column.get("choices"), list) and len(means) != len(column["choices"]):
            yield "means", language.say("要与 choices 一一对应。", "Needs one for each of the choices.")


def _condition_mistakes(text: str, by_key: Mapping[str, Any], language: Language) -> Iterator[str]:
    condition = parse_condition(text)
    if condition is None:
        yield language.say('应当写成 "status=滞后|申请调整"。', 'Must read "status=Behind|Change requested".')
        return
    column = by_key.get(condition.column)
    if column is None:
        close = nearest(condition.column, by_key)
        hint = language.say(f"，是不是“{close}”？", f"; did you mean “{close}”?") if close else language.say("。", ".")
        yield language.say(f"没有“{condition.column}”这一列", f"There is no column “{condition.column}”") + hint
        return
    if column.get("source") in (Source.PLAN, Source.OFFICE):
        yield language.say(
            f"“{condition.column}”不由单位填写，不能作条件。",
            f"“{condition.column}” is not filled in by the department, so nothing can rest on it.",
        )
        return
    listed = column.get("choices")
    choices = [choice for choice in listed if isinstance(choice, str)] if isinstance(listed, list) else []
    for choice in condition.choices:
        if choice not in choices:
            listed = "|".join(choices)
            yield language.say(
                f"“{choice}”不是“{condition.column}”的选项（{listed}）。",
                f"“{choice}” is not a choice of “{condition.column}” ({listed}).",
            )


def parse_condition(text: str) -> Condition | None:
    column, equals, choices = text.partition("=")
    parts = tuple(part.strip() for part in choices.split("|"))
    return Condition(column.strip(), parts) if equals and column.strip() and all(parts) else None
