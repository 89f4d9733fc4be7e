"""Scoring rules: each kind at its edges, the notice's own rule by hand, and formulas that LibreOffice agrees with."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
import returns_kit as kit
from commands import run
from jsonschema import Draft202012Validator
from office import Office
from ooxml import lint
from scores_kit import (
    EXAMPLES,
    Figures,
    line,
    make_notice_cycle,
    notice_rule,
    random_figures,
    random_rule,
    read,
    rule_of,
    score,
)

from kpi_xlsx import resources
from kpi_xlsx.credits import settle
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.decisions import Adoption, Credit, Place
from kpi_xlsx.excel import Sheet, Workbook, reference
from kpi_xlsx.inputs import find_sources
from kpi_xlsx.model import Answer, CycleError, Language, PlanError
from kpi_xlsx.score_book import EVERY_TARGET, Reference, Rule, parse_reference
from kpi_xlsx.score_definition import TOP_KEYS
from kpi_xlsx.score_lines import LINE_KEYS
from kpi_xlsx.score_measures import Value, exact, show
from kpi_xlsx.score_targets import find_completion, find_figure
from kpi_xlsx.scoring import Score, formulas
from kpi_xlsx.told_figures import as_answer

NO_PROJECTS = "无法评分：个数达到任务数的50%但不足5个，评分办法没有写明"
NOTICE: list[tuple[tuple[str | None, ...], str]] = [
    # Projects, task, landing rate, leading, big, small: the score, out of 100.
    # 10 of 20 is just 50%, landing just 50: 70 of 70 = 100; 100/90 is more than all: 100.
    (("10", "20", "50", "0", "0", "0"), "100.00"),
    # 5 of 10: 50% and just 5 projects: the same.
    (("5", "10", "50", "0", "0", "0"), "100.00"),
    # 9 of 20 = 45%, just one step short: 70 - 2 = 68; 68/70 = 97.142857; above 90: 100.
    (("9", "20", None, "0", "0", "0"), "100.00"),
    # 4 of 16 = 25%, five steps: 70 - 10 = 60; 60/70 = 85.714286; /90 = 95.238095. Fewer than 5 does not matter here.
    (("4", "16", None, "0", "0", "0"), "95.24"),
    # 3 of 16 = 18.75%: 31.25 short, six whole steps: 70 - 12 = 58; 82.857143; /90 = 92.063492.
    (("3", "16", None, "0", "0", "0"), "92.06"),
    # 0 of 20: 50 short, ten steps: 70 - 20 = 50; 71.428571; /90 = 79.365079.
    (("0", "20", None, "0", "0", "0"), "79.37"),
    # 0 of 20, and one leading project: 71.428571 + 5 = 76.428571; /90 = 84.920635.
    (("0", "20", None, "1", "0", "0"), "84.92"),
    # 0 of 20, one big and one small: 71.428571 + 15 = 86.428571; /90 = 96.031746.
    (("0", "20", None, "0", "1", "1"), "96.03"),
    # 0 of 20, two big ones: 91.428571 is above 90: nothing is lost.
    (("0", "20", None, "0", "2", "0"), "100.00"),
    # Enough projects, landing 30: 20 short, four steps: 70 - 8 = 62; 88.571429; /90 = 98.412698.
    (("12", "20", "30", "0", "0", "0"), "98.41"),
    # Landing 45.1 is 4.9 short, no whole step; 45 is one: 68 of 70 = 97.14: all the same 100.
    (("12", "20", "45.1", "0", "0", "0"), "100.00"),
    # Landing 0: ten steps: 50 of 70; 79.365079.
    (("12", "20", "0", "0", "0", "0"), "79.37"),
    # 1 of 3 = 33.333...%: 16.666 short, three steps: 64 of 70 = 91.428571: 100.
    (("1", "3", None, "0", "0", "0"), "100.00"),
    # 4 of 8 is 50%, but fewer than 5: the rule does not say.
    (("4", "8", "60", "0", "0", "0"), NO_PROJECTS),
    # Enough projects and no landing rate: missing, never 0.
    (("12", "20", None, "0", "0", "0"), "无法评分：缺“落地率”"),
    # The task stands in another document: nothing to hold the number against.
    (("30", None, "60", "0", "0", "0"), "无法评分：缺“任务数”"),
    (("30", "0", "60", "0", "0", "0"), "无法评分：“任务数”不大于零，不能作除数"),
]


def notice_figures(values: tuple[str | None, ...]) -> Figures:
    return dict(zip((one.name for one in notice_rule().inputs), values, strict=True))


@pytest.mark.parametrize(("values", "expected"), NOTICE)
def test_notice_rule_by_hand(values: tuple[str | None, ...], expected: str) -> None:
    assert str(score(notice_rule(), notice_figures(values), Language.ZH).value) == expected


def test_both_languages_have_one_rule() -> None:
    zh, en = notice_rule(), notice_rule(Language.EN)
    for values, _ in NOTICE:
        one = score(zh, notice_figures(values), Language.ZH).value
        two = score(en, dict(zip((name.name for name in en.inputs), values, strict=True))).value
        assert one == two or (isinstance(one, str) and isinstance(two, str))


def test_steps_are_told_with_figures() -> None:
    steps = score(notice_rule(), notice_figures(("4", "16", None, "0", "0", "0")), Language.ZH).steps
    assert steps[0].words == (
        "“引进个数” 4 ÷ “任务数”16 = 25%，低于 50%，差 25，每 5 扣 2 分（不满一档不计，5 档）：70 − 2 × 5 = 60 分"
    )
    assert steps[4].words == "不适用：此项今年不涉及"
    assert "“第2项”不适用，有权重的折算：× 100 ÷ 70" in steps[8].words


@pytest.mark.parametrize("counting", ["whole", "begun", "proportional"])
def test_what_the_notice_leaves_open_is_a_parameter(counting: str, tmp_path: Path) -> None:
    text = (EXAMPLES / "notice-zh" / "scores.toml").read_text("utf-8")
    text = text.replace('counting = "whole"', f'counting = "{counting}"')
    text = text.replace('otherwise = "cannot_score"', "otherwise = -10").replace("of = 90", "full_from = 90")
    rule = read(tmp_path, text, Language.ZH).rules[0]
    # 3 of 16: 31.25 short: 6, 7 or 6.25 steps: 58, 56 or 57.5 of 70; below 90 the share of 100.
    lost = {"whole": "82.86", "begun": "80.00", "proportional": "82.14"}[counting]
    assert str(score(rule, notice_figures(("3", "16", None, "0", "0", "0")), Language.ZH).value) == lost
    # 4 of 8: 60 of 70.
    assert str(score(rule, notice_figures(("4", "8", None, "0", "0", "0")), Language.ZH).value) == "85.71"


# --- kinds ------------------------------------------------------------------------------------------------------------

KINDS: list[tuple[str, str, str | None, str]] = [
    ("proportional", 'input = "a"\npoints = 70', "50", "35"),
    ("proportional", 'input = "a"\npoints = 70', "120", "70"),
    ("proportional", 'input = "a"\npoints = 70', "-1", "0"),
    ("proportional", 'input = "a"\npoints = 70\nbeyond = true', "120", "84"),
    ("proportional", 'input = "a"\npoints = 100\nfull_from = 90', "90", "100"),
    ("proportional", 'input = "a"\npoints = 100\nfull_from = 90', "89.99", "89.99"),
    ("proportional", 'input = "a"\nof = 90\npoints = 100', "45", "50"),
    ("steps", 'input = "a"\nsteps = [{ from = 60, points = 6 }, { from = 90, points = 10 }]', "90", "10"),
    ("steps", 'input = "a"\nsteps = [{ from = 60, points = 6 }, { from = 90, points = 10 }]', "89.999", "6"),
    ("steps", 'input = "a"\nsteps = [{ from = 60, points = 6 }]\nbelow = 1', "59.99", "1"),
    ("deduct_per", 'input = "a"\nbelow = 50\nper = 5\ndeduct = 2\npoints = 70', "45", "68"),
    ("deduct_per", 'input = "a"\nbelow = 50\nper = 5\ndeduct = 2\npoints = 70', "45.000001", "70"),
    ("deduct_per", 'input = "a"\nbelow = 50\nper = 5\ndeduct = 2\npoints = 70\ncounting = "begun"', "49.9", "68"),
    ("deduct_per", 'input = "a"\nbelow = 50\nper = 5\ndeduct = 2\ncounting = "proportional"', "49", "-0.4"),
    ("deduct_per", 'input = "a"\nabove = 3\nper = 0.1\ndeduct = 1\npoints = 10', "3.3", "7"),
    ("deduct_per", 'input = "a"\nabove = 3\nper = 1\ndeduct = 1\npoints = 10', "2", "10"),
    ("bonus_per", 'input = "a"\npoints = 5', "2.9", "10"),
    ("bonus_per", 'input = "a"\npoints = 5', "-2", "0"),
    ("bonus_per", 'input = "a"\npoints = 5\nper = 0.1', "0.3", "15"),
    ("floor", 'input = "a"\nlimit = 0', "-3", "0"),
    ("cap", 'input = "a"\nlimit = 100', "104", "100"),
    ("cap", 'input = "a"\nlimit = 100', None, "cannot score: “a” is missing"),
    ("weighted_sum", 'of = [{ line = "a", weight = 70, full = 70 }, { line = "b", weight = 30 }]', "35", "65"),
    ("weighted_sum", 'of = [{ line = "a" }, { line = "b" }]', "-2", "98"),
    ("not_applicable", 'reason = "x"', None, "not applicable"),
    ("cap", 'input = "a"\nlimit = 9\nwhen = [{ input = "b", above = 100, otherwise = 7 }]', None, "7"),
    ("cap", 'input = "a"\nlimit = 9\nwhen = [{ input = "b", above = 100, otherwise = "not_applicable" }]', "1",
     "not applicable"),
    ("cap", 'input = "a"\nlimit = 9\nwhen = [{ input = "b", below = 100, otherwise = "cannot_score" }]', "1",
     "cannot score: “b” is not below 100"),
    ("cap", 'input = "a"\nlimit = 9\nwhen = [{ input = "b", at_most = 100 }]', "1", "1"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "more", "figure", "expected"), KINDS)
def test_kinds_at_their_edges(kind: str, more: str, figure: str | None, expected: str, tmp_path: Path) -> None:
    found = score(rule_of(tmp_path, line("L", kind, more), "a", "b"), {"a": figure, "b": "100"}).steps[0].value
    assert (found if isinstance(found, str) else show(found)) == expected


def test_weight_of_what_does_not_apply_goes_to_the_others(tmp_path: Path) -> None:
    lines = line("K", "cap", 'input = "a"\nlimit = 70') + line("B", "not_applicable", "")
    lines += line("M", "cap", 'input = "c"\nlimit = 100')
    of = '{ line = "K", weight = 50, full = 70 }, { line = "B", weight = 30 }, { line = "M", weight = 20 }'
    rule = rule_of(tmp_path, lines + line("S", "weighted_sum", f"of = [{of}]"), "a", "c")
    # (35 × 50/70 + 80 × 20/100) × 100/70 = (25 + 16) × 100/70 = 58.571429
    assert str(score(rule, {"a": "35", "c": "80"}).value) == "58.57"
    assert score(rule, {"a": "35"}).value == "cannot score: “c” is missing"
    none = line("B", "not_applicable", "") + line("S", "weighted_sum", 'of = [{ line = "B", weight = 30 }]')
    assert score(rule_of(tmp_path, none), {}).value == "not applicable"


def test_every_missing_input_is_named(tmp_path: Path) -> None:
    rule = rule_of(tmp_path, line("S", "weighted_sum", 'of = [{ line = "a" }, { line = "b" }]'), "a", "b")
    assert score(rule, {}).reasons == ("“a”: ?", "“b”: ?")


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("actual", Reference(column="actual")),
        ("JR-11.actual", Reference("jr-11", column="actual")),
        ("#2.total", Reference(target=2, field="total")),
        ("#*.completion", Reference(target=EVERY_TARGET, field="completion")),
        ("1.2#3.target", Reference("1.2", target=3, field="target")),
        ("register:大好高", Reference(credit="大好高")),
        ("加减分：大好高", Reference(credit="大好高")),
        *(
            (bad, None)
            for bad in (
                "",
                "#2",
                "#0.total",
                "#x.total",
                "#*.total",
                "#1.sum",
                "register:",
                ".actual",
                "1#2",
                "a#1.b.c",
            )
        ),
    ],
)
def test_where_figures_come_from(text: str, source: Reference | None) -> None:
    assert parse_reference(text) == source


# --- definitions ------------------------------------------------------------------------------------------------------

GOOD = '[[rules]]\nname = "R"\n[rules.inputs]\na = "actual"\n'
LINE = '[[rules.lines]]\nname = "L"\n'
BAD: list[tuple[str, str]] = [
    ("", "rules: This key is missing"),
    ("rules = []", "at least one rule"),
    ("rules = [1]", "rules[1]: Must be a table"),
    ("decimals = 9\n" + GOOD, "decimals: Must be from 0 to 6"),
    ("rankings = true\n" + GOOD, "did you mean “ranking”"),
    (GOOD, "rules[R].lines: This key is missing"),
    (GOOD.replace("actual", "#1"), "rules[R].inputs.a: Say where from"),
    (GOOD + LINE, "lines[L].kind: Must be one of: proportional"),
    (GOOD + LINE + 'kind = "propotional"', "Did you mean “proportional”"),
    (GOOD + LINE + 'kind = "cap"\ninput = "a"', "lines[L].limit: This key is missing"),
    (GOOD + LINE + 'kind = "cap"\ninput = "L"\nlimit = 1', "Neither an input nor a line above is “L”"),
    (GOOD + LINE + 'kind = "cap"\ninput = "a"\nlimit = nan', "lines[L].limit: This is no usable number"),
    (GOOD + LINE + 'kind = "cap"\ninput = "a"\nlimit = true', "lines[L].limit: Must be"),
    (GOOD + LINE + 'kind = "deduct_per"\ninput = "a"\nper = 0\ndeduct = 1\nbelow = 1', "lines[L].per: Must not be 0"),
    (GOOD + LINE + 'kind = "deduct_per"\ninput = "a"\nper = 1\ndeduct = 1', "exactly one of: below, above"),
    (GOOD + LINE + 'kind = "deduct_per"\ninput = "a"\nper = 1\ndeduct = 1\nbelow = 1\ncounting = "half"', "counting:"),
    (GOOD + LINE + 'kind = "bonus_per"\ninput = "a"\npoints = 1\nof = -1', "lines[L].of: Must not be negative"),
    (GOOD + LINE + 'kind = "weighted_sum"\nof = []', "lines[L].of: Must have 1 to 20 items"),
    (GOOD + LINE + 'kind = "weighted_sum"\nof = [{ line = "b" }]', "of[1].line: Neither"),
    (GOOD + LINE + 'kind = "veto"\ninput = "a"\nbelow = 1\ngrade = "Good"', "“Good” is not in grades"),
    (GOOD + LINE + 'kind = "not_applicable"\nwhen = [{ input = "a" }]', "when[1]: Needs exactly one of"),
    (GOOD + LINE + 'kind = "not_applicable"\nwhen = [{ input = "a", below = 1, otherwise = "x" }]', "otherwise:"),
    (GOOD.replace('a = "actual"', 'a = "register:X"'), "There is no “X” in credits"),
    (GOOD + LINE + 'kind = "cap"\ninput = "a"\nlimit = 1\nwhen = [' + '{ input = "a", of = "a", below = 1, '
     f'otherwise = "cannot_score", reason = "{"x" * 190}" }},' * 20 + "]", "Too long for a formula"),
    (GOOD + (LINE + 'kind = "not_applicable"\n') * 2, "“L” is there twice"),
    ((GOOD + LINE + 'kind = "not_applicable"\n') * 2, "The rest is scored by “R” already"),
    ('[[credits]]\nname = "X"\ngrade = "Y"\npoints = 2\n' + GOOD, "A veto has no points"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), BAD)
def test_mistakes_are_named_by_key(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(CycleError) as caught:
        read(tmp_path, text)
    assert words in str(caught.value)
    assert str(caught.value).startswith("scores.toml: ")


def test_mistakes_come_in_the_cycles_language(tmp_path: Path) -> None:
    with pytest.raises(CycleError, match="inputs 和上面各行里都没有“b”"):
        read(tmp_path, GOOD + LINE + 'kind = "cap"\ninput = "b"\nlimit = 1', Language.ZH)


# --- the register -----------------------------------------------------------------------------------------------------


def credit(kind: str, recognised: str | None, row: int, **more: object) -> Credit:
    given: dict[str, object] = {"item": f"item {row}", "document": "", "claimed": None, "recognised_by": "X"}
    given |= {"adoption": Adoption.ADOPTED, "goal": "", "department": "A", **more}
    number = None if recognised is None else Decimal(recognised)
    return Credit(kind=kind, recognised=number, place=Place("S", row), **given)  # type: ignore[arg-type]


BOOK = """
most_bonus = 6
most_deduction = 5
[[grades]]
name = "Good"
from = 80
[[grades]]
name = "Fair"
from = 0
[[credits]]
name = "New"
at_most = 4
[[credits]]
name = "Prize"
points = 2
[[credits]]
name = "Late"
deduct = true
[[credits]]
name = "Accident"
grade = "Fair"
"""


def test_only_recognised_and_adopted_rows_count(tmp_path: Path) -> None:
    book = read(tmp_path, BOOK + GOOD + LINE + 'kind = "cap"\ninput = "a"\nlimit = 9')
    rows = [
        credit("New", "3", 1),
        credit("new", "2", 2),  # 5, at most 4
        credit("Prize", "2", 3, claimed=Decimal(1)),  # 2 × 2 = 4
        credit("Late", "-1", 4),  # 4 + 4 - 1 = 7, at most 6
        credit("New", "9", 5, adoption=Adoption.PENDING),
        credit("New", "9", 6, adoption=Adoption.REJECTED),
        credit("New", None, 7),
        credit("New", "1", 8, recognised_by=""),
        credit("New", "-1", 9),
        credit("Prize", "2", 10, item="item 3"),
        credit("Old", "1", 11),
        credit("Accident", None, 12),
        credit("Accident", "0", 13),
    ]
    found = settle(rows, book, Language.EN)
    gains = list(found.points("A"))
    assert [(one.kind, int(one.points)) for one in gains] == [("New", 4), ("Prize", 4), ("Late", -1)]
    assert [int(found.total(some)) for some in (gains, gains[2:] * 9)] == [6, -5]
    assert list(found.vetoes("A")) == [("Fair", "Accident: item 12")]
    assert len(found.pending) == 1
    expected = {3: "only 1 claimed", 7: "“Recognised” is blank", 8: "“Recognised by” is blank", 9: "below zero"}
    expected |= {10: "the same as S!3", 11: "no kind “Old”", 13: "0 is recognised"}
    assert len(found.remarks) == len(expected)
    for row, words in expected.items():
        assert any(f"S!{row}: " in one and words in one for one in found.remarks)


# --- a whole cycle ----------------------------------------------------------------------------------------------------

SCORES = """
ranking = true
[[grades]]
name = "Good"
from = 75
[[grades]]
name = "Fair"
from = 0
[[credits]]
name = "New"
[[credits]]
name = "Accident"
grade = "Fair"
[[rules]]
name = "Any goal"
[rules.inputs]
Done = "actual"
Share = "#*.completion"
[[rules.lines]]
name = "Reached"
kind = "proportional"
input = "Done"
of = 20
points = 100
[[rules]]
name = "Water"
goals = ["4"]
[rules.inputs]
Done = "actual"
Plan = "#1.target"
[[rules.lines]]
name = "Share"
kind = "proportional"
input = "Done"
of = "Plan"
points = 100
[[rules.lines]]
name = "Line"
kind = "veto"
input = "Done"
below = 10
grade = "Fair"
"""


@pytest.fixture(scope="module")
def cycle(tmp_path_factory: pytest.TempPathFactory) -> Cycle:
    """A has 60, 100 and no figure of a goal that has no weight; B reaches 12 of 16; both have bonuses."""
    folder = tmp_path_factory.mktemp("scores") / "cycle"
    more: list[kit.PlanRow] = [
        {"weight": 60},
        {"weight": 40, "target": ">= 15", "basis": "flow"},
        {},
        {"weight": 100, "target": ">= 16", "basis": "stock"},
    ]
    plan = [{**goal, **extra} for goal, extra in zip(kit.goals(Language.EN), more, strict=True)]
    offices = [{**one, "group": "G"} for one in kit.departments(Language.EN)]
    made = kit.make_cycle(folder, Language.EN, plan=plan, offices=offices)
    (folder / "scores.toml").write_text(SCORES, "utf-8")
    made = Cycle.load(folder, Language.EN)
    kit.fill(made, "A", kit.inbox(made), {"1": {"actual": 12}, "2": {"actual": 30}, "3": {"actual": None}})
    row = {"item": "x", "recognised by": "X", "adopted": "adopted"}
    kit.decide(
        made,
        "Bonuses",
        {**row, "department": "A", "kind": "New", "recognised": "1分"},
        {**row, "department": "B", "kind": "New", "recognised": 2},
        {**row, "department": "B", "kind": "Accident"},
        {**row, "department": "B", "kind": "New", "recognised": "some"},
    )
    return made


@pytest.fixture(scope="module")
def merged(cycle: Cycle) -> tuple[str, ...]:
    return cycle.merge().remarks


def shown(path: Path, sheet: str) -> list[list[object]]:
    from openpyxl import load_workbook

    book = load_workbook(path, data_only=True)
    rows: list[list[object]] = [list(row) for row in book[sheet].iter_rows(min_row=3, values_only=True)]
    book.close()
    return rows


def test_master_shows_scores(cycle: Cycle, merged: tuple[str, ...]) -> None:
    rows = shown(cycle.settings.master, "Scores")
    found = [(row[3], row[7], row[9], row[10]) for row in rows]
    assert found == [
        ("Roads", 60, None, None),
        ("Schools", 100, None, None),
        ("Trees", None, None, None),
        ("New", None, None, None),
        ("Together", None, None, None),
        # 60 × 60% + 100 × 40% + 1 = 77
        ("Total", 77, "Good", 1),
        ("Water", 75, None, None),
        ("New", None, None, None),
        ("Together", None, None, None),
        # 75 + 2 = 77: the same, but for the accident
        ("Total", 77, "Fair", 1),
    ]
    assert rows[5][11] == "rank shared"
    assert rows[9][11] == "at best “Fair”: Accident: x; rank shared"
    assert any("“Recognised” takes a number; “some” is none" in one for one in merged)


@pytest.mark.parametrize("language", list(Language))
def test_shipped_rule_scores_targets_of_the_second_sheet(language: Language, tmp_path: Path) -> None:
    made = make_notice_cycle(tmp_path / "cycle", language)
    made.merge()
    rows = shown(made.settings.master, language.say("评分过程", "Scoring"))
    assert [row[5] for row in rows][:6] == [4, 16, 60, 0, 0, 0]
    assert rows[-1][5] == 95.24  # as worked out above


@pytest.mark.usefixtures("merged")
def test_every_department_gets_its_own_scores_only(cycle: Cycle, tmp_path: Path) -> None:
    done = cycle.issue(tmp_path / "scores")
    assert [path.name for path in done.files] == ["A-Sample Bureau-scores.xlsx", "B-Other Bureau-scores.xlsx"]
    rows = shown(done.files[0], "Scores to check")
    assert rows[5][7] == 77
    assert not any("Other" in str(cell) for row in rows for cell in row)
    for path in (cycle.settings.master, *done.files):
        assert list(lint(path)) == []
    again = cycle.issue(tmp_path / "scores")
    assert again.files == done.files
    with pytest.raises(CycleError, match="the cycle's own folders"):
        cycle.issue(cycle.settings.inbox, done.kind)


@pytest.mark.parametrize(
    ("goal", "actual", "field", "value", "words"),
    [
        ("2", 12.0, "total", "12", "reported for target 2#1"),
        ("2", 12.0, "completion", "80", "reported for target 2#1"),
        ("2", 12.0, "target", "15", "plan: "),
        ("2", 167.0, "total", None, "2#1: 167 is 11.1 times the target"),
        ("2", 167.0, "completion", None, "2#1: 167 is 11.1 times the target"),
        ("2", None, "total", None, "2#1: nothing was reported"),
        ("2", 12.0, "last_year", None, "2#1: not reported"),
        ("4", 167.0, "total", "167", "reported for target 4#1"),
    ],
)
def test_what_cannot_be_held_against_a_target_is_missing(
    cycle: Cycle, goal: str, actual: float | None, field: str, value: str | None, words: str
) -> None:
    def cell(key: str) -> Answer | None:
        return as_answer(actual) if key == "actual" and actual is not None else None

    found = find_figure(cycle.context, "A", cycle.context.plan.by_key[goal], cell, actual is not None, 1, field)
    assert found is not None
    assert found.value == (None if value is None else Decimal(value))
    assert words in found.words


def test_completion_of_all_targets(cycle: Cycle) -> None:
    plan = cycle.context.plan

    def mean(goal: str, actual: float | None) -> tuple[str, str]:
        def cell(key: str) -> Answer | None:
            return as_answer(actual) if key == "actual" and actual is not None else None

        found = find_completion(cycle.context, plan.by_key[goal], cell, actual is not None)
        return ("" if found.value is None else show(found.value)), found.words

    assert mean("2", 12) == ("80", "mean completion: 2#1 80%")
    assert mean("2", 18) == ("100", "mean completion: 2#1 100%")  # 120%
    assert mean("2", 167)[0] == ""
    assert mean("1", 12) == ("", "the plan has no target of this goal")


def test_commands(cycle: Cycle, tmp_path: Path) -> None:
    folder = cycle.settings.folder
    done = run("export", "-C", folder, "--to", tmp_path / "scores.xlsx")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Scores go into a folder" in done.stderr
    path = folder / "scores.toml"
    path.write_text("rules = 1", "utf-8")
    done = run("generate", "-C", folder)
    path.write_text(SCORES, "utf-8")
    assert (done.returncode, done.stderr.strip()) == (2, "scores.toml: rules: Must be a list.")


@pytest.mark.usefixtures("merged")
def test_scoring_goes_along_into_the_archive_and_the_next_cycle(cycle: Cycle, tmp_path: Path) -> None:
    assert "scores.toml" in [one.name for one in find_sources(cycle.settings, Language.EN)]
    following = cycle.next(tmp_path / "next", period="2018-01/2018-07")
    assert (following / "scores.toml").read_text("utf-8") == SCORES


def test_scoring_must_fit_the_plan(cycle: Cycle) -> None:
    path = cycle.settings.folder / "scores.toml"
    path.write_text(SCORES.replace('["4"]', '["9"]').replace('Done = "actual"', 'Done = "actuel"', 1), "utf-8")
    with pytest.raises(PlanError) as caught:
        Cycle.load(cycle.settings.folder, Language.EN)
    path.write_text(SCORES, "utf-8")
    assert "The plan has no goal “9”" in str(caught.value)
    assert "There is no column “actuel”" in str(caught.value)


# --- LibreOffice ------------------------------------------------------------------------------------------------------


def told(value: Value) -> str:
    return value if isinstance(value, str) else f"{exact(value) + 0:.9f}"


def write_case(sheet: Sheet, row: int, rule: Rule, found: Score, language: Language) -> list[str]:
    """One score on one row: inputs, then lines with formulas whose cached value is wrong; what they should show."""
    names = [*(one.name for one in rule.inputs), *(one.name for one in rule.lines)]
    at = {name: reference(row, place, fixed_column=True) for place, name in enumerate(names)}
    for place, figure in enumerate(found.inputs.values()):
        if figure.value is not None:
            sheet.value(row, place, float(figure.value), {})
    for place, (_, formula) in enumerate(formulas(rule, at, at, language), len(rule.inputs)):
        sheet.formula(row, place, formula, {"num_format": "0.000000000"}, -99)
    return [told(one.value) for one in found.steps]


@pytest.mark.office
def test_formulas_say_the_same_in_libreoffice(office: Office, tmp_path: Path) -> None:
    draw, expected = random.Random(20180630), dict[int, tuple[int, list[str]]]()
    path = tmp_path / "all.xlsx"
    with Workbook(path, dt.date(2018, 6, 30)) as book:
        sheet = book.add_sheet("S")
        for values, _ in NOTICE:
            found = score(notice_rule(), notice_figures(values), Language.ZH)
            expected[len(expected)] = (
                len(found.inputs),
                write_case(sheet, len(expected), found.rule, found, Language.ZH),
            )
        for kind, more, figure, _ in KINDS:
            found = score(rule_of(tmp_path, line("L", kind, more), "a", "b"), {"a": figure, "b": "100"})
            expected[len(expected)] = 2, write_case(sheet, len(expected), found.rule, found, Language.EN)
        for _ in range(60):
            rule = rule_of(tmp_path, random_rule(draw), "a", "b", "c")
            for _ in range(5):
                found = score(rule, random_figures(draw))
                expected[len(expected)] = 3, write_case(sheet, len(expected), rule, found, Language.EN)
    with office.open(path) as open_book:
        open_book.do("recalculate")
        texts = open_book.do("read", "S", f"A1:P{len(expected)}")
    for row, (inputs, cells) in expected.items():
        assert texts[row][inputs : inputs + len(cells)] == cells, row


@pytest.mark.office
@pytest.mark.usefixtures("merged")
def test_master_recalculates_to_what_it_shows(office: Office, cycle: Cycle) -> None:
    with office.open(cycle.settings.master) as book:
        before = book.do("read", "Scores", "H3:K12")
        book.do("recalculate")
        assert book.do("read", "Scores", "H3:K12") == before
        # Roads 12 becomes 16: 80 × 60% + 40 + 1 = 89, and B comes second.
        book.do("type", "Scoring", "F3", "16")
        assert [row[0] for row in book.do("read", "Scores", "H3:H12")][5] == "89.00"
        assert [row[3] for row in book.do("read", "Scores", "H3:K12")][9] == "2"
        # B's figure is emptied.
        book.do("type", "Scoring", "F11", "")
        assert book.do("read", "Scores", "H9:H12")[3] == ["cannot score: goal 4 has no score"]


# --- documents --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", list(Language))
def test_the_page_on_scores_is_right(language: Language, tmp_path: Path) -> None:
    text = (EXAMPLES.parent / "docs" / language.say("scores.zh-CN.md", "scores.md")).read_text("utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        read(tmp_path, block, language)
    assert [key for key in (*LINE_KEYS, *TOP_KEYS) if f"`{key}" not in text and key not in block] == []


def test_the_schema_takes_what_the_program_takes() -> None:
    schema = json.loads((resources.folder("templates") / "scores.schema.json").read_text("utf-8"))
    validator = Draft202012Validator(schema)
    for path in sorted(EXAMPLES.glob("*/scores.toml")):
        assert list(validator.iter_errors(tomllib.loads(path.read_text("utf-8")))) == []
    for text in (SCORES, BOOK + GOOD + LINE + 'kind = "cap"\ninput = "a"\nlimit = 9'):
        assert list(validator.iter_errors(tomllib.loads(text))) == []
    rule = schema["properties"]["rules"]["items"]["properties"]["lines"]["items"]["oneOf"]
    keys = {one["properties"]["kind"]["const"]: one["properties"].keys() - {"name", "kind", "when"} for one in rule}
    assert keys == {kind: found.keys() for kind, found in LINE_KEYS.items()}
    assert schema["properties"].keys() == TOP_KEYS.keys()
