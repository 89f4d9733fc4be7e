"""Forms of a later cycle: what was said last beside what is to be said, settled goals, goals that are not due."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import forms_kit as forms
import pytest
import returns_kit as kit
import year_kit as year
from office import Office
from openpyxl import load_workbook

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.definition import load_template
from kpi_xlsx.form import write_form
from kpi_xlsx.model import Language, PlanError, Severity

both_languages = pytest.mark.parametrize("language", list(Language))
LONG = "在建。" * 400


# --- last answers -----------------------------------------------------------------------------------------------------


@both_languages
def test_last_answers_stand_before_the_new_ones(language: Language, tmp_path: Path) -> None:
    say = language.say
    april = year.begin(tmp_path, "2018-04", language, template=forms.design(language, "progress", "data_as_of"))
    year.report(april, "A", {"2": {"progress": "=1+1 <r>x</r> " + LONG}})
    april.merge()
    may = forms.after(april, "2018-05", "progress", "data_as_of")
    year.report(may, "A", {"2": kit.blank_row(may)})
    may.merge()
    june = forms.after(may, "2018-06", "progress", "data_as_of")
    path = forms.form_of(june)
    heads = forms.headings_of(path)
    keys = list(heads)
    assert keys.index("last.progress") == keys.index("progress") - 1
    assert heads["last.progress"] == say("上期进展情况", "Last period: Progress")
    cells = forms.cells_of(path)
    before = cells["2", "last.progress"]
    assert before.value == say("2018年4月：", "2018-04: ") + "=1+1 <r>x</r> " + LONG
    assert (before.data_type, before.protection.locked, before.font.italic) == ("s", True, True)
    assert cells["3", "last.progress"].value == kit.good_answers(may, "A")["3"]["progress"]
    assert cells["3", "last.data_as_of"].value == "2018-06"
    height = load_workbook(path).worksheets[0].row_dimensions[before.row].height
    assert height is not None
    assert height > 300


@both_languages
def test_without_a_past_there_is_no_such_column(language: Language, tmp_path: Path) -> None:
    cycle = year.begin(tmp_path, "2018-06", language, template=forms.design(language, "progress"))
    assert not [key for key in forms.headings_of(forms.form_of(cycle)) if key.startswith("last.")]


@both_languages
def test_last_answers_are_never_read(language: Language, tmp_path: Path) -> None:
    june = forms.after(forms.settled_may(tmp_path, language, "progress"), "2018-06", "progress")
    forms.typed(june, {**forms.good(june, "2", "3"), ("2", "last.progress"): "changed by hand"})
    report = june.validate()
    assert kit.codes(kit.found(report)) - {"I106"} == set()
    entry = kit.row_of(report, "2").entry
    assert entry is not None
    assert entry.text("progress") == kit.good_answers(june, "A")["2"]["progress"]


@both_languages
def test_headings_tell_where_the_hidden_keys_are_gone(language: Language, tmp_path: Path) -> None:
    june = forms.after(forms.settled_may(tmp_path, language, "progress", "status"), "2018-06", "progress", "status")
    path = forms.typed(june, forms.good(june, "2", "3"))
    with kit.edited(path) as (sheet, marks):
        row = next(cell.row for line in sheet.iter_rows() for cell in line if cell.value == "#last.progress")
        assert marks.head > row
        for cell in sheet[row]:
            cell.value = None
    report = june.validate()
    assert kit.codes(kit.found(report)) == {"I106"}
    (record,) = (one for one in report.returns if one.department == "A")
    assert record.leftovers == ()
    entry = kit.row_of(report, "3").entry
    assert entry is not None
    assert entry.text("progress") == kit.good_answers(june, "A")["3"]["progress"]


def test_a_heading_that_last_answers_take_is_refused(tmp_path: Path) -> None:
    taken = '[[columns]]\nkey = "before"\nheader = "上期进展情况"\nsource = "department"\n'
    path = tmp_path / "own.toml"
    path.write_text(forms.design(Language.ZH, "progress", more=taken), "utf-8")
    with pytest.raises(PlanError, match="before"):
        load_template(path)


def test_under_two_headings_the_last_answer_stands_in_the_same_group(tmp_path: Path) -> None:
    pair = "".join(
        f'[[columns]]\nkey = "{key}"\nheader = "{head}"\ngroup = "完成值"\nsource = "department"\n'
        f'type = "number"\nlast = true\n'
        for key, head in (("this_month", "本月"), ("to_date", "累计"))
    )
    april = year.begin(tmp_path, "2018-04", template=forms.design(Language.ZH, more=pair))
    year.report(april, "A", {"2": {"this_month": 3, "to_date": 12.5}})
    may = year.follow(april, "2018-05", template=forms.design(Language.ZH, more=pair))
    path = forms.form_of(may)
    cells, heads = forms.cells_of(path), forms.headings_of(path)
    assert [key for key in heads if "month" in key or "date" in key][-4:] == [
        "last.this_month",
        "this_month",
        "last.to_date",
        "to_date",
    ]
    assert cells["2", "last.to_date"].value == "12.5"
    sheet = load_workbook(path).worksheets[0]
    first, last = cells["2", "last.this_month"].column, cells["2", "to_date"].column
    assert any((one.min_col, one.max_col) == (first, last) for one in sheet.merged_cells.ranges)


# --- the sheet of instructions ----------------------------------------------------------------------------------------


def instructions(path: Path) -> str:
    return "\n".join(str(row[0]) for row in load_workbook(path).worksheets[1].iter_rows(values_only=True) if row[0])


@both_languages
def test_the_instructions_say_what_is_not_to_be_filled_in(language: Language, tmp_path: Path) -> None:
    """Only as far as it stands in this form."""
    say = language.say
    may = forms.settled_may(tmp_path, language, "progress", g2="quarter")
    last, settled, closed = (
        say("“上期”", "“Last period:”"),
        say("“前期已完成”", "“Completed earlier”"),
        say("“本期不填”", "“Not due”"),
    )
    told = instructions(forms.form_of(may))
    assert [word in told for word in (last, settled, closed)] == [False, False, True]
    july = forms.after(may, "2018-07", "progress")
    told = instructions(forms.form_of(july))
    assert [word in told for word in (last, settled, closed)] == [True, True, False]
    assert say("不会采用", "nothing that is written there is taken") in told
    assert say("不用再报", "need not be reported again") in told


# --- settled goals ----------------------------------------------------------------------------------------------------


@both_languages
def test_a_settled_goal_is_filled_in_and_locked(language: Language, tmp_path: Path) -> None:
    may = forms.settled_may(tmp_path, language)
    june = forms.after(may, "2018-06")
    path = forms.form_of(june)
    cells = forms.cells_of(path)
    answers = kit.good_answers(may, "A")["1"]
    assert cells["1", "progress"].value == answers["progress"]
    assert cells["1", "status"].value == answers["status"]
    assert cells["1", "check"].value == language.say("前期已完成", "Completed earlier")
    assert all(cells["1", column.key].protection.locked for column in june.context.template.main.entry)
    assert not cells["2", "progress"].protection.locked
    xml = sheet_xml(path)
    row = cells["1", "progress"].row
    ranges = re.findall(r'<protectedRange [^>]*sqref="([^"]*)"', xml)
    assert ranges
    assert not [one for one in ranges for area in one.split() if row in rows_of(area)]
    counter = load_workbook(path, data_only=True).worksheets[0].cell(3, 2).value
    assert language.say("共 2 项", "0 of 2 rows") in str(counter)


def sheet_xml(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode()


def rows_of(area: str) -> range:
    found = [int(number) for number in re.findall(r"\d+", area)]
    return range(found[0], found[-1] + 1)


@both_languages
def test_a_settled_goal_stays_so_though_its_row_came_back_and_nobody_passed_it(
    language: Language, tmp_path: Path
) -> None:
    june = forms.after(forms.settled_may(tmp_path, language), "2018-06")
    forms.typed(june, forms.good(june, "2", "3"))
    assert kit.found(june.merge()) == []
    july = forms.after(june, "2018-07")
    assert forms.cells_of(forms.form_of(july))["1", "check"].value == language.say("前期已完成", "Completed earlier")


def test_what_was_not_passed_or_not_completed_is_open(tmp_path: Path) -> None:
    may = year.begin(tmp_path, "2018-05")
    year.report(may, "A")
    june = year.follow(may, "2018-06")
    assert not forms.cells_of(forms.form_of(june))["1", "progress"].protection.locked


@both_languages
def test_the_copy_has_last_answers_and_settled_rows(language: Language, tmp_path: Path) -> None:
    may = forms.settled_may(tmp_path, language, "progress")
    june = forms.after(may, "2018-06", "progress")
    forms.typed(june, {**forms.good(june, "2", "3"), ("2", "status"): None})
    (copy,) = june.feedback(["A"])
    cells = forms.cells_of(copy)
    assert cells["1", "check"].value == language.say("前期已完成", "Completed earlier")
    assert cells["1", "progress"].protection.locked
    assert cells["2", "last.progress"].value == kit.good_answers(may, "A")["2"]["progress"]
    assert [one.column for one in kit.found(june.validate())] == ["status"]


@both_languages
def test_in_the_copy_a_settled_row_that_changed_is_open_and_marked(language: Language, tmp_path: Path) -> None:
    june = forms.after(forms.settled_may(tmp_path, language), "2018-06")
    forms.typed(june, {**forms.good(june, "2", "3"), ("1", "progress"): "Nine of the twelve km are built, no more."})
    done = june.fill_feedback(["A"])
    (copy,) = done.copies
    assert (copy.errors, copy.warnings) == (0, 1)
    cells = forms.cells_of(copy.path)
    assert cells["1", "progress"].value == "Nine of the twelve km are built, no more."
    assert not cells["1", "progress"].protection.locked
    assert cells["1", "check"].value == "√" or str(cells["1", "check"].value).startswith("=")


# --- goals that are not due -------------------------------------------------------------------------------------------


@both_languages
def test_what_is_not_due_is_left_out(language: Language, tmp_path: Path) -> None:
    cycle = year.begin(
        tmp_path,
        "2018-07",
        language,
        template=forms.design(language, more=forms.OMIT),
        plan=forms.plan(language, g2="quarter"),
    )
    assert {goal for goal, _ in forms.cells_of(forms.form_of(cycle))} == {"1", "3"}
    forms.typed(cycle, forms.good(cycle, "1", "3"))
    report = cycle.merge()
    assert kit.found(report) == []
    sheet = load_workbook(cycle.settings.master).worksheets[0]
    shown = [str(value) for line in sheet.iter_rows(values_only=True) for value in line if value is not None]
    assert language.say("本期不填", "Not due") in shown


@both_languages
def test_a_row_that_was_left_out_is_read_if_it_comes(language: Language, tmp_path: Path) -> None:
    rows = forms.plan(language, g2="quarter")
    cycle = year.begin(tmp_path, "2018-07", language, template=forms.design(language, more=forms.OMIT), plan=rows)
    year.report(cycle, "A")  # with an answer to goal 2, so that its row stands there
    report = cycle.validate()
    assert kit.found(report) == []
    entry = kit.row_of(report, "2").entry
    assert entry is not None
    assert entry.text("progress")
    (copy,) = cycle.feedback(["A"])
    assert forms.cells_of(copy)["2", "progress"].value == entry.text("progress")


@both_languages
@pytest.mark.parametrize("changed", ["1", "2"])
def test_an_old_plan_is_known_though_rows_are_left_out(language: Language, changed: str, tmp_path: Path) -> None:
    """The form was made before a goal's words changed, be it one that stands in it or one that does not."""
    old, template = forms.plan(language, g2="quarter"), forms.design(language, more=forms.OMIT)
    new = [{**row, "requirement": "Other words"} if row["id"] == changed else row for row in old]
    before = year.begin(tmp_path / "x", "2018-07", language, template=template, plan=old)
    cycle = year.begin(tmp_path, "2018-07", language, template=template, plan=new)
    path = forms.typed(before, forms.good(before, "1", "3"))
    shutil.copyfile(path, kit.inbox(cycle, "A.xlsx"))
    kit.set_time(kit.inbox(cycle, "A.xlsx"), "2018-08-04 10:00")
    assert kit.codes(kit.found(cycle.validate())) == {"I105"}


@both_languages
def test_who_has_nothing_due_gets_no_form_unless_named(language: Language, tmp_path: Path) -> None:
    template, rows = forms.design(language, more=forms.OMIT), forms.plan(language, g4="quarter")
    cycle = year.begin(tmp_path, "2018-07", language, template=template, plan=rows)
    outbox = cycle.fill_outbox()
    assert [one.code for one in outbox.left_out] == ["B"]
    assert [path.name[0] for path in outbox.forms] == ["A"]
    assert outbox.idle == 0
    (named,) = cycle.generate(["B"])
    assert forms.cells_of(named)["4", "check"].value == language.say("本期不填", "Not due")


@both_languages
def test_grey_forms_are_written_and_counted(language: Language, tmp_path: Path) -> None:
    cycle = year.begin(tmp_path, "2018-07", language, plan=forms.plan(language, g4="quarter"))
    outbox = cycle.fill_outbox()
    assert (len(outbox.forms), outbox.left_out, outbox.idle) == (2, (), 1)


# --- in LibreOffice ---------------------------------------------------------------------------------------------------


NIL = ["无", "None", "n/a", "—", "（无）", "待填", "同上", "All went well, nothing else", "*", "no"]


@pytest.fixture(scope="module", params=list(Language))
def exceptional(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Cycle:
    language: Language = request.param
    return year.begin(tmp_path_factory.mktemp(language), "2018-05", language, plan=forms.plan(language, g2="exception"))


@pytest.mark.office
def test_the_check_column_says_the_same_of_none_in_libreoffice(exceptional: Cycle, office: Office) -> None:
    """What Python holds of an exception's row is what the formula does, and what the rules say of it."""
    cycle = exceptional
    sheet = cycle.context.language.say("填报", "Report")
    path = forms.form_of(cycle)
    cells = forms.cells_of(path)
    progress, evidence, status, check = (
        cells["2", key].coordinate for key in ("progress", "evidence", "status", "check")
    )
    target = cycle.settings.folder / "own.xlsx"
    with office.open(path) as book:
        assert book.get(sheet, check).text == ""
        for word in NIL:
            for beside in ("", word):
                book.do("type", sheet, progress, word)
                book.do("type", sheet, evidence, beside)
                values = {key: text for key, text in (("progress", word), ("evidence", beside)) if text}
                write_form(target, cycle.context, cycle.settings, "A", {"2": values})
                cached = load_workbook(target, data_only=True).worksheets[0][check].value
                assert book.get(sheet, check).text.strip() == cached, (word, beside)
        book.do("type", sheet, progress, "无")
        book.do("type", sheet, evidence, "")
        assert book.get(sheet, check).text == "√"
        book.do("type", sheet, status, cycle.context.template.main.by_key["status"].choices[1])
        assert book.get(sheet, check).text in ("√", "")


@pytest.mark.office
def test_a_form_of_a_later_cycle_works_in_libreoffice(tmp_path: Path, office: Office) -> None:
    """A settled row counts neither as filled in nor as missing; saved by another program all is read as it was."""
    may = forms.settled_may(tmp_path, Language.EN, "progress")
    june = forms.after(may, "2018-06", "progress")
    path, target = forms.form_of(june), kit.inbox(june, "A.xlsx")
    cells = forms.cells_of(path)
    answers = {cells[place].coordinate: str(value) for place, value in forms.good(june, "2", "3").items()}
    with office.open(path) as book:
        book.do("recalculate")
        assert book.get("Report", cells["1", "check"].coordinate).text == "Completed earlier"
        assert "0 of 2 rows" in book.get("Report", "B3").text
        book.do("type_many", "Report", answers)
        assert "2 of 2 rows" in book.get("Report", "B3").text
        book.do("save_as", str(target))
    report = june.validate()
    assert [one.code for one in kit.found(report) if one.severity is not Severity.INFO] == []
    entry = kit.row_of(report, "1").entry
    assert entry is not None
    assert entry.text("progress") == kit.good_answers(may, "A")["1"]["progress"]
