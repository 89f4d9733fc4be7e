"""What a form's validations allow, as keys of a column: choices, bounds, lengths; lists are looked up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kpi_xlsx.book import Sheet
from kpi_xlsx.model import match_key, plain
from kpi_xlsx.parts import parse_ref, read_float
from kpi_xlsx.periods import serial_to_date
from kpi_xlsx.sheet_looks import EntryRule
from kpi_xlsx.specimen import Specimen

MOST_CHOICES = 300
_RANGE = re.compile(
    r"(?:(?:'((?:[^']|'')+)'|([^!'\"(),]+))!)?(\$?[A-Za-z]{1,3}\$?\d{1,7})(?::(\$?[A-Za-z]{1,3}\$?\d{1,7}))?"
)
_AT_LEAST, _AT_MOST = ("greaterThanOrEqual", "greaterThan"), ("lessThanOrEqual", "lessThan")
Keys = Mapping[str, Any]


def read_rule(rule: EntryRule, specimen: Specimen) -> Keys | None:
    """The keys that a column takes from a validation; None for one that cannot be carried over."""
    if rule.type == "list":
        choices = find_choices(rule.formulas[0], specimen)
        return {"type": "choice", "choices": choices} if choices else None
    if rule.type in ("whole", "decimal"):
        return {"type": "number", **dict(_bounds(rule, "min", "max", read_number))}
    if rule.type == "date":
        return {"type": "date", **dict(_bounds(rule, "min", "max", _read_day))}
    if rule.type == "textLength":
        return dict(_bounds(rule, "min_length", "max_length", _read_length))
    return {} if rule.type in ("none", "any", "") else None


def find_choices(formula: str, specimen: Specimen) -> list[str]:
    """The words of a list: written out, or in cells that it refers to, by a name or not; none if it is calculated."""
    formula = formula.removeprefix("=").strip()
    if formula.startswith('"') and formula.endswith('"') and len(formula) > 1:
        words: Iterator[str] = iter(formula[1:-1].replace('""', '"').split(","))
    else:
        named = specimen.look.names.get(formula.casefold(), formula)
        match = _RANGE.fullmatch(named.removeprefix("=").strip())
        words = iter(()) if match is None else _cells(match, specimen)
    found: dict[str, str] = {}
    for word in words:
        text = " ".join(word.replace("|", "/").split())
        if text and len(found) < MOST_CHOICES:
            found.setdefault(match_key(text), text)
    return list(found.values())


def _cells(match: re.Match[str], specimen: Specimen) -> Iterator[str]:
    name = match[1].replace("''", "'") if match[1] else match[2] or specimen.sheet.name
    sheet: Sheet | None = next((one for one in specimen.book.sheets if match_key(one.name) == match_key(name)), None)
    if sheet is None:
        return
    (top, left), (bottom, right) = parse_ref(match[3]), parse_ref(match[4] or match[3])
    for row, cells in sheet.in_order():
        if top <= row <= bottom:
            yield from (plain(cells[column].value) for column in sorted(cells) if left <= column <= right)


def read_number(text: str) -> float | int | None:
    number = read_float(text)
    return int(number) if number is not None and number.is_integer() and abs(number) < 1e15 else number


def _read_length(text: str) -> int | None:
    number = read_number(text)
    return number if isinstance(number, int) and number >= 0 else None


def _read_day(text: str) -> Any:
    number = read_float(text)
    return None if number is None else serial_to_date(number)


def _bounds(rule: EntryRule, low: str, high: str, read: Any) -> Iterator[tuple[str, Any]]:
    """The bounds that a validation states as constants; an open one (> 0) is taken as a closed one."""
    first, second = (read(text) for text in rule.formulas)
    if rule.operator == "between":
        if first is not None and second is not None and first <= second:
            yield from ((low, first), (high, second))
    elif rule.operator in _AT_LEAST and first is not None:
        yield low, first
    elif rule.operator in _AT_MOST and first is not None:
        yield high, first
