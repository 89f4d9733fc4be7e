"""What a file is, by its bytes; what its name has to do with it; and what is said of each kind that is refused."""

from __future__ import annotations

import zipfile
from pathlib import Path

import biff
import pytest
import returns_kit as kit
from hostile import OLE, compound, pack, parts, workbook
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_xlsx.book import Unreadable
from kpi_xlsx.context import Context
from kpi_xlsx.form import form_name
from kpi_xlsx.kinds import Kind, kind_of
from kpi_xlsx.model import Language


@pytest.fixture(scope="module", params=list(Language))
def context(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Context:
    return kit.make_cycle(tmp_path_factory.mktemp("kinds") / "cycle", request.param).context


def known(name: str, body: bytes, context: Context) -> str:
    try:
        return str(kind_of(f"inbox/{name}", body, context))
    except Unreadable as trouble:
        return trouble.code


DOCUMENT = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<w:p xmlns:w='w'><w:t>会议纪要</w:t></w:p>"}
WORKBOOK, COMPANION, BUNDLE, OLD = Kind.WORKBOOK, Kind.COMPANION, Kind.BUNDLE, Kind.OLD_BOOK


@pytest.mark.parametrize(
    ("name", "body", "end"),
    [
        ("a.xlsx", workbook(), WORKBOOK),
        ("a.zip", workbook(), WORKBOOK),
        ("a", workbook(), WORKBOOK),
        ("a.pdf", pack(parts()), WORKBOOK),
        ("a.xlsx", pack({key.upper(): body for key, body in parts().items()}), WORKBOOK),
        ("a.xlsx", pack({"[Content_Types].xml": "<Types/>"}), WORKBOOK),
        ("a.xls", compound("Workbook"), OLD),
        ("a.et", compound("ETExtData", "Workbook"), OLD),
        ("a.xlsx", compound("Book"), OLD),
        ("a.ods", pack({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}), "ods"),
        ("a.xlsx", compound("EncryptionInfo", "EncryptedPackage"), Kind.LOCKED),
        ("a.xlsx", compound() + bytes(9999) + "EncryptedPackage".encode("utf-16-le") + bytes(2), Kind.LOCKED),
        ("a.zip", pack({"b.xlsx": workbook()}), BUNDLE),
        ("a.zip", pack({"readme.txt": "hi"}), BUNDLE),
        ("a.xlsx", pack({"b.xlsx": workbook()}), BUNDLE),
        ("a.xlsx", pack({"readme.txt": "hi"}), "F102"),
        ("a.zip", pack({}), "F102"),
        ("a.zip", pack({"folder/": ""}), "F102"),
        ("a.zip", pack({"": "a member without a name"}), BUNDLE),
        ("a.zip", b"PK\x07\x08" + bytes(9), "F101"),
        ("a.xlsb", pack({"xl/workbook.bin": b"\x83\x01\x00"}), "F102"),
        ("纪要.docx", pack(DOCUMENT), COMPANION),
        ("纪要.xlsx", pack(DOCUMENT), "F102"),
        ("a.pptx", pack({"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": "<p/>"}), COMPANION),
        ("a.odt", pack({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"}), COMPANION),
        ("批文.ofd", pack({"OFD.xml": "<x/>", "Doc_0/Document.xml": "<x/>"}), COMPANION),
        ("a.doc", compound("WordDocument"), COMPANION),
        ("a.ppt", compound("PowerPoint Document"), COMPANION),
        ("a.msg", compound("__properties_version1.0"), "F102"),
        ("a.db", OLE + bytes(600), "F101"),
        ("扫描件.pdf", b"%PDF-1.7" + bytes(600), COMPANION),
        ("扫描件", b"%PDF-1.7" + bytes(600), COMPANION),
        ("扫描件.XLSX", b"%PDF-1.7" + bytes(600), "F102"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(600), COMPANION),
        ("a.jpg", b"\xff\xd8\xff\xe0" + bytes(600), COMPANION),
        ("a.gif", b"GIF89a" + bytes(600), COMPANION),
        ("a.tif", b"II*\x00" + bytes(600), COMPANION),
        ("a.tiff", b"MM\x00*" + bytes(600), COMPANION),
        ("a.bmp", b"BM\x36\x00\x0c\x00" + bytes(600), COMPANION),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(600), COMPANION),
        ("a.heic", b"\x00\x00\x00\x18ftypheic" + bytes(600), COMPANION),
        ("a.rtf", b"{\\rtf1\\ansi hello}", COMPANION),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\x00\x04", "F102"),
        ("a.rar", b"Rar!\x1a\x07\x00", "F102"),
        ("a.tar.gz", b"\x1f\x8b\x08" + bytes(60), "F102"),
        ("a.xls", b"\n <!DOCTYPE HTML PUBLIC>", "F102"),
        ("a.htm", b"\xef\xbb\xbf<HTML>", "F102"),
        ("a.xls", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "F102"),
        ("a.xml", b"<?xml version='1.0'?><x/>", "F102"),
        ("a.eml", b"From: a@example.org\r\nSubject: x\r\n\r\nhello", "F102"),
        ("a.csv", "编号,进展\n".encode("gbk"), "F102"),
        ("a.xlsx", "编号,进展\n".encode(), "F102"),
        ("a.xlsx", "编号\t进展\n".encode("utf-16"), "F102"),
        ("说明.txt", "请查收。\n".encode("gbk"), COMPANION),
        ("说明", "请查收。\n".encode(), COMPANION),
        ("BMW.txt", b"BMW is a company.", COMPANION),
        ("a.xlsx", b"", "F101"),
        ("a", b"\x00\x01\x02\x03", "F101"),
        ("a", bytes(4096), "F101"),
    ],
)
def test_the_content_decides(name: str, body: bytes, end: str, context: Context) -> None:
    assert known(name, body, context) == end


def test_of_documents_within_one_another_the_outer_one_decides(context: Context) -> None:
    """A letter with a table embedded is a letter, a workbook with a letter embedded is a workbook."""
    assert known("a.doc", biff.container(biff.stream(), "WordDocument"), context) == COMPANION
    inner = "WordDocument".encode("utf-16-le") + bytes(2)
    assert known("a.xls", biff.container(biff.stream()) + inner, context) == Kind.OLD_BOOK
    assert known("a.xls", compound("Workbook", "WordDocument"), context) == Kind.OLD_BOOK, "damaged"


def test_a_form_in_another_format_is_no_companion(context: Context) -> None:
    """A letter that holds the form, or a text with its form id, is the return itself, and cannot be read."""
    heads = [column.header for column in context.template.main.form_columns]
    cells = "".join(f"<w:t>{head}</w:t>" for head in heads)
    letter = pack({"word/document.xml": f"<w:x xmlns:w='w'>{cells}</w:x>"})
    assert known("a.docx", letter, context) == "F102"
    assert known("a.docx", pack({"word/document.xml": f"<w:x xmlns:w='w'>{cells}"}), context) == "F102", "cut off"
    laughing = f"<!DOCTYPE x [<!ENTITY a '{cells}'>]><w:x xmlns:w='w'>&a;</w:x>"
    assert known("a.docx", pack({"word/document.xml": laughing}), context) == COMPANION, "entities are not followed"
    assert known("a.txt", "\t".join(heads).encode("utf-16"), context) == "F102"
    assert known("a.txt", b"201806-A-0F0F0F-ABCDEF", context) == "F102"
    assert known("a.txt", " ".join(heads[:2]).encode(), context) == COMPANION


@pytest.mark.parametrize("name", ["mimetype", "word/document.xml"])
@pytest.mark.parametrize("at", [10, 11])
def test_a_damaged_member_does_not_hide_the_kind(name: str, at: int, context: Context) -> None:
    """Bytes before the zip are gone, or its compressed bytes are: each time zipfile raises something else."""
    body = pack({"content.xml": "<x/>", name: "application/vnd.oasis.opendocument.spreadsheet" * 9, "z": "z"})
    broken = bytearray(body)
    place = body.index(name.encode()) + len(name)
    broken[place : place + at] = b"\xff" * at
    packed = bytearray(pack({"content.xml": "<x/>", name: "text" * 99, "z": "z"}, zipfile.ZIP_LZMA))
    place = packed.index(name.encode()) + len(name) + 9
    packed[place : place + at] = b"\xff" * at
    for damaged in (bytes(broken), body[40:], bytes(packed)):
        assert known("a.ods", damaged, context) in {"ods", COMPANION, "F101", "F102"}


def test_a_stored_workbook_in_a_bundle_does_not_make_the_bundle_a_workbook(context: Context) -> None:
    import zipfile

    assert known("a.zip", pack({"表.xlsx": workbook()}, zipfile.ZIP_STORED), context) == BUNDLE
    inner = pack({**DOCUMENT, "word/embeddings/a.xlsx": workbook()}, zipfile.ZIP_STORED)
    assert known("a.docx", inner, context) == COMPANION


@settings(deadline=None, derandomize=True, database=None, max_examples=200)
@given(st.sampled_from([b"", b"PK\x03\x04", OLE, b"<", b"\xff\xfe"]), st.binary(max_size=600))
def test_whatever_the_bytes_are_they_come_to_one_end(plain: Context, head: bytes, body: bytes) -> None:
    ends = {*map(str, Kind), "F101", "F102", "F104"}
    assert known("a.xlsx", head + body, plain) in ends


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return kit.make_cycle(tmp_path_factory.mktemp("plain") / "cycle", Language.EN).context


@pytest.mark.parametrize("language", list(Language))
def test_each_refusal_says_what_the_file_is_and_what_to_do(language: Language, tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", language)
    sent = {
        "a.rar": (b"Rar!\x1a\x07\x00", "rar", language.say("解压", "Unpack")),
        "b.csv": (b"a,b\n", ".csv", language.say("另存为", "Save as")),
        "c.msg": (compound("__properties_version1.0"), ".msg", language.say("附件", "attachments")),
        "d.xlsx": (pack(DOCUMENT), ".docx", language.say("填报表", "form that was sent out")),
        "e.xlsb": (pack({"xl/workbook.bin": b"x"}), ".xlsb", language.say("另存为", "Save as")),
    }
    for name, (body, _, _) in sent.items():
        kit.inbox(cycle, name).write_bytes(body)
    found = {str(one.file).rpartition("/")[2]: one for one in cycle.validate().findings if one.file}
    for name, (_, kind, remedy) in sent.items():
        assert found[name].code == "F102"
        assert kind in found[name].message
        assert remedy in found[name].hint


def test_the_form_by_any_name_is_read(tmp_path: Path) -> None:
    cycle = kit.make_cycle(tmp_path / "cycle", Language.ZH)
    own = form_name(cycle.context.plan.by_code["A"], cycle.context.period.stamp)
    kit.send(cycle).rename(kit.inbox(cycle, own.replace(".xlsx", ".pdf")))
    assert {one.department for one in cycle.validate().returns} == {"A", "B"}
