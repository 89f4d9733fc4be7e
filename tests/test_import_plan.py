"""A published notice becomes a plan to look through and a return: every format, other layouts, and what goes wrong."""

from __future__ import annotations

import base64
import io
import random
import re
import shutil
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import notices_kit as kit
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from kpi_xlsx.book import Unreadable
from kpi_xlsx.cli import cli
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.loading import ANY_PERIOD
from kpi_xlsx.model import Language, PlanError
from kpi_xlsx.notice import Line, Notice
from kpi_xlsx.notice_headings import KEYS
from kpi_xlsx.notice_rows import Record, read_rows
from kpi_xlsx.notice_titles import read_title
from kpi_xlsx.notices import read_notice
from kpi_xlsx.plan import load_plan
from kpi_xlsx.plan_import import import_notice
from kpi_xlsx.plan_proposal import make_proposal
from kpi_xlsx.starter import write_plan
from kpi_xlsx.target_hints import propose, split_items
from kpi_xlsx.targets import TargetBasis, parse_expression


@pytest.fixture(scope="module")
def notices(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    return kit.write_all(tmp_path_factory.mktemp("notices"))


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, [*map(str, words)])


def refuse(source: Path, target: Path, returns: Path | None = None, mapping: Path | None = None) -> str:
    """What is said of a source that cannot be imported."""
    with pytest.raises(PlanError) as caught:
        import_notice(source, target, Language.ZH, returns, mapping)
    return str(caught.value)


def records(text: str) -> Sequence[Record]:
    """The goals of a notice given as lines with | between cells."""
    lines = [line.strip().split("|") for line in text.strip().splitlines()]
    told = [Line((str(at), str(at)), tuple(map(str.strip, row)), int(len(row) > 1)) for at, row in enumerate(lines)]
    rows = read_rows(Notice(tuple(told)), {})
    assert rows is not None
    return rows.records


def shown(record: Record, *keys: str) -> list[str]:
    return [record.fields.get(key, "") for key in keys]


# --- the notice, in every format --------------------------------------------------------------------------------------


FORMATS = ["utf-8.txt", "gbk.txt", "页.html", "文.docx", "表.xlsx", "旧.xls", "件.pdf"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_eleven_goals(name: str, notices: Mapping[str, Path]) -> None:
    rows = read_rows(read_notice(notices[name]), {})
    assert rows is not None
    wanted = kit.story()
    found = [shown(record, *kit.SEVEN) for record in rows.records]
    if name.endswith("pdf"):  # where a line ends, a PDF does not tell whether a blank was there
        wanted, found = ([["".join(text.split()) for text in row] for row in one] for one in (wanted, found))
        for row in wanted[9:]:
            row[1] = "重点工作目标"  # nor whether a blank cell is part of what stands above it
    assert found == wanted
    assert (rows.title.unit, str(rows.title.period)) == ("杭州市金融办", "2018-01/2018-06")
    assert len(rows.records) == 11


def test_what_is_open_about_the_rows_is_asked(notices: Mapping[str, Path]) -> None:
    rows = read_rows(read_notice(notices["utf-8.txt"]), {})
    assert rows is not None
    asked = [number for number, record in enumerate(rows.records) if record.doubts]
    assert asked == [9, 10]
    assert all("重点工作目标" in rows.records[number].doubts[0][0] for number in asked)
    assert [number for number, record in enumerate(rows.records) if record.joined] == [8, 10]
    assert rows.unused == ()


@pytest.fixture(scope="module")
def imported(notices: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A cycle into which the notice was imported, with its progress as a return, and what the command said."""
    folder: Path = tmp_path_factory.mktemp("cycle") / "2018-06"
    assert run("init", folder, "--template", "progress-zh").exit_code == 0
    path = folder / "cycle.toml"
    lines = path.read_text("utf-8").splitlines()
    path.write_text(
        "\n".join('period = "2018-01/2018-06"' if one.startswith("period") else one for one in lines), "utf-8"
    )
    done = run(
        "import-plan", notices["utf-8.txt"], "-o", folder / "plan.xlsx", "--return", folder / "inbox" / "公示.xlsx"
    )
    assert done.exit_code == 0, done.output
    return folder, done


def test_import_generate_return_and_merge_give_the_notices_cells(imported: tuple[Path, Result]) -> None:
    folder, _ = imported
    cycle = Cycle.load(folder)
    assert len(cycle.generate()) == 1
    report = cycle.merge()
    assert not {one.code for one in report.findings if one.code[0] in "FIS"}, "an ordinary return: sealed, of this plan"
    sheet = load_workbook(cycle.settings.master).worksheets[0]
    grid = [[cell.value for cell in row] for row in sheet.iter_rows()]
    keys = {column.header: column.key for column in cycle.context.template.main.columns}
    head = next(row for row in grid if {"编号", "进展情况"} <= set(row))
    at = {keys[str(text)]: column for column, text in enumerate(head) if text in keys}
    found = [
        ["" if row[at[key]] is None else str(row[at[key]]) for key in kit.SEVEN]
        for row in grid[grid.index(head) + 1 :]
        if row[at["id"]]
    ]
    assert found == kit.story()
    assert not {"可信度", "来源行", "待确认"} & set(head), "the review's columns are no part of the plan"


def test_what_was_read_out_of_words_counts_only_when_somebody_has_looked(
    imported: tuple[Path, Result], tmp_path: Path
) -> None:
    folder = shutil.copytree(imported[0], tmp_path / "2018-06", ignore=shutil.ignore_patterns("ledger.sqlite*"))
    plan = Cycle.load(folder).context.plan
    assert (len(plan.unconfirmed), plan.targets) == (11, ())
    book = load_workbook(folder / "plan.xlsx")
    sheet = book["考核目标"]
    last = sheet.max_column
    assert sheet.cell(1, last).value == "待确认"
    sheet.cell(2, last).value = sheet.cell(3, last).value = None
    book.save(folder / "plan.xlsx")
    cycle = Cycle.load(folder)
    assert [(one.id, one.shown(Language.ZH)) for one in cycle.context.plan.targets] == [
        ("D01-01#1", "（交付）"),
        ("D01-01#2", ">=15家（流量）"),
        ("D01-02#1", ">=8%（增速）"),
    ]
    said = [line for line in cycle.fill_outbox().remarks if "待确认" in line]
    assert len(said) == 1
    assert " 9 个目标" in said[0]


def test_a_return_can_be_made_for_the_plan_as_it_was_set_right(
    imported: tuple[Path, Result], notices: Mapping[str, Path], tmp_path: Path
) -> None:
    """Codes and ids of the office's own, one goal under another name."""
    folder = shutil.copytree(imported[0], tmp_path / "2018-06", ignore=shutil.ignore_patterns("*.sqlite*", "inbox"))
    book = load_workbook(folder / "plan.xlsx")
    goals = book["考核目标"]
    book["部门"]["A2"] = "017"
    del book["指标"]
    for number in range(2, 13):
        goals.cell(number, 1).value = f"JR-{number}"
    goals["E3"] = "别的目标"
    book.save(folder / "plan.xlsx")
    before = (folder / "plan.xlsx").read_bytes()
    done = import_notice(notices["表.xlsx"], folder / "plan.xlsx", Language.ZH, folder / "inbox" / "r.xlsx")
    assert (done.kept, done.strangers) == (True, ("金融产业增加值",))
    assert (folder / "plan.xlsx").read_bytes() == before
    report = Cycle.load(folder).validate()
    assert not {one.code for one in report.findings if one.code[0] in "FIS"}
    assert sum(bool(row.entry and row.entry.text("progress")) for row in report.entries) == 8


def cells(sheet: Any) -> list[dict[str, Any]]:
    head, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_the_plan_says_where_each_row_is_from_and_what_to_decide(imported: tuple[Path, Result]) -> None:
    folder, done = imported
    book = load_workbook(folder / "plan.xlsx")
    goals = cells(book["考核目标"])
    assert [goal["编号"] for goal in goals] == [f"D01-{number:02}" for number in range(1, 12)]
    assert [goal["可信度"] for goal in goals] == ["高"] * 8 + ["中", "低", "低"]
    assert goals[8]["来源行"] == "第 15 行、第 17 行"
    assert all(goal["待确认"] for goal in goals)
    assert [(goals[1][key]) for key in ("目标值", "单位", "口径")] == [">=8", "%", "增速"]
    assert cells(book["部门"])[0]["名称"] == "杭州市金融办"
    targets = {row["编号"]: row for row in cells(book["指标"])}
    assert (targets["D01-01#2"]["目标值"], targets["D01-01#2"]["单位"], targets["D01-01#2"]["口径"]) == (
        ">=15",
        "家",
        "流量",
    )
    assert "11" in done.output.splitlines()[0]


# --- targets in prose -------------------------------------------------------------------------------------------------

PROSE = {
    "年内新增上市企业15家": [(">=15", "家", "flow")],
    "增加值比上年增长8%": [(">=8", "%", "growth")],
    "贷款余额增速达 11.5%。": [(">=11.5", "%", "growth")],
    "单位能耗下降3%以上": [("<=-3", "%", "growth")],
    "逾期率和关注类贷款规模实现双下降。": [("↓", "", "ratio"), ("↓", "", "stock")],
    "保费收入实现正增长。": [(">0", "%", "growth")],
    "新增案件数下降": [("↓", "", "flow")],
    "入库的重点项目不少于 50 个": [(">=50", "个", "stock")],
    "排查出的问题整改率100%。": [("=100", "%", "ratio")],
    "查出的问题100%整改到位": [("=100", "%", "ratio")],
    "不良贷款率控制在1.5%以内": [("<=1.5", "%", "ratio")],
    "空气质量综合排名保持全省前3名": [("<=3", "名", "rank")],
    "引进项目8至10个": [("8..10", "个", "flow")],
    "投资 1,200 万元": [(">=1200", "万元", "flow")],
    "印发《2018年度行动方案（暂定名）》": [("", "", "deliverable")],
    "不发生推诿、扯皮等现象": [("", "", "condition")],
    "完成招引任务的50%以上得70分，每低5个百分点扣2分": [("", "", "score")],
    "按〔2018〕53号文落实好相关职责": [("", "", "deliverable")],
    "grow turnover by 8%, and list at least 15 new companies": [
        (">=8", "%", "growth"),
        (">=15", "new companies", "flow"),
    ],
    "": [],
}


@pytest.mark.parametrize("prose", PROSE)
def test_targets_are_proposed_from_prose(prose: str) -> None:
    assert [(one.target, one.unit, str(one.basis)) for one in propose("目标", prose)] == PROSE[prose]


def test_every_proposed_figure_is_one_that_a_plan_understands() -> None:
    texts = [one.target + one.unit for prose in PROSE for one in propose("目标", prose) if one.target]
    assert [text for text in texts if parse_expression(text) is None] == []


def test_items_are_told_from_figures_with_a_point() -> None:
    """“2.5 月” is item 2, which begins with May; “2.0 版本” and 12.5% are none."""
    text = "1.组织约谈12.5万人次。2.5 月-7 月排查。3.推进 2.0 版本。"
    assert split_items(text) == ["组织约谈12.5万人次。", "5 月-7 月排查。", "推进 2.0 版本。"]


def test_a_goal_with_six_parts_has_six_proposals_one_of_them_a_figure() -> None:
    found = propose("港湾建设", kit.story()[6][3])
    assert [one.basis for one in found].count(TargetBasis.DELIVERABLE) == 5
    assert [(one.target, one.unit) for one in found if one.numeric] == [(">=50", "个")]


# --- other layouts ----------------------------------------------------------------------------------------------------


def test_lead_and_supporting_units_and_words_on_problems() -> None:
    (first, second) = records(
        """
        附件：示例市2024年重点工作任务完成情况表
        序号|重点工作任务|牵头单位|配合单位|权重|完成情况|存在问题|下步措施|完成时限
        1|建成示范路5条|示例交通局|示例住建局、示例城管局|10|已建成2条|用地未批|加快报批|12月底前
        2|改造老旧小区|示例住建局||5|未启动||排定计划|二季度
        合计||||15||||
        """
    )
    assert shown(first, "id", "name", "department", "support", "weight") == [
        "1",
        "建成示范路5条",
        "示例交通局",
        "示例住建局、示例城管局",
        "10",
    ]
    assert shown(second, "progress", "problems", "steps", "due_month") == ["未启动", "", "排定计划", "二季度"]


def test_headings_over_two_lines_and_milestones() -> None:
    (row,) = records(
        """
        类别|指标名称|季度目标||||计量单位|考核单位
        ||一季度|二季度|三季度|四季度||
        经济|新增企业|10|20|30|40|家|示例统计局
        """
    )
    assert shown(row, "name", "milestone1", "milestone4", "unit", "assessor") == [
        "新增企业",
        "10",
        "40",
        "家",
        "示例统计局",
    ]


PASTED = {
    "a Markdown table": "| 目标名称 | 考核内容 | 责任单位 |\n|---|---|---|\n| 修路 | 修5公里 | 示例局 |\n",
    "set in columns": "目标名称    考核内容      责任单位\n修路        修5公里       示例局\n",
    "copied from Excel": '目标名称\t考核内容\t责任单位\n修路\t"修5公里"\t"示例局"\n',
    "comma-separated": "目标名称,考核内容,责任单位\n修路,修5公里,示例局\n",
    "with a quote that never ends": '目标名称\t考核内容\t责任单位\n修路\t修5公里\t示例局\n架桥\t"一座\t示例局\n',
}


@pytest.mark.parametrize("way", PASTED)
def test_pasted_text(way: str, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(PASTED[way], "utf-8")
    rows = read_rows(read_notice(tmp_path / "x.txt"), {})
    assert rows is not None
    assert shown(rows.records[0], "name", "requirement", "department") == ["修路", "修5公里", "示例局"]
    assert len(rows.records) == 1 + ("quote" in way)


def test_a_master_with_its_other_views_gives_each_goal_once(imported: tuple[Path, Result], tmp_path: Path) -> None:
    """So does a form with its signature below."""
    folder = shutil.copytree(imported[0], tmp_path / "2018-06")
    cycle = Cycle.load(folder)
    cycle.merge()
    for path in (cycle.settings.master, folder / "inbox" / "公示.xlsx"):
        rows = read_rows(read_notice(path), {})
        assert rows is not None
        assert len(rows.records) == 11
        assert [record.fields["progress"] for record in rows.records if "progress" in record.fields] == [
            row[4] for row in kit.story() if row[4]
        ]


def test_a_line_that_ends_within_a_cell_goes_on_below(tmp_path: Path) -> None:
    """What browsers copy: a cell's own line breaks beside those between rows; and rows without their blank cells."""
    text = (
        "类别\t目标名称\t考核内容\t进展情况\t指标属性\t完成时限\n"
        "绩效\t企业上市\t1.印发一份实施方案。\n2.新增15家。\n3.建库。\t已印发。\n新增五家。\t预期性\t12\n"
        "工作\t优化环境\t举办一次大赛，办好论坛。\n"
        "\t防范风险\t排查各类隐患，整改到位。\t已排查。\t预期性\t12\n"
        "注：示例。\n"
    )
    (tmp_path / "x.txt").write_text(text, "utf-8")
    rows = read_rows(read_notice(tmp_path / "x.txt"), {})
    assert rows is not None
    assert [shown(one, "name", "requirement", "progress", "due_month") for one in rows.records] == [
        ["企业上市", "1.印发一份实施方案。\n2.新增15家。\n3.建库。", "已印发。\n新增五家。", "12"],
        ["优化环境", "举办一次大赛，办好论坛。", "", ""],
        ["防范风险", "排查各类隐患，整改到位。", "已排查。", "12"],
    ]


def test_departments_on_lines_of_one_cell_are_several() -> None:
    lines = (Line(("1", "1"), ("目标名称", "责任单位"), 1), Line(("2", "2"), ("企业\n上市", "示 例 局\n示例二局"), 1))
    rows = read_rows(Notice(lines), {})
    assert rows is not None
    (goal,) = make_proposal(rows, Language.ZH).goals
    assert (goal["name"], goal["department"]) == ("企业上市", "示例局、示例二局")


def test_tables_of_another_kind_are_no_goals() -> None:
    """A document's later table goes on with the goals if it is as wide; a worksheet without headings never does."""
    rows = [("目标名称", "考核内容", "责任单位", "完成时限"), ("甲", "做好甲", "示例局", "12")]
    first = [Line((str(at), str(at)), row, 1) for at, row in enumerate(rows)]
    wide, narrow = Line(("3", "3"), ("乙", "做好乙", "示例局", "6"), 2), Line(("4", "4"), ("联系人", "电话"), 3)
    for apart, names in ((False, ["甲", "乙"]), (True, ["甲"])):
        found = read_rows(Notice((*first, wide, narrow), apart=apart), {})
        assert found is not None
        assert [record.fields["name"] for record in found.records] == names
        assert narrow in found.unused


def test_sections_stand_for_categories() -> None:
    found = records(
        """
        目标任务|具体内容|责任单位
        一、经济发展
        工业增长|增加值增长7%|示例经信局
        （二）民生
        就业|新增就业3万人|示例人社局
        二、其他
        信访|及时办理来信|示例信访局
        """
    )
    assert [shown(one, "category", "subcategory") for one in found] == [
        ["经济发展", ""],
        ["经济发展", "民生"],
        ["其他", ""],
    ]


def test_english_headings_and_torn_rows() -> None:
    (first, second) = records(
        """
        City Finance Office: progress against goals, January to June 2018
        No.|Objective|Description|Responsible department|Deadline|Progress
        1|Listings|At least 15 newly listed|Finance Office|12|Five were
        ||companies in the year|||listed by June.
        2|Lending|Lending grows by 8%|Finance Office|12|
        """
    )
    assert first.fields["requirement"] == "At least 15 newly listed companies in the year"
    assert first.fields["progress"] == "Five were listed by June."
    assert second.places == (("4", "4"),)


def test_a_row_whose_name_is_merged_from_above_is_a_goal_of_its_own() -> None:
    found = records("目标名称|考核内容|指标属性|完成时限\n企业上市|印发方案|预期性|6\n|新增15家|预期性|12")
    assert [shown(one, "name", "due_month") for one in found] == [["企业上市", "6"], ["企业上市", "12"]]
    assert found[1].doubts


def test_a_mapping_names_headings_and_what_the_title_lacks(tmp_path: Path) -> None:
    source, mapping, target = tmp_path / "表.csv", tmp_path / "m.toml", tmp_path / "plan.xlsx"
    source.write_text(
        "要干的事,谁来干,干到哪了,类别,金额\n修路,=1+1局,修了一半,交通,3\n架桥,示例二局,没动,交通,4\n", "utf-8"
    )
    mapping.write_text(
        'department = "示例局"\nperiod = "2024-03"\n[columns]\n"要干的事" = "name"\n"谁来干" = "department"\n'
        '"干到哪了" = "progress"\n"类别" = "subcategory"\n"金额" = ""\n',
        "utf-8",
    )
    done = run("import-plan", source, "-o", target, "--mapping", mapping, "--return", tmp_path / "r.xlsx")
    assert done.exit_code == 0, done.output
    goals = cells(load_workbook(target)["考核目标"])
    assert [(goal["目标名称"], goal["责任单位"], goal["分项指标"]) for goal in goals] == [
        ("修路", "=1+1局", "交通"),
        ("架桥", "示例二局", "交通"),
    ]
    assert load_workbook(target)["考核目标"]["B2"].data_type == "s", "text, never a formula"
    assert "金额" not in goals[0]
    assert sorted(path.name for path in tmp_path.glob("r-*.xlsx")) == ["r-D01-=1+1局.xlsx", "r-D02-示例二局.xlsx"]


@pytest.mark.parametrize(
    ("text", "unit", "period"),
    [
        ("示例市发展改革委2024年一季度重点目标进展情况", "示例市发展改革委", "2024-01/2024-03"),
        ("关于示例局二〇二三年上半年目标完成情况的公示", "示例局", "2023-01/2023-06"),
        ("示例区2022年9月绩效目标进展", "示例区", "2022-09"),
        ("示例市教育局年度考核目标", "示例市教育局", "None"),
        ("City Works: progress, months 1-6 of 2018", "City Works", "2018-01/2018-06"),
        ("Progress report, Q2 2019", "", "2019-04/2019-06"),
        ("2018年13-14月", "", "None"),
    ],
)
def test_titles_name_unit_and_months(text: str, unit: str, period: str) -> None:
    found = read_title([text])
    assert (found.unit, str(found.period)) == (unit, period)


SPECIAL = [
    "15家",
    ">=8%",
    "明显好转",
    "存量",
    "增速",
    "3..1",
    "",
    "12月",
    "某年",
    "每月",
    "1",
    "1.0",
    "万元",
    "=A1",
    "新增1",
    "#",
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from(SPECIAL), min_size=13, max_size=13), min_size=1, max_size=4))
def test_every_proposal_is_a_plan_that_can_be_read(tmp_path: Path, rows: list[list[str]]) -> None:
    """What a plan would refuse is left out and asked for, whatever stands in the source."""
    heads = [
        "序号",
        "责任单位",
        "目标名称",
        "完成时限",
        "报送频率",
        "目标值",
        "单位",
        "口径",
        "基数",
        "权重",
        "一季度",
        "二季度",
        "类别",
        "编号",
    ]
    lines = [Line((str(at), str(at)), tuple(row), 1) for at, row in enumerate([heads[:13], *rows])]
    found = read_rows(Notice(tuple(lines)), {})
    assert found is not None
    made = make_proposal(found, Language.ZH)
    if made.goals:
        write_plan(tmp_path / "plan.xlsx", made.goals, made.departments, Language.ZH, targets=made.targets)
        assert len(load_plan(tmp_path / "plan.xlsx", ANY_PERIOD, Language.ZH).goals) == len(made.goals)


def test_quarters_and_a_given_target_are_kept_and_worked_out() -> None:
    (record,) = records(
        """
        指标名称|目标值|计量单位|口径|上年完成|一季度|二季度|三季度|四季度|备注
        新增企业|40|家|流量|31|10家|20家|30家|40家|重点
        """
    )
    rows = read_rows(Notice((Line(("1", "1"), ("目标名称", "责任单位", "目标值"), 1),)), {})
    assert rows is not None
    (goal,) = make_proposal(replace(rows, records=(record,)), Language.ZH, "示例局").goals
    assert (goal["target"], goal["unit"], goal["basis"], goal["baseline"]) == (40, "家", "流量", 31)
    assert goal["milestones"] == "3月25%；6月50%；9月75%；12月100%"
    assert (goal["一季度目标"], goal["备注"], goal["confidence"]) == ("10家", "重点", "高")


@pytest.mark.parametrize("page", ["import-a-plan.md", "import-a-plan.zh-CN.md"])
def test_the_page_names_every_column_of_a_mapping(page: str) -> None:
    text = (Path(__file__).parent.parent / "docs" / page).read_text("utf-8")
    words = set(re.findall(r"[a-z_]+[1-4]?", text))
    assert [key for key in KEYS if key not in words and key not in ("milestone2", "milestone3")] == []


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_what_cannot_be_read_is_told_in_one_line(notices: Mapping[str, Path], tmp_path: Path) -> None:
    bodies = {
        "空.txt": (b" \n", "空的"),
        "扫描.pdf": (kit.pdf_of(["0 0 100 100 re f"]), "扫描"),
        "坏.pdf": (b"%PDF-1.7\n" + bytes(range(256)), "PDF"),
        "图.pdf": (b"\x89PNG\r\n\x1a\n", "图片"),
        "旧.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), ".docx"),
        "包.zip": (_zip(), "压缩包"),
        "断.docx": (notices["文.docx"].read_bytes()[:-200], "损坏"),
        "信.txt": ("各位领导：\n现将情况报告如下。\n".encode(), "表头"),
        "只有表头.txt": ("目标名称\t考核内容\t责任单位\n".encode(), "一个目标"),
        "网.pdf": (kit.pdf_of([_mesh()]), "线条太多"),
        "炸.pdf": (_stream(_bomb()), "太大"),
        "套.pdf": (_stream(zlib.compress(_bomb()), b"/FlateDecode"), "太大"),
        "字.pdf": (_stream(base64.a85encode(_bomb()) + b"~>", b"/ASCII85Decode"), "太大"),
    }
    for name, (body, word) in bodies.items():
        (tmp_path / name).write_bytes(body)
        told = refuse(tmp_path / name, tmp_path / "x.xlsx")
        assert word in told, name
        assert name in told
    assert not (tmp_path / "x.xlsx").exists()


def _zip() -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("a.txt", "a")
    return body.getvalue()


def _mesh() -> str:
    """A drawing whose lines cross so often that it would take minutes to look for a table in it."""
    lines = [f"0 {at * 4} m 840 {at * 4} l S {at * 5} 0 m {at * 5} 590 l S" for at in range(150)]
    return "\n".join(lines)


def _stream(data: bytes, further: bytes = b"") -> bytes:
    return b"%PDF-1.4\n1 0 obj <</Filter[" + further + b"/FlateDecode]>>\nstream\n" + data + b"\nendstream endobj"


def _bomb() -> bytes:
    return zlib.compress(bytes(80 * 2**20), 1)


def test_nothing_is_overwritten_and_months_must_agree(
    notices: Mapping[str, Path], imported: tuple[Path, Result]
) -> None:
    folder, _ = imported
    before = (folder / "plan.xlsx").read_bytes()
    assert "已经有了" in refuse(notices["utf-8.txt"], folder / "plan.xlsx")
    assert (folder / "plan.xlsx").read_bytes() == before
    later = folder.parent / "公示.txt"
    later.write_text(notices["utf-8.txt"].read_text("utf-8-sig").replace("1-6 月绩效", "1-9 月绩效"), "utf-8")
    told = refuse(later, folder / "plan2.xlsx", folder / "r.xlsx")
    assert 'period = "2018-01/2018-09"' in told
    assert not (folder / "plan2.xlsx").exists()


def test_a_mapping_with_mistakes_names_each(notices: Mapping[str, Path], tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text('period = "6月"\ncolums = 1\n[columns]\n"任务" = "nam"\n', "utf-8")
    told = refuse(notices["utf-8.txt"], tmp_path / "x.xlsx", mapping=mapping)
    assert all(word in told for word in ("period", "colums", "columns", "“name”"))


def test_damaged_bytes_are_a_verdict_never_a_crash(notices: Mapping[str, Path], tmp_path: Path) -> None:
    chance = random.Random(6)
    path = tmp_path / "x"
    for name in FORMATS:
        whole = notices[name].read_bytes()
        for _ in range(12):
            body = bytearray(whole)
            for _ in range(chance.choice((1, 8, 60))):
                body[chance.randrange(len(body))] = chance.randrange(256)
            path.write_bytes(body[: chance.choice((len(body), chance.randrange(1, len(body))))])
            try:
                read_rows(read_notice(path), {})
            except Unreadable:
                continue


WORDS = st.sampled_from(
    ["目标名称", "考核内容", "12", "", "一、甲", "责任单位", "长" * 50, "进展情况", "★", "2018年6月", "合计"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(WORDS, min_size=1, max_size=5), max_size=8), st.data())
def test_any_lines_give_goals_with_names(rows: list[list[str]], data: st.DataObject) -> None:
    first = [Line(("1", "1"), ("目标名称", "考核内容", "责任单位"), 1)]
    spans = {0: data.draw(st.integers(1, 6))}
    lines = [Line(("x", "x"), tuple(row), int(len(row) > 1), spans if len(row) > 2 else {}) for row in rows]
    found = read_rows(Notice((*first, *lines)), {})
    assert found is not None
    assert all(record.fields["name"] for record in found.records)
