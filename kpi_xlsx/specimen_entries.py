"""What may stand in the columns that departments fill in: type, list, bounds and help, as the form has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kpi_xlsx.model import CellType, Source, clip, match_key
from kpi_xlsx.reading import clean_text
from kpi_xlsx.sheet_looks import EntryRule
from kpi_xlsx.specimen_columns import STATUS, Columns, Guess
from kpi_xlsx.specimen_doubts import KINDS
from kpi_xlsx.specimen_lists import read_rule
from kpi_xlsx.specimen_meanings import SHIPPED_STATES, find_states, type_by_words
from kpi_xlsx.template import STATUS_WORDS

_HELP = 255
"""Characters of a prompt that Excel takes."""
_RULED_ROWS = 10
_BY_LOOK: Sequence[tuple[CellType, frozenset[str]]] = (
    (CellType.MONTH, frozenset({"month"})),
    (CellType.DATE, frozenset({"date"})),
    (CellType.NUMBER, frozenset({"number", "percent"})),
)
"""The types that formats and values speak for."""


def complete_entries(columns: Columns, guesses: Sequence[Guess]) -> None:
    """Add to each column of the departments what may stand in it."""
    for guess in guesses:
        if guess.data["source"] == Source.DEPARTMENT and guess.column.left >= 0:
            _complete(columns, guess)


def _complete(columns: Columns, guess: Guess) -> None:
    meaning = guess.meaning
    if guess.column.header.lstrip().startswith(("*", "★")) or (meaning is not None and meaning.required):
        guess.data["required"] = True
    rule = _find_rule(columns, guess)
    keys = None if rule is None else read_rule(rule, columns.specimen)
    kind = _find_type(columns, guess, keys or {})
    if kind is not CellType.TEXT:
        guess.data["type"] = str(kind)
    guess.data.update({key: value for key, value in (keys or {}).items() if key != "type"})
    if meaning is not None and meaning.future and kind in (CellType.DATE, CellType.MONTH):
        guess.data["future"] = True
    if rule is not None and keys is None:
        columns.doubt(guess, "rule", shown=clip(rule.formulas[0]))
    if rule is not None and rule.prompt.strip():
        guess.data["help"] = clean_text(" ".join(rule.prompt.split()))[:_HELP]
    if columns.evidence[guess.column.left].formulas:
        columns.doubt(guess, "formula")
    if guess.key == STATUS or kind is CellType.CHOICE:
        _judge_states(columns, guess)


def _find_rule(columns: Columns, guess: Guess) -> EntryRule | None:
    rows = columns.rows[:_RULED_ROWS] or columns.first_rows
    found = (columns.specimen.look.rule(row, guess.column.left) for row in rows)
    return next((rule for rule in found if rule is not None), None)


def _find_type(columns: Columns, guess: Guess, keys: Mapping[str, Any]) -> CellType:
    """By the validation, else by a known heading, else by formats and values, else by the heading's words."""
    kinds = columns.evidence[guess.column.left].kinds
    known = guess.meaning or guess.inherited
    by_look = next((kind for kind, names in _BY_LOOK if names & kinds), None)
    by_words = type_by_words(guess.column.header)
    if "type" in keys:
        kind = CellType(keys["type"])
        return CellType.MONTH if kind is CellType.DATE and CellType.MONTH in (by_look, by_words) else kind
    if known is not None and known.type not in (CellType.TEXT, CellType.CHOICE):
        return known.type
    if guess.meaning is not None and by_look is None:
        return CellType.TEXT
    kind = by_look or by_words
    if kind is not CellType.TEXT and (by_look is None or guess.meaning is not None):
        columns.doubt(guess, "type", kind=columns.language.say(*KINDS[kind]))
    return kind


def _judge_states(columns: Columns, guess: Guess) -> None:
    """A list of states tells the rules how a goal stands, if its words are known."""
    choices: Sequence[str] = guess.data.get("choices", ())
    states = find_states(choices)
    if guess.key != STATUS:
        if states is None or STATUS in columns.taken or guess.meaning is not None:
            return
        columns.rename(guess, STATUS)
    if states is None:
        columns.rename(guess)
        columns.doubt(guess, "states" if choices else "no_list")
    elif any(match_key(choice) not in SHIPPED_STATES for choice in choices):
        guess.data["means"] = [str(state) for state in states]
        say = columns.language.say
        words = [say(*STATUS_WORDS[state][:2]) + say(f"（{state}）", f" ({state})") for state in states]
        pairs = (f"{choice} = {meant}" for choice, meant in zip(choices, words, strict=True))
        columns.doubt(guess, "means", shown=say("，", ", ").join(pairs))
