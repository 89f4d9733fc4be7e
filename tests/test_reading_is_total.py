"""Reading is total: whatever lies in the inbox comes to one end, and nothing that lies beside it is touched."""

from __future__ import annotations

import io
import json
import multiprocessing
import random
import zipfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import damage
import hostile
import nasty
import openpyxl
import pytest
import soundness
from hostile import PACKAGE, RELATIONS, Hostile, Tab, members_of, pack, parts
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_xlsx import identity as identities
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.form import Answers, write_form
from kpi_xlsx.form_rules import HIDDEN_SHEET
from kpi_xlsx.intake import Arrival
from kpi_xlsx.limits import Limits
from kpi_xlsx.model import Finding, Language, ReturnStatus, Scalar, Severity
from kpi_xlsx.report import Report, ReturnRecord
from kpi_xlsx.returns import read_returns
from kpi_xlsx.sheets import read_book
from kpi_xlsx.starter import start_cycle
from kpi_xlsx.surveying import Inspected

CASES = (*hostile.CASES, *nasty.CASES)
QUICK = settings(deadline=None, derandomize=True, database=None, max_examples=100)
DEPARTMENT = "017"


@dataclass(frozen=True)
class Round:
    """A cycle in which some departments have reported well, one of the forms, and a place for files to look at."""

    cycle: Cycle
    form: bytes
    desk: Path

    def look(self, body: bytes, name: str = "a.xlsx") -> list[Inspected]:
        """What becomes of a file, once it is certain that it came to a proper end."""
        return soundness.look(self.cycle.context, self.desk, body, name)

    def codes(self, body: bytes) -> set[str]:
        return {finding.code for one in self.look(body) for finding in one.findings}


def good_answers(cycle: Cycle, department: str) -> Answers:
    row: dict[str, Scalar] = {"progress": "各项工作按计划推进，已完成一半以上。", "status": "正常推进", "actual": 12}
    return {goal.key: row for goal in cycle.context.plan.goals_of(department)}


def new_cycle(folder: Path) -> Cycle:
    """The shipped example, with good returns of three departments."""
    start_cycle(folder, Language.ZH, example="notice-zh")
    cycle = Cycle.load(folder)
    for department in cycle.context.plan.departments[:3]:
        path = cycle.settings.inbox / department.group / f"{department.code} 报送.xlsx"
        path.parent.mkdir(exist_ok=True)
        write_form(path, cycle.context, cycle.settings, department.code, good_answers(cycle, department.code))
    return cycle


@pytest.fixture(scope="module")
def round_(tmp_path_factory: pytest.TempPathFactory) -> Round:
    folder = tmp_path_factory.mktemp("round")
    cycle = new_cycle(folder / "2018-06")
    path = folder / "form.xlsx"
    write_form(path, cycle.context, cycle.settings, DEPARTMENT, good_answers(cycle, DEPARTMENT))
    return Round(cycle, path.read_bytes(), folder / "desk.xlsx")


def test_the_form_itself_is_read_without_a_word(round_: Round) -> None:
    (one,) = round_.look(round_.form)
    assert one.ret.status is ReturnStatus.READ
    assert len(one.ret.entries) == len(round_.cycle.context.plan.goals_of(DEPARTMENT))
    assert {finding.code for finding in one.findings} <= {"T107"}  # the notice itself is silent on some parts


# --- files that are no forms ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_hostile_file_ends_as_it_should(round_: Round, case: Hostile) -> None:
    (one, *_) = round_.look(case.make(), case.name)
    codes = [note.code for note in one.ret.notes if note.code in soundness.FATAL]
    assert codes == [case.code] * bool(case.code)
    assert one.ret.status == case.status


def test_files_that_cannot_be_opened(round_: Round, tmp_path: Path) -> None:
    context = round_.cycle.context
    (tmp_path / "link.xlsx").symlink_to(tmp_path / "nowhere")
    for path in (tmp_path / "none.xlsx", tmp_path, tmp_path / "link.xlsx"):
        (ret,) = read_returns(Arrival("inbox/a.xlsx", path), context)
        assert (ret.status, ret.notes[0].code) == (ReturnStatus.QUARANTINED, "F101")
    round_.desk.write_bytes(round_.form)
    (ret,) = read_returns(Arrival("inbox/a.xlsx", round_.desk), replace(context, limits=Limits(file_bytes=100)))
    assert (ret.status, ret.notes[0].code, ret.sha256) == (ReturnStatus.QUARANTINED, "F104", None)
    assert ret.size == len(round_.form)


MAGIC = (
    b"",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"PK\x01\x02",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"%PDF-",
    b"<?xml",
    b"7z",
)


@QUICK
@given(st.sampled_from(MAGIC), st.binary(max_size=200), st.sampled_from(MAGIC), st.binary(max_size=60))
def test_any_bytes(round_: Round, head: bytes, body: bytes, magic: bytes, tail: bytes) -> None:
    round_.look(head + body + magic + tail)


BOOK_TAGS = ("sheets", "sheet", "workbookPr", "numFmt", "cellXfs", "xf", "Relationships", "Relationship", "property")
TAGS = damage.SHEET_TAGS + BOOK_TAGS
NAMES = ["r", "t", "s", "ref", "hidden", "name", "state", "r:id", "Id", "Type", "Target", "numFmtId", "date1904", "r:r"]
MEMBERS = [*parts(Tab(), strings=""), "docProps/custom.xml", "xl/worksheets/sheet2.xml", "xl/vbaProject.bin", "a/../b"]


def _element(tag: str, attributes: Mapping[str, str], inside: Sequence[str], text: str) -> str:
    marks = "".join(f" {name}={json.dumps(value, ensure_ascii=False)}" for name, value in attributes.items())
    return f"<{tag}{marks}>{text}{''.join(inside)}</{tag}>"


leaves = st.sampled_from(damage.VALUES)
trees = st.recursive(
    leaves,
    lambda inner: st.builds(
        _element,
        st.sampled_from(TAGS),
        st.dictionaries(st.sampled_from(NAMES), leaves, max_size=3),
        st.lists(inner, max_size=5),
        leaves,
    ),
    max_leaves=30,
)
roots = st.builds(
    "<{0} xmlns='{1}' xmlns:r='{2}' xmlns:x='{1}'>{3}</{0}>".format,
    st.sampled_from(TAGS),
    st.just(PACKAGE),
    st.just(RELATIONS),
    st.lists(trees, max_size=4).map("".join),
)


@QUICK
@given(st.booleans(), st.dictionaries(st.sampled_from(MEMBERS), roots, max_size=6))
def test_any_package_of_any_xml(round_: Round, whole: bool, members: dict[str, str]) -> None:
    round_.look(pack({**(parts(Tab(), strings="") if whole else {}), **members}))


@QUICK
@given(st.lists(st.lists(leaves, max_size=8), max_size=8))
def test_any_table_of_known_words(round_: Round, lines: list[list[str]]) -> None:
    headings = ["编号", "目标名称", "考核内容及指标", "进展情况", "完成状态", "实际值"]
    goal = round_.cycle.context.plan.goals_of(DEPARTMENT)[0]
    book = openpyxl.Workbook()
    for line in ([payload_of(round_)], headings, [goal.id, goal.name], *lines):
        book.worksheets[0].append(line)
    stream = io.BytesIO()
    book.save(stream)
    round_.look(stream.getvalue())


# --- forms that were damaged ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflated"])
def test_forms_with_damaged_bytes(round_: Round, method: int) -> None:
    form = pack(members_of(round_.form), method)
    for seed in range(120):
        chance = random.Random(seed)
        round_.look(damage.damage_bytes(form, chance))


def test_forms_with_damaged_bytes_in_one_part(round_: Round) -> None:
    """The checksums are right, so that the damage reaches the XML."""
    members = members_of(round_.form)
    for seed in range(120):
        chance = random.Random(seed)
        part = chance.choice([name for name in members if name.endswith((".xml", ".rels"))])
        round_.look(pack({**members, part: damage.damage_bytes(members[part], chance)}))


PARTS = ["xl/worksheets/sheet1.xml"] * 6 + ["xl/sharedStrings.xml"] * 3 + ["xl/workbook.xml", "xl/styles.xml"]
PARTS += ["xl/worksheets/sheet3.xml", "xl/_rels/workbook.xml.rels", "_rels/.rels", "docProps/custom.xml"]


def test_forms_with_damaged_xml(round_: Round) -> None:
    members = members_of(round_.form)
    ends: set[str] = set()
    for seed in range(250):
        chance = random.Random(seed)
        changed = dict(members)
        for part in sorted({chance.choice(PARTS), chance.choice(PARTS)}):
            changed[part] = damage.damage_part(changed[part], chance)
        ends.update(str(one.ret.status) for one in round_.look(pack(changed)))
    assert ends == {"read", "quarantined"}, "the damage is neither always fatal nor always harmless"


# --- forms that lie ---------------------------------------------------------------------------------------------------


def payload_of(round_: Round, **changes: Any) -> str:
    return identities.to_payload(replace(round_.cycle.context.identities[DEPARTMENT], **changes))


def with_payload(round_: Round, payload: str) -> bytes:
    """The form, saying something else of itself in its cell; nothing is left that could contradict it."""
    book = openpyxl.load_workbook(io.BytesIO(round_.form))
    book.worksheets[0]["A1"].value = payload
    del book[HIDDEN_SHEET]
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


FIELDS = ("cycle", "period", "template", "department", "revision", "seal")
LIES = [
    "",
    " ",
    "\ud800",
    "\udfff\ud800",
    "\x00\x07",
    "{0}",
    "{column.__class__}",
    "%s%n",
    "长" * 10_000,
    "../../etc",
    "\u202e",
]


@pytest.mark.parametrize("field", FIELDS)
def test_forms_that_lie_about_themselves(round_: Round, field: str) -> None:
    for lie in LIES:
        fields = asdict(round_.cycle.context.identities[DEPARTMENT]) | {field: lie}
        codes = round_.codes(with_payload(round_, identities.PAYLOAD + json.dumps([fields[name] for name in FIELDS])))
        assert codes & {"I101", "I102", "I103", "I104", "I106", "I107"}


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "[",
        "[" * 30_000,
        "[1,2,3,4,5,6]",
        '["","","","","",""]',
        '["","","","","","",""]',
        "[" + "9" * 10_000 + "]",
        "[NaN,Infinity,null,true,{},[]]",
        '{"cycle":1}',
        '"\\ud800"',
        "null",
    ],
    ids=lambda payload: payload[:30] or "nothing",
)
def test_forms_that_say_nonsense_of_themselves(round_: Round, payload: str) -> None:
    assert "I107" not in round_.codes(with_payload(round_, identities.PAYLOAD + payload)) or payload.startswith('["')


HOSTILE_ANSWERS: list[Scalar] = [
    "9" * 400,
    "1e400",
    "-" + "9" * 5000,
    1.5e308,
    "😀" * 20_000,
    "长" * 32_767,
    "<r>" + "&" * 20_000 + "</r>",
    "<r>_x0041_</r>",
    "'=cmd|'/C calc'!A0",
    "{0}{raw}{column.__class__}%s%(x)s",
    "_xD800_ 与 _x0000_",
    "</t></si><script>alert(1)</script>",
    "\u202e\u200f\ufeff",
    "一\n" * 3000,
    "9999-12-31",
    "0001-01-01",
    "2018-02-30",
    "http://example.org/" + "a" * 3000,
]


def with_answers(round_: Round, answers: Sequence[Scalar]) -> bytes:
    """The form with the same odd thing in every entry cell of a row, a row for each."""
    book = openpyxl.load_workbook(io.BytesIO(round_.form))
    sheet = book.worksheets[0]
    marks = {one.value: one for line in sheet for one in line if str(one.value).startswith(identities.MARK)}
    columns = [marks[f"#{column.key}"].column or 0 for column in round_.cycle.context.template.main.entry]
    goals = round_.cycle.context.plan.goals_of(DEPARTMENT)
    for goal, answer in zip(goals, answers, strict=False):
        for column in columns:
            cell = sheet.cell(marks[f"#{goal.id}"].row or 0, column)
            cell.value = answer
            cell.number_format = "0.0%" if isinstance(answer, float) else "@"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_forms_with_hostile_answers(round_: Round) -> None:
    goals = len(round_.cycle.context.plan.goals_of(DEPARTMENT))
    for start in range(0, len(HOSTILE_ANSWERS), goals):
        (one,) = round_.look(with_answers(round_, HOSTILE_ANSWERS[start : start + goals]))
        assert one.ret.status is ReturnStatus.READ


# --- the whole inbox --------------------------------------------------------------------------------------------------


def fill_with_hostile_files(cycle: Cycle) -> None:
    """Every case by hand once, in folders before and after those of the good returns."""
    for number, case in enumerate(hostile.CASES):
        path = cycle.settings.inbox / ("00 早" if number % 2 else "😀 晚") / case.name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(case.make())


def seen(report: Report, files: set[str | None]) -> tuple[list[ReturnRecord], list[Finding]]:
    """What is said of these files, and of no file at all."""
    return [one for one in report.returns if one.file in files], [one for one in report.findings if one.file in files]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Cycle, Report, Report]:
    """A cycle, what was found in it while only good returns had come, and what is found beside hostile ones."""
    cycle = new_cycle(tmp_path_factory.mktemp("crowded") / "2018-06")
    alone = cycle.validate()
    fill_with_hostile_files(cycle)
    return cycle, alone, cycle.validate()


def test_good_returns_are_read_as_if_they_were_alone(crowded: tuple[Cycle, Report, Report]) -> None:
    _, alone, together = crowded
    assert sum(row.entry is not None for row in alone.entries) > 10
    assert together.entries == alone.entries
    files: set[str | None] = {one.file for one in alone.returns} | {None}
    assert seen(together, files) == seen(alone, files)


def test_every_file_of_the_inbox_is_accounted_for(crowded: tuple[Cycle, Report, Report]) -> None:
    _, alone, together = crowded
    assert len(together.returns) == len(alone.returns) + len(hostile.CASES)
    quarantined = {one.file for one in together.returns if one.status is ReturnStatus.QUARANTINED}
    assert len(quarantined) == sum(bool(case.code) for case in hostile.CASES)
    assert quarantined <= {one.file for one in together.findings if one.severity is Severity.ERROR}
    json.dumps(together.to_dict(), ensure_ascii=False).encode()


def test_two_processes_find_what_one_finds(crowded: tuple[Cycle, Report, Report]) -> None:
    cycle, _, serial = crowded
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        parallel = cycle.validate(executor=executor)
    assert parallel.returns == serial.returns
    assert parallel.findings == serial.findings
    assert parallel.entries == serial.entries


def test_the_round_ends_whatever_came(tmp_path: Path) -> None:
    cycle = new_cycle(tmp_path / "2018-06")
    inbox = cycle.settings.inbox
    own = Round(cycle, next(inbox.rglob(f"{DEPARTMENT} *.xlsx")).read_bytes(), tmp_path / "desk.xlsx")
    for start in (0, 9):
        (inbox / f"答 {start}.xlsx").write_bytes(with_answers(own, HOSTILE_ANSWERS[start:]))
    for field in ("cycle", "period", "department"):
        fields = asdict(cycle.context.identities[DEPARTMENT]) | {"cycle": "2018-05", field: "\ud800"}
        payload = identities.PAYLOAD + json.dumps([fields[name] for name in FIELDS])
        (inbox / f"谎 {field}.xlsx").write_bytes(with_payload(own, payload))
    report = cycle.merge()
    assert report.exit_code == 1
    json.dumps(report.to_dict(), ensure_ascii=False).encode()
    assert {"汇总", "报送", "审核意见"} <= {sheet.name for sheet in read_book(cycle.settings.master).sheets}
