"""Forms as offices have them, each of another layout, made with a library that the program does not read with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

YELLOW, GREY = PatternFill("solid", "FFFFF2CC"), PatternFill("solid", "FFD9D9D9")
_LINE = Border(Side("thin"), Side("thin"), Side("thin"), Side("thin"))
_MIDDLE = Alignment("center", "center", wrap_text=True)


def _start(name: str, widths: Sequence[float]) -> tuple[Workbook, Worksheet]:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = name
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    return book, sheet


def _table(sheet: Worksheet, top: int, rows: Iterable[Sequence[Any]]) -> None:
    for number, texts in enumerate(rows, top):
        for column, text in enumerate(texts, 1):
            cell = sheet.cell(number, column, text)
            cell.border, cell.alignment = _LINE, _MIDDLE


def _title(sheet: Worksheet, text: str, across: str) -> None:
    sheet["A1"] = text
    sheet["A1"].font, sheet["A1"].alignment = Font("黑体", 18), _MIDDLE
    sheet.merge_cells(across)


def county(path: Path) -> Path:
    """示例县: one line of headings, numbers that begin anew in each part, parts over the whole width, no lists."""
    book, sheet = _start("督查台账", [6, 22, 34, 14, 12, 40, 26, 12])
    _title(sheet, "示例县2018年1-6月重点工作进展情况表", "A1:H1")
    sheet["A2"], sheet["G2"] = "填报单位（盖章）：", "填报日期：    年  月  日"
    sheet.merge_cells("A2:D2")
    head: Sequence[Any] = [
        "序号",
        "重点工作",
        "工作内容",
        "责任单位",
        "完成时限",
        "进展情况",
        "存在问题及\n下步打算",
        "备  注",
    ]
    rows: list[Sequence[Any]] = [
        head,
        ["一、城市建设"],
        [1, "滨河路改造", "改造道路 2 公里", "住建局", "9月底", None, None, None],
        [2, "老旧小区", "改造 12 个小区", "住建局", "12月底", None, None, None],
        ["二、民生实事"],
        [1, "社区食堂", "建成 5 处", "民政局", "10月底", None, None, None],
    ]
    _table(sheet, 3, rows)
    for row in (4, 7):
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=8)
    sheet["A10"] = "单位负责人：　　　　　　审核人：　　　　　　填报人：　　　　　　联系电话："
    sheet.merge_cells("A10:H10")
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    book.save(path)
    return path


def two_levels(path: Path) -> Path:
    """示例市: two lines of headings, yellow cells to be filled in, a list on a hidden sheet, notes below."""
    book, sheet = _start("指标完成情况", [8, 10, 20, 10, 12, 12, 12, 12, 14, 30])
    sheet["A1"] = "附件2"
    sheet["A2"] = "XX局20__年__月主要指标完成情况统计表"
    sheet.merge_cells("A2:J2")
    sheet["A3"], sheet["I3"] = "报送单位：", "单位：亿元、%"
    upper: Sequence[Any] = [
        "编号",
        "类别",
        "指标名称",
        "年度目标值",
        "完成值",
        None,
        "增速（%）",
        "完成率",
        "完成状态",
        "情况说明",
    ]
    lower: Sequence[Any] = [None, None, None, None, "本月", "累计", None, None, None, None]
    given: list[Sequence[Any]] = [
        ["JR-01", "存贷款", "存款余额", 4500, None, None, None, "=F7/D7", None, None],
        ["JR-02", None, "贷款余额", 3900, None, None, None, "=F8/D8", None, None],
        ["JR-03", "上市", "新增上市公司", 15, None, None, None, "=F9/D9", None, None],
    ]
    _table(sheet, 4, [upper, lower, ["甲", "乙", "丙", 1, 2, 3, 4, 5, 6, 7], *given])
    for area in ("E4:F4", "B7:B8", *(f"{letter}4:{letter}5" for letter in "ABCDGHIJ")):
        sheet.merge_cells(area)
    words = book.create_sheet("选项")
    for row, word in enumerate(("已完成", "推进中", "滞后"), 1):
        words.cell(row, 1, word)
    words.sheet_state = "hidden"
    states = DataValidation("list", "选项!$A$1:$A$3", allow_blank=True, sqref="I7:I9")
    bounds = DataValidation("decimal", operator="greaterThanOrEqual", formula1="0", sqref="E7:F9")
    bounds.promptTitle, bounds.prompt = "完成值", "填数字，不带单位。"
    sheet.add_data_validation(states)
    sheet.add_data_validation(bounds)
    for cells in sheet["E7:G9"] + sheet["I7:J9"]:
        for cell in cells:
            cell.fill = YELLOW
    sheet["A10"] = "注：1. 累计为年初以来数。2. 增速与上年同期相比。"
    sheet.merge_cells("A10:J10")
    sheet["A12"], sheet["E12"], sheet["I12"] = "单位负责人（签字）：", "填表人：", "联系电话："
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 8
    book.save(path)
    return path


def quarterly(path: Path) -> Path:
    """An English one: protected but for the cells to be filled in, lists and dates by validation, no number column."""
    book, sheet = _start("Q2 return", [24, 36, 12, 14, 16, 16, 40, 30])
    _title(sheet, "Service plan monitoring return, Quarter 2 2018/19", "A1:H1")
    sheet["A2"] = "Department:"
    sheet["A3"] = "Please complete the white cells only."
    head: Sequence[Any] = [
        "Objective",
        "Success measure",
        "Target",
        "Actual",
        "RAG status",
        "Expected completion",
        "Progress update",
        "Next steps",
    ]
    rows: list[Sequence[Any]] = [
        head,
        ["Housing", "New homes completed", 120, None, None, None, None, None],
        ["Libraries", "Visits a month (thousand)", 35, None, None, None, None, None],
    ]
    _table(sheet, 5, rows)
    for cells in sheet["A6:C7"]:
        for cell in cells:
            cell.fill = GREY
    for cells in sheet["D6:H7"]:
        for cell in cells:
            cell.protection = Protection(locked=False)
    for cells in sheet["F6:F7"]:
        cells[0].number_format = "dd/mm/yyyy"
    sheet.add_data_validation(DataValidation("list", '"Completed,On track,At risk,Off track"', sqref="E6:E7"))
    sheet.add_data_validation(DataValidation("textLength", operator="lessThanOrEqual", formula1="500", sqref="G6:G7"))
    sheet.protection.sheet = True
    sheet["A9"], sheet["E9"] = "Completed by:", "Date:"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "portrait", 9
    book.save(path)
    return path


FORMS: Mapping[str, Any] = {"county": county, "two-levels": two_levels, "quarterly": quarterly}
