"""Lines on a terminal: nothing is lost, no word and no path is cut in two, and colours take no room."""

from __future__ import annotations

import re

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_xlsx.lines import cells, folded

LONG = "请在 register.xlsx 的“审核”表另起一行，版次写 第2次 e48841eb，结论写通过或退回；写明以后保存并关闭。"


@pytest.mark.parametrize(
    "line", [LONG, "    " + LONG, "  the return says less than the plan, and nobody knows why " * 3]
)
@pytest.mark.parametrize("width", [40, 80])
def test_a_long_line_goes_on_below_as_far_in_as_it_began(line: str, width: int) -> None:
    parts = list(folded(line, width, 2))
    assert len(parts) > 1
    assert all(cells(part) <= width for part in parts)
    inset = len(line) - len(line.lstrip(" "))
    assert all(len(part) - len(part.lstrip(" ")) == inset + 2 for part in parts[1:])
    assert "".join("".join(parts).split()) == "".join(line.split())
    assert not any(part.lstrip()[0] in "，。；”、" for part in parts)


def test_words_paths_and_what_stands_apart_stay_whole() -> None:
    line = "    Must fix  Goal JR-10 General duties of the department  inbox/017-Finance Office-201806.xlsx  Report!J15"
    assert list(folded(line, 80, 2)) == [
        "    Must fix  Goal JR-10 General duties of the department",
        "      inbox/017-Finance Office-201806.xlsx  Report!J15",
    ]
    assert list(folded("样例文旅局还没有报送。请催报：样例小郑 0571-0000 0102 wlj@example.org。", 60)) == [
        "样例文旅局还没有报送。请催报：样例小郑 0571-0000 0102",
        "wlj@example.org。",
    ]


def test_colours_take_no_room_and_files_have_no_width() -> None:
    coloured = click.style("必须修改", fg="red") + "  " + click.style("填报!J9", dim=True)
    assert list(folded(coloured + "一" * 25, 80)) == [coloured + "一" * 25]
    assert list(folded(LONG, None)) == [LONG]
    assert list(folded("", 80)) == [""]


@given(st.text(st.sampled_from("ab ，。一二“”/.\x1b[31m") | st.characters(), max_size=200), st.integers(40, 90))
def test_nothing_is_lost(line: str, width: int) -> None:
    shown = "".join(folded(line, width))
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", line)
