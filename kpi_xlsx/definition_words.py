"""What the keys of a definition, and some of their values, are called where it is written as a sheet."""

from __future__ import annotations

from collections.abc import Mapping

from kpi_xlsx.headings import both_languages
from kpi_xlsx.model import ROLE_WORDS, CellType, Language, Progress, Role, Source, match_key
from kpi_xlsx.template import STATUS_WORDS, TYPE_WORDS, NotDue

COLUMN_SHEET = ("模板", "template", "columns", "列")
SETTINGS_SHEET = ("设置", "settings")
"""The two sheets of a definition; the first word of each is the Chinese one, the second the English one."""

NAMES: Mapping[str, tuple[str, str]] = {
    "name": ("模板名称", "Name"),
    "version": ("版本", "Version"),
    "language": ("语言", "Language"),
    "title": ("标题", "Title"),
    "notes": ("填表要求", "Notes"),
    "signature": ("签字栏", "Signature"),
    "signed": ("必签", "Signed"),
    "spare_rows": ("备用行数", "Spare rows"),
    "date_order": ("日期写法", "Date order"),
    "print.paper": ("纸张", "Paper"),
    "print.orientation": ("纸张方向", "Orientation"),
    "form.not_due": ("本期不报的目标", "Goals not due"),
    "key": ("列代号", "Key"),
    "header": ("表头", "Heading"),
    "group": ("上层表头", "Group"),
    "width": ("列宽", "Width"),
    "source": ("谁填", "Filled in by"),
    "type": ("类型", "Type"),
    "required": ("必填", "Required"),
    "waived": ("免填", "Waived"),
    "choices": ("选项", "Choices"),
    "min": ("最小", "Min"),
    "max": ("最大", "Max"),
    "min_length": ("最少字数", "Min length"),
    "max_length": ("最多字数", "Max length"),
    "help": ("填写提示", "Help"),
    "merge": ("看上去合并", "Merge"),
    "print": ("打印", "Print"),
    "closed_for": ("不由谁填", "Closed for"),
    "required_for": ("谁必填", "Required for"),
    "last": ("带上期", "Last"),
    "cumulative": ("累计", "Cumulative"),
    "means": ("选项含义", "Means"),
    "future": ("可以晚于期末", "Future"),
}
"""Of top level (with what stands in a table of its own) and columns; a key without a name goes by itself."""

TRUE, FALSE = ("是", "yes"), ("否", "no")
_VALUES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "language": {Language.ZH: ("中文", "Chinese"), Language.EN: ("英文", "English")},
    "source": {
        Source.PLAN: ("年度目标", "plan"),
        Source.DEPARTMENT: ("单位", "department"),
        Source.OFFICE: ("办公室", "office"),
    },
    "type": {kind: TYPE_WORDS[kind] for kind in CellType},
    "closed_for": {role: ROLE_WORDS[role] for role in Role},
    "required_for": {role: ROLE_WORDS[role] for role in Role},
    "means": {state: STATUS_WORDS[state] for state in Progress},
    "print.orientation": {"landscape": ("横向", "landscape"), "portrait": ("纵向", "portrait")},
    "form.not_due": {NotDue.GREY: ("变灰", "grey"), NotDue.OMIT: ("不出现", "omit")},
    "date_order": {"dmy": ("先日后月", "day first"), "mdy": ("先月后日", "month first")},
}


def show_name(key: str, language: Language) -> str:
    """What a key is called in a language."""
    return language.say(*NAMES[key]) if key in NAMES else key


def find_key(text: str, known: Mapping[str, object]) -> str | None:
    """The key that a heading or a setting's name means: its name in either language, or the key itself."""
    return both_languages({key: NAMES.get(key, ()) for key in known}).get(match_key(text))


def show_word(key: str, value: str, language: Language) -> str:
    """What a value is called in a language."""
    words = _VALUES.get(key, {}).get(value)
    return value if words is None else language.say(words[0], words[1])


def find_value(key: str, text: str) -> str:
    """The value that a word means for a key; the word itself, if it means none."""
    wanted = match_key(text)
    for value, words in _VALUES.get(key, {}).items():
        if wanted in map(match_key, (value, *words)):
            return str(value)
    return text


def list_words(key: str, language: Language) -> list[str]:
    """The words that a key takes, if they are a closed list."""
    return [show_word(key, value, language) for value in _VALUES.get(key, {})]
