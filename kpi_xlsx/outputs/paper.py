"""A sheet's page whose breaks are known beforehand: what fits on it, and how it is set up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from kpi_xlsx.excel import Sheet, clean
from kpi_xlsx.model import Language, clip

A3 = (8, 16.54, 11.69)
"""Excel's number of the paper; inches across and down, turned on its side."""
SIDE, TOP, BOTTOM = 0.4, 0.5, 0.6
"""Margins in inches."""
SPARE = 0.96
"""Of a page only so much is counted on: programs and printers differ."""


@dataclass(frozen=True)
class Paper:
    """Landscape pages for columns of these widths.

    A program without the usual fonts makes columns wider and the page smaller than is reckoned here: then the breaks
    come early, but no column falls off the page.
    """

    size: tuple[int, float, float]
    widths: Sequence[float]
    beside: float = 0
    """What stands right of the columns, in pixels."""

    @cached_property
    def _scale(self) -> int:
        """To the page's width, in percent; never larger than life."""
        across = sum(int(width * 7 + 5) for width in self.widths) + self.beside
        return max(10, min(100, int(100 * SPARE * (self.size[1] - 2 * SIDE) * 96 / across)))

    @property
    def room(self) -> float:
        """The height of a page in the sheet's points."""
        return SPARE * (self.size[2] - TOP - BOTTOM) * 72 * 100 / self._scale

    def apply(self, sheet: Sheet, language: Language, marking: str = "") -> None:
        """Set the sheet's page up; the marking stands at the foot of each page."""
        sheet.raw.set_landscape()
        sheet.raw.set_paper(self.size[0])
        sheet.raw.set_margins(left=SIDE, right=SIDE, top=TOP, bottom=BOTTOM)
        sheet.raw.center_horizontally()
        sheet.raw.fit_to_pages(1, 0)
        pages = language.say("第 &P 页　共 &N 页", "Page &P of &N")
        marked = f"&L&9{clean(clip(marking, 60)).replace('&', '&&')}" if marking else ""
        sheet.call("set_footer", f"{marked}&R&9{pages}")
