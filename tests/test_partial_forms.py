"""Forms that hold only some of a department's goals: what they say of themselves, and how they are read again."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import returns_kit as kit
import year_kit as year
from openpyxl import Workbook, load_workbook
from test_plan_changes import merged

from kpi_xlsx import identity as identities
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.form import write_form
from kpi_xlsx.form_rules import HIDDEN_SHEET
from kpi_xlsx.intake import Arrival
from kpi_xlsx.model import Identity, Language, Return, Scalar, State
from kpi_xlsx.returns import read_returns
from kpi_xlsx.standing import Stage
from kpi_xlsx.starter import write_plan

PLAIN = Identity("2018-06", "2018-01/2018-06", "t@1", "A", "0123456789AB", "0123456789ABCDEF")


@pytest.fixture(params=Language)
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    return year.begin(tmp_path, kit.PERIOD, request.param)


def change_plan(cycle: Cycle, goal: str = "", drop: str = "", add: bool = False, **cells: Scalar) -> Cycle:
    """The cycle after its plan was changed: cells of a goal, a goal taken away, a fifth goal for A added."""
    language = cycle.context.language
    rows = [{**row, **(cells if row["id"] == goal else {})} for row in kit.goals(language) if row["id"] != drop]
    if add:
        rows.append({"id": "5", "department": "A", "name": language.say("新增目标", "New goal"), "due_month": 12})
    write_plan(cycle.settings.plan, rows, kit.departments(language), language)
    return Cycle.load(cycle.settings.folder, language)


def send_part(
    cycle: Cycle, only: Collection[str], name: str = "part.xlsx", when: str = "2018-07-04 10:00", **changes: kit.Row
) -> Path:
    """A form with only these goals of A's comes back; `goal_1` and so on are what differs from good answers."""
    path = kit.inbox(cycle, name)
    good = kit.good_answers(cycle, "A")
    answers = {key: {**good[key], **changes.get(f"goal_{key}", {})} for key in only}
    filled = {goal: {key: value for key, value in row.items() if value is not None} for goal, row in answers.items()}
    write_form(path, cycle.context, cycle.settings, "A", filled, only=only, notice="…")
    kit.set_time(path, when)
    return path


def read(cycle: Cycle, path: Path) -> Return:
    (found,) = read_returns(Arrival(f"inbox/{path.name}", path), cycle.context)
    return found


def codes(cycle: Cycle, *ignored: str) -> list[tuple[str | None, str]]:
    """What is open of A."""
    found = kit.found(cycle.validate(ignore=ignored))
    return [(one.goal, one.code) for one in found if one.state is State.OPEN]


# --- the identity -----------------------------------------------------------------------------------------------------


def test_the_list_of_goals_travels() -> None:
    part = replace(PLAIN, goals=("1", "2-甲"))
    assert identities.from_payload(identities.to_payload(part)) == part
    assert identities.from_payload(identities.to_payload(PLAIN)) == PLAIN


def test_a_list_that_has_no_room_is_left_out() -> None:
    part = replace(PLAIN, goals=tuple(f"goal {number}" for number in range(200)))
    payload = identities.to_payload(part, identities.PROPERTY_ROOM)
    assert len(payload) <= identities.PROPERTY_ROOM
    assert identities.from_payload(payload) == PLAIN
    many = replace(PLAIN, goals=tuple(f"goal {number:036}" for number in range(2000)))
    assert len(identities.to_payload(many)) <= identities.CELL_ROOM


@pytest.mark.parametrize(
    "more",
    [[[]], ["1"], [[1]], [["1", None]], [["1", "１"]], [["1", " "]], [{"1": 2}], [["1"], ["2"]], [None], [["\ud800"]]],
    ids=str,
)
def test_what_is_no_list_of_goals_is_no_identity(more: list[object]) -> None:
    fields = [PLAIN.cycle, PLAIN.period, PLAIN.template, PLAIN.department, PLAIN.revision, PLAIN.seal]
    assert identities.from_payload(identities.PAYLOAD + json.dumps([*fields, *more])) is None


def test_the_revision_is_that_of_its_own_goals(cycle: Cycle) -> None:
    whole, part = cycle.context.identity_of("A"), cycle.context.identity_of("A", {"1", "3"})
    assert whole == cycle.context.identities["A"]
    assert part.goals == ("1", "3")
    assert part.revision != whole.revision
    assert identities.holds(cycle.context.seal_key, part)
    other = change_plan(cycle, "2", requirement="…").context
    assert other.identity_of("A", {"1", "3"}) == part
    assert other.identity_of("A").revision != whole.revision


def test_form_prints_and_hides_its_own_identity(cycle: Cycle) -> None:
    path = send_part(cycle, ["1", "3"])
    own = cycle.context.identity_of("A", ["1", "3"])
    book = load_workbook(path)
    texts = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None]
    assert [found for text in texts if (found := identities.from_payload(text))] == [own]
    assert any(identities.form_id(own, "201806") in text for text in texts)
    assert identities.from_payload(str(book[HIDDEN_SHEET]["A1"].value)) == own
    with kit.edited(path) as (_, marks):
        assert set(marks.rows) == {"1", "3"}
    assert "…" in texts


# --- reading ----------------------------------------------------------------------------------------------------------


def test_a_part_lacks_no_row_that_it_never_had(cycle: Cycle) -> None:
    kit.send(cycle)
    kit.set_time(kit.inbox(cycle), "2018-07-03 10:00")
    path = send_part(cycle, ["1", "3"])
    assert read(cycle, path).part == {"1", "3"}
    assert codes(cycle) == [(None, "X102")]


def test_its_own_row_may_not_be_gone(cycle: Cycle) -> None:
    path = send_part(cycle, ["1", "3"])
    with kit.edited(path) as (sheet, marks):
        sheet.delete_rows(marks.rows["3"])
    assert ("3", "S102") in codes(cycle)
    assert ("2", "S102") not in codes(cycle)


def test_rows_of_other_goals_pasted_into_it_count(cycle: Cycle) -> None:
    path = send_part(cycle, ["1", "3"])
    whole = kit.fill(cycle, "A", path.with_name("whole.xlsx"))
    with kit.edited(whole) as (sheet, marks):
        words = [sheet.cell(marks.rows["2"], column).value for column in range(1, sheet.max_column + 1)]
    whole.unlink()
    with kit.edited(path) as (sheet, marks):
        sheet.insert_rows(marks.rows["3"])
        for column, value in enumerate(words, 1):
            sheet.cell(marks.rows["3"], column).value = value
    found = read(cycle, path)
    assert {entry.goal for entry in found.entries} == {"1", "2", "3"}
    assert found.current
    assert kit.row_of(cycle.validate(), "2").entry is not None


def test_a_part_of_an_older_plan(cycle: Cycle) -> None:
    """Another goal's change does not make it old; its own does, and so does the loss of a goal."""
    path = send_part(cycle, ["1", "3"])
    assert read(change_plan(cycle, "2", requirement="…"), path).current
    changed = read(change_plan(cycle, "3", requirement="…"), path)
    assert (changed.current, changed.changed) == (False, ("3",))
    assert {note.code for note in changed.notes} == {"I105"}
    dropped = read(change_plan(cycle, drop="3"), path)
    assert (dropped.current, dropped.changed) == (False, ())
    assert {note.code for note in dropped.notes} == {"I105", "S104"}


def test_given_cells_changed_by_hand_are_told(cycle: Cycle) -> None:
    path = send_part(cycle, ["1", "3"])
    kit.type_over(path, "3", "requirement", "less")
    assert [(note.code, note.goal) for note in read(cycle, path).notes] == [("S107", "3")]


def test_a_list_that_was_altered_is_an_older_plan(cycle: Cycle) -> None:
    """The seal covers the list by way of the revision."""
    path = send_part(cycle, ["1", "3"])
    own = cycle.context.identity_of("A", ["1", "3"])
    with kit.edited(path) as (sheet, _):
        sheet["A1"].value = identities.to_payload(replace(own, goals=("1",)))
    assert "I105" in {note.code for note in read(cycle, path).notes}


def properties(book: Workbook) -> Any:
    """The custom document properties, of which the stubs know nothing."""
    return book.custom_doc_props  # type: ignore[attr-defined]


def strip(path: Path, *, printed: bool = False, goals: bool = True) -> None:
    """Take the hidden identity and the hidden sheet away; the property loses its list, or (`printed`) goes, too."""
    book = load_workbook(path)
    book.worksheets[0]["A1"].value = None
    del book[HIDDEN_SHEET]
    own = identities.from_payload(str(properties(book)[identities.PROPERTY].value))
    assert own is not None
    if printed:
        del properties(book)[identities.PROPERTY]
    else:
        properties(book)[identities.PROPERTY].value = identities.to_payload(own, 200) if goals else ""
    book.save(path)
    book.close()


def test_without_the_list_the_rows_tell(cycle: Cycle) -> None:
    for printed in (False, True):
        path = send_part(cycle, ["1", "3"])
        strip(path, printed=printed)
        found = read(cycle, path)
        assert found.identity == cycle.context.identity_of("A", ["1", "3"])
        assert {note.code for note in found.notes} == {"I106"}
        changed = change_plan(cycle, "3", requirement="…")
        old = read(changed, path)
        assert old.part == {"1", "3"}
        assert old.changed == ("3",)
        assert {note.code for note in old.notes} == {"I106", "I105"}
        dropped = read(change_plan(cycle, drop="3"), path)
        assert dropped.part == {"1", "3"}
        assert not dropped.changed


@pytest.mark.parametrize("printed", [False, True])
def test_without_the_list_the_rows_tell_of_a_unit_that_is_no_more(printed: bool, cycle: Cycle) -> None:
    """Its form was sealed under the old code."""
    path = send_part(cycle, ["1", "3"])
    strip(path, printed=printed)
    found = read(merged(cycle.context.language, cycle), path)
    assert found.department == "N"
    assert found.part == {"1", "3"}
    assert "S102" not in {note.code for note in found.notes}


def test_a_whole_form_of_an_older_plan_is_no_part(cycle: Cycle) -> None:
    """Its identity lists nothing, so that it lacks the goal that is new."""
    path = kit.send(cycle)
    found = read(change_plan(cycle, add=True), path)
    assert found.part == frozenset()
    assert ("S102", "5") in {(note.code, note.goal) for note in found.notes}


def test_an_empty_seal_proves_nothing(cycle: Cycle) -> None:
    path = send_part(cycle, ["1", "3"])
    strip(path)
    book = load_workbook(path)
    own = replace(cycle.context.identity_of("A", ["1", "3"]), seal="", revision="", goals=())
    properties(book)[identities.PROPERTY].value = identities.to_payload(own)
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(max_row=3):
        for cell in row:
            if isinstance(cell.value, str) and identities.find_form_id(cell.value):
                cell.value = None
    book.save(path)
    book.close()
    assert {"I107", "S102"} <= {note.code for note in read(cycle, path).notes}


# --- what counts ------------------------------------------------------------------------------------------------------


def test_a_supplement_replaces_its_own_rows_only(cycle: Cycle) -> None:
    old = kit.send(cycle)
    kit.set_time(old, "2018-07-03 10:00")
    later = change_plan(cycle, "1", add=True, requirement="…")
    say = cycle.context.language.say
    words = say("按调整后的目标报送，已完成。", "Reported against the new goal.")
    send_part(later, ["1", "5"], goal_1={"progress": words})
    report = later.merge()
    files = {row.id: row.record.file for row in report.share("A").entries if row.record}
    assert files == {"1": "inbox/part.xlsx", "2": "inbox/A.xlsx", "3": "inbox/A.xlsx", "5": "inbox/part.xlsx"}
    assert not {"X107", "S102", "X101"} & kit.codes(kit.found(report))
    (old_plan,) = kit.found_by(report, "I105")
    assert old_plan.state is State.EXPLAINED
    assert "inbox/part.xlsx" in old_plan.grounds
    assert not [one for one in kit.found(report) if one.state is State.OPEN and one.code != "X102"]


def test_an_older_form_is_settled_only_by_all_that_changed(cycle: Cycle) -> None:
    kit.set_time(kit.send(cycle), "2018-07-03 10:00")
    later = change_plan(cycle, "1", add=True, requirement="…")
    send_part(later, ["1"])
    assert (None, "I105") in codes(later)
    assert ("5", "S102") in codes(later)
    send_part(later, ["5"], "more.xlsx")
    assert (None, "I105") not in codes(later)
    assert ("5", "S102") not in codes(later)


def test_a_supplement_hides_no_fault_of_other_rows(cycle: Cycle) -> None:
    """Even if it is the newest return, and nothing counts in that row."""
    kit.arrive(cycle, "A.xlsx", "2018-07-03 10:00", {"2": kit.blank_row(cycle)})
    send_part(cycle, ["1"])
    assert {("2", "R101")} <= set(codes(cycle))
    send_part(cycle, ["2"], "more.xlsx", "2018-07-04 11:00", goal_2={"actual": 3})
    assert ("2", "R101") not in codes(cycle)


def test_a_supplement_of_an_older_plan_settles_nothing(cycle: Cycle) -> None:
    kit.set_time(kit.send(cycle), "2018-07-03 10:00")
    send_part(change_plan(cycle, "1", requirement="…"), ["1"])
    latest = change_plan(cycle, "1", requirement="……")
    assert [one.state for one in kit.found_by(latest.validate(), "I105")] == [State.OPEN, State.OPEN]


def test_goals_taken_away_leave_nothing_to_ask(cycle: Cycle) -> None:
    kit.send(cycle)
    later = change_plan(cycle, drop="3")
    assert codes(later) == [(None, "S104")]


def test_goals_in_no_form_that_came_are_not_reported(cycle: Cycle) -> None:
    send_part(cycle, ["1"])
    (missing,) = kit.found_by(cycle.validate(), "X109")
    assert cycle.context.language.say("2、3", "2, 3") in missing.message
    send_part(cycle, ["2", "3"], "rest.xlsx")
    assert not kit.found_by(cycle.validate(), "X109")


def test_the_other_part_is_not_held_since_it_says_nothing_of_what_was_passed(cycle: Cycle) -> None:
    send_part(cycle, ["1"], "one.xlsx", "2018-07-03 10:00")
    kit.review(cycle, version="one.xlsx")
    send_part(cycle, ["2", "3"], "two.xlsx", "2018-07-04 10:00")
    report = cycle.validate()
    assert not kit.found_by(report, "X104")
    assert not kit.found_by(report, "X109")
    files = {row.id: row.record.file for row in report.share("A").entries if row.record}
    assert files == {"1": "inbox/one.xlsx", "2": "inbox/two.xlsx", "3": "inbox/two.xlsx"}
    (ours,) = (one for one in cycle.status().standings if one.code == "A")
    assert ours.stage is Stage.RECEIVED
    kit.review(cycle, version="two.xlsx")
    (ours,) = (one for one in cycle.status().standings if one.code == "A")
    assert ours.stage is Stage.CLEARED


def test_a_part_with_a_goal_that_was_passed_is_held_whole(cycle: Cycle) -> None:
    send_part(cycle, ["1"], "one.xlsx", "2018-07-03 10:00")
    kit.review(cycle, version="one.xlsx")
    send_part(cycle, ["1", "2"], "two.xlsx", "2018-07-04 10:00", goal_1={"actual": 9})
    assert {one.goal for one in kit.found_by(cycle.validate(), "X104")} == {"1", "2"}


def test_after_the_whole_form_was_passed_every_part_is_held(cycle: Cycle) -> None:
    """Even one with a goal that was blank: what was passed is all of them."""
    kit.arrive(cycle, "A.xlsx", "2018-07-03 10:00", {"2": kit.blank_row(cycle)})
    kit.review(cycle, version="A.xlsx")
    send_part(cycle, ["2"], "two.xlsx", "2018-07-04 10:00")
    assert {one.goal for one in kit.found_by(cycle.validate(), "X104")} == {"2"}


def test_a_supplement_with_a_goal_that_is_new_is_not_held(cycle: Cycle) -> None:
    """But one with a goal that changed is: its answer was passed."""
    kit.set_time(kit.send(cycle), "2018-07-03 10:00")
    kit.review(cycle, version="A.xlsx")
    later = change_plan(cycle, "1", add=True, requirement="…")
    send_part(later, ["5"])
    assert not kit.found_by(later.validate(), "X104")
    send_part(later, ["1"], "more.xlsx", goal_1={"actual": 9})
    assert [one.column for one in kit.found_by(later.validate(), "X104")] == ["actual"]


def test_two_units_that_fill_in_the_same_part_differ(cycle: Cycle) -> None:
    """X107 speaks of forms with the same goals only."""
    blank = kit.blank_row(cycle)
    say = cycle.context.language.say
    other = say("各项工作都已全面完成。", "Everything was done in full.")
    send_part(cycle, ["1", "2", "3"], "one.xlsx", "2018-07-03 10:00", goal_2=blank)
    send_part(cycle, ["1", "2", "3"], "two.xlsx", goal_3=blank, goal_1={"progress": other})
    assert [one.goal for one in kit.found_by(cycle.validate(), "X107")] == ["1"]
    send_part(cycle, ["1", "2"], "two.xlsx", goal_1={"progress": other})
    assert not kit.found_by(cycle.validate(), "X107")


# --- what is told of it -----------------------------------------------------------------------------------------------


def test_json_and_ledger_say_which_revision_was_answered(cycle: Cycle) -> None:
    kit.set_time(kit.send(cycle), "2018-07-03 10:00")
    kit.inbox(cycle, "letter.pdf").write_bytes(b"%PDF-1.4\n")
    later = change_plan(cycle, "1", requirement="…")
    send_part(later, ["1"])
    told = {one["file"]: one for one in later.validate().to_dict()["returns"]}
    old, new = cycle.context.identity_of("A"), later.context.identity_of("A", ["1"])
    assert (told["inbox/A.xlsx"]["revision"], told["inbox/A.xlsx"]["current"]) == (old.revision, False)
    assert (told["inbox/part.xlsx"]["revision"], told["inbox/part.xlsx"]["current"]) == (new.revision, True)
    assert (told["inbox/letter.pdf"]["revision"], told["inbox/letter.pdf"]["current"]) == (None, None)
    first = later.merge().returns
    again = later.merge().returns
    assert {one.file: one.part for one in again} == {"inbox/A.xlsx": 0, "inbox/part.xlsx": 1, "inbox/letter.pdf": 0}
    assert again == first
    say = cycle.context.language.say
    sheet = load_workbook(later.settings.master)[say("报送", "Returns")]
    rows = [[str(cell.value) for cell in row] for row in sheet.iter_rows()]
    heading = next(row for row in rows if say("文件", "File") in row)
    at = heading.index(say("目标", "Goals"))
    words = {row[heading.index(say("文件", "File"))]: row[at] for row in rows}
    shown = {name: word for key, word in words.items() for name in ("A.xlsx", "part.xlsx") if f"/{name}" in key}
    assert shown == {"A.xlsx": say("旧目标", "earlier goals"), "part.xlsx": say("补充 1 项", "supplement, 1 goal")}


def test_the_copy_says_once_what_is_wrong_with_two_files(cycle: Cycle) -> None:
    """Both are of an older plan."""
    kit.set_time(kit.send(cycle), "2018-07-03 10:00")
    send_part(change_plan(cycle, "1", requirement="…"), ["1"])
    latest = change_plan(cycle, "1", requirement="……")
    assert len(kit.found_by(latest.validate(), "I105")) == 2
    (copy,) = latest.feedback(["A"])
    with kit.edited(copy) as (sheet, marks):
        texts = [str(cell.value) for row in sheet.iter_rows(max_row=marks.head) for cell in row if cell.value]
    said = cycle.context.language.say("收到的表：", "In the return:")
    assert sum(said in text for text in texts) == 1


def test_the_copy_that_goes_back_is_a_whole_form(cycle: Cycle) -> None:
    send_part(cycle, ["1"], goal_1={"status": None})
    (copy,) = cycle.feedback(["A"])
    with kit.edited(copy) as (_, marks):
        assert {"1", "2", "3"} <= set(marks.rows)
