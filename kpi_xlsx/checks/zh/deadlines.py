"""The words of family D, of deadlines, in Chinese: message, hint and page by code."""

from collections.abc import Mapping

from kpi_xlsx.checks.rule import Words

WORDS: Mapping[str, Words] = {
    "D101": Words(
        "目标 {goal} 的完成时限是 {due}，已经到期，但没有报告完成。",
        "已完成的，请报完成状态和完成日期；未完成的，请在情况说明里写明原因和预计完成时间。",
        """\
目标的完成月份已过，状态却不是“已完成”。

这是工作上的事实，不是填表的差错，在情况说明里写明即可。
写明之后，这条意见仍然显示，标为“已说明”，不再计数。

处理：写明情况，或报告完成。

反例：
    | goal | status |
    | 1 | 正常推进 |
正例：
    | goal | status | completed_on |
    | 1 | 已完成 | 2018-06-15 |""",
    ),
    "D102": Words(
        "目标 {goal} 的完成时限是 {due}，目前还没有启动。",
        "请在情况说明里写明何时启动、能否按期完成。",
        """\
目标在本期结束后两个月内到期，状态却是“未启动”。

处理：在情况说明里写明情况。

反例：
    | goal | status |
    | 3 | 未启动 |
正例：
    | goal | status |
    | 3 | 正常推进 |""",
    ),
    "D103": Words(
        "报送件迟报：{received} 收到，截止时间是 {deadline}。",
        "表里无须改动。收到时间有误的，请在 register.xlsx 的“收件”表里改正。",
        """\
按考评办登记的收到时间，报送件在截止时间之后才到。

单凭文件自带的时间，绝不算作迟报：复制、下载都会改变它。

反例：
    - 登记簿写明 2018-07-09 09:12 收到
正例：
    - 登记簿写明 2018-07-05 09:12 收到""",
    ),
}
