"""A template definition in TOML, read strictly: every mistake is named by its key, all at once."""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
import string
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kpi_xlsx import resources
from kpi_xlsx.model import (
    CellType,
    Language,
    Mistake,
    PlanError,
    Progress,
    Role,
    Severity,
    Source,
    TemplateError,
    match_key,
)
from kpi_xlsx.template import (
    AUTOMATIC,
    LAST_WORDS,
    MAIN_TABLE,
    Column,
    Condition,
    NotDue,
    PrintSettings,
    Table,
    Template,
)

TITLE_PLACEHOLDERS = frozenset({"department", "year", "months", "month", "quarter", "half", "financial_year"})
RESERVED_KEYS = frozenset({"department", *AUTOMATIC})

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
    "spare_rows": (int,),
    "date_order": (str,),
}
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
PRINT_CHOICES: Mapping[str, tuple[str, ...]] = {"paper": ("A3", "A4"), "orientation": ("landscape", "portrait")}
FORM_CHOICES: Mapping[str, tuple[str, ...]] = {"not_due": tuple(NotDue)}
DATE_ORDERS = ("dmy", "mdy")
_REQUIRED_TOP = ("name", "version", "language", "columns")
_REQUIRED_COLUMN = ("key", "header", "source")
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
        f"没有“{name}”这个模板{hint}自带的有：{listed}；也可以写自己的 .toml 文件路径。",
        f"There is no template “{name}”{hint} Shipped: {listed}; or give the path of your own .toml file.",
    )
    raise TemplateError([Mistake("cycle.toml", "template", words)])


def load_template(path: Path) -> Template:
    """Read a definition. Raises TemplateError with every mistake in it."""
    data = read_toml(path, TemplateError)
    language = Language.EN if data.get("language") == "en" else Language.ZH
    mistakes = [Mistake(path.name, place, words) for place, words in _mistakes(data, language)]
    if mistakes:
        raise TemplateError(mistakes)
    return _build(data)


def read_toml(path: Path, error: type[PlanError]) -> dict[str, Any]:
    """Parse a TOML file that a person wrote (UTF-8, a BOM is fine). Raises `error` with one mistake."""
    text = read_text(path, error)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        words = f"不是正确的 TOML 格式：{problem} / This is not valid TOML: {problem}"
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets in brackets without end
        words = "不是正确的 TOML 格式 / This is not valid TOML"
    raise error([Mistake(path.name, "", words)])


def read_text(path: Path, error: type[PlanError]) -> str:
    """A text file that a person wrote (UTF-8, a BOM is fine). Raises `error` with one mistake."""
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        words = "没有这个文件。 / There is no such file."
    except UnicodeDecodeError:
        words = "文件不是 UTF-8 编码，请另存为 UTF-8。 / The file is not UTF-8; save it again as UTF-8."
    except OSError as problem:
        words = f"读不了这个文件：{problem.strerror} / The file cannot be read: {problem.strerror}"
    raise error([Mistake(path.name, "", words)])


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a misspelt one most probably stands for."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return close[0] if close else None


def unknown_key(word: str, known: Iterable[str], language: Language) -> str:
    """What to say of a key that nobody knows."""
    known = list(known)
    close = nearest(word, known)
    if close:
        return language.say(
            f"没有“{word}”这个键，是不是“{close}”？", f"There is no key “{word}”; did you mean “{close}”?"
        )
    listed = ", ".join(known)
    return language.say(f"没有“{word}”这个键。可用的键：{listed}。", f"There is no key “{word}”. Keys: {listed}.")


Complaint = tuple[str, str]
"""A place within the file, and words."""


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
    for name, choices in (("print", PRINT_CHOICES), ("form", FORM_CHOICES)):
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
    if isinstance(data.get("columns"), list):
        yield from _columns_mistakes(data["columns"], language)


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


def key_mistakes(
    data: Mapping[str, Any],
    known: Mapping[str, tuple[type, ...]],
    required: Iterable[str],
    prefix: str,
    language: Language,
) -> Iterator[Complaint]:
    """Misspelt keys, missing keys and values of the wrong kind in one TOML table."""
    for key, value in data.items():
        if key not in known:
            yield prefix + key, unknown_key(key, known, language)
        elif not isinstance(value, known[key]) or (isinstance(value, bool) and bool not in known[key]):
            kinds = " / ".join(_kind_name(kind, language) for kind in known[key])
            yield prefix + key, language.say(f"应当是{kinds}。", f"Must be {kinds}.")
    for key in required:
        if key not in data:
            yield prefix + key, language.say("缺少这个键。", "This key is missing.")


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


def _kind_name(kind: type, language: Language) -> str:
    zh, en = {
        str: ("文字", "text"),
        int: ("整数", "a whole number"),
        float: ("数字", "a number"),
        bool: ("true/false", "true or false"),
        list: ("列表", "a list"),
        dict: ("一组键", "a table of keys"),
        dt.date: ("日期", "a date"),
        dt.datetime: ("日期时间", "a date and time"),
    }[kind]
    return language.say(zh, en)


def _columns_mistakes(columns: list[Any], language: Language) -> Iterator[Complaint]:
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
    condition = _parse_condition(text)
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


def _parse_condition(text: str) -> Condition | None:
    column, equals, choices = text.partition("=")
    parts = tuple(part.strip() for part in choices.split("|"))
    return Condition(column.strip(), parts) if equals and column.strip() and all(parts) else None


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
        required_when=_parse_condition(required) if isinstance(required, str) else None,
        waived=_parse_condition(data["waived"]) if "waived" in data else None,
        closed_for=Role(data["closed_for"]) if "closed_for" in data else None,
        required_for=Role(data["required_for"]) if "required_for" in data else None,
        cumulative=bool(cumulative),
        adds=cumulative if isinstance(cumulative, str) else "",
        means=tuple(map(Progress, data.get("means", ()))),
    )
