"""A notice to publish: what stands in it, in which layout, and everything for which it is refused."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import docx
import notices_kit
import pytest
import returns_kit as kit
import year_kit as year
from docx.oxml.ns import qn
from office import find_soffice
from ooxml import validate
from openpyxl import load_workbook
from test_next import run

from kpi_xlsx import resources
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.form import write_form
from kpi_xlsx.gate import tell_doubts
from kpi_xlsx.limits import DEFAULT_LIMITS
from kpi_xlsx.model import CycleError, Department, Goal, Language, PlanError, id_key
from kpi_xlsx.notice_docx import read_docx
from kpi_xlsx.notice_rows import read_rows
from kpi_xlsx.office_program import make_pdf
from kpi_xlsx.outputs.notice_document import show_notice_document
from kpi_xlsx.outputs.notice_page import show_notice_page
from kpi_xlsx.periods import Period, parse_due
from kpi_xlsx.publication import COLUMNS, ROOM, Publication, PublicRow, find_columns
from kpi_xlsx.publication_text import FILE, KNOWN, MOST, load_words
from kpi_xlsx.starter import start_cycle, write_plan
from kpi_xlsx.toml_files import read_toml

FINANCE = "017"
WORDS = """office = "样例办"
date = 2018-07-12
period_from = 2018-07-12
period_to = 2018-07-18
telephone = "0571-0000 0000"
note = "注：带★为重点目标。"
"""


@pytest.fixture(params=list(Language), ids=str)
def language(request: pytest.FixtureRequest) -> Language:
    found: Language = request.param
    return found


def table(path: Path) -> list[list[str]]:
    """What a person reads in each cell: a merged one says the same in every row."""
    return [[cell.text for cell in row.cells] for row in docx.Document(str(path)).tables[0].rows]


# --- the real notice --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def finance(tmp_path_factory: pytest.TempPathFactory) -> Cycle:
    """The finance office's round as it was published: two cells blank and waived, the return passed."""
    folder = tmp_path_factory.mktemp("publish") / "cycle"
    home = resources.folder("examples") / "notice-zh"
    plan, answers = (read_toml(home / name, CycleError) for name in ("plan.toml", "answers.toml"))
    start_cycle(folder, Language.ZH, example="notice-zh")
    (folder / "plan.xlsx").unlink()
    goals = [{**one, "department": FINANCE} for one in plan["goals"] if one["id"].startswith("JR-")]
    offices = [one for one in plan["departments"] if one["code"] == FINANCE]
    write_plan(folder / "plan.xlsx", goals, offices, Language.ZH)
    (folder / FILE).write_text(WORDS, "utf-8")
    cycle = Cycle.load(folder)
    sent = next(one for one in answers["returns"] if one["department"] == FINANCE)
    filled = {
        id_key(row["goal"]): {key: row[key] for key in row if key not in ("goal", "data_as_of")}
        for row in sent["answers"]
    }
    write_form(cycle.settings.inbox / "017.xlsx", cycle.context, cycle.settings, FINANCE, filled)
    waiver = {"单位": FINANCE, "代码": "R101", "理由": "原件空着", "批准人": "样例"}
    kit.decide(cycle, "免予说明", *({**waiver, "目标": goal} for goal in ("JR-04", "JR-10")))
    kit.review(cycle, department=FINANCE)
    cycle.merge()
    return cycle


def test_the_real_notice_comes_back_as_it_was(finance: Cycle, tmp_path: Path) -> None:
    target = tmp_path / "公示.docx"
    done = finance.issue(target)
    expected = [
        [text or ("未报送" if place == 4 else "") for place, text in enumerate(row)] for row in notices_kit.story()
    ]
    head, *rows = table(target)
    assert head[4] == "进展情况（1—6月）"
    assert (len(rows), len(head)) == (11, 7)
    assert rows == expected
    assert [line for line in done.remarks if "见附件" in line], "the list that is spoken of is not in the notice"
    found = read_rows(read_docx(target.read_bytes(), DEFAULT_LIMITS), {})
    assert found is not None
    again = [[record.fields.get(key, "") for key in notices_kit.SEVEN] for record in found.records]
    assert again == expected
    first = target.read_bytes()
    finance.export(target)
    assert target.read_bytes() == first, "the same inputs give the same bytes"


def test_the_layout_is_that_of_a_notice(finance: Cycle, tmp_path: Path) -> None:
    document = docx.Document(str(finance.export(tmp_path / "公示.docx", departments=[FINANCE])))
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (297, 210)  # type: ignore[union-attr]
    rows = document.tables[0].rows
    marks = [{child.tag for child in row._tr.trPr} if row._tr.trPr is not None else set() for row in rows]
    assert qn("w:tblHeader") in marks[0]
    assert all(qn("w:cantSplit") in found for found in marks)
    merged = [row._tr.tc_lst[0].vMerge for row in list(rows)[1:]]
    assert merged == ["restart", *["continue"] * 5, "restart", *["continue"] * 4]
    texts = [one.text for one in document.paragraphs]
    assert texts[0] == "市金融办2018年1—6月绩效考核目标进展情况公示"
    assert "2018年7月12日至2018年7月18日" in texts[1]
    assert texts[-3:] == ["注：带★为重点目标。", "样例办", "2018年7月12日"]
    assert section.footer.paragraphs[0].text.replace(" ", "") == "——"
    assert section.header.paragraphs[0].text == ""


def test_what_a_person_wrote_into_it_is_kept(finance: Cycle, tmp_path: Path) -> None:
    target = finance.export(tmp_path / "公示.docx")
    document = docx.Document(str(target))
    document.add_paragraph("领导加的一句话")
    document.save(str(target))
    mine = target.read_bytes()
    assert finance.issue(target).remarks
    assert [path.read_bytes() for path in finance.settings.history.glob("公示-*.docx")] == [mine]


@pytest.mark.office
def test_the_pdf_is_one(finance: Cycle, tmp_path: Path) -> None:
    assert find_soffice()
    assert finance.export(tmp_path / "公示.pdf").read_bytes().startswith(b"%PDF")


def test_without_libreoffice_other_formats_are_offered(monkeypatch: pytest.MonkeyPatch, language: Language) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CycleError, match=r"\.docx.*\.html"):
        make_pdf(b"", language)


# --- the gate ---------------------------------------------------------------------------------------------------------


def troubled(folder: Path, language: Language) -> Cycle:
    """A round in which each reason holds."""
    say = language.say
    rows = [*kit.goals(language)]
    rows += [
        {**rows[1], "id": "7", "name": say("图书馆", "Libraries"), "publish": say("是", "yes")},
        {**rows[1], "id": "5", "name": say("桥梁", "Bridges")},
        {**rows[1], "id": "6", "name": say("公园", "Parks")},
    ]
    plan: Mapping[str, Mapping[str, Any]] = {
        "1": {"publish": say("是", "yes"), "public_text": say("只说这一句。", "Only these words.")},
        "2": {"publish": say("公开", "Y")},
        "3": {"publish": say("不公开", "no")},
        "5": {"publish": say("也许", "perhaps")},
        "6": {"publish": say("摘要公开", "summary")},
    }
    cycle = kit.make_cycle(folder, language, plan=[{**row, **plan.get(str(row["id"]), {})} for row in rows])
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"progress": None}})
    before = kit.good_answers(cycle, "A")["7"]["progress"]
    public = {say("类型", "kind"): say("仅公开稿", "public only"), say("状态", "state"): say("已采用", "applied")}
    where = {say("单位", "department"): "A", say("目标", "goal"): "7", say("列", "column"): "progress"}
    words = {say("原内容", "from"): before, say("改为", "to"): say("对外说法", "As told outside")}
    kit.decide(cycle, say("更正", "amendments"), {**where, **words, **public})
    kit.amend(cycle, "progress", "x", "y")
    return cycle


REASONS = {
    "blank": ("1 个目标没有写“是否公开”：4", "1 goal with a blank under “publish”: 4"),
    "unreadable": ("5 的“是否公开”写的是“也许”，看不懂", "5: “perhaps” under “publish” is not understood"),
    "summary": ("6 只公开摘要", "6 is published as a summary only"),
    "unpassed": (
        "1 个单位的报送件没有审核通过：样例甲局",
        "1 department with a return that is not cleared: Sample Bureau",
    ),
    "error": ("样例甲局 2 R101", "Sample Bureau 2 R101"),
    "stale": ("1 处更正以后，单位又改了原文：1", "1 amendment of words that the department has changed since: 1"),
    "pending": ("1 处更正待确认：1", "1 amendment nobody has decided on: 1"),
    "unmerged": ("汇总表不是现在的样子", "The master is not up to date"),
}


@pytest.fixture(scope="module", params=list(Language), ids=str)
def refused(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Cycle, Sequence[str]]:
    folder = tmp_path_factory.mktemp("gate")
    cycle = troubled(folder / "cycle", request.param)
    done = run(folder, "export", "-C", "cycle", "--to", "notice.docx", language=request.param)
    assert (done.returncode, done.stdout, (folder / "notice.docx").exists()) == (2, "", False)
    return cycle, done.stderr.splitlines()


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_is_a_line(refused: tuple[Cycle, Sequence[str]], reason: str) -> None:
    cycle, lines = refused
    wanted = cycle.context.language.say(*REASONS[reason])
    assert len([line for line in lines if wanted in line]) == 1, lines
    assert len(lines) == len(REASONS) + 2, "a line before, and one that tells of drafts"


def test_a_draft_is_written_all_the_same_and_says_so(refused: tuple[Cycle, Sequence[str]], tmp_path: Path) -> None:
    cycle, lines = refused
    say = cycle.context.language.say
    done = cycle.issue(tmp_path / "notice.docx", draft=True)
    document = docx.Document(str(done.path))
    assert document.sections[0].header.paragraphs[0].text == say("送审稿", "Draft")
    assert set(lines[1:-1]) <= set(done.remarks)
    last = [one.text for one in document.paragraphs]
    assert [line for line in lines[1:-1] if f"□ {line}" not in last] == []
    head, *rows = table(done.path)
    names = ("道路", "Roads"), ("学校", "Schools"), ("图书馆", "Libraries"), ("公园", "Parks")
    assert [row[0] for row in rows] == [say(*pair) for pair in names]
    column = head.index(say("进展情况（1—6月）", "Progress (months 1-6)"))
    told = (
        ("只说这一句。", "Only these words."),
        ("未报送", "Not reported"),
        ("对外说法", "As told outside"),
        ("（公开表述待写）", "(public text to be written)"),
    )
    assert [row[column] for row in rows] == [say(*pair) for pair in told]
    assert say("是否公开", "publish") not in head
    page = cycle.export(tmp_path / "notice.html", draft=True).read_text("utf-8")
    assert f'<p class="mark">{say("送审稿", "Draft")}</p>' in page


def test_a_change_of_the_plan_that_no_line_accounts_for(tmp_path: Path) -> None:
    may = year.begin(tmp_path, "2018-05")
    june = may.next()
    book = load_workbook(june / "plan.xlsx")
    sheet = book.worksheets[0]
    headings = {str(cell.value): cell.column or 0 for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, headings["是否公开"]).value = "是"  # which no document decides
    sheet.cell(2, headings["考核内容及指标"]).value = "改小了的目标"
    book.save(june / "plan.xlsx")
    with pytest.raises(CycleError) as error:
        Cycle.load(june).export(tmp_path / "notice.docx")
    found = [str(one) for one in error.value.mistakes if "P101" in str(one)]
    assert len(found) == 1
    assert "改小了的目标" in found[0]


def test_a_department_that_never_reported_holds_it_up_until_the_round_is_closed(tmp_path: Path) -> None:
    plan = [{**row, "publish": "是"} for row in kit.goals(Language.ZH)]
    cycle = kit.make_cycle(tmp_path / "cycle", Language.ZH, plan=plan)
    kit.review(cycle, department="B")
    cycle.merge()
    with pytest.raises(CycleError) as error:
        cycle.export(tmp_path / "notice.docx")
    assert [str(one) for one in error.value.mistakes][1:-1] == [
        "1 个单位未报送：样例甲局。要不等它们就公示，请先写明原因结账（kpi-xlsx close）。"
    ]
    cycle.close(by="样例", reason="甲局机构改革，不再等")
    head, *rows = table(cycle.export(tmp_path / "notice.docx"))
    assert head[0] == "责任单位"
    assert [row[0] for row in rows] == ["样例甲局"] * 3 + ["样例乙局"]
    assert [row[head.index("进展情况（1—6月）")] for row in rows][:3] == ["未报送"] * 3
    alone = table(cycle.export(tmp_path / "one.docx", departments=["B"]))
    assert (len(alone), "责任单位" in alone[0]) == (2, False)


def test_where_it_cannot_go(tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", Language.ZH)
    for target, words in (
        ("公示.xlsx", r"\.docx"),
        ("no/公示.docx", "没有 .*no/"),
        ("cycle/inbox/公示.docx", "报送期自己的"),
    ):
        with pytest.raises(CycleError, match=words):
            cycle.export(tmp_path / target, draft=True)
    with pytest.raises(CycleError, match="--department"):
        cycle.export(tmp_path / "全年台账.xlsx", departments=["A"])
    with pytest.raises(PlanError, match="没有“Z”"):
        cycle.export(tmp_path / "公示.docx", departments=["Z"])


# --- the office's words -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('opening = "{office.__class__}"', "opening"),
        ('opening = "{0}"', "opening"),
        ('opening = "{office!r}"', "opening"),
        ('opening = "{year:>99999999}"', "opening"),
        ('closing = "{date"', "closing"),
        ('title = "{goal}"', "title"),
        ('opening = "{telephone}"', "opening"),
        ('opening = "{telephone}"\ntelephone = " "', "opening"),
        ("openning = 'x'", "openning"),
        ("date = 12", "date"),
        ("= 1", ""),
        ("# " + "x" * MOST, ""),
    ],
)
def test_a_mistake_in_the_words_is_one_line(finance: Cycle, tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / FILE).write_text(text, "utf-8")
    with pytest.raises(CycleError) as error:
        load_words(replace(finance.settings, folder=tmp_path), "t", "", Language.ZH)
    (mistake,) = error.value.mistakes
    assert (mistake.file, mistake.place) == (FILE, place)


def test_the_words_are_the_offices_own(finance: Cycle, tmp_path: Path) -> None:
    text = 'title = "{department}公示"\nopening = "第一段{{}}。\\n第二段{period_to}。"\nperiod_to = "月底"\n'
    (tmp_path / FILE).write_text(text, "utf-8")
    found = load_words(replace(finance.settings, folder=tmp_path), "t", "", Language.ZH)
    assert (found.title, found.opening) == ("各单位公示", ("第一段{}。", "第二段月底。"))
    (tmp_path / FILE).unlink()
    usual = load_words(replace(finance.settings, folder=tmp_path), "A {x} 表填报表", "", Language.ZH)
    assert (usual.title, usual.closing, usual.own) == ("A {x} 表公示", (), False)


@pytest.mark.parametrize("page", ["notice.md", "notice.zh-CN.md"])
def test_the_words_of_the_documents_are_understood(finance: Cycle, tmp_path: Path, page: str) -> None:
    text = (Path(__file__).parent.parent / "docs" / page).read_text("utf-8")
    (tmp_path / FILE).write_text(text.split("```toml\n")[1].split("```")[0], "utf-8")
    found = load_words(replace(finance.settings, folder=tmp_path), "t", "", Language.ZH)
    assert (len(found.opening), len(found.note), len(found.closing)) == (2, 1, 2)
    assert [name for name in KNOWN if f"`{{{name}}}`" not in text] == []


# --- what may be typed into a cell ------------------------------------------------------------------------------------

NASTY = "<script>alert(1)</script> & \"'> ]]> {{ 7*7 }} \x07\x00\ud800\ufffe\u202e =1+1 _x0007_"
LONG = "长" * 32_767
JUNE = Period(dt.date(2018, 1, 1), dt.date(2018, 6, 30))


def row_of(code: str, name: str, **texts: str) -> PublicRow:
    due = parse_due("12", JUNE)
    assert due is not None
    goal = Goal(code, name, (code,), {}, due)
    return PublicRow(Department(code, name), goal, {**dict.fromkeys(COLUMNS, NASTY), "department": name, **texts})


@pytest.fixture(scope="module")
def hostile() -> Publication:
    names = ("a/b\\c:*?", "名" * 100)
    rows = [row_of(str(number), name, progress=LONG) for number, name in enumerate(names)]
    columns = find_columns(rows, JUNE, Language.ZH)
    assert sum(column.width for column in columns) == pytest.approx(ROOM, abs=1)
    told = (NASTY,)
    return Publication(Language.ZH, NASTY, told, rows, columns, told, told, JUNE.end, True, NASTY, told, told)


def test_nothing_typed_becomes_markup_in_word(hostile: Publication) -> None:
    document = docx.Document(io.BytesIO(show_notice_document(hostile)))
    rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert [row[0] for row in rows[1:]] == ["a/b\\c:*?", "名" * 100]
    assert rows[1][5] == LONG
    assert rows[1][3].startswith("<script>alert(1)</script> & \"'> ]]> {{ 7*7 }} ␇␀\ufffd\ufffd")
    assert rows[1][3].endswith("=1+1 _x0007_")
    assert "\u202e" not in rows[1][3]
    last = document.tables[0].rows[-1]._tr.trPr
    assert last is not None
    assert last.find(qn("w:cantSplit")) is None, "a row longer than a page must be torn"


@pytest.mark.ooxml
def test_the_validator_finds_nothing(hostile: Publication, tmp_path: Path) -> None:
    path = tmp_path / "notice.docx"
    path.write_bytes(show_notice_document(hostile))
    assert validate(path) == []


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_nothing_typed_becomes_markup_on_the_page(hostile: Publication) -> None:
    parsed = Elements()
    parsed.feed(show_notice_page(hostile))
    assert "script" not in parsed.tags
    text = "".join(parsed.text)
    assert LONG in text
    assert "{{ 7*7 }}" in text
    assert not set("\x07\x00\u202e") & set(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("请打 138 0571-1234", True),
        ("电话１３８０５７１１２３４", True),
        ("编号 21380571123456", False),
        ("身份证 33010619900101123X", True),
        ("属于秘密", True),
        ("名单见附件", True),
        ("names (list attached)", True),
        ("the secretary", False),
        ("Official-Sensitive", True),
        ("全市 12 家", False),
    ],
)
def test_what_a_person_is_to_look_at(text: str, found: bool) -> None:
    row = row_of("1", "n", progress=text)
    assert bool(list(tell_doubts([row], {"progress": "进展"}, Language.ZH))) == found
