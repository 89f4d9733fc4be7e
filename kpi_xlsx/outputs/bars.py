"""Horizontal stacked bars beside the table they are drawn from; every figure in them is a cell of that table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kpi_xlsx.excel import Look, Sheet, clean


@dataclass(frozen=True, slots=True)
class Series:
    """One part of each bar: the column it stands in, its values as they stand there, fill and colour of its figures."""

    column: int
    name: str
    values: Sequence[int]
    look: Look
    ink: str


@dataclass(frozen=True, slots=True)
class Bars:
    """Stacked bars, one for each row from `first` to `last`; the names stand in the column `label`."""

    title: str
    heading: int
    """The row in which the names of the series stand."""
    first: int
    last: int
    label: int
    names: Sequence[str]
    series: Sequence[Series]
    font: str
    width: int
    height: int
    """Both in pixels."""


def draw_bars(sheet: Sheet, row: int, column: int, chart: Bars) -> None:
    """Horizontal stacked bars beside the table they are drawn from, in its order."""
    names = (sheet.raw.name, chart.first, chart.label, chart.last, chart.label)
    drawn = sheet.owner.book.add_chart({"type": "bar", "subtype": "stacked"})
    font = {"name": chart.font, "size": 9}
    for one in chart.series:
        drawn.add_series(
            {
                "name": [sheet.raw.name, chart.heading, one.column],
                "name_data": [clean(one.name)],
                "categories": [*names],
                "categories_data": [clean(name) for name in chart.names],
                "values": [sheet.raw.name, chart.first, one.column, chart.last, one.column],
                "values_data": list(one.values),
                "gap": 35 if len(chart.names) > 3 else 120,
                "overlap": 100,
                "data_labels": {"value": True, "num_format": "0;;", "font": {**font, "color": one.ink}},
                **one.look,
            }
        )
    drawn.set_title({"name": clean(chart.title), "name_font": {**font, "size": 11, "bold": True}, "overlay": False})
    axis = {
        "reverse": True,
        "interval_unit": 1,
        "num_font": font,
        "line": {"color": "#7F7F7F"},
        "major_tick_mark": "none",
    }
    drawn.set_y_axis(axis)
    drawn.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
    drawn.set_legend({"position": "bottom", "font": font})
    drawn.set_chartarea({"border": {"color": "#BFBFBF"}})
    drawn.set_size({"width": chart.width, "height": chart.height})
    sheet.call(
        "insert_chart", row, column, drawn, {"object_position": 2, "y_offset": 4, "description": clean(chart.title)}
    )
