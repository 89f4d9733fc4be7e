"""The description of a data table that goes with it: Table Schema, as Frictionless publishes it; names no file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kpi_xlsx.data_tables import DataTable, DataType, Field

PROFILE = "https://specs.frictionlessdata.io/schemas/table-schema.json"
MOMENT_FORMAT = "%Y-%m-%dT%H:%M:%S%z"


def schema_of(table: DataTable) -> Mapping[str, Any]:
    """Names, types, titles in the languages there are, and what a field may hold."""
    return {
        "$schema": PROFILE,
        "name": table.name,
        "fields": [_describe(one, required=one.name in table.key) for one in table.fields],
        "primaryKey": list(table.key),
        "missingValues": [""],
    }


def schema_text(table: DataTable) -> str:
    """The same as the text of a file."""
    return json.dumps(schema_of(table), ensure_ascii=False, indent=2) + "\n"


def _describe(one: Field, *, required: bool) -> Mapping[str, Any]:
    titles = {str(language): title for language, title in one.titles.items()}
    found: dict[str, Any] = {
        "name": one.name,
        "type": str(one.type),
        "title": " / ".join(dict.fromkeys(titles.values())),
    }
    if one.type is DataType.MOMENT:
        found["format"] = MOMENT_FORMAT
    found["titles"] = titles
    limits = {**({"required": True} if required else {}), **({"enum": list(one.choices)} if one.choices else {})}
    return {**found, "constraints": limits} if limits else found
