"""Why a value was not taken, or is in doubt, and what to write instead: words in both languages for every key."""

from collections.abc import Mapping
from typing import NamedTuple

from kpi_xlsx.context import Context
from kpi_xlsx.dates import both_months, both_readings
from kpi_xlsx.figures import clean_float
from kpi_xlsx.model import Answer, CellType, Language, clip, plain
from kpi_xlsx.template import TYPE_WORDS, Column
from kpi_xlsx.units import unit_of
from kpi_xlsx.values import MOST_DIGITS, show_value


class Reason(NamedTuple):
    """What is wrong, and what to do, in Chinese and English; with {readings} {unit} {example} {kind} {which}."""

    zh: str
    en: str
    do_zh: str = "只填一个{kind}，如 {example}"
    do_en: str = "write one {kind} only, such as {example}"


_EXACT = (
    "填确切的数，约数写在进展情况里",
    "write the exact number; anything approximate belongs in the progress column",
)
_ONE = ("只填一个数，其余的写在进展情况里", "write one number only; the others belong in the progress column")
REASONS: Mapping[str, Reason] = {
    "words": Reason("不是一个单纯的{kind}", "it is not a plain {kind}"),
    "number": Reason("看不出是哪一天、哪个月", "a bare number does not say which day or month"),
    "tick": Reason("只是一个勾选或是否", "it is a tick, or a yes or no"),
    "date": Reason("像是日期或时刻", "it looks like a date or a time"),
    "time": Reason("只有时刻，没有日期", "it is a time of day without its date"),
    "reference": Reason("指的是别处的内容", "it points to another cell", "把内容写全", "write it out"),
    "inexact": Reason("是约数，不是确切的数", "it is not exact", *_EXACT),
    "range": Reason("是一个范围", "it is a range"),
    "several": Reason("里面不止一个数", "it holds more than one number", *_ONE),
    "comma": Reason(
        "逗号是小数点还是千位分隔不清楚",
        "the comma may mark decimals or thousands",
        "小数点用“.”，不写千位分隔",
        "use a point for decimals and no separator for thousands",
    ),
    "exponent": Reason(
        "是科学计数法，位数可能已经丢失", "digits may have been lost", "把数字写全", "write out all digits"
    ),
    "digits": Reason(
        f"数字超过 {MOST_DIGITS} 位，表格存不下，后面的位数已经丢失",
        f"a sheet keeps {MOST_DIGITS} digits of a number, and the others are lost",
        "先把单元格格式改为“文本”，再把数字写全",
        "set the cell's format to Text first, then write out all digits",
    ),
    "size": Reason("数字太大", "the number is too large"),
    "sign": Reason(
        "增减说法有矛盾，看不出正负",
        "its words and signs leave open whether it is a rise or a fall",
        "只填数字，下降的前面加负号，如 -{example}",
        "write the number only, with a minus for a fall, such as -{example}",
    ),
    "letter": Reason(
        "后面的字母可以是单位，也可以是倍数",
        "its letter may be a unit or a multiplier",
        "把单位和倍数换算好，只填数字",
        "work it out and write the number only",
    ),
    "unit": Reason(
        "单位与本列的{unit}不符",
        "its unit is not the column's{unit}",
        "换算成本列的单位，只填数字",
        "convert it to the column's unit and write the number only",
    ),
    "scale": Reason(
        "本列以{unit}为单位，看不出这里的倍数怎么算",
        "the column is in{unit}, so it is not clear what the multiplier stands for",
        "换算成本列的单位，只填数字",
        "convert it to the column's unit and write the number only",
    ),
    "vague": Reason(
        "没有说明是{which}", "it does not name a single {which}", "写具体，如 {example}", "name one, as in {example}"
    ),
    "year": Reason(
        "年份不清楚",
        "the year is not clear",
        "年份写四位数，如 {example}",
        "write the year with four digits, such as {example}",
    ),
    "ambiguous-day": Reason(
        "可能是 {readings}",
        "it may be {readings}",
        "年、月、日按顺序写，如 {example}",
        "write year, month and day in this order, as in {example}",
    ),
    "ambiguous-month": Reason(
        "作为数字，一月和十月（{readings}）没有分别",
        "as a number, January and October ({readings}) look the same",
        "写清年月，如 {example}",
        "write it as in {example}",
    ),
}
_WHICH = {CellType.DATE: ("哪一天", "day"), CellType.MONTH: ("哪个月", "month")}
_EXAMPLES = {CellType.NUMBER: "6.8", CellType.DATE: "2018-06-15", CellType.MONTH: "2018-06"}


def words(column: Column, answer: Answer, context: Context) -> dict[str, str]:
    """What V101 says: the kind that was wanted, the reason and the advice."""
    say = context.language.say
    reason = REASONS[answer.why]
    unit = unit_of(column)
    known = {
        "kind": say(*TYPE_WORDS[column.type]),
        "example": _EXAMPLES.get(column.type, ""),
        "unit": say(unit.word, f" {unit.word}") if unit else "",
        "which": say(*_WHICH.get(column.type, ("", ""))),
        "readings": say(" 或 ", " or ").join(_readings(answer, context)),
    }
    why, advice = say(reason.zh, reason.en), say(reason.do_zh, reason.do_en)
    return {"kind": known["kind"], "reason": why.format(**known), "advice": advice.format(**known)}


def _readings(answer: Answer, context: Context) -> list[str]:
    if answer.why == "ambiguous-month":
        return list(both_months(answer.raw))
    if answer.why == "ambiguous-day":
        return [str(day) for day in both_readings(answer.raw, context.period)]
    return []


def read_as(column: Column, answer: Answer) -> str:
    """What V106 quotes: the value as understood, a figure with the column's unit."""
    shown = clip(show_value(column, answer.value))
    unit = unit_of(column) if column.type is CellType.NUMBER else None
    return f"{shown} {unit.word}" if unit and (unit.kind or unit.scale != 1) else shown


def bounds(column: Column, language: Language) -> dict[str, str]:
    """What V103 says: the values that the column allows, and what to look at."""
    say, number = language.say, column.type is CellType.NUMBER
    low, high = (show_value(column, bound) for bound in (column.min, column.max))
    if low and high:
        allowed = f"{low} … {high}"
    elif low:
        allowed = say(f"不小于 {low}", f"at least {low}") if number else say(f"不早于 {low}", f"not before {low}")
    else:
        allowed = say(f"不大于 {high}", f"at most {high}") if number else say(f"不晚于 {high}", f"not after {high}")
    return {"bounds": allowed, "what": say("数字和单位", "figure and its unit") if number else say("日期", "date")}


def impossible(column: Column, answer: Answer, language: Language) -> str:
    """Why there cannot be such a date."""
    if answer.why == "too-early":
        return language.say("早于 1900 年", "it lies before 1900")
    if column.type is CellType.MONTH:
        return language.say("没有这样的年月", "there is no such month")
    return language.say("没有这一天", "there is no such day")


def doubt(answer: Answer) -> dict[str, str]:
    """The two shares that V111 asks about, for a bare fraction in a column of percents."""
    assert isinstance(answer.value, float)
    return {"small": f"{plain(answer.value)}%", "great": f"{plain(clean_float(answer.value * 100))}%"}
