"""The rules: their list, their words, the examples on their pages, and how they hold one another back."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import returns_kit as kit
from openpyxl import load_workbook

from kpi_xlsx.checks import BY_CODE, CHECKS, FAMILIES, reasons
from kpi_xlsx.checks.rule import Check
from kpi_xlsx.checks.zh import WORDS
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Answer, CellType, Finding, Kind, Language, ReturnStatus, Severity, State
from kpi_xlsx.report import Report

CONTRACT = """
F101 unreadable E
F102 wrong-format E
F103 password E
F104 over-limit E
F105 macros I
F106 unsafe-member E
I101 not-our-form E
I102 wrong-cycle E
I103 unknown-department E
I104 old-template W
I105 old-plan W
I106 carrier-lost I
I107 seal-broken W
I108 other-department W
S101 missing-column E
S102 missing-row E
S103 duplicate-row E
S104 unknown-row W
S105 unknown-column I
S106 key-mismatch E
S107 given-changed W
S108 blank-form E
S109 hidden-answers I
S110 beside-cells I
S111 external-links I
S112 merged-answers W
S113 stray-cells I
S114 unsigned W
S115 closed-column W
S116 missing-sheet E
R101 required-empty E
R102 placeholder E
R103 required-when E
V101 wrong-type E
V102 not-a-choice E
V103 out-of-range E
V104 too-short W*
V105 too-long W*
V106 converted I
V107 impossible-date E
V108 date-without-completion W*
V109 error-value E
V110 formula I
V111 ambiguous-value W
D101 overdue E*
D102 due-soon W*
D103 late-return W*
T101 behind-unexplained W*
T102 other-basis W*
T103 other-period W*
T104 other-unit W*
T105 figure-not-in-words W*
T106 sign-contradicts W*
T107 part-unmentioned I
T108 completed-but-short W*
X101 no-return E
X102 several-returns I
X103 contradicting-forms E
X104 held-after-review W
X105 amendment-conflict W
X106 order-unknown W
X107 parts-differ W
X108 lead-and-support-differ W*
X109 part-missing E
X111 same-words-as-before W*
X112 no-longer-completed W*
X113 cumulative-fell W*
X114 sum-differs W*
X115 jump W*
X116 same-words-as-another I
X117 anothers-words W
X118 settled-changed W*
X119 differs-from-assessor W*
X120 assessor-missing I
P101 unregistered-change E
P102 target-unclear W
P103 unit-missing W
P104 basis-missing W
P105 deadline-missing I
P106 goal-doubled W
P107 weights-off W
"""
LETTERS = {Severity.ERROR: "E", Severity.WARNING: "W", Severity.INFO: "I"}
EN, ZH = Language.EN, Language.ZH
NUMBER, DATE, MONTH = CellType.NUMBER, CellType.DATE, CellType.MONTH
SIDES = ("bad", "good")
PAGES = [pytest.param(check.code, language, id=f"{check.code}-{language}") for check in CHECKS for language in Language]
CASES = [
    pytest.param(check.code, language, side, id=f"{check.code}-{language}-{side}")
    for check in CHECKS
    for language in Language
    for side in SIDES
]
both_languages = pytest.mark.parametrize("language", list(Language))

Originals = Mapping[Language, Cycle]


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Originals:
    """A cycle in each language in which B has reported and A has not; tests work on copies."""
    folder = tmp_path_factory.mktemp("cycles")
    return {language: kit.make_cycle(folder / language, language) for language in Language}


@pytest.fixture
def cycle(originals: Originals, tmp_path: Path) -> Cycle:
    """The English cycle."""
    return kit.copy_cycle(originals[EN], tmp_path / "cycle")


def status(cycle: Cycle, number: int) -> str:
    """The status choice at this place of the list, from 0."""
    return cycle.context.template.main.by_key["status"].choices[number]


# --- the list ---------------------------------------------------------------------------------------------------------


def test_rules_are_the_contract() -> None:
    shown = [f"{one.code} {one.name} {LETTERS[one.severity]}{'*' if one.explainable else ''}" for one in CHECKS]
    assert shown == CONTRACT.split("\n")[1:-1]
    assert list(BY_CODE) == [one.code for one in CHECKS]


def test_families_are_whole_and_in_order() -> None:
    letters = [{one.code[0] for one in family} for family in FAMILIES]
    assert letters == [{"F"}, {"I"}, {"S"}, {"R"}, {"V"}, {"D"}, {"T"}, {"X"}, {"P"}]
    for family in FAMILIES:
        assert [one.code for one in family] == sorted(one.code for one in family)


def test_only_facts_about_the_work_are_of_kind_work() -> None:
    work = {one.code for one in CHECKS if one.kind is Kind.WORK}
    assert work == {one.code for one in CHECKS if one.code[0] in "DT"}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_name_is_that_of_the_function(check: Check) -> None:
    (function,) = filter(None, (check.of_return, check.of_round, check.of_plan))
    assert check.name == function.__name__.replace("_", "-")


# --- the words --------------------------------------------------------------------------------------------------------


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_catalogue_has_exactly_these_rules() -> None:
    assert list(WORDS) == list(BY_CODE)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_words_have_the_same_placeholders(check: Check) -> None:
    ours, theirs = check.words(EN), check.words(ZH)
    assert placeholders(ours.message) == placeholders(theirs.message)
    assert placeholders(ours.hint) == placeholders(theirs.hint)
    assert all((ours.message, ours.hint, theirs.message, theirs.hint))


@pytest.mark.parametrize(("code", "language"), PAGES)
def test_page_has_a_summary_and_both_examples(code: str, language: Language) -> None:
    page = BY_CODE[code].words(language).page
    assert page.partition("\n")[0].endswith(("。", "."))
    examples = kit.read_examples(page)
    assert set(examples) == set(SIDES)
    assert all(example.changes or example.sentences for example in examples.values())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_examples_are_the_same_in_both_languages(check: Check) -> None:
    ours, theirs = (kit.read_examples(check.words(language).page) for language in (EN, ZH))
    for side in SIDES:
        deeds = [[kit.OPERATIONS[one] for one in pages[side].sentences] for pages in (ours, theirs)]
        assert deeds[0] == deeds[1]
        tables = [
            {goal: [(key, value is None) for key, value in row.items()] for goal, row in pages[side].changes.items()}
            for pages in (ours, theirs)
        ]
        assert tables[0] == tables[1]


def test_every_operation_stands_on_a_page() -> None:
    said = {
        sentence
        for check in CHECKS
        for language in Language
        for example in kit.read_examples(check.words(language).page).values()
        for sentence in example.sentences
    }
    assert said == set(kit.OPERATIONS)


# --- the examples -----------------------------------------------------------------------------------------------------


def test_good_answers_are_good(originals: Originals, tmp_path: Path) -> None:
    for language, original in originals.items():
        cycle = kit.copy_cycle(original, tmp_path / language)
        kit.send(cycle)
        assert cycle.validate().findings == ()


@pytest.mark.parametrize(("code", "language", "side"), CASES)
def test_example(code: str, language: Language, side: str, originals: Originals, tmp_path: Path) -> None:
    if code[0] == "T":
        cycle = kit.make_cycle(tmp_path / "cycle", language, plan=kit.measured_goals(language))
    else:
        cycle = kit.copy_cycle(originals[language], tmp_path / "cycle")
    example = kit.read_examples(BY_CODE[code].words(language).page)[side]
    example.act(cycle)
    cycle = Cycle.load(cycle.settings.folder, language)  # an example may have changed the plan
    found = cycle.validate().findings if BY_CODE[code].of_plan is None else cycle.plan_findings()
    findings = [one for one in found if one.code == code]
    if side == "good":
        assert findings == []
        return
    assert findings
    assert not example.changes or {one.goal for one in findings} == set(example.changes)
    for finding in findings:
        demand_whole(finding, BY_CODE[code])


def demand_whole(finding: Finding, check: Check) -> None:
    """A finding says what it is, where it is and what to do."""
    assert (finding.name, finding.kind, finding.severity) == (check.name, check.kind, check.severity)
    assert finding.state is State.OPEN
    for text in (finding.message, finding.hint):
        assert text
        assert "{" not in text
        assert "None" not in text
    assert finding.file is not None or finding.code in ("X101", "X109", "X120")
    if finding.code[0] in "RV" or finding.code in ("D101", "D102"):
        assert finding.goal
        assert finding.column
        assert finding.cell
        assert finding.sheet


@both_languages
@pytest.mark.parametrize("why", reasons.REASONS)
def test_every_reason_is_said_in_words(why: str, language: Language, originals: Originals) -> None:
    context = originals[language].context
    columns = [replace(context.template.main.by_key["growth"], type=kind) for kind in (NUMBER, DATE, MONTH)]
    for column in columns:
        words = reasons.words(column, Answer("F7", "6.5", None, "V101", why=why), context)
        assert all(words.values())
        assert "{" not in "".join(words.values())


def test_both_readings_of_a_day_are_named(cycle: Cycle) -> None:
    """A number in the form's cells for months shows as a date of 1905; what was typed is told from it."""
    changes: kit.Changes = {"1": {"completed_on": "03/04/2018"}, "2": {"data_as_of": 2018.1}}
    kit.fill(cycle, "A", kit.inbox(cycle), changes)
    first, second = (one.message for one in cycle.validate().findings)
    assert "2018-03-04 or 2018-04-03" in first
    assert "2018.1" in second
    assert "2018-01 or 2018-10" in second


def test_bounds_are_said_in_words_where_one_is_open(tmp_path: Path) -> None:
    kind = 'source = "department"\ntype = '
    column = f'[[columns]]\nkey = "risk"\nheader = "Risk"\n{kind}"number"\nmin = 0\n'
    column += f'[[columns]]\nkey = "last"\nheader = "Last"\n{kind}"date"\nmax = 2018-05-31\n'
    cycle = kit.make_cycle(tmp_path / "cycle", EN, design=column)
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": {"risk": -1, "last": dt.date(2018, 6, 1), "share": 140}})
    said = {one.column: f"{one.message} {one.hint}" for one in cycle.validate(select=["V103"]).findings}
    assert "(at least 0). Check the figure" in said["risk"]
    assert "(not after 2018-05-31). Check the date" in said["last"]
    assert "(0 … 100)" in said["share"]


def test_a_choice_of_none_is_an_answer(tmp_path: Path) -> None:
    column = '[[columns]]\nkey = "risk"\nheader = "Risk"\nsource = "department"\ntype = "choice"\nrequired = true\n'
    cycle = kit.make_cycle(tmp_path / "cycle", EN, design=column + 'choices = ["Some", "None"]\n')
    answers: kit.Changes = {"1": {"risk": "None"}, "2": {"risk": "none"}, "3": {"risk": "—"}}
    kit.fill(cycle, "A", kit.inbox(cycle), answers)
    found = cycle.validate(select=["R102", "V102", "V106"]).findings
    assert [(one.goal, one.code) for one in found] == [("2", "V106"), ("3", "R102")]


def test_the_template_says_which_order_is_meant(tmp_path: Path) -> None:
    shipped = kit.make_cycle(tmp_path / "cycle", EN, top='date_order = "dmy"')
    kit.fill(shipped, "A", kit.inbox(shipped), {"1": {"completed_on": "03/04/2018"}})
    assert [(one.code, "2018-04-03" in one.message) for one in shipped.validate().findings] == [("V106", True)]


def test_a_figure_is_said_with_the_columns_unit(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"growth": "down by 1.2%"}})
    assert [one.message for one in cycle.validate().findings] == ["Growth (%): “down by 1.2%” was read as -1.2 %."]


def test_words_for_nothing_are_kept_and_are_no_value(cycle: Cycle) -> None:
    """The master shows what was typed; tables and sums get no value, least of all 0."""
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"actual": "n/a", "data_as_of": "—"}, "3": {"actual": 0}})
    report = cycle.merge()
    assert report.findings == ()
    frame = report.to_frame().set_index("id")
    assert frame["actual"].isna()["2"]
    assert frame["data_as_of"]["2"] is None
    assert frame["actual"]["3"] == 0
    shown = load_workbook(cycle.settings.master).worksheets[0].iter_rows(values_only=True)
    assert {"n/a", "—"} <= {value for line in shown for value in line if isinstance(value, str)}


# --- severity and explanations ----------------------------------------------------------------------------------------


def test_template_changes_a_severity(tmp_path: Path) -> None:
    design = '[severity]\nV106 = "error"\nR101 = "info"\nX101 = "warning"\n'
    cycle = kit.make_cycle(tmp_path / "cycle", EN, design=design)
    assert [(one.code, one.severity) for one in cycle.validate().findings] == [("X101", Severity.WARNING)]
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": {"actual": "１２"}, "2": {"progress": None}})
    report = cycle.validate()
    assert [(one.code, one.severity) for one in report.findings] == [
        ("V106", Severity.ERROR),
        ("R101", Severity.INFO),
    ]
    assert report.exit_code == 1


@both_languages
@pytest.mark.parametrize("words", ["The tender had to be repeated.", "首次招标流标，已重新招标。"])
def test_words_explain(words: str, language: Language, originals: Originals, tmp_path: Path) -> None:
    report = send_overdue(kit.copy_cycle(originals[language], tmp_path / "cycle"), words)
    assert [(one.code, one.state) for one in report.findings] == [("D101", State.EXPLAINED)]
    assert report.exit_code == 0


@both_languages
@pytest.mark.parametrize("words", [None, "无", "n/a", "—", "None", "同上", "　", "无。", "（无）"])
def test_placeholders_do_not_explain(
    words: str | None, language: Language, originals: Originals, tmp_path: Path
) -> None:
    report = send_overdue(kit.copy_cycle(originals[language], tmp_path / "cycle"), words)
    assert [(one.code, one.state) for one in report.findings] == [("D101", State.OPEN)]
    assert report.exit_code == 1


def send_overdue(cycle: Cycle, words: str | None) -> Report:
    row = {"status": status(cycle, 1), "completed_on": None, "explanation": words}
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": row})
    return cycle.validate()


def test_words_explain_only_what_can_be_explained(cycle: Cycle) -> None:
    row = {
        "progress": "Going well",
        "status": "On track",
        "actual": "about 12",
        "code": "ABCDEFGHIJKLM",
        "explanation": "There is no more to say of it.",
    }
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": row, "2": {"progress": "Going well"}})
    states = {(one.goal, one.code): one.state for one in cycle.validate().findings}
    assert states == {
        ("1", "V104"): State.EXPLAINED,
        ("1", "V105"): State.EXPLAINED,
        ("1", "V108"): State.EXPLAINED,
        ("1", "D101"): State.EXPLAINED,
        ("1", "V101"): State.OPEN,
        ("2", "V104"): State.OPEN,
    }


def test_explained_by_the_row_that_counts(cycle: Cycle) -> None:
    """An explanation that a newer row replaced explains nothing any more."""
    late = {"status": "On track", "completed_on": None}
    first = kit.fill(cycle, "A", kit.inbox(cycle, "first.xlsx"), {"1": {**late, "explanation": "Rain in May."}})
    second = kit.fill(cycle, "A", kit.inbox(cycle, "second.xlsx"), {"1": late})
    for path, moment in ((first, "2018-07-02 09:00"), (second, "2018-07-03 09:00")):
        kit.set_time(path, moment)
    assert [one.state for one in cycle.validate(select=["D101"]).findings] == [State.OPEN]
    kit.set_time(first, "2018-07-04 09:00")
    assert [one.state for one in cycle.validate(select=["D101"]).findings] == [State.EXPLAINED]


# --- where a rule begins and ends -------------------------------------------------------------------------------------

PENDING: kit.Row = {"status": "Data pending", "explanation": "The office publishes the figures on 20 July."}
BOUNDS: Mapping[str, tuple[kit.Changes, set[str]]] = {
    "fifteen characters suffice": ({"2": {"progress": "x" * 15}}, set()),
    "fourteen do not": ({"2": {"progress": "x" * 14}}, {"V104"}),
    "where the text is waived it may be short": ({"2": {**PENDING, "progress": "Soon"}}, set()),
    "ten characters fit": ({"2": {"code": "x" * 10}}, set()),
    "eleven do not": ({"2": {"code": "x" * 11}}, {"V105"}),
    "the least number": ({"2": {"share": 0}}, set()),
    "below it": ({"2": {"share": -0.01}}, {"V103"}),
    "above the greatest": ({"2": {"share": 100.01}}, {"V103"}),
    "a number as text lies outside as well": ({"2": {"share": "140"}}, {"V103", "V106"}),
    "the first day of the year": ({"1": {"completed_on": dt.date(2018, 1, 1)}}, set()),
    "the day before": ({"1": {"completed_on": dt.date(2017, 12, 31)}}, {"V107"}),
    "the day of the deadline": ({"1": {"completed_on": dt.date(2018, 7, 5)}}, set()),
    "the day after": ({"1": {"completed_on": dt.date(2018, 7, 6)}}, {"V107"}),
    "figures of the year before": ({"1": {"data_as_of": dt.date(2017, 12, 1)}}, set()),
    "figures of a month to come": ({"1": {"data_as_of": dt.date(2018, 8, 1)}}, {"V107"}),
    "a blank status is not completed": ({"1": {"status": None}}, {"R101", "D101"}),
    "nor is a word that is no choice": ({"1": {"status": "Nearly done"}}, {"V102", "D101"}),
    "overdue and not started": ({"1": {"status": "Not started", "completed_on": None}}, {"D101"}),
    "due in December and not started": ({"2": {"status": "Not started"}}, set()),
    "due in August and behind": ({"3": {"status": "Behind", "explanation": "Rain in May and June."}}, set()),
    "a placeholder where words are called for": ({"2": {"status": "Behind", "explanation": "n/a"}}, {"R102"}),
    "a placeholder as a date": ({"1": {"completed_on": "n/a"}}, {"R102"}),
    "a placeholder in a number that may be blank": ({"2": {"actual": "n/a"}}, set()),
    "a placeholder as a status": ({"2": {"status": "无"}}, {"R102"}),
    "a placeholder as a status that was due": ({"1": {"status": "—", "completed_on": None}}, {"R102", "D101"}),
    "no completion date, in words": ({"2": {"completed_on": "n/a"}}, set()),
    "nothing called for in words is no figure": ({"2": {"actual": "不适用", "data_as_of": "-"}}, set()),
    "words that point elsewhere are no figure": ({"2": {"actual": "same"}}, {"V101"}),
    "a bare fraction of percents": ({"2": {"growth": 0.068}}, {"V111"}),
    "the same as text": ({"2": {"growth": "-0.068"}}, {"V106", "V111"}),
    "a fraction with its sign": ({"2": {"growth": "0.068%"}}, {"V106"}),
    "more than one percent": ({"2": {"growth": 1}}, set()),
    "nothing grew": ({"2": {"growth": 0}}, set()),
    "a unit that is not the column's": ({"2": {"growth": "3 km"}}, {"V101"}),
    "a misspelt status": ({"2": {"status": "On trakc"}}, {"V106"}),
    "the contrary of a status": ({"2": {"status": "Off track"}}, {"V102"}),
    "a sign nobody sees": ({"2": {"progress": "Nine of fifteen​ schools are done."}}, {"V106"}),
    "zero is an answer": ({"2": {"actual": 0}}, set()),
}


@pytest.mark.parametrize("case", BOUNDS)
def test_bounds(case: str, cycle: Cycle) -> None:
    changes, expected = BOUNDS[case]
    kit.fill(cycle, "A", kit.inbox(cycle), changes)
    assert kit.codes(cycle.validate().findings) == expected


def test_a_day_to_come_stands_where_the_template_expects_one(tmp_path: Path) -> None:
    column = '[[columns]]\nkey = "forecast"\nheader = "Forecast"\nsource = "department"\ntype = "date"\nfuture = true\n'
    cycle = kit.make_cycle(tmp_path / "cycle", EN, design=column)
    kit.fill(
        cycle, "A", kit.inbox(cycle), {"1": {"forecast": dt.date(2019, 3, 31)}, "2": {"forecast": dt.date(2017, 3, 1)}}
    )
    assert [(one.code, one.goal) for one in cycle.validate(select=["V107"]).findings] == [("V107", "2")]


def test_goal_not_due_this_period_asks_nothing(tmp_path: Path) -> None:
    first, second, third, fourth = kit.goals(EN)
    plan = [first, {**second, "frequency": "year"}, {**third, "frequency": "exception"}, fourth]
    cycle = kit.make_cycle(tmp_path / "cycle", EN, plan=plan)
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": kit.blank_row(cycle), "3": kit.blank_row(cycle)})
    assert cycle.validate().findings == ()
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": kit.blank_row(cycle), "3": {"progress": None}})
    assert [(one.goal, one.code) for one in cycle.validate().findings] == [("3", "R101")]


def test_department_without_goals_this_period_owes_nothing(tmp_path: Path) -> None:
    plan = [{**row, "frequency": "year"} if row["department"] == "A" else row for row in kit.goals(EN)]
    assert kit.make_cycle(tmp_path / "cycle", EN, plan=plan).validate().findings == ()


def test_form_of_an_older_plan_is_not_blamed_for_it(cycle: Cycle) -> None:
    """Its given cells are as they were sent; what the department changed besides is said."""
    kit.send_old_plan(cycle)
    assert [one.code for one in cycle.validate().findings] == ["I105"]
    kit.type_over(kit.inbox(cycle), "3", "requirement", "less")
    assert [(one.goal, one.code) for one in cycle.validate(ignore=["I"]).findings] == [("1", "S107"), ("3", "S107")]


def test_file_time_alone_is_never_late(cycle: Cycle) -> None:
    kit.set_time(kit.send(cycle), "2018-09-01 09:00")
    assert cycle.validate().findings == ()


@pytest.mark.parametrize(("moment", "late"), [("2018-07-05 17:30", False), ("2018-07-05 17:31", True)])
def test_late_is_after_the_deadline(moment: str, late: bool, cycle: Cycle) -> None:
    kit.register(cycle, {kit.send(cycle).name: moment})
    assert ("D103" in kit.codes(cycle.validate().findings)) == late


# --- no cascades ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["F101", "F102", "F103", "F104", "I101"])
def test_what_cannot_be_read_has_one_finding(code: str, cycle: Cycle) -> None:
    kit.read_examples(BY_CODE[code].english.page)["bad"].act(cycle)
    report = cycle.validate()
    assert [one.code for one in report.findings if one.file == "inbox/A.xlsx"] == [code]
    assert {one.code for one in report.findings} == {code, "X101"}
    record = next(one for one in report.returns if one.file == "inbox/A.xlsx")
    assert (record.status, record.counts) == (ReturnStatus.QUARANTINED, False)


def test_form_of_another_period_is_not_looked_into(cycle: Cycle) -> None:
    kit.send_last_month(cycle)  # its goal 1 lacks the progress
    kit.type_over(kit.inbox(cycle), "2", "actual", "about 12")
    kit.type_over(kit.inbox(cycle), "3", "requirement", "less")
    report = cycle.validate()
    assert [one.code for one in report.findings if one.file] == ["I102"]
    assert all(row.entry is None for row in report.entries if row.department == "A")


def test_form_of_an_unknown_department_is_not_looked_into(cycle: Cycle) -> None:
    kit.send_stranger(cycle)
    kit.type_over(kit.inbox(cycle, "C.xlsx"), "5", "actual", "about 12")
    assert [one.code for one in cycle.validate().findings if one.file] == ["I103"]


def test_blank_form_lists_no_cells(cycle: Cycle) -> None:
    kit.send_blank(cycle)
    assert [one.code for one in cycle.validate().findings] == ["S108"]


def test_missing_column_is_said_once(cycle: Cycle) -> None:
    """R, V and D are silent about its cells, and about no others."""
    row = {"status": "On track", "completed_on": None, "progress": None, "actual": "about 12"}
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": row})
    before = kit.codes(cycle.validate().findings)
    assert before == {"D101", "R101", "V101"}
    kit.delete_column(kit.inbox(cycle), "status")
    findings = cycle.validate().findings
    assert [(one.column, one.code) for one in findings] == [
        ("status", "S101"),
        ("progress", "R101"),
        ("actual", "V101"),
    ]


COLUMNS = "id category subcategory name requirement attribute due_month progress status actual data_as_of"
ALL_COLUMNS = [*COLUMNS.split(), "completed_on", "explanation", "evidence", "share", "code", "growth"]


@pytest.mark.parametrize("column", ALL_COLUMNS)
def test_any_missing_column_is_all_that_is_said(column: str, cycle: Cycle) -> None:
    """The printed form id (I106) goes with the column in which its block begins."""
    assert [one.key for one in cycle.context.template.main.form_columns] == ALL_COLUMNS
    kit.delete_column(kit.send(cycle), column)
    assert [(one.column, one.code) for one in cycle.validate(ignore=["I106"]).findings] == [(column, "S101")]


def test_missing_row_is_said_once(cycle: Cycle) -> None:
    kit.delete_row(cycle)
    assert [(one.goal, one.code) for one in kit.found(cycle.validate())] == [("2", "S102")]


def test_required_silences_values_on_the_cell(cycle: Cycle) -> None:
    """A placeholder is also too short; that is not said as well. Another cell's value still is."""
    changes = {"1": {"progress": "n/a"}, "2": {"progress": "Going well"}}
    kit.fill(cycle, "A", kit.inbox(cycle), changes)
    assert [(one.goal, one.code) for one in cycle.validate().findings] == [("1", "R102"), ("2", "V104")]


def test_required_does_not_silence_other_cells(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": {"progress": "n/a", "actual": "about 12", "completed_on": None}})
    assert [(one.column, one.code) for one in cycle.validate().findings] == [
        ("progress", "R102"),
        ("actual", "V101"),
        ("completed_on", "R103"),
    ]


# --- order ------------------------------------------------------------------------------------------------------------


def test_findings_stand_in_plan_order(tmp_path: Path) -> None:
    """Department, goal, column and code as plan and template have them, whatever the files are called."""
    plan, offices = kit.goals(EN), kit.departments(EN)
    reordered = [plan[2], plan[3], plan[0], plan[1]]
    cycle = kit.make_cycle(tmp_path / "cycle", EN, plan=reordered, offices=offices[::-1])
    kit.fill(cycle, "B", kit.inbox(cycle, "B.xlsx"), {"4": {"actual": "about 12", "progress": None}})
    late: kit.Row = {"status": "On track", "actual": "１２", "share": 140, "progress": None}
    path = kit.fill(cycle, "A", kit.inbox(cycle), {"1": late, "2": {"status": None}, "3": {"status": "Nearly done"}})
    kit.register(cycle, {path.name: "2018-07-09 09:12"})
    shown = [(one.department, one.goal, one.column, one.code) for one in cycle.validate().findings]
    assert shown == [
        ("B", "4", "progress", "R101"),
        ("B", "4", "actual", "V101"),
        ("A", None, None, "D103"),
        ("A", "3", "status", "V102"),
        ("A", "1", "progress", "R101"),
        ("A", "1", "status", "D101"),
        ("A", "1", "actual", "V106"),
        ("A", "1", "completed_on", "V108"),
        ("A", "1", "share", "V103"),
        ("A", "2", "status", "R101"),
    ]


def test_codes_stand_in_order_on_one_cell(cycle: Cycle) -> None:
    kit.put_formula(cycle)
    path = kit.inbox(cycle)
    kit.patch(path, "xl/worksheets/sheet1.xml", lambda text: text.replace("<f>6*2</f><v>12</v>", "<f>x</f>"))
    kit.type_over(path, "2", "completed_on", "２０１９-06-15")
    shown = [(one.goal, one.column, one.code) for one in cycle.validate().findings]
    assert shown == [
        ("1", "actual", "V109"),
        ("2", "completed_on", "V106"),
        ("2", "completed_on", "V107"),
        ("2", "completed_on", "V108"),
    ]


def test_selection_is_by_prefix(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": {"actual": "about 12", "progress": None, "share": 140}})
    assert [one.code for one in cycle.validate(select=["V"]).findings] == ["V101", "V103"]
    assert [one.code for one in cycle.validate(ignore=["V10"]).findings] == ["R101"]
    assert [one.code for one in cycle.validate(select=["V", "R"], ignore=["V103"]).findings] == ["R101", "V101"]
    assert cycle.validate(select=["V106"]).exit_code == 0


# --- what counts ------------------------------------------------------------------------------------------------------


@pytest.fixture
def twice(cycle: Cycle) -> Cycle:
    """A reported on 2 July and again on 4 July: goal 1 anew, goal 2 left blank, of goal 3 only the actual.

    The earlier file has the later name.
    """
    first: kit.Changes = {"1": {"actual": "about 12"}, "2": {"actual": 21}, "3": {"actual": 31, "evidence": "File 3"}}
    second: kit.Changes = {"1": {"actual": 13}, "2": kit.blank_row(cycle), "3": {**kit.blank_row(cycle), "actual": 33}}
    kit.set_time(kit.fill(cycle, "A", kit.inbox(cycle, "z.xlsx"), first), "2018-07-02 09:00")
    kit.set_time(kit.fill(cycle, "A", kit.inbox(cycle, "a.xlsx"), second), "2018-07-04 09:00")
    return cycle


def counting(report: Report) -> dict[str, tuple[str | None, object]]:
    """For each goal of A the file that counts, and its actual."""
    return {
        row.id: (row.record.file if row.record else None, row.entry.value("actual") if row.entry else None)
        for row in report.entries
        if row.department == "A"
    }


def test_newest_row_with_an_answer_counts(twice: Cycle) -> None:
    assert counting(twice.validate()) == {
        "1": ("inbox/a.xlsx", 13.0),
        "2": ("inbox/z.xlsx", 21.0),
        "3": ("inbox/a.xlsx", 33.0),
    }


def test_row_counts_whole(twice: Cycle) -> None:
    """What the newer row left blank is blank, and said to be."""
    report = twice.validate()
    entry = next(row.entry for row in report.entries if row.id == "3")
    assert entry is not None
    assert set(entry.answers) == {"actual"}
    assert [(one.column, one.code) for one in report.findings if one.goal == "3"] == [
        ("progress", "R101"),
        ("status", "R101"),
    ]


def test_findings_of_replaced_rows_vanish(twice: Cycle) -> None:
    """Neither the faulty actual of the earlier goal 1 nor the later blank goal 2 matters."""
    assert [one for one in twice.validate().findings if one.goal in ("1", "2")] == []


def test_several_returns_are_named(twice: Cycle) -> None:
    found = [one for one in twice.validate().findings if one.code == "X102"]
    assert [one.department for one in found] == ["A"]
    assert "inbox/a.xlsx: 2 rows" in found[0].message
    assert "inbox/z.xlsx: 1 row" in found[0].message
    assert {record.file: record.counts for record in twice.validate().returns} == {
        "inbox/a.xlsx": True,
        "inbox/z.xlsx": True,
        "inbox/B.xlsx": True,
    }


def test_replaced_file_is_silent(cycle: Cycle) -> None:
    """A file of which no row counts any more has no findings of its own."""
    kit.fill(cycle, "A", kit.inbox(cycle, "old.xlsx"), {"1": {"actual": "about 12"}, "2": {"progress": None}})
    kit.type_over(kit.inbox(cycle, "old.xlsx"), "3", "requirement", "less")
    kit.delete_column(kit.inbox(cycle, "old.xlsx"), "evidence")
    kit.set_time(kit.inbox(cycle, "old.xlsx"), "2018-07-02 09:00")
    alone = cycle.validate()
    assert kit.codes(alone.findings) == {"V101", "R101", "S107", "S101"}
    kit.set_time(kit.send(cycle), "2018-07-03 09:00")
    report = cycle.validate()
    assert kit.codes(report.findings) == {"X102"}
    assert report.exit_code == 0
    assert {one.file: one.counts for one in report.returns}["inbox/old.xlsx"] is False


def test_blank_form_erases_nothing(cycle: Cycle) -> None:
    kit.set_time(kit.send(cycle), "2018-07-02 09:00")
    blank = kit.fill(
        cycle, "A", kit.inbox(cycle, "blank.xlsx"), {goal: kit.blank_row(cycle) for goal in ("1", "2", "3")}
    )
    kit.set_time(blank, "2018-07-04 09:00")
    report = cycle.validate()
    assert {file for file, _ in counting(report).values()} == {"inbox/A.xlsx"}
    assert kit.codes(report.findings) == {"X102"}


def test_an_answer_lost_in_a_newer_return_is_said(cycle: Cycle) -> None:
    """The earlier answer counts then; in silence it would pass for the newer one."""
    kit.set_time(kit.send(cycle), "2018-07-02 09:00")
    newer = kit.fill(cycle, "A", kit.inbox(cycle, "newer.xlsx"))
    kit.type_over(newer, "2", "id", "3")
    kit.set_time(newer, "2018-07-03 09:00")
    report = cycle.validate()
    assert {goal: file for goal, (file, _) in counting(report).items()}["2"] == "inbox/A.xlsx"
    lost = [(one.code, one.goal, one.file) for one in report.findings if one.code != "X102"]
    assert lost == [("S106", "2", "inbox/newer.xlsx")]
    newest = kit.fill(cycle, "A", kit.inbox(cycle, "newest.xlsx"), {"3": {"actual": 13}})
    kit.set_time(newest, "2018-07-04 09:00")
    assert kit.codes(cycle.validate().findings) == {"X102"}


@pytest.mark.parametrize(
    ("code", "columns", "number"), [("S104", ("id", "name", "requirement"), 9), ("S106", ("id",), 1)]
)
def test_a_newer_return_of_which_nothing_could_be_taken_is_said(
    code: str, columns: tuple[str, ...], number: int, cycle: Cycle
) -> None:
    kit.set_time(kit.send(cycle), "2018-07-02 09:00")
    newer = kit.fill(cycle, "A", kit.inbox(cycle, "newer.xlsx"))
    for goal in (1, 2, 3):
        for column in columns:
            kit.type_over(newer, str(goal), column, str(goal % 3 + number))
    kit.set_time(newer, "2018-07-03 09:00")
    report = cycle.validate()
    assert {file for file, _ in counting(report).values()} == {"inbox/A.xlsx"}
    assert [one.file for one in report.findings if one.code == code] == ["inbox/newer.xlsx"] * 3


def test_unreadable_file_erases_nothing(cycle: Cycle) -> None:
    kit.set_time(kit.send(cycle), "2018-07-02 09:00")
    broken = kit.inbox(cycle, "broken.xlsx")
    broken.write_bytes(kit.inbox(cycle).read_bytes()[:3000])
    kit.set_time(broken, "2018-07-04 09:00")
    report = cycle.validate()
    assert {file for file, _ in counting(report).values()} == {"inbox/A.xlsx"}
    assert [(one.file, one.code) for one in report.findings] == [("inbox/broken.xlsx", "F101")]


def test_register_says_which_is_newer(twice: Cycle) -> None:
    """A registered time outweighs the file's own."""
    kit.register(twice, {"z.xlsx": "2018-07-05 08:00"})
    assert {file for file, _ in counting(twice.validate()).values()} == {"inbox/z.xlsx"}


def test_two_departments_are_not_several_returns(cycle: Cycle) -> None:
    kit.send(cycle)
    assert cycle.validate().findings == ()


def test_only_named_files_are_judged(cycle: Cycle) -> None:
    """Missing departments are then not reported."""
    assert kit.codes(cycle.validate().findings) == {"X101"}
    report = cycle.validate(kit.inbox(cycle, "B.xlsx"))
    assert report.findings == ()
    assert [one.file for one in report.returns] == ["inbox/B.xlsx"]
