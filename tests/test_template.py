"""Template definitions: the shipped two, the schema for editors, and every mistake a person can make in one."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kpi_xlsx import resources
from kpi_xlsx.column_definition import COLUMN_KEYS, RESERVED_KEYS
from kpi_xlsx.definition import DATE_ORDERS, PRINT_CHOICES, TITLE_PLACEHOLDERS, TOP_KEYS, find_template, load_template
from kpi_xlsx.model import CellType, Mistake, PlanError, Progress, Severity, Source, TemplateError
from kpi_xlsx.template import Condition, Template
from kpi_xlsx.toml_files import read_toml

SHIPPED = ("progress-zh", "progress-en")
SCHEMA = json.loads((resources.folder("templates") / "template.schema.json").read_text("utf-8"))
COLUMN_SCHEMA = SCHEMA["$defs"]["column"]


def shipped(name: str) -> Template:
    return load_template(resources.folder("templates") / f"{name}.toml")


def write(folder: Path, text: str, name: str = "own.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def load(folder: Path, text: str) -> Template:
    return load_template(write(folder, text))


def mistakes(folder: Path, text: str) -> tuple[Mistake, ...]:
    with pytest.raises(TemplateError) as caught:
        load(folder, text)
    return caught.value.mistakes


# --- definitions, piece by piece --------------------------------------------------------------------------------------

NAMED = 'name = "own"\nversion = 1\nlanguage = "en"\n'


def column(rest: str = "", *, key: str = '"share"', header: str = '"Share"', source: str = '"department"') -> str:
    return f"[[columns]]\nkey = {key}\nheader = {header}\nsource = {source}\n{rest}\n"


ID = column(key='"id"', header='"No."', source='"plan"')
STATUS = column('type = "choice"\nchoices = ["Done", "Late"]', key='"status"', header='"Status"')
RIGHT = NAMED + ID + STATUS


def top(line: str) -> str:
    """A right definition but for one line at its top."""
    return NAMED + line + "\n" + ID + STATUS


def with_column(rest: str = "", **words: str) -> str:
    """A right definition but for one more column."""
    return RIGHT + column(rest, **words)


# --- the schema -------------------------------------------------------------------------------------------------------


def in_schema(data: dict[str, Any]) -> bool:
    """Whether an editor would accept a definition; it shows dates to the schema as text."""
    seen = json.loads(json.dumps(data, default=str))
    return bool(Draft202012Validator(SCHEMA).is_valid(seen))


def described(node: Any, name: str = "") -> list[tuple[str, str]]:
    """The words of every key that the schema declares."""
    found = []
    for key, part in node.get("properties", {}).items():
        found += [(f"{name}.{key}", part.get(word, "")) for word in ("title", "description")]
        found += described(part, f"{name}.{key}")
    return found


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_templates_fit_the_schema_and_name_it(name: str) -> None:
    text = (resources.folder("templates") / f"{name}.toml").read_text("utf-8")
    assert text.startswith("#:schema ./template.schema.json\n")
    assert in_schema(tomllib.loads(text))


def test_schema_and_program_know_the_same_keys() -> None:
    assert list(SCHEMA["properties"].keys() ^ TOP_KEYS.keys()) == []
    assert list(COLUMN_SCHEMA["properties"].keys() ^ COLUMN_KEYS.keys()) == []
    assert COLUMN_SCHEMA["properties"]["source"]["enum"] == list(Source)
    assert COLUMN_SCHEMA["properties"]["type"]["enum"] == list(CellType)
    assert set(COLUMN_SCHEMA["properties"]["key"]["not"]["enum"]) == RESERVED_KEYS
    assert {key: tuple(part["enum"]) for key, part in SCHEMA["properties"]["print"]["properties"].items()} == (
        PRINT_CHOICES
    )
    (severity,) = SCHEMA["properties"]["severity"]["patternProperties"].values()
    assert severity["enum"] == list(Severity)
    assert tuple(SCHEMA["properties"]["date_order"]["enum"]) == DATE_ORDERS
    assert all(name in SCHEMA["properties"]["title"]["pattern"] for name in TITLE_PLACEHOLDERS)


def test_schema_takes_no_unknown_keys() -> None:
    tables = [SCHEMA, COLUMN_SCHEMA, SCHEMA["properties"]["print"], SCHEMA["properties"]["severity"]]
    assert [table["additionalProperties"] for table in tables] == [False] * len(tables)


def test_schema_speaks_both_languages() -> None:
    words = described(SCHEMA) + described(COLUMN_SCHEMA, "columns")
    words += [("", SCHEMA[word]) for word in ("title", "description")]
    for name, text in words:
        chinese, slash, english = text.partition(" / ")
        assert slash, name
        assert chinese, name
        assert english.isascii() or "“" in english or "|" in english, name


# --- the shipped templates --------------------------------------------------------------------------------------------

CONTRACT = {
    "id": ("plan", "text"),
    "category": ("plan", "text"),
    "subcategory": ("plan", "text"),
    "name": ("plan", "text"),
    "requirement": ("plan", "text"),
    "attribute": ("plan", "text"),
    "due_month": ("plan", "text"),
    "progress": ("department", "text"),
    "status": ("department", "choice"),
    "actual": ("department", "number"),
    "data_as_of": ("department", "month"),
    "completed_on": ("department", "date"),
    "explanation": ("department", "text"),
    "evidence": ("department", "text"),
}
HEADINGS = [
    *("编号", "类别", "分项指标", "目标名称", "考核内容及指标", "指标属性", "完成时限(月)"),
    *("进展情况", "完成状态", "实际值", "数据截至", "完成日期", "情况说明", "佐证材料"),
]


def test_the_two_shipped_templates_have_one_shape() -> None:
    zh, en = (shipped(name).main.columns for name in SHIPPED)
    shape = [[(c.key, c.source, c.type, c.merge, c.required, len(c.choices)) for c in each] for each in (zh, en)]
    assert shape[0] == shape[1]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_keys_are_those_of_the_contract(name: str) -> None:
    columns = shipped(name).main.form_columns
    assert {column.key: (column.source, column.type) for column in columns} == CONTRACT
    assert [column.key for column in columns] == list(CONTRACT)
    assert [column.key for column in columns if column.required] == ["progress", "status"]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_conditions_are_those_of_the_contract(name: str) -> None:
    template = shipped(name)
    columns = template.main.by_key

    def meanings(condition: Condition | None) -> list[Progress]:
        assert condition is not None
        assert condition.column == "status"
        return sorted(template.progress_of[choice] for choice in condition.choices)

    pending = [Progress.CHANGE_REQUESTED, Progress.DATA_PENDING, Progress.NOT_DUE]
    assert meanings(columns["progress"].waived) == pending
    assert meanings(columns["explanation"].required_when) == sorted([*pending, Progress.BEHIND])
    assert meanings(columns["completed_on"].required_when) == [Progress.COMPLETED]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_choices_mean_what_stands_at_their_place(name: str) -> None:
    assert list(shipped(name).progress_of.values()) == list(Progress)


def test_chinese_headings_begin_as_the_contract_lists_them() -> None:
    found = [column.header for column in shipped("progress-zh").main.form_columns]
    assert len(found) == len(HEADINGS)
    assert all(header.startswith(begins) for header, begins in zip(found, HEADINGS, strict=True))


@pytest.mark.parametrize("name", SHIPPED)
def test_office_columns_stand_in_no_form(name: str) -> None:
    table = shipped(name).main
    assert [column.key for column in table.of(Source.OFFICE)] == ["verified", "remark"]
    assert not {"verified", "remark"} & {column.key for column in table.form_columns}


def test_required_columns_carry_a_star_in_forms() -> None:
    columns = shipped("progress-zh").main.by_key
    assert columns["progress"].heading == "*进展情况"
    assert columns["actual"].heading == "实际值"


# --- what a definition says -------------------------------------------------------------------------------------------


def test_a_small_definition_with_everything_left_out(tmp_path: Path) -> None:
    template = load(tmp_path, RIGHT)
    assert (template.id, template.title, template.notes, template.signature) == ("own@1", "", (), ())
    assert (template.print.paper, template.print.orientation, template.main.spare_rows) == ("A3", "landscape", 0)
    assert template.severity == {}
    assert not template.main.grouped


@pytest.mark.parametrize("order", ["dmy", "mdy", ""])
def test_the_order_of_dates_holds_for_columns_of_dates(order: str, tmp_path: Path) -> None:
    top = f'date_order = "{order}"\n' if order else ""
    dates = column('type = "date"') + column('type = "month"').replace("share", "since").replace("Share", "Since")
    template = load(tmp_path, NAMED + top + ID + STATUS + dates)
    found = {one.key: one.date_order for one in template.main.columns if one.type is not CellType.CHOICE}
    assert found == {"id": "", "share": order, "since": order}


def test_a_definition_with_everything(tmp_path: Path) -> None:
    more = 'title = "{year}"\nnotes = ["a"]\nsignature = ["b"]\nspare_rows = 200\nseverity = { D101 = "info" }\n'
    more += 'print = { paper = "A4", orientation = "portrait" }\n'
    rest = (
        'group = "Figures"\nwidth = 7.5\ntype = "number"\nmin = 0\nmax = 99.5\nhelp = "h"\nmerge = true\nprint = false'
    )
    template = load(tmp_path, NAMED + more + ID + STATUS + column(rest))
    share = template.main.by_key["share"]
    assert (template.notes, template.signature, template.main.spare_rows) == (("a",), ("b",), 200)
    assert template.severity == {"D101": Severity.INFO}
    assert (template.print.paper, template.print.orientation) == ("A4", "portrait")
    assert (share.group, share.width, share.min, share.max, share.merge, share.print) == (
        "Figures",
        7.5,
        0,
        99.5,
        True,
        False,
    )
    assert template.main.grouped


def test_a_text_version_stays_as_it_is(tmp_path: Path) -> None:
    assert load(tmp_path, RIGHT.replace("version = 1", 'version = "2018-b"')).id == "own@2018-b"


@pytest.mark.parametrize("written", ["status=Done|Late", "status = Done | Late", " status =Done|  Late "])
def test_conditions_are_parsed(tmp_path: Path, written: str) -> None:
    share = load(tmp_path, with_column(f'required = "{written}"\nwaived = "status=Done"')).main.by_key["share"]
    assert share.required is False
    assert share.required_when == Condition("status", ("Done", "Late"))
    assert str(share.required_when) == "status=Done|Late"
    assert share.waived == Condition("status", ("Done",))


def with_choices(folder: Path, listed: str, kind: str = "choice") -> Template:
    rest = f'type = "{kind}"' + (f"\nchoices = [{listed}]" if listed else "")
    return load(folder, NAMED + ID + column(rest, key='"status"', header='"Status"'))


def test_status_is_known_by_its_words_wherever_they_stand(tmp_path: Path) -> None:
    template = with_choices(tmp_path, '"Behind", "已完成", "ON  TRACK", "Paused"')
    found = {"Behind": Progress.BEHIND, "已完成": Progress.COMPLETED, "ON  TRACK": Progress.ON_TRACK}
    assert template.progress_of == found


def test_status_in_words_of_its_own_is_known_by_position(tmp_path: Path) -> None:
    template = with_choices(tmp_path, '"Blue", "Green", "Amber"')
    expected = {"Blue": Progress.COMPLETED, "Green": Progress.ON_TRACK, "Amber": Progress.BEHIND}
    assert template.progress_of == expected


def test_a_status_that_is_no_choice_means_nothing(tmp_path: Path) -> None:
    assert with_choices(tmp_path, "", "text").progress_of == {}
    assert load(tmp_path, NAMED + ID + column()).progress_of == {}


# --- mistakes, one by one ---------------------------------------------------------------------------------------------

LONG = "x" * 256
MISTAKES: dict[str, tuple[str, str, str]] = {
    # what is wrong: the definition, the place that is named, and a word of what is said
    "no name": (RIGHT.replace('name = "own"', ""), "name", "missing"),
    "no version": (RIGHT.replace("version = 1", ""), "version", "missing"),
    "no columns": (NAMED, "columns", "missing"),
    "key unknown": (top('nots = ["a"]'), "nots", "did you mean “notes”?"),
    "key far from all": (top("zzz = 1"), "zzz", "spare_rows"),
    "key of the wrong kind": (top('spare_rows = "3"'), "spare_rows", "whole number"),
    "true is no number": (top("spare_rows = true"), "spare_rows", "whole number"),
    "notes no list": (top("notes = 5"), "notes", "list"),
    "notes not text": (top("notes = [1]"), "notes", "text"),
    "signature not text": (top('signature = ["a", 2]'), "signature", "text"),
    "placeholder unknown": (top('title = "{departement}"'), "title", "{department}"),
    "brace left open": (top('title = "{year"'), "title", "{year}"),
    "placeholder with a format": (top('title = "{department:d}"'), "title", "{department}"),
    "too many spare rows": (top("spare_rows = 201"), "spare_rows", "200"),
    "no order of dates": (top('date_order = "ymd"'), "date_order", "dmy"),
    "an order that is no text": (top("date_order = 1"), "date_order", "text"),
    "fewer than none": (top("spare_rows = -1"), "spare_rows", "0"),
    "print key unknown": (top('print = { papr = "A4" }'), "print.papr", "did you mean “paper”?"),
    "paper unknown": (top('print = { paper = "Letter" }'), "print.paper", "A3, A4"),
    "paper no text": (top('print = { paper = ["A4"] }'), "print.paper", "A3, A4"),
    "print no table": (top('print = "A4"'), "print", "table"),
    "severity unknown": (top('severity = { D101 = "fatal" }'), "severity.D101", "warning"),
    "no rule's code": (top('severity = { D1 = "info" }'), "severity.D1", "rule code"),
    "column no table": (NAMED + 'columns = ["id"]\n', "columns", "[[columns]]"),
    "columns empty": (NAMED + "columns = []\n", "columns", "At least one"),
    "no id": (NAMED + STATUS, "columns", 'key = "id"'),
    "id from the department": (NAMED + column(key='"id"', header='"No."') + STATUS, "columns", 'key = "id"'),
    "nothing to fill in": (NAMED + ID, "columns", 'source = "department"'),
    "column without a key": (RIGHT + '[[columns]]\nheader = "A"\nsource = "office"\n', "columns[3].key", "missing"),
    "column without a source": (RIGHT + '[[columns]]\nkey = "a"\nheader = "A"\n', "columns[a].source", "missing"),
    "column key unknown": (with_column('requird = "x"'), "columns[share].requird", "did you mean “required”?"),
    "column key of the wrong kind": (with_column('width = "9"'), "columns[share].width", "number"),
    "key no text": (with_column(key='["a"]'), "columns[['a']].key", "text"),
    "key with a capital": (with_column(key='"Share"'), "columns[Share].key", "a-z"),
    "key too long": (with_column(key=f'"{"k" * 41}"'), f"columns[{'k' * 41}].key", "a-z"),
    "key of the tool": (with_column(key='"role"'), "columns[role].key", "the tool itself"),
    "key twice": (with_column(key='"status"'), "columns[status].key", "already used"),
    "heading blank": (with_column(header='" "'), "columns[share].header", "empty"),
    "heading twice": (with_column(header='"ＳＴＡＴＵＳ"'), "columns[share].header", "columns[status]"),
    "source unknown": (with_column(source='"planner"'), "columns[share].source", "plan, department, office"),
    "type unknown": (with_column('type = "money"'), "columns[share].type", "number"),
    "type no text": (with_column("type = []"), "columns[share].type", "text"),
    "too wide": (with_column("width = 121"), "columns[share].width", "120"),
    "too narrow": (with_column("width = 0.5"), "columns[share].width", "1"),
    "help too long": (with_column(f'help = "{LONG}"'), "columns[share].help", "255"),
    "choice without choices": (with_column('type = "choice"'), "columns[share].choices", "choices"),
    "choices without choice": (with_column('choices = ["a"]'), "columns[share].choices", 'type = "choice"'),
    "choices no list": (with_column('type = "choice"\nchoices = "a"'), "columns[share].choices", "list"),
    "choice with a bar": (with_column('type = "choice"\nchoices = ["a|b"]'), "columns[share].choices", "“|”"),
    "choice blank": (with_column('type = "choice"\nchoices = ["a", " "]'), "columns[share].choices", "text"),
    "choice twice": (with_column('type = "choice"\nchoices = ["a", "Ａ"]'), "columns[share].choices", "twice"),
    "text with bounds": (with_column("min = 1"), "columns[share].min", "number column"),
    "number bound by a date": (with_column('type = "number"\nmax = 2018-01-01'), "columns[share].max", "number"),
    "date bound by a number": (with_column('type = "date"\nmin = 1'), "columns[share].min", "date"),
    "date bound by an hour": (with_column('type = "date"\nmin = 2018-01-01T09:00:00'), "columns[share].min", "date"),
    "bound without end": (with_column('type = "number"\nmin = -inf'), "columns[share].min", "number"),
    "bound that is none": (with_column('type = "number"\nmax = nan'), "columns[share].max", "number"),
    "bounds crossed": (with_column('type = "number"\nmin = 2\nmax = 1'), "columns[share].min", "max"),
    "lengths crossed": (with_column("min_length = 2\nmax_length = 1"), "columns[share].min_length", "max_length"),
    "length of a number": (with_column('type = "number"\nmin_length = 2'), "columns[share].min_length", "text column"),
    "office must not": (with_column("required = true", source='"office"'), "columns[share].required", "department"),
    "plan has no waiver": (with_column('waived = "status=Late"', source='"plan"'), "columns[share].waived", "departm"),
    "no condition": (with_column('required = "yes"'), "columns[share].required", "status=Behind"),
    "condition half done": (with_column('required = "status=Late|"'), "columns[share].required", "status=Behind"),
    "condition on no column": (with_column('waived = "statu=Late"'), "columns[share].waived", "did you mean “status”?"),
    "condition on no choice": (with_column('waived = "status=Red"'), "columns[share].waived", "Done|Late"),
    "a role that is none": (with_column('closed_for = "helper"'), "columns[share].closed_for", "lead, support"),
    "closed and required": (
        with_column('closed_for = "lead"\nrequired_for = "lead"'),
        "columns[share].required_for",
        "both closed and required",
    ),
    "the plan has no roles": (
        with_column('required_for = "lead"', source='"plan"'),
        "columns[share].required_for",
        "dep",
    ),
    "the office has no last": (with_column("last = true", source='"office"'), "columns[share].last", "department"),
    "a total of words": (with_column("cumulative = true"), "columns[share].cumulative", "number column"),
    "a total of nothing": (
        with_column('type = "number"\ncumulative = "shar"'),
        "columns[share].cumulative",
        "no other number column",
    ),
    "a total of itself": (
        with_column('type = "number"\ncumulative = "share"'),
        "columns[share].cumulative",
        "no other number column",
    ),
    "meanings of no status": (
        with_column('type = "choice"\nchoices = ["a"]\nmeans = ["completed"]'),
        "columns[share].means",
        "column status",
    ),
    "a meaning that is none": (
        RIGHT.replace('choices = ["Done", "Late"]', 'choices = ["Done", "Late"]\nmeans = ["completed", "slow"]'),
        "columns[status].means",
        "not_started",
    ),
    "too few meanings": (
        RIGHT.replace('choices = ["Done", "Late"]', 'choices = ["Done", "Late"]\nmeans = ["completed"]'),
        "columns[status].means",
        "each of the choices",
    ),
    "a text of days to come": (with_column("future = true"), "columns[share].future", "date or month"),
    "form key unknown": (top('form = { notdue = "omit" }'), "form.notdue", "did you mean “not_due”?"),
    "goals left out otherwise": (top('form = { not_due = "hide" }'), "form.not_due", "grey, omit"),
}
ACROSS = {
    # These need a look across the definition, a calendar or numbers that JSON lacks; a schema has none of them.
    "key twice",
    "heading twice",
    "choice twice",
    "bounds crossed",
    "lengths crossed",
    "condition on no column",
    "condition on no choice",
    "date bound by an hour",
    "bound without end",
    "bound that is none",
    "closed and required",
    "a total of nothing",
    "a total of itself",
    "meanings of no status",
    "too few meanings",
}


@pytest.mark.parametrize("wrong", MISTAKES)
def test_each_mistake_is_one_line_with_its_place(tmp_path: Path, wrong: str) -> None:
    text, place, words = MISTAKES[wrong]
    (found,) = mistakes(tmp_path, text)
    assert (found.file, found.place) == ("own.toml", place)
    assert words in found.words
    assert str(found).startswith(f"own.toml: {place}: ")
    assert "\n" not in str(found)


@pytest.mark.parametrize("wrong", [wrong for wrong in MISTAKES if wrong not in ACROSS])
def test_the_schema_refuses_what_the_program_refuses(wrong: str) -> None:
    assert in_schema(tomllib.loads(RIGHT))
    assert not in_schema(tomllib.loads(MISTAKES[wrong][0]))


def test_a_condition_can_only_rest_on_what_the_department_chooses(tmp_path: Path) -> None:
    verdict = column('type = "choice"\nchoices = ["Yes"]', key='"verdict"', header='"Verdict"', source='"office"')
    (found,) = mistakes(tmp_path, RIGHT + verdict + column('required = "verdict=Yes"'))
    assert found.place == "columns[share].required"


@pytest.mark.parametrize("heading", ["Check", "*role", "自查提示"])
def test_a_heading_that_the_form_itself_prints_is_taken(tmp_path: Path, heading: str) -> None:
    (found,) = mistakes(tmp_path, with_column(header=f'"{heading}"'))
    assert found.place == "columns[share].header"


def test_no_language_is_told_in_chinese(tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, RIGHT.replace('language = "en"', ""))
    assert (found.place, found.words) == ("language", "缺少这个键。")
    (found,) = mistakes(tmp_path, RIGHT.replace('"en"', '"fr"'))
    assert found.place == "language"


def test_ten_mistakes_are_ten_lines_at_once(tmp_path: Path) -> None:
    parts = [
        'nam = "x"\nversion = 1\nlanguage = "zh"\nspare_rows = 999\ntitle = "{jahr}"\nprint = { paper = "A5" }\n',
        ID,
        column('type = "choice"', key='"status"', header='"完成状态"'),
        column("width = 500\nmin = 3", header='"比例"'),
        column('required = "stand=晚"', key='"note"', header='"比 例"'),
    ]
    found = mistakes(tmp_path, "".join(parts))
    assert sorted(mistake.place for mistake in found) == [
        "columns[note].header",
        "columns[note].required",
        "columns[share].min",
        "columns[share].width",
        "columns[status].choices",
        "nam",
        "name",
        "print.paper",
        "spare_rows",
        "title",
    ]
    assert len(str(PlanError(found)).splitlines()) == 10


# --- files ------------------------------------------------------------------------------------------------------------


def test_shipped_names_and_paths_are_found(tmp_path: Path) -> None:
    assert find_template("progress-en", tmp_path) == resources.folder("templates") / "progress-en.toml"
    own = write(tmp_path, RIGHT)
    (tmp_path / "2018-06").mkdir()
    assert find_template("own.toml", tmp_path) == own.resolve()
    assert find_template("../own.toml", tmp_path / "2018-06") == own.resolve()
    assert find_template(str(own), tmp_path / "2018-06") == own.resolve()


@pytest.mark.parametrize("name", ["progres-zh", "", "..", "own.toml", "a\0b"])
def test_an_unknown_name_lists_what_is_shipped(tmp_path: Path, name: str) -> None:
    with pytest.raises(TemplateError) as caught:
        find_template(name, tmp_path)
    (found,) = caught.value.mistakes
    assert (found.file, found.place) == ("cycle.toml", "template")
    assert "progress-en" in found.words
    assert "progress-zh" in found.words


def test_a_byte_order_mark_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(b"\xef\xbb\xbf" + RIGHT.encode())
    assert load_template(path).name == "own"


BAD_FILES = {
    "not UTF-8": ('name = "进展"'.encode("gb18030"), "UTF-8"),
    "UTF-16": (RIGHT.encode("utf-16"), "UTF-8"),
    "no TOML": (b"name = progress\n", "TOML"),
    "a key twice": (b'name = "a"\nname = "b"\n', "TOML"),
    "a number without end": (b"version = " + b"9" * 5000, "TOML"),
    "brackets without end": (b"notes = " + b"[" * 5000 + b"]" * 5000, "TOML"),
}


@pytest.mark.parametrize("wrong", BAD_FILES)
def test_a_file_that_cannot_be_parsed_is_one_line(tmp_path: Path, wrong: str) -> None:
    body, words = BAD_FILES[wrong]
    path = tmp_path / "own.toml"
    path.write_bytes(body)
    with pytest.raises(TemplateError) as caught:
        load_template(path)
    (found,) = caught.value.mistakes
    assert found.file == "own.toml"
    assert words in found.words


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"^own\.toml: .*no such file"):
        read_toml(tmp_path / "own.toml", TemplateError)
    (tmp_path / "own").mkdir()
    with pytest.raises(TemplateError, match=r"^own: "):
        read_toml(tmp_path / "own", TemplateError)
