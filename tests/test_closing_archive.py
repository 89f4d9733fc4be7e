"""The archive of a closed round: what lies in it, that it proves itself, and that its index is data and no markup."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import returns_kit as kit
import year_kit
from closings import DAY, close, closed, members, ready
from openpyxl import load_workbook

from kpi_xlsx import dossier
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.dossier import Filed, read_sums, show_sums, write_dossier
from kpi_xlsx.inputs import Source, keyless
from kpi_xlsx.model import CycleError, Language
from kpi_xlsx.outputs.archive_page import INDEX


@pytest.fixture(params=list(Language), ids=str)
def language(request: pytest.FixtureRequest) -> Language:
    found: Language = request.param
    return found


def archive_of(cycle: Cycle) -> Path:
    return cycle.settings.archive / "201806.zip"


def index_of(cycle: Cycle) -> str:
    return archive_of(cycle).with_suffix(".html").read_text("utf-8")


# --- what lies in it --------------------------------------------------------------------------------------------------


def test_everything_of_the_round_is_there_as_it_lies(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language)
    for name in ("附件 扫描件.pdf", "deep/er/notes.txt", "Thumbs.db"):
        kit.inbox(cycle, name).parent.mkdir(parents=True, exist_ok=True)
        kit.inbox(cycle, name).write_bytes(name.encode())
    cycle.fill_feedback(["A"])
    for name in ("outbox/old", "feedback/old"):
        (cycle.settings.folder / name).mkdir(exist_ok=True)
        (cycle.settings.folder / name / "stale.xlsx").write_bytes(b"old")
    (cycle.settings.folder / "公示201806.docx").write_bytes(b"published")
    (cycle.settings.folder / "private.txt").write_bytes(b"nobody's business")
    cycle.merge()
    close(cycle)
    found = members(archive_of(cycle))
    folder = cycle.settings.folder
    for name, body in found.items():
        if (folder / name).is_file() and name != "cycle.toml":
            assert body == (folder / name).read_bytes(), name
    inbox = {path.relative_to(folder).as_posix() for path in cycle.settings.inbox.rglob("*") if path.is_file()}
    assert len(inbox) == 5
    assert inbox <= found.keys()
    wanted = {"master.xlsx", "register.xlsx", "plan.xlsx", "cycle.toml", f"template/progress-{language}.toml"}
    more = {"SHA256SUMS", INDEX[language], "公示201806.docx", language.say("审核意见.xlsx", "findings.xlsx")}
    assert wanted | more <= found.keys()
    assert sum(name.startswith("outbox/") for name in found) == 2
    assert sum(name.startswith("feedback/") for name in found) == 1
    assert not [name for name in found if "old/" in name or "private" in name or "ledger" in name]


def test_the_seal_key_stays_at_home_and_the_index_says_so(tmp_path: Path, language: Language) -> None:
    cycle = closed(tmp_path, language)
    found = members(archive_of(cycle))
    assert not [name for name, body in found.items() if b"9f86d081884c7d65" in body]
    assert b"return_by = 2018-07-05" in found["cycle.toml"]
    assert "seal_key" in index_of(cycle)


@pytest.mark.parametrize(
    "text", ['seal_key = """\nabcdefgh"""\n', '# once abcdefgh\nseal_key = "abcdefgh"\n', "x = 1\nseal_key"]
)
def test_a_key_that_cannot_be_told_apart_is_not_given_away(text: str, tmp_path: Path) -> None:
    path = tmp_path / "cycle.toml"
    path.write_text(text, "utf-8")
    with pytest.raises((CycleError, ValueError)):
        keyless(path, Language.EN)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_are_not_followed_out_of_the_folder(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language)
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "salaries.txt").write_bytes(b"nobody's business")
    kit.inbox(cycle, "link.txt").symlink_to(secret / "salaries.txt")
    kit.inbox(cycle, "folder").symlink_to(secret)
    (cycle.settings.outbox / "more").symlink_to(secret)
    cycle.merge()
    close(cycle, reason="links lie in the inbox")
    assert not [body for body in members(archive_of(cycle)).values() if b"business" in body]
    assert "inbox/link.txt" in index_of(cycle)


def test_an_unpacked_archive_is_a_cycle_again(tmp_path: Path) -> None:
    cycle = year_kit.begin(tmp_path, "2018-06", Language.EN, template=english_template())
    year_kit.report(cycle, "A")
    year_kit.report(cycle, "B")
    cycle.merge()
    close(cycle, reason="we must")
    place = tmp_path / "unpacked"
    zipfile.ZipFile(archive_of(cycle)).extractall(place)
    again = Cycle.load(place).validate()
    assert [(one.file, one.sha256) for one in again.returns] == [
        (one.file, one.sha256) for one in cycle.validate().returns
    ]


def english_template() -> str:
    from kpi_xlsx import resources

    return (resources.folder("templates") / "progress-en.toml").read_text("utf-8")


# --- that it proves itself --------------------------------------------------------------------------------------------


def test_the_list_of_sums_is_right(tmp_path: Path, language: Language) -> None:
    found = members(archive_of(closed(tmp_path, language)))
    sums = read_sums(found.pop("SHA256SUMS").decode())
    assert sums == {name: hashlib.sha256(body).hexdigest() for name, body in found.items()}


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum on this system")
def test_sha256sum_takes_it(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language)
    for name in ("带 空格的.txt", "two\nlines.txt", "back\\slash.txt"):
        kit.inbox(cycle, name).write_bytes(name.encode())
    cycle.merge()
    close(cycle)
    place = tmp_path / "unpacked"
    place.mkdir()
    for name, body in members(archive_of(cycle)).items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(body)
    check = ["sha256sum", "--strict", "-c", "SHA256SUMS"]
    done = subprocess.run(check, cwd=place, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (place / "plan.xlsx").write_bytes(b"another")
    assert subprocess.run(check, cwd=place, capture_output=True, check=False).returncode == 1


def test_sums_are_read_as_they_are_written() -> None:
    filed = [Filed(name, 1, "a" * 64) for name in ("plain", " blank", "back\\slash", "line\nbreak", "\\n", "r\rr")]
    assert list(read_sums(show_sums(filed))) == [one.name for one in filed]
    with pytest.raises(ValueError, match="SHA256SUMS"):
        read_sums("nonsense\n")


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path, language: Language) -> None:
    cycle = ready(tmp_path, language, reviewed=("A",))
    close(cycle, reason="we must")
    path = archive_of(cycle)
    first, page = path.read_bytes(), index_of(cycle)
    path.unlink()
    path.with_suffix(".html").unlink()
    for one in cycle.settings.inbox.iterdir():
        os.utime(one, (1, 1))
    close(cycle, now=DAY.replace(year=2019))
    assert path.read_bytes() == first
    assert index_of(cycle) == page


def test_large_files_are_streamed_in_zip64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1000)
    monkeypatch.setattr(dossier, "_PIECE", 64)
    large = tmp_path / "large.bin"
    large.write_bytes(os.urandom(5000))
    target = tmp_path / "out.zip"
    sources = [Source("inbox/large.bin", large)]
    write_dossier(target, sources, DAY.date(), lambda filed: Source("index.html", target, str(len(filed)).encode()))
    assert members(target)["inbox/large.bin"] == large.read_bytes()
    with zipfile.ZipFile(target) as archive:
        assert archive.getinfo("inbox/large.bin").extract_version >= 45
        assert {one.date_time[:3] for one in archive.infolist()} == {(2018, 7, 20)}


# --- its index --------------------------------------------------------------------------------------------------------


def text_of(page: str) -> str:
    body = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", body)


def test_the_index_lies_in_the_archive_and_beside_it(tmp_path: Path, language: Language) -> None:
    cycle = closed(tmp_path, language)
    assert members(archive_of(cycle))[INDEX[language]].decode() == index_of(cycle)


def test_the_index_says_who_sent_what_when_and_what_became_of_it(tmp_path: Path, language: Language) -> None:
    cycle = year_kit.begin(tmp_path, "2018-06", language)
    kit.arrive(cycle, "A.xlsx", "2018-07-04 10:00", {"1": {"status": language.say("滞后", "Behind")}})
    year_kit.report(cycle, "B")
    cycle.merge()
    kit.waive(cycle, "D101", 1, "heard by telephone", "Director Wu")
    kit.amend(cycle, "actual", 12, 15, "applied")
    year_kit.passed(cycle, "A")
    cycle.merge()
    close(cycle, "Li", "B was on leave")
    text, say = text_of(index_of(cycle)), language.say
    for words in (
        "2018-07-20",
        "Li",
        "B was on leave",
        "2018-07-04 10:00",
        say("文件时间，待确认", "file time, unconfirmed"),
        say("通过", "passed"),
        say("王样例", "Sample Reviewer"),
        "heard by telephone",
        "12 → 15",
        say("没有审核", "not reviewed"),
        say("3 行计入汇总表", "3 rows of the master"),
    ):
        assert words in text, words
    for name, body in members(archive_of(cycle)).items():
        if name not in ("SHA256SUMS", INDEX[language]):
            assert name in text
            assert hashlib.sha256(body).hexdigest() in text


def test_data_never_becomes_markup(tmp_path: Path, language: Language) -> None:
    evil = "<script>alert(1)</script>'\"&"
    cycle = year_kit.begin(tmp_path, "2018-06", language)
    book = load_workbook(cycle.settings.plan)
    name = cycle.context.plan.by_code["A"].name
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == name:
                    cell.value = evil
    book.save(cycle.settings.plan)
    cycle = Cycle.load(cycle.settings.folder)
    year_kit.report(cycle, "A", {"1": {"actual": evil}})
    kit.inbox(cycle, "<img src=x onerror=alert(1)>.txt").write_bytes(b"x")
    kit.amend(cycle, "progress", None, evil, "applied", goal="2")
    kit.review(cycle, "pending", None)
    cycle.merge()
    close(cycle, evil, evil)
    page = index_of(cycle)
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;") >= 4
    assert "default-src 'none'" in page
    assert "http://" not in page.replace("http-equiv", "")
    assert "https://" not in page
