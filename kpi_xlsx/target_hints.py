"""Targets proposed from the prose of a requirement, each for a person to confirm: nothing is judged by a proposal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kpi_xlsx.targets import TargetBasis


@dataclass(frozen=True, slots=True)
class Hint:
    """What a requirement seems to ask for: its name, the target as it is written into a plan, unit and basis."""

    name: str
    target: str
    unit: str
    basis: TargetBasis

    @property
    def numeric(self) -> bool:
        """Whether it holds a figure or a direction, which pace can be judged by."""
        return bool(self.target)


MOST = 20
"""Proposals for one goal."""
_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_UNITS = [
    "个百分点",
    "%",
    "％",
    "‰",
    "家次",
    "人次",
    "人",
    "家",
    "个",
    "件",
    "起",
    "项",
    "户",
    "名",
    "位",
    "宗",
    "批",
    "场",
    "次",
    "篇",
    "份",
    "套",
    "辆",
    "台",
    "座",
    "处",
    "条",
    "所",
    "幢",
    "栋",
    "间",
    "亩",
    "公顷",
    "平方公里",
    "平方米",
    "公里",
    "千米",
    "米",
    "吨标准煤",
    "吨",
    "元",
    "美元",
    "度",
    "千瓦时",
    "立方米",
    "天",
    "小时",
    "分钟",
    "分",
    "班",
    "期",
    "门",
    "株",
    "棵",
    "床",
    "张",
]
_UNIT = (
    r"(?:(?:万|亿|千|百|万亿)?(?:"
    + "|".join(map(re.escape, sorted(_UNITS, key=len, reverse=True)))
    + r")|万亿|亿|万)(?:以上|以内|以下|左右)?"
)
_FIGURE = re.compile(
    rf"(?P<low>{_NUMBER})(?P<unit1>[%％])?\s*(?:(?:-|—|–|~|～|至|到)\s*(?P<high>{_NUMBER}))?\s*(?P<unit>{_UNIT})"
)
_AT_MOST = re.compile(r"(?:不超过|不多于|不高于|不大于|至多|最多|控制在|压减到|降至|降到|限制在)(?:[^，。；\d]{0,6})$")
_LESS = re.compile(r"(?:低于|小于|少于)$")
_MORE = re.compile(r"(?<!不)(?:超过|突破|高于|大于|多于|超)$")
_FALLS = re.compile(r"(?:下降|降低|减少|压减|压降|缩短|负增长)(?:率|幅度?)?(?:不少于|不低于|至少|达到?|为|约|在)?$")
_GROWS = re.compile(r"(?:增长|增速|增幅|增加|提高|提升|上升|同比|比上年|年均)[^，。；\d]{0,10}$")
_RATE = re.compile(r"(?:率|占比|比重|比例|覆盖面|满意度|[百千]分比)[^，。；\d]{0,10}$")
_STOCK = re.compile(r"(?:库|总量|总数|余额|存量|保有量|规模|累计|在库|拥有|保持|达到?)[^，。；\d]{0,12}$")
_RANK = re.compile(r"(?:前|第)\s*(?P<place>\d{1,3}|[一二三四五六七八九十]{1,2})\s*(?:名|位|(?=$|[，。；、)）]))")
_ITEM = re.compile(
    r"(?:^|(?<=[。；;：:\n\s）)]))\s*(?:(?P<arabic>\d{1,2})\s*[.．、]|[(（](?P<bracket>\d{1,2})[)）])\s*"
)
_CHINESE_ITEM = re.compile(r"(?:^|(?<=[。；;\n]))\s*(?:[一二三四五六七八九十]+、|[(（][一二三四五六七八九十]+[)）])")
_QUOTED = re.compile(r"《[^》]*》|“[^”]*”|〔[^〕]*〕\s*\d*\s*号?|<[^>]*>|「[^」]*」|\"[^\"]*\"")
_DATED = re.compile(
    r"(?:19|20)\d{2}(?:\s*年度?|\s*[-—–/]\s*(?:19|20)?\d{2}\s*年)?|\d{1,2}\s*[-—–~～至]\s*\d{1,2}\s*(?:季度|月份?)"
    r"|\d{1,2}\s*月(?:\d{1,2}\s*日|份|底|末|前)*|第?[一二三四1-4]\s*季度|\d+/\d+|[A-Za-z]+\d+"
)
_SCORING = re.compile(r"得\s*\d+\s*分|扣\s*\d+(?:\.\d+)?\s*分|加\s*\d+(?:\.\d+)?\s*分|计分方法|评分办法|占\s*\d+\s*分")
_STRONG = re.compile(
    r"出台|制定|制订|印发|编印|编发|发布|公布|建成|建立|组建|成立|设立|举办|办好|办成|召开|承办|开建|开工|动工|竣工|开通|上线|投用|投入使用|"
    r"签订|签约|签署|续签|启动|编制|挂牌|搭建|做完|完成(?!率|属于|值)"
)
_WEAK = re.compile(r"完善|健全|监测|统计|组织|推进|推动|加强|开展|深化|落实|实施|优化|提升|做好|加快")
_QUALITY = re.compile(r"(?:高质量|高效率?|按时|及时|认真|全面)[^，。；]{0,8}完成|其他")
_CONDITION = re.compile(
    r"不发生|不出现|不推诿|不扯皮|杜绝|零事故|零发生|零容忍|得到遏制|有效遏制|守住[^，。；]*底线|无重特?大|防止发生|严禁"
)
_BOTH = re.compile(r"(?:实现|保持)?双(?P<what>下降|降|增长|提升|升)")
_POSITIVE = re.compile(r"(?:实现|保持)?(?:正增长|增速(?:为正|由负转正))|增速为正")
_DOWN = re.compile(
    r"(?:率|数|量|额|规模|案件|件数|起数|比重|占比|能耗|浓度|强度|比上年|同比|有所|逐年|持续)[^，。；]{0,6}(?:下降|减少|降低|[要须应再]降$)"
)
_UP = re.compile(r"(?:率|数|量|额|规模|比重|占比|比上年|同比|有所|持续)[^，。；]{0,6}(?:增长|上升|增加|提高)")
_OPENING = re.compile(
    r"^(?:确保|力争|努力|争取|全市|全年|年内|当年|实现|完成|全面|切实|进一步|并且?|其中|牢牢|严厉|到年底|年底前|[:：、\s])+"
)
_LEADING = re.compile(r"^(?:确保|力争|努力|争取|全年|年内|当年|并且?|其中|到年底|年底前|[:：、\s])+")
_ASKS = r"(?:不少于|不低于|不小于|至少|达到?|力争|超过|突破|不超过|控制在|为|约|在|目标|以上|实现)*$"


def propose(name: str, requirement: str) -> list[Hint]:
    """The targets that a requirement seems to hold, in its order."""
    text = requirement.strip() or name
    if not re.search(r"[\u4e00-\u9fff]", text):
        return _english(text)
    if len(_SCORING.findall(text)) >= 2:
        return [Hint(name, "", "", TargetBasis.SCORE)]
    found = [hint for item in split_items(text) for hint in _of_item(item, name)]
    return found[:MOST]


def split_items(text: str) -> list[str]:
    """The numbered parts of a text. A number counts only if it is the next one: “2.5 月” is item 2 after item 1."""
    marks = []
    wanted = 1
    for found in _ITEM.finditer(text):
        if int(found["arabic"] or found["bracket"]) == wanted:
            marks.append((found.start(), found.end()))
            wanted += 1
    if len(marks) < 2:
        marks = [(found.start(), found.end()) for found in _CHINESE_ITEM.finditer(text)]
    if len(marks) < 2:
        return [text]
    ends = [start for start, _ in marks[1:]] + [len(text)]
    head = text[: marks[0][0]].strip()
    parts = [text[begin:end].strip() for (_, begin), end in zip(marks, ends, strict=True)]
    return [*([head] if head else []), *parts]


def _masked(text: str) -> str:
    """The text with what stands in quotes or names a date made dumb, sign for sign."""
    quiet = _QUOTED.sub(lambda found: "＊" * len(found[0]), text)
    return _DATED.sub(lambda found: "＊" * len(found[0]), quiet)


def _clauses(item: str) -> Iterator[tuple[str, str]]:
    """The clauses of an item: as they stand, and masked."""
    masked = _masked(item)
    start = 0
    for found in re.finditer(r"[，。；;！\n]|,(?!\d{3})|$", masked):
        if masked[start : found.start()].strip():
            yield item[start : found.start()], masked[start : found.start()]
        start = found.end()


def _of_item(item: str, name: str) -> list[Hint]:
    hints: list[Hint] = []
    delivered = False
    for clause, masked in _clauses(item):
        figures = list(_figures(clause, masked, name))
        if not figures:
            figures = list(_directions(clause, masked, name))
        hints.extend(figures)
        if not figures and _CONDITION.search(masked):
            hints.append(Hint(_label(clause, name), "", "", TargetBasis.CONDITION))
        elif not figures and not delivered and _STRONG.search(masked) and not _QUALITY.search(masked):
            delivered = True
            hints.append(Hint(_label(clause, name, verb=True), "", "", TargetBasis.DELIVERABLE))
    if not hints and _WEAK.search(_masked(item)) and len(item) >= 8 and not _QUALITY.search(item):
        hints.append(Hint(_label(next(_clauses(item))[0], name, verb=True), "", "", TargetBasis.DELIVERABLE))
    return hints


def _figures(clause: str, masked: str, name: str) -> Iterator[Hint]:
    """Each figure with a unit, and each rank."""
    start = 0
    for found in _FIGURE.finditer(masked):
        before, unit = masked[start : found.start()].rstrip(" "), found["unit"]
        if unit in ("名", "位") and before.endswith(("前", "第")):
            continue  # a place, not a number of people
        label = _label(re.sub(_ASKS, "", clause[start : found.start()].rstrip()), name)
        start = found.end()
        operator = _operator(before, unit)
        bare = re.sub(r"(?:以上|以内|以下|左右)$", "", unit).replace("％", "%")
        basis = _basis(before, masked, bare)
        low, high = found["low"].replace(",", ""), (found["high"] or "").replace(",", "")
        if bare == "%" and basis is TargetBasis.RATIO and low == "100":
            operator = "="
        falls = _FALLS.search(before) is not None and basis is TargetBasis.GROWTH
        target = f"{low}..{high}" if high else f"{operator}{low}"
        if falls:
            target = f"-{high}..-{low}" if high else f"{_MIRRORED[operator]}-{low}"
        yield Hint(label, target, bare, basis)
    for found in _RANK.finditer(masked):
        if re.search("位次|排名|名次|位居|列|保持|进入|争|全[省国市]", masked):
            place = found["place"]
            number = int(place) if place.isdigit() else _ORDINAL.get(place, 0)
            if number:
                yield Hint(_label(clause[: found.start()], name), f"<={number}", "名", TargetBasis.RANK)


_MIRRORED = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "=": "="}
_ORDINAL = {sign: number for number, sign in enumerate("一二三四五六七八九十", 1)}


def _operator(before: str, unit: str) -> str:
    if unit.endswith(("以内", "以下")) or _AT_MOST.search(before):
        return "<="
    if _LESS.search(before) and not before.endswith(("不低于", "不少于", "不小于")):
        return "<"
    return ">" if _MORE.search(before) and not unit.endswith("以上") else ">="


def _basis(before: str, masked: str, unit: str) -> TargetBasis:
    if unit in ("%", "‰", "个百分点"):
        if _GROWS.search(before) or _FALLS.search(before):
            return TargetBasis.GROWTH
        return TargetBasis.RATIO if _RATE.search(before) or not re.search("增|降", masked) else TargetBasis.GROWTH
    if unit == "分":
        return TargetBasis.SCORE
    if re.search(r"新增|引进|招引|净增|新建|新设|全年|年内", before):
        return TargetBasis.FLOW
    if _STOCK.search(before) or "库" in before:
        return TargetBasis.STOCK
    return TargetBasis.FLOW


def _directions(clause: str, masked: str, name: str) -> Iterator[Hint]:
    """What is to rise or fall without a figure."""
    both = _BOTH.search(masked)
    if both is not None:
        sign = "↓" if both["what"] in ("下降", "降") else "↑"
        for part in re.split(r"[和与、及]", clause[: both.start()])[:4]:
            label = _label(part, name)
            yield Hint(label, sign, "", TargetBasis.RATIO if label.endswith("率") else TargetBasis.STOCK)
        return
    positive = _POSITIVE.search(masked)
    if positive is not None:
        yield Hint(_label(clause[: positive.start()], name), ">0", "%", TargetBasis.GROWTH)
        return
    for pattern, sign in ((_DOWN, "↓"), (_UP, "↑")):
        found = pattern.search(masked)
        if found is not None:
            label = _label(
                re.sub(
                    r"(?:下降|减少|降低|增长|上升|增加|提高|逐年|持续|有所|同比|比上年|[也都]?[要须应再]降)+$",
                    "",
                    clause[: found.end()],
                ),
                name,
            )
            new = re.search("新增|新发|发生", label)
            ratio = TargetBasis.RATIO if label.endswith("率") else TargetBasis.STOCK
            yield Hint(label, sign, "", TargetBasis.FLOW if new else ratio)


def _label(text: str, name: str, *, verb: bool = False) -> str:
    """A target's name: its clause without what introduces it; the goal's own name if that leaves nothing.

    What is to be done (`verb`) keeps the word that says so.
    """
    bare = (_LEADING if verb else _OPENING).sub("", text.strip()).strip(" 、：:的为")
    return (bare if len(bare) <= 40 else bare[:39] + "…") or name


_ENGLISH = re.compile(
    rf"(?P<op>at least|no fewer than|not less than|no less than|at most|no more than|not more than|more than|over|"
    rf"less than|below|under)?\s*(?P<low>{_NUMBER})\s*"
    r"(?P<unit>%|per cent|percent|percentage points|(?:(?:new|more|further|additional)\s+)?[A-Za-z][A-Za-z-]*)?",
    re.IGNORECASE,
)
_ENGLISH_OPERATORS = {"at most": "<=", "no more than": "<=", "not more than": "<=", "more than": ">", "over": ">"}
_ENGLISH_OPERATORS |= {"less than": "<", "below": "<", "under": "<"}


def _english(text: str) -> list[Hint]:
    found: list[Hint] = []
    for clause in re.split(r"[;\n]|[.,](?=\s|$)", text):
        quiet = re.sub(
            r"(?:19|20)\d{2}|[A-Za-z]+\d+|\bq[1-4]\b", lambda one: "*" * len(one[0]), clause, flags=re.IGNORECASE
        )
        for one in _ENGLISH.finditer(quiet):
            before = quiet[: one.start()].lower()
            unit = (one["unit"] or "").lower()
            percent = unit in ("%", "percent", "per cent")
            operator = _ENGLISH_OPERATORS.get((one["op"] or "").lower(), ">=")
            falls = re.search(r"\b(fall|falls|reduce[ds]?|decrease[ds]?|cut)\b", before) is not None
            grows = re.search(r"\b(grow|grows|growth|increase[ds]?|rise[s]?|raise[ds]?)\b", before) is not None
            basis = (
                TargetBasis.GROWTH
                if percent and (grows or falls)
                else TargetBasis.RATIO
                if percent
                else TargetBasis.FLOW
            )
            low = one["low"].replace(",", "")
            target = f"{_MIRRORED[operator]}-{low}" if basis is TargetBasis.GROWTH and falls else f"{operator}{low}"
            found.append(Hint(clause.strip()[:60], target, "%" if percent else unit, basis))
    return found[:MOST]
