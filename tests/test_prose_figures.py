"""What is taken from prose: figures with their signs, months, numbered parts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kpi_xlsx.prose_figures import find_figures, find_last_months, find_parts, find_unmentioned


@pytest.mark.parametrize(
    ("text", "unit", "numbers"),
    [
        ("累计316.43亿元，同比下降12.49%。其中一类增长15.43%", "%", ["-12.49", "15.43"]),
        ("高于全省 4.67 个百分点", "%", []),
        ("高于全省 4.67 个百分点", "个百分点", ["4.67"]),
        ("余额3.26万亿元", "亿元", ["32600"]),
        ("余额 3.26 亿元", "万元", ["32600"]),
        ("共有上市公司 167 家（国内131家）", "家", ["167", "131"]),
        ("招引1000万元以上的大项目", "个", []),
        ("fell by 12.49% in May, up 3% since", "%", ["-12.49", "3"]),
        ("2.5 月-7 月开展", "月", ["2.5", "-7"]),
        ("没有数", "", []),
    ],
)
def test_figures_in_a_unit(text: str, unit: str, numbers: list[str]) -> None:
    assert [one.number for one in find_figures(text, unit)] == [Decimal(number) for number in numbers]


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("1-5 月份，全市累计", [5]),
        ("截止6月底，", [6]),
        ("截至 6 月末", [6]),
        ("2.5 月-7 月在全市范围内开展", []),
        ("From January to May, 8 schools", [5]),
        ("as of end May", [5]),
        ("上半年", []),
    ],
)
def test_months_up_to_which_figures_count(text: str, months: list[int]) -> None:
    assert list(find_last_months(text, 1)) == months


REQUIREMENT = (
    "1.发布年度报告及1-3季度报告。2.建成“天网”监测平台2.0版本。3.与甲银行、乙保险续签合作协议。4.举办秋季峰会。"
)


def test_numbered_parts_are_told_from_decimals_and_months() -> None:
    assert len(find_parts(REQUIREMENT)) == 4
    assert find_parts("增长2.5 月-7 月") == []
    assert find_parts("引进项目（计分方法：1.个数过半得70分。2.此项不涉及。)。") == []
    assert len(find_parts("1. Refurbish schools. 2. Open a library.")) == 2


def test_parts_are_paired_by_what_they_say_and_never_by_their_number() -> None:
    text = "1.天网平台上线。2.年度报告已发布。4.与各县签了合作意向。"
    assert list(find_unmentioned(REQUIREMENT, "示例", text)) == ["与甲银行、乙保险续签合作协议。", "举办秋季峰会。"]
    assert list(find_unmentioned(REQUIREMENT, "示例", text + "秋季峰会在筹备。")) == ["与甲银行、乙保险续签合作协议。"]


@pytest.mark.parametrize("piece", [" ", "1", "1 ", "drop", "jan ", "增长 ", "1.", "（", "1-", "截至 ", ",", "1,"])
def test_no_text_keeps_the_search_busy(piece: str) -> None:
    """Quadratic searches would take minutes here."""
    text = piece * (100_000 // len(piece))
    assert list(find_figures(text, "%")) == []
    assert list(find_last_months(text, 1)) == []
    assert find_parts(text) == []
    assert list(find_unmentioned(f"1.a{text}2.b{text}", "x", text)) == []
