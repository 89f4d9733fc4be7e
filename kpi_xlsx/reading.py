"""What was understood of one cell, and the signs and words that every reader of values sees past alike."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kpi_xlsx.model import Scalar, match_key


@dataclass(frozen=True, slots=True)
class Reading:
    """A value; or the code of the rule that it breaks; or that the cell says there is nothing."""

    value: Scalar | None = None
    fault: str | None = None
    converted: bool = False
    absent: bool = False
    why: str = ""


def refused(why: str, fault: str = "V101") -> Reading:
    """No value, and the reason for it."""
    return Reading(fault=fault, why=why)


# --- signs ------------------------------------------------------------------------------------------------------------

# Joiners between emoji belong to the picture (a family is four signs joined) and are not taken out.
_HIDDEN = (
    r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb\ufffe\uffff"
)
_HIDDEN_SIGN = re.compile(rf"[{_HIDDEN}]|\u200d(?![\u2600-\u27bf\U0001f000-\U0001faff])")
_SEEN = re.compile(rf"[^\s{_HIDDEN}\u200d]")
_BREAK = re.compile(r"[\v\f\x1c-\x1e\x85\u2028\u2029]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\v\f\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


def tidy_text(text: str) -> str:
    """Text as it is kept: line ends are \\n; white space and invisible signs at the ends go."""
    if text.isprintable():
        return text.strip()
    first, last = _SEEN.search(text), _SEEN.search(text[::-1])  # a pattern that ends in \Z would take n² steps
    if first is None or last is None:
        return ""
    return text[first.start() : len(text) - last.start()].replace("\r\n", "\n").replace("\r", "\n")


def clean_text(text: str) -> str:
    """Text without what nobody sees: signs of no width and of control; half a character becomes �."""
    if text.isprintable():
        return text
    return _SURROGATE.sub("\ufffd", _HIDDEN_SIGN.sub("", _BREAK.sub("\n", text)))


def printable(text: str) -> str:
    """Text that no screen or file stumbles over: a sign of control as its picture (␇), half a character as �."""
    if text.isprintable():
        return text
    return _SURROGATE.sub("\ufffd", _UNPRINTABLE.sub(_picture, text))


def one_line(text: str) -> str:
    """A name or a message as it can be shown on one line, whatever was typed into it."""
    return printable(" ".join(text.split()))


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


_NARROW = {wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
_NARROW |= dict.fromkeys(map(ord, "−‐‑﹣"), "-") | dict.fromkeys(map(ord, "\u3000\u00a0\u2007\u2009\u202f\t\n"), " ")
_NARROW |= {ord("﹪"): "%", ord("￥"): "¥", ord("￡"): "£"}


def narrow(text: str) -> str:
    """Full-width signs as half-width ones, any space as a plain one; not NFKC, to which 10² is 102 and ① is 1."""
    return text.translate(_NARROW).strip()


# --- words that stand for nothing -------------------------------------------------------------------------------------

_REFERENCES = "同上 见上 same ditto"
_PLACEHOLDER_WORDS = (
    "无 暂无 没有 略 待填 待补 待定 空 不详 未知 暂缺 测试 xx xxx xxxx test "
    "n/a n.a. n.a na nil none tbd tbc todo pending unknown "
    "? ?? ??? . .. ... / // \\ - -- --- – — —— _ * ** *** … …… 。 、"
)
_ABSENT_WORDS = "不适用 不涉及 尚无 无数据 暂无数据 未统计 notapplicable notavailable nodata ― ─ ──"
_PLACEHOLDERS = frozenset(map(match_key, f"{_REFERENCES} {_PLACEHOLDER_WORDS}".split()))
_ABSENT = frozenset(map(match_key, f"{_PLACEHOLDER_WORDS} {_ABSENT_WORDS}".split())) - {"测试", "test"}
_AROUND = "()[]【】“”\"'。.!"
REFERENCES = frozenset(map(match_key, _REFERENCES.split()))
"""Words that point to another cell: they say that there is something, though not what."""


def is_placeholder(text: str) -> bool:
    """Whether a text only fills the cell: 无, 略, xxx, n/a, a dash; with a full stop or in brackets as well."""
    key = match_key(clean_text(text))
    return key in _PLACEHOLDERS or key.strip(_AROUND) in _PLACEHOLDERS


def says_nothing(text: str) -> bool:
    """Whether a cell for a number, a date or a choice says that there is none: 无, n/a, 不适用, a dash."""
    key = match_key(text)
    return key in _ABSENT or key.strip(_AROUND) in _ABSENT
