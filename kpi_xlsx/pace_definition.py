"""What a template definition says of pace, read strictly: margins, words of the states, names and colours of alerts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from kpi_xlsx.model import Language
from kpi_xlsx.pace_rules import Alert, Pace, PaceRules
from kpi_xlsx.toml_files import Complaint, key_mistakes, unknown_key

PACE_KEYS: Mapping[str, tuple[type, ...]] = {
    "tolerance": (int, float),
    "ahead": (int, float),
    "quantities": (str,),
    "words": (dict,),
    "alerts": (list,),
}
ALERT_KEYS: Mapping[str, tuple[type, ...]] = {"name": (str,), "fill": (str,), "after": (int,)}
QUANTITIES = ("pro_rata", "direct")
_COLOUR = re.compile(r"[0-9A-Fa-f]{6}")
MOST_PERIODS = 60


def pace_mistakes(data: Mapping[str, Any], language: Language) -> Iterator[Complaint]:
    """Every mistake in the table `pace`."""
    yield from key_mistakes(data, PACE_KEYS, (), "pace.", language)
    for key in ("tolerance", "ahead"):
        value = data.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and not 0 <= value <= 100:
            yield f"pace.{key}", language.say("应当在 0 到 100 之间（百分点）。", "Must be from 0 to 100 points.")
    if isinstance(data.get("quantities"), str) and data["quantities"] not in QUANTITIES:
        yield (
            "pace.quantities",
            language.say(
                "只能是 pro_rata（按已过月份）或 direct（直接比）。",
                "Must be pro_rata (by the months gone) or direct (as they stand).",
            ),
        )
    words = data.get("words")
    for key, word in words.items() if isinstance(words, dict) else ():
        if key not in list(Pace):
            yield f"pace.words.{key}", unknown_key(key, list(Pace), language)
        elif not isinstance(word, str) or not word.strip():
            yield f"pace.words.{key}", language.say("应当是文字，不能为空。", "Must be text, and not blank.")
    if isinstance(data.get("alerts"), list):
        yield from _alert_mistakes(data["alerts"], language)


def _alert_mistakes(alerts: list[Any], language: Language) -> Iterator[Complaint]:
    last = 0
    for number, alert in enumerate(alerts, 1):
        place = f"pace.alerts[{number}]"
        if not isinstance(alert, dict):
            yield place, language.say("每种预警写成一个 [[pace.alerts]]。", "Each alert is a [[pace.alerts]] table.")
            continue
        yield from key_mistakes(alert, ALERT_KEYS, ("name", "fill"), f"{place}.", language)
        if isinstance(alert.get("name"), str) and not alert["name"].strip():
            yield f"{place}.name", language.say("不能为空。", "Must not be blank.")
        if isinstance(alert.get("fill"), str) and not _COLOUR.fullmatch(alert["fill"]):
            yield f"{place}.fill", language.say("应当是六位颜色码，如 FFEB9C。", "Must be a colour, such as FFEB9C.")
        after = alert.get("after", number)
        if isinstance(after, int) and not isinstance(after, bool):
            if not last < after <= MOST_PERIODS:
                yield (
                    f"{place}.after",
                    language.say(
                        f"应当比前一种的大，且不超过 {MOST_PERIODS}：越靠后越重。",
                        f"Must be more than that of the one before, and at most {MOST_PERIODS}: later ones are graver.",
                    ),
                )
            last = after


def build_pace(data: Mapping[str, Any]) -> PaceRules:
    """The rules of a table `pace` without mistakes."""
    alerts = data.get("alerts")
    return PaceRules(
        tolerance=Decimal(str(data.get("tolerance", 0))),
        ahead=Decimal(str(data.get("ahead", 10))),
        pro_rata=data.get("quantities", "pro_rata") == "pro_rata",
        words={Pace(key): word.strip() for key, word in data.get("words", {}).items()},
        alerts=None if alerts is None else tuple(_alert(number, one) for number, one in enumerate(alerts, 1)),
    )


def _alert(number: int, data: Mapping[str, Any]) -> Alert:
    return Alert(data["name"].strip(), data["fill"].upper(), data.get("after", number))
