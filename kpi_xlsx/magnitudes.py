"""Figures of two periods side by side: whether one is less, whether a sum is right, what looks like a wrong unit."""

from __future__ import annotations

from decimal import Context, Decimal

NEAR_TEN = (Decimal(8), Decimal(16))
"""What looks like a shifted decimal point: ten times, give or take a factor of 1.6, but no less than eight times."""
NEAR_HUNDRED = Decimal("62.5")
"""From here on (a hundred times, less a factor of 1.6) it looks like a wrong unit: nothing grows so in a period."""
ALIKE = Decimal("1.6")
"""Magnitudes within this factor of each other are similar."""
_DUST = Decimal("0.0000005")
_SHOWN = Context(prec=15)
"""As many digits as a sheet keeps of a number."""


def exact(value: object) -> Decimal | None:
    """A finite number by its digits, as it was typed; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    found = Decimal(value) if isinstance(value, int) else Decimal(repr(value))
    return found if found.is_finite() else None


def equal(one: Decimal, other: Decimal) -> bool:
    """Whether two figures are the same but for the dust of binary fractions."""
    return abs(one - other) <= max(_DUST, abs(other) * Decimal("1e-12"))


def less(one: Decimal, other: Decimal) -> bool:
    """Whether a figure is smaller than another by more than dust."""
    return one < other and not equal(one, other)


def times(old: Decimal, new: Decimal) -> Decimal | None:
    """How many times the old one the new one is, signs aside; None where either is zero."""
    return abs(new / old) if old and new else None


def looks_slipped(factor: Decimal) -> bool:
    """Whether a factor, or its inverse, is one that a wrong unit or a shifted decimal point makes."""
    return near_ten(factor) or beyond_hundred(factor)


def near_ten(factor: Decimal) -> bool:
    low, high = NEAR_TEN
    return low <= max(factor, 1 / factor) <= high


def beyond_hundred(factor: Decimal) -> bool:
    return max(factor, 1 / factor) >= NEAR_HUNDRED


def turned(old: Decimal, new: Decimal) -> bool:
    """Whether the sign changed while the magnitude is a similar one."""
    factor = times(old, new)
    return factor is not None and (old < 0) != (new < 0) and 1 / ALIKE <= factor <= ALIKE


def show_figure(value: Decimal) -> str:
    """A figure as a person would type it: 12.50 is 12.5."""
    found = _SHOWN.create_decimal(value).normalize(_SHOWN)
    return f"{found:f}" if -10 < found.adjusted() < 18 else str(found)


def show_times(factor: Decimal) -> str:
    """About how many times: 8.3, 10, 12,000; below one 1/10."""
    if factor < 1:
        return f"1/{show_times(1 / factor)}"
    rounded = Decimal(f"{factor:.2g}")
    return f"{rounded:,f}" if rounded.adjusted() < 12 else f"{rounded:.0e}"
