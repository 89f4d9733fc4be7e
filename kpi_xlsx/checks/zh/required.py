"""The words of family R, of what must be filled in, in Chinese: message, hint and page by code."""

from collections.abc import Mapping

from kpi_xlsx.checks.rule import Words

WORDS: Mapping[str, Words] = {
    "R101": Words(
        "“{column}”没有填。",
        "请填写 {cell}。",
        """\
模板规定该单位（按牵头或配合）必填的一格空着。

本期不报的目标不作要求；有的状态可以免填这一格（如“数据待发布”，数字还没有出来），这时改为必填情况说明。

处理：填写这一格，或选用能说明为什么填不了的状态。

反例：
    | goal | progress | status |
    | 1 | | 正常推进 |
正例：
    | goal | progress | status | explanation |
    | 1 | 道路已建成通车。 | 正常推进 | |
    | 2 | | 数据待发布 | 统计局定于 7 月 20 日发布数据。 |""",
    ),
    "R102": Words(
        "“{column}”只填了“{raw}”，等于没有填。",
        "请在 {cell} 如实写明情况；确实没有可报的，请选用能说明原因的状态。",
        """\
必填的格只填了没有内容的词：无、略、xxx、一道横线、“同上”。

不是必填的格，填“无”就是如实回答，照样通过。例外报送的目标，整行只填“无”，就是本期没有发生，也是如实回答。

处理：用文字写明实际情况。

反例：
    | goal | progress |
    | 1 | 无 |
正例：
    | goal | progress | evidence |
    | 1 | 合同尚在商谈，还没有签订。 | 无 |""",
    ),
    "R103": Words(
        "“{column}”没有填，但选了“{why}”就必须填。",
        "请填写 {cell}，或改正同一行的选项。",
        """\
同一行的另一项内容决定了这一格必须填，却空着。

选“已完成”要填完成日期；选“滞后”“数据待发布”“未到节点”“申请调整”要填情况说明。

处理：填写这一格，或改正选项。

反例：
    | goal | status | completed_on |
    | 1 | 已完成 | |
    | 2 | 滞后 | |
正例：
    | goal | status | completed_on | explanation |
    | 1 | 已完成 | 2018-06-15 | |
    | 2 | 滞后 | | 首次招标流标，已重新招标，计划 8 月签约。 |""",
    ),
}
