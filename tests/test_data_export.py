"""Data for other programs: every format read back is the ledger, as its schema says; what cannot be is refused."""

from __future__ import annotations

import csv
import datetime as dt
import json
import sqlite3
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import past_kit
import pytest
import returns_kit as kit
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from test_next import run

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.data_tables import DataTable, DataType, Field, is_published
from kpi_xlsx.exports import ExportKind, kind_of
from kpi_xlsx.model import CellType, CycleError, Goal, Language, Mistake
from kpi_xlsx.outputs.data_files import RUNNING, SUFFIXES, write_data
from kpi_xlsx.report import Report
from kpi_xlsx.report_states import ReportState

EN = Language.EN
Records = list[dict[str, Any]]
HOSTILE = '=HYPERLINK("http://example.org","x")\nand a second line, <b>&amp;</b>; _x0002_'
APOSTROPHE = "'quoted' minutes"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A has reported, with texts that are traps; of B nothing came; one answer is amended, one only proposed so."""
    publish: Mapping[str, Mapping[str, Any]] = {
        f"goal{number}": {"publish": word, "Sponsor": f"=Sponsor {number}"}
        for number, word in enumerate(("yes", "no", "", "maybe"), 1)
    }
    place = tmp_path_factory.mktemp("data") / "cycle"
    cycle = kit.make_cycle(place, EN, plan=kit.measured_goals(EN, **publish))
    kit.inbox(cycle, "B.xlsx").unlink()
    changes: kit.Changes = {
        "1": {"actual": 12, "evidence": HOSTILE},
        "2": {"actual": -12.49, "status": "Nearly", "evidence": APOSTROPHE},
        "3": {"actual": "about 7", "growth": "n/a"},
    }
    kit.arrive(cycle, "A.xlsx", "2018-07-03 09:20", changes)
    kit.amend(cycle, "share", None, 40, "applied", goal="2")
    kit.amend(cycle, "code", None, "@SUM(1)", goal="3")
    return place


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    return Cycle.load(folder).merge()


@pytest.fixture(scope="module")
def cycle(folder: Path, report: Report) -> Cycle:
    assert report.entries
    return Cycle.load(folder)


def exported(cycle: Cycle, to: Path) -> tuple[Records, Records]:
    """Goals and targets as .json has them."""
    cycle.export(to / "plain.json")
    goals, targets = (json.loads((to / name).read_text("utf-8")) for name in ("plain.json", "plain-targets.json"))
    return goals, targets


# --- what is in it ----------------------------------------------------------------------------------------------------


def test_the_rows_are_those_of_the_ledger(cycle: Cycle, report: Report, tmp_path: Path) -> None:
    goals, targets = exported(cycle, tmp_path)
    frame = report.to_frame("entries")
    assert [(one["department"], one["id"]) for one in goals] == list(zip(frame.department, frame.id, strict=True))
    for one, row in zip(goals, report.entries, strict=True):
        for column in cycle.context.template.main.entry:
            told = row.amended[column.key].value if column.key in row.amended else None
            told = told if told is not None or row.entry is None else row.entry.value(column.key)
            text = f"{told:%Y-%m}" if column.type is CellType.MONTH and told is not None else told
            assert one[column.key] == (text.isoformat() if isinstance(text, dt.date) else text), column.key
    given = [(one["file"], one["sheet"], one["row"], one["sha256"]) for one in goals]
    known = frame[["file", "sheet", "row", "sha256"]].astype(object)
    assert given == [tuple(row) for row in known.where(known.notna(), None).itertuples(index=False)]
    told_ = report.to_frame("targets")
    assert [(one["target"], one["state"], one["reason"]) for one in targets] == [
        row for row in zip(told_.target, told_.state, told_.reason, strict=True) if isinstance(row[0], str)
    ]
    assert [one["actual"] for one in targets] == [12, -12.49, None]
    assert [one["reported"] for one in targets] == ["12", "-12.49", "about 7"]


def test_what_a_row_says(cycle: Cycle, tmp_path: Path) -> None:
    goals, _ = exported(cycle, tmp_path)
    assert [one["publish"] for one in goals] == [True, False, None, None]
    assert [one["report_state"] for one in goals] == ["reported", "reported", "reported", "missing"]
    assert [one["status_meaning"] for one in goals] == ["completed", None, "on_track", None]
    assert [one["pace_state"] for one in goals] == ["met", "behind", "cannot_tell", "unreported"]
    assert [(one["amended"], one["pending"]) for one in goals[1:3]] == [("share", None), (None, "code")]
    assert {one["received"] for one in goals} == {"2018-07-03T09:20:00+08:00", None}
    second, third = goals[1:3]
    assert (second["status"], second["status_text"]) == (None, "Nearly")
    assert (third["actual"], third["actual_text"]) == (None, "about 7")
    assert (second["actual"], second["actual_text"], second["share"]) == (-12.49, None, 40)
    assert (third["growth"], third["growth_text"]) == (None, "n/a")
    assert (goals[0]["data_as_of"], goals[0]["completed_on"], goals[0]["due"]) == (
        "2018-06",
        "2018-06-15",
        "2018-06-30",
    )
    assert goals[0]["evidence"] == HOSTILE.replace("\r", "")


def test_what_still_holds_from_an_earlier_cycle(tmp_path: Path) -> None:
    june = past_kit.chain(tmp_path / "chain", EN)[-1]
    june.merge()
    goals, targets = exported(june, tmp_path)
    first = goals[0]
    assert (first["id"], first["report_state"], first["carried"]) == ("1", "completed_earlier", "2018-04")
    assert first["progress"] == "All 12 km of road opened in April."
    assert (first["file"], first["row"], first["received"]) == ("../2018-04/inbox/A.xlsx", None, None)
    assert [one["carried"] for one in goals[1:]] == [None] * (len(goals) - 1)
    assert (targets, {one["pace_state"] for one in goals}) == ([], {None})


def test_a_name_that_the_template_has_taken_gives_way(tmp_path: Path) -> None:
    design = '\n[[columns]]\nkey = "file"\nheader = "File number"\nsource = "department"\n'
    cycle = kit.make_cycle(tmp_path / "cycle", EN, design=design)
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"file": "2018-17"}})
    cycle.merge()
    goals, _ = exported(cycle, tmp_path)
    assert [(one["file"], one["file_"]) for one in goals[:2]] == [(None, "inbox/A.xlsx"), ("2018-17", "inbox/A.xlsx")]


@pytest.mark.parametrize("page", ["data.md", "data.zh-CN.md"])
def test_the_page_names_every_column(page: str, cycle: Cycle, tmp_path: Path) -> None:
    text = (Path(__file__).parent.parent / "docs" / page).read_text("utf-8")
    own = {"share", "code", "growth"}  # the test's template has them
    names = [key for rows in exported(cycle, tmp_path) for key in rows[0]]
    names = [key for key in names if key.removesuffix("_text") not in own and not key.endswith("_text")]
    assert [name for name in (*names, *SUFFIXES, *ReportState, "actual_text") if f"`{name}`" not in text] == []


# --- every format -----------------------------------------------------------------------------------------------------


def _schema(path: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(path.with_name(f"{path.stem}.schema.json").read_text("utf-8"))
    return found


def _of_csv(text: str, field: Mapping[str, Any]) -> Any:
    if text == "":
        return None
    if field["type"] in ("number", "integer"):
        return float(text)
    return {"true": True, "false": False}[text] if field["type"] == "boolean" else text.removeprefix("'")


def _read_csv(path: Path, _: str) -> Records:
    fields = {one["name"]: one for one in _schema(path)["fields"]}
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines(keepends=True)))
    running = [
        text
        for row in rows
        for key, text in row.items()
        if text.startswith(RUNNING[:-1]) and fields[key]["type"] == "string"
    ]
    assert running == []
    return [{key: _of_csv(text, fields[key]) for key, text in row.items()} for row in rows]


def _read_lines(path: Path, _: str) -> Records:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _read_json(path: Path, _: str) -> Records:
    found: Records = json.loads(path.read_text("utf-8"))
    return found


def _read_workbook(path: Path, table: str) -> Records:
    book = load_workbook(path)
    assert (book.sheetnames, {one.sheet_state for one in book.worksheets}) == (["goals", "targets"], {"visible"})
    heads, *rows = book[table].iter_rows()
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "b", "d"}  # and no formula
    names = [str(cell.value) for cell in heads]
    return [
        {
            name: cell.value.date().isoformat()
            if isinstance(cell.value, dt.datetime)
            else unescape(cell.value)  # which openpyxl does not do by itself
            if isinstance(cell.value, str)
            else cell.value
            for name, cell in zip(names, row, strict=True)
        }
        for row in rows
    ]


def _read_sqlite(path: Path, table: str) -> Records:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    rows = [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
    connection.close()
    flags = ("publish", "held")
    return [{key: bool(v) if key in flags and v is not None else v for key, v in row.items()} for row in rows]


def _read_parquet(path: Path, _: str) -> Records:
    pq = pytest.importorskip("pyarrow.parquet")
    zone = dt.timezone(dt.timedelta(hours=8))
    return [
        {
            key: value.astimezone(zone).isoformat()
            if isinstance(value, dt.datetime)
            else value.isoformat()
            if isinstance(value, dt.date)
            else value
            for key, value in row.items()
        }
        for row in pq.read_table(path).to_pylist()
    ]


READERS: Mapping[str, Callable[[Path, str], Records]] = {
    ".xlsx": _read_workbook,
    ".csv": _read_csv,
    ".json": _read_json,
    ".jsonl": _read_lines,
    ".parquet": _read_parquet,
    ".sqlite": _read_sqlite,
}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_read_back_is_the_same(suffix: str, cycle: Cycle, tmp_path: Path) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    to = tmp_path / f"data{suffix}"
    assert kind_of(to.name) is ExportKind.DATA
    done = cycle.issue(to)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in done.files}
    second = to if suffix in (".xlsx", ".sqlite") else to.with_name(f"data-targets{suffix}")
    found = READERS[suffix](to, "goals"), READERS[suffix](second, "targets")
    assert found == exported(cycle, tmp_path)


def test_the_schema_says_what_a_file_holds(cycle: Cycle, tmp_path: Path) -> None:
    tables = exported(cycle, tmp_path)
    for name, rows in zip(("plain", "plain-targets"), tables, strict=True):
        schema = _schema(tmp_path / f"{name}.json")
        fields = {one["name"]: one for one in schema["fields"]}
        assert list(fields) == list(rows[0])
        for row in rows:
            for key, value in row.items():
                limits = fields[key].get("constraints", {})
                assert value is None or value in limits.get("enum", [value]), key
                assert value is not None or not limits.get("required"), key
        keys = [tuple(row[key] for key in schema["primaryKey"]) for row in rows]
        assert len(set(keys)) == len(rows)
    fields = {one["name"]: one for one in _schema(tmp_path / "plain.json")["fields"]}
    assert fields["status"]["constraints"]["enum"] == list(cycle.context.template.main.by_key["status"].choices)
    assert fields["data_as_of"]["type"] == "yearmonth"
    assert fields["department"]["titles"] == {"zh": "单位代码", "en": "Department code"}
    assert fields["progress"]["titles"] == {"en": "Progress"}
    assert fields["extra_1"]["title"] == "Sponsor"


# --- what cannot be ---------------------------------------------------------------------------------------------------


def refusal(cycle: Cycle, to: Path, kind: str | None = None) -> str:
    with pytest.raises(CycleError) as caught:
        cycle.export(to, kind)
    return str(caught.value)


def test_what_cannot_be_written_is_said(cycle: Cycle, tmp_path: Path) -> None:
    assert "ends in one of: .xlsx .csv" in refusal(cycle, tmp_path / "data.txt")
    assert "There is no folder" in refusal(cycle, tmp_path / "none" / "data.csv")
    assert "cycle's own files" in refusal(cycle, cycle.settings.plan, "data")
    assert "cycle's own files" in refusal(cycle, cycle.settings.inbox / "data.csv")
    (tmp_path / "~$data.xlsx").touch()
    assert "open in Excel or WPS" in refusal(cycle, tmp_path / "data.xlsx")
    (tmp_path / "data.sqlite-wal").touch()
    assert "data.sqlite-wal is there" in refusal(cycle, tmp_path / "data.sqlite")
    (tmp_path / "data-targets.csv").mkdir()
    with pytest.raises(IsADirectoryError):
        cycle.export(tmp_path / "data.csv")
    assert len(list(tmp_path.iterdir())) == 3


def test_parquet_without_its_library_says_what_to_install(
    cycle: Cycle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert 'pip install "kpi-xlsx[parquet]"' in refusal(cycle, tmp_path / "data.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_text_that_no_cell_holds_is_not_cut(tmp_path: Path) -> None:
    fields = (Field("department", DataType.STRING, {}), Field("progress", DataType.STRING, {}))
    long = DataTable("goals", fields, ("department",), [("A", "字" * 32_768)])
    empty = DataTable("targets", fields, ("department",), [])
    tables, today = (long, empty), dt.date(2018, 6, 30)
    with pytest.raises(CycleError) as caught:
        write_data(tmp_path / "data.xlsx", tables, today, EN, lambda *_: None)
    assert [type(one) for one in caught.value.mistakes] == [Mistake]
    assert "goals 1 (A, progress)" in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    write_data(tmp_path / "data.csv", tables, today, EN, lambda *_: None)
    assert "字" * 32_768 in (tmp_path / "data.csv").read_text("utf-8-sig")


def test_what_people_made_is_kept_and_what_the_tool_wrote_is_not(cycle: Cycle, tmp_path: Path) -> None:
    to = tmp_path / "data.csv"
    to.write_text("somebody's own", "utf-8")
    (line,) = cycle.issue(to).remarks
    kept = list(cycle.settings.history.glob("data-*.csv"))
    assert [path.read_text("utf-8") for path in kept] == ["somebody's own"]
    assert kept[0].name in line
    bytes_ = to.read_bytes()
    assert (cycle.issue(to).remarks, to.read_bytes()) == ((), bytes_)


def test_the_command(tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", Language.ZH)
    folder = cycle.settings.folder
    done = run(folder, "export", "--to", "data.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert "还没有汇总过" in done.stderr
    cycle.merge()
    done = run(folder, "export", "--to", "data.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "数据（4 行）：data.csv、data-targets.csv、data.schema.json、data-targets.schema.json\n"
    assert "样例乙局" in (folder / "data.csv").read_text("utf-8-sig")


@pytest.mark.parametrize(
    ("word", "published"),
    [
        ("是", True),
        ("主动公开", True),
        ("摘要公开", True),
        ("另行报送", False),
        ("不公开", False),
        ("", None),
        ("再议", None),
    ],
)
def test_data_say_of_publication_what_the_notice_goes_by(word: str, published: bool | None) -> None:
    goal = Goal("1", "Roads", ("A",), {"publish": word} if word else {}, dt.date(2018, 12, 31))
    assert is_published(goal, publishes=True) is published
    assert is_published(goal, publishes=False) is True
