"""What a file is, by its bytes: a workbook to read, a bundle to open, a companion to keep, or something to refuse.

The name decides only what was meant: a PDF is a companion, but one that is named .xlsx claims to be a workbook.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from enum import StrEnum
from xml.parsers import expat

from kpi_xlsx import identity as identities
from kpi_xlsx.archives import DAMAGED, is_folder, is_zip, open_archive, part_name
from kpi_xlsx.book import PACK_AGAIN, SAVE_AS, Unreadable, damaged
from kpi_xlsx.context import Context
from kpi_xlsx.files import decoded
from kpi_xlsx.model import match_key
from kpi_xlsx.old_books import embeds_books


class Kind(StrEnum):
    """What can be done with a file."""

    WORKBOOK = "xlsx"
    OLD_BOOK = "xls"
    OPEN_DOCUMENT = "ods"
    LOCKED = "locked"
    BUNDLE = "zip"
    COMPANION = "companion"


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOOK_SUFFIXES = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".xlt", ".et", ".ett", ".ods", ".ots", ".csv")
_COMPANIONS: Sequence[tuple[int, bytes, str, str]] = (
    (0, b"%PDF-", "PDF 文件", "a PDF"),
    (0, b"\x89PNG\r\n", "图片", "a picture"),
    (0, b"\xff\xd8\xff", "图片", "a picture"),
    (0, b"GIF8", "图片", "a picture"),
    (0, b"II*\x00", "图片", "a picture"),
    (0, b"MM\x00*", "图片", "a picture"),
    (8, b"WEBP", "图片", "a picture"),
    (4, b"ftyp", "图片或视频", "a picture or video"),
    (0, b"{\\rtf", "RTF 文档", "an RTF document"),
)
_ARCHIVES: Sequence[tuple[bytes, str, str]] = (
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包", "a 7z archive"),
    (b"Rar!\x1a\x07", "rar 压缩包", "a rar archive"),
    (b"\x1f\x8b", "gz 压缩包", "a gz archive"),
    (b"BZh", "bz2 压缩包", "a bz2 archive"),
    (b"\xfd7zXZ\x00", "xz 压缩包", "an xz archive"),
)
_INTO_THE_FORM = (
    "请把内容填进发下去的填报表（.xlsx），再报送。",
    "Put the answers into the form that was sent out (.xlsx), and send that.",
)
_AS_ZIP = (
    "请解压后把里面的文件放进 inbox/，再移走压缩包；或者请单位改用 zip 格式压缩。",
    "Unpack it, put its files into inbox/ and take the archive out; or have it packed as a zip.",
)
_SEND_AGAIN = (
    "多半是保存或传送时出了错，请单位重新报送。",
    "Something went wrong when it was saved or sent; ask for it to be sent again.",
)
_DETACH = (
    "请把邮件里的附件另存到 inbox/，再移走邮件文件。",
    "Save the attachments of the message into inbox/, and take the message out.",
)
_TEXT_START = 4096
_WORDS_OF_A_DOCUMENT = 2**22
"""How many bytes of a Word document are searched for the form's headings."""


def kind_of(name: str, body: bytes, context: Context) -> Kind:
    """What is to be done with a file. Raises Unreadable, with what it is and what to do, for all that is refused."""
    if not body:
        raise damaged("文件是空的（0 字节）", "it is empty (0 bytes)", _SEND_AGAIN)
    if is_zip(body):
        return _kind_of_zip(name, body, context)
    if body.startswith(_OLE):
        return _kind_of_compound(name, body)
    for at, magic, zh, en in _COMPANIONS:
        if body.startswith(magic, at):
            return _companion(name, zh, en)
    if body.startswith(b"BM") and body[6:10] == bytes(4):  # a bitmap's two reserved fields
        return _companion(name, "图片", "a picture")
    for magic, zh, en in _ARCHIVES:
        if body.startswith(magic):
            raise _refused(zh, en, _AS_ZIP)
    return _kind_of_text(name, body, context)


def _refused(zh: str, en: str, remedy: tuple[str, str] = SAVE_AS) -> Unreadable:
    return Unreadable("F102", zh, en, remedy)


def _companion(name: str, zh: str, en: str) -> Kind:
    """A companion of a return; but what is named like a workbook claims to be the return itself."""
    if name.casefold().endswith(_BOOK_SUFFIXES):
        raise _refused(f"{zh}，却用了工作簿的文件名", f"{en}, though it is named like a workbook", _INTO_THE_FORM)
    return Kind.COMPANION


# --- zip --------------------------------------------------------------------------------------------------------------


def _kind_of_zip(name: str, body: bytes, context: Context) -> Kind:
    if _plainly_a_workbook(body):
        return Kind.WORKBOOK
    with _open(name, body, context) as archive:
        names = {part_name(info.filename) for info in archive.infolist()}
        if "xl/workbook.bin" in names:
            raise _refused("二进制工作簿（.xlsb）", "a binary workbook (.xlsb)")
        if "word/document.xml" in names:
            if _document_holds_form(archive, context):
                raise _refused("Word 文档，填报表在里面", "a Word document that holds the form", _INTO_THE_FORM)
            return _companion(name, "Word 文档（.docx）", "a Word document (.docx)")
        if any(part.startswith("ppt/") for part in names):
            return _companion(name, "演示文稿（.pptx）", "a presentation (.pptx)")
        if "ofd.xml" in names:
            return _companion(name, "OFD 文件", "an OFD file")
        if "content.xml" in names and "mimetype" in names:
            return _kind_of_open_document(name, archive)
        if any(part.startswith("xl/") or part == "[content_types].xml" for part in names):
            return Kind.WORKBOOK
        if not any(not is_folder(info) for info in archive.infolist()):
            raise _refused("空的 zip 压缩包", "an empty zip archive", _INTO_THE_FORM)
        if name.casefold().endswith(_BOOK_SUFFIXES) and not any(part.endswith(_BOOK_SUFFIXES) for part in names):
            raise _refused("zip 压缩包，却用了工作簿的文件名", "a zip archive, though it is named like a workbook")
    return Kind.BUNDLE


def _open(name: str, body: bytes, context: Context) -> zipfile.ZipFile:
    """The archive; a damaged one that never was a workbook cannot be saved anew in Excel."""
    try:
        return open_archive(io.BytesIO(body), context.limits)
    except Unreadable as trouble:
        if trouble.code == "F101" and name.casefold().endswith(".zip"):
            trouble.remedy = PACK_AGAIN
        raise


def _plainly_a_workbook(body: bytes) -> bool:
    """Almost every return: told without reading the directory, which the reader does anyway."""
    first = body[30 : 30 + int.from_bytes(body[26:28], "little")].lower()
    package = first.startswith((b"[content_types].xml", b"_rels/", b"xl/", b"docprops/"))
    return package and body.rfind(b"xl/workbook.xml") >= 0 and body.rfind(b"word/document.xml") < 0


def _kind_of_open_document(name: str, archive: zipfile.ZipFile) -> Kind:
    """Spreadsheets are read; texts and presentations are companions."""
    try:
        with archive.open("mimetype") as stream:
            kind = stream.read(200)
    except DAMAGED:
        kind = b""
    if b"opendocument.text" in kind or b"opendocument.presentation" in kind or b"opendocument.graphics" in kind:
        return _companion(name, "OpenDocument 文档", "an OpenDocument text")
    return Kind.OPEN_DOCUMENT


def _document_holds_form(archive: zipfile.ZipFile, context: Context) -> bool:
    """Whether a Word document has the form's headings or form id: then the answers are in it."""
    words: list[str] = []
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.CharacterDataHandler = words.append
    parser.StartDoctypeDeclHandler = _stop
    try:
        with archive.open("word/document.xml") as stream:
            parser.Parse(stream.read(_WORDS_OF_A_DOCUMENT), False)
    except (expat.ExpatError, *DAMAGED):
        pass  # what was read before the damage is what there is to look at
    return _holds_form("\n".join(words), context)


def _stop(*_: object) -> None:
    raise ValueError("a DOCTYPE")


def _holds_form(text: str, context: Context) -> bool:
    if identities.find_form_id(text) or identities.PAYLOAD in text:
        return True
    table, words = context.template.main, match_key(text)
    found = sum(stem in words for stem, _ in table.stems if len(stem) > 1)
    return found >= max(4, len(table.stems) * 2 // 3)


# --- compound files, text ---------------------------------------------------------------------------------------------


def _kind_of_compound(name: str, body: bytes) -> Kind:
    """An OLE compound file by the names of its streams, which stand in it as UTF-16."""

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") + b"\0\0" in body

    if holds("EncryptedPackage"):
        return Kind.LOCKED
    text, slides = holds("WordDocument"), holds("PowerPoint Document")
    if (holds("Workbook") or holds("Book")) and not ((text or slides) and embeds_books(body)):
        return Kind.OLD_BOOK
    if text:
        return _companion(name, "Word 文档（.doc）", "a Word document (.doc)")
    if slides:
        return _companion(name, "演示文稿（.ppt）", "a presentation (.ppt)")
    if holds("__properties_version1.0"):
        raise _refused("Outlook 邮件（.msg）", "an Outlook message (.msg)", _DETACH)
    raise damaged(
        "文件是旧版 Office 格式，但已损坏或不是工作簿", "it is an old Office file, but damaged or no workbook"
    )


def _kind_of_text(name: str, body: bytes, context: Context) -> Kind:
    start = body[:_TEXT_START].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<meta", b"<table")):
        raise _refused("网页", "a web page")
    if start.startswith(b"<?xml") and b"excel.sheet" in start:
        raise _refused("XML 格式的旧表格（XML 2003）", "an XML spreadsheet of 2003")
    if start.startswith(b"<"):
        raise _refused("XML 文件", "an XML file")
    if start.startswith((b"received:", b"return-path:", b"mime-version:", b"message-id:", b"from:", b"x-unsent:")):
        raise _refused("邮件（.eml）", "an e-mail message (.eml)", _DETACH)
    text = _text(body[: 2**20])
    if text is None:
        raise damaged("不是工作簿，也认不出是什么文件", "it is not a workbook, nor any file that is known here")
    if name.casefold().endswith((*_BOOK_SUFFIXES, ".tsv", ".prn")) or _holds_form(text, context):
        raise _refused("纯文本文件（如 .csv、.txt）", "a plain text file (such as .csv or .txt)")
    return Kind.COMPANION


def _text(body: bytes) -> str | None:
    """Text, if it is any: UTF-16 with its mark, UTF-8 or GBK."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    if b"\0" in body:
        return None
    if sum(sign < 32 and sign not in b"\t\r\n\f" for sign in body[:_TEXT_START]) > len(body[:_TEXT_START]) // 20:
        return None
    return decoded(body, whole=False)
