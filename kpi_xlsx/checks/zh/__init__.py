"""The rules' words in Chinese: message, hint and page by code; a test holds them equal in shape to the English."""

from collections.abc import Mapping

from kpi_xlsx.checks.rule import Words
from kpi_xlsx.checks.zh import deadlines, files, identity, plans, required, rounds, structure, targets, values

WORDS: Mapping[str, Words] = {
    **files.WORDS,
    **identity.WORDS,
    **structure.WORDS,
    **required.WORDS,
    **values.WORDS,
    **deadlines.WORDS,
    **targets.WORDS,
    **rounds.WORDS,
    **plans.WORDS,
}
