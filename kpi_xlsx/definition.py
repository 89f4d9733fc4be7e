"""A template definition in TOML or as a sheet, read strictly: mistakes are named by key or cell, all at once."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kpi_xlsx import resources
from kpi_xlsx.column_definition import COLUMN_KEYS, columns_mistakes, parse_condition
from kpi_xlsx.definition_sheet import Placed, read_definition
from kpi_xlsx.model import (
    CellType,
    Language,
    Mistake,
    Progress,
    Role,
    Severity,
    Source,
    TemplateError,
)
from kpi_xlsx.pace_definition import ALERT_KEYS, PACE_KEYS, build_pace, pace_mistakes
from kpi_xlsx.template import (
    MAIN_TABLE,
    Column,
    NotDue,
    PrintSettings,
    Table,
    Template,
)
from kpi_xlsx.toml_files import Complaint, key_mistakes, nearest, read_toml, unknown_key

TITLE_PLACEHOLDERS = frozenset({"department", "year", "months", "month", "quarter", "half", "financial_year"})

TOP_KEYS: Mapping[str, tuple[type, ...]] = {
    "name": (str,),
    "version": (str, int),
    "language": (str,),
    "title": (str,),
    "notes": (list,),
    "signature": (list,),
    "signed": (list,),
    "columns": (list,),
    "severity": (dict,),
    "print": (dict,),
    "form": (dict,),
    "pace": (dict,),
    "spare_rows": (int,),
    "date_order": (str,),
}
PRINT_CHOICES: Mapping[str, tuple[str, ...]] = {"paper": ("A3", "A4"), "orientation": ("landscape", "portrait")}
FORM_CHOICES: Mapping[str, tuple[str, ...]] = {"not_due": tuple(NotDue)}
_TABLES = (("print", PRINT_CHOICES), ("form", FORM_CHOICES))
SHEET_SUFFIXES = (".xlsx", ".xlsm")
"""Of a definition that is written as a sheet."""
DATE_ORDERS = ("dmy", "mdy")
_REQUIRED_TOP = ("name", "version", "language", "columns")
_SEVERITY_CODE = re.compile(r"[A-Z]\d{3}")


def find_template(name: str, beside: Path, language: Language = Language.ZH) -> Path:
    """The file of a shipped name or of a path, relative to the cycle's folder.

    Raises TemplateError naming the shipped templates if there is no such file.
    """
    shipped = resources.folder("templates") / f"{name}.toml"
    if not re.search(r"[\\/\0]", name) and shipped.is_file():
        return shipped
    path = beside / name
    if "\0" not in name and path.is_file():
        return path.resolve()
    known = resources.names("templates")
    close = nearest(name, known)
    hint = language.say(f"，是不是“{close}”？", f"; did you mean “{close}”?") if close else language.say("。", ".")
    listed = language.say("、", ", ").join(known)
    words = language.say(
        f"没有“{name}”这个模板{hint}自带的有：{listed}；也可以写自己的 .toml 或 .xlsx 文件的路径。",
        f"There is no template “{name}”{hint} Shipped: {listed}; or give the path of your own .toml or .xlsx file.",
    )
    raise TemplateError([Mistake("cycle.toml", "template", words)])


def load_template(path: Path) -> Template:
    """Read a definition. Raises TemplateError with every mistake in it."""
    return make_template(_read(path), path.name)


def make_template(placed: Placed, file: str) -> Template:
    """The template of a definition's keys and values. Raises TemplateError with every mistake in it, in this file."""
    data = placed.data
    language = Language.EN if data.get("language") == "en" else Language.ZH
    mistakes = [
        Mistake(file, cell, language.say(f"“{key}”写了两次。", f"“{key}” stands there twice."))
        for cell, key in placed.doubled
    ]
    mistakes += [Mistake(file, placed.where(place), words) for place, words in _mistakes(data, language)]
    if mistakes:
        raise TemplateError(mistakes)
    return _build(data)


def _read(path: Path) -> Placed:
    """The keys and values of a definition, whichever way it is written."""
    if path.suffix.casefold() not in SHEET_SUFFIXES:
        return Placed(read_toml(path, TemplateError))
    tables: dict[str, tuple[type, ...]] = {f"{name}.{key}": (str,) for name, keys in _TABLES for key in keys}
    tables |= {f"pace.{key}": kinds for key, kinds in PACE_KEYS.items()}
    tables |= {f"pace.alerts[].{key}": kinds for key, kinds in ALERT_KEYS.items()}
    return read_definition(path, TOP_KEYS, COLUMN_KEYS, tables)


def _mistakes(data: Mapping[str, Any], language: Language) -> Iterator[Complaint]:
    yield from key_mistakes(data, TOP_KEYS, _REQUIRED_TOP, "", language)
    if "language" in data and data["language"] not in list(Language):
        yield "language", language.say("只能是 zh 或 en。", "Must be zh or en.")
    for key in ("notes", "signature", "signed"):
        if isinstance(data.get(key), list) and not all(isinstance(item, str) for item in data[key]):
            yield key, language.say("每一项都应当是文字。", "Every item must be text.")
    if {label for label in _texts(data, "signed") if label not in _texts(data, "signature")}:
        yield "signed", language.say("每一项都要在 signature 里有。", "Every item must stand in signature, too.")
    if isinstance(data.get("title"), str):
        yield from placeholder_mistakes(data["title"], "title", language)
    if isinstance(data.get("spare_rows"), int) and not 0 <= data["spare_rows"] <= 200:
        yield "spare_rows", language.say("应当在 0 到 200 之间。", "Must be from 0 to 200.")
    if isinstance(data.get("date_order"), str) and data["date_order"] not in DATE_ORDERS:
        yield "date_order", language.say("只能是 dmy（先日后月）或 mdy（先月后日）。", "Must be dmy or mdy.")
    for name, choices in _TABLES:
        yield from _table_mistakes(data.get(name), name, choices, language)
    for code, severity in (data.get("severity") or {}).items() if isinstance(data.get("severity", {}), dict) else ():
        if not _SEVERITY_CODE.fullmatch(code) or severity not in list(Severity):
            yield (
                f"severity.{code}",
                language.say(
                    '应当写成 规则代码 = "error"、"warning" 或 "info"。',
                    'Must read: rule code = "error", "warning" or "info".',
                ),
            )
    if isinstance(data.get("pace"), dict):
        yield from pace_mistakes(data["pace"], language)
    if isinstance(data.get("columns"), list):
        yield from columns_mistakes(data["columns"], language)


def _table_mistakes(
    table: Any, name: str, choices: Mapping[str, tuple[str, ...]], language: Language
) -> Iterator[Complaint]:
    """Unknown keys and values of a table in which each key has its choices."""
    for key, value in table.items() if isinstance(table, dict) else ():
        if key not in choices:
            yield f"{name}.{key}", unknown_key(key, choices, language)
        elif value not in choices[key]:
            listed = ", ".join(choices[key])
            yield f"{name}.{key}", language.say(f"只能是：{listed}。", f"Must be one of: {listed}.")


def _texts(data: Mapping[str, Any], key: str) -> list[str]:
    value = data.get(key)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def placeholder_mistakes(title: str, place: str, language: Language) -> Iterator[Complaint]:
    """Unknown `{placeholders}` in a title."""
    listed = " ".join(f"{{{name}}}" for name in sorted(TITLE_PLACEHOLDERS))
    try:
        fields = [rest for _, *rest in string.Formatter().parse(title) if rest[0] is not None]
        names = ["?" if form or conversion else name for name, form, conversion in fields]
    except ValueError:
        names = ["?"]
    if any(name not in TITLE_PLACEHOLDERS for name in names):
        yield place, language.say(f"花括号里只能用：{listed}。", f"Only these may stand in braces: {listed}.")


def _build(data: Mapping[str, Any]) -> Template:
    columns = tuple(_build_column(column, data.get("date_order", "")) for column in data["columns"])
    return Template(
        name=data["name"],
        version=str(data["version"]),
        language=Language(data["language"]),
        tables=(Table(MAIN_TABLE, columns, spare_rows=data.get("spare_rows", 0)),),
        title=data.get("title", ""),
        notes=tuple(data.get("notes", ())),
        signature=tuple(data.get("signature", ())),
        signed=tuple(data.get("signed", ())),
        severity={code: Severity(word) for code, word in data.get("severity", {}).items()},
        print=PrintSettings(**data.get("print", {})),
        not_due=NotDue(data.get("form", {}).get("not_due", NotDue.GREY)),
        pace=build_pace(data.get("pace", {})),
    )


def _build_column(data: Mapping[str, Any], date_order: str) -> Column:
    required, cumulative = data.get("required", False), data.get("cumulative", False)
    simple = {
        key: data[key]
        for key in (
            "key",
            "header",
            "group",
            "width",
            "min",
            "max",
            "min_length",
            "max_length",
            "help",
            "merge",
            "print",
            "last",
            "future",
        )
        if key in data
    }
    kind = CellType(data.get("type", "text"))
    return Column(
        **simple,
        source=Source(data["source"]),
        type=kind,
        date_order=date_order if kind in (CellType.DATE, CellType.MONTH) else "",
        choices=tuple(data.get("choices", ())),
        required=required is True,
        required_when=parse_condition(required) if isinstance(required, str) else None,
        waived=parse_condition(data["waived"]) if "waived" in data else None,
        closed_for=Role(data["closed_for"]) if "closed_for" in data else None,
        required_for=Role(data["required_for"]) if "required_for" in data else None,
        cumulative=bool(cumulative),
        adds=cumulative if isinstance(cumulative, str) else "",
        means=tuple(map(Progress, data.get("means", ()))),
    )
