"""The reader of choices: a word of the list, a tick for its yes, or one misspelling that can only be one of them.

A near miss may never turn a word into its opposite. So no word is added, dropped or exchanged for another:

- In Chinese, where one character more (未完成) is the contrary, the number of characters must be the same. Equal are
  only characters mistaken for one another by looks or input (己 for 已, 末 for 未), and a character's traditional form
  (滯 for 滞).
- In Latin letters the number of words must be the same, and a single one of them may differ by a single edit (a letter
  too many, too few, wrong, or two swapped). That word has five letters or more, for Off is one edit away from On, and
  it begins with the same letter, for typical and atypical are one edit apart.
- Only if exactly one choice is within reach is it taken, and no other would be but for its first letter (Ilegal is as
  near to Legal as to Illegal); and it is always said (V106).
"""

from __future__ import annotations

import re

from kpi_xlsx.model import Cell, CellKind, match_key
from kpi_xlsx.reading import Reading, refused, says_nothing
from kpi_xlsx.template import Column

LONGEST = 200
"""Characters beyond which a text is no misspelt choice."""


def _keys(words: str) -> frozenset[str]:
    return frozenset(map(match_key, words.split()))


_YES, _NO = _keys("是 对 有 yes y true √ ✓ ✔"), _keys("否 不是 无 没有 no n false × ✗ ✘")
_TICKS, _CROSSES = _keys("√ ✓ ✔ ☑ 是 对 yes y true"), _keys("× ✗ ✘ 否 no n false")
"""Not x, which is a tick to some, nor ☒."""


def read_choice(column: Column, cell: Cell, text: str) -> Reading:
    """One of the column's choices, as the template writes it."""
    choice = _exact(column.choices, text) or _ticked(column.choices, text, cell) or _none_of_it(column.choices, text)
    if choice is not None:
        return Reading(choice, converted=choice != text)
    if _UNTICKED.match(text):
        return refused("", "V102")
    bare = _bare(text) if len(text) <= LONGEST else text
    choice = _exact(column.choices, bare)
    if choice is None and says_nothing(text):
        return Reading(absent=True)
    choice = choice or near_choice(column.choices, bare)
    return refused("", "V102") if choice is None else Reading(choice, converted=True)


def _exact(choices: tuple[str, ...], text: str) -> str | None:
    key = match_key(text)
    return next((choice for choice in choices if match_key(choice) == key), None)


def _ticked(choices: tuple[str, ...], text: str, cell: Cell) -> str | None:
    """The one choice that a tick or a cross stands for: 是 of 是 and 否."""
    key = match_key(text)
    for signs, meaning, truth in ((_TICKS, _YES, True), (_CROSSES, _NO, False)):
        if key in signs or (cell.kind is CellKind.BOOL and cell.value is truth):
            meant = [choice for choice in choices if match_key(choice) in meaning]
            return meant[0] if len(meant) == 1 else None
    return None


_NOTHINGS = (_keys("无 没有"), _keys("不适用 n/a na n.a. n.a notapplicable"))


def _none_of_it(choices: tuple[str, ...], text: str) -> str | None:
    """The one choice that itself says that there is nothing, in the other word for it: 没有 where 无 may be chosen."""
    key = match_key(text)
    words: frozenset[str] = next((words for words in _NOTHINGS if key in words), frozenset())
    meant = [choice for choice in choices if match_key(choice) in words]
    return meant[0] if len(meant) == 1 else None


_UNTICKED = re.compile(r"\s*[\[(（【]\s*[\])）】]")
_MARK = r"(?:\d{1,2}|[一二三四五六七八九十]|[A-Za-z])"
_NUMBERING = re.compile(rf"\s*(?:[(（]\s*{_MARK}\s*[)）]|{_MARK}\s*[.．、)）:：]|[①-⑳]|[√✓✔☑●■★▶•·])\s*[.．、]?\s*")
_QUOTES = re.compile(r"[\s\"'“”‘’「」『』【】\[\]()（）《》]+")
_STOPS = re.compile(r"[\s。．.，,；;、!！]+\Z")


def _bare(text: str) -> str:
    """A choice without list numbering before it and punctuation around it; a question mark is a doubt and stays."""
    bare = _STOPS.sub("", text)
    numbering = _NUMBERING.match(bare)
    rest = bare[numbering.end() :] if numbering else ""
    if len(rest) > 1 and not rest[0].isdigit():  # A、B are two answers, 1.3 is a number
        bare = rest
    start = _QUOTES.match(bare)
    bare = bare[start.end() :] if start else bare
    return _STOPS.sub("", re.sub(rf"{_QUOTES.pattern}\Z", "", bare))


# --- near misses ------------------------------------------------------------------------------------------------------

_ALIKE = """
已己巳以 未末 滞滯 带帶帯 后後 进進 数數 据據 发發 布佈 启啟啓 动動 请請 调調 点點 节節 开開 达達 状狀 态態 报報 结結
终終 续續 应應 当當 实實 际際 标標 准準 优優 级級 总總 体體 类類 项項 审審 执執 办辦 处處 经經 过過 无無 没沒 还還
运運 尽盡 尚尙 确確 认認 证證 问問 题題 变變 转轉 单單 众眾 门門 备備 汇匯 计計 划劃 预預 验驗 护護 现現 将將 设設
"""
_CANONICAL = {ord(sign): group[0] for group in _ALIKE.split() for sign in group}
_HYPHEN = re.compile(r"(?<=[A-Za-z])[-‐‑–](?=[A-Za-z])")
_WORD = re.compile(r"[a-z]+\Z")
LEAST_LETTERS = 5


def near_choice(choices: tuple[str, ...], text: str) -> str | None:
    """The one choice that a text can be a misspelling of."""
    near = [choice for choice in choices if _alike(choice, text) or _misspelt(choice, text)]
    sure = len(near) == 1 and (_alike(near[0], text) or _begins_alike(near[0], text))
    return near[0] if sure else None


def _alike(choice: str, text: str) -> bool:
    first, second = (match_key(_HYPHEN.sub("", one)).translate(_CANONICAL) for one in (choice, text))
    return first == second


def _misspelt(choice: str, text: str) -> bool:
    """Whether a single word of the text is a single edit away from the choice's, all others being the same."""
    ours, theirs = choice.casefold().split(), text.casefold().split()
    if len(ours) != len(theirs):
        return False
    differ = [(own, typed) for own, typed in zip(ours, theirs, strict=True) if match_key(own) != match_key(typed)]
    if len(differ) != 1:
        return False
    own, typed = map(match_key, differ[0])
    lettered = bool(_WORD.match(own) and _WORD.match(typed))
    return lettered and len(own) >= LEAST_LETTERS and one_edit(own, typed)


def _begins_alike(choice: str, text: str) -> bool:
    """Whether the words of both begin with the same letters, one by one."""
    pairs = zip(choice.casefold().split(), text.casefold().split(), strict=True)
    return all(own[:1] == typed[:1] for own, typed in pairs)


def one_edit(first: str, second: str) -> bool:
    """Whether two words differ by one letter inserted, left out or replaced, or by two neighbours swapped."""
    short, long = sorted((first, second), key=len)
    if len(long) - len(short) > 1:
        return False
    begin = next((place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[begin:] == long[begin + 1 :]
    swapped = short[begin : begin + 2] == long[begin : begin + 2][::-1]
    return short[begin + 1 :] == long[begin + 1 :] or (swapped and short[begin + 2 :] == long[begin + 2 :])
