"""Targets: what a cell says, where the plan has them, what the template says of pace, and what stands in the master."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import returns_kit as kit
from openpyxl import load_workbook

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.definition import load_template
from kpi_xlsx.model import Language, PlanError, Scalar, TemplateError
from kpi_xlsx.pace_rules import Pace
from kpi_xlsx.targets import TargetBasis, convert, parse_expression

EN, ZH = Language.EN, Language.ZH

SAID: Mapping[Scalar, str] = {
    15: ">=15",
    ">=15": ">=15",
    "15 家": ">=15家",
    "不少于 50 个": ">=50个",
    "增长 8%": ">=8%",
    "增速达 11.5%": ">=11.5%",
    "正增长": ">0",
    "双下降": "↓",
    "下降5%以上": "<=-5%",
    "3..5": "3..5",
    "3-5家": "3..5家",
    "≤100件": "<=100件",
    "控制在3%以内": "<=3%",
    "< 60": "<60",
    "=100%": "=100%",
    "at least 50": ">=50",
    "no more than 3%": "<=3%",
    "1.2万亿元": ">=1.2万亿元",
    "１５": ">=15",
}
SAYS_NOTHING = [
    "完成",
    "约15",
    "30余个",
    "15家左右",
    "增长8家",
    "15家，其中境外3家",
    "5..3",
    "",
    "　",
    "9" * 70,
    "1e5",
    "增速",
    True,
]


@pytest.mark.parametrize("text", SAID)
def test_a_target_is_understood_and_shown_back(text: Scalar) -> None:
    assert str(parse_expression(text)) == SAID[text]


@pytest.mark.parametrize("text", SAYS_NOTHING)
def test_what_is_not_one_plain_target_is_none(text: Scalar) -> None:
    assert parse_expression(text) is None


def test_words_name_the_basis() -> None:
    bases = {
        text: found.basis for text in ("增长8%", "增速不低于8%", "15家", "正增长") if (found := parse_expression(text))
    }
    growth = TargetBasis.GROWTH
    assert bases == {"增长8%": growth, "增速不低于8%": growth, "15家": None, "正增长": growth}


@pytest.mark.parametrize(
    ("number", "unit", "wanted", "found"),
    [
        ("3.26", "万亿元", "亿元", "32600"),
        ("5000", "万元", "亿元", "0.5"),
        ("5", "%", "个百分点", None),
        ("5", "元", "美元", None),
        ("5", "千米", "米", None),
        ("5", "家", "家", "5"),
    ],
)
def test_only_exact_units_are_converted(number: str, unit: str, wanted: str, found: str | None) -> None:
    assert convert(Decimal(number), unit, wanted) == (None if found is None else Decimal(found))


# --- the plan ---------------------------------------------------------------------------------------------------------


def add_targets(cycle: Cycle, *rows: tuple[Any, ...]) -> Cycle:
    """The cycle with these rows on its plan's sheet of targets."""
    book = load_workbook(cycle.settings.plan)
    for row in rows:
        book["targets"].append(row)
    book.save(cycle.settings.plan)
    return Cycle.load(cycle.settings.folder, cycle.context.language)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Cycle:
    return kit.make_cycle(tmp_path_factory.mktemp("targets") / "cycle", EN)


@pytest.fixture
def cycle(original: Cycle, tmp_path: Path) -> Cycle:
    return kit.copy_cycle(original, tmp_path / "cycle")


def test_targets_on_a_sheet_of_their_own(cycle: Cycle) -> None:
    found = add_targets(
        cycle,
        ("2#1", "Schools", ">=15", "schools", "flow", None, "3:20%; 6:45%; 12:100%"),
        ("2", "Rate", 0.5, "%", "ratio"),
        ("3#4", "Cases", "↓", "cases", "flow", 90),
    ).context.plan
    assert [one.id for one in found.targets] == ["2#1", "2#2", "3#4"]
    assert [one.name for one in found.targets_of("2")] == ["Schools", "Rate"]
    assert [str(one.share) for one in found.targets[0].milestones] == ["0.2", "0.45", "1"]
    assert found.targets[2].baseline == 90
    assert found.targets_of("1") == ()


def test_a_percent_cell_is_percents(cycle: Cycle) -> None:
    book = load_workbook(cycle.settings.plan)
    del book["targets"]
    sheet = book.create_sheet("指标")
    sheet.append(("编号", "指标", "目标值", "口径"))
    sheet.append(("2#1", "整改率", 0.95, "比率"))
    sheet["C2"].number_format = "0%"
    book.save(cycle.settings.plan)
    (target,) = Cycle.load(cycle.settings.folder, EN).context.plan.targets
    assert (target.value, target.unit, target.text) == (">=95", "%", ">=95%")


WRONG: Mapping[str, tuple[tuple[Any, ...], str]] = {
    "a goal that is not there": (("9#1", "x", 1, "", ""), "no goal “9#1”"),
    "a basis that is none": (("2", "x", 1, "", "pace"), "basis “pace” is not known"),
    "two units": (("2", "x", "15 km", "%", "flow"), "in “km”, the unit is given as “%”"),
    "a baseline in words": (("2", "x", "↓", "", "flow", "many"), "baseline “many” is no number"),
    "months out of order": (("2", "x", 1, "", "flow", None, "6:50%; 3:60%; 6:20%"), "milestone “6:20%”"),
    "a milestone in words": (("2", "x", 1, "", "flow", None, "by summer"), "milestone “by summer”"),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_are_named_by_their_cell(name: str, cycle: Cycle) -> None:
    row, words = WRONG[name]
    with pytest.raises(PlanError) as caught:
        add_targets(cycle, row)
    (mistake,) = caught.value.mistakes
    assert words in mistake.words
    assert mistake.place.startswith("targets!")


def test_one_target_twice_and_in_both_sheets(tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", EN, plan=kit.measured_goals(EN))
    with pytest.raises(PlanError) as caught:
        add_targets(cycle, ("2", "Schools", 15, "", "flow"), ("4#1", "a", 1), ("4＃1", "b", 2))
    first, second = (str(one) for one in caught.value.mistakes)
    assert "“4#1” already stands at targets!A3" in first
    assert "Goal 2 has a target in the goals sheet, too" in second


# --- the template -----------------------------------------------------------------------------------------------------


def test_the_template_names_states_and_alerts(tmp_path: Path, original: Cycle) -> None:
    text = (original.settings.folder / kit.DESIGN).read_text("utf-8")
    own = """
[pace]
tolerance = 2.5
ahead = 0
quantities = "direct"

[pace.words]
behind = "Slow"

[[pace.alerts]]
name = "Yellow card"
fill = "ffeb9c"
after = 2
"""
    path = tmp_path / "own.toml"
    path.write_text(text + own, "utf-8")
    rules = load_template(path).pace
    assert (rules.tolerance, rules.ahead, rules.pro_rata) == (Decimal("2.5"), Decimal(0), False)
    assert rules.word(Pace.BEHIND, EN) == "Slow"
    assert rules.word(Pace.MET, EN) == "Met"
    assert [(one.name, one.fill, one.after) for one in rules.alerts or ()] == [("Yellow card", "FFEB9C", 2)]


@pytest.mark.parametrize(
    ("design", "place"),
    [
        ("[pace]\ntolerance = -1", "pace.tolerance"),
        ('[pace]\nquantities = "half"', "pace.quantities"),
        ("[pace]\nmargin = 1", "pace.margin"),
        ('[pace.words]\nslow = "x"', "pace.words.slow"),
        ('[pace.words]\nbehind = " "', "pace.words.behind"),
        ('[[pace.alerts]]\nname = "x"\nfill = "red"', "pace.alerts[1].fill"),
        ('[[pace.alerts]]\nfill = "FFEB9C"', "pace.alerts[1].name"),
        (
            '[[pace.alerts]]\nname = "x"\nfill = "FFEB9C"\nafter = 3\n[[pace.alerts]]\nname = "y"\nfill = "FFEB9C"',
            "pace.alerts[2].after",
        ),
        ("[pace]\nalerts = [3]", "pace.alerts[1]"),
    ],
)
def test_mistakes_in_what_the_template_says(design: str, place: str, tmp_path: Path, original: Cycle) -> None:
    path = tmp_path / "own.toml"
    path.write_text((original.settings.folder / kit.DESIGN).read_text("utf-8") + "\n" + design + "\n", "utf-8")
    with pytest.raises(TemplateError) as caught:
        load_template(path)
    assert [one.place for one in caught.value.mistakes] == [place]


# --- the master -------------------------------------------------------------------------------------------------------

PACE_HEADINGS = {
    EN: ["Pace", "Reason", "Done", "Expected", "Alert"],
    ZH: ["研判", "判断依据", "完成率", "序时要求", "预警"],
}


@pytest.mark.parametrize("language", list(Language))
def test_the_master_says_what_can_be_said(language: Language, tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", language, plan=kit.measured_goals(language))
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"actual": 5}, "3": {"actual": None, "data_as_of": None}})
    report = cycle.merge()
    book = load_workbook(cycle.settings.master)
    lines = list(book.worksheets[0].iter_rows(values_only=True))
    heads = next(line for line in lines if PACE_HEADINGS[language][0] in line)
    at = [heads.index(text) for text in PACE_HEADINGS[language]]
    rows = [[line[place] for place in at] for line in lines[lines.index(heads) + 1 :]]
    said = language.say
    assert [row[0] for row in rows[:4]] == [
        said("已完成", "Met"),
        said("欠序时", "Behind"),
        said("指标未报", "Not reported"),
        said("达序时", "On track"),
    ]
    assert rows[1][1:] == [
        said(
            "完成 5 所，占目标 15 所的 33.3%；序时（6/12 个月）要求 50%，差 16.7 个百分点",
            "5 schools, 33.3% of the target of 15 schools; 50% expected after 6 of 12 months, 16.7 points short",
        ),
        pytest.approx(1 / 3),
        0.5,
        said("蓝色预警", "Blue alert"),
    ]
    assert said("指标", "Targets") in book.sheetnames
    frame = report.to_frame("targets")
    assert list(frame["state"]) == ["met", "behind", "unreported", "on_track"]
    assert list(frame["actual"].dropna()) == [12, 5]


def test_without_targets_the_master_is_as_it_was(cycle: Cycle) -> None:
    kit.send(cycle)
    cycle.merge()
    book = load_workbook(cycle.settings.master)
    assert "Targets" not in book.sheetnames
    assert all("Pace" not in line for line in book.worksheets[0].iter_rows(values_only=True))


def test_a_colour_that_is_not_cured_rises(tmp_path: Path) -> None:
    plan = kit.measured_goals(EN)
    kit.make_cycle(tmp_path / "may", EN, period="2018-05", plan=plan)
    may = Cycle.load(tmp_path / "may", EN)
    kit.fill(may, "A", kit.inbox(may), {"2": {"actual": 5, "data_as_of": dt.date(2018, 5, 1)}})
    may.merge()
    kit.make_cycle(tmp_path / "june", EN, plan=plan)
    toml = tmp_path / "june" / "cycle.toml"
    toml.write_text('previous = "../may"\n' + toml.read_text("utf-8"), "utf-8")
    june = Cycle.load(tmp_path / "june", EN)
    kit.fill(june, "A", kit.inbox(june), {"2": {"actual": 6}})
    june.merge()
    cells = [
        cell for line in load_workbook(june.settings.master).worksheets[0].iter_rows(values_only=True) for cell in line
    ]
    assert "Amber alert\n(2 periods running)" in cells


def test_a_changed_target_needs_a_line(tmp_path: Path) -> None:
    may = kit.make_cycle(tmp_path / "may", EN, period="2018-05")
    add_targets(may, ("2#1", "Schools", 15, "schools", "flow"))
    june = kit.make_cycle(tmp_path / "june", EN)
    toml = june.settings.folder / "cycle.toml"
    toml.write_text('previous = "../may"\n' + toml.read_text("utf-8"), "utf-8")
    june = add_targets(june, ("2#1", "Schools", 12, "schools", "flow"))
    (found,) = (one for one in june.plan_findings() if one.code == "P101")
    assert (found.goal, ">=15" in found.message, ">=12" in found.message) == ("2", True, True)
    book = load_workbook(june.settings.plan)
    book["changes"].append((dt.date(2018, 6, 1), "No. 7", "2", "targets", ">=15", ">=12"))
    book.save(june.settings.plan)
    assert [one.code for one in Cycle.load(june.settings.folder, EN).plan_findings() if one.code == "P101"] == []
