"""Nouns as JSON and back again, field by field as their types say; nothing that is unpacked can run anything.

The ledger lies on a share and anybody can write into it: so no pickle.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def pack(kind: Any, value: Any) -> str:
    """A value of this type as JSON."""
    # Escaped: a lone surrogate that a sender managed to type would not fit into SQLite's UTF-8.
    return json.dumps(_codec(kind).pack(value), ensure_ascii=True, separators=(",", ":"))


def unpack(kind: Any, text: str) -> Any:
    """What `pack` was given. Fields that a noun got later, at its end, have their defaults.

    Raises ValueError, TypeError, KeyError or AttributeError for what `pack` never wrote.
    """
    return _codec(kind).unpack(json.loads(text))


@dataclass(frozen=True, slots=True)
class _Codec:
    """How values of a type become lists, objects and plain values, and the other way."""

    pack: Callable[[Any], Any]
    unpack: Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _pack_scalar(value: Any) -> Any:
    """A date as a one-key object, so that no text is taken for one."""
    if isinstance(value, dt.datetime):
        return {"moment": value.isoformat()}
    return {"date": value.isoformat()} if isinstance(value, dt.date) else value


def _unpack_scalar(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    (name, text), *_ = value.items()
    return dt.datetime.fromisoformat(text) if name == "moment" else dt.date.fromisoformat(text)


def _unpack_decimal(value: Any) -> Decimal:
    try:
        return Decimal(value)
    except InvalidOperation as error:
        raise ValueError(value) from error


_PLAIN = _Codec(_same, _same)
_SCALAR = _Codec(_pack_scalar, _unpack_scalar)


@cache
def _codec(kind: Any) -> _Codec:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _optional([one for one in inner if one is not NoneType])
    if origin is tuple:
        return _row(_codec(inner[0]))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(_codec(inner[1]))
    if isinstance(kind, type) and is_dataclass(kind):
        return _noun(kind)
    if issubclass(kind, Enum):
        return _Codec(lambda value: value.value, kind)
    if kind is Decimal:
        return _Codec(str, _unpack_decimal)
    return _SCALAR if issubclass(kind, dt.date) else _PLAIN


def _optional(kinds: list[Any]) -> _Codec:
    """One type, or None; or whatever a cell can hold."""
    if len(kinds) > 1:
        return _SCALAR
    one = _codec(kinds[0])
    if one is _PLAIN or one is _SCALAR:
        return one
    return _Codec(
        lambda value: None if value is None else one.pack(value),
        lambda packed: None if packed is None else one.unpack(packed),
    )


def _row(one: _Codec) -> _Codec:
    return _Codec(lambda values: [one.pack(value) for value in values], lambda packed: tuple(map(one.unpack, packed)))


def _mapping(one: _Codec) -> _Codec:
    if one is _PLAIN:
        return _Codec(dict, dict)
    return _Codec(
        lambda values: {key: one.pack(value) for key, value in values.items()},
        lambda packed: {key: one.unpack(value) for key, value in packed.items()},
    )


def _noun(kind: Any) -> _Codec:
    """A dataclass as a list of its fields; only those that are no plain values cost anything."""
    hints = get_type_hints(kind)
    names = [one.name for one in fields(kind)]
    read = attrgetter(*names)
    special = [(place, codec) for place, name in enumerate(names) if (codec := _codec(hints[name])) is not _PLAIN]

    def pack_noun(value: Any) -> list[Any]:
        packed = list(read(value))
        for place, codec in special:
            packed[place] = codec.pack(packed[place])
        return packed

    def unpack_noun(packed: list[Any]) -> Any:
        values = list(packed)
        for place, codec in special:
            if place < len(values):
                values[place] = codec.unpack(values[place])
        return kind(*values)

    return _Codec(pack_noun, unpack_noun)
