"""What a cell of an OpenDocument spreadsheet says of itself: numbers, dates, times, errors and texts.

Format: OpenDocument 1.3 part 3.
"""

from __future__ import annotations

import datetime as dt
import math
import re

from kpi_xlsx.model import CellKind, Scalar
from kpi_xlsx.parts import by_format, iso_date, local, read_float, scaled_look
from kpi_xlsx.periods import bare_date, serial_to_date

_FAULT = "fault"


def by_local_name(attributes: dict[str, str]) -> dict[str, str]:
    """Attributes without their prefixes; LibreOffice's own repeat some, and only say that a value is an error."""
    plain = {local(key): value for key, value in attributes.items() if not key.startswith("calcext:")}
    if attributes.get("calcext:value-type") == "error":
        plain[_FAULT] = ""
    return plain


def count_of(attributes: dict[str, str], name: str) -> int:
    """How often something is repeated: once, where nothing sensible is said."""
    text = attributes.get(name, "")
    return max(int(text), 1) if text.isdecimal() and len(text) < 10 else 1


def formula_of(attributes: dict[str, str]) -> str | None:
    """A formula with the sign that begins it, without the prefix that names its grammar."""
    formula = attributes.get("formula")
    return "=" + re.sub(r"^(?:\w+:)?=", "", formula) if formula else None


_ERROR = re.compile(r"#[A-Z][A-Z0-9/_]*[!?]?|Err:\d{3}")
_DURATION = re.compile(r"-?P(?:(\d{1,9})D)?T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:[.,]\d+)?)S)?")


def read_value(attributes: dict[str, str], shown: str) -> tuple[CellKind, Scalar | None, bool]:
    """Kind, value and percentage of a cell, from what it says of itself and what it shows."""
    kind = attributes.get("value-type", "")
    if _FAULT in attributes or (kind in ("", "string") and attributes.get("formula") and _ERROR.fullmatch(shown)):
        return CellKind.ERROR, shown or "#N/A", False
    if kind in ("float", "percentage", "currency"):
        return _read_number(attributes.get("value", "") or shown, shown, kind == "percentage")
    if kind == "date":
        return _read_date(attributes.get("date-value", "") or shown)
    if kind == "time":
        return _read_time(attributes.get("time-value", "") or shown)
    if kind == "boolean":
        return CellKind.BOOL, (attributes.get("boolean-value", "") or shown).strip().lower() == "true", False
    stated = attributes.get("string-value", "")
    text = stated if stated.split() != shown.split() and stated else shown  # a format may add words to what is shown
    return (CellKind.TEXT, text, False) if text else (CellKind.EMPTY, None, False)


def _read_number(raw: str, shown: str, percent: bool) -> tuple[CellKind, Scalar | None, bool]:
    number = read_float(raw)
    if number is None:
        return (CellKind.TEXT, raw, False) if raw else (CellKind.EMPTY, None, False)
    if number in (0, 1) and shown.upper() in ("TRUE", "FALSE"):  # LibreOffice, of a formula from an .xlsx
        return CellKind.BOOL, number == 1, False
    return by_format(number, "percent" if percent else _shown_look(number, shown))


_DRAWN = re.compile(r"([^\d%]*?)(\d[\d,]{0,30}(?:\.\d{1,30})?)([^\d%]*)", re.ASCII)
_YEAR = re.compile(r"(\d{4})[-/.年]\d")


def _shown_look(number: float, shown: str) -> str:
    """Gnumeric calls a percentage a number, SheetJS a date as well: only what the cell shows tells them apart.

    So it is with a format that shows 20000000 as 2000.0万.
    """
    if shown.endswith("%"):
        try:
            percent = float(shown[:-1].replace(",", ""))
        except ValueError:
            return "general"
        return "percent" if abs(percent - number * 100) < abs(percent - number) else "general"
    if (year := _YEAR.match(shown)) and (date := serial_to_date(number)) and date.year == int(year[1]):
        return "date"
    drawn = _DRAWN.fullmatch(shown.replace("!.", "."))
    moved = len(drawn[2].partition(".")[2]) if drawn and "!." in shown else 0  # LibreOffice shows 0!.0, as 20000!.0
    digits = float(drawn[2].replace(",", "")) if drawn else 0.0
    if drawn is None or not digits:
        return "general"
    power = round(math.log10(abs(number) / digits)) if number else 0
    exact = power > 1 and abs(abs(number) / 10**power - digits) <= 0.05 * digits
    return scaled_look((power if exact else 0) + moved, drawn[1].strip("-( "), drawn[3].strip(") "))


def _read_date(raw: str) -> tuple[CellKind, Scalar | None, bool]:
    if raw.startswith("1899-12-30T"):  # a time of day that is formatted as a date
        hours, minutes, seconds = [*raw[11:].split(":"), "0", "0"][:3]
        return _read_time(f"PT{hours}H{minutes}M{seconds}S")
    if not raw:
        return CellKind.EMPTY, None, False
    kind, value, percent = iso_date(raw)
    if isinstance(value, dt.datetime) and value.microsecond:
        value = _to_second(value)
    return kind, value, percent


def _to_second(moment: dt.datetime) -> dt.date:
    """Rounded, as the serial number of an .xlsx is; the last second of all is cut off instead."""
    whole = moment.replace(microsecond=0)
    try:
        return bare_date(whole + dt.timedelta(seconds=round(moment.microsecond / 1e6)))
    except OverflowError:
        return whole


def _read_time(raw: str) -> tuple[CellKind, Scalar | None, bool]:
    """A time of day is the part of a day that it is; a longer time is what the same number would be in an .xlsx."""
    match = _DURATION.fullmatch(raw.strip())
    if match is None:
        return (CellKind.TEXT, raw, False) if raw else (CellKind.EMPTY, None, False)
    days, hours, minutes = (int(part or 0) for part in match.groups()[:3])
    seconds = float((match[4] or "0").replace(",", "."))
    number = days + (hours * 3600 + minutes * 60 + seconds) / 86_400
    return by_format(-number if raw.strip().startswith("-") else number, "date")
