"""What the office does to the master by hand: edits are found by key, told from accidents, and nothing gets lost."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import returns_kit as kit
from masters import Table, opened
from office import Office
from openpyxl import load_workbook

from kpi_xlsx import identity as identities
from kpi_xlsx.corrections import propose_edits
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.decisions import AMENDMENT_STATES, Amendment, AmendmentKind, AmendmentState, Decisions, Place
from kpi_xlsx.files import digest
from kpi_xlsx.ledger import looked_at
from kpi_xlsx.master_columns import ID_MARK, ID_PROPERTY
from kpi_xlsx.master_edits import MasterEdits, likeness, read_master
from kpi_xlsx.model import CycleError, Language, Scalar
from kpi_xlsx.register import load_decisions
from kpi_xlsx.register_sheets import AMENDMENTS


@pytest.fixture(scope="module", params=list(Language), ids=str)
def merged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Cycle:
    """A small round after its first merge."""
    cycle = kit.make_cycle(tmp_path_factory.mktemp("edits") / "cycle", request.param)
    kit.send(cycle)
    cycle.merge()
    return cycle


@pytest.fixture
def cycle(merged: Cycle, tmp_path: Path) -> Cycle:
    """A copy of it to do anything with."""
    return kit.copy_cycle(merged, tmp_path / "cycle")


def look(cycle: Cycle) -> MasterEdits:
    """What is found in the master that stands there."""
    with looked_at(cycle.settings.ledger, cycle.settings.id) as ledger:
        assert ledger is not None
        return read_master(cycle.settings.master, cycle.context, ledger.written)


Change = tuple[str, str, str, Scalar | None, Scalar | None]


def changes(edits: MasterEdits) -> set[Change]:
    amendments = [edit.amendment for edit in edits.edits]
    return {(one.department, one.goal, one.column, one.old, one.new) for one in amendments}


def words(cycle: Cycle) -> str:
    return cycle.context.language.say("已改造 8 所学校，按计划推进。", "8 schools are refurbished, all as planned.")


def progress(cycle: Cycle, goal: str = "2") -> str:
    return str(kit.good_answers(cycle, "A")[goal]["progress"])


def listed(edits: MasterEdits) -> str:
    return "\n".join(map(str, edits.strays))


# --- edits ------------------------------------------------------------------------------------------------------------


def test_a_master_that_was_only_saved_has_no_edits(cycle: Cycle) -> None:
    with opened(cycle):
        pass
    found = look(cycle)
    assert (found.edits, found.strays, found.rows_gone, found.unknown) == ((), (), 0, False)


def test_edits_are_found_with_what_stood_there_before(cycle: Cycle) -> None:
    with opened(cycle) as table:
        table.type("2", "progress", words(cycle))
        table.type("3", "actual", 15)
    found = look(cycle)
    assert changes(found) == {
        ("A", "2", "progress", progress(cycle), words(cycle)),
        ("A", "3", "actual", 12, 15),
    }
    assert {edit.amendment.state for edit in found.edits} == {AmendmentState.PROPOSED}
    assert not found.doubtful
    sheet = cycle.context.language.say("汇总", "Master")
    assert [edit.cell.partition("!")[0] for edit in found.edits] == [sheet, sheet]


@pytest.mark.parametrize(
    ("column", "old", "new", "kind"),
    [
        ("progress", "{progress}", "{progress} ok", AmendmentKind.WORDING),
        ("progress", "{progress}", "{progress} 6.8%", AmendmentKind.FIGURES),
        ("actual", 12, 13.5, AmendmentKind.FIGURES),
        ("data_as_of", dt.date(2018, 6, 1), dt.date(2018, 5, 1), AmendmentKind.FIGURES),
        ("status", "{status}", "{behind}", AmendmentKind.FIGURES),
        ("actual", 12, None, AmendmentKind.FIGURES),
        ("evidence", None, "xx 7", AmendmentKind.FIGURES),
        ("evidence", None, "minutes", AmendmentKind.WORDING),
    ],
)
def test_what_kind_of_change_it_is(
    cycle: Cycle, column: str, old: Scalar | None, new: Scalar | None, kind: AmendmentKind
) -> None:
    choices = cycle.context.template.main.by_key["status"].choices
    known = {"progress": progress(cycle), "status": choices[1], "behind": choices[2]}
    before, after = (value.format(**known) if isinstance(value, str) else value for value in (old, new))
    with opened(cycle) as table:
        table.type("2", column, after)
    found = look(cycle)
    assert changes(found) == {("A", "2", column, before, after)}
    assert [edit.amendment.kind for edit in found.edits] == [kind]


def sort_backwards(table: Table) -> None:
    table.put(table.values()[::-1])


def move_column(table: Table) -> None:
    """The column of progress to the end, with everything above and below it."""
    sheet, place, last = table.sheet, table.at["progress"], table.sheet.max_column + 1
    for row in range(1, sheet.max_row + 1):
        sheet.cell(row, last).value = sheet.cell(row, place).value
    sheet.delete_cols(place)


def hide(table: Table) -> None:
    table.sheet.row_dimensions[table.row("2")].hidden = True
    table.sheet.column_dimensions["I"].hidden = True


UPHEAVALS: Mapping[str, Callable[[Table], object]] = {
    "rows sorted": sort_backwards,
    "rows inserted above": lambda table: table.sheet.insert_rows(1, 3),
    "a blank row inserted": lambda table: table.sheet.insert_rows(table.row("2"), 1),
    "a column inserted": lambda table: table.sheet.insert_cols(3, 1),
    "a column moved": move_column,
    "sheet renamed": lambda table: setattr(table.sheet, "title", "Entwurf"),
    "hidden keys deleted": lambda table: table.sheet.delete_rows(table.keys, 1),
    "headings deleted": lambda table: table.sheet.delete_rows(table.keys + 1, 1),
    "headings reworded": lambda table: table.sheet.cell(table.keys + 1, table.at["progress"], "?"),
    "row and column hidden": hide,
    "filtered": lambda table: table.sheet.auto_filter.add_filter_column(0, ["?"]),
}


@pytest.mark.parametrize("what", UPHEAVALS)
def test_edits_are_found_by_key_whatever_was_done_to_the_sheet(cycle: Cycle, what: str) -> None:
    with opened(cycle) as table:
        table.type("2", "progress", words(cycle))
        table.type("4", "actual", 13)
        UPHEAVALS[what](table)
    found = look(cycle)
    assert changes(found) == {("A", "2", "progress", progress(cycle), words(cycle)), ("B", "4", "actual", 12, 13)}
    assert found.strays == ()
    assert found.rows_gone == 0


def test_deleted_rows_and_columns_are_no_edits(cycle: Cycle) -> None:
    with opened(cycle) as table:
        table.type("3", "progress", words(cycle))
        table.sheet.delete_rows(table.row("2"))
        table.sheet.delete_cols(table.at["status"])
    found = look(cycle)
    assert {change[:3] for change in changes(found)} == {("A", "3", "progress")}
    assert found.rows_gone == 1
    assert any("1" in remark for remark in told(cycle, found) if "deleted" in remark or "少了" in remark)


@pytest.mark.parametrize(
    ("column", "stored"),
    [
        ("actual", "12"),
        ("actual", "12 "),
        ("data_as_of", "2018-06-01"),
        ("data_as_of", dt.datetime(2018, 6, 1)),
        ("data_as_of", "2018-06"),
        ("completed_on", "2018/6/15"),
        ("progress", "{progress}  "),
        ("progress", "{progress}\r\n"),
        ("progress", "'{progress}"),
        ("department", "A"),
    ],
)
def test_what_another_program_stores_differently_is_no_edit(cycle: Cycle, column: str, stored: Any) -> None:
    value = stored.format(progress=progress(cycle, "1")) if isinstance(stored, str) else stored
    with opened(cycle) as table:
        table.type("1", column, value)
    found = look(cycle)
    assert (found.edits, found.strays) == ((), ())


def test_digits_that_no_program_keeps_do_not_count() -> None:
    assert likeness(0.1 + 0.2) == likeness(0.3) == "0.3"
    assert likeness("a \r\nb\n") == likeness("a\nb")
    assert likeness("（a）") != likeness("(a)")


def test_words_changed_in_width_only_are_an_edit(cycle: Cycle) -> None:
    """House style: what looks nearly the same is what the office puts right."""
    other = progress(cycle).translate({ord("，"): ",", ord(";"): "；"})
    with opened(cycle) as table:
        table.type("2", "progress", other)
    assert changes(look(cycle)) == {("A", "2", "progress", progress(cycle), other)}


def test_the_tools_own_words_are_nothing(cycle: Cycle) -> None:
    with opened(cycle) as table:
        for column in ("reported", "review", "file", "cells", "sha256", "received"):
            table.type("2", column, "mine")
    found = look(cycle)
    assert (found.edits, found.strays) == ((), ())


def add_to_plan(cycle: Cycle, heading: str, place: int) -> Cycle:
    """The plan with a column of its own at this place."""
    book = load_workbook(cycle.settings.plan)
    sheet = book.worksheets[0]
    sheet.insert_cols(place)
    for row in range(1, sheet.max_row + 1):
        sheet.cell(row, place).value = heading if row == 1 else f"{heading} {row}"
    book.save(cycle.settings.plan)
    return Cycle.load(cycle.settings.folder, cycle.context.language)


def test_a_plan_that_gained_a_column_since_makes_no_edits(cycle: Cycle) -> None:
    """Its own columns are only numbered; those of the old master are still known by their hidden keys."""
    last = load_workbook(cycle.settings.plan).worksheets[0].max_column + 1
    for heading in ("Colour", "Shape"):  # the second before the first
        cycle = add_to_plan(cycle, heading, last)
        found = look(cycle)
        assert (found.edits, found.strays) == ((), ())
        cycle.merge()
    assert list(cycle.context.plan.extra) == ["Shape", "Colour"]
    with opened(cycle) as table:
        table.type("2", "extra1", "red")
    found = look(cycle)
    assert found.edits == ()
    assert [(stray.text, "plan.xlsx" in stray.why) for stray in found.strays] == [("red", True)]


# --- what cannot be placed or used ------------------------------------------------------------------------------------


def test_a_row_with_another_id_is_listed(cycle: Cycle) -> None:
    with opened(cycle) as table:
        table.type("2", "progress", words(cycle))
        table.type("2", "id", "99")
    found = look(cycle)
    assert found.edits == ()
    assert words(cycle)[:8] in "".join(stray.text for stray in found.strays)
    assert found.rows_gone == 1


def test_a_row_that_was_typed_by_hand_is_listed(cycle: Cycle) -> None:
    with opened(cycle) as table:
        row = table.sheet.max_row + 1
        table.sheet.cell(row, table.at["id"]).value = "7"
        table.sheet.cell(row, table.at["progress"]).value = "by hand"
    found = look(cycle)
    assert found.edits == ()
    assert "by hand" in listed(found)
    assert f"{row}" in found.strays[0].cell


def test_what_was_typed_beside_the_table_is_listed(cycle: Cycle) -> None:
    with opened(cycle) as table:
        table.sheet.cell(table.row("2"), table.sheet.max_column + 2).value = "telephoned"
    found = look(cycle)
    assert [stray.text for stray in found.strays] == ["telephoned"]
    assert any("telephoned" in remark for remark in told(cycle, found))


def double(table: Table, goal: str) -> int:
    """A copy of a goal's row at the end."""
    row, copy = table.row(goal), table.sheet.max_row + 1
    for column in range(1, table.sheet.max_column + 1):
        table.sheet.cell(copy, column).value = table.sheet.cell(row, column).value
    return copy


def test_a_doubled_row_that_says_the_same_counts_once(cycle: Cycle) -> None:
    with opened(cycle) as table:
        table.type("2", "progress", words(cycle))
        double(table, "2")
    found = look(cycle)
    assert len(found.edits) == 1
    assert found.strays == ()


def test_doubled_rows_that_differ_are_listed_and_not_guessed_at(cycle: Cycle) -> None:
    with opened(cycle) as table:
        copy = double(table, "2")
        table.sheet.cell(copy, table.at["progress"]).value = words(cycle)
        table.sheet.cell(copy, table.at["remark"]).value = "copy's"
        table.type("2", "remark", "first's")
    found = look(cycle)
    assert found.edits == ()
    assert {stray.text for stray in found.strays} == {words(cycle), "copy's"}
    assert str(found.notes["A", "2"]["remark"].value) == "first's"


def test_a_column_whose_heading_and_key_disagree_is_not_believed(cycle: Cycle) -> None:
    with opened(cycle) as table:
        table.type("2", "progress", words(cycle))
        table.type("2", "actual", 13)
        head, left, right = table.keys + 1, table.at["progress"], table.at["explanation"]
        one, other = table.sheet.cell(head, left), table.sheet.cell(head, right)
        one.value, other.value = other.value, one.value
    found = look(cycle)
    assert {change[2] for change in changes(found)} == {"actual"}
    assert len(found.strays) == 2


def test_without_columns_for_department_and_id_nothing_is_guessed(cycle: Cycle) -> None:
    with opened(cycle) as table:
        table.sheet.delete_cols(table.at["id"])
    found = look(cycle)
    assert found.edits == ()
    assert len(found.strays) == 1


@pytest.mark.parametrize(
    ("column", "typed"), [("actual", "a dozen"), ("status", "nearly"), ("data_as_of", "soon"), ("actual", "#REF!")]
)
def test_what_its_column_cannot_hold_is_listed_with_its_cell(cycle: Cycle, column: str, typed: str) -> None:
    with opened(cycle) as table:
        table.type("2", column, typed)
        cell = table.sheet.cell(table.row("2"), table.at[column]).coordinate
    found = look(cycle)
    assert found.edits == ()
    assert [(stray.cell.rpartition("!")[2], stray.text) for stray in found.strays] == [(cell, typed)]
    report = cycle.merge()
    assert any(typed in remark and cell in remark for remark in report.remarks)
    assert len(list(cycle.settings.history.glob("master-*.xlsx"))) == 1


# --- accidents --------------------------------------------------------------------------------------------------------


def told(cycle: Cycle, edits: MasterEdits, decisions: Decisions | None = None) -> tuple[str, ...]:
    return propose_edits(edits, decisions or Decisions(), cycle.context, "master.xlsx").remarks


def test_edits_of_given_cells_are_doubtful_all_of_them(cycle: Cycle) -> None:
    with opened(cycle) as table:
        table.type("2", "requirement", "Refurbish 12 schools")
        table.type("2", "progress", words(cycle))
    found = look(cycle)
    assert len(found.edits) == 2
    assert all(edit.amendment.doubtful for edit in found.edits)
    assert found.given == 1
    remark = told(cycle, found)[0]
    assert "2" in remark
    assert "1" in remark
    assert "history/" in remark


def test_more_than_twenty_edits_at_once_are_doubtful(tmp_path: Path) -> None:
    for count in (20, 21):
        language = Language.EN
        rows: list[kit.PlanRow] = [
            {"id": str(n), "department": "B", "name": f"Goal {n}", "requirement": f"Do {n}", "due_month": 12}
            for n in range(1, 24)
        ]
        cycle = kit.make_cycle(tmp_path / str(count), language, plan=rows)
        cycle.merge()
        with opened(cycle) as table:
            for number in range(1, count + 1):
                table.type(str(number), "actual", 1000 + number)
        found = look(cycle)
        assert len(found.edits) == count
        assert found.doubtful == (count > 20)
        assert len(told(cycle, found)) < 20


# --- the register -----------------------------------------------------------------------------------------------------


def an_amendment(cycle: Cycle, state: AmendmentState, old: str | None = None, new: str | None = None) -> Amendment:
    old, new = old or progress(cycle), new or words(cycle)
    place = Place(cycle.context.language.say("更正", "Amendments"), 5)
    return Amendment("A", "2", "progress", old, new, AmendmentKind.WORDING, state, place)


@pytest.fixture
def edited(cycle: Cycle) -> Cycle:
    with opened(cycle) as table:
        table.type("2", "progress", words(cycle))
    return cycle


@pytest.mark.parametrize(
    ("state", "more", "silent"),
    [
        (AmendmentState.APPLIED, {}, True),
        (AmendmentState.PROPOSED, {}, True),
        (AmendmentState.REJECTED, {}, False),
        (AmendmentState.PROPOSED, {"doubtful": True}, False),
        (AmendmentState.APPLIED, {"doubtful": True}, True),
        (AmendmentState.APPLIED, {"kind": AmendmentKind.PUBLIC_ONLY}, False),
    ],
)
def test_what_the_register_has_is_not_proposed_again(
    edited: Cycle, state: AmendmentState, more: dict[str, Any], silent: bool
) -> None:
    """Where the register keeps the master from showing it, that is said with its place."""
    registered = Decisions(amendments=(replace(an_amendment(edited, state), **more),))
    proposals = propose_edits(look(edited), registered, edited.context, "master.xlsx")
    assert proposals.new == ()
    place = registered.amendments[0].place.told(edited.context.language)
    assert any(place in remark for remark in proposals.remarks) != silent


def test_a_change_of_other_words_is_proposed_beside_what_the_register_has(edited: Cycle) -> None:
    registered = Decisions(amendments=(an_amendment(edited, AmendmentState.PROPOSED, new="?"),))
    assert len(propose_edits(look(edited), registered, edited.context, "master.xlsx").new) == 1


def test_a_change_taken_back_and_made_again_is_a_proposal_again(edited: Cycle) -> None:
    forth = an_amendment(edited, AmendmentState.APPLIED)
    back = an_amendment(edited, AmendmentState.APPLIED, forth.new, forth.old)  # type: ignore[arg-type]
    assert propose_edits(look(edited), Decisions(amendments=(forth, back)), edited.context, "").new != ()
    refused = replace(back, state=AmendmentState.REJECTED)
    assert propose_edits(look(edited), Decisions(amendments=(forth, refused)), edited.context, "").new == ()


def test_nothing_changes_while_the_register_is_open(edited: Cycle) -> None:
    settings = edited.settings
    (settings.folder / "~$register.xlsx").write_bytes(b"x")
    before = {path: digest(path) for path in (settings.master, settings.ledger, settings.register)}
    with pytest.raises(CycleError, match=r"register\.xlsx"):
        edited.merge()
    assert {path: digest(path) for path in before} == before
    assert not settings.history.exists()


def test_an_open_register_is_no_hindrance_where_nothing_is_proposed(cycle: Cycle) -> None:
    assert cycle.settings.register.exists()
    (cycle.settings.folder / "~$register.xlsx").write_bytes(b"x")
    assert cycle.merge().returns


# --- from the master into the register and back -----------------------------------------------------------------------


def amendments(cycle: Cycle) -> tuple[Amendment, ...]:
    return load_decisions(cycle.settings.register, cycle.context, cycle.settings.zone).amendments


def decide(cycle: Cycle, state: AmendmentState) -> None:
    """What a person types into the register's last amendment."""
    language = cycle.context.language
    path, place = cycle.settings.register, amendments(cycle)[-1].place
    book = load_workbook(path)
    sheet = book[place.sheet]
    heading = AMENDMENTS.by_key["state"].name(language)
    (column,) = (cell.column for row in sheet.iter_rows(max_row=5) for cell in row if cell.value == heading)
    sheet.cell(place.row, int(column or 0)).value = language.say(*AMENDMENT_STATES[state])
    book.save(path)
    book.close()


def shown(cycle: Cycle) -> Any:
    with opened(cycle) as table:
        return table.see("2", "progress")


def test_edited_words_stay_until_the_register_decides(edited: Cycle) -> None:
    edited.merge()
    (one,) = amendments(edited)
    assert (one.department, one.goal, one.column) == ("A", "2", "progress")
    assert (one.old, one.new, one.state) == (progress(edited), words(edited), AmendmentState.PROPOSED)
    master, register = digest(edited.settings.master), digest(edited.settings.register)
    edited.merge()
    assert (digest(edited.settings.master), digest(edited.settings.register)) == (master, register)
    decide(edited, AmendmentState.APPLIED)
    edited.merge()
    assert shown(edited) == words(edited)
    assert look(edited).edits == ()


def test_a_rejected_edit_goes_and_is_not_taken_again_in_silence(edited: Cycle) -> None:
    edited.merge()
    decide(edited, AmendmentState.REJECTED)
    edited.merge()
    assert shown(edited) == progress(edited)
    with opened(edited) as table:
        table.type("2", "progress", words(edited))
    report = edited.merge()
    place = amendments(edited)[-1].place.told(edited.context.language)
    assert any(place in remark and words(edited)[:8] in remark for remark in report.remarks)
    assert len(amendments(edited)) == 1
    assert shown(edited) == progress(edited)


def test_an_edit_back_to_the_original_is_a_proposal_of_its_own(edited: Cycle) -> None:
    edited.merge()
    with opened(edited) as table:
        table.type("2", "progress", progress(edited))
    edited.merge()
    assert [(one.old, one.new) for one in amendments(edited)] == [
        (progress(edited), words(edited)),
        (words(edited), progress(edited)),
    ]
    assert shown(edited) == progress(edited)


def test_an_edit_of_an_edit_follows_it(edited: Cycle) -> None:
    edited.merge()
    with opened(edited) as table:
        table.type("2", "progress", f"{words(edited)} 2")
    edited.merge()
    assert [one.new for one in amendments(edited)] == [words(edited), f"{words(edited)} 2"]
    assert shown(edited) == f"{words(edited)} 2"


def test_a_killed_run_proposes_once(edited: Cycle, tmp_path: Path) -> None:
    """The register was written, the master was not replaced: the same edits stand there again."""
    old = tmp_path / "old.xlsx"
    shutil.copy2(edited.settings.master, old)
    edited.merge()
    master, register = digest(edited.settings.master), digest(edited.settings.register)
    shutil.copy2(old, edited.settings.master)
    edited.merge()
    assert (digest(edited.settings.master), digest(edited.settings.register)) == (master, register)


def test_what_a_department_sends_after_an_edit_is_a_conflict(edited: Cycle) -> None:
    later = edited.context.language.say("已改造 11 所学校。", "11 schools are refurbished.")
    path = kit.fill(edited, "A", kit.inbox(edited, "A2.xlsx"), {"2": {"progress": later}})
    report = edited.merge()
    assert path.exists()
    assert shown(edited) == words(edited)
    assert [one.goal for one in report.findings if one.code == "X105"] == ["2"]


def test_what_looks_like_an_accident_is_only_proposed(cycle: Cycle) -> None:
    before = digest(cycle.settings.master)
    with opened(cycle) as table:
        table.type("2", "requirement", "Refurbish 12 schools")
        table.type("2", "progress", words(cycle))
    changed = digest(cycle.settings.master)
    report = cycle.merge()
    assert {(one.column, one.doubtful) for one in amendments(cycle)} == {("requirement", True), ("progress", True)}
    assert digest(cycle.settings.master) == before
    assert [digest(path) for path in cycle.settings.history.glob("master-*.xlsx")] == [changed]
    assert any("history/" in remark and "2" in remark for remark in report.remarks)


def test_values_of_every_type_pass_through_the_register(cycle: Cycle) -> None:
    choices = cycle.context.template.main.by_key["status"].choices
    typed = {
        "actual": 13.5,
        "data_as_of": dt.date(2018, 5, 1),
        "status": choices[2],
        "completed_on": dt.date(2018, 6, 20),
        "explanation": "=1+1 is no formula",
        "evidence": "line one\nline two",
    }
    with opened(cycle) as table:
        for column, value in typed.items():
            table.type("1", column, value)
            table.sheet.cell(table.row("1"), table.at[column]).data_type = "s" if isinstance(value, str) else "n"
        for column in ("data_as_of", "completed_on"):
            table.sheet.cell(table.row("1"), table.at[column]).data_type = "d"
    cycle.merge()
    assert {one.column: one.new for one in amendments(cycle)} == typed
    assert look(cycle).edits == ()
    with opened(cycle) as table:
        assert table.see("1", "actual") == 13.5
        assert table.see("1", "completed_on").date() == dt.date(2018, 6, 20)


@pytest.mark.office
def test_two_edits_in_a_real_office_are_two_proposals(cycle: Cycle, office: Office) -> None:
    """Edited, sorted by a column and saved by LibreOffice."""
    master = cycle.settings.master
    table = Table(load_workbook(master).worksheets[0])
    name, last = table.sheet.title, table.sheet.max_row
    cells = {
        table.sheet.cell(table.row("2"), table.at["progress"]).coordinate: words(cycle),
        table.sheet.cell(table.row("4"), table.at["actual"]).coordinate: "13.5",
    }
    end = table.sheet.cell(last, table.sheet.max_column).coordinate
    with office.open(master) as book:
        book.do("type_many", name, cells)
        book.do("sort", name, f"A{table.first}:{end}", table.at["id"] - 1, False)
        book.do("save_as", str(master))
    with opened(cycle) as table:
        assert [str(table.sheet.cell(row, table.at["id"]).value) for row in table.rows][:4] == ["4", "3", "2", "1"]
    report = cycle.merge()
    assert {(one.department, one.goal, one.column, one.new) for one in amendments(cycle)} == {
        ("A", "2", "progress", words(cycle)),
        ("B", "4", "actual", 13.5),
    }
    assert not any("!" in remark and "plan.xlsx" in remark for remark in report.remarks)
    assert look(cycle).edits == ()


# --- the master's id --------------------------------------------------------------------------------------------------


def ids(cycle: Cycle) -> tuple[str | None, str | None]:
    """What the master says in its hidden row, and as a property."""
    book: Any = load_workbook(cycle.settings.master)
    cells = [str(cell.value) for row in book.worksheets[0].iter_rows(max_row=6) for cell in row if cell.value]
    marks = [text.removeprefix(ID_MARK) for text in cells if text.startswith(ID_MARK)]
    named = [prop.value for prop in book.custom_doc_props.props if prop.name == ID_PROPERTY]
    return next(iter(marks), None), next(iter(named), None)


def test_the_id_says_what_was_written_and_stands_in_two_places(cycle: Cycle) -> None:
    first = ids(cycle)
    assert first[0] == first[1] is not None
    cycle.merge()
    assert ids(cycle) == first
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"actual": 13}})
    cycle.merge()
    assert ids(cycle) != first


@pytest.mark.parametrize("lost", ["cell", "property"])
def test_either_place_is_enough(edited: Cycle, lost: str) -> None:
    book: Any = load_workbook(edited.settings.master)
    if lost == "property":
        del book.custom_doc_props[ID_PROPERTY]
    for row in book.worksheets[0].iter_rows(max_row=6):
        for cell in row:
            if lost == "cell" and str(cell.value).startswith(ID_MARK):
                cell.value = None
    book.save(edited.settings.master)
    assert ids(edited).count(None) == 1
    assert len(look(edited).edits) == 1


def test_a_master_found_without_its_ledger_goes_to_history_and_keeps_its_office_columns(edited: Cycle) -> None:
    with opened(edited) as table:
        table.type("2", "remark", "seen")
    changed = digest(edited.settings.master)
    edited.settings.ledger.unlink()
    report = edited.merge()
    assert [digest(path) for path in edited.settings.history.glob("master-*.xlsx")] == [changed]
    words_of_it = edited.context.language.say("收件台账里没有", "ledger does not know")
    assert any(words_of_it in remark for remark in report.remarks)
    with opened(edited) as table:
        assert table.see("2", "remark") == "seen"
        assert table.see("2", "progress") == progress(edited)


def test_a_killed_run_does_not_take_away_what_the_old_master_is_compared_with(edited: Cycle, tmp_path: Path) -> None:
    """Stored, but not replaced: the old master stands there again, and its edits are still found."""
    old = tmp_path / "old.xlsx"
    shutil.copy2(edited.settings.master, old)
    for actual in (13, 14):
        kit.fill(edited, "B", kit.inbox(edited, "B.xlsx"), {"4": {"actual": actual}})
        edited.merge()
        shutil.copy2(old, edited.settings.master)
    assert len(look(edited).edits) == 1


def test_the_edited_master_is_kept(edited: Cycle) -> None:
    changed = digest(edited.settings.master)
    report = edited.merge()
    (kept,) = edited.settings.history.glob("master-*.xlsx")
    assert digest(kept) == changed
    assert any(kept.name in remark for remark in report.remarks)
    assert any(words(edited)[:8] in remark for remark in report.remarks)


def test_hidden_marks_begin_as_those_of_forms_do() -> None:
    assert ID_MARK.startswith(f"{identities.MARK}*")
