"""Bundles of returns: names in every encoding, archives in archives, tricks with paths and links, and their limits."""

from __future__ import annotations

import io
import struct
import tracemalloc
import unicodedata
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import returns_kit as kit
from hostile import MEGABYTE, Member, forged, pack, raw_zip

from kpi_xlsx.archives import members, open_archive
from kpi_xlsx.book import Unreadable
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.limits import DEFAULT_LIMITS, Limits
from kpi_xlsx.model import Language, ReturnStatus
from kpi_xlsx.report import Report
from kpi_xlsx.screen import show_report
from kpi_xlsx.sheets import read_book

Entry = tuple[bytes, bool, bytes]
"""A member's name in raw bytes, whether it is marked as UTF-8, and its content."""


def zipped(entries: Sequence[Entry]) -> bytes:
    """A zip written by hand, since zipfile would tidy the names."""
    return raw_zip(*(Member.stored(name, content, 0x800 if utf8 else 0) for name, utf8, content in entries))


def names(body: bytes, limits: Limits = DEFAULT_LIMITS) -> list[str]:
    with open_archive(io.BytesIO(body), limits) as archive:
        return [f"{one.name}!{one.trouble.code}" if one.trouble else one.name for one in members(archive, limits)]


def refusal(body: bytes, limits: Limits = DEFAULT_LIMITS) -> str:
    with pytest.raises(Unreadable) as caught:
        names(body, limits)
    return caught.value.code


# --- names ------------------------------------------------------------------------------------------------------------

CHINESE = "财务部/一月填报①（终稿）.xlsx"


@pytest.mark.parametrize(
    ("raw", "utf8"),
    [
        (CHINESE.encode(), True),
        (CHINESE.encode(), False),
        (CHINESE.encode("gbk"), False),
        (CHINESE.encode("gbk"), True),
        (CHINESE.replace("/", "\\").encode("gbk"), False),
        (unicodedata.normalize("NFD", CHINESE).encode(), True),
    ],
    ids=["utf-8", "utf-8 unmarked", "gbk", "gbk marked as utf-8", "backslash", "nfd"],
)
def test_names_are_read_in_every_encoding(raw: bytes, utf8: bool) -> None:
    assert names(zipped([(raw, utf8, b"x")])) == [CHINESE]


def test_accents_of_macos_are_put_together() -> None:
    assert names(zipped([(unicodedata.normalize("NFD", "résumé がぎ").encode(), True, b"x")])) == ["résumé がぎ"]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"../../evil.xlsx", "evil.xlsx"),
        (b"/abs/evil.xlsx", "abs/evil.xlsx"),
        (b"C:\\evil.xlsx", "C:/evil.xlsx"),
        (b"..\\..\\win.xlsx", "win.xlsx"),
        (b"\\\\server\\share\\a.xlsx", "server/share/a.xlsx"),
        (b"a/../../b.xlsx", "a/b.xlsx"),
        (b"a/\0b.xlsx", "a/\ufffdb.xlsx"),
        (b"..", "_"),
    ],
)
def test_names_that_climb_are_refused(raw: bytes, shown: str) -> None:
    assert names(zipped([(raw, False, b"x"), (b"good.xlsx", False, b"x")])) == [f"{shown}!F106", "good.xlsx"]


def test_links_are_refused() -> None:
    link = zipfile.ZipInfo("link.xlsx")
    link.external_attr, link.create_system = 0o120777 << 16, 3
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("good.xlsx", b"x")
    assert names(stream.getvalue()) == ["link.xlsx!F106", "good.xlsx"]


def test_of_files_with_one_name_none_is_taken() -> None:
    """Which of them was meant nobody knows; on Windows a name in capitals is the same name."""
    body = zipped([(b"a.xlsx", False, b"1"), (b"A.XLSX", False, b"2"), (b"a.xlsx", False, b"3"), (b"b", False, b"4")])
    assert names(body) == ["a.xlsx!F106", "A.XLSX!F106", "a.xlsx (2)!F106", "b"]


# --- limits -----------------------------------------------------------------------------------------------------------


def test_too_many_files_are_refused_before_the_directory_is_read() -> None:
    body = pack({f"{number}.txt": "" for number in range(30)})
    assert refusal(body, Limits(members=29)) == "F104"
    assert len(names(body, Limits(members=30))) == 30
    many = pack({f"{number}-{'x' * 100}": "" for number in range(300)})
    assert refusal(many, Limits(members=10)) == "F104"


def test_a_directory_of_zip64_is_measured_too() -> None:
    directory = b"PK\x01\x02" + bytes(5000)
    record = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 9, 9, len(directory), 4)
    locator = struct.pack("<IIQI", 0x07064B50, 0, 4 + len(directory), 1)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert refusal(b"PK\x03\x04" + directory + record + locator + end, Limits(members=9)) == "F104"


def test_what_all_files_together_unpack_to_is_bounded() -> None:
    body = pack({"a": "x" * 600, "b": "y" * 600})
    assert refusal(body, Limits(bundle_bytes=1199)) == "F104"
    assert names(body, Limits(bundle_bytes=1200)) == ["a", "b"]


def test_one_file_that_is_too_large_or_too_dense_costs_only_itself() -> None:
    body = pack({"a": "x" * 9000, "b": "y"})
    assert names(body, Limits(file_bytes=8999)) == ["a!F104", "b"]
    assert names(body, Limits(ratio=20, ratio_from=100)) == ["a!F104", "b"]
    assert names(body) == ["a", "b"]


def test_a_size_that_lies_costs_only_itself() -> None:
    body = forged(pack({"long-name.txt": "x" * 500, "b": "y"}), "long-name.txt", 24, "<I", 20)
    assert names(body) == ["long-name.txt!F101", "b"]


@pytest.mark.parametrize("claim", [0, 20])
def test_a_size_that_lies_costs_no_memory(claim: int) -> None:
    bomb = Member.repeated("bomb", b"", bytes(MEGABYTE), 100)
    body = raw_zip(replace(bomb, size=claim), Member.stored(b"b", b"y"))
    tracemalloc.start()
    try:
        assert names(body) == ["bomb!F101", "b"]
        assert tracemalloc.get_traced_memory()[1] < 10 * MEGABYTE
    finally:
        tracemalloc.stop()


def test_unusual_compression_costs_only_itself() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a", b"x" * 100, zipfile.ZIP_LZMA)
        archive.writestr("b", b"y")
    assert names(stream.getvalue()) == ["a!F101", "b"]


@pytest.mark.parametrize("cut", [30, 100, -10])
def test_a_bundle_that_is_cut_off_is_refused(cut: int) -> None:
    assert refusal(pack({"a.xlsx": "x" * 50, "b.xlsx": "y" * 50})[:cut]) == "F101"


# --- bundles in an inbox ----------------------------------------------------------------------------------------------


@pytest.fixture
def cycle(tmp_path: Path) -> Cycle:
    return kit.make_cycle(tmp_path / "cycle", Language.ZH)


def form(cycle: Cycle) -> bytes:
    path = kit.send(cycle)
    body = path.read_bytes()
    path.unlink()
    return body


def ends(report: Report) -> dict[str, tuple[str, str | None]]:
    return {one.file.removeprefix("inbox/"): (str(one.status), one.department) for one in report.returns}


def test_a_bundle_and_its_files_have_a_record_each(cycle: Cycle) -> None:
    inner = pack({"表.xlsx": form(cycle), "扫描.pdf": b"%PDF-1.7"})
    outer = zipped(
        [
            ("甲局/内.zip".encode("gbk"), False, inner),
            (b"__MACOSX/._x.xlsx", False, b"\0\5\x16\7"),
            (b"~$a.xlsx", False, b"x"),
            (b"../evil.xlsx", False, b"x"),
            (b"list.xlsx", False, b"a,b"),
        ]
    )
    kit.inbox(cycle, "收到.zip").write_bytes(outer)
    assert ends(cycle.validate()) == {
        "B.xlsx": ("read", "B"),
        "收到.zip": ("read", None),
        "收到.zip/甲局/内.zip": ("read", None),
        "收到.zip/甲局/内.zip/表.xlsx": ("read", "A"),
        "收到.zip/甲局/内.zip/扫描.pdf": ("attached", "A"),
        "收到.zip/__MACOSX/._x.xlsx": ("ignored", None),
        "收到.zip/~$a.xlsx": ("ignored", None),
        "收到.zip/evil.xlsx": ("quarantined", None),
        "收到.zip/list.xlsx": ("quarantined", None),
    }


def test_archives_in_archives_have_a_bottom(cycle: Cycle) -> None:
    body = form(cycle)
    for depth in range(6):
        body = pack({f"{depth}.{'zip' if depth else 'xlsx'}": body})
    kit.inbox(cycle, "a.zip").write_bytes(body)
    report = cycle.validate()
    (one,) = (one for one in report.findings if one.file)
    assert one.code == "F104"
    assert "解压" in one.hint
    deeper = replace(cycle, context=replace(cycle.context, limits=Limits(bundle_depth=6)))
    assert ("read", "A") in ends(deeper.validate()).values()


def test_a_receipt_of_a_bundle_is_that_of_its_files(cycle: Cycle) -> None:
    kit.inbox(cycle, "a.zip").write_bytes(pack({"表.xlsx": form(cycle)}))
    kit.register(cycle, {"a.zip": "2018-07-09 09:12"})
    late = [one for one in cycle.validate().findings if one.code == "D103"]
    assert [one.file for one in late] == ["inbox/a.zip/表.xlsx"]


def test_a_locked_archive_is_opened_with_the_offices_password(cycle: Cycle) -> None:
    locked = forged(pack({"secret.xlsx": form(cycle)}), "secret.xlsx", 8, "<H", 1)
    kit.inbox(cycle, "a.zip").write_bytes(locked)
    (one,) = (one for one in cycle.validate().findings if one.file)
    assert one.code == "F103"
    assert "压缩密码" in one.hint


@pytest.mark.parametrize(
    ("name", "body", "remedy"),
    [
        ("a.zip", b"PK\x03\x04 cut off", "重新压缩"),
        ("a.xlsx", b"PK\x03\x04 cut off", "另存为 .xlsx"),
        ("a.xlsx", b"", "重新报送"),
    ],
)
def test_a_damaged_file_is_said_what_helps_in_its_case(name: str, body: bytes, remedy: str, cycle: Cycle) -> None:
    kit.inbox(cycle, name).write_bytes(body)
    (one,) = (one for one in cycle.validate().findings if one.file)
    assert one.code == "F101"
    assert remedy in one.hint
    assert "压缩包" not in one.message


def lock(body: bytes, key: bytes) -> bytes:
    """A zip whose only member, `a.xlsx`, is locked with ZipCrypto (APPNOTE 6.1)."""

    def crc(value: int, byte: int) -> int:
        return zlib.crc32(bytes([byte]), value ^ 0xFFFFFFFF) ^ 0xFFFFFFFF

    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = crc(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = crc(keys[2], keys[1] >> 24)

    for byte in key:
        update(byte)
    checksum = zlib.crc32(body)
    hidden = bytearray()
    for byte in bytes(11) + bytes([checksum >> 24]) + body:
        mask = (keys[2] | 2) & 0xFFFF
        hidden.append(byte ^ (mask * (mask ^ 1) >> 8 & 0xFF))
        update(byte)
    name, sizes = b"a.xlsx", struct.pack("<3L", checksum, len(hidden), len(body))
    local = b"PK\x03\x04" + struct.pack("<3H4x", 20, 1, 0) + sizes + struct.pack("<2H", len(name), 0) + name
    entry = b"PK\x01\x02" + struct.pack("<4H4x", 20, 20, 1, 0) + sizes + struct.pack("<H16x", len(name)) + name
    end = struct.pack("<4H2LH", 0, 0, 1, 1, len(entry), len(local) + len(hidden), 0)
    return local + hidden + entry + b"PK\x05\x06" + end


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_locked_archive_is_opened_with_a_password_in_either_encoding(encoding: str, cycle: Cycle) -> None:
    kit.inbox(cycle, "a.zip").write_bytes(lock(form(cycle), "密码".encode(encoding)))
    report = Cycle.load(cycle.settings.folder, passwords=["wrong", "密码"]).validate()
    assert ends(report)["a.zip/a.xlsx"] == ("read", "A")


def test_an_archive_locked_by_aes_is_said_to_be_locked(cycle: Cycle) -> None:
    body = bytearray(lock(form(cycle), b"geheim"))
    entry = body.rfind(b"PK\x01\x02")
    body[8:10] = body[entry + 10 : entry + 12] = struct.pack("<H", 99)
    kit.inbox(cycle, "a.zip").write_bytes(body)
    report = Cycle.load(cycle.settings.folder, passwords=["geheim"]).validate()
    assert [one.code for one in report.findings if one.file] == ["F103"]


def test_same_entries_in_a_bundle_as_without(cycle: Cycle) -> None:
    body = form(cycle)
    kit.inbox(cycle, "a.zip").write_bytes(pack({"表.xlsx": body}))
    bundled = cycle.validate().entries
    kit.inbox(cycle, "a.zip").unlink()
    kit.inbox(cycle, "A.xlsx").write_bytes(body)
    assert [row.entry for row in bundled] == [row.entry for row in cycle.validate().entries]
    assert all(row.entry for row in bundled)


def test_merging_a_bundle_counts_its_form(cycle: Cycle) -> None:
    kit.inbox(cycle, "a.zip").write_bytes(pack({"表.xlsx": form(cycle)}))
    counts = {one.file: one.counts for one in cycle.merge().returns}
    assert counts == {"inbox/B.xlsx": True, "inbox/a.zip": False, "inbox/a.zip/表.xlsx": True}
    assert ReturnStatus.READ in {one.status for one in cycle.merge().returns}


def test_the_list_of_returns_opens_the_archive_for_a_file_in_it(cycle: Cycle) -> None:
    kit.inbox(cycle, "a.zip").write_bytes(pack({"夹/b.zip": pack({"表.xlsx": form(cycle)})}))
    cycle.merge()
    (sheet,) = (sheet for sheet in read_book(cycle.settings.master).sheets if sheet.name == "报送")
    links = [cell.formula for cells in sheet.rows.values() for cell in cells.values() if cell.formula]
    assert '=HYPERLINK("inbox/a.zip","inbox/a.zip/夹/b.zip/表.xlsx")' in links
    assert '=HYPERLINK("inbox/B.xlsx","inbox/B.xlsx")' in links
    names = [cell.value for cells in sheet.rows.values() for cell in cells.values()]
    assert names.count("（压缩包）") == 2


@pytest.mark.parametrize("language", list(Language))
def test_the_counts_add_up_to_what_came(language: Language, tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "other", language)
    kit.inbox(cycle, "a.zip").write_bytes(pack({"A.xlsx": form(cycle), "b.pdf": b"%PDF-1.7", "~$c.xlsx": b"x"}))
    kit.inbox(cycle, "d.csv").write_bytes(b"a,b")
    first = next(iter(show_report(cycle.validate(), infos=False)))
    assert first == language.say(
        "收到 6 件（其中压缩包 1 个）：读取 3，附件 1，忽略 1，无法采用 1",
        "6 files (archives among them: 1): 3 read, 1 attached, 1 ignored, 1 set aside",
    )
