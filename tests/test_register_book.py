"""Writing register.xlsx: made new, and added to while a person keeps it; nothing that is hers is harmed."""

from __future__ import annotations

import datetime as dt
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import returns_kit as kit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from office import Book, Office, to_pictures
from ooxml import lint, validate
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, PatternFill
from xlsxwriter import Workbook as Writer

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.decisions import Amendment, AmendmentKind, AmendmentState, Decisions, Place
from kpi_xlsx.files import digest
from kpi_xlsx.model import CycleError, Language, Scalar
from kpi_xlsx.register import load_decisions
from kpi_xlsx.register_additions import complete_register
from kpi_xlsx.register_book import LISTS, RegisterRows, amendment_rows, make_register
from kpi_xlsx.register_credits import CREDITS
from kpi_xlsx.register_fields import RegisterSheet
from kpi_xlsx.register_sheets import AMENDMENTS, RECEIPTS, REVIEWS, SHEETS
from kpi_xlsx.sheets import read_book

NOWHERE = Place("", 0)
AWKWARD = ("=cmd|' /C calc'!A0", "+1", "@x", "<r>a & b</r>", "_x0041_ _x005F_", "a\x07b", "😀 党建", "'q\"", "a\nb")


@pytest.fixture(params=list(Language), ids=str)
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    return kit.make_cycle(tmp_path / "样例 cycle", request.param)


def load(cycle: Cycle) -> Decisions:
    return load_decisions(cycle.settings.register, cycle.context, cycle.settings.zone)


def amend(column: str = "progress", old: Scalar | None = "旧", new: Scalar | None = "新", goal: str = "1") -> Amendment:
    department = "B" if goal == "4" else "A"
    return Amendment(department, goal, column, old, new, None, AmendmentState.PROPOSED, NOWHERE)


def complete(
    cycle: Cycle,
    *proposals: Amendment,
    labels: Mapping[Place, str] | None = None,
    own: Sequence[str] = (),
    whole: bool = False,
) -> tuple[str, ...]:
    """Complete the register; `own` are the sha256 that the tool itself wrote."""
    return complete_register(
        cycle.settings, cycle.context, proposals, labels or {}, wrote=lambda sha256: sha256 in own, whole=whole
    )


def content(amendment: Amendment) -> tuple[object, ...]:
    """What an amendment says, wherever it stands."""
    return tuple(getattr(amendment, name) for name in Amendment.__slots__ if name != "place")


def written(cycle: Cycle) -> list[tuple[object, ...]]:
    found = load(cycle)
    assert found.remarks == ()
    return [content(one) for one in found.amendments]


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def name_of(cycle: Cycle, kind: str) -> str:
    return {sheet.key: sheet for sheet in SHEETS}[kind].name(cycle.context.language)


PROPOSALS = (
    amend("progress", "旧", "=cmd"),
    amend("actual", 6.8, 7.25, "2"),
    amend("actual", None, -1e-7, "3"),
    amend("data_as_of", dt.date(2018, 5, 1), dt.date(2018, 6, 1), "4"),
    amend("completed_on", dt.date(2018, 6, 15), None),
    Amendment(
        "A",
        "1",
        "progress",
        "a",
        "b",
        AmendmentKind.WORDING,
        AmendmentState.APPLIED,
        NOWHERE,
        "r",
        "d",
        "Li",
        "c",
        True,
    ),
)


# --- a new one --------------------------------------------------------------------------------------------------------


def test_a_new_register_has_all_sheets_and_says_nothing_yet(cycle: Cycle) -> None:
    make_register(cycle.settings.register, cycle.context, cycle.settings)
    names = [kind.name(cycle.context.language) for kind in SHEETS]
    book = load_workbook(cycle.settings.register)
    assert book.sheetnames == [*names, LISTS]
    assert book[LISTS].sheet_state == "veryHidden"
    assert load(cycle) == Decisions()
    assert lint(cycle.settings.register) == []
    for kind, name in zip(SHEETS, names, strict=True):
        sheet = book[name]
        assert sheet.freeze_panes == "A4"
        assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
        assert [cell.value for cell in sheet[3]][: len(kind.fields)] == [
            f.name(cycle.context.language) for f in kind.fields
        ]


def test_the_same_register_twice_is_the_same_bytes(cycle: Cycle, tmp_path: Path) -> None:
    rows = {AMENDMENTS.key: amendment_rows(PROPOSALS, cycle.context)}
    for name in ("a.xlsx", "b.xlsx"):
        make_register(tmp_path / name, cycle.context, cycle.settings, rows)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_its_columns_offer_what_may_be_chosen(cycle: Cycle) -> None:
    make_register(cycle.settings.register, cycle.context, cycle.settings)
    book = load_workbook(cycle.settings.register)
    for kind in SHEETS:
        rules = book[kind.name(cycle.context.language)].data_validations.dataValidation
        by_column = {str(rule.sqref).rstrip("0123456789:")[0]: rule for rule in rules}
        for place, field in enumerate(kind.fields):
            rule = by_column.get("ABCDEFGHIJKL"[place])
            if field.offer is not None:
                assert rule is not None
                assert rule.type == "list"
                assert rule.errorStyle == "warning", "a former name is as good"
                assert rule.formula1 in book.defined_names
            elif field.words:
                assert rule is not None
                assert rule.type == "list"
                assert (rule.errorStyle or "stop") == ("information" if field.free else "stop")
            elif rule is not None:
                assert rule.type in (None, "none"), f"{field.key} may be anything"
            if rule is not None:
                assert rule.prompt
                assert str(rule.sqref).endswith("2003")
    departments = [row[0].value for row in book[LISTS].iter_rows(max_col=1) if row[0].value]
    assert departments == [department.name for department in cycle.context.plan.departments]
    goals = book.defined_names["register_goals"].value
    assert goals == f"{LISTS}!$B$2:$B$5"


def test_rows_are_read_as_they_were_given(cycle: Cycle) -> None:
    say = cycle.context.language.say
    rows: dict[str, RegisterRows] = {
        AMENDMENTS.key: amendment_rows(PROPOSALS, cycle.context),
        RECEIPTS.key: [{"file": "A.xlsx", "received": dt.datetime(2018, 7, 5, 17, 20), "way": say("邮件", "mail")}],
    }
    make_register(cycle.settings.register, cycle.context, cycle.settings, rows)
    assert written(cycle) == [content(one) for one in PROPOSALS]
    receipt = load(cycle).receipts.find("inbox/A.xlsx")
    assert receipt is not None
    assert receipt.moment == dt.datetime(2018, 7, 5, 17, 20, tzinfo=kit.ZONE)


def test_a_register_that_does_not_exist_is_made_with_the_proposals(cycle: Cycle) -> None:
    assert complete(cycle, labels={Place("审核", 4): "第1版"}) == ()
    assert not cycle.settings.register.exists()
    remarks = complete(cycle, *PROPOSALS)
    assert "register.xlsx" in remarks[0]
    assert "6" in remarks[1]
    assert written(cycle) == [content(one) for one in PROPOSALS]


@pytest.mark.ooxml
def test_the_validator_finds_nothing(cycle: Cycle) -> None:
    complete(cycle, *PROPOSALS)
    assert validate(cycle.settings.register) == []
    rich(cycle)
    complete(cycle, *PROPOSALS, whole=True)
    assert validate(cycle.settings.register) == []


@pytest.mark.office
def test_each_sheet_is_one_page(cycle: Cycle, tmp_path: Path) -> None:
    complete(cycle, *PROPOSALS)
    assert len(to_pictures(cycle.settings.register, tmp_path / "pages")) == len(SHEETS)


# --- added to ---------------------------------------------------------------------------------------------------------


def test_nothing_to_write_leaves_every_byte(cycle: Cycle) -> None:
    kit.register(cycle, {"A.xlsx": "2018-07-05 09:12"})
    before = cycle.settings.register.read_bytes()
    assert complete(cycle) == ()
    assert cycle.settings.register.read_bytes() == before
    assert not cycle.settings.history.exists()
    make_register(cycle.settings.register, cycle.context, cycle.settings)
    before = cycle.settings.register.read_bytes()
    assert complete(cycle, whole=True) == ()
    assert cycle.settings.register.read_bytes() == before


def test_proposals_go_below_the_last_row(cycle: Cycle) -> None:
    complete(cycle, *PROPOSALS[:2])
    complete(cycle, *PROPOSALS[2:])
    assert written(cycle) == [content(one) for one in PROPOSALS]
    assert [one.place.row for one in load(cycle).amendments] == [4, 5, 6, 7, 8, 9]
    assert lint(cycle.settings.register) == []


def test_only_the_sheet_that_is_needed_is_added(cycle: Cycle) -> None:
    kit.register(cycle, {"A.xlsx": "2018-07-05 09:12"})
    receipts = cycle.context.language.say("收件", "receipts")
    remarks = complete(cycle, *PROPOSALS)
    assert any(name_of(cycle, "amendments") in remark for remark in remarks)
    assert load_workbook(cycle.settings.register).sheetnames == [receipts, name_of(cycle, "amendments"), LISTS]
    assert written(cycle) == [content(one) for one in PROPOSALS]
    assert load(cycle).receipts.find("inbox/A.xlsx") is not None
    assert lint(cycle.settings.register) == []


def test_the_command_adds_every_sheet_and_heading(cycle: Cycle) -> None:
    kit.register(cycle, {"A.xlsx": "2018-07-05 09:12"})
    cycle.make_register()
    book = load_workbook(cycle.settings.register)
    names = [kind.name(cycle.context.language) for kind in SHEETS if kind is not RECEIPTS]
    assert book.sheetnames == [cycle.context.language.say("收件", "receipts"), *names, LISTS]
    assert [cell.value for cell in book.worksheets[0][1]][2:] == [
        field.name(cycle.context.language) for field in RECEIPTS.fields[2:]
    ]
    assert [sheet.sheet_view.tabSelected for sheet in book.worksheets].count(True) <= 1, (
        "else all are typed into at once"
    )
    assert lint(cycle.settings.register) == []
    assert cycle.complete_register() == ()
    assert len(list(cycle.settings.history.iterdir())) == 1


def test_added_sheets_look_like_made_ones(cycle: Cycle, tmp_path: Path) -> None:
    kit.register(cycle, {"A.xlsx": "2018-07-05 09:12"})
    complete(cycle, *PROPOSALS, whole=True)
    make_register(tmp_path / "made.xlsx", cycle.context, cycle.settings)
    name = name_of(cycle, "amendments")
    made, added = (load_workbook(path)[name] for path in (tmp_path / "made.xlsx", cycle.settings.register))
    for cell in ("A1", "A2", "A3", "L3"):
        assert made[cell].value == added[cell].value
        for look in ("fill", "border", "alignment", "number_format"):
            assert repr(getattr(made[cell], look)) == repr(getattr(added[cell], look))
        assert (made[cell].font.name, made[cell].font.size, made[cell].font.bold) == (
            added[cell].font.name,
            added[cell].font.size,
            added[cell].font.bold,
        )
    assert len(made.data_validations.dataValidation) == len(added.data_validations.dataValidation)
    assert made.print_title_rows == added.print_title_rows == "$3:$3"


@pytest.mark.parametrize("text", AWKWARD)
def test_text_is_never_a_formula(cycle: Cycle, text: str) -> None:
    kit.register(cycle, {"A.xlsx": "2018-07-05 09:12"})
    complete(cycle, amend(new="x"))
    complete(cycle, amend(new=text))
    cell = load_workbook(cycle.settings.register)[name_of(cycle, "amendments")]["E5"]
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert cell.number_format == "@"
    shown = text.replace("\x07", "\ufffd")
    sheet = next(sheet for sheet in read_book(cycle.settings.register).sheets if sheet.name == cell.parent.title)
    found = sheet.cell(4, 4)
    assert found is not None
    assert (found.value, found.formula) == (shown, None)
    assert lint(cycle.settings.register) == []


@pytest.fixture(scope="module")
def one_cycle(tmp_path_factory: pytest.TempPathFactory) -> Cycle:
    return kit.make_cycle(tmp_path_factory.mktemp("book") / "cycle", Language.ZH)


WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp", "Cn", "Co"]), min_size=1)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=WORDS, new=WORDS, number=st.floats(-1e12, 1e12), day=st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)))
def test_what_is_written_is_what_is_read(one_cycle: Cycle, old: str, new: str, number: float, day: dt.date) -> None:
    one_cycle.settings.register.unlink(missing_ok=True)
    proposals = [
        amend(old=old, new=new),
        amend("actual", float(f"{number:.12g}"), None),
        amend("completed_on", None, day),
    ]
    complete(one_cycle, *proposals[:1])
    complete(one_cycle, *proposals[1:])
    wanted = [content(one) for one in proposals if one.old is not None or one.new is not None]
    assert written(one_cycle) == wanted


def test_new_rows_look_like_the_one_above(cycle: Cycle) -> None:
    complete(cycle, amend())
    book = load_workbook(cycle.settings.register)
    sheet = book[name_of(cycle, "amendments")]
    for cell in sheet[4]:
        cell.font, cell.fill = Font(name="楷体", size=13), PatternFill("solid", fgColor="FFFF00")
    book.save(cycle.settings.register)
    complete(cycle, amend(new="again"), amend("actual", 1, 2))
    sheet = load_workbook(cycle.settings.register)[name_of(cycle, "amendments")]
    for row in (5, 6):
        for column in (1, 2, 3, 4, 5, 11, 12):
            cell = sheet.cell(row, column)
            assert (cell.font.name, cell.font.size, cell.fill.fgColor.rgb) == ("楷体", 13, "00FFFF00")
    assert sheet["E6"].number_format == "General"


# --- hers stays hers --------------------------------------------------------------------------------------------------


def png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\1\2\3")) + chunk(b"IEND", b"")
    )


def rich(cycle: Cycle) -> None:
    """A register as an ambitious person keeps it: charts, pictures, formulas, colours, rules, names, macros."""
    language = cycle.context.language
    picture = cycle.settings.folder / "logo.png"
    picture.write_bytes(png())
    book = Writer(str(cycle.settings.register))
    own = book.add_worksheet("我的 统计")
    own.write_row("A1", ["月份", "件数"])
    own.write_row("A2", ["6月", 12])
    own.write_formula("B3", "=SUM(B2:B2)*2", None, 24)
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "='我的 统计'!$B$2:$B$3"})
    own.insert_chart("D2", chart)
    own.insert_image("D20", str(picture))
    own.insert_textbox("H2", "记得催")
    own.add_sparkline("C2", {"range": "'我的 统计'!B2:B3"})
    sheet = book.add_worksheet(AMENDMENTS.name(language))
    bold = book.add_format({"bold": True, "bg_color": "#FFD966"})
    heads = [field.name(language) for field in AMENDMENTS.fields]
    sheet.write_row(1, 0, ["我加的列", *reversed(heads)], bold)
    row = {"department": "B", "goal": "4", "column": "progress", "from": "a", "to": "b", "state": "已采用"}
    filled = {**row, "authority": "doc", "approved_by": "Li"}
    sheet.write(2, 0, "note")
    for place, field in enumerate(reversed(AMENDMENTS.fields), 1):
        if field.key == "department":
            sheet.write_formula(2, place, '="B"', None, "B")
        else:
            sheet.write(2, place, filled.get(field.key, ""), book.add_format({"font_color": "red"}))
    sheet.set_column(0, 0, 33, None, {"level": 1})
    sheet.set_row(2, 41)
    sheet.write_comment("B2", "谁写的？")
    sheet.data_validation("C3:C99", {"validate": "list", "source": "='我的 统计'!$A$2:$A$3"})
    sheet.conditional_format("A3:M99", {"type": "data_bar", "data_bar_2010": True})
    sheet.conditional_format("A3:M99", {"type": "formula", "criteria": "=$A3=1", "format": bold})
    sheet.autofilter("A2:M3")
    sheet.merge_range("A4:B5", "merged below")
    sheet.freeze_panes(2, 1)
    sheet.protect()
    book.define_name("我的名字", "='我的 统计'!$B$2")
    vba = cycle.settings.folder / "vba.bin"
    vba.write_bytes(b"macros")
    book.add_vba_project(str(vba))
    book.close()


def test_only_the_sheet_and_the_looks_change(cycle: Cycle) -> None:
    rich(cycle)
    before = members(cycle.settings.register)
    complete(cycle, *PROPOSALS)
    after = members(cycle.settings.register)
    assert list(before) == list(after), "the same parts in the same order"
    assert {name for name in before if before[name] != after[name]} == {"xl/worksheets/sheet2.xml", "xl/styles.xml"}
    grown = after["xl/worksheets/sheet2.xml"].decode()
    grown = re.sub(r'<row r="(?:[6-9]|1\d)".*?</row>', "", grown)
    dimension = re.compile("<dimension [^>]*>")
    assert grown == dimension.sub("", before["xl/worksheets/sheet2.xml"].decode())
    found = load(cycle)
    assert found.amendments[0].department == "B", "the result of her formula still counts"
    assert [content(one) for one in found.amendments[1:]] == [content(one) for one in PROPOSALS]
    assert found.amendments[1].place.row == 6, "not into the cells that she merged"
    assert lint(cycle.settings.register) == []


def test_adding_sheets_leaves_hers(cycle: Cycle) -> None:
    rich(cycle)
    before = members(cycle.settings.register)
    complete(cycle, whole=True)
    after = members(cycle.settings.register)
    changed = {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml", "xl/styles.xml"}
    assert {name for name in before if before[name] != after[name]} == changed
    book = load_workbook(cycle.settings.register, read_only=True)
    assert {"我的名字", "register_departments"} <= set(book.defined_names)
    assert book.sheetnames[:2] == ["我的 统计", AMENDMENTS.name(cycle.context.language)]
    book.close()
    assert lint(cycle.settings.register) == []


def test_no_choice_is_cut_in_two() -> None:
    """A list typed into a cell's rule is cut at commas, and may hold 255 signs."""
    for field in (field for kind in SHEETS for field in kind.fields):
        for words in zip(*field.words, strict=True):
            assert not any("," in word for word in words), field.key
            assert len(",".join(words)) <= 255


TYPED = {
    "receipts": {"A": "A.xlsx", "B": "2018-07-04 10:00"},
    "reviews": {"D": "Li", "E": "2018-07-06"},
    "amendments": {"B": "1", "C": "", "D": "旧", "E": "新", "H": "7", "I": "Li"},
    "extensions": {"B": "2018-07-10", "C": "Order 5"},
    "waivers": {"B": "all", "C": "R101", "D": "Told in person.", "E": "Li"},
    "credits": {"B": "1", "C": "Innovation", "D": "A new way", "E": "Order 6", "F": "2", "G": "1", "H": "Li"},
    "closing": {"A": "2018-07-20", "B": "Li"},
}


@pytest.mark.office
def test_what_is_chosen_from_the_lists_in_libreoffice_holds(cycle: Cycle, office: Office) -> None:
    """Every list offers what the reader takes, before the program has saved them and after."""
    target, name = cycle.settings.register, cycle.context.plan.by_code["A"].name
    make_register(target, cycle.context, cycle.settings)
    for row in (4, 5):
        with office.open(target) as book:
            for kind in SHEETS:
                choose_row(book, kind, row, cycle, name)
            assert book.get(name_of(cycle, "extensions"), f"B{row}").text == "2018-07-10", "shown as it was typed"
            book.do("save_as", str(target.with_name("saved.xlsx")))
        target.with_name("saved.xlsx").replace(target)
    found = load(cycle)
    assert found.remarks == ()
    kinds = found.reviews, found.amendments, found.extensions, found.papers, found.waivers, found.closings
    assert [len(one) for one in (*kinds, found.credits)] == [2] * 7
    assert [one.until.day for one in found.extensions] == [10, 10]


def choose_row(book: Book, kind: RegisterSheet, row: int, cycle: Cycle, department: str) -> None:
    """A row of a sheet, chosen from the lists where there are any, else typed."""
    language = cycle.context.language
    sheet, typed = kind.name(language), TYPED.get(kind.key, {})
    for place, field in enumerate(kind.fields):
        column = chr(ord("A") + place)
        offered = book.do("offered", sheet, f"{column}{row}")
        assert bool(offered) == bool(field.offer or field.words), (sheet, field.key)
        if field.words:
            assert offered == [language.say(*words) for words in field.words]
        text = {"department": department, "column": cycle.context.template.main.by_key["progress"].header}.get(
            field.key
        )
        text = text or typed.get(column, "")
        if field.key == "goal" and kind not in (AMENDMENTS, CREDITS):
            text = language.say("全部", "all")
        if offered:
            book.do("choose", sheet, f"{column}{row}", text or offered[-1])
        elif text:
            book.do("type", sheet, f"{column}{row}", text)


@pytest.mark.office
def test_a_register_saved_by_libreoffice_is_added_to(cycle: Cycle, office: Office) -> None:
    complete(cycle, *PROPOSALS[:1])
    target = cycle.settings.register
    with office.open(target) as book:
        book.do("save_as", str(target.with_name("saved.xlsx")))
    target.with_name("saved.xlsx").replace(target)
    complete(cycle, *PROPOSALS[1:])
    assert written(cycle) == [content(one) for one in PROPOSALS]
    with office.open(target) as book:
        name = name_of(cycle, "amendments")
        assert book.get(name, "E4").text == "=cmd"
        assert book.get(name, "E4").kind == "TEXT"
        assert book.get(name, "E5").value == 7.25
        book.do("save_as", str(target.with_name("again.xlsx")))
    target.with_name("again.xlsx").replace(target)
    assert written(cycle) == [content(one) for one in PROPOSALS]


# --- other hands' files -----------------------------------------------------------------------------------------------

MAIN = f'xmlns:x="{kit.MAIN}"'


def hand_made(cycle: Cycle, rows: str, *, prefix: bool = False, encoding: str = "UTF-8") -> None:
    """A register whose sheet of amendments is spelt as another program would."""
    complete(cycle, amend())
    body = f'<worksheet xmlns="{kit.MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    if prefix:
        body = re.sub(r"<(/?)(?=\w)", r"<\1x:", body).replace("xmlns=", "xmlns:x=")
    number = SHEETS.index(AMENDMENTS) + 1
    part = members(cycle.settings.register)
    part[f"xl/worksheets/sheet{number}.xml"] = f'<?xml version="1.0" encoding="{encoding}"?>{body}'.encode(encoding)
    with zipfile.ZipFile(cycle.settings.register, "w") as archive:
        for name, content_ in part.items():
            archive.writestr(name, content_)


HEADS = "".join(f'<c t="inlineStr"><is><t>{field.names[1]}</t></is></c>' for field in AMENDMENTS.fields)


@pytest.mark.parametrize("prefix", [False, True])
@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1", "US-ASCII"])
def test_rows_and_cells_without_addresses(cycle: Cycle, prefix: bool, encoding: str) -> None:
    hand_made(cycle, f'<row>{HEADS}</row><row r="2" spans="1:2"/><row r="9"/>', prefix=prefix, encoding=encoding)
    complete(cycle, *PROPOSALS)
    assert written(cycle) == [content(one) for one in PROPOSALS]
    assert [one.place.row for one in load(cycle).amendments] == [2, 3, 4, 5, 6, 7]
    text = members(cycle.settings.register)[f"xl/worksheets/sheet{SHEETS.index(AMENDMENTS) + 1}.xml"].decode(encoding)
    assert "spans" not in text
    assert re.findall(r'row r="(\d+)"', text) == ["2", "3", "4", "5", "6", "7", "9"]


def test_cells_that_have_a_look_but_nothing_in_them_are_used(cycle: Cycle) -> None:
    cells = "".join(f'<c r="{letter}2" s="1"/>' for letter in "ABCDEFGHIJKLMN")
    hand_made(cycle, f'<row>{HEADS}</row><row r="2">{cells}</row>')
    complete(cycle, amend())
    assert written(cycle) == [content(amend())]
    text = members(cycle.settings.register)[f"xl/worksheets/sheet{SHEETS.index(AMENDMENTS) + 1}.xml"].decode()
    assert len(re.findall(r'<c r="\w+2"', text)) == 14


@pytest.mark.parametrize("encoding", ["UTF-16"])
def test_a_register_in_an_unusual_encoding_is_refused_untouched(cycle: Cycle, encoding: str) -> None:
    hand_made(cycle, f"<row>{HEADS}</row>", encoding=encoding)
    before = cycle.settings.register.read_bytes()
    with pytest.raises(CycleError, match=r"register\.xlsx"):
        complete(cycle, amend())
    assert cycle.settings.register.read_bytes() == before
    assert [path.name for path in cycle.settings.folder.iterdir() if path.name.startswith(".")] == []


def test_an_empty_sheet_gets_its_headings(cycle: Cycle) -> None:
    book = Workbook()
    book.worksheets[0].title = "更正 amendments"
    book.save(cycle.settings.register)
    complete(cycle, *PROPOSALS)
    assert written(cycle) == [content(one) for one in PROPOSALS]


def test_missing_headings_are_added_at_the_right(cycle: Cycle) -> None:
    book = Workbook()
    book.worksheets[0].title = "更正"
    for row in (["单位", "编号", "列", "原值", "改为", "我的"], ["A", "1", "progress", "x", "y", "z"]):
        book.worksheets[0].append(row)
    book.save(cycle.settings.register)
    remarks = complete(cycle, amend())
    assert any("更正: " in remark for remark in remarks)
    sheet = load_workbook(cycle.settings.register).worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    assert heads[:6] == ["单位", "编号", "列", "原值", "改为", "我的"]
    assert heads[6:] == [field.name(cycle.context.language) for field in AMENDMENTS.fields[5:]]
    assert sheet["F2"].value == "z"
    assert len(written(cycle)) == 2


def test_a_deleted_heading_must_be_restored_by_a_person(cycle: Cycle) -> None:
    """A new one elsewhere would leave her cells without."""
    book = Workbook()
    book.worksheets[0].title = "更正"
    heads = ["单位", "编号", "列", "原值", "改为", None]
    for row in (heads, ["A", "1", "progress", "x", "y", "仅公开稿"]):
        book.worksheets[0].append(row)
    book.save(cycle.settings.register)
    before = cycle.settings.register.read_bytes()
    with pytest.raises(CycleError, match="F1"):
        complete(cycle, amend())
    assert cycle.settings.register.read_bytes() == before
    remarks = complete(cycle, whole=True)
    assert any("F1" in remark for remark in remarks)
    assert load_workbook(cycle.settings.register)["更正"]["G1"].value is None


# --- versions ---------------------------------------------------------------------------------------------------------


def test_versions_are_filled_in_where_the_reviews_stand(cycle: Cycle) -> None:
    name = REVIEWS.name(cycle.context.language)
    rows = [{"department": "A", "version": text, "verdict": "通过"} for text in (None, "2", None)]
    make_register(cycle.settings.register, cycle.context, cycle.settings, {"reviews": rows})
    labels = {Place(name, 4): "第1版 3fa9c12b", Place(name, 5): "第9版", Place("elsewhere", 4): "x"}
    (said,) = complete(cycle, labels=labels, own=[digest(cycle.settings.register)])
    assert "2" in said
    assert [one.version for one in load(cycle).reviews] == ["第1版 3fa9c12b", "第9版", ""]
    assert lint(cycle.settings.register) == []


def test_a_missing_column_of_versions_is_added(cycle: Cycle) -> None:
    book = Workbook()
    book.worksheets[0].title = "审核"
    for row in (["单位", "结论", "日期"], ["A", "通过"], ["B", "通过"]):
        book.worksheets[0].append(row)
    book.save(cycle.settings.register)
    complete(cycle, labels={Place("审核", 3): "第1版"})
    assert [one.version for one in load(cycle).reviews] == ["", "第1版"]
    assert load(cycle).remarks == ()


def test_a_formula_in_place_of_a_version_stays(cycle: Cycle) -> None:
    book = Workbook()
    book.worksheets[0].title = "审核"
    for row in (["单位", "结论", "版次"], ["A", "通过", '=""']):
        book.worksheets[0].append(row)
    book.save(cycle.settings.register)
    before = cycle.settings.register.read_bytes()
    complete(cycle, labels={Place("审核", 2): "第1版"})
    assert cycle.settings.register.read_bytes() == before


# --- safety -----------------------------------------------------------------------------------------------------------


def test_a_register_that_a_person_changed_is_kept_once(cycle: Cycle) -> None:
    kit.register(cycle, {"A.xlsx": "2018-07-05 09:12"})
    hers = cycle.settings.register.read_bytes()
    remarks = complete(cycle, amend())
    (kept,) = cycle.settings.history.iterdir()
    assert kept.read_bytes() == hers
    assert any(kept.name in remark for remark in remarks)
    complete(cycle, amend(new="again"), own=[digest(cycle.settings.register)])
    assert len(list(cycle.settings.history.iterdir())) == 1


@pytest.mark.parametrize("lock", ["~$register.xlsx", ".~lock.register.xlsx#"])
def test_one_that_is_open_elsewhere_is_left(cycle: Cycle, lock: str) -> None:
    kit.register(cycle, {"A.xlsx": "2018-07-05 09:12"})
    (cycle.settings.folder / lock).write_text("x")
    before = cycle.settings.register.read_bytes()
    assert complete(cycle) == ()
    with pytest.raises(CycleError, match=r"register\.xlsx"):
        complete(cycle, amend())
    assert cycle.settings.register.read_bytes() == before
    assert not cycle.settings.history.exists()


def test_one_that_cannot_be_opened_is_left(cycle: Cycle) -> None:
    cycle.settings.register.write_bytes(b"PK\x03\x04 no workbook")
    with pytest.raises(CycleError, match=r"register\.xlsx"):
        complete(cycle, amend())
    assert cycle.settings.register.read_bytes() == b"PK\x03\x04 no workbook"


@pytest.mark.parametrize("there", [False, True])
def test_the_finished_file_is_heard_of_before_it_takes_its_place(cycle: Cycle, there: bool) -> None:
    if there:
        kit.register(cycle, {"A.xlsx": "2018-07-05 09:12"})
    home, heard = cycle.settings, []

    def before(finished: Path) -> None:
        heard.append(digest(finished))
        assert not home.register.exists() or digest(home.register) != heard[0]

    complete_register(home, cycle.context, [amend()], {}, wrote=lambda _: True, before=before)
    assert heard == [digest(home.register)]


def refused_or_added_to(cycle: Cycle) -> None:
    """Nothing but a CycleError comes out, and then not a byte has changed and nothing lies about."""
    before = cycle.settings.register.read_bytes()
    try:
        complete(cycle, amend())
    except CycleError:
        assert cycle.settings.register.read_bytes() == before
    else:
        assert [content(one) for one in load(cycle).amendments] == [content(amend())]
    assert [path.name for path in cycle.settings.folder.iterdir() if path.name.startswith(".")] == []


def spoilt(body: bytes, data: st.DataObject) -> bytes:
    """Some bytes exchanged."""
    changed = bytearray(body)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[int(data.draw(st.floats(0, 1)) * (len(changed) - 1))] = data.draw(st.integers(0, 255))
    return bytes(changed)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_registers_with_a_damaged_part(one_cycle: Cycle, data: st.DataObject) -> None:
    kit.register(one_cycle, {"A.xlsx": "2018-07-05 09:12"})
    parts = members(one_cycle.settings.register)
    name = data.draw(st.sampled_from(sorted(parts)))
    parts[name] = spoilt(parts[name], data)
    with zipfile.ZipFile(one_cycle.settings.register, "w") as archive:
        for part, body in parts.items():
            archive.writestr(part, body)
    refused_or_added_to(one_cycle)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_registers(one_cycle: Cycle, data: st.DataObject) -> None:
    kit.register(one_cycle, {"A.xlsx": "2018-07-05 09:12"})
    one_cycle.settings.register.write_bytes(spoilt(one_cycle.settings.register.read_bytes(), data))
    refused_or_added_to(one_cycle)


@pytest.mark.parametrize("part", ["[Content_Types].xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"])
def test_a_register_that_lacks_a_part_is_left(cycle: Cycle, part: str) -> None:
    kit.register(cycle, {"A.xlsx": "2018-07-05 09:12"})
    parts = members(cycle.settings.register)
    del parts[part]
    with zipfile.ZipFile(cycle.settings.register, "w") as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    with pytest.raises(CycleError, match=r"register\.xlsx"):
        complete(cycle, amend())
    refused_or_added_to(cycle)


def test_a_picture_that_is_damaged_stops_the_writing(cycle: Cycle) -> None:
    """Its part is not read, only copied."""
    kit.register(cycle, {"A.xlsx": "2018-07-05 09:12"})
    with zipfile.ZipFile(cycle.settings.register, "a") as archive:
        archive.writestr("xl/media/image1.png", b"picture" * 99, zipfile.ZIP_STORED)
    body = cycle.settings.register.read_bytes()
    cycle.settings.register.write_bytes(body.replace(b"picturepicture", b"picturePICTURE", 1))
    with pytest.raises(CycleError, match=r"register\.xlsx"):
        complete(cycle, amend())
    refused_or_added_to(cycle)
