"""What stands in a cell instead of a value: error words, and the formula by which WPS shows a picture in a cell."""

from __future__ import annotations

import re

from kpi_xlsx.model import Cell, CellKind, match_key

PICTURE = "picture"
"""Why an answer has no value (`Answer.why`): the cell shows a picture."""

_ERRORS = "#REF! #DIV/0! #N/A #NAME? #NULL! #NUM! #VALUE! #SPILL! #CALC! #GETTING_DATA"
_NEWER_ERRORS = "#FIELD! #BLOCKED! #CONNECT! #UNKNOWN! #BUSY! #EXTERNAL! #PYTHON!"
_ERROR_WORDS = frozenset(map(match_key, f"{_ERRORS} {_NEWER_ERRORS}".split()))
_ERROR_NUMBER = re.compile(r"(?:err|错误):\d{3}")
"""How LibreOffice shows an error that has no word; copied as text it stays so."""
_DISPIMG = re.compile(r'=(?:_xlfn\.|_xludf\.|@)*DISPIMG\( *"([^"]{1,100})" *(?:[,;] *\d+ *)?\)', re.IGNORECASE)
"""Programs that do not know the function keep it under a prefix, in other case, or as text."""


def is_error(cell: Cell) -> bool:
    """Whether a cell shows an error; an error word as text is most probably an error that was pasted as a value."""
    if cell.kind is not CellKind.TEXT or not isinstance(cell.value, str):
        return cell.kind is CellKind.ERROR
    if len(cell.value) > 40:
        return False
    word = match_key(cell.value)
    return word in _ERROR_WORDS or _ERROR_NUMBER.fullmatch(word) is not None


def find_picture(cell: Cell) -> str | None:
    """The id of the picture that a cell shows in place of a value (WPS), or None."""
    for text in (cell.formula, cell.value):
        if isinstance(text, str) and text[:1] == "=":
            match = _DISPIMG.fullmatch(text.strip())
            if match:
                return match[1]
    return None
