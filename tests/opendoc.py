"""OpenDocument spreadsheets by hand: cells, rows, tables and packages, whole or with lies in them."""

from __future__ import annotations

from collections.abc import Mapping

from hostile import Part, pack

NAMESPACES = " ".join(
    f'xmlns:{prefix}="{name}"'
    for prefix, name in {
        **{
            short: f"urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"
            for short, long in {
                "office": "office",
                "table": "table",
                "text": "text",
                "style": "style",
                "draw": "drawing",
                "meta": "meta",
                "manifest": "manifest",
            }.items()
        },
        "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
        "dc": "http://purl.org/dc/elements/1.1/",
        "xlink": "http://www.w3.org/1999/xlink",
    }.items()
)
TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def words(text: str, more: str = "") -> str:
    """A cell of text; `more` is what else stands in it."""
    return f'<table:table-cell office:value-type="string">{more}<text:p>{text}</text:p></table:table-cell>'


def value(kind: str, name: str, stated: object, shown: str = "", more: str = "") -> str:
    """A cell of another type: float, percentage, date, time, boolean."""
    inner = f"<text:p>{shown}</text:p>" if shown else ""
    return f'<table:table-cell office:value-type="{kind}" office:{name}="{stated}" {more}>{inner}</table:table-cell>'


def blank(count: int = 1) -> str:
    return f'<table:table-cell table:number-columns-repeated="{count}"/>'


def row(*cells: str, count: int = 1, more: str = "") -> str:
    return f'<table:table-row table:number-rows-repeated="{count}" {more}>{"".join(cells)}</table:table-row>'


def table(*rows: str, name: str = "填报", style: str = "ta1") -> str:
    return f'<table:table table:name="{name}" table:style-name="{style}">{"".join(rows)}</table:table>'


def content(body: str, kind: str = "spreadsheet", styles: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {NAMESPACES}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )


def document(*tables: str, styles: str = "", more: Mapping[str, Part] | None = None) -> bytes:
    """A package of these tables, and of other members if there are any."""
    return package(content("".join(tables), styles=styles), more)


def package(body: Part, more: Mapping[str, Part] | None = None) -> bytes:
    return pack({"mimetype": TYPE, "content.xml": body, **(more or {})})


def sheet(*rows: str) -> bytes:
    """A package of one table."""
    return document(table(*rows))
