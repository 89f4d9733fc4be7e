"""The following cycle beside this one: its period, its deadline, what goes along and what does not."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from pathlib import Path

import commands
import pytest
import returns_kit as kit
import year_kit as year

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import CycleError, Language
from kpi_xlsx.periods import Period, parse_period
from kpi_xlsx.starter import write_plan
from kpi_xlsx.succession import find_figures, find_next, rename, rename_id, shift


def period(text: str, year_start: int = 1) -> Period:
    found = parse_period(text, year_start)
    assert found is not None
    return found


def following(text: str, before: str | None = None, year_start: int = 1) -> list[str]:
    known = None if before is None else period(before, year_start)
    return [str(one.period) for one in find_next(period(text, year_start), known)]


def run(cwd: Path, *words: object, language: Language = Language.ZH) -> subprocess.CompletedProcess[str]:
    return commands.run(*words, cwd=cwd, language=language)


# --- which period -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "before", "then"),
    [
        ("2018-06", None, ["2018-07"]),
        ("2018-12", None, ["2019-01"]),
        ("2018-06", "2018-05", ["2018-07"]),
        ("2018-01/2018-06", "2018-01/2018-05", ["2018-01/2018-07"]),
        ("2018-01/2018-06", "2018-01/2018-03", ["2018-01/2018-09"]),
        ("2018-01/2018-12", "2018-01/2018-11", ["2019-01"]),
        ("2018-01/2018-12", "2018-01/2018-09", ["2019-01/2019-03"]),
        ("2018-01/2018-10", "2018-01/2018-05", ["2018-01/2018-12"]),
        ("2018-01", "2017-01/2017-12", ["2018-01/2018-02"]),
        ("2018-01/2018-03", "2017-01/2017-12", ["2018-01/2018-06"]),
        ("2018-01/2018-03", "2017-10/2017-12", ["2018-04/2018-06"]),
        ("2018-01/2018-12", "2017-01/2017-12", ["2019-01/2019-12"]),
        ("2018-04/2018-06", "2018-01/2018-03", ["2018-07/2018-09"]),
        ("2018-04/2018-06", None, ["2018-07/2018-09"]),
        ("2018-10/2018-12", None, ["2019-01/2019-03"]),
        ("2018-06/2018-10", None, ["2018-11/2018-12"]),
        ("2018-01/2018-06", None, ["2018-01/2018-07", "2018-01/2018-09", "2018-07/2018-12"]),
        ("2018-01/2018-03", None, ["2018-01/2018-04", "2018-04/2018-06"]),
        ("2018-01/2018-06", "2018-07", ["2018-01/2018-07", "2018-01/2018-09", "2018-07/2018-12"]),
    ],
)
def test_which_period_follows(now: str, before: str | None, then: list[str]) -> None:
    assert following(now, before) == then


@pytest.mark.parametrize(
    ("now", "before", "then"),
    [
        ("2018-04/2018-06", "2018-01/2018-03", ["2018-07/2018-09"]),
        ("2018-04/2018-06", None, ["2018-04/2018-07", "2018-07/2018-09"]),
        ("2018-04/2019-03", "2018-04/2018-12", ["2019-04/2019-06"]),
        ("2019-01/2019-03", None, ["2019-04/2019-06"]),
    ],
)
def test_which_period_follows_in_a_year_that_begins_in_april(now: str, before: str | None, then: list[str]) -> None:
    assert following(now, before, 4) == then


def test_deadlines_stay_on_their_day_or_the_months_last() -> None:
    zone = dt.timezone(dt.timedelta(hours=8))
    moment = dt.datetime(2018, 12, 31, 17, 30, tzinfo=zone)
    assert shift(moment, 2) == dt.datetime(2019, 2, 28, 17, 30, tzinfo=zone)
    assert shift(moment, 12).isoformat() == "2019-12-31T17:30:00+08:00"


@pytest.mark.parametrize(
    ("name", "then"),
    [
        ("2018-06", "2018-07"),
        ("201806", "201807"),
        ("2018-06 报送", "2018-07 报送"),
        ("2018年6月", "2018年7月"),
        ("2018-01—2018-06", "2018-01—2018-07"),
        ("120180699", None),
        ("六月", None),
    ],
)
def test_a_folder_is_named_as_the_one_before(name: str, then: str | None) -> None:
    assert rename(name, period("2018-06"), period("2018-07")) == then


def test_an_id_with_the_period_goes_along_and_any_other_is_dropped() -> None:
    old, new = period("2018-01/2018-06"), period("2018-01/2018-07")
    assert rename_id("plan-2018-01/2018-06", old, new) == "plan-2018-01/2018-07"
    assert rename_id("plan 201806", old, new) == "plan 201807"
    assert rename_id("the first", old, new) is None


def test_figures_in_a_title_are_seen_and_placeholders_are_not() -> None:
    old = period("2018-01/2018-06")
    assert list(find_figures("{department}{year}年{months}月进展", old)) == []
    assert list(find_figures("{department}2018年1-6月进展", old)) == ["2018", "1-6月"]
    assert list(find_figures("2015 goals: June", old)) == ["June"]


# --- the folder -------------------------------------------------------------------------------------------------------


@pytest.fixture(params=list(Language), ids=str)
def language(request: pytest.FixtureRequest) -> Language:
    found: Language = request.param
    return found


def test_the_next_cycle_has_plan_and_settings_and_nothing_that_came_in(tmp_path: Path, language: Language) -> None:
    may = year.begin(tmp_path, "2018-05", language, settings='marking = "x"  # for the head\nyear_start = 1')
    may.generate()
    year.report(may, "A")
    may.merge()
    made = may.next()
    assert made.resolve() == (tmp_path / "2018-06").resolve()
    assert sorted(path.name for path in made.iterdir()) == ["cycle.toml", "inbox", "outbox", "plan.xlsx"]
    assert not [*(made / "inbox").iterdir(), *(made / "outbox").iterdir()]
    assert (made / "plan.xlsx").read_bytes() == may.settings.plan.read_bytes()
    june = Cycle.load(made, language)
    settings = june.settings
    assert (str(settings.period), settings.previous, settings.id) == ("2018-06", "../2018-05", "2018-06")
    assert (settings.seal_key, settings.marking) == (may.settings.seal_key, "x")
    assert settings.return_by is not None
    assert settings.return_by.isoformat() == "2018-07-05T17:30:00+08:00"
    found = june.past.last("A", "1")
    assert found is not None
    assert june.validate().exit_code == 1, "nobody has reported yet, and that is all"
    assert kit.codes(june.validate().findings) == {"X101"}


def test_comments_order_and_line_ends_stay(tmp_path: Path) -> None:
    may = year.begin(tmp_path, "2018-05")
    text = (
        "\ufeff# 本期设置\r\n"
        'period = "2018-05"   # 单月\r\n'
        'id = "市考核-201805"\r\n'
        'template = "progress-zh"\r\n'
        "return_by = 2018-06-30T17:30:00+08:00  # 月底\r\n"
        "support_by = 2018-06-25T17:30:00+08:00\r\n"
        "\r\n[limits]\r\nsheets = 30  # 多一些\r\n"
    )
    (may.settings.folder / "cycle.toml").write_bytes(text.encode())
    made = Cycle.load(may.settings.folder).next(tmp_path / "x" / "下一期")
    assert (made / "cycle.toml").read_bytes().decode() == (
        "# 本期设置\r\n"
        'period = "2018-06"   # 单月\r\n'
        'id = "市考核-201806"\r\n'
        'template = "progress-zh"\r\n'
        "return_by = 2018-07-30T17:30:00+08:00  # 月底\r\n"
        "support_by = 2018-07-25T17:30:00+08:00\r\n"
        'previous = "../../2018-05"\r\n'
        "\r\n[limits]\r\nsheets = 30  # 多一些\r\n"
    )


def test_an_id_that_names_no_period_is_not_used_twice(tmp_path: Path) -> None:
    may = year.begin(tmp_path, "2018-05", settings='id = "考核"')
    assert Cycle.load(may.next()).settings.id == "2018-06"


def test_the_template_of_the_folder_goes_along_and_the_path_to_another_stays_right(tmp_path: Path) -> None:
    own = kit.make_cycle(tmp_path / "a" / "2018-06", Language.ZH, period="2018-06")
    made = own.next(tmp_path / "b" / "c" / "2018-07")
    assert (made / kit.DESIGN).read_bytes() == (own.settings.folder / kit.DESIGN).read_bytes()
    design = own.settings.folder / kit.DESIGN
    design.rename(tmp_path / "a" / "common.toml")
    text = (own.settings.folder / "cycle.toml").read_text("utf-8")
    (own.settings.folder / "cycle.toml").write_text(text.replace(f'"{kit.DESIGN}"', '"../common.toml"'), "utf-8")
    shared = Cycle.load(own.settings.folder)
    assert Cycle.load(shared.next()).settings.template == "../common.toml"
    elsewhere = Cycle.load(shared.next(tmp_path / "b" / "d" / "e"))
    assert elsewhere.settings.template == "../../../a/common.toml"


def test_what_is_not_certain_is_asked_with_commands_to_choose_from(tmp_path: Path, language: Language) -> None:
    cycle = year.begin(tmp_path, "2018-01/2018-06", language)
    before = sorted(tmp_path.rglob("*"))
    done = run(tmp_path, "next", "-C", "2018-06")
    assert (done.returncode, done.stdout) == (2, "")
    assert "kpi-xlsx next -C 2018-06 --period 2018-01/2018-07" in done.stderr
    assert "kpi-xlsx next -C 2018-06 --period 2018-07/2018-12" in done.stderr
    assert sorted(tmp_path.rglob("*")) == before
    made = run(tmp_path, "next", "-C", "2018-06", "--period", "2018-01/2018-07")
    assert made.returncode == 0, made.stderr
    assert Cycle.load(tmp_path / "2018-07").settings.previous == "../2018-06"
    assert cycle.context.language.say("星期日", "Sunday") in made.stdout, "5 August 2018"
    assert cycle.context.language.say("目标调整", "changes") in made.stdout
    assert "kpi-xlsx generate -C 2018-07" in made.stdout
    again = Cycle.load(tmp_path / "2018-07").next()
    assert str(Cycle.load(again).settings.period) == "2018-01/2018-08", "now the one before tells"


def test_what_is_there_already_stays(tmp_path: Path, language: Language) -> None:
    may = year.begin(tmp_path, "2018-05", language)
    (tmp_path / "2018-06").mkdir()
    with pytest.raises(CycleError, match="2018-06"):
        may.next()
    assert not list((tmp_path / "2018-06").iterdir())
    link = tmp_path / "gone"
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(CycleError):
        may.next(link)


@pytest.mark.parametrize("wrong", ["2018", "2018-05", "2018-03", "2018-13", "x"])
def test_a_period_that_cannot_follow_is_refused(tmp_path: Path, language: Language, wrong: str) -> None:
    may = year.begin(tmp_path, "2018-05", language)
    with pytest.raises(CycleError, match="--period"):
        may.next(period=wrong)
    assert [path.name for path in tmp_path.iterdir()] == ["2018-05"]


def test_a_deadline_may_be_typed_as_a_day(tmp_path: Path, language: Language) -> None:
    may = year.begin(tmp_path, "2018-05", language)
    made = Cycle.load(may.next(return_by="2018-07-09"))
    assert made.settings.return_by is not None
    assert made.settings.return_by.isoformat() == "2018-07-09T17:30:00+08:00"
    for wrong in ("9 July", "2018-02-30", ""):
        with pytest.raises(CycleError, match="--return-by"):
            may.next(tmp_path / "x", return_by=wrong)
    assert not (tmp_path / "x").exists()


def test_a_supporters_deadline_stays_before_one_that_was_typed(tmp_path: Path) -> None:
    may = year.begin(tmp_path, "2018-05", settings="support_by = 2018-06-02T17:30:00+08:00")
    made = Cycle.load(may.next(return_by="2018-07-02")).settings
    assert made.support_by is not None
    assert made.support_by.isoformat() == "2018-06-29T17:30:00+08:00"


def test_a_new_year_a_gap_and_figures_in_the_title_are_said(tmp_path: Path, language: Language) -> None:
    title = language.say("2018年12月进展", "Progress, December 2018")
    december = year.begin(tmp_path, "2018-12", language, settings=f'title = "{title}"')
    said = "\n".join(december.succeed().remarks)
    assert language.say("新的一年：请换上新的 plan.xlsx", "A new year") in said
    assert "2018" in said
    assert language.say("12月", "December") in said
    assert "{months}" in said
    gap = year.begin(tmp_path / "b", "2018-05", language).succeed(period="2018-08").remarks
    assert language.say("空了 2 个月", "gap of 2 months") in "\n".join(gap)
    assert year.begin(tmp_path / "c", "2018-05", language).succeed().remarks == ()


def test_a_plan_that_is_open_is_closed_first(tmp_path: Path) -> None:
    may = year.begin(tmp_path, "2018-05")
    (may.settings.folder / "~$plan.xlsx").touch()
    with pytest.raises(CycleError, match=r"plan\.xlsx"):
        may.next()
    assert not (tmp_path / "2018-06").exists()


def test_nothing_half_made_remains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    may = year.begin(tmp_path, "2018-05")
    old = tmp_path / ".2018-06.0badcafe.tmp"
    old.mkdir()
    os.utime(old, (0, 0))
    young = tmp_path / ".2018-06.0badcaff.tmp"
    young.mkdir()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "plan.xlsx")

    with monkeypatch.context() as patch:
        patch.setattr("shutil.copyfile", full)
        with pytest.raises(OSError, match="No space"):
            may.next()
    assert sorted(path.name for path in tmp_path.iterdir()) == [young.name, "2018-05"]
    may.next()


def test_a_plan_that_does_not_fit_the_new_period_is_said(tmp_path: Path) -> None:
    may = year.begin(tmp_path, "2018-05")
    rows = [{**one, "due_month": "mañana"} for one in kit.goals(Language.ZH)]
    write_plan(may.settings.plan, rows, kit.departments(Language.ZH), Language.ZH)
    made = may.succeed()
    assert any("plan.xlsx" in remark for remark in made.remarks)
