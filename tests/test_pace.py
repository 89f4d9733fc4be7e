"""What can be said of targets: the notice's own, with the verdicts of a careful person, and the edges of the rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from kpi_xlsx.context import Context
from kpi_xlsx.definition import load_template
from kpi_xlsx.judgements import GoalPace, count_running
from kpi_xlsx.model import Answer, Department, Goal, Language, Plan, Scalar, plain
from kpi_xlsx.pace import judge_goal
from kpi_xlsx.pace_rules import Alert, Pace, PaceRules
from kpi_xlsx.periods import Period
from kpi_xlsx.resources import folder
from kpi_xlsx.targets import Milestone, Target, TargetBasis, parse_basis, parse_expression
from kpi_xlsx.told_figures import as_answer, as_confirmed

JUNE = Period(dt.date(2018, 1, 1), dt.date(2018, 6, 30))
MET, AHEAD, ON_TRACK, BEHIND, OVERDUE = Pace.MET, Pace.AHEAD, Pace.ON_TRACK, Pace.BEHIND, Pace.OVERDUE
UNREPORTED, CANNOT_TELL, NOT_DUE = Pace.UNREPORTED, Pace.CANNOT_TELL, Pace.NOT_DUE

Given = tuple[str, str, str, str]
"""Of a target: name, expression, unit, basis."""
Cells = Mapping[str, Scalar]


def make_context(
    targets: Sequence[Target],
    *,
    due: dt.date = dt.date(2018, 12, 31),
    period: Period = JUNE,
    language: Language = Language.ZH,
    rules: PaceRules | None = None,
) -> tuple[Context, Goal]:
    """A cycle of one goal, whose id is 1, with these targets."""
    template = load_template(folder("templates") / f"progress-{language}.toml")
    goal = Goal("1", "示例目标", ("F",), {"id": "1", "name": "示例目标"}, due)
    plan = Plan((Department("F", "示例局"),), (goal,), targets=tuple(targets))
    return Context("c", period, replace(template, pace=rules or PaceRules()), plan), goal


def make_target(number: int, name: str, text: str, unit: str, basis: str) -> Target:
    expression = parse_expression(text)
    return Target("1", number, name, text, expression, unit, parse_basis(basis))


def judge(context: Context, goal: Goal, cells: Cells) -> GoalPace:
    answers: dict[str, Answer] = {key: as_answer(value) for key, value in cells.items()}
    return judge_goal(context, goal, answers.get, answered=bool(answers))


@dataclass(frozen=True)
class Case:
    """Targets of a goal of the notice, the cells of a return that says the same, and a person's verdicts."""

    given: Sequence[Given]
    cells: Cells
    states: Sequence[Pace]
    words: Sequence[str] = field(default=())
    """What the reasons say, among other things."""
    goal: str = ""
    """Its id in the shipped example, where the case is what a round with the notice's figures comes to."""


DONE, GOING = "已完成", "正常推进"
NOTICE: Mapping[str, Case] = {
    # The document is out; of the fifteen new listings the return has only how many there are altogether.
    "listings, told as a stock": Case(
        [("出台意见", "", "", "交付"), ("新增上市企业", "15", "家", "流量")],
        {"progress": "…", "1.state": DONE, "2.total": 167, "2.told_basis": "存量"},
        [MET, CANNOT_TELL],
        ["报已完成", "填的是存量，目标是流量"],
        goal="JR-01",
    ),
    "listings, 167 without a word on its basis": Case(
        [("出台意见", "", "", "交付"), ("新增上市企业", "15", "家", "流量")],
        {"progress": "…", "1.state": DONE, "2.total": 167},
        [MET, CANNOT_TELL],
        ["", "167 家是目标的 11.1 倍"],
    ),
    "growth of 6.8 against 8": Case(
        [("金融产业增加值增速", ">=8", "%", "增速")],
        {"progress": "…", "actual": 6.8},
        [BEHIND],
        ["6.8% 低于目标 8%（增速类，直接比较），差 1.2 个百分点"],
        goal="JR-02",
    ),
    "loans alone are not deposits and loans": Case(
        [("存款余额增速", "达11.5%", "%", "增速"), ("贷款余额增速", "达11.5%", "%", "增速")],
        {"progress": "…", "2.total": 17.77},
        [UNREPORTED, AHEAD],
        ["没有填数值", "17.77% 高于目标 11.5%"],
        goal="JR-03",
    ),
    "bad loans, nothing said": Case(
        [("不良贷款率", "↓", "%", "比率"), ("关注类贷款规模", "双下降", "亿元", "存量")],
        {},
        [UNREPORTED, UNREPORTED],
        goal="JR-04",
    ),
    "premiums fell, with figures up to May": Case(
        [("保费收入增速", "正增长", "%", "增速")],
        {"progress": "…", "actual": -12.49, "data_as_of": dt.date(2018, 5, 1)},
        [BEHIND],
        ["-12.49% 低于目标 0%", "数据截至 2018-05"],
        goal="JR-05",
    ),
    "84 cases, and nothing of last year": Case(
        [("新增案件数", "↓", "起", "流量")],
        {"progress": "…", "actual": 84},
        [CANNOT_TELL],
        ["没有上年同期数可比"],
        goal="JR-06",
    ),
    "the harbour's six parts": Case(
        [
            ("出台实施办法", "", "", "交付"),
            ("项目库重点项目", "不少于50个", "个", "存量"),
            ("建立智库", "", "", "交付"),
            ("举办高端峰会", "", "", "交付"),
            ("日常工作机制", "", "", "交付"),
            ("开建展示中心", "", "", "交付"),
        ],
        {"progress": "…", "1.state": DONE, "2.total": 58, "3.state": GOING, "4.state": GOING},
        [MET, MET, ON_TRACK, ON_TRACK, UNREPORTED, UNREPORTED],
        ["", "58 个高于目标 50 个"],
        goal="JR-07",
    ),
    "risks: one figure missing": Case(
        [
            ("完成年度整治", "", "", "交付"),
            ("问题整改率", "=100", "%", "比率"),
            ("建成监测系统", "", "", "交付"),
            ("不发生区域性风险", "", "", "条件"),
            ("两链监测统计", "", "", "交付"),
        ],
        {"progress": "…", "1.state": GOING, "3.state": DONE, "5.state": GOING},
        [ON_TRACK, UNREPORTED, MET, UNREPORTED, ON_TRACK],
        goal="JR-08",
    ),
    "environment: the autumn summit is not due": Case(
        [
            ("创客大赛总决赛", "", "", "交付"),
            ("创新中国秋季峰会", "", "", "交付"),
            ("发布年度和季度报告", "4", "份", "流量"),
            ("续签合作协议", "2", "份", "流量"),
        ],
        {"progress": "…", "1.state": DONE, "2.state": "未到节点", "3.total": 1},
        [MET, NOT_DUE, BEHIND, UNREPORTED],
        goal="JR-09",
    ),
    "nothing is said of the rest of the duties": Case(
        [("不发生推诿扯皮", "", "", "条件")], {}, [UNREPORTED], goal="JR-10"
    ),
    "a scoring rule, some thirty projects": Case(
        [("重大产业项目得分", ">=90", "分", "计分")], {"progress": "…"}, [CANNOT_TELL], ["没有得分"], goal="JR-11"
    ),
    "thirty-odd is no figure": Case(
        [("引进项目", "60", "个", "流量")], {"progress": "…", "actual": "30余个"}, [CANNOT_TELL], ["读不成一个数"]
    ),
}


@pytest.mark.parametrize("name", NOTICE)
def test_the_notices_targets_as_a_careful_person_judges_them(name: str) -> None:
    case = NOTICE[name]
    context, goal = make_context([make_target(number, *given) for number, given in enumerate(case.given, 1)])
    found = judge(context, goal, case.cells)
    assert [one.state for one in found.judgements] == list(case.states)
    for one, words in zip(found.judgements, case.words, strict=False):
        assert words in one.reason
    assert found.state is (case.states[0] if len(set(case.states)) == 1 else None)


FLOW = make_target(1, "新增企业", ">=20", "家", "流量")
LIMIT = make_target(1, "案件", "<=100", "件", "流量")
TEN = dt.date(2018, 10, 31)


def state_of(target: Target, figure: Scalar, **options: object) -> Pace:
    cells: dict[str, Scalar] = {"actual": figure}
    as_of = options.pop("as_of", None)
    if isinstance(as_of, dt.date):
        cells["data_as_of"] = as_of
    context, goal = make_context([target], **options)  # type: ignore[arg-type]
    (one,) = judge(context, goal, cells).judgements
    return one.state


@pytest.mark.parametrize(
    ("target", "figure", "options", "state"),
    [
        # Half of the year is gone: ten of twenty are expected.
        (FLOW, 10, {}, ON_TRACK),
        (FLOW, 9.9, {}, BEHIND),
        (FLOW, 9.9, {"rules": PaceRules(tolerance=Decimal("0.5"))}, ON_TRACK),
        (FLOW, 11.9, {}, ON_TRACK),
        (FLOW, 12, {}, AHEAD),
        (FLOW, 20, {}, MET),
        (FLOW, 0, {}, BEHIND),
        (FLOW, 159, {}, MET),
        (FLOW, 160, {}, CANNOT_TELL),
        # Figures up to May: five of twelve months are gone.
        (FLOW, 8.4, {"as_of": dt.date(2018, 5, 1)}, ON_TRACK),
        (FLOW, 8.3, {"as_of": dt.date(2018, 5, 1)}, BEHIND),
        (FLOW, 8.4, {"as_of": dt.date(2017, 12, 1)}, CANNOT_TELL),
        # Due in October: six of ten months.
        (FLOW, 12, {"due": TEN}, ON_TRACK),
        (FLOW, 11.9, {"due": TEN}, BEHIND),
        # Due in June: over.
        (FLOW, 19.9, {"due": JUNE.end}, OVERDUE),
        (FLOW, 20, {"due": JUNE.end}, MET),
        (FLOW, 10, {"rules": PaceRules(pro_rata=False)}, BEHIND),
        # Milestones: 30 of 100 by March, 40 by June.
        (replace(FLOW, milestones=(Milestone(3, Decimal("0.3")), Milestone(6, Decimal("0.4")))), 8, {}, ON_TRACK),
        (replace(FLOW, milestones=(Milestone(3, Decimal("0.3")), Milestone(6, Decimal("0.4")))), 7.9, {}, BEHIND),
        (replace(FLOW, milestones=(Milestone(9, Decimal("0.3")),)), 0, {}, ON_TRACK),
        # Lower is better.
        (LIMIT, 50, {}, ON_TRACK),
        (LIMIT, 50.1, {}, BEHIND),
        (LIMIT, 40, {}, AHEAD),
        (LIMIT, 101, {}, BEHIND),
        (LIMIT, 101, {"due": JUNE.end}, OVERDUE),
        (LIMIT, 100, {"due": JUNE.end}, MET),
        # As they stand.
        (make_target(1, "不良率", "<=3", "%", "比率"), 3, {}, ON_TRACK),
        (make_target(1, "不良率", "<=3", "%", "比率"), 3.01, {}, BEHIND),
        (make_target(1, "不良率", "<3", "%", "比率"), 3, {}, BEHIND),
        (make_target(1, "不良率", "<=3", "%", "比率"), 2.7, {}, AHEAD),
        (make_target(1, "整改率", "=100", "%", "比率"), 100, {}, ON_TRACK),
        (make_target(1, "整改率", "=100", "%", "比率"), 100, {"due": JUNE.end}, MET),
        (make_target(1, "增速", ">0", "%", "增速"), 0, {}, BEHIND),
        (make_target(1, "增速", "8", "%", "增速"), 7.9, {"rules": PaceRules(tolerance=Decimal(2))}, ON_TRACK),
        (make_target(1, "增速", "8", "%", "增速"), 7.9, {"due": JUNE.end}, OVERDUE),
        (make_target(1, "位次", "<=3", "", "位次"), 2, {}, AHEAD),
        (make_target(1, "位次", "<=3", "", "位次"), 4, {}, BEHIND),
        (make_target(1, "区间", "3..5", "%", "比率"), 5, {}, ON_TRACK),
        (make_target(1, "区间", "3..5", "%", "比率"), 5.1, {}, BEHIND),
        (make_target(1, "存量", ">=50", "个", "存量"), 49, {}, BEHIND),
        # The same figure may be either a flow or a stock: nobody knows.
        (make_target(1, "项目", "50", "个", ""), 60, {}, CANNOT_TELL),
        (make_target(1, "占比", "50", "%", ""), 60, {}, AHEAD),
        (make_target(1, "说不清", "明显改善", "", "流量"), 60, {}, CANNOT_TELL),
        # Directions.
        (replace(make_target(1, "案件", "↓", "起", "流量"), baseline=Decimal(90)), 84, {}, ON_TRACK),
        (replace(make_target(1, "案件", "↓", "起", "流量"), baseline=Decimal(84)), 84, {}, BEHIND),
        (make_target(1, "增速", "↑", "%", "增速"), 0.1, {}, ON_TRACK),
        (make_target(1, "增速", "↑", "%", "增速"), -0.1, {}, BEHIND),
        (make_target(1, "余额", ">=5", "亿元", "存量"), "60000万元", {}, MET),
        (make_target(1, "余额", ">=5", "亿元", "存量"), "6亿", {}, MET),
        (make_target(1, "增速", "8", "%", "增速"), "9个百分点", {}, CANNOT_TELL),
        (make_target(1, "余额", ">=5", "亿元", "存量"), "6公里", {}, CANNOT_TELL),
        (make_target(1, "增速", "8", "%", "增速"), "0.09", {}, CANNOT_TELL),
        (make_target(1, "增速", "-5", "%", "增速"), "下降 4.9%", {}, ON_TRACK),
    ],
)
def test_edges(target: Target, figure: Scalar, options: dict[str, object], state: Pace) -> None:
    assert state_of(target, figure, **options) is state


@pytest.mark.parametrize(
    ("status", "due", "state"),
    [
        ("已完成", dt.date(2018, 12, 31), MET),
        ("正常推进", dt.date(2018, 12, 31), ON_TRACK),
        ("正常推进", JUNE.end, OVERDUE),
        ("滞后", dt.date(2018, 12, 31), BEHIND),
        ("未启动", dt.date(2018, 12, 31), CANNOT_TELL),
        ("未到节点", dt.date(2018, 12, 31), NOT_DUE),
        ("未到节点", JUNE.end, OVERDUE),
        ("数据待发布", JUNE.end, CANNOT_TELL),
        ("申请调整", dt.date(2018, 12, 31), CANNOT_TELL),
    ],
)
def test_a_goal_without_targets_is_judged_by_its_status(status: str, due: dt.date, state: Pace) -> None:
    context, goal = make_context([], due=due)
    (one,) = judge(context, goal, {"status": status}).judgements
    assert one.state is state
    assert one.target is None


def test_reasons_are_sentences_with_figures_in_both_languages() -> None:
    said = {}
    for language in Language:
        context, goal = make_context([replace(FLOW)], language=language)
        (one,) = judge(context, goal, {"actual": 7}).judgements
        said[language] = one.reason
        assert (one.completion, one.expected) == (Decimal("0.35"), Decimal("0.5"))
    assert said[Language.ZH] == "完成 7 家，占目标 20 家的 35%；序时（6/12 个月）要求 50%，差 15 个百分点"
    assert said[Language.EN] == "7 家, 35% of the target of 20 家; 50% expected after 6 of 12 months, 15 points short"


def test_an_alert_rises_while_a_goal_is_not_cured() -> None:
    rules = PaceRules()
    names = [getattr(rules.alert(BEHIND, count, Language.ZH), "name", None) for count in (1, 2, 3, 7)]
    assert names == ["蓝色预警", "黄色预警", "红色预警", "红色预警"]
    assert getattr(rules.alert(OVERDUE, 1, Language.ZH), "name", None) == "红色预警"
    assert rules.alert(ON_TRACK, 3, Language.ZH) is None
    own = PaceRules(alerts=(Alert("黄牌", "FFEB9C", 2),))
    assert own.alert(BEHIND, 1, Language.ZH) is None
    assert count_running([BEHIND, OVERDUE, ON_TRACK, BEHIND]) == 2


def test_a_figure_that_a_person_confirmed_is_not_doubted_for_its_size() -> None:
    context, goal = make_context([FLOW])
    assert judge(context, goal, {"actual": 167}).state is CANNOT_TELL
    amended = {"actual": as_confirmed(167)}
    assert judge_goal(context, goal, amended.get, answered=True).state is MET


def test_basis_words() -> None:
    assert {parse_basis(word) for word in ("流量", "flow", "新增")} == {TargetBasis.FLOW}
    assert parse_basis("别的") is None
    assert plain(str(parse_expression("3至5家"))) == "3..5家"
