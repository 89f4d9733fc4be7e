"""What several sheets of the register have in common: columns, and what people call them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpi_xlsx.register_fields import Content, Field, Offer


def either(words: str) -> tuple[str, ...]:
    """Words that mean the same."""
    return tuple(words.split("|"))


def choices(words: Mapping[Any, tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(words.values())


DEPARTMENT = Field(
    "department",
    ("单位", "Department"),
    18,
    ("单位的名称、代码或曾用名。", "Name, code or former name of the department."),
    either(
        "责任单位|报送单位|填报单位|部门|责任部门|单位名称|部门名称|单位代码|单位（部门）|"
        "bureau|unit|department name|department code|dept"
    ),
    offer=Offer.DEPARTMENTS,
    needed=True,
    ahead=True,
)
APPROVERS = either(
    "批准人|审批人|签批人|同意人|批准领导|审批领导|approver|approved by|authorised by|authorized by|signed by"
)
GOAL_NAMES = either("目标编号|目标|指标|指标编号|任务编号|goal id|goal no.|goal number|id|no.")
GOAL = Field(
    "goal",
    ("编号", "Goal"),
    11,
    ("目标的编号，如汇总表所列。", "The goal's number, as in the master."),
    GOAL_NAMES,
    offer=Offer.GOALS,
    needed=True,
    ahead=True,
)
DATE = Field(
    "date",
    ("日期", "Date"),
    12,
    ("如 2018-07-05。", "Such as 2018-07-05."),
    either("时间|审核日期|审核时间|批准日期|批准时间|同意日期|登记日期|收到日期|收到时间|day|when|on"),
    Content.DATE,
)
