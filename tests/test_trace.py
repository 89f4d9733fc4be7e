"""Everything about one goal: what the master shows, from which cell and why, on screen, as a page and as JSON."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import past_kit
import pytest
import returns_kit as kit
from click.testing import CliRunner, Result

from kpi_xlsx.cli import cli
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.decisions import Fate
from kpi_xlsx.model import CycleError, Language, PlanError, Progress, State
from kpi_xlsx.outputs.goal_page import page_name, show_page, write_page
from kpi_xlsx.traces import Part, Shown, Trace
from kpi_xlsx.wording import Change


@pytest.fixture(params=Language)
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    """Goal 1 is led by A and supported by B; A has sent two returns, the second with more kilometres."""
    language = request.param
    plan = [dict(row) for row in kit.goals(language)]
    plan[0]["department"] = "A、B"
    made = kit.make_cycle(tmp_path / "cycle", language, plan=plan)
    kit.set_time(kit.inbox(made, "B.xlsx"), "2018-07-02 15:00")
    send(made, "a1.xlsx", "2018-07-03 09:00", {"actual": 6.8, "progress": words(language, "6.8")})
    send(made, "a2.xlsx", "2018-07-04 09:00", {"actual": 12, "progress": words(language, "12")})
    return made


def words(language: Language, number: str) -> str:
    return language.say(f"道路工程已建成{number}公里。", f"So far {number} km of road are open.")


def send(cycle: Cycle, name: str, moment: str, row: kit.Row) -> Path:
    return kit.arrive(cycle, name, moment, {"1": row})


def cell_of(cycle: Cycle, name: str, column: str) -> str:
    """Where A's answer to goal 1 stands in a return, which is left as it was."""
    copy = shutil.copy(kit.inbox(cycle, name), cycle.settings.folder.with_name("copy.xlsx"))
    return kit.address(Path(copy), "1", column)


def part(trace: Trace, code: str = "A") -> Part:
    return next(one for one in trace.parts if one.department.code == code)


def shown(trace: Trace, column: str, code: str = "A") -> Shown:
    return next(one for one in part(trace, code).shown if one.column.key == column)


def run(cycle: Cycle, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["trace", *arguments, "-C", str(cycle.settings.folder)], catch_exceptions=True)


def files(cycle: Cycle) -> dict[str, bytes]:
    folder = cycle.settings.folder
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- what is known ----------------------------------------------------------------------------------------------------


def test_where_a_figure_is_from(cycle: Cycle) -> None:
    trace = cycle.trace("1")
    assert [one.department.code for one in trace.parts] == ["A", "B"]
    say = cycle.context.language.say
    assert [one.role for one in trace.parts] == [say("牵头", "Lead"), say("配合", "Support")]
    source, figure = part(trace).source, shown(trace, "actual")
    assert source is not None
    assert source.record.file == "inbox/a2.xlsx"
    assert source.record.sheet == say("填报", "Report")
    assert source.why == say("最新的一次来件", "the newest return")
    assert (figure.value, figure.text) == (12, "12")
    assert figure.cell == cell_of(cycle, "a2.xlsx", "actual")
    assert dict(trace.given)[cycle.context.template.main.by_key["name"].header] == say("道路", "Roads")


def test_what_each_return_said_and_changed(cycle: Cycle) -> None:
    first, second = part(cycle.trace("1")).sent
    say = cycle.context.language.say
    assert [one.version.number for one in (first, second)] == [1, 2]
    assert (first.counts, second.counts) == (False, True)
    assert (first.outcome, second.outcome) == (say("由第2次替代", "replaced by #2"), say("计入汇总", "counts"))
    assert not any(said.pieces for said in first.said)
    changed = {said.column.key: said.pieces for said in second.said if said.pieces}
    assert changed.keys() == {"progress", "actual"}
    assert changed["actual"] == ((Change.GONE, "6.8"), (Change.NEW, "12"))
    assert [piece for piece in changed["progress"] if piece[0] is not Change.SAME] == [
        (Change.GONE, "6.8"),
        (Change.NEW, "12"),
    ]
    assert second.before == first.label


def test_copies_unusable_files_and_attachments_are_named(cycle: Cycle) -> None:
    copy, broken = kit.inbox(cycle, "again.xlsx"), kit.inbox(cycle, f"{cycle.context.plan.by_code['A'].name}.xlsx")
    shutil.copy(kit.inbox(cycle, "a2.xlsx"), copy)
    kit.set_time(copy, "2018-07-05 09:00")
    broken.write_bytes(b"PK\x03\x04")
    kit.set_time(broken, "2018-07-02 09:00")
    kit.inbox(cycle, f"{cycle.context.plan.by_code['A'].name}.pdf").write_bytes(b"%PDF-1.4\n")
    found = part(cycle.trace("1"))
    assert [record.file for record in found.sent[1].records] == ["inbox/a2.xlsx", "inbox/again.xlsx"]
    assert [one.record.file for one in found.unusable] == [f"inbox/{broken.name}"]
    assert found.unusable[0].trouble
    assert found.attachments == 1


def test_findings_of_a_replaced_return_are_kept_apart(cycle: Cycle) -> None:
    send(cycle, "a1.xlsx", "2018-07-03 09:00", {"actual": "many"})
    send(cycle, "a2.xlsx", "2018-07-04 09:00", {"progress": None})
    found = part(cycle.trace("1"))
    assert [(made.finding.code, made.stands) for made in found.sent[0].judgements] == [("V101", False)]
    assert [(made.finding.code, made.stands) for made in found.sent[1].judgements] == [("R101", True)]
    assert [one.code for one in found.findings] == ["R101"]
    assert found.further == []


def test_a_return_passed_then_another_held(cycle: Cycle) -> None:
    kit.review(cycle, "passed", 1)
    trace = cycle.trace("1")
    first, second = part(trace).sent
    say = cycle.context.language.say
    assert (first.counts, second.counts) == (True, False)
    assert second.version.fate is Fate.HELD
    assert second.outcome == say("第1次已审核通过，之后的暂存", "held, since #1 was passed")
    assert shown(trace, "actual").value == 6.8
    assert {one.code for one in part(trace).further} == {"X104"}
    assert [str(one.verdict) for one in part(trace).reviews] == ["passed"]
    assert "held" in [str(one.kind) for one in part(trace).events]
    kit.review(cycle, "sent back", 2)
    assert part(cycle.trace("1")).sent[1].outcome == say("通过之后来的，已退回", "came after the review, sent back")


def test_amendments_are_shown_with_what_was_reported(cycle: Cycle) -> None:
    say = cycle.context.language.say
    kit.amend(cycle, "actual", 12, 12.5, "applied")
    kit.amend(cycle, "progress", words(cycle.context.language, "12"), words(cycle.context.language, "12.5"))
    kit.amend(cycle, "actual", 1, 2, "applied", goal="2")
    trace = cycle.trace("1")
    figure, text = shown(trace, "actual"), shown(trace, "progress")
    assert (figure.text, figure.original) == ("12.5", "12")
    assert figure.amended is not None
    assert not figure.amended.pending
    assert figure.cell == cell_of(cycle, "a2.xlsx", "actual")
    assert text.amended is not None
    assert text.amended.pending
    assert (Change.NEW, "12.5") in text.pieces
    assert len(part(trace).amendments) == 2
    assert [str(one.kind) for one in part(trace).events][-2:] == ["applied", "proposed"]
    screen = run(cycle, "1", "--no-page").output
    assert say("更正，已采用（单位报的 → 汇总表）：“12” → ", "applied (as reported → in the master): “12” → ") in screen
    send(cycle, "a3.xlsx", "2018-07-05 09:00", {"actual": 13})
    later = shown(cycle.trace("1"), "actual")
    assert later.amended is not None
    assert later.amended.conflict
    assert say("要有人决定", "decide") in run(cycle, "1", "--no-page").output


def test_waivers_explain_with_their_grounds(cycle: Cycle) -> None:
    send(cycle, "a2.xlsx", "2018-07-04 09:00", {"progress": "ok"})
    kit.waive(cycle, "V104", "1", "已当面核实", "赵")
    trace = cycle.trace("1")
    (finding,) = part(trace).findings
    assert (finding.code, finding.state) == ("V104", State.EXPLAINED)
    assert "已当面核实" in finding.grounds
    assert [one.by for one in part(trace).waivers] == ["赵"]
    assert "已当面核实" in run(cycle, "1", "--no-page").output
    assert not part(cycle.trace("2")).waivers


def test_extensions_and_paper_belong_to_the_department(cycle: Cycle) -> None:
    kit.extend(cycle, "2018-07-10")
    say = cycle.context.language.say
    row = {say("单位", "department"): "A", say("状态", "state"): say("已收·一致", "received and matches")}
    kit.decide(cycle, say("纸质件", "paper"), row)
    trace = cycle.trace("1")
    assert len(part(trace).extensions) == len(part(trace).papers) == 1
    assert not part(trace, "B").extensions
    assert not part(trace, "B").papers
    page = show_page(trace)
    assert say("纸质件：", "Paper: ") in page
    assert "2018-07-10" in page


def test_a_conversion_says_what_was_typed(cycle: Cycle) -> None:
    send(cycle, "a2.xlsx", "2018-07-04 09:00", {"actual": "１２"})
    figure = shown(cycle.trace("1"), "actual")
    assert (figure.value, figure.typed) == (12, "１２")


def test_spare_rows_have_a_trace(tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", Language.EN, top="spare_rows = 2")
    with pytest.raises(PlanError, match="No department has filled in"):
        cycle.trace("new 1")
    path = kit.fill(cycle, "A", kit.inbox(cycle), {})
    row, column = (part_ for part_ in _spare(path, "progress"))
    with kit.edited(path) as (sheet, _):
        sheet.cell(row, column).value = "A playground was built."
    trace = cycle.trace("NEW 1")
    assert (trace.id, trace.goal) == ("New 1", None)
    assert [one.department.code for one in trace.parts] == ["A"]
    assert shown(trace, "progress").text == "A playground was built."
    assert "New 1" in run(cycle, "new 1").output


def _spare(path: Path, column: str) -> tuple[int, int]:
    """Row and column of the first spare row's cell, as openpyxl counts them."""
    with kit.edited(path) as (sheet, marks):
        row = next(
            row for row in range(1, sheet.max_row + 1) if str(sheet.cell(row, 1).value).lstrip().endswith("New 1")
        )
        return row, marks.columns[column]


@pytest.mark.parametrize("language", Language)
def test_months_after_a_goal_was_settled_are_not_called_unreported(language: Language, tmp_path: Path) -> None:
    june = past_kit.chain(tmp_path, language)[-1]
    earlier = part(june.trace("1")).earlier
    completed = past_kit.words(june, Progress.COMPLETED)
    say = language.say
    assert [one.status for one in earlier] == [
        say("前期已完成，没有再报", "completed earlier, not reported since"),
        completed,
    ]
    assert [one.settled for one in earlier] == [True, False]
    assert part(june.trace("3")).earlier[-1].status == say("未报", "not reported")


def test_only_the_departments_named(cycle: Cycle) -> None:
    name = cycle.context.plan.by_code["B"].name
    trace = cycle.trace("1", [name])
    assert [one.department.code for one in trace.parts] == ["B"]
    assert trace.narrowed
    assert page_name(trace) == "1-B.html"
    with pytest.raises(PlanError):
        cycle.trace("4", ["A"])
    with pytest.raises(PlanError):
        cycle.trace("1", ["nobody"])


# --- the master that stands there -------------------------------------------------------------------------------------


def test_the_standing_master_and_what_it_does_not_know_yet(cycle: Cycle) -> None:
    assert cycle.trace("1").master is None
    cycle.merge()
    trace = cycle.trace("1")
    assert trace.master is not None
    assert trace.master.written is not None
    assert not part(trace).outdated
    send(cycle, "a3.xlsx", "2018-07-05 09:00", {"actual": 13})
    trace = cycle.trace("1")
    assert part(trace).outdated
    assert not part(trace, "B").outdated
    assert cycle.context.language.say("还是旧的", "still the old one") in run(cycle, "1", "--no-page").output
    with cycle.settings.master.open("ab") as stream:
        stream.write(b" ")
    edited = cycle.trace("1").master
    assert edited is not None
    assert edited.written is None


def test_the_ledger_tells_the_same_events(cycle: Cycle) -> None:
    kit.review(cycle, "passed", 1)
    cycle.merge()
    from kpi_xlsx.ledger import looked_at

    with looked_at(cycle.settings.ledger, cycle.settings.id) as ledger:
        assert ledger is not None
        stored = [one for one in ledger.events() if one.department == "A" and one.goal in (None, "1")]
    assert [(one.kind, one.why) for one in stored] == [(one.kind, one.why) for one in part(cycle.trace("1")).events]


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_screen_names_file_sheet_and_cell(cycle: Cycle) -> None:
    cell = cell_of(cycle, "a2.xlsx", "actual")
    done = run(cycle, "1")
    assert done.exit_code == 0, done.output
    assert f"inbox/a2.xlsx › {cycle.context.language.say('填报', 'Report')}!{cell}" in done.output
    assert done.output.rstrip().endswith("trace/1.html")
    assert (cycle.settings.folder / "trace" / "1.html").is_file()


def test_nothing_but_the_page_is_written(cycle: Cycle) -> None:
    cycle.merge()
    before = files(cycle)
    assert run(cycle, "1", "--no-page").exit_code == 0
    assert files(cycle) == before
    assert run(cycle, "1").exit_code == 0
    assert files(cycle).keys() - before.keys() == {"trace/1.html"}
    assert {name: body for name, body in files(cycle).items() if name in before} == before
    again = files(cycle)
    assert run(cycle, "1").exit_code == 0
    assert files(cycle) == again


def test_an_unknown_goal_is_answered_with_near_misses(cycle: Cycle, monkeypatch: pytest.MonkeyPatch) -> None:
    say = cycle.context.language.say
    with pytest.raises(PlanError) as caught:
        cycle.trace(say("道路", "road"))
    assert say("1（道路）", "1 (Roads)") in str(caught.value)
    monkeypatch.setattr(sys, "argv", ["kpi-xlsx", "trace", "99", "-C", str(cycle.settings.folder), "--format", "json"])
    with pytest.raises(SystemExit) as left:
        _main()
    assert left.value.code == 2


def test_a_near_miss_of_an_id(tmp_path: Path) -> None:
    plan = [{**row, "id": f"DL-0{row['id']}"} for row in kit.goals(Language.EN)]
    cycle = kit.make_cycle(tmp_path / "cycle", Language.EN, plan=plan)
    with pytest.raises(PlanError, match="did you mean “DL-01”"):
        cycle.trace("DL01")
    assert cycle.trace(" dl－01 ").id == "DL-01"


def _main() -> None:
    from kpi_xlsx.cli import main

    main()


def test_a_strangers_file_is_never_replaced(cycle: Cycle) -> None:
    target = cycle.settings.folder / "trace" / "1.html"
    target.parent.mkdir()
    target.write_text("<p>my notes</p>")
    with pytest.raises(CycleError):
        write_page(cycle.trace("1"), target)
    assert target.read_text() == "<p>my notes</p>"
    other = cycle.settings.folder.with_name("elsewhere") / "page.html"
    assert run(cycle, "1", "--out", str(other)).exit_code == 0
    assert other.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert run(cycle, "1", "--out", str(other), "--no-page").exit_code == 2


def test_json_says_the_same(cycle: Cycle) -> None:
    kit.amend(cycle, "actual", 12, 12.5, "applied")
    done = run(cycle, "1", "--format", "json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert not (cycle.settings.folder / "trace").exists()
    lead = found["departments"][0]
    assert (found["goal"], lead["department"]) == ("1", "A")
    figure = next(one for one in lead["master"] if one["column"] == "actual")
    assert (figure["value"], figure["original"], figure["pending"]) == (12.5, 12, False)
    assert lead["source"]["file"] == "inbox/a2.xlsx"
    assert lead["source"]["received"] == "2018-07-04T09:00:00+08:00"
    assert lead["source"]["basis"] == "file"
    assert [one["version"] for one in lead["versions"]] == [1, 2]
    changed = {one["column"]: one["changes"] for one in lead["versions"][1]["answers"] if one["changes"]}
    assert changed["actual"] == [["gone", "6.8"], ["new", "12"]]
    assert lead["amendments"][0]["state"] == "applied"
    assert [one["kind"] for one in lead["events"]] == ["came", "came", "counted", "applied"]
    assert lead["events"][0]["at"] == "2018-07-03T09:00:00+08:00"


# --- the page ---------------------------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """Every element with its attributes' names and values, and the text that a reader sees."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: Counter[tuple[str, tuple[tuple[str, str | None], ...]]] = Counter()
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag, tuple(attrs)] += 1
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></table></style><h1 onclick='x'>owned</h1><!-- ",
    "{{ 7*7 }}{% raw %}&lt;b&gt;]]>",
    "\u202egnp.exe\x07 is what this file is called",
)


def test_the_page_is_whole_and_needs_nothing_else(cycle: Cycle) -> None:
    settings = replace(cycle.settings, marking="内部资料 & <secret>")
    page = show_page(Cycle(settings, cycle.context).trace("1"))
    read = Reader(page)
    assert read.open == []
    assert page.startswith("<!DOCTYPE html>")
    assert ("html", (("lang", cycle.context.language.say("zh-CN", "en")),)) in read.elements
    assert ("meta", (("charset", "utf-8"),)) in read.elements
    assert "内部资料 & <secret>" in read.text
    tags = {tag for tag, _ in read.elements}
    assert not tags & {"script", "link", "img", "iframe", "a", "form", "object"}
    assert "url(" not in page
    assert "@import" not in page
    assert {"ins", "del"} <= tags
    assert "".join(read.text).count(str(cell_of(cycle, "a2.xlsx", "actual"))) >= 2


def test_nothing_of_a_sender_becomes_markup(cycle: Cycle, tmp_path: Path) -> None:
    """The same round twice, once with harmless and once with hostile words, has the same elements."""

    def tell(folder: str, said: tuple[str, ...]) -> Reader:
        hostile = [dict(row) for row in kit.goals(cycle.context.language)]
        offices = [dict(row) for row in kit.departments(cycle.context.language)]
        hostile[0] |= {"name": said[0], "requirement": said[1], "category": said[2]}
        offices[0]["name"] = said[1] + "局"
        made = kit.make_cycle(tmp_path / folder, cycle.context.language, plan=hostile, offices=offices)
        send(made, "first.xlsx", "2018-07-03 09:00", {"progress": said[0], "explanation": said[3]})
        send(made, f"{said[3][:5]}&amp;'.xlsx", "2018-07-04 09:00", {"progress": said[1], "explanation": said[4]})
        send(made, "later.xlsx", "2018-07-05 09:00", {"progress": said[2], "evidence": said[4]})
        kit.review(made, "passed", 2)
        kit.amend(made, "progress", said[1], said[2], "applied")
        kit.amend(made, "explanation", said[3], said[0])
        kit.waive(made, "D101", "1", said[2], said[0])
        made = Cycle(replace(made.settings, marking=said[0], title=said[1]), made.context)
        return Reader(show_page(made.trace("1")))

    harmless = tell("plain", tuple(f"quite harmless words number {number}" for number in range(5)))
    hostile = tell("hostile", HOSTILE)
    changed = {"ins", "del"}  # so many as there are differences in the words
    first, second = (
        {key: count for key, count in read.elements.items() if key[0] not in changed} for read in (harmless, hostile)
    )
    assert first == second
    assert {key for key in hostile.elements if key[0] in changed} <= {("ins", ()), ("del", ())}
    text = "".join(hostile.text)
    for words_ in HOSTILE[:4]:
        assert words_.strip() in text
    assert "\x07" not in text
    assert "\u202e" not in text


def test_half_characters_do_not_break_the_page(cycle: Cycle, tmp_path: Path) -> None:
    trace = cycle.trace("1")
    odd = replace(trace, marking="half \ud83d", title="\x00\x1b[31m", given=(("\udcff", "a\ufffeb"),))
    path = tmp_path / "page.html"
    write_page(odd, path)
    text = path.read_bytes().decode("utf-8")
    assert "half \ufffd" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("id_", "name"),
    [("1", "1.html"), ("道路-1", "道路-1.html")],
)
def test_pages_are_named_after_their_goals(cycle: Cycle, id_: str, name: str) -> None:
    assert page_name(replace(cycle.trace("1"), id=id_)) == name


def test_goals_that_no_file_name_tells_apart_have_pages_of_their_own(cycle: Cycle) -> None:
    trace = cycle.trace("1")
    names = [page_name(replace(trace, id=id_)) for id_ in ("a/b", "a:b", "a_b", "../../x", "con", "x" * 40)]
    assert len(set(names)) == len(names)
    assert all("/" not in name and "\\" not in name and not name.startswith("..") for name in names)


def test_every_column_is_accounted_for(cycle: Cycle) -> None:
    trace = cycle.trace("1")
    assert [one.column for one in part(trace).shown] == list(cycle.context.template.main.entry)
    text = "".join(Reader(show_page(trace)).text)
    for column in cycle.context.template.main.entry:
        assert column.header in text


def test_times_are_in_the_cycles_offset(cycle: Cycle) -> None:
    trace = cycle.trace("1")
    assert trace.show_time(dt.datetime(2018, 7, 4, 1, 0, tzinfo=dt.UTC)) == "2018-07-04 09:00"
    assert trace.show_time(dt.date(2018, 7, 4)) == "2018-07-04"
    assert trace.show_time(None) == ""
