"""LibreOffice as a converter of documents to PDF, if the computer has it; it works in a folder of its own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from kpi_xlsx.model import CycleError, Language, Mistake

NAMES = ("soffice", "libreoffice")
PATIENCE = 180
"""Seconds that a conversion may take."""


def make_pdf(document: bytes, language: Language) -> bytes:
    """A Word document as PDF. Raises CycleError, with what to do instead, if LibreOffice is not there or fails."""
    program = next((found for name in NAMES if (found := shutil.which(name)) is not None), None)
    if program is None:
        raise _refusal(
            language.say(
                "要写 PDF 需要 LibreOffice，这台电脑上没有找到", "A PDF needs LibreOffice, which was not found"
            ),
            language,
        )
    with tempfile.TemporaryDirectory(prefix="kpi-xlsx-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source, made = folder / "notice.docx", folder / "notice.pdf"
        source.write_bytes(document)
        profile = (folder / "profile").as_uri()
        command = [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf", "--outdir", name]
        try:
            subprocess.run([*command, str(source)], capture_output=True, timeout=PATIENCE, check=False)
        except (OSError, subprocess.TimeoutExpired):
            made.unlink(missing_ok=True)  # perhaps half of one
        if not made.is_file():
            raise _refusal(
                language.say(
                    "LibreOffice 没有转成 PDF（也许没有装它的 Writer）",
                    "LibreOffice made no PDF (perhaps its Writer is not installed)",
                ),
                language,
            )
        return made.read_bytes()


def _refusal(words: str, language: Language) -> CycleError:
    remedy = language.say(
        "请改写 .docx，用 Word 或 WPS 另存为 PDF；或写 .html，用浏览器打印成 PDF。",
        "Write .docx and save it as PDF in Word, or .html and print that to PDF in a browser.",
    )
    return CycleError([Mistake("", "", f"{words}{language.say('。', '. ')}{remedy}")])
