"""Numbers written in Chinese characters (一百二十, 三万五千, 二十四点五), read only as they are properly spelt."""

from __future__ import annotations

import re
from decimal import Decimal

_DIGITS = "零〇○ 一壹 二贰貳两兩 三叁參 四肆 五伍 六陆陸 七柒 八捌 九玖"
_DIGIT_OF = {sign: value for value, signs in enumerate(_DIGITS.split()) for sign in signs}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
_ZEROS = "零〇○"
SIGNS = "".join((*_DIGIT_OF, *_TENS, *_MYRIADS))
"""Every character that a whole number may be written with."""
_SECTION = re.compile(
    rf"(?:[{''.join(_DIGIT_OF)}][千仟])?(?:[{_ZEROS}]?[{''.join(_DIGIT_OF)}][百佰])?"
    rf"(?:[{_ZEROS}]?[{''.join(_DIGIT_OF)}]?[十拾])?(?:[{_ZEROS}]?[{''.join(_DIGIT_OF)}])?"
)


def read_numeral(text: str) -> Decimal | None:
    """The number, or None if it is not spelt in full: 一百二 and 三万五 leave open what the last digit counts."""
    whole, point, fraction = text.partition("点")
    number = _read_whole(whole)
    if number is None or not point:
        return number
    if not fraction or not all(sign in _DIGIT_OF for sign in fraction):
        return None
    return number + Decimal(f"0.{''.join(str(_DIGIT_OF[sign]) for sign in fraction)}")


def read_digits(text: str) -> str | None:
    """Digits one after the other, as in years: 二〇一八 is 2018."""
    return "".join(str(_DIGIT_OF[sign]) for sign in text) if text and all(sign in _DIGIT_OF for sign in text) else None


def _read_whole(text: str) -> Decimal | None:
    digits = read_digits(text)
    if digits is not None:
        # 三五 and 七八 say "some": two bare digits are only a number with a zero among them.
        return Decimal(digits) if len(digits) != 2 or "0" in digits[1:] else None
    high, sign, low = _split(text, "亿億")
    if sign:
        upper = _read_myriads(high)
        rest = _read_myriads(low.lstrip(_ZEROS)) if low else 0
        clear = not low or low[0] in _ZEROS or _has_unit(low)
        return Decimal(upper * 100_000_000 + rest) if upper and rest is not None and clear else None
    number = _read_myriads(text)
    return None if number is None else Decimal(number)


def _split(text: str, signs: str) -> tuple[str, str, str]:
    place = next((place for place, sign in enumerate(text) if sign in signs), len(text))
    return text[:place], text[place : place + 1], text[place + 1 :]


def _has_unit(text: str) -> bool:
    return any(sign in _TENS or sign in _MYRIADS for sign in text)


def _read_myriads(text: str) -> int | None:
    high, sign, low = _split(text, "万萬")
    if not sign:
        return _read_section(text)
    upper, rest = _read_section(high), _read_section(low.lstrip(_ZEROS)) if low else 0
    clear = not low or low[0] in _ZEROS or _has_unit(low)
    return upper * 10_000 + rest if upper and rest is not None and clear else None


def _read_section(text: str) -> int | None:
    """A number below ten thousand."""
    if not text or not _SECTION.fullmatch(text) or (len(text) > 1 and text[-1] in _ZEROS):
        return None
    total, digit, last = 0, None, 1
    for place, sign in enumerate(text):
        if sign in _TENS:
            if digit == 0 or (digit is None and (sign not in "十拾" or place > 0)):
                return None
            total, digit, last = total + (1 if digit is None else digit) * _TENS[sign], None, _TENS[sign]
        else:
            digit = _DIGIT_OF[sign]
            last = 1 if digit == 0 else last
    if digit and last > 10:  # 一百五: a hundred and five, or a hundred and fifty
        return None
    return total + (digit or 0)
