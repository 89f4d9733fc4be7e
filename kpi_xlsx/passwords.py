"""Workbooks that are locked with a password: opened with Excel's own default, and with those the office was told."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

from kpi_xlsx.book import Unreadable
from kpi_xlsx.model import CycleError, Language, Mistake
from kpi_xlsx.toml_files import read_text

READ_ONLY = "VelvetSweatshop"
"""What Excel locks a workbook with that opens read-only and asks nobody ([MS-OFFCRYPTO] 2.4.2.3)."""
MOST_TURNS = 1_000_000
"""How often a key may be turned over; Office writes 100,000, and a file could ask for hours."""
MOST_PASSWORDS = 100


def read_passwords(path: Path, language: Language) -> tuple[str, ...]:
    """The passwords in a text file, one a line. Raises CycleError if it cannot be read or holds too many."""
    lines = read_text(path, CycleError).splitlines()
    found = tuple(dict.fromkeys(line for line in lines if line.strip()))
    if len(found) > MOST_PASSWORDS:
        words = language.say(
            f"密码太多（{len(found)} 个），最多 {MOST_PASSWORDS} 个，每行一个。",
            f"It holds {len(found)} passwords; {MOST_PASSWORDS} at the most, one a line.",
        )
        raise CycleError([Mistake(path.name, "", words)])
    return found


def unlock(body: bytes, passwords: Sequence[str]) -> bytes:
    """The workbook within a locked one. Raises Unreadable (F103) if no password fits."""
    if _bearable(body):
        for password in dict.fromkeys((READ_ONLY, *passwords)):
            opened = _try(body, password)
            if opened is not None:
                return opened
    raise Unreadable("F103", "工作簿设了打开密码", "the workbook opens only with a password")


def _bearable(body: bytes) -> bool:
    """Whether trying a password takes a moment only: the file itself says how much work that is."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(body)) as compound:
            if not compound.exists("EncryptionInfo"):
                return True  # an old workbook, whose lock is a weak one
            text = compound.openstream("EncryptionInfo").read()
    except (MemoryError, RecursionError):
        raise
    except Exception:  # damaged in one of the many ways in which the library stumbles
        return False
    turns = re.findall(rb'spinCount\s*=\s*"(\d{1,12})"', text)
    return text.count(b"spinCount") == len(turns) and all(int(one) <= MOST_TURNS for one in turns)


def _try(body: bytes, password: str) -> bytes | None:
    import msoffcrypto

    target = io.BytesIO()
    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(body))
        # Of an old workbook the key is verified anyway, and the library takes no such word.
        verify = {"verify_password": True} if office.format == "ooxml" else {}
        office.load_key(password=password, **verify)
        office.decrypt(target)
    except (MemoryError, RecursionError):
        raise
    except Exception:  # the library raises whatever its parsers do; a wrong password is one of them
        return None
    return target.getvalue()
