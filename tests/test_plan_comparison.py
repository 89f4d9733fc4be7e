"""A plan against that of the cycle before: what differs, which lines cover it, and what generate and master say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import returns_kit as kit
import year_kit as year
from click.testing import CliRunner, Result
from masters import opened
from openpyxl import load_workbook

from kpi_xlsx.cli import cli
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.footnotes import footnotes
from kpi_xlsx.model import Finding, Language, Scalar
from kpi_xlsx.plan_comparison import Comparison
from kpi_xlsx.starter import write_plan

EN, ZH = Language.EN, Language.ZH
both_languages = pytest.mark.parametrize("language", list(Language))
Rows = Sequence[kit.PlanRow]


def changed(rows: Rows, goal: str, **cells: Scalar) -> list[kit.PlanRow]:
    """The rows with other cells in one of them."""
    return [{**row, **cells} if row["id"] == goal else row for row in rows]


def line(**cells: Scalar) -> kit.PlanRow:
    """A line of the sheet of changes, by document."""
    return {"goal": "1", "item": "requirement", "document": "No. 5", **cells}


def unit(kind: str, **cells: Scalar) -> kit.PlanRow:
    return {"date": dt.date(2018, 6, 1), "kind": kind, "document": "No. 9", **cells}


def june(
    home: Path,
    rows: Rows | None = None,
    offices: Rows | None = None,
    *,
    changes: Rows = (),
    units: Rows = (),
    before: Rows | None = None,
    known: Rows = (),
    language: Language = EN,
    period: str = "2018-06",
) -> Cycle:
    """The cycle after a May; `before` are the goals of that, `known` its lines on changes."""
    may = year.begin(home, "2018-05", language, plan=before)
    write_plan(may.settings.plan, before or kit.goals(language), kit.departments(language), language, known)
    cycle = year.follow(may, period)
    offices = offices or kit.departments(language)
    write_plan(cycle.settings.plan, rows or before or kit.goals(language), offices, language, changes, units)
    return Cycle.load(cycle.settings.folder, language)


def unregistered(cycle: Cycle) -> tuple[Finding, ...]:
    """What differs without a line that says so."""
    return tuple(one for one in cycle.plan_findings() if one.code == "P101")


def told(comparison: Comparison) -> list[tuple[str | None, str, str, str, bool]]:
    return [(one.goal or one.department, one.item, one.old, one.new, one.registered) for one in comparison.differences]


# --- what differs -----------------------------------------------------------------------------------------------------


def test_the_same_plan_has_no_differences(tmp_path: Path) -> None:
    rows = [dict(row) for row in reversed(kit.goals(EN))]
    rows[0]["requirement"] = f"  {rows[0]['requirement']} "
    rows[1]["due_month"] = "8月底前"
    offices = [{**row, "contact": "Ms Li", "phone": "1"} for row in reversed(kit.departments(EN))]
    cycle = june(tmp_path, rows, offices)
    assert cycle.comparison == Comparison()
    assert unregistered(cycle) == ()


CELLS: Mapping[str, tuple[Mapping[str, Scalar], tuple[str, str, str]]] = {
    "name": ({"name": "Streets"}, ("name", "Roads", "Streets")),
    "star": ({"name": "★Roads"}, ("star", "", "★")),
    "requirement": ({"requirement": "Open 10 km"}, ("requirement", "Open 12 km of road", "Open 10 km")),
    "due": ({"due_month": 9}, ("due_month", "6", "9")),
    "frequency": ({"frequency": "quarter"}, ("frequency", "", "quarter")),
    "a blank that was filled": ({"category": "Works"}, ("category", "", "Works")),
    "supporter": ({"department": "A; B"}, ("department", "Sample Bureau", "Sample Bureau、Other Bureau")),
    "lead": ({"department": "B"}, ("department", "Sample Bureau", "Other Bureau")),
}


@pytest.mark.parametrize("case", CELLS)
def test_each_cell_counts(case: str, tmp_path: Path) -> None:
    cells, (item, old, new) = CELLS[case]
    cycle = june(tmp_path, changed(kit.goals(EN), "1", **cells))
    assert told(cycle.comparison) == [("1", item, old, new, False)]
    (finding,) = unregistered(cycle)
    assert (finding.code, finding.goal, finding.file, finding.sheet) == ("P101", "1", "plan.xlsx", "goals")
    sheet = load_workbook(cycle.settings.plan)["goals"]
    assert finding.cell is not None
    assert sheet[finding.cell].value == next(iter(cells.values()))


@pytest.mark.parametrize("case", CELLS)
def test_a_line_covers_each_cell(case: str, tmp_path: Path) -> None:
    cells, (item, old, new) = CELLS[case]
    names = {"star": ("name", "Roads", "★Roads"), "supporter": ("department", "A", "A; B")}
    item, old, new = names.get(case, (item, old, new))
    rows = changed(kit.goals(EN), "1", **cells)
    cycle = june(tmp_path, rows, changes=[line(item=item, old=old, new=new)])
    assert [one.registered for one in cycle.comparison.differences] == [True]
    assert cycle.comparison.remarks == ()
    assert unregistered(cycle) == ()


def test_the_plans_own_columns_count_unless_only_one_plan_has_them(tmp_path: Path) -> None:
    before = changed(kit.goals(EN), "1", Town="North")
    cycle = june(tmp_path / "a", changed(before, "1", Town="South"), before=before)
    assert told(cycle.comparison) == [("1", "town", "North", "South", False)]
    assert "“Town”" in unregistered(cycle)[0].message
    covered = [line(item="town", old="North", new="South")]
    assert unregistered(june(tmp_path / "b", changed(before, "1", Town="South"), before=before, changes=covered)) == ()
    cycle = june(tmp_path / "c", before)
    assert unregistered(cycle) == ()
    assert "“Town” is new" in cycle.comparison.remarks[0][1]


def test_goals_added_and_dropped(tmp_path: Path) -> None:
    first, *others = kit.goals(EN)
    fresh: kit.PlanRow = {"id": "9", "department": "B", "name": "Parks", "requirement": "Open a park"}
    cycle = june(tmp_path / "a", [*others, fresh])
    assert told(cycle.comparison) == [("9", "+", "", "Parks", False), ("1", "-", "Roads", "", False)]
    assert ["“Parks” was added" in one.message for one in unregistered(cycle)] == [True, False]
    lines = [line(goal="9", item="added"), line(item="dropped")]
    assert unregistered(june(tmp_path / "b", [*others, fresh], changes=lines)) == ()
    renumbered = [{**first, "id": "9"}, *others]
    messages = [one.message for one in unregistered(june(tmp_path / "c", renumbered))]
    assert ["was the id changed" in one for one in messages] == [True, True]


def test_another_year_is_not_compared(tmp_path: Path) -> None:
    cycle = june(tmp_path, kit.goals(EN)[1:], period="2019-01")
    assert cycle.comparison == Comparison()


# --- lines ------------------------------------------------------------------------------------------------------------


def figures(home: Path, now: int, *changes: kit.PlanRow, was: int = 15, known: Rows = ()) -> Cycle:
    """A target that was `was` in May and is `now` in June."""
    before = changed(kit.goals(EN), "1", target=was)
    return june(home, changed(before, "1", target=now), before=before, changes=changes, known=known)


def target(old: Scalar, new: Scalar, **cells: Scalar) -> kit.PlanRow:
    return line(item="target", old=old, new=new, **cells)


def test_a_chain_of_lines_covers(tmp_path: Path) -> None:
    assert unregistered(figures(tmp_path / "a", 10, target(15, 12), target(12, 10))) == ()
    assert unregistered(figures(tmp_path / "b", 10, target(12, 10), target(15, 12))) == ()
    assert len(unregistered(figures(tmp_path / "c", 10, target(15, 12), target(11, 10)))) == 1
    assert len(unregistered(figures(tmp_path / "d", 12, target(15, 12), target(12, 10)))) == 0


def test_what_an_earlier_cycle_did_is_not_said_again(tmp_path: Path) -> None:
    first = target(15, 12)
    cycle = figures(tmp_path, 10, first, target(12, 10), was=12, known=[first])
    assert unregistered(cycle) == ()
    assert cycle.comparison.remarks == ()


def test_a_target_put_back_is_unregistered(tmp_path: Path) -> None:
    first = target(15, 12)
    (finding,) = unregistered(figures(tmp_path, 15, first, was=12, known=[first]))
    assert "“12” → “15”" in finding.message


def test_a_line_of_a_month_to_come_does_not_cover_yet(tmp_path: Path) -> None:
    (finding,) = unregistered(figures(tmp_path / "a", 12, target(15, 12, since="2018-07")))
    assert "holds only from 2018-07" in finding.message
    assert unregistered(figures(tmp_path / "b", 12, target(15, 12, date=dt.date(2018, 6, 29)))) == ()
    assert figures(tmp_path / "c", 15, target(15, 12, since="July")).comparison == Comparison()


def test_a_line_that_does_not_fit_is_named(tmp_path: Path) -> None:
    (finding,) = unregistered(figures(tmp_path, 12, target(14, 12)))
    assert "“14” → “12”, which does not fit" in finding.message


@pytest.mark.parametrize(("old", "new", "covers"), [("12 km", "10 km", True), ("2", "0", False), ("13", "10", False)])
def test_a_part_of_a_long_text_covers_if_it_accounts_for_the_whole(
    old: str, new: str, covers: bool, tmp_path: Path
) -> None:
    rows = changed(kit.goals(EN), "1", requirement="Open 10 km of road")
    assert (unregistered(june(tmp_path, rows, changes=[line(old=old, new=new)])) == ()) == covers


def test_lines_that_changed_nothing_are_said(tmp_path: Path) -> None:
    lines = [line(old="12", new="10"), line(goal="2", item="added"), line(goal="3", item="dropped")]
    cycle = june(tmp_path, changes=lines)
    assert unregistered(cycle) == ()
    said = [en for _, en in cycle.comparison.remarks]
    assert len(said) == 3
    assert "changes!D2" in said[0]
    assert "goal 1 has “Open 12 km of road” in both plans" in said[0]
    assert "was in the previous plan already" in said[1]
    assert "is still in the plan" in said[2]


# --- departments ------------------------------------------------------------------------------------------------------


def offices(*rows: tuple[str, str]) -> list[kit.PlanRow]:
    return [{"code": code, "name": name} for code, name in rows]


RENAMED = offices(("A", "New Bureau"), ("B", "Other Bureau"))
MERGED = offices(("B", "Other Bureau"))
MORE = offices(("A", "Sample Bureau"), ("B", "Other Bureau"), ("C", "Third Bureau"))
RECODED = offices(("N", "Sample Bureau"), ("B", "Other Bureau"))


def under(code: str) -> list[kit.PlanRow]:
    return [{**row, "department": code if row["department"] == "A" else row["department"]} for row in kit.goals(EN)]


UNITS: Mapping[str, tuple[Rows, Rows, list[tuple[str, str]], kit.PlanRow]] = {
    "renamed": (kit.goals(EN), RENAMED, [("A", "name")], unit("rename", old="Sample Bureau", new="A")),
    "added": (kit.goals(EN), MORE, [("C", "+")], unit("found", new="C")),
    "recoded": (under("N"), RECODED, [("N", "code")], unit("rename", old="Sample Bureau", new="N", old_code="A")),
    "merged": (
        under("B"),
        MERGED,
        [("1", "department"), ("2", "department"), ("3", "department"), ("A", "-")],
        unit("merge", old="Sample Bureau", new="B", old_code="A"),
    ),
    "moved": (
        changed(kit.goals(EN), "1", department="B"),
        kit.departments(EN),
        [("1", "department")],
        unit("transfer", old="A", new="B", goals="1"),
    ),
    "moved, and still supported": (
        changed(kit.goals(EN), "1", department="B; A"),
        kit.departments(EN),
        [("1", "department")],
        unit("transfer", old="A", new="B", goals="1"),
    ),
}


@pytest.mark.parametrize("case", UNITS)
def test_departments_need_a_line_on_units(case: str, tmp_path: Path) -> None:
    rows, names, expected, covering = UNITS[case]
    bare = june(tmp_path / "bare", rows, names)
    assert [(one.goal or one.department, one.item) for one in bare.comparison.differences] == expected
    assert len(unregistered(bare)) == len(expected)
    cycle = june(tmp_path / "covered", rows, names, units=[covering])
    assert unregistered(cycle) == ()
    assert cycle.comparison.remarks == ()


def test_a_line_on_other_units_or_goals_covers_nothing(tmp_path: Path) -> None:
    rows = changed(kit.goals(EN), "1", department="B")
    elsewhere = unit("transfer", old="A", new="B", goals="2")
    cycle = june(tmp_path / "a", rows, units=[elsewhere])
    assert [one.goal for one in unregistered(cycle)] == ["1"]
    assert "names goal 2, which is still that of Sample Bureau" in cycle.comparison.remarks[0][1]
    back = unit("transfer", old="B", new="A")
    assert [one.goal for one in unregistered(june(tmp_path / "b", rows, units=[back]))] == ["1"]


def test_units_in_two_steps(tmp_path: Path) -> None:
    lines = [
        unit("rename", old="Sample Bureau", new="Middle Bureau"),
        unit("merge", old="Middle Bureau", new="B", old_code="A"),
    ]
    cycle = june(tmp_path, under("B"), MERGED, units=lines)
    assert unregistered(cycle) == ()
    assert cycle.comparison.remarks == ()


def test_a_misspelt_old_unit_is_said(tmp_path: Path) -> None:
    cycle = june(tmp_path, under("B"), MERGED, units=[unit("merge", old="Simple Bureau", new="B")])
    assert [one.department or one.goal for one in unregistered(cycle)] == ["1", "2", "3", None]
    assert "“Simple Bureau” was not in the previous plan" in cycle.comparison.remarks[0][1]


# --- generate ---------------------------------------------------------------------------------------------------------


def generate(cycle: Cycle, *options: str) -> Result:
    return CliRunner().invoke(cli, ["generate", "-C", str(cycle.settings.folder), *options])


@both_languages
def test_generate_writes_the_forms_says_it_and_ends_with_1(language: Language, tmp_path: Path) -> None:
    rows = changed(kit.goals(language), "1", due_month=9)
    cycle = june(tmp_path, rows, language=language)
    done = generate(cycle)
    assert done.exit_code == 1
    assert len(list(cycle.settings.outbox.glob("*.xlsx"))) == 2
    assert "[P101]" in done.stdout
    assert "“6” → “9”" in done.stdout
    assert language.say("目标调整", "changes") in done.stdout
    assert language.say("考核目标!H2", "goals!H2") in done.stdout
    assert language.say("认不出", "no known") not in done.stdout
    kit.fill(cycle, "A", kit.inbox(cycle))
    assert "P101" not in kit.codes(cycle.validate().findings)


@both_languages
def test_generate_ends_with_0_where_all_is_registered(language: Language, tmp_path: Path) -> None:
    rows = changed(kit.goals(language), "1", due_month=9)
    heading = language.say("完成时限(月)", "due_month")
    cycle = june(tmp_path, rows, changes=[line(item=heading, old=6, new=9)], language=language)
    done = generate(cycle)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "P101" not in done.stdout


def test_a_template_may_make_it_a_warning(tmp_path: Path) -> None:
    cycle = june(tmp_path, changed(kit.goals(EN), "1", due_month=9))
    design = (Path(__file__).parent.parent / "templates" / "progress-en.toml").read_text("utf-8")
    folder = cycle.settings.folder
    (folder / "own.toml").write_text(design + '\n[severity]\nP101 = "warning"\n', "utf-8")
    settings = (folder / "cycle.toml").read_text("utf-8").replace("progress-en", "own.toml")
    (folder / "cycle.toml").write_text(settings, "utf-8")
    done = generate(Cycle.load(folder, EN))
    assert done.exit_code == 0
    assert "[P101]" in done.stdout


def test_generate_says_that_nothing_was_compared(tmp_path: Path) -> None:
    cycle = year.begin(tmp_path, "2018-06", EN, previous="2018-05")
    done = generate(cycle)
    assert done.exit_code == 0
    assert "../2018-05" in done.stderr
    assert "nothing was compared" in done.stderr


def test_lines_that_changed_nothing_are_said_by_generate(tmp_path: Path) -> None:
    done = generate(june(tmp_path, changes=[line(old="12", new="10")]))
    assert done.exit_code == 0
    assert "changes!D2" in done.stderr


# --- footnotes --------------------------------------------------------------------------------------------------------


def noted(cycle: Cycle) -> list[str]:
    context = cycle.context
    return list(footnotes(context.plan, context.period, context.language))


@pytest.mark.parametrize(
    ("cells", "zh"),
    [
        ({"kind": "撤销"}, "6月起，原老局的职责由样例乙局承担（×编办〔2018〕×号）。"),
        ({"kind": "更名"}, "6月起，原老局更名为样例乙局（×编办〔2018〕×号）。"),
        ({"kind": "合并"}, "6月起，原老局并入样例乙局（×编办〔2018〕×号）。"),
        ({"kind": "合并", "old": "老局、小局"}, "6月起，原老局、原小局合并为样例乙局（×编办〔2018〕×号）。"),
        ({"kind": "新设", "old": ""}, "6月起，新设样例乙局（×编办〔2018〕×号）。"),
        ({"kind": "撤销", "new": ""}, "6月起，原老局撤销（×编办〔2018〕×号）。"),
        ({"kind": "职能划转", "old": "样例甲局"}, "6月起，样例甲局的有关职责划转样例乙局（×编办〔2018〕×号）。"),
        (
            {"kind": "职能划转", "old": "样例甲局", "goals": "3、4"},
            "6月起，目标 3、4 由样例甲局划转样例乙局（×编办〔2018〕×号）。",
        ),
    ],
)
def test_footnotes_on_units_in_chinese(cells: Mapping[str, Scalar], zh: str, tmp_path: Path) -> None:
    row = unit("", old="老局", new="样例乙局", document="×编办〔2018〕×号")
    assert noted(june(tmp_path, units=[{**row, **cells}], language=ZH)) == [zh]


@pytest.mark.parametrize(
    ("cells", "en"),
    [
        ({"kind": "merge"}, "From June, Old Bureau is part of Other Bureau (No. 9)."),
        ({"kind": "rename"}, "From June, Old Bureau is called Other Bureau (No. 9)."),
        ({"kind": "abolish"}, "From June, the duties of Old Bureau are those of Other Bureau (No. 9)."),
        (
            {"kind": "transfer", "old": "A", "goals": "1"},
            "From June, goal 1 passed from Sample Bureau to Other Bureau (No. 9).",
        ),
        ({"kind": "merge", "document": ""}, "From June, Old Bureau is part of Other Bureau."),
    ],
)
def test_footnotes_on_units_in_english(cells: Mapping[str, Scalar], en: str, tmp_path: Path) -> None:
    assert noted(june(tmp_path, units=[{**unit("", old="Old Bureau", new="B"), **cells}])) == [en]


def test_footnotes_on_goals(tmp_path: Path) -> None:
    lines = [
        line(old="12", new="10", since="May"),
        line(goal="2", item="added", document="No. 6"),
        line(goal="8", item="dropped", old="Parks", document="", reason="Done"),
        line(old="10", new="9", since="2018-07"),
        line(old="13", new="12", date=dt.date(2017, 5, 1)),
    ]
    assert noted(june(tmp_path / "en", changes=lines)) == [
        "From May, goal 1 “Roads”, requirement: “12” → “10” (No. 5).",
        "Goal 2 “Schools” is new (No. 6).",
        "Goal 8 “Parks” is reported no more.",
    ]
    zh = [line(old="12", new="10", since="5月", document="×政办〔2018〕5号")]
    assert noted(june(tmp_path / "zh", changes=zh, language=ZH)) == [
        "5月起，目标 1“道路”的考核内容及指标调整：“12” → “10”（×政办〔2018〕5号）。"
    ]


@both_languages
def test_the_master_carries_them_and_is_read_with_and_without(language: Language, tmp_path: Path) -> None:
    cycle = june(tmp_path, language=language)
    kit.fill(cycle, "A", kit.inbox(cycle))
    cycle.merge()
    with opened(cycle) as table:
        assert table.keys == 4
    say = language.say
    old = say("原样例丙局", "Old Bureau")
    units = [unit(say("合并", "merge"), old=old, new="B")]
    changes = [line(old="12", new="10")]
    rows = changed(kit.goals(language), "1", requirement=say("建成通车 10 公里道路", "Open 10 km of road"))
    write_plan(cycle.settings.plan, rows, kit.departments(language), language, changes, units)
    cycle = Cycle.load(cycle.settings.folder, language)
    report = cycle.merge()
    assert not any("master" in remark and "history" not in remark for remark in report.remarks), report.remarks
    with opened(cycle) as table:
        assert table.keys == 5
        text = str(table.sheet.cell(4, 1).value)
        assert text.startswith(say("注：1. 6月起，", "Note: 1. From June, "))
        assert old in text
        comment = table.sheet.cell(table.row("1"), table.at["requirement"]).comment
        assert comment is not None
        assert "“12” → “10”" in comment.text
        office = next(key for key in table.at if key in ("verified", "remark", "note", "remarks"))
        table.type("1", office, say("已核实", "Looked at"))
    cycle.merge()
    with opened(cycle) as table:
        assert table.see("1", office) == say("已核实", "Looked at")


def test_more_notes_than_there_is_room_for_are_counted(tmp_path: Path) -> None:
    before = changed(kit.goals(EN), "1", requirement=" ".join(f"word{n}" for n in range(80)))
    lines = [line(old=f"word{n}", new=f"other {n} " * 20) for n in range(60)]
    cycle = june(tmp_path, before=before, changes=lines)
    cycle.merge()
    with opened(cycle) as table:
        text = str(table.sheet.cell(4, 1).value)
        assert "more: see the goals' comments." in text
        assert (table.sheet.row_dimensions[4].height or 0) < 80
