"""The master's sheets for a leader: the overview counts what the main sheet shows, and the paper loses not a word."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import returns_kit as kit
from hypothesis import given, settings
from hypothesis import strategies as st
from ooxml import lint
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.excel import MAX_HEIGHT, line_count
from kpi_xlsx.master import SHEETS
from kpi_xlsx.model import Language
from kpi_xlsx.outputs.overview_sheet import HEAD_ROW, MOST_BARS, TILES
from kpi_xlsx.outputs.print_sheet import split_text

ZH, EN = Language.ZH, Language.EN
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
LONG = "".join(f"第{number}段道路已开工，征地拆迁完成。" for number in range(1, 700))
SPITE = "=1+1 <r>a & b</r>"
"""The name of a group, of which a program might make a formula or markup."""


def offices(language: Language) -> list[kit.PlanRow]:
    say = language.say
    groups = (say("部门", "Departments"), SPITE, say("部门", "Departments"))
    names: list[kit.PlanRow] = [*kit.departments(language), {"code": "C", "name": "<C> & \"'"}]
    return [{**one, "group": group} for one, group in zip(names, groups, strict=True)]


def plan(language: Language) -> list[kit.PlanRow]:
    """Three goals of A, which supports a fourth of B; one of C, which has not reported, and one not due in June."""
    say = language.say
    own: list[kit.PlanRow] = [{"subcategory": "X"}, {"subcategory": "Y"}, {}, {"department": "B、A"}]
    same: kit.PlanRow = {"category": say("重点", "Key"), "frequency": say("月", "month")}
    more: kit.PlanRow = {"requirement": "r", "due_month": 12, "department": "C"}
    return [
        *({**row, **same, **change} for row, change in zip(kit.goals(language), own, strict=True)),
        {**more, "id": "5", "name": "N", "frequency": say("年", "year")},
        {**more, "id": "6", "name": "M", "frequency": say("月", "month")},
    ]


@pytest.fixture(scope="module", params=list(Language))
def cycle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Cycle:
    """A merged cycle.

    A has reported, at great length on one goal and without a status on the one it supports; B without a status, too.
    """
    language: Language = request.param
    folder = tmp_path_factory.mktemp("document") / "cycle"
    made = kit.make_cycle(folder, language, plan=plan(language), offices=offices(language))
    kit.fill(made, "A", kit.inbox(made), {"2": {"progress": LONG}, "3": {"progress": None}, "4": {"status": None}})
    kit.fill(made, "B", kit.inbox(made, "B.xlsx"), {"4": {"status": None}})
    made.merge()
    return made


@pytest.fixture(scope="module")
def sheets(cycle: Cycle) -> Mapping[str, Worksheet]:
    book = load_workbook(cycle.settings.master, data_only=True)
    assert book.sheetnames == list(SHEETS[cycle.context.language])
    return dict(zip(("main", "returns", "findings", "overview", "print"), book.worksheets, strict=False))


def counted(sheet: Worksheet) -> dict[str, dict[str, Any]]:
    """The overview's rows by their first cell: what stands below each heading."""
    head, *rows = sheet.iter_rows(min_row=HEAD_ROW + 1, values_only=True)
    return {str(row[0]): dict(zip(map(str, head), row, strict=True)) for row in rows if row[0] is not None}


def test_the_workbook_is_sound(cycle: Cycle) -> None:
    assert lint(cycle.settings.master) == []


# --- the overview -----------------------------------------------------------------------------------------------------


def test_the_overview_counts_each_goal_once(cycle: Cycle, sheets: Mapping[str, Worksheet]) -> None:
    say, rows = cycle.context.language.say, counted(sheets["overview"])
    completed, on_track = say("已完成", "Completed"), say("正常推进", "On track")
    missing, supporting = say("未报", "Not reported"), say("配合事项", "Supporting")
    unclear, closed = say("无状态", "No status"), say("本期不填", "Not due")
    standings = [completed, on_track, missing, supporting, unclear, closed]
    a, b, c = (rows[str(one["name"])] for one in offices(cycle.context.language))
    assert [[one[key] for key in standings] for one in (a, b, c)] == [
        [1, 2, 0, 1, 0, 0],
        [0, 0, 0, 0, 1, 0],
        [0, 0, 1, 0, 0, 1],
    ]
    goals = say("目标", "Goals")
    assert [one[goals] for one in (a, b, c)] == [4, 1, 2]
    turnout = say("报送情况", "Return")
    assert [one[turnout] for one in (a, b, c)] == [
        *[say("已报送", "Reported")] * 2,
        say("未报送", "Not reported"),
    ]


def test_the_overview_adds_up(cycle: Cycle, sheets: Mapping[str, Worksheet]) -> None:
    """Sums are formulas with their value beside them; a group's do not count twice in the last line."""
    say, rows = cycle.context.language.say, counted(sheets["overview"])
    fix, total = say("必须修改", "Must fix"), rows[say("总计", "All")]
    own = [rows[str(one["name"])] for one in offices(cycle.context.language)]
    for key in (say("目标", "Goals"), say("已完成", "Completed"), fix):
        assert total[key] == sum(one[key] for one in own)
        assert rows[say("小计", "Subtotal")][key] == own[0][key] + own[2][key]
    live = counted(load_workbook(cycle.settings.master)[sheets["overview"].title])[say("总计", "All")]
    assert str(live[fix]).startswith("=SUBTOTAL(9,")
    words, numbers = (list(cells) for cells in sheets["overview"].iter_rows(min_row=TILES + 1, max_row=TILES + 2))
    tiles = {word.value: number.value for word, number in zip(words, numbers, strict=True)}
    assert [tiles[say("应报送单位", "Departments asked")], tiles[say("未报送", "Missing")]] == [3, 1]
    assert tiles[fix] == total[fix] > 0


def test_departments_stand_below_their_group(cycle: Cycle, sheets: Mapping[str, Worksheet]) -> None:
    say = cycle.context.language.say
    first = [cell.value for (cell,) in sheets["overview"].iter_rows(min_row=HEAD_ROW + 2, max_col=1) if cell.value]
    a, b, c = (str(one["name"]) for one in offices(cycle.context.language))
    group, subtotal = say("部门", "Departments"), say("小计", "Subtotal")
    assert first == [group, a, c, subtotal, SPITE, b, say("总计", "All")]


def charts(master: Path) -> Iterator[ET.Element]:
    with zipfile.ZipFile(master) as parts:
        for name in sorted(parts.namelist(), key=lambda name: (len(name), name)):
            if name.startswith("xl/charts/chart"):
                yield ET.fromstring(parts.read(name))


def texts(chart: ET.Element, path: str) -> list[str]:
    return [one.text or "" for one in chart.findall(path.replace("c:", CHART))]


def test_bars_show_what_stands_in_the_table(cycle: Cycle, sheets: Mapping[str, Worksheet]) -> None:
    """One chart for each group, drawn from the cells, with what is in them for programs that do not look there."""
    sheet, drawn = sheets["overview"], list(charts(cycle.settings.master))
    assert len(drawn) == 2
    assert {one.tag for chart in drawn for one in chart.iter() if one.tag.endswith("Chart")} == {f"{CHART}barChart"}
    for chart in drawn:
        for series in chart.iter(f"{CHART}ser"):
            for part in ("tx/c:strRef", "cat/c:strRef", "val/c:numRef"):
                (cells,) = texts(series, f"c:{part}/c:f")
                place = cells.rpartition("!")[2].replace("$", "")
                block = sheet[place] if ":" in place else ((sheet[place],),)
                cached = texts(series, f"c:{part}/c:{part[-6:-3]}Cache/c:pt/c:v")
                assert cached == [str(cell.value) for row in block for cell in row], cells


def test_many_departments_take_several_charts(tmp_path: Path) -> None:
    count = 2 * MOST_BARS + 5
    many: list[kit.PlanRow] = [
        {"code": "B", "name": "B" * 100},
        *({"code": f"{n}", "name": f"Bureau {n}"} for n in range(1, count)),
    ]
    goals: list[kit.PlanRow] = [
        {"id": one["code"], "department": one["code"], "name": "Roads", "requirement": "r"} for one in many
    ]
    cycle = kit.make_cycle(tmp_path / "cycle", EN, plan=goals, offices=many)
    cycle.merge()
    names = [
        texts(next(chart.iter(f"{CHART}ser")), "c:cat/c:strRef/c:strCache/c:pt/c:v")
        for chart in charts(cycle.settings.master)
    ]
    assert [name for one in names for name in one] == [one["name"] for one in many]
    assert len(names) > 2
    assert max(map(len, names)) - min(map(len, names)) <= len(names)
    book = load_workbook(cycle.settings.master)
    assert len(book["Overview"].row_breaks.brk) >= 2
    assert lint(cycle.settings.master) == []


# --- the paper --------------------------------------------------------------------------------------------------------


def column(sheet: Worksheet, heading: str) -> int:
    return next(int(cell.column or 0) for cell in sheet[3] if cell.value == heading)


def test_the_paper_loses_not_a_word(cycle: Cycle, sheets: Mapping[str, Worksheet]) -> None:
    """A text that no row can hold goes on in the next ones; what was not reported says so."""
    say, sheet = cycle.context.language.say, sheets["print"]
    at = column(sheet, say("进展情况", "Progress"))
    pieces = [str(row[at - 1] or "") for row in sheet.iter_rows(min_row=4, values_only=True)]
    assert LONG in "".join(pieces)
    assert len(pieces) > 20
    assert say("未填", "Left blank") in pieces
    assert pieces[-2:] == [say("本期不填", "Not due"), say("未报送", "Not reported")]
    assert "" not in pieces
    assert all((sheet.row_dimensions[row].height or 0) <= MAX_HEIGHT for row in range(1, sheet.max_row + 1))


def test_merged_cells_end_where_a_page_does(cycle: Cycle, sheets: Mapping[str, Worksheet]) -> None:
    sheet, language = sheets["print"], cycle.context.language
    ends = sorted(one.id for one in sheet.row_breaks.brk)
    assert ends
    blocks = [one for one in sheet.merged_cells.ranges if one.min_row > 3]
    assert not [one.coord for one in blocks for end in ends if one.min_row <= end < one.max_row]
    a = str(kit.departments(language)[0]["name"])
    named = [row for row in range(4, sheet.max_row + 1) if sheet.cell(row, 1).value == a]
    assert {end + 1 for end in ends if end < named[-1]} <= set(named), "each page says whose it is"
    # X and Y are subcategories of one category; the third goal has none, and blanks are not drawn together.
    category = column(sheet, language.say("类别", "Category"))
    last = max((one for one in blocks if one.min_col == category), key=lambda one: one.min_row)
    assert sheet.cell(last.min_row, category).value == language.say("重点", "Key")
    assert sheet.print_title_rows == "$3:$3"


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.text(st.sampled_from("长 a。\n；."), max_size=300), st.integers(4, 30))
def test_pieces_fit_and_make_the_text(text: str, width: int) -> None:
    pieces = split_text(text, width, 5, 3)
    assert re.sub(r"\n", "", "".join(pieces)) == re.sub(r"\n", "", text)
    assert all(line_count(one, width) <= (5 if len(pieces) == 1 else 3) for one in pieces)
