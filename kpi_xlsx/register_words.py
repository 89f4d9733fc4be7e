"""The words of the register's closed lists, in either language or both, and what people write in their stead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from kpi_xlsx.decisions import (
    ADOPTION_WORDS,
    AMENDMENT_KINDS,
    AMENDMENT_STATES,
    PAPER_WORDS,
    VERDICT_WORDS,
    Adoption,
    AmendmentKind,
    AmendmentState,
    PaperState,
    Verdict,
)
from kpi_xlsx.model import match_key

Word = TypeVar("Word")

_IGNORED = dict.fromkeys(map(ord, "·•・,，、。.!！:：;；/-—–_()（）\"'“”"))
_VARIANT = re.compile("[\ufe00-\ufe0f]")
"""What makes a picture of a sign: ✔️ is ✔."""


def word_key(text: str) -> str:
    """How words of a closed list are compared: as headings are, punctuation left out."""
    return _VARIANT.sub("", match_key(text)).translate(_IGNORED)


def find_word(text: str, words: Mapping[str, Word]) -> Word | None:
    """What a word means, also where it is said as what has happened: 通过了. A note beside it may limit it: None."""
    key = word_key(text)
    return words.get(key, words.get(key.removesuffix("了")))


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
        Verdict.PASSED: (
            "审核通过|已通过|审核已通过|已审核通过|准予通过|予以通过|可以通过|同意通过|通过审核|"
            "审定通过|同意|准|批准|核准|合格|可以|无误|审核无误|没问题|没有问题|无问题|无意见|"
            "没意见|√|✓|✔|☑|✅|pass|ok|okay|yes|approve|approved|accept|accepted|cleared|clear|"
            "agreed|good|fine|no objection"
        ),
        Verdict.SENT_BACK: (
            "退|退回修改|已退回|退回重报|退回补正|退回补充|退回整改|打回|打回重报|返回修改|退改|"
            "重报|需重报|请重报|需修改|要修改|请修改|修改后再报|不通过|未通过|没通过|没有通过|"
            "不予通过|审核不通过|审核未通过|不同意|不合格|不行|否|×|✗|✘|✕|❌|☒|returned|return|"
            "send back|sentback|back|reject|rejected|fail|failed|not passed|not approved|"
            "not accepted|declined|refused|resubmit|to be resubmitted|no"
        ),
        Verdict.PENDING: (
            "待|待审|待审核|待复核|待核实|待核|未审|未审核|在审|审核中|再议|暂缓|暂不定|未定|"
            "搁置|待研究|open|undecided|under review|in review|on hold|hold|waiting|tbd|"
            "to be decided"
        ),
    },
)
KINDS = _meanings(
    AMENDMENT_KINDS,
    {
        AmendmentKind.WORDING: (
            "文字|规范|文字修改|文字更正|文字修正|文字性修改|规范表述|表述规范|措辞|错别字|words|"
            "word|text|editorial|style|language"
        ),
        AmendmentKind.FIGURES: (
            "数据|数据修改|数据修正|数字|数字更正|数字修改|数值|数值更正|figure|"
            "figures correction|data|numbers|number|data correction|correction|"
            "correction of figures"
        ),
        AmendmentKind.PUBLIC_ONLY: (
            "仅公开|公开稿|只改公开稿|只用于公开稿|仅用于公开稿|仅公示|公示稿|仅公示稿|"
            "publication only|public|published version only|publication|notice only"
        ),
    },
)
STATES = _meanings(
    AMENDMENT_STATES,
    {
        AmendmentState.PROPOSED: (
            "待定|待|待采用|待审|待审核|待批|待批准|未定|建议|拟改|pending|open|undecided|proposal|tbd"
        ),
        AmendmentState.APPLIED: (
            "采用|采纳|已采纳|同意|已同意|通过|已通过|确认|已确认|批准|已批准|已改|已更正|已应用|"
            "应用|生效|已生效|准|是|可以|√|✓|✔|☑|✅|apply|accept|accepted|approve|approved|agree|"
            "agreed|adopted|confirmed|done|yes|ok|okay"
        ),
        AmendmentState.REJECTED: (
            "不采纳|未采用|未采纳|不同意|不批准|不改|不予采用|不予采纳|否|否决|驳回|已驳回|退回|"
            "不通过|未通过|作废|撤销|取消|×|✗|✘|✕|❌|☒|reject|refuse|refused|declined|dismissed|"
            "withdrawn|cancelled|canceled|not applied|no"
        ),
    },
)
PAPERS = _meanings(
    PAPER_WORDS,
    {
        PaperState.AWAITED: (
            "未收到|没收到|未到|未交|未报|没交|缺|not received|not yet|outstanding|missing|waiting|no"
        ),
        PaperState.MATCHES: (
            "一致|相符|已核对一致|已收到一致|已收到且一致|收到一致|已收且一致|已收相符|matches|"
            "match|matching|same|agrees|received matching|received and matches|received same"
        ),
        PaperState.DIFFERS: (
            "不一致|不符|不相符|有出入|已核对不一致|已收到不一致|已收到但不一致|收到不一致|"
            "已收但不一致|已收不符|differs|differ|differing|different|does not match|"
            "received differing|received but differs|received different"
        ),
    },
)
ADOPTIONS = _meanings(
    ADOPTION_WORDS,
    {
        Adoption.PENDING: "待|待确认|待认定|待审|待审核|待批|未定|open|undecided|tbd|proposed",
        Adoption.ADOPTED: (
            "已采用|采纳|已采纳|同意|通过|已通过|认定|已认定|确认|已确认|批准|已批准|是|√|✓|✔|☑|✅|"
            "adopt|accepted|accept|approved|approve|agreed|confirmed|yes|ok|okay"
        ),
        Adoption.REJECTED: (
            "未采用|不采纳|未采纳|不同意|不认定|未认定|不批准|不予认定|否|驳回|作废|撤销|×|✗|✘|✕|❌|☒|"
            "rejected|reject|refused|declined|withdrawn|no"
        ),
    },
)
FOUND_IN_MASTER = ("汇总表", "master")
LIKELY_ACCIDENT = ("疑似误操作", "likely accident")
ALL_GOALS = frozenset(
    map(
        match_key, ("全部", "所有", "全部目标", "所有目标", "各项", "全部编号", "all", "all goals", "every", "any", "*")
    )
)
