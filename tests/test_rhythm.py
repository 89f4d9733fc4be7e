"""Who is asked what through the year: settled goals, departments with nothing due, exceptions that say none."""

from __future__ import annotations

import pickle
from pathlib import Path

import forms_kit as forms
import pytest
import returns_kit as kit
import roles_kit as roles
import year_kit as year
from click.testing import CliRunner
from openpyxl import load_workbook

from kpi_xlsx.cli import cli
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.form import write_form
from kpi_xlsx.model import Language, State
from kpi_xlsx.rhythm import NIL_WORDS, asks_something, says_nil
from kpi_xlsx.standing import Stage
from kpi_xlsx.starter import write_plan

both_languages = pytest.mark.parametrize("language", list(Language))
OTHER = "Nine of the twelve km are built, no more than that."


def standing(cycle: Cycle, code: str) -> Stage:
    return next(one.stage for one in cycle.status().standings if one.code == code)


def texts_of(cycle: Cycle, sheet: int = 0) -> list[str]:
    page = load_workbook(cycle.settings.master).worksheets[sheet]
    return [str(value) for line in page.iter_rows(values_only=True) for value in line if value is not None]


def codes(cycle: Cycle) -> list[tuple[str, str | None, str | None]]:
    return [(one.code, one.goal, one.column) for one in kit.found(cycle.validate())]


# --- settled goals ----------------------------------------------------------------------------------------------------


@both_languages
@pytest.mark.parametrize("what", ["as it was", "blank", "gone"])
def test_a_settled_row_asks_nothing(what: str, language: Language, tmp_path: Path) -> None:
    """Its completion was in June 2018: by the rules for dates that would be a fault in the May that settled it."""
    june = forms.after(forms.settled_may(tmp_path, language), "2018-07")
    path = forms.typed(june, forms.good(june, "2", "3"))
    with kit.edited(path) as (sheet, marks):
        for column in june.context.template.main.entry if what == "blank" else ():
            sheet.cell(marks.rows["1"], marks.columns[column.key]).value = None
        if what == "gone":
            sheet.delete_rows(marks.rows["1"])
    assert codes(june) == []
    assert june.merge().exit_code == 1, "B has not reported"


@both_languages
def test_a_settled_row_may_hold_what_today_would_be_a_fault(language: Language, tmp_path: Path) -> None:
    """Completed in December: before the year of the cycles that follow."""
    plan = [{**row, "due_month": "2018-06"} if row["id"] == "1" else row for row in kit.goals(language)]
    december = year.begin(tmp_path, "2017-12", language, plan=plan)
    when = {"1": {"completed_on": "2017-12-15", "progress": "ok"}}
    year.report(december, "A", when)
    year.passed(december, "A")
    january = year.follow(december, "2018-01", plan=plan)
    forms.typed(january, {**forms.good(january, "2", "3"), ("2", "data_as_of"): None, ("3", "data_as_of"): None})
    assert codes(january) == []


@both_languages
def test_other_words_are_told_and_an_explanation_settles_them(language: Language, tmp_path: Path) -> None:
    june = forms.after(forms.settled_may(tmp_path, language), "2018-07")
    values = {**forms.good(june, "2", "3"), ("1", "progress"): OTHER, ("1", "actual"): 9}
    forms.typed(june, values)
    report = june.validate()
    assert codes(june) == [("X118", "1", "progress"), ("X118", "1", "actual")]
    first, second = kit.found(report)
    assert "2018-05" in first.message
    assert OTHER in first.message
    assert "“12” → “9”" in second.message
    forms.typed(june, {**values, ("1", "explanation"): "The survey was repeated; the road is shorter."})
    assert {one.state for one in kit.found(june.validate())} == {State.EXPLAINED}


@both_languages
def test_the_settled_explanation_explains_no_change(language: Language, tmp_path: Path) -> None:
    may = year.begin(tmp_path, "2018-06", language)
    year.report(may, "A", {"1": {"explanation": "It was done a month early, as agreed."}})
    year.passed(may, "A")
    june = year.follow(may, "2018-07")
    forms.typed(june, {**forms.good(june, "2", "3"), ("1", "progress"): OTHER})
    assert [(one.code, one.state) for one in kit.found(june.validate())] == [("X118", State.OPEN)]


@both_languages
def test_of_a_changed_status_it_is_silent(language: Language, tmp_path: Path) -> None:
    june = forms.after(forms.settled_may(tmp_path, language), "2018-07")
    behind = june.context.template.main.by_key["status"].choices[1]
    forms.typed(june, {**forms.good(june, "2", "3"), ("1", "status"): behind})
    assert "X118" not in {code for code, _, _ in codes(june)}
    assert ("D101", "1", "status") in codes(june)


def test_an_amendment_back_to_the_settled_words_ends_it(tmp_path: Path) -> None:
    june = forms.after(forms.settled_may(tmp_path, Language.EN), "2018-07")
    forms.typed(june, {**forms.good(june, "2", "3"), ("1", "actual"): 9})
    assert codes(june) == [("X118", "1", "actual")]
    kit.amend(june, "actual", 9, 12, "applied")
    assert codes(june) == []


@both_languages
def test_a_department_whose_goals_are_all_settled_is_not_chased(language: Language, tmp_path: Path) -> None:
    rows = [row for row in kit.goals(language) if row["id"] in ("1", "4")]
    may = year.begin(tmp_path, "2018-06", language, plan=rows)
    year.report(may, "A")
    year.report(may, "B")
    year.passed(may, "A", "B")
    june = year.follow(may, "2018-07", plan=rows)
    assert not asks_something(june.context, june.past, "A")
    assert asks_something(june.context, june.past, "B")
    outbox = june.fill_outbox()
    assert (len(outbox.forms), outbox.idle) == (2, 1)
    assert [one.department for one in kit.found_by(june.merge(), "X101")] == ["B"]
    assert standing(june, "A") is Stage.NOT_REQUIRED
    assert standing(june, "B") is not Stage.NOT_REQUIRED
    said = language.say("应报送 1 个单位", "0 of 1 departments")
    assert any(said in text for text in texts_of(june))


@both_languages
def test_generate_says_who_has_nothing_to_report(language: Language, tmp_path: Path) -> None:
    """By name where there is no form, as a number where there is one."""
    rows = forms.plan(language, g4="quarter")
    for period, template in (("2018-07", ""), ("2018-08", forms.OMIT)):
        cycle = year.begin(tmp_path, period, language, template=forms.design(language, more=template), plan=rows)
        done = CliRunner().invoke(cli, ["generate", "-C", str(cycle.settings.folder)])
        assert done.exit_code == 0, done.output
        named = f"B {cycle.context.plan.by_code['B'].name}" in done.output
        assert named == bool(template)
        assert (language.say("1 份本期没有要填的目标", "1 form of these asks nothing") in done.output) != named
        assert standing(cycle, "B") is Stage.NOT_REQUIRED


def test_a_form_that_is_no_longer_due_is_moved_away(tmp_path: Path) -> None:
    rows = forms.plan(Language.ZH)
    template = forms.design(Language.ZH, more=forms.OMIT)
    cycle = year.begin(tmp_path, "2018-07", template=template, plan=rows)
    cycle.generate()
    forms_dir = cycle.settings.outbox
    write_plan(cycle.settings.plan, forms.plan(Language.ZH, g4="quarter"), kit.departments(Language.ZH), Language.ZH)
    again = Cycle.load(cycle.settings.folder)
    outbox = again.fill_outbox()
    assert [path.name[0] for path in outbox.moved] == ["B"]
    assert [path.name[0] for path in sorted(forms_dir.glob("*.xlsx"))] == ["A"]


def test_a_chain_that_breaks_off_is_said_when_forms_are_made(tmp_path: Path) -> None:
    cycle = year.begin(tmp_path, "2018-06", previous="2018-05")
    assert "../2018-05" in cycle.fill_outbox().remarks[-1]


@both_languages
def test_a_part_lacks_no_goal_that_is_settled_or_not_due(language: Language, tmp_path: Path) -> None:
    july = forms.after(forms.settled_may(tmp_path, language), "2018-07")
    good = kit.good_answers(july, "A")["2"]
    answers = {"2": {key: value for key, value in good.items() if value is not None}}
    path = kit.inbox(july, "part.xlsx")
    write_form(path, july.context, july.settings, "A", answers, only=["2"], notice="…", past=july.past)
    (missing,) = kit.found_by(july.validate(), "X109")
    assert missing.message.rstrip("。.").endswith(language.say("：牵头目标 3", ": goals that it leads: 3"))
    assert standing(july, "A") is Stage.PARTLY
    write_plan(july.settings.plan, forms.plan(language, g3="quarter"), kit.departments(language), language)
    july = Cycle.load(july.settings.folder, language)
    assert not kit.found_by(july.validate(), "X109")
    assert standing(july, "A") is Stage.RECEIVED


@both_languages
def test_a_form_in_which_only_settled_rows_stand_is_blank(language: Language, tmp_path: Path) -> None:
    july = forms.after(forms.settled_may(tmp_path, language), "2018-07")
    forms.typed(july, {})
    assert codes(july) == [("S108", None, None)]
    row = kit.row_of(july.merge(), "1")
    assert row.entry is None
    assert language.say("前期已完成\n（2018-05）", "Completed earlier\n(2018-05)") in texts_of(july)
    (copy,) = july.feedback(["A"])
    assert forms.cells_of(copy)["1", "status"].value == july.context.template.main.by_key["status"].choices[0]


@both_languages
def test_a_blank_form_never_replaces_what_was_said_of_a_settled_goal(language: Language, tmp_path: Path) -> None:
    july = forms.after(forms.settled_may(tmp_path, language), "2018-07")
    earlier = forms.typed(july, {**forms.good(july, "2", "3"), ("1", "actual"): 9})
    earlier.rename(kit.inbox(july, "earlier.xlsx"))
    kit.set_time(forms.typed(july, {}), "2018-08-05 10:00")
    assert codes(july) == [("X102", None, None), ("X118", "1", "actual")]


@both_languages
def test_a_blank_form_in_which_nothing_was_asked_is_no_fault(language: Language, tmp_path: Path) -> None:
    """Goal 1 is settled, 2 is not due, of 3 nothing happened."""
    rhythm = {"g2": "quarter", "g3": "exception"}
    july = forms.after(forms.settled_may(tmp_path, language, **rhythm), "2018-07", **rhythm)
    path = forms.typed(july, {})
    assert codes(july) == []
    with kit.edited(path) as (sheet, marks):
        for column in july.context.template.main.entry:
            sheet.cell(marks.rows["1"], marks.columns[column.key]).value = None
    assert codes(july) == []
    with kit.edited(path) as (sheet, marks):
        for place in (1, marks.columns["name"], marks.columns["requirement"]):
            sheet.cell(marks.rows["2"], place).value = None
        sheet.cell(marks.rows["2"], marks.columns["id"]).value = "99"
        sheet.cell(marks.rows["2"], marks.columns["progress"]).value = OTHER
    assert {"S104", "S108"} <= {code for code, _, _ in codes(july)}, "something was typed, though it is nobody's"


@both_languages
def test_a_change_of_a_settled_goal_needs_no_supplement(language: Language, tmp_path: Path) -> None:
    """Its row would be locked. Nor does the older form ask for it, once it is back."""
    rows = kit.goals(language)
    july = forms.after(forms.settled_may(tmp_path, language), "2018-07")
    forms.typed(july, forms.good(july, "2", "3"))
    write_plan(
        july.settings.plan,
        [{**row, **({"due_month": 7} if row["id"] == "1" else {})} for row in rows],
        kit.departments(language),
        language,
    )
    july = Cycle.load(july.settings.folder, language)
    july.generate(["B"])
    assert july.generate(supplement=True) == []
    (older,) = kit.found_by(july.validate(), "I105")
    assert older.state is State.EXPLAINED


@both_languages
def test_supporters_of_a_settled_goal_are_not_asked_for_new_words(language: Language, tmp_path: Path) -> None:
    """Their last ones stand locked in the form, and come back with it."""
    on_track = roles.CHOICES[language][1]
    june = roles.begin(tmp_path, language, settings="")
    roles.send(june, "A")
    roles.send(june, "B", {"2": {"status": on_track}})
    year.passed(june, "A", "B")
    june.merge()
    july = roles.follow(june, "2018-07")
    words = language.say("到七月已改造学校 8 所。", "Eight schools are done by July.")
    forms.typed(july, {("2", "progress"): words, ("2", "status"): on_track, ("2", "figure"): 12}, "B")
    report = july.validate()
    assert kit.row_of(report, "1", "B").entry is not None
    assert [one.code for one in report.findings] == []


# --- exceptions -------------------------------------------------------------------------------------------------------


def exceptional(home: Path, language: Language) -> Cycle:
    return year.begin(home, "2018-07", language, plan=forms.plan(language, g1="exception", g2="exception"))


@both_languages
@pytest.mark.parametrize("word", ["无", "None", "n/a", "—", " 无。 ", "（无）", "N／A", "Nil."])
@pytest.mark.parametrize("beside", [False, True])
def test_none_is_a_right_answer_to_an_exception(word: str, beside: bool, language: Language, tmp_path: Path) -> None:
    """So it is where the other cells say the same; the master shows what was typed."""
    cycle = exceptional(tmp_path, language)
    more = {"actual": word, "evidence": word, "explanation": word} if beside else {}
    year.report(cycle, "A", {"1": {**kit.blank_row(cycle), "progress": word, **more}, "2": kit.blank_row(cycle)})
    assert codes(cycle) == []
    cycle.merge()
    shown = texts_of(cycle)
    assert word.strip() in [text.strip() for text in shown]
    assert shown.count(language.say("无（例外）", "None (exception)")) == 2


@both_languages
@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"progress": "待填"}, {"R102", "R101"}),
        ({"progress": "同上"}, {"R102", "R101"}),
        ({"progress": "无", "actual": 3}, {"R102", "R101"}),
        ({"progress": "无", "evidence": "No. 5"}, {"R102", "R101"}),
        ({"evidence": "No. 5"}, {"R101"}),
        ({"actual": "无"}, {"R101"}),
    ],
)
def test_anything_else_is_judged_as_ever(changes: kit.Row, found: set[str], language: Language, tmp_path: Path) -> None:
    cycle = exceptional(tmp_path, language)
    year.report(cycle, "A", {"1": {**kit.blank_row(cycle), **changes}})
    assert {code for code, _, _ in codes(cycle)} - {"D101"} == found


@both_languages
def test_none_with_a_status_is_judged_as_ever(language: Language, tmp_path: Path) -> None:
    cycle = exceptional(tmp_path, language)
    status = cycle.context.template.main.by_key["status"].choices[1]
    year.report(cycle, "A", {"2": {**kit.blank_row(cycle), "progress": "无", "status": status}})
    assert codes(cycle) == [("R102", "2", "progress")]


@both_languages
def test_none_is_no_answer_to_a_goal_that_is_due(language: Language, tmp_path: Path) -> None:
    cycle = exceptional(tmp_path, language)
    year.report(cycle, "A", {"3": {**kit.blank_row(cycle), "progress": "无"}})
    assert {code for code, _, _ in codes(cycle)} == {"R101", "R102"}


def test_an_exception_is_never_settled(tmp_path: Path) -> None:
    """It may happen again."""
    june = exceptional(tmp_path, Language.ZH)
    year.report(june, "A")
    year.passed(june, "A")
    july = year.follow(june, "2018-08", plan=forms.plan(Language.ZH, g1="exception"))
    assert not forms.cells_of(forms.form_of(july))["1", "progress"].protection.locked


def test_words_for_nothing_are_those_of_the_form() -> None:
    assert all(map(says_nil, NIL_WORDS))
    assert all(word == word.casefold() and "|" not in word and '"' not in word for word in NIL_WORDS)
    assert not any(map(says_nil, ["", "待填", "同上", "无重大进展", "no", "?", "0"]))


def test_a_context_still_travels(tmp_path: Path) -> None:
    cycle = exceptional(tmp_path, Language.ZH)
    assert pickle.loads(pickle.dumps(cycle.context)) == cycle.context


@both_languages
def test_the_figure_of_one_month_is_no_part_of_what_is_settled(language: Language, tmp_path: Path) -> None:
    """The total stays, this month's is not repeated, and nothing is asked of the row in the months that follow."""
    pair = kit.totals(language)
    may = year.begin(tmp_path, "2018-05", language, template=forms.design(language, more=pair))
    year.report(may, "A", {"1": {"month": 14, "total": 120}})
    year.passed(may, "A")
    may.merge()
    for period in ("2018-06", "2018-07"):
        may = forms.after(may, period, more=pair)
        cells = forms.cells_of(forms.form_of(may))
        assert (cells["1", "total"].value, cells["1", "month"].value) == (120, None)
        assert cells["1", "month"].protection.locked
        forms.typed(may, forms.good(may, "2", "3"))
        assert codes(may) == []
        row = kit.row_of(may.merge(), "1")
        assert row.entry is not None
        assert (row.entry.value("total"), row.entry.value("month")) == (120, None)
