"""How returns really come back: each line of docs/what-happens-if.md as something done to a cycle's inbox."""

from __future__ import annotations

import io
import random
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import harmless
import returns_kit as kit
from hostile import MAIN as TRANSITIONAL
from hostile import RELATIONS as TRANSITIONAL_RELATIONS
from hostile import STRICT_MAIN, STRICT_RELATIONS, compound, members_of, pack, workbook
from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet
from other_formats import versions_of
from pages import Layout, opened

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import Progress, Scalar
from kpi_xlsx.passwords import READ_ONLY

Deed = Callable[[Cycle], object]
Cells = frozenset[tuple[str, str]]
NOTHING: Cells = frozenset()
PAGE = "xl/worksheets/sheet1.xml"


@dataclass(frozen=True)
class Case:
    """What lies in the inbox, and which of A's answers are not those of the good form any more."""

    act: Deed
    changed: Cells = NOTHING


def typed(goal: str, column: str, value: Scalar | None) -> Case:
    """The good form, with one cell typed otherwise."""
    return Case(lambda cycle: kit.fill(cycle, "A", kit.inbox(cycle), {goal: {column: value}}), cells((goal, column)))


def spelt(goal: str, column: str, value: Scalar) -> Case:
    """The good form, with one answer written in another way that means the same."""
    return replace(typed(goal, column, value), changed=NOTHING)


def cells(*places: tuple[str, str]) -> Cells:
    return frozenset(places)


def row(goal: str) -> Cells:
    """All answers of the good form to a goal; only goal 1 is completed."""
    columns = ("progress", "status", "actual", "data_as_of", *(["completed_on"] if goal == "1" else []))
    return frozenset((goal, column) for column in columns)


def handled(*changes: harmless.Change) -> Deed:
    """The good form after changes that a person made to it."""

    def act(cycle: Cycle) -> None:
        path = kit.send(cycle)
        with opened(path, Layout.of(path), cycle.context.language, random.Random(1)) as page:
            for change in changes:
                change(page)

    return act


def patched(part: str, change: Callable[[str], str]) -> Deed:
    return lambda cycle: kit.patch(kit.send(cycle), part, change)


def lying(name: str, body: bytes) -> Deed:
    """A file of another kind."""
    return lambda cycle: kit.inbox(cycle, name).write_bytes(body)


# --- files ------------------------------------------------------------------------------------------------------------


def good_body(cycle: Cycle) -> bytes:
    path = kit.send(cycle)
    body = path.read_bytes()
    path.unlink()
    return body


def under_another_suffix(cycle: Cycle) -> None:
    kit.send(cycle).rename(kit.inbox(cycle, "A.pdf"))


def in_format(suffix: str) -> Deed:
    def act(cycle: Cycle) -> None:
        path = kit.send(cycle)
        found = {name.rpartition(".")[2]: body for name, body in versions_of(path)}
        path.unlink()
        kit.inbox(cycle, f"A.{suffix}").write_bytes(found["xls" if suffix == "et" else suffix])

    return act


def as_strict(cycle: Cycle) -> None:
    path = kit.send(cycle)
    swaps = {TRANSITIONAL: STRICT_MAIN, TRANSITIONAL_RELATIONS: STRICT_RELATIONS}
    made = {}
    for name, body in members_of(path.read_bytes()).items():
        text = body.decode()
        for old, new in swaps.items():
            text = text.replace(old, new)
        made[name] = text.encode()
    path.write_bytes(pack(made))


def locked(password: str) -> Deed:
    def act(cycle: Cycle) -> None:
        path, target = kit.send(cycle), io.BytesIO()
        OOXMLFile(io.BytesIO(path.read_bytes())).encrypt(password, target)
        path.write_bytes(target.getvalue())

    return act


def as_letter(cycle: Cycle) -> None:
    heads = "".join(f"<w:t>{column.header}</w:t>" for column in cycle.context.template.main.form_columns)
    kit.inbox(cycle, "A.docx").write_bytes(pack({"word/document.xml": f"<w:x xmlns:w='w'>{heads}</w:x>"}))


def system_files(cycle: Cycle) -> None:
    for name in ("~$A.xlsx", "._A.xlsx", ".~lock.A.xlsx#", "Thumbs.db", "desktop.ini", ".DS_Store"):
        kit.inbox(cycle, name).write_bytes(b"x")


def bundled(name: bytes) -> Deed:
    """The form in a zip, under a name in raw bytes without the mark of UTF-8."""

    def act(cycle: Cycle) -> None:
        plain = "x" * len(name)
        body = pack({plain: good_body(cycle)})
        kit.inbox(cycle, "a.zip").write_bytes(body.replace(plain.encode(), name))

    return act


def nested(cycle: Cycle) -> None:
    kit.inbox(cycle, "a.zip").write_bytes(pack({"b.zip": pack({"A.xlsx": good_body(cycle)})}))


def companions(cycle: Cycle) -> None:
    folder = kit.inbox(cycle, cycle.context.plan.by_code["A"].name)
    folder.mkdir()
    letter = pack({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w:x xmlns:w='w'/>"})
    for name, body in {"scan.pdf": b"%PDF-1.7", "photo.jpg": b"\xff\xd8\xff\xe0", "letter.docx": letter}.items():
        (folder / name).write_bytes(body)
    (folder / "批文.ofd").write_bytes(pack({"OFD.xml": "<x/>"}))
    (folder / "说明.txt").write_text("请查收", "gb18030")


def under_two_names(cycle: Cycle) -> None:
    shutil.copy(kit.send(cycle), kit.inbox(cycle, "A-again.xlsx"))


def in_two_files(cycle: Cycle) -> None:
    """One colleague filled in goal 1, another the rest."""
    kit.fill(cycle, "A", kit.inbox(cycle, "A1.xlsx"), {goal: kit.blank_row(cycle) for goal in ("2", "3")})
    kit.fill(cycle, "A", kit.inbox(cycle, "A2.xlsx"), {"1": kit.blank_row(cycle)})


def paste(path: Path, sheet: Worksheet, below: int) -> None:
    """The values of a form's fill sheet, into another sheet below this many rows."""
    for line in load_workbook(path).worksheets[0].iter_rows():
        for cell in line:
            if isinstance(cell, Cell) and cell.value is not None:
                sheet.cell(below + cell.row, cell.column).value = cell.value


def forms_in_one_workbook(cycle: Cycle) -> None:
    path, other = kit.send(cycle), kit.inbox(cycle, "B.xlsx")
    book = load_workbook(path)
    paste(other, book.create_sheet("B", 0), 0)
    book.save(path)
    other.unlink()


def one_below_the_other(cycle: Cycle) -> None:
    path, other = kit.send(cycle), kit.inbox(cycle, "B.xlsx")
    book = load_workbook(path)
    paste(other, book.worksheets[0], book.worksheets[0].max_row + 2)
    book.save(path)
    other.unlink()


FILES: Mapping[str, Case] = {
    "1.1": Case(kit.send),
    "1.2": Case(under_another_suffix),
    "1.3": Case(in_format("xls")),
    "1.4": Case(in_format("et")),
    "1.5": Case(in_format("ods")),
    "1.6": Case(as_strict),
    "1.7": Case(kit.add_macros),
    "1.8": Case(lying("A.xlsb", pack({"xl/workbook.bin": b"\x83\x01\x00"}))),
    "1.9": Case(kit.send_text),
    "1.10": Case(lying("A.xls", b"<html><body><table></table></body></html>")),
    "1.11": Case(as_letter),
    "1.12": Case(lying("A.xlsx", b"%PDF-1.7")),
    "1.13": Case(locked("geheim")),
    "1.14": Case(locked(READ_ONLY)),
    "1.15": Case(kit.cut_off),
    "1.16": Case(lying("A.xlsx", b"")),
    "1.17": Case(lying("A.xlsx", workbook("<sheetData/>" + " " * (9 * 2**20)))),
    "1.18": Case(patched(PAGE, lambda text: text.replace("<worksheet", "<!DOCTYPE x><worksheet", 1))),
    "1.19": Case(system_files),
    "1.20": Case(bundled("一月（终稿）.xlsx".encode("gbk"))),
    "1.21": Case(nested),
    "1.22": Case(lying("A.rar", b"Rar!\x1a\x07\x01\x00" + bytes(50))),
    "1.23": Case(kit.send_climbing_bundle),
    "1.24": Case(companions),
    "1.25": Case(lying("A.msg", compound("__properties_version1.0"))),
    "1.26": Case(kit.send_another),
    "1.27": Case(kit.send_last_month),
    "1.28": Case(kit.send_stranger),
    "1.29": Case(kit.send_named_after_b),
    "1.30": Case(kit.send_old_template),
    "1.31": Case(kit.send_old_plan),
    "1.32": Case(kit.send_blank, row("1") | row("2") | row("3")),
    "1.33": Case(under_two_names),
    "1.34": Case(in_two_files),
    "1.35": Case(forms_in_one_workbook),
    "1.36": Case(kit.copy_sheet_and_change),
    "1.37": Case(kit.send_late),
    "1.38": Case(kit.send_unsigned),
}


# --- what programs do -------------------------------------------------------------------------------------------------


def with_1904(cycle: Cycle) -> None:
    path = kit.send(cycle)
    book = load_workbook(path)
    book.epoch = CALENDAR_MAC_1904
    book.save(path)


def used_to_the_end(text: str) -> str:
    return text.replace("</sheetData>", '<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>')


def false_dimension(text: str) -> str:
    return re.sub(r'<dimension ref="[^"]*"/>', '<dimension ref="A1:A1"/>', text)


def phonetic(text: str) -> str:
    """Hints of pronunciation beside a text, as Japanese and Chinese input methods leave them."""
    return re.sub(r"(<si>)(<t[^>]*>[^<]*</t>)(</si>)", r'\1\2<rPh sb="0" eb="1"><t>ク</t></rPh>\3', text)


def odd_formats(text: str) -> str:
    return text.replace("<cellXfs ", '<numFmts count="1"><numFmt numFmtId="59" formatCode="t0"/></numFmts><cellXfs ', 1)


def picture_in_cell(cycle: Cycle) -> None:
    kit.type_over(kit.send(cycle), "1", "progress", '=DISPIMG("ID_1",1)')


def never_calculated(cycle: Cycle) -> None:
    kit.type_over(kit.send(cycle), "1", "actual", "=6*2")


def hide_sheet(cycle: Cycle) -> None:
    with kit.edited(kit.send(cycle)) as (sheet, _):
        sheet.sheet_state = "hidden"
        assert sheet.parent is not None
        sheet.parent.active = 1


PROGRAMS: Mapping[str, Case] = {
    "2.1": Case(patched(PAGE, false_dimension)),
    "2.2": Case(patched(PAGE, used_to_the_end)),
    "2.3": Case(patched("xl/styles.xml", odd_formats)),
    "2.4": Case(patched("xl/sharedStrings.xml", phonetic)),
    "2.5": Case(with_1904),
    "2.6": Case(handled(harmless.delete_validations, harmless.delete_conditions, harmless.change_looks)),
    "2.7": Case(handled(harmless.unprotect)),
    "2.8": Case(handled(harmless.copy_alone)),
    "2.9": Case(picture_in_cell, cells(("1", "progress"))),
    "2.10": Case(kit.put_error, cells(("1", "actual"))),
    "2.11": Case(never_calculated, cells(("1", "actual"))),
    "2.12": Case(kit.put_formula),
    "2.13": Case(kit.link_formula),
    "2.14": Case(kit.add_extras),
    "2.15": Case(kit.hide_row),
    "2.16": Case(hide_sheet),
}


# --- what people do to the table --------------------------------------------------------------------------------------


def repeat_headings(cycle: Cycle) -> None:
    with kit.edited(kit.send(cycle)) as (sheet, marks):
        at = marks.rows["2"]
        sheet.insert_rows(at)
        for column in range(1, sheet.max_column + 1):
            sheet.cell(at, column).value = sheet.cell(marks.head, column).value


def double_column(cycle: Cycle) -> None:
    with kit.edited(kit.send(cycle)) as (sheet, marks):
        place = marks.columns["check"] + 1
        for line in range(1, max(marks.rows.values()) + 1):
            sheet.cell(line, place).value = sheet.cell(line, marks.columns["progress"]).value
        sheet.cell(marks.rows["2"], place).value = "quite another answer"


def swap_columns(cycle: Cycle) -> None:
    """Cut and moved with their hidden keys."""
    with kit.edited(kit.send(cycle)) as (sheet, marks):
        for line in range(marks.head - 1, max(marks.rows.values()) + 1):
            left, right = (sheet.cell(line, marks.columns[key]) for key in ("progress", "status"))
            left.value, right.value = right.value, left.value


def reword_heading(cycle: Cycle) -> None:
    with kit.edited(kit.send(cycle)) as (sheet, marks):
        sheet.cell(marks.head, marks.columns["completed_on"]).value = cycle.context.language.say(
            "启动日期", "Started on"
        )


TABLE: Mapping[str, Case] = {
    "3.1": Case(handled(harmless.rename_sheet, harmless.move_sheet)),
    "3.2": Case(handled(harmless.push_down)),
    "3.3": Case(handled(harmless.dress_headings)),
    "3.4": Case(repeat_headings),
    "3.5": Case(handled(harmless.sort_rows_and_marks)),
    "3.6": Case(kit.sort_backwards),
    "3.7": Case(kit.insert_row),
    "3.8": Case(kit.delete_row, row("2")),
    "3.9": Case(kit.double_row),
    "3.10": Case(kit.add_goal),
    "3.11": Case(swap_columns),
    "3.12": Case(kit.delete_status, cells(*((goal, "status") for goal in "123"))),
    "3.13": Case(kit.add_column),
    "3.14": Case(double_column, cells(*((goal, "progress") for goal in "123"))),
    "3.15": Case(kit.renumber, row("1")),
    "3.16": Case(kit.rewrite_requirement),
    "3.17": Case(kit.space_requirement),
    "3.18": Case(kit.merge_categories),
    "3.19": Case(kit.merge_progress, cells(("2", "progress"))),
    "3.20": Case(kit.type_beside),
    "3.21": Case(kit.delete_identity),
    "3.22": Case(kit.alter_identity),
    "3.23": Case(one_below_the_other),
    "3.24": Case(reword_heading),
}


# --- what people type -------------------------------------------------------------------------------------------------


def status_as(change: Callable[[Cycle, str], str], progress: Progress = Progress.ON_TRACK) -> Case:
    """The status of goal 2 as somebody typed it over the list."""

    def act(cycle: Cycle) -> None:
        words = {meaning: choice for choice, meaning in cycle.context.template.progress_of.items()}
        kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"status": change(cycle, words[progress])}})

    return Case(act, cells(("2", "status")))


def near_miss(cycle: Cycle, _: str) -> str:
    return cycle.context.language.say("正常推進", "On trakc")


def opposite(cycle: Cycle, _: str) -> str:
    return cycle.context.language.say("未完成", "Not completed")


def percent_cell(cycle: Cycle) -> None:
    """0.068 in a cell that shows it as 6.8%."""
    with kit.edited(kit.send(cycle)) as (sheet, marks):
        cell = sheet.cell(marks.rows["1"], marks.columns["growth"])
        cell.value, cell.number_format = 0.068, "0.0%"


def status_words(number: int, **more: Scalar | None) -> Case:
    """Goal 1, due in June, with another status."""

    def act(cycle: Cycle) -> None:
        words = cycle.context.template.main.by_key["status"].choices
        kit.fill(cycle, "A", kit.inbox(cycle), {"1": {"status": words[number], **more}})

    return Case(act, cells(("1", "status"), *(("1", key) for key in more)))


def invisible_sign(cycle: Cycle) -> None:
    words = str(kit.good_answers(cycle, "A")["1"]["progress"])
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": {"progress": f"{words[:6]}\u200b{words[6:]}"}})


VALUES: Mapping[str, Case] = {
    "4.1": typed("1", "actual", "１２．５"),
    "4.2": typed("1", "actual", "2000万"),
    "4.3": typed("1", "actual", "约12"),
    "4.4": typed("1", "actual", "10-15"),
    "4.5": typed("1", "growth", "同比下降12.49%"),
    "4.6": Case(percent_cell, cells(("1", "growth"))),
    "4.7": typed("1", "growth", 0.068),
    "4.8": typed("1", "actual", "无"),
    "4.9": typed("1", "progress", "无"),
    "4.10": typed("1", "actual", 0),
    "4.11": typed("1", "progress", None),
    "4.12": spelt("1", "completed_on", "2018.6.15"),
    "4.13": typed("1", "completed_on", "03/04/2018"),
    "4.14": typed("1", "completed_on", "2018-02-30"),
    "4.15": typed("1", "data_as_of", 2018.1),
    "4.16": spelt("1", "data_as_of", "6月"),
    "4.17": replace(status_as(near_miss), changed=NOTHING),
    "4.18": status_as(opposite),
    "4.19": typed("1", "progress", "=1+1 一半以上，按计划推进"),
    "4.20": Case(invisible_sign),
    "4.21": status_words(1, completed_on=None),
    "4.22": status_words(1, completed_on=None, explanation="The tender had to be repeated; signing is in August."),
    "4.23": typed("1", "completed_on", None),
    "4.24": status_words(1),
}


# --- what comes again, and what the office decides --------------------------------------------------------------------


def again_after_the_second(cycle: Cycle) -> None:
    kit.send_twice(cycle)
    copy = kit.inbox(cycle, "A-restored.xlsx")
    shutil.copy(kit.inbox(cycle), copy)
    kit.set_time(copy, "2018-07-05 10:00")


def both_passed(cycle: Cycle) -> None:
    kit.send_after_review(cycle)
    kit.review(cycle, version="A-again.xlsx")


def second_sent_back(cycle: Cycle) -> None:
    kit.send_after_review(cycle)
    kit.review(cycle, "sent back", version="A-again.xlsx")


def newer_than_the_amendment(cycle: Cycle) -> None:
    kit.send_again(cycle, {"1": {"actual": 14}})
    kit.amend(cycle, "actual", 12, 15, "applied")


def waived(cycle: Cycle) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"1": {"progress": None}})
    kit.waive(cycle, "R101", "1")


def late_but_extended(cycle: Cycle) -> None:
    kit.send_late(cycle)
    kit.extend(cycle, "2018-07-10")


def broken_then_good(cycle: Cycle) -> None:
    path = kit.inbox(cycle, f"{cycle.context.plan.by_code['A'].name}.xlsx")
    path.write_bytes(b"PK\x03\x04 cut off")
    kit.set_time(path, "2018-07-02 10:00")
    kit.set_time(kit.send(cycle), "2018-07-03 10:00")


DECIDED: Mapping[str, Case] = {
    "5.1": Case(kit.send_twice, cells(("2", "progress"))),
    "5.2": Case(again_after_the_second, cells(("2", "progress"))),
    "5.3": Case(kit.send_at_one_time),
    "5.4": Case(kit.send_differing_parts, cells(("2", "progress"))),
    "5.5": Case(kit.send_after_review),
    "5.6": Case(kit.repeat_after_review),
    "5.7": Case(both_passed, cells(("2", "progress"))),
    "5.8": Case(second_sent_back),
    "5.9": Case(kit.amend_the_answer),
    "5.10": Case(newer_than_the_amendment, cells(("1", "actual"))),
    "5.11": Case(waived, cells(("1", "progress"))),
    "5.12": Case(late_but_extended),
    "5.13": Case(broken_then_good),
    "5.14": Case(kit.send_contradicting_support, cells(("2", "status"), ("2", "completed_on"))),
}

# --- beside the periods before, and other departments -----------------------------------------------------------------


def both_anew(act: Deed) -> Deed:
    """After a deed that changes template or plan B's good form has to be made anew, too."""

    def deed(cycle: Cycle) -> None:
        act(cycle)
        changed = Cycle.load(cycle.settings.folder, cycle.context.language)
        kit.fill(changed, "B", kit.inbox(cycle, "B.xlsx"))

    return deed


YEAR: Mapping[str, Case] = {
    "6.1": Case(both_anew(kit.send_same_words), cells(("2", "progress"))),
    "6.2": Case(both_anew(kit.send_new_words), cells(("2", "progress"))),
    "6.3": Case(both_anew(kit.send_undone)),
    "6.4": Case(both_anew(kit.send_less), cells(("2", "total"))),
    "6.5": Case(both_anew(kit.send_wrong_sum), cells(("2", "total"), ("2", "month"))),
    "6.6": Case(both_anew(kit.send_jump), cells(("2", "actual"))),
    "6.7": Case(kit.send_common_words),
    "6.8": Case(both_anew(kit.send_old_words_of_another), cells(("2", "progress"))),
    "6.9": Case(kit.change_what_was_settled, cells(("1", "progress"))),
    "6.10": Case(kit.settle_last_month, cells(("1", "progress"))),
    "6.11": Case(both_anew(kit.type_into_closed_column), row("4")),
    "6.12": Case(kit.send_portion, row("3")),
    "6.13": Case(kit.send_without_targets),
}
_PROGRESS = cells(("2", "progress"), ("2", "actual"))
TARGETS: Mapping[str, Case] = {
    "7.1": Case(
        kit.against_targets(
            "2",
            actual=5,
            progress=(
                "已改造学校5所，公共图书馆5月开放。",
                "5 schools refurbished, the public library opened.",
            ),
        ),
        _PROGRESS,
    ),
    "7.2": Case(
        kit.against_targets(
            "2",
            actual=167,
            progress=(
                "共改造过学校167所，公共图书馆开放。",
                "There are 167 schools refurbished; the public library opened.",
            ),
        ),
        _PROGRESS,
    ),
    "7.3": Case(
        kit.against_targets(
            "2",
            data_as_of=None,
            progress=(
                "1—5月改造学校8所，公共图书馆开放。",
                "January to May: 8 schools refurbished, a library opened.",
            ),
        ),
        _PROGRESS | cells(("2", "data_as_of")),
    ),
    "7.4": Case(kit.against_targets("3", actual="4 km"), _PROGRESS | cells(("3", "actual"))),
    "7.5": Case(kit.against_targets("2", actual=9), _PROGRESS),
    "7.6": Case(
        kit.against_targets(
            "3",
            actual=12.49,
            progress=("绿化面积同比下降12.49%，正在补种。", "The green area fell by 12.49%; it is being planted anew."),
        ),
        _PROGRESS | cells(("3", "progress"), ("3", "actual")),
    ),
    "7.7": Case(
        kit.against_targets("2", progress=("到6月底已改造学校8所。", "By the end of June 8 schools were refurbished.")),
        _PROGRESS,
    ),
    "7.8": Case(
        kit.against_targets("1", actual=9),
        _PROGRESS | cells(("1", "actual")),
    ),
}

CASES: Mapping[str, Case] = {**FILES, **PROGRAMS, **TABLE, **VALUES, **DECIDED, **YEAR, **TARGETS}
