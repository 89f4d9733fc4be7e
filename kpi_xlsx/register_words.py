"""The words of the register's closed lists, in either language or both, and what people write in their stead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from kpi_xlsx.decisions import (
    KIND_WORDS,
    PAPER_WORDS,
    STATE_WORDS,
    VERDICT_WORDS,
    AmendmentKind,
    AmendmentState,
    PaperState,
    Verdict,
)
from kpi_xlsx.model import match_key

Word = TypeVar("Word")

_IGNORED = dict.fromkeys(map(ord, "·•・,，、。.!！:：;；/-—–_()（）\"'“”"))


def word_key(text: str) -> str:
    """How words of a closed list are compared: as headings are, punctuation left out."""
    return match_key(text).translate(_IGNORED)


def _meanings(words: Mapping[Word, tuple[str, str]], synonyms: Mapping[Word, str]) -> Mapping[str, Word]:
    """Each word, as it is compared, to what it means; the two languages may be joined."""
    found: dict[str, Word] = {}
    for meaning, (zh, en) in words.items():
        for text in (zh, en, zh + en, en + zh, *synonyms.get(meaning, "").split("|")):
            found.setdefault(word_key(text), meaning)
    return {key: meaning for key, meaning in found.items() if key}


VERDICTS = _meanings(
    VERDICT_WORDS,
    {
        Verdict.PASSED: "审核通过|已通过|同意|合格|√|✓|✔|pass|ok|approved|accepted|cleared",
        Verdict.SENT_BACK: "退回修改|已退回|不通过|未通过|不同意|×|✗|returned|return|send back|rejected|failed",
        Verdict.PENDING: "待审|待审核|未审|open|undecided|under review",
    },
)
KINDS = _meanings(
    KIND_WORDS,
    {
        AmendmentKind.WORDING: "文字|规范|文字修改|words|editorial",
        AmendmentKind.FIGURES: "数据|数据修改|数字更正|figure|data|data correction",
        AmendmentKind.PUBLIC_ONLY: "仅公开|公开稿|只改公开稿|publication only",
    },
)
STATES = _meanings(
    STATE_WORDS,
    {
        AmendmentState.PROPOSED: "待定|待采用|待审|建议|pending|open|undecided",
        AmendmentState.APPLIED: "采用|采纳|已采纳|同意|通过|确认|已确认|√|✓|✔|apply|accepted|approved|agreed|yes|ok",
        AmendmentState.REJECTED: "不采纳|不同意|否|驳回|退回|不通过|作废|撤销|×|✗|reject|refused|declined|withdrawn|no",
    },
)
PAPERS = _meanings(
    PAPER_WORDS,
    {
        PaperState.AWAITED: "未收到|没收到|未到|未交|not received|missing|no",
        PaperState.MATCHES: "一致|相符|已收且一致|matches|match|same|received matching|received matches",
        PaperState.DIFFERS: "不一致|不符|已收但不一致|differs|differ|different|received differing|received differs",
    },
)
FOUND_IN_MASTER = ("汇总表", "master")
LIKELY_ACCIDENT = ("疑似误操作", "likely accident")
ALL_GOALS = frozenset(map(match_key, ("全部", "所有", "全部目标", "所有目标", "all", "all goals", "*")))
