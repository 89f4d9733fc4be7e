"""Locked workbooks: Excel's own read-only password, the office's list, and files that ask for hours of work."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import returns_kit as kit
from click.testing import CliRunner
from msoffcrypto.format.ooxml import OOXMLFile
from office import Office

from kpi_xlsx.book import Unreadable
from kpi_xlsx.cli import cli
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import CycleError, Language, ReturnStatus
from kpi_xlsx.passwords import MOST_PASSWORDS, READ_ONLY, read_passwords, unlock


@pytest.fixture
def cycle(tmp_path: Path) -> Cycle:
    return kit.make_cycle(tmp_path / "cycle", Language.ZH)


def lock(cycle: Cycle, password: str) -> bytes:
    """A's filled form, locked as Excel does it."""
    path, target = kit.send(cycle), io.BytesIO()
    OOXMLFile(io.BytesIO(path.read_bytes())).encrypt(password, target)
    path.write_bytes(target.getvalue())
    return target.getvalue()


def codes(cycle: Cycle) -> list[str]:
    return [one.code for one in cycle.validate().findings if one.department == "A"]


def test_a_read_only_workbook_is_read_without_a_word(cycle: Cycle) -> None:
    lock(cycle, READ_ONLY)
    assert codes(cycle) == []


def test_a_locked_workbook_is_named_and_said_how_to_open(cycle: Cycle) -> None:
    lock(cycle, "geheim")
    (one,) = (one for one in cycle.validate().findings if one.file)
    assert one.code == "F103"
    assert "密码" in one.message
    assert "去掉密码" in one.hint


def test_the_offices_passwords_are_tried(cycle: Cycle, tmp_path: Path) -> None:
    lock(cycle, "geheim 密码 é")
    listed = tmp_path / "pass words.txt"
    listed.write_bytes("\ufeffwrong\r\n\r\ngeheim 密码 é\r\n".encode())
    folder = cycle.settings.folder
    assert read_passwords(listed, Language.ZH) == ("wrong", "geheim 密码 é")
    assert codes(Cycle.load(folder, passwords=read_passwords(listed, Language.ZH))) == []
    for command in ("validate", "merge", "feedback"):
        runner = CliRunner()
        opened = runner.invoke(cli, [command, "-C", str(folder), "--password-file", str(listed)])
        assert opened.exit_code == 0
        assert "F103" not in opened.output
        assert runner.invoke(cli, [command, "-C", str(folder)]).exit_code == (0 if command == "feedback" else 1)


def test_passwords_are_not_shown(cycle: Cycle) -> None:
    loaded = Cycle.load(cycle.settings.folder, passwords=["geheim"])
    assert "geheim" not in repr(loaded)


@pytest.mark.parametrize("language", list(Language))
def test_a_password_file_that_cannot_be_used(language: Language, tmp_path: Path) -> None:
    for name, body in (
        ("none", None),
        ("gbk", "密码".encode("gbk")),
        ("many", b"\n".join(b"%d" % n for n in range(999))),
    ):
        if body is not None:
            (tmp_path / name).write_bytes(body)
        with pytest.raises(CycleError) as caught:
            read_passwords(tmp_path / name, language)
        assert caught.value.mistakes[0].file == name
    assert str(MOST_PASSWORDS) in str(caught.value)


def test_a_key_that_takes_hours_is_not_tried(cycle: Cycle) -> None:
    """The file says how often its key is to be turned over; a hostile one asks for thousands of millions."""
    body = lock(cycle, READ_ONLY)
    assert body.count(b'spinCount="100000"') == 1
    for lie in (b'spinCount="999999999', b'spinCount="1e9"      ', b'spinCount ="9999999'):
        forged = body.replace(b'spinCount="100000"  ', lie)
        forged = forged if forged != body else body.replace(b'spinCount="100000"', lie[:18])
        with pytest.raises(Unreadable) as caught:
            unlock(forged, ())
        assert caught.value.code == "F103"


def test_damaged_locks_are_refused(cycle: Cycle) -> None:
    body = lock(cycle, READ_ONLY)
    for cut in range(0, len(body) - 512, len(body) // 12):
        with pytest.raises(Unreadable, match="password"):
            unlock(body[:cut], ())


@pytest.mark.office
@pytest.mark.parametrize(
    ("password", "known", "read"), [(READ_ONLY, (), True), ("geheim", ("geheim",), True), ("x", (), False)]
)
def test_an_old_workbook_that_is_locked(
    password: str, known: tuple[str, ...], read: bool, cycle: Cycle, office: Office
) -> None:
    path = kit.send(cycle)
    with office.open(path) as book:
        book.do("save_as", str(path.with_suffix(".xls")), password)
    path.unlink()
    found = Cycle.load(cycle.settings.folder, passwords=known).validate()
    ends = {one.file: one.status for one in found.returns}
    assert ends["inbox/A.xls"] is (ReturnStatus.READ if read else ReturnStatus.QUARANTINED)
    assert ("F103" in {one.code for one in found.findings}) is not read
