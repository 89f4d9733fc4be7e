"""Data tables as files: .xlsx, .csv, .json, .jsonl, .parquet, .sqlite; each whole or not at all, with its schema."""

from __future__ import annotations

import csv
import datetime as dt
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from kpi_xlsx.data_tables import DataTable, DataType, Value
from kpi_xlsx.excel import MAX_TEXT, Look, Workbook, text_width
from kpi_xlsx.files import landing, named_errors, put_in_place, temporary_beside
from kpi_xlsx.model import CycleError, Language, Mistake, plain
from kpi_xlsx.table_schema import schema_text

TOGETHER = frozenset([".xlsx", ".sqlite"])
"""The formats of which one file holds all tables."""
RUNNING = tuple("=+-@\t\r\n＝＋－＠'")
"""What a text must not begin with in a .csv: a spreadsheet may take it for a formula. One apostrophe goes before it,
also before an apostrophe, so that taking one away gives back every text."""
_MOST_NAMED = 10


def data_paths(to: Path) -> tuple[Path, ...]:
    """The files of an export: that of the goals, that of the targets where the format has one table, the schemas."""
    targets = to.with_name(f"{to.stem}-targets{to.suffix}")
    books = (to,) if to.suffix.casefold() in TOGETHER else (to, targets)
    return (*books, *(one.with_name(f"{one.stem}.schema.json") for one in (to, targets)))


def demand_library(to: Path, language: Language) -> None:
    """Raises CycleError, with what to install, where the format needs a library that is not there."""
    if to.suffix.casefold() != ".parquet":
        return
    try:
        import pyarrow as _  # noqa: F401
    except ImportError as error:
        words = language.say(
            '写 .parquet 要先装 pyarrow：pip install "kpi-xlsx[parquet]"；或者换 .csv、.sqlite。',
            '.parquet needs pyarrow: pip install "kpi-xlsx[parquet]"; or take .csv or .sqlite.',
        )
        raise CycleError([Mistake(to.name, "", words)]) from error


def demand_unused(to: Path, language: Language) -> None:
    """Raises CycleError if a database of this name is open, or was left unfinished, in another program.

    Its log would be taken for the new one's.
    """
    logs = [to.name + ending for ending in ("-wal", "-journal") if to.with_name(to.name + ending).exists()]
    if to.suffix.casefold() == ".sqlite" and logs:
        words = language.say(
            f"这个数据库正被另一个程序打开，或者没有正常关闭（有 {logs[0]}）；请先关闭，或者换一个名字。",
            f"Another program has this database open, or left it unfinished ({logs[0]} is there); close it there, or "
            "take another name.",
        )
        raise CycleError([Mistake(to.name, "", words)])


def write_data(
    to: Path,
    tables: tuple[DataTable, DataTable],
    created: dt.date,
    language: Language,
    before: Callable[[Path, Path], None],
) -> None:
    """Write all files; only when all are whole they take their places. `before` gets each file, and its finished body.

    Raises CycleError where a workbook cannot hold a text.
    """
    write = _WRITERS[to.suffix.casefold()]
    if write is _write_workbook:
        _demand_room(to, tables, language)
    paths = data_paths(to)
    books, schemas = paths[:-2], paths[-2:]
    shares = [tables] if len(books) == 1 else [(one,) for one in tables]
    temporaries = {path: temporary_beside(landing(path)) for path in paths}
    try:
        for path, share in zip(books, shares, strict=True):
            with named_errors(path, temporaries[path]):
                write(temporaries[path], share, created)
        for path, table in zip(schemas, tables, strict=True):
            with named_errors(path, temporaries[path]):
                temporaries[path].write_bytes(schema_text(table).encode())
        for path, temporary in temporaries.items():
            before(path, temporary)
            with named_errors(path, temporary):
                put_in_place(temporary, landing(path))
    finally:
        for temporary in temporaries.values():
            temporary.unlink(missing_ok=True)


# --- one format each --------------------------------------------------------------------------------------------------


def _as_text(value: Value) -> str | float | bool | None:
    """Dates and times as ISO 8601, all else as it is."""
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, dt.date) else value


def _records(table: DataTable) -> Iterator[str]:
    names = [one.name for one in table.fields]
    for row in table.rows:
        yield json.dumps(dict(zip(names, map(_as_text, row), strict=True)), ensure_ascii=False, allow_nan=False)


def _write_json(path: Path, tables: Sequence[DataTable], _: dt.date) -> None:
    lines = ",\n".join(_records(tables[0]))
    path.write_bytes(f"[\n{lines}\n]\n".encode())


def _write_lines(path: Path, tables: Sequence[DataTable], _: dt.date) -> None:
    path.write_bytes("".join(f"{one}\n" for one in _records(tables[0])).encode())


def _write_csv(path: Path, tables: Sequence[DataTable], _: dt.date) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:  # without a BOM Excel takes it for GBK
        writer = csv.writer(stream)
        writer.writerow([one.name for one in tables[0].fields])
        writer.writerows(map(_csv_cell, row) for row in tables[0].rows)


def _csv_cell(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(RUNNING) else value
    return plain(_as_text(value))


_COLUMN_TYPES: Mapping[DataType, str] = {
    DataType.NUMBER: "REAL",
    DataType.INTEGER: "INTEGER",
    DataType.BOOLEAN: "INTEGER",
}


def _write_sqlite(path: Path, tables: Sequence[DataTable], _: dt.date) -> None:
    # In memory: so a full disk is an error of the system like any other, and no journal lies beside.
    with closing(sqlite3.connect(":memory:")) as connection:
        for table in tables:
            columns = [f'"{one.name}" {_COLUMN_TYPES.get(one.type, "TEXT")}' for one in table.fields]
            key = ", ".join(f'"{name}"' for name in table.key)
            connection.execute(f'CREATE TABLE "{table.name}" ({", ".join(columns)}, PRIMARY KEY ({key}))')
            places = ", ".join("?" * len(columns))
            rows = ([_as_text(value) for value in row] for row in table.rows)
            connection.executemany(f'INSERT INTO "{table.name}" VALUES ({places})', rows)
        connection.commit()
        path.write_bytes(connection.serialize())


def _write_parquet(path: Path, tables: Sequence[DataTable], _: dt.date) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        DataType.NUMBER: pa.float64(),
        DataType.INTEGER: pa.int64(),
        DataType.BOOLEAN: pa.bool_(),
        DataType.DATE: pa.date32(),
        DataType.MOMENT: pa.timestamp("s", tz="UTC"),
    }
    (table,) = tables
    columns = zip(*table.rows, strict=True) if table.rows else [()] * len(table.fields)
    arrays = [
        pa.array(values, type=types.get(one.type, pa.string()))
        for one, values in zip(table.fields, columns, strict=True)
    ]
    pq.write_table(pa.table(arrays, names=[one.name for one in table.fields]), path)


_WIDEST, _NARROWEST = 60, 10
_HEADING: Look = {"bold": True, "bg_color": "D9E1F2", "bottom": 1}
_LOOKS: Mapping[DataType, Look] = {
    DataType.NUMBER: {},
    DataType.INTEGER: {},
    DataType.BOOLEAN: {},
    DataType.DATE: {"num_format": "yyyy-mm-dd"},
}
_TEXT: Look = {"num_format": "@", "quote_prefix": True}


def _write_workbook(path: Path, tables: Sequence[DataTable], created: dt.date) -> None:
    """A sheet for each table: names in the first row, values below, nothing hidden and nothing else."""
    with Workbook(path, created, streaming=True, title=tables[0].name) as workbook:
        for table in tables:
            sheet = workbook.add_sheet(table.name)
            for place, one in enumerate(table.fields):
                widths = (text_width(str(row[place])) for row in table.rows[:100] if row[place] is not None)
                width = min(_WIDEST, max(_NARROWEST, len(one.name) + 2, *widths, 0))
                sheet.call("set_column", place, place, width)
                sheet.text(0, place, one.name, _HEADING)
            for number, row in enumerate(table.rows, 1):
                for place, (one, value) in enumerate(zip(table.fields, row, strict=True)):
                    if value is not None:
                        shown = _as_text(value) if one.type is DataType.MOMENT else value
                        sheet.value(number, place, shown, _LOOKS.get(one.type, _TEXT))
            sheet.raw.freeze_panes(1, 0)
            sheet.call("autofilter", 0, 0, max(1, len(table.rows)), len(table.fields) - 1)


def _demand_room(to: Path, tables: Sequence[DataTable], language: Language) -> None:
    """Raises CycleError, naming each place, for texts that are longer than a cell of Excel."""
    long = [
        f"{table.name} {number} ({plain(_as_text(row[0]))}, {one.name})"
        for table in tables
        for number, row in enumerate(table.rows, 1)
        for one, value in zip(table.fields, row, strict=True)
        if isinstance(value, str) and len(value.encode("utf-16-le")) > 2 * MAX_TEXT
    ]
    if long:
        places = language.say("、", ", ").join(long[:_MOST_NAMED]) + ("…" if len(long) > _MOST_NAMED else "")
        words = language.say(
            f"文字超过 {MAX_TEXT} 个字，Excel 的一个格放不下，没有写出：{places}。请换 .csv 或 .json。",
            f"Texts longer than the {MAX_TEXT} characters that a cell of Excel holds; nothing was written: {places}. "
            "Take .csv or .json.",
        )
        raise CycleError([Mistake(to.name, "", words)])


_WRITERS: Mapping[str, Callable[[Path, Sequence[DataTable], dt.date], None]] = {
    ".xlsx": _write_workbook,
    ".csv": _write_csv,
    ".json": _write_json,
    ".jsonl": _write_lines,
    ".parquet": _write_parquet,
    ".sqlite": _write_sqlite,
}
SUFFIXES = tuple(_WRITERS)
"""What a file of data may be."""
