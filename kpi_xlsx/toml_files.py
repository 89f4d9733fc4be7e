"""TOML files that people write: read, and their keys held against those that are known."""

from __future__ import annotations

import datetime as dt
import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kpi_xlsx.model import Language, Mistake, PlanError

Complaint = tuple[str, str]
"""A place within the file, and words."""


def read_toml(path: Path, error: type[PlanError]) -> dict[str, Any]:
    """Parse a TOML file that a person wrote (UTF-8, a BOM is fine). Raises `error` with one mistake."""
    text = read_text(path, error)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        words = f"不是正确的 TOML 格式：{problem} / This is not valid TOML: {problem}"
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets in brackets without end
        words = "不是正确的 TOML 格式 / This is not valid TOML"
    raise error([Mistake(path.name, "", words)])


def read_text(path: Path, error: type[PlanError]) -> str:
    """A text file that a person wrote (UTF-8, a BOM is fine). Raises `error` with one mistake."""
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        words = "没有这个文件。 / There is no such file."
    except UnicodeDecodeError:
        words = "文件不是 UTF-8 编码，请另存为 UTF-8。 / The file is not UTF-8; save it again as UTF-8."
    except OSError as problem:
        words = f"读不了这个文件：{problem.strerror} / The file cannot be read: {problem.strerror}"
    raise error([Mistake(path.name, "", words)])


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a misspelt one most probably stands for."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return close[0] if close else None


def unknown_key(word: str, known: Iterable[str], language: Language) -> str:
    """What to say of a key that nobody knows."""
    known = list(known)
    close = nearest(word, known)
    if close:
        return language.say(
            f"没有“{word}”这个键，是不是“{close}”？", f"There is no key “{word}”; did you mean “{close}”?"
        )
    listed = ", ".join(known)
    return language.say(f"没有“{word}”这个键。可用的键：{listed}。", f"There is no key “{word}”. Keys: {listed}.")


def key_mistakes(
    data: Mapping[str, Any],
    known: Mapping[str, tuple[type, ...]],
    required: Iterable[str],
    prefix: str,
    language: Language,
) -> Iterator[Complaint]:
    """Misspelt keys, missing keys and values of the wrong kind in one TOML table."""
    for key, value in data.items():
        if key not in known:
            yield prefix + key, unknown_key(key, known, language)
        elif not isinstance(value, known[key]) or (isinstance(value, bool) and bool not in known[key]):
            kinds = " / ".join(_kind_name(kind, language) for kind in known[key])
            yield prefix + key, language.say(f"应当是{kinds}。", f"Must be {kinds}.")
    for key in required:
        if key not in data:
            yield prefix + key, language.say("缺少这个键。", "This key is missing.")


def _kind_name(kind: type, language: Language) -> str:
    zh, en = {
        str: ("文字", "text"),
        int: ("整数", "a whole number"),
        float: ("数字", "a number"),
        bool: ("true/false", "true or false"),
        list: ("列表", "a list"),
        dict: ("一组键", "a table of keys"),
        dt.date: ("日期", "a date"),
        dt.datetime: ("日期时间", "a date and time"),
    }[kind]
    return language.say(zh, en)
