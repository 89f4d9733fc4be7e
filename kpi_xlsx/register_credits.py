"""The register's sheet of bonuses, deductions and vetoes: its columns, and what a figure in it may look like."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from kpi_xlsx.decisions import ADOPTION_WORDS
from kpi_xlsx.model import match_key
from kpi_xlsx.register_columns import DEPARTMENT, GOAL, choices, either
from kpi_xlsx.register_fields import Field, RegisterSheet

CREDITS = RegisterSheet(
    "credits",
    ("加减分", "Bonuses"),
    (
        "加分、减分和一票否决，一项一行。只有认定了、采用了、写明认定人的才算；种类和上限在 scores.toml 里。",
        "Bonuses, deductions and vetoes, one row each. Only what was recognised by a named person and adopted counts; "
        "kinds and limits stand in scores.toml.",
    ),
    (
        DEPARTMENT,
        replace(
            GOAL,
            note=(
                "和哪个目标有关，写编号；空着是整个单位的。",
                "The goal that it belongs to; blank is the whole department.",
            ),
            needed=False,
            decides=True,
        ),
        Field(
            "kind",
            ("种类", "Kind"),
            18,
            ("scores.toml 里 credits 的名称。", "The name of one of the credits in scores.toml."),
            either("类别|类型|加减分种类|加减分类别|加分项|减分项|type|category|kind of bonus"),
            needed=True,
        ),
        Field(
            "item",
            ("事项", "Item"),
            34,
            ("凭什么加减分。", "What it is for."),
            either("事由|项目|加减分事项|加分事项|内容|名称|for|what|subject|reason"),
        ),
        Field(
            "document",
            ("文件依据", "Document"),
            20,
            ("文号，或证明材料。", "A document or a proof."),
            either("依据|文号|证明材料|佐证|佐证材料|authority|proof|evidence|order"),
        ),
        Field(
            "claimed",
            ("申报", "Claimed"),
            10,
            ("申报几分或几个。", "How many were claimed."),
            either("申报分|申报分值|申报数|自报|申请|claim|asked for|applied for"),
        ),
        Field(
            "recognised",
            ("认定", "Recognised"),
            11,
            ("认定几分或几个，写数字。", "How many are recognised: a number."),
            either("认定分|认定分值|认定数|核定|核定分|recognized|granted|awarded"),
            needed=True,
        ),
        Field(
            "recognised_by",
            ("认定人", "Recognised by"),
            14,
            ("谁认定的。没有姓名的不算。", "Who recognised it. Without a name it does not count."),
            either("认定单位|核定人|认定部门|经手人|recognized by|granted by|awarded by|by whom"),
            needed=True,
        ),
        Field(
            "adopted",
            ("是否采用", "Adopted"),
            12,
            ("采用、不采用或待定；空着是待定。", "Adopted, not adopted or pending; blank is pending."),
            either("采用|是否采纳|采用情况|状态|结论|处理结果|adoption|state|status|decision"),
            words=choices(ADOPTION_WORDS),
            needed=True,
        ),
    ),
    either("加减分登记|加减分登记表|加分|减分|加扣分|奖惩|一票否决|bonus|credits|deductions|bonuses and deductions"),
)
_FIGURE = re.compile(r"([+-]?\d{1,9}(?:\.\d{1,6})?)(?:分|个|项|次|points?|items?)?", re.ASCII | re.IGNORECASE)


def find_figure(text: str) -> Decimal | None:
    """The figure in a cell of points or items; None for anything else."""
    found = _FIGURE.fullmatch(match_key(text).replace("−", "-"))
    return None if found is None else Decimal(found[1])
