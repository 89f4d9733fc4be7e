"""What lies in an inbox: found in one order whatever its names, ignored by rule, and taken within a limit."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest
import returns_kit as kit
from hostile import workbook

from kpi_xlsx.book import Unreadable
from kpi_xlsx.intake import Arrival, chunks, find_arrivals, ignored, load
from kpi_xlsx.limits import DEFAULT_LIMITS, Limits
from kpi_xlsx.model import Language
from kpi_xlsx.screen import show_report

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs links or names that Windows does not allow")


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def names_in(folder: Path) -> list[str]:
    return [arrival.name for arrival in find_arrivals(folder)]


# --- finding ----------------------------------------------------------------------------------------------------------


def test_files_are_found_in_every_folder_in_the_order_of_names(tmp_path: Path) -> None:
    put(
        tmp_path,
        "乙.xlsx",
        "a b.xlsx",
        "A.xlsx",
        "b/z.xlsx",
        "b/中 文/😀/表 一.xlsx",
        "b/中 文/a.xlsx",
        "b c.xlsx",
        ".藏.xlsx",
    )
    assert names_in(tmp_path) == [
        "inbox/.藏.xlsx",
        "inbox/A.xlsx",
        "inbox/a b.xlsx",
        "inbox/b/z.xlsx",
        "inbox/b/中 文/a.xlsx",
        "inbox/b/中 文/😀/表 一.xlsx",
        "inbox/b c.xlsx",
        "inbox/乙.xlsx",
    ]


def test_each_arrival_says_where_it_lies(tmp_path: Path) -> None:
    put(tmp_path, "子 夹/表.xlsx")
    assert list(find_arrivals(tmp_path, "2018-06/inbox")) == [
        Arrival("2018-06/inbox/子 夹/表.xlsx", tmp_path / "子 夹" / "表.xlsx")
    ]


def test_the_order_does_not_depend_on_when_files_came(tmp_path: Path) -> None:
    names = ["c.xlsx", "a/b.xlsx", "b.xlsx", "a/a.xlsx"]
    put(tmp_path / "one", *names)
    put(tmp_path / "two", *reversed(names))
    assert names_in(tmp_path / "one") == names_in(tmp_path / "two")


def test_folders_without_files_and_no_folder_at_all(tmp_path: Path) -> None:
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    assert names_in(tmp_path / "empty") == []
    assert names_in(tmp_path / "none") == []


def test_what_is_no_folder_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    """Else a drive that is not connected would say that nobody has reported."""
    put(tmp_path, "file")
    with pytest.raises(NotADirectoryError):
        names_in(tmp_path / "file")
    if hasattr(os, "symlink") and sys.platform != "win32":
        (tmp_path / "link").symlink_to(tmp_path / "unplugged")
        with pytest.raises(FileNotFoundError):
            names_in(tmp_path / "link")


@POSIX
def test_links_are_seen_but_not_followed(tmp_path: Path) -> None:
    put(tmp_path, "elsewhere/secret.xlsx", "inbox/own.xlsx")
    inbox = tmp_path / "inbox"
    (inbox / "folder").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (inbox / "file.xlsx").symlink_to(tmp_path / "elsewhere" / "secret.xlsx")
    (inbox / "nowhere.xlsx").symlink_to(tmp_path / "none")
    (inbox / "loop").symlink_to(inbox, target_is_directory=True)
    found = {arrival.name: arrival.path for arrival in find_arrivals(inbox)}
    assert sorted(found) == ["inbox/file.xlsx", "inbox/folder", "inbox/loop", "inbox/nowhere.xlsx", "inbox/own.xlsx"]
    for name in ("inbox/file.xlsx", "inbox/folder", "inbox/loop", "inbox/nowhere.xlsx"):
        assert refusal(found[name]) == "F101"


def test_a_folder_that_cannot_be_looked_into_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "甲/a.xlsx", "乙/b.xlsx")
    look = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("甲"):
            raise PermissionError(13, "Permission denied", path)
        return look(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert names_in(tmp_path) == ["inbox/乙/b.xlsx", "inbox/甲"]
    assert refusal(tmp_path / "甲") == "F101"


@POSIX
def test_what_is_no_ordinary_file_is_told_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    assert names_in(tmp_path) == ["inbox/pipe.xlsx"]
    assert refusal(tmp_path / "pipe.xlsx") == "F101"


@POSIX
def test_a_name_cannot_write_lines_of_its_own_on_the_screen(tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", Language.EN)
    kit.inbox(cycle, "x\n    Must fix  B.xlsx \x1b[2J\u202excod.csv").write_bytes(b"a,b")
    lines = list(show_report(cycle.validate(), infos=True))
    (line,) = (line for line in lines if "B.xlsx" in line)
    assert "\u240a" in line
    assert not any(sign in "\n".join(lines) for sign in ("\x1b[2J", "\u202e"))


@POSIX
def test_names_that_are_not_utf_8_can_be_written_down(tmp_path: Path) -> None:
    for name in ("财务部.xlsx", "人社局.xlsx"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name.encode("gbk"))).write_bytes(b"x")
    found = list(find_arrivals(tmp_path))
    assert len(found) == 2
    for arrival in found:
        arrival.name.encode()
        assert load(arrival.path, DEFAULT_LIMITS)[0] == b"x"


# --- ignoring ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "~$017-市金融办-201806.xlsx",
        "甲/~$表.xlsx",
        "._表.xlsx",
        ".~lock.表.xlsx#",
        ".DS_Store",
        "甲/.ds_store",
        "Thumbs.db",
        "THUMBS.DB",
        "desktop.ini",
        ".gitkeep",
        ".gitignore",
        "__MACOSX/表.xlsx",
        "甲/__macosx/乙/表.xlsx",
    ],
)
def test_what_programs_leave_lying_about_is_ignored(name: str) -> None:
    assert ignored(f"inbox/{name}")


@pytest.mark.parametrize(
    "name",
    ["表.xlsx", "~表.xlsx", "$~表.xlsx", ".表.xlsx", "表~$.xlsx", "thumbs.db.xlsx", "~$夹/表.xlsx", "MACOSX/表.xlsx"],
)
def test_everything_else_is_looked_at(name: str) -> None:
    assert not ignored(f"inbox/{name}")


# --- loading ----------------------------------------------------------------------------------------------------------


def refusal(path: Path, limits: Limits = DEFAULT_LIMITS) -> str:
    with pytest.raises(Unreadable) as caught:
        load(path, limits)
    return caught.value.code


def test_a_file_comes_with_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "表 一.xlsx"
    path.write_bytes(workbook())
    assert load(path, DEFAULT_LIMITS) == (workbook(), hashlib.sha256(workbook()).hexdigest())


def test_a_file_over_the_limit_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(bytes(1000))
    assert load(path, Limits(file_bytes=1000))[0] == bytes(1000)
    assert refusal(path, Limits(file_bytes=999)) == "F104"


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.xlsx") == "F101"
    assert refusal(tmp_path) == "F101"
    assert refusal(tmp_path / ("长" * 200)) == "F101"


# --- handfuls ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (31, [31]), (32, [32]), (33, [32, 1]), (70, [32, 32, 6])]
)
def test_files_are_handed_out_in_handfuls(count: int, sizes: list[int]) -> None:
    arrivals = [Arrival(str(number), Path(str(number))) for number in range(count)]
    handfuls = list(chunks(iter(arrivals)))
    assert [len(handful) for handful in handfuls] == sizes
    assert [arrival for handful in handfuls for arrival in handful] == arrivals
