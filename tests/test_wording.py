"""New and old words told apart: in Chinese by characters, elsewhere by words, numbers as a whole."""

from __future__ import annotations

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_xlsx.model import Language
from kpi_xlsx.wording import Change, find_changes, show_change

TEXTS = st.text(st.sampled_from("ab 1.6，。\n的路é\u0301已完成—-%") | st.characters(), max_size=60)


def shown(old: str, new: str) -> str:
    marks = {Change.SAME: "{}", Change.GONE: "[-{}]", Change.NEW: "[+{}]"}
    return "".join(marks[change].format(text) for change, text in find_changes(old, new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", ""),
        ("", "已完成。", "[+已完成。]"),
        ("已完成。", "", "[-已完成。]"),
        ("已完成。", "已完成。", "已完成。"),
        ("已建成道路6公里。", "已建成道路8公里。", "已建成道路[-6][+8]公里。"),
        ("增长6.8%，位居全省第二。", "增长6.9%，位居全省第一。", "增长[-6.8][+6.9]%，位居全省第[-二][+一]。"),
        ("截至1,200万元", "截至1,250万元", "截至[-1,200][+1,250]万元"),
        ("下降 5", "下降 -5", "下降 [-5][+-5]"),
        ("正在推进。", "正在推进。已完成一半。", "正在推进。[+已完成一半。]"),
        ("Half of it is done.", "Half of it is finished now.", "Half of it is [-done][+finished now]."),
        ("6.8 km of road", "12 km of road", "[-6.8][+12] km of road"),
        ("red and blue", "green or yellow", "[-red and blue][+green or yellow]"),
        ("café open", "cafe open", "[-café][+cafe] open"),
        ("甲的乙", "丙的丁", "[-甲的乙][+丙的丁]"),
    ],
)
def test_changed_words(old: str, new: str, expected: str) -> None:
    assert shown(old, new) == expected


@given(TEXTS, TEXTS)
def test_nothing_is_lost_or_made_up(old: str, new: str) -> None:
    pieces = find_changes(old, new)
    assert "".join(text for change, text in pieces if change is not Change.NEW) == old
    assert "".join(text for change, text in pieces if change is not Change.GONE) == new
    assert all(text for _, text in pieces)
    kinds = [change for change, _ in pieces]
    assert all(first is not second for first, second in pairwise(kinds))
    assert (Change.NEW, Change.GONE) not in set(pairwise(kinds))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a b " * 8000, "a " * 16000),
        ("的" * 32767, "的了" * 16000),
        ("，" * 32767, "a，" * 16000),
        ("已完成。" * 8000, "未完成。" * 8000),
    ],
)
def test_a_text_made_to_be_slow_is_compared_in_larger_pieces(old: str, new: str) -> None:
    start = time.perf_counter()
    pieces = find_changes(old, new)
    assert time.perf_counter() - start < 10
    assert "".join(text for change, text in pieces if change is not Change.GONE) == new


def test_a_long_honest_text_is_still_compared_word_by_word() -> None:
    sentences = [f"第{number}项工作已按计划完成{number}处，" for number in range(150)]
    old = "".join(sentences)
    assert shown(old, old.replace("完成77处", "完成78处")).count("[+78]") == 1


# --- what a message says of a change ----------------------------------------------------------------------------------

LONG = "到6月末，全市上市公司{}家，其中境内131家、境外36家；另有新三板挂牌企业353家，区域性股权市场挂牌企业2107家{}"


@pytest.mark.parametrize("language", list(Language))
def test_of_a_long_text_only_what_changed_is_shown(language: Language) -> None:
    shown = show_change(LONG.format(167, "。"), LONG.format(170, "。*"), language)
    between = language.say("；", "; ")
    first, second = shown.split(between + "“…")
    assert "上市公司167家" in first
    assert "上市公司170家" in first
    assert first.startswith("“到6月末")
    assert second.endswith("2107家。*”")
    assert len(shown) < 130


def test_a_change_far_behind_is_seen() -> None:
    """Both texts cut at the same length would look alike."""
    old, new = "甲" * 500 + "6.8%", "甲" * 500 + "6.9%"
    shown = show_change(old, new, Language.EN)
    assert shown.replace("甲", "") == "“…6.8%” → “…6.9%”"
    assert 10 < shown.count("甲") < 30


def test_blank_and_white_space_are_said() -> None:
    assert show_change("", "已完成。", Language.ZH) == "空白 → “已完成。”"
    assert show_change("done", "", Language.EN) == "“done” → blank"
    assert show_change("甲 乙", "甲  乙", Language.ZH) == "“甲 乙”（只有空格或换行不同）"


@pytest.mark.parametrize("text", ["已完成。", "各项工作按计划推进。" * 20])
def test_words_that_are_the_same_are_said_once(text: str) -> None:
    """A department may have adopted what the office made of its answer."""
    said = show_change(text, text, Language.ZH)
    assert said.startswith(f"“{text[:4]}")
    assert "→" not in said


def test_many_changes_are_counted() -> None:
    old = "".join(f"第{number}项工作正在按计划抓紧推进之中，预计年底以前全部完成。" for number in range(8))
    new = re.sub(r"第(\d)项", lambda found: f"第{int(found[1]) + 10}项", old)
    assert show_change(old, new, Language.ZH).endswith("；另有 5 处")


@given(TEXTS, TEXTS)
def test_every_change_can_be_shown(old: str, new: str) -> None:
    assert "“" in show_change(old, new, Language.EN) or not (old.split() or new.split())
