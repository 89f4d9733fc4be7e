"""The lines of a scoring rule as TOML has them: what each kind takes, and every mistake in it; no file here."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from kpi_xlsx.model import Language, match_key
from kpi_xlsx.score_kinds import Counting
from kpi_xlsx.score_measures import Otherwise, Side
from kpi_xlsx.toml_files import Complaint, key_mistakes, nearest

NUMBER = (int, float)
LONGEST_NAME = 40
MOST = 200
"""Of whatever there is a list."""
MOST_TERMS = 20
"""Of a sum, of steps, of conditions: a formula has its limits."""

_MEASURE: Mapping[str, tuple[type, ...]] = {"input": (str,), "of": (str, int, float)}
_SIDES: Mapping[str, tuple[type, ...]] = {side.value: NUMBER for side in Side}
_COMMON: Mapping[str, tuple[type, ...]] = {"name": (str,), "kind": (str,), "when": (list,)}
CONDITION_KEYS: Mapping[str, tuple[type, ...]] = {
    **_MEASURE,
    **_SIDES,
    "otherwise": (str, int, float),
    "reason": (str,),
}
LINE_KEYS: Mapping[str, Mapping[str, tuple[type, ...]]] = {
    "proportional": {**_MEASURE, "points": NUMBER, "full_from": NUMBER, "beyond": (bool,)},
    "steps": {**_MEASURE, "steps": (list,), "below": NUMBER},
    "deduct_per": {
        **_MEASURE,
        "below": NUMBER,
        "above": NUMBER,
        "per": NUMBER,
        "deduct": NUMBER,
        "points": NUMBER,
        "counting": (str,),
    },
    "bonus_per": {**_MEASURE, "points": NUMBER, "per": NUMBER},
    "floor": {"input": (str,), "limit": NUMBER},
    "cap": {"input": (str,), "limit": NUMBER},
    "weighted_sum": {"of": (list,)},
    "not_applicable": {"reason": (str,)},
    "veto": {**_MEASURE, **_SIDES, "grade": (str,)},
}
"""The closed list of kinds, and what each takes beside name, kind and when."""
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "proportional": ("input", "points"),
    "steps": ("input", "steps"),
    "deduct_per": ("input", "per", "deduct"),
    "bonus_per": ("input", "points"),
    "floor": ("input", "limit"),
    "cap": ("input", "limit"),
    "weighted_sum": ("of",),
    "not_applicable": (),
    "veto": ("input", "grade"),
}
_ABOVE_ZERO = frozenset({"per", "deduct", "weight", "full"})
_NOT_NEGATIVE = frozenset({"points"})
_SIDE_KEYS = {"deduct_per": ("below", "above"), "veto": tuple(_SIDES)}
_SHARE_KEYS: Mapping[str, tuple[type, ...]] = {"line": (str,), "weight": NUMBER, "full": NUMBER}
_STEP_KEYS: Mapping[str, tuple[type, ...]] = {"from": NUMBER, "points": NUMBER}


def line_mistakes(
    lines: Sequence[Any], place: str, inputs: Sequence[str], grades: Collection[str], language: Language
) -> Iterator[Complaint]:
    """Everything that is wrong with the lines of a rule."""
    if not lines or len(lines) > MOST:
        yield f"{place}.lines", language.say(f"应当有 1 到 {MOST} 行。", f"Must have 1 to {MOST} lines.")
    known, last = list(inputs), ""
    for number, line in enumerate(lines[:MOST], 1):
        where = f"{place}.lines[{number}]"
        if not isinstance(line, dict):
            yield where, language.say("应当是一组键。", "Must be a table of keys.")
            continue
        name, kind = line.get("name"), line.get("kind")
        if isinstance(name, str):
            yield from name_mistakes(name, f"{where}.name", {match_key(one) for one in known}, language)
            where = f"{place}.lines[{name[:LONGEST_NAME]}]"
        yield from _one_line(line, where, known, grades, language)
        if isinstance(name, str) and kind != "veto":
            known.append(name)
        last = str(kind) if kind != "veto" or not last else last
    if lines and last == "veto":
        words = "只有一票否决，没有得分：再加一行。", "There are only vetoes: add a line that gives points."
        yield f"{place}.lines", language.say(*words)


def _one_line(
    line: Mapping[str, Any], place: str, known: Sequence[str], grades: Collection[str], language: Language
) -> Iterator[Complaint]:
    kind = line.get("kind")
    if not isinstance(kind, str) or kind not in LINE_KEYS:
        close = nearest(kind, LINE_KEYS) if isinstance(kind, str) else None
        hint = language.say(f"是不是“{close}”？", f"Did you mean “{close}”? ") if close else ""
        listed = ", ".join(LINE_KEYS)
        yield f"{place}.kind", language.say(f"{hint}只能是：{listed}。", f"{hint}Must be one of: {listed}.")
        return
    keys = {**_COMMON, **LINE_KEYS[kind]}
    yield from key_mistakes(line, keys, ("name", *REQUIRED[kind]), f"{place}.", language)
    yield from _figures(line, place, language)
    if kind in _SIDE_KEYS:
        yield from _side_mistakes(line, place, _SIDE_KEYS[kind], language)
    if kind != "weighted_sum":
        yield from _measure_mistakes(line, place, known, language)
    if line.get("counting", "whole") not in list(Counting):
        listed = ", ".join(Counting)
        yield f"{place}.counting", language.say(f"只能是：{listed}。", f"Must be one of: {listed}.")
    yield from grade_complaints(line, place, grades, language)
    for key, columns in (("steps", _STEP_KEYS), ("of", _SHARE_KEYS), ("when", CONDITION_KEYS)):
        if isinstance(line.get(key), list):
            yield from _terms(line[key], f"{place}.{key}", columns, known, language)


def _terms(
    terms: Sequence[Any], place: str, keys: Mapping[str, tuple[type, ...]], known: Sequence[str], language: Language
) -> Iterator[Complaint]:
    """What is wrong in the list of steps, of what is summed, or of conditions."""
    if not 1 <= len(terms) <= MOST_TERMS:
        yield place, language.say(f"应当有 1 到 {MOST_TERMS} 项。", f"Must have 1 to {MOST_TERMS} items.")
    required = {"steps": ("from", "points"), "of": ("line",), "when": ("input",)}[place.rpartition(".")[2]]
    for number, one in enumerate(terms[:MOST_TERMS], 1):
        where = f"{place}[{number}]"
        if not isinstance(one, dict):
            yield where, language.say("应当是一组键。", "Must be a table of keys.")
            continue
        yield from key_mistakes(one, keys, required, f"{where}.", language)
        yield from _figures(one, where, language)
        if keys is _SHARE_KEYS:
            yield from _name_of(one.get("line"), f"{where}.line", known, language)
        if keys is CONDITION_KEYS:
            yield from _condition_mistakes(one, where, known, language)


def _condition_mistakes(
    one: Mapping[str, Any], place: str, known: Sequence[str], language: Language
) -> Iterator[Complaint]:
    yield from _measure_mistakes(one, place, known, language)
    yield from _side_mistakes(one, place, tuple(_SIDES), language)
    if isinstance(one.get("otherwise"), str) and one["otherwise"] not in list(Otherwise):
        listed = ", ".join(Otherwise)
        yield f"{place}.otherwise", language.say(f"写一个数字，或 {listed}。", f"A number, or one of: {listed}.")
    if isinstance(one.get("reason"), str) and not (one["reason"].isprintable() and len(one["reason"]) <= MOST):
        yield f"{place}.reason", language.say(f"最多 {MOST} 个字，不换行。", f"At most {MOST} characters, one line.")


def _figures(data: Mapping[str, Any], place: str, language: Language) -> Iterator[Complaint]:
    for key, value in data.items():
        if isinstance(value, int | float):
            above = key in _ABOVE_ZERO or key == "of"
            yield from number_mistakes(
                value, f"{place}.{key}", language, negative=not (above or key in _NOT_NEGATIVE), zero=not above
            )


def _side_mistakes(
    data: Mapping[str, Any], place: str, sides: Sequence[str], language: Language
) -> Iterator[Complaint]:
    if sum(side in data for side in sides) != 1:
        listed = ", ".join(sides)
        yield place, language.say(f"要写其中一个，也只写一个：{listed}。", f"Needs exactly one of: {listed}.")


def _measure_mistakes(
    data: Mapping[str, Any], place: str, known: Sequence[str], language: Language
) -> Iterator[Complaint]:
    for key in ("input", "of"):
        if isinstance(data.get(key), str):
            yield from _name_of(data[key], f"{place}.{key}", known, language)


def _name_of(name: Any, place: str, known: Sequence[str], language: Language) -> Iterator[Complaint]:
    """A name that no input and no line above has."""
    if not isinstance(name, str) or name in known:
        return
    close = nearest(name, known)
    shown = name[:LONGEST_NAME]
    hint = language.say(f"是不是“{close}”？", f" Did you mean “{close}”?") if close else ""
    yield (
        place,
        language.say(
            f"inputs 和上面各行里都没有“{shown}”。{hint}", f"Neither an input nor a line above is “{shown}”.{hint}"
        ),
    )


def name_mistakes(name: str, place: str, seen: Collection[str], language: Language) -> Iterator[Complaint]:
    """A name that is blank, too long, not printable, or there already."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        yield place, language.say(f"应当是 1 到 {LONGEST_NAME} 个字。", f"Must be 1 to {LONGEST_NAME} characters.")
    elif match_key(name) in seen:
        yield place, language.say(f"“{name}”用了两次，请改一个。", f"“{name}” is there twice; rename one.")


def number_mistakes(
    value: float, place: str, language: Language, *, negative: bool = True, zero: bool = True
) -> Iterator[Complaint]:
    """A number that no score can have."""
    if isinstance(value, bool):
        return  # said already: it is no number
    if not math.isfinite(value) or abs(value) > 10**9 or len(repr(value)) > 20:
        yield place, language.say("不是能用的数字。", "This is no usable number.")
    elif value < 0 and not negative:
        yield place, language.say("不能是负数。", "Must not be negative.")
    elif value == 0 and not zero:
        yield place, language.say("不能是 0。", "Must not be 0.")


def grade_complaints(
    one: Mapping[str, Any], place: str, grades: Collection[str], language: Language
) -> Iterator[Complaint]:
    """A veto that caps at a grade which does not exist."""
    if isinstance(one.get("grade"), str) and one["grade"] not in grades:
        listed = language.say("、", ", ").join(grades) or language.say("（没有）", "(none)")
        words = f"grades 里没有“{one['grade']}”；有：{listed}。", f"“{one['grade']}” is not in grades: {listed}."
        yield f"{place}.grade", language.say(*words)
