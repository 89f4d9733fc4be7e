"""cycle.toml: what it says, what stands in for what it leaves out, and every mistake named by its key."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kpi_xlsx.checks import BY_CODE
from kpi_xlsx.limits import DEFAULT_LIMITS
from kpi_xlsx.model import CycleError, Language, Mistake
from kpi_xlsx.periods import Period
from kpi_xlsx.settings import KEYS, LIMIT_KEYS, Settings, load_settings

RIGHT = 'period = "2018-01/2018-06"\ntemplate = "progress-zh"\n'
JUNE = Period(dt.date(2018, 1, 1), dt.date(2018, 6, 30))


def load(folder: Path, text: str, language: Language = Language.EN) -> Settings:
    (folder / "cycle.toml").write_text(text, "utf-8")
    return load_settings(folder, language)


def mistakes(folder: Path, text: str) -> Sequence[Mistake]:
    with pytest.raises(CycleError) as caught:
        load(folder, text)
    assert {mistake.file for mistake in caught.value.mistakes} == {"cycle.toml"}
    return caught.value.mistakes


# --- what it says -----------------------------------------------------------------------------------------------------


def test_a_short_file_and_what_stands_in_for_the_rest(tmp_path: Path) -> None:
    found = load(tmp_path, RIGHT)
    assert found == Settings(tmp_path, JUNE, "progress-zh", id="2018-01/2018-06")
    assert (found.title, found.seal_key, found.marking, found.previous, found.contact) == ("",) * 5
    assert (found.return_by, found.zone) == (None, dt.UTC)


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    text = """
    title = "{department}{year}年{months}月"
    period = "2018-04/2018-06"
    return_by = 2018-07-05T17:30:00+08:00
    support_by = 2018-07-03T17:30:00+08:00
    template = "../own.toml"
    previous = "../2018-03"
    id = " second quarter "
    seal_key = "abc"
    year_start = 4
    marking = "内部资料"
    contact = "考评办 0571-17"
    limits = { file_mb = 30, cells = 9 }
    scores = "../scores.toml"
    """
    found = load(tmp_path, text)
    assert found.limits == replace(DEFAULT_LIMITS, file_bytes=30 * 2**20, cells=9)
    assert {line.split("=")[0].strip() for line in text.strip().splitlines()} == KEYS.keys()
    assert found.period == Period(dt.date(2018, 4, 1), dt.date(2018, 6, 30), 4)
    assert (found.template, found.previous, found.id) == ("../own.toml", "../2018-03", "second quarter")
    assert found.scoring == found.folder / "../scores.toml"
    assert (found.seal_key, found.marking, found.contact) == ("abc", "内部资料", "考评办 0571-17")


@pytest.mark.parametrize(
    ("written", "offset"),
    [("2018-07-05T17:30:00+08:00", 8), ("2018-07-05 17:30:00-05:00", -5), ("2018-07-05T09:30:00Z", 0)],
)
def test_times_are_shown_in_the_offset_of_the_deadline(tmp_path: Path, written: str, offset: int) -> None:
    found = load(tmp_path, RIGHT + f"return_by = {written}\n")
    moment = dt.datetime(2018, 1, 1, tzinfo=found.zone)
    assert moment.utcoffset() == dt.timedelta(hours=offset)


@pytest.mark.parametrize("period", ["2018-06", "2018-01/2018-06", " 2018-06 / 2018-06 "])
def test_a_cycle_is_named_after_its_period(tmp_path: Path, period: str) -> None:
    found = load(tmp_path, RIGHT.replace("2018-01/2018-06", period))
    assert found.id == str(found.period)
    assert load(tmp_path, RIGHT + 'id = " "').id == "2018-01/2018-06"


def test_everything_lies_in_the_folder(tmp_path: Path) -> None:
    found = load(tmp_path, RIGHT)
    names = ("plan", "register", "outbox", "inbox", "history", "ledger", "master")
    assert [getattr(found, name).relative_to(tmp_path).as_posix() for name in names] == [
        "plan.xlsx",
        "register.xlsx",
        "outbox",
        "inbox",
        "history",
        "ledger.sqlite",
        "master.xlsx",
    ]


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    (tmp_path / "cycle.toml").write_bytes(b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode())
    assert load_settings(tmp_path, Language.ZH).period == JUNE


# --- titles -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "of_department", "of_all"),
    [
        ("{department}{year}年{months}月进展", "市金融办2018年1-6月进展", "2018年1-6月进展"),
        ("{department}: goals, {month}/{year}", "市金融办: goals, 6/2018", "Goals, 6/2018"),
        ("{department}，{year}", "市金融办，2018", "2018"),
        ("{year}（{department}）", "2018（市金融办）", "2018（）"),
        ("{{{year}}}", "{2018}", "{2018}"),
        ("All goals", "All goals", "All goals"),
    ],
)
def test_titles_with_and_without_a_department(tmp_path: Path, title: str, of_department: str, of_all: str) -> None:
    found = load(tmp_path, RIGHT + f'title = "{title}"\n')
    assert found.full_title("市金融办", "not this one") == of_department
    assert found.full_title("", "not this one") == of_all


def test_the_templates_title_stands_in_for_a_missing_one(tmp_path: Path) -> None:
    found = load(tmp_path, RIGHT)
    assert found.full_title("Finance", "{department} {months}") == "Finance 1-6"
    assert found.full_title() == ""


def test_a_department_named_with_braces_is_only_a_name(tmp_path: Path) -> None:
    assert load(tmp_path, RIGHT + 'title = "{department}"').full_title("{year}") == "{year}"


# --- mistakes ---------------------------------------------------------------------------------------------------------

MISTAKES: dict[str, tuple[str, str, str]] = {
    "no period": (RIGHT.replace("period", "# period"), "period", "missing"),
    "no template": (RIGHT.replace("template", "# template"), "template", "missing"),
    "period backwards": (RIGHT.replace("2018-01/2018-06", "2018-06/2018-01"), "period", "“2018-06/2018-01”"),
    "period in words": (RIGHT.replace("2018-01/2018-06", "June 2018"), "period", "2018-06"),
    "period as a date": (RIGHT.replace('"2018-01/2018-06"', "2018-06-01"), "period", "text"),
    "template no text": (RIGHT.replace('"progress-zh"', "1"), "template", "text"),
    "key misspelt": (RIGHT + 'tittle = "a"', "tittle", "did you mean “title”?"),
    "key unknown": (RIGHT + 'zzz = "a"', "zzz", "return_by"),
    "table": (RIGHT + '[cycle]\ntitle = "a"', "cycle", "no key"),
    "deadline without offset": (RIGHT + "return_by = 2018-07-05T17:30:00", "return_by", "+08:00"),
    "deadline without time": (RIGHT + "return_by = 2018-07-05", "return_by", "time"),
    "deadline as text": (RIGHT + 'return_by = "2018-07-05T17:30:00+08:00"', "return_by", "time"),
    "year begins in month 13": (RIGHT + "year_start = 13", "year_start", "1 to 12"),
    "year begins in month 0": (RIGHT + "year_start = 0", "year_start", "1 to 12"),
    "year begins in words": (RIGHT + 'year_start = "April"', "year_start", "whole number"),
    "year begins is true": (RIGHT + "year_start = true", "year_start", "whole number"),
    "placeholder unknown": (RIGHT + 'title = "{dept}"', "title", "{department}"),
    "placeholder without a name": (RIGHT + 'title = "{}"', "title", "{department}"),
    "placeholder into an attribute": (RIGHT + 'title = "{year.real}"', "title", "{year}"),
    "placeholder with a format": (RIGHT + 'title = "{department:d}"', "title", "{department}"),
    "brace left open": (RIGHT + 'title = "{year"', "title", "{year}"),
    "title no text": (RIGHT + "title = 1", "title", "text"),
    "seal key no text": (RIGHT + "seal_key = 1", "seal_key", "text"),
}


@pytest.mark.parametrize("wrong", MISTAKES)
def test_each_mistake_is_one_line_with_its_key(tmp_path: Path, wrong: str) -> None:
    text, place, words = MISTAKES[wrong]
    (found,) = mistakes(tmp_path, text)
    assert found.place == place
    assert words in found.words
    assert "\n" not in str(found)


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    text = 'period = "2018"\ntitel = "a"\nreturn_by = 2018-07-05T17:30:00\nyear_start = 0\ntitle = "{x}"\n'
    found = mistakes(tmp_path, text)
    assert sorted(one.place for one in found) == ["period", "return_by", "template", "titel", "title", "year_start"]


@pytest.mark.parametrize("body", [b"period = 2018-", 'title = "进展"'.encode("gb18030"), b"\xff\xfe", b"a = 1\na = 2"])
def test_a_file_that_cannot_be_parsed_is_one_line(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "cycle.toml").write_bytes(body)
    with pytest.raises(CycleError) as caught:
        load_settings(tmp_path, Language.EN)
    (found,) = caught.value.mistakes
    assert found.file == "cycle.toml"


@pytest.mark.parametrize("language", Language)
def test_a_folder_that_is_no_cycle_says_what_to_do(tmp_path: Path, language: Language) -> None:
    with pytest.raises(CycleError) as caught:
        load_settings(tmp_path / "2018-06", language)
    (found,) = caught.value.mistakes
    assert found.file == "cycle.toml"
    assert "2018-06" in found.words
    assert "kpi-xlsx init" in found.words


def test_the_page_of_the_limits_names_every_key() -> None:
    for language in Language:
        page = BY_CODE["F104"].words(language).page
        assert [key for key in LIMIT_KEYS if not re.search(rf"(?<!\w){key}(?!\w)", page)] == []


@pytest.mark.parametrize(
    "limits", ["{ file_mb = 0 }", "{ file_mb = -1 }", "{ file = 3 }", '{ cells = "many" }', "{ cells = true }", "3"]
)
def test_limits_that_cannot_be_used_are_named(limits: str, tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, f"{RIGHT}limits = {limits}\n")
    assert mistake.place.startswith("limits")
