"""What stands in cells: formulas and macros, errors, dates of every format, numbers and texts at the edge."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import openpyxl
from hostile import (
    DECLARATION,
    MAIN,
    RELATIONS,
    Ends,
    Tab,
    cell,
    data,
    pack,
    parts,
    relationships,
    row,
    styles,
    words,
    workbook,
)

from nasty.containers import old_workbook

_FORMATS: Sequence[int | str] = (
    *(0, 14, 22, 27, 28, 30, 31, 32, 33, 34, 36, 50, 55, 57, 58, 9),
    *("yyyy\\-mm\\-dd", '[$-804]yyyy"年"m"月"d"日"', "[h]:mm:ss", '"d"0', "[Red]0.00", '0.00"元"'),
    *("[DBNum1][$-804]General", "yyyy/m/d;@"),
)
_LOOK = styles(*_FORMATS)
_DATE, _MOMENT, _HOURS = (_FORMATS.index(one) for one in (14, 22, "[h]:mm:ss"))
_ERRORS = ("#REF!", "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#VALUE!")
_TEXTS = (
    *(
        "１２３．５",
        "1,234.50",
        "１，２３４",
        "85%",
        "８５％",
        "(100)",
        "－5",
        "−5",
        "1.2万",
        "3亿",
        " 12 ",
        "\u00a012",
    ),
    *("\u300012\u3000", "\u200b12", "12\n", "2024/1/5", "2024.1.5", "2024年1月5日", "二〇二四年一月五日", "5-Jan"),
    *("20240105", "1e3", "0x1F", "N/A", "无", "-", "—", "/", "暂无", "TRUE", "是", "√", "１２：３０", "1 234,5"),
    *("¥100", "￥１００", "100元", "①", "十二", "٣", "1_000", "inf", "nan"),
)
_RUNS = '<is><r><t>富</t></r><r><rPr><b/></rPr><t xml:space="preserve"> 文本</t></r></is>'
_STRINGS = (
    '<si><t>普通</t></si><si><r><t xml:space="preserve">富 </t></r><r><rPr><b/></rPr><t>文本</t></r></si>'
    '<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="0"/></si>'
    '<si><t xml:space="preserve">  前后空格  </t></si><si><t>a_x0007_b_x005F_x000D_</t></si><si/>'
    "<si><t>line1&#10;line2&#13;&#10;line3</t></si>"
)


def _cells(*lines: Sequence[str], strings: str | None = None, settings: str = "") -> Callable[[], bytes]:
    """A sheet of these cells, row by row."""
    body = data(*(row(number, *line) for number, line in enumerate(lines, 1)))
    return lambda: workbook(body, strings, _LOOK, settings)


def _across(values: Sequence[object], kind: str = "", style: int = 0) -> list[str]:
    """Row 1 from A on: the same kind of cell for each value."""
    return [cell(f"{chr(65 + place)}1", value, kind, style) for place, value in enumerate(values)]


def _down(values: Sequence[str]) -> list[list[str]]:
    return [[words(f"A{number}", value)] for number, value in enumerate(values, 1)]


def _computed(ref: str, formula: str, value: str = "", kind: str = "") -> str:
    """A formula cell; `value` is the whole `<v>`, which may be missing."""
    mark = f' t="{kind}"' if kind else ""
    return f'<c r="{ref}"{mark}>{formula}{value}</c>'


def _inline(ref: str, text: str) -> str:
    """A text cell whose text is put in as it stands: it need not be proper XML."""
    return f'<c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c>'


def _macros() -> bytes:
    return pack({**parts(Tab()), "xl/vbaProject.bin": old_workbook()})


def _external() -> bytes:
    """Cells that take their values from another workbook, once with and once without success."""
    found = parts(
        Tab(
            data(
                row(
                    1,
                    _computed("A1", "<f>[1]Sheet1!$A$1</f>", "<v>42</v>"),
                    _computed("B1", "<f>[1]Gone!$A$1</f>", "<v>#REF!</v>", "e"),
                )
            )
        )
    )
    book, rels = str(found["xl/workbook.xml"]), str(found["xl/_rels/workbook.xml.rels"])
    link = '<externalReferences><externalReference r:id="rId88"/></externalReferences></workbook>'
    relation = f'<Relationship Id="rId88" Type="{RELATIONS}/externalLink" Target="externalLinks/externalLink1.xml"/>'
    names = '<sheetNames><sheetName val="Sheet1"/></sheetNames>'
    return pack(
        {
            **found,
            "xl/workbook.xml": book.replace("</workbook>", link),
            "xl/_rels/workbook.xml.rels": rels.replace("</Relationships>", f"{relation}</Relationships>"),
            "xl/externalLinks/externalLink1.xml": f'{DECLARATION}<externalLink xmlns="{MAIN}">'
            f'<externalBook xmlns:r="{RELATIONS}" r:id="rId1">{names}</externalBook></externalLink>',
            "xl/externalLinks/_rels/externalLink1.xml.rels": relationships(
                ("externalLinkPath", "file:///C:/secret/other.xlsx")
            ).replace("/>", ' TargetMode="External"/>'),
        }
    )


def _never_calculated() -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0].append([1, 2, "=A1+B1", '=A1&"x"', "=A1>0", "=1/0"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


_CACHED = (
    _computed("A1", "<f>1+1</f>", "<v>2</v>"),
    _computed("B1", '<f>"a"&amp;"b"</f>', "<v>ab</v>", "str"),
    _computed("C1", "<f>1=1</f>", "<v>1</v>", "b"),
    _computed("D1", "<f>1/0</f>", "<v>#DIV/0!</v>", "e"),
    _computed("E1", '<f>""</f>', "<v></v>", "str"),
    _computed("F1", "<f>A1</f>"),
    _computed("G1", "<f>T(1)</f>", "<v/>", "str"),
)
_SHARED_FORMULAS = (
    (
        _computed("A1", '<f t="shared" ref="A1:A3" si="0">ROW()</f>', "<v>1</v>"),
        _computed("B1", '<f t="array" ref="B1:B2">{1;2}</f>', "<v>1</v>"),
    ),
    (_computed("A2", '<f t="shared" si="0"/>', "<v>2</v>"), cell("B2", 2)),
)
_SERIALS = (0, 1, 59, 60, 61, -1, 45_292, 45_292.99999999, 2_958_465, 2_958_466)
_DURATIONS = (
    *(cell(f"{letter}2", value, style=_HOURS) for letter, value in (("A", 0.5), ("B", 1.5), ("C", 100.25))),
    cell("D2", 45_292.5, style=_MOMENT),
    cell("E2", "1e10", style=_DATE),
)
_ISO = ("2024-01-15", "2024-01-15T10:30:00", "10:30:00", "2024-01-15T10:30:00.123Z", "garbage")
_EDGE = ("1e400", "NaN", "INF", "123456789012345678", "0.1", "1.0000000000000002", " 5 ", "+5", "1E+3", "-0")
_RICH = [cell(f"{letter}1", place, "s") for place, letter in enumerate("ABCDEFG")]
_DISPIMG = '=DISPIMG("ID_1",1)'

ENDS: Ends = {
    "F101": {
        "sst_index_out_of_range.xlsx": _cells([cell("A1", 99, "s"), cell("B1", 2)], strings="<si><t>x</t></si>"),
        "sst_index_negative.xlsx": _cells([cell("A1", -1, "s"), cell("B1", 2)], strings="<si><t>x</t></si>"),
        "sst_index_text.xlsx": _cells([cell("A1", "abc", "s"), cell("B1", 2)], strings="<si><t>x</t></si>"),
        "sst_missing_part.xlsx": _cells([cell("A1", 0, "s"), cell("B1", 2)]),
        "string_ctrl_raw.xlsx": _cells([_inline("A1", "a\x07b")]),
        "string_ctrl_charref.xlsx": _cells([_inline("A1", "a&#7;b&#xFFFE;c"), cell("B1", 1)]),
        "string_emoji_astral_surrogate.xlsx": _cells([words("A1", "𠮷😀👨‍👩‍👧"), _inline("B1", "&#55357;")]),
    },
    "F104": {
        "string_10MB.xlsx": lambda: workbook(data(row(1, words("A1", "长" * 3_500_000)))),
    },
    "I101": {
        "macro.xlsm": _macros,
        "macro_renamed.xlsx": _macros,
        "external_link.xlsx": _external,
        "formula_no_cache_openpyxl.xlsx": _never_calculated,
        "formula_cached_types.xlsx": _cells(_CACHED),
        "formula_shared_array.xlsx": _cells(*_SHARED_FORMULAS),
        "formula_injection_text.xlsx": _cells(
            [
                words(f"{letter}1", text)
                for letter, text in zip("ABCDE", ("=cmd|'/C calc'!A0", "+1+1", "-2", "@SUM(1)", "\t=1"), strict=True)
            ]
        ),
        "wps_dispimg.xlsx": _cells(
            [_computed("A1", f"<f>_xlfn.{_DISPIMG[1:]}</f>", f"<v>{_DISPIMG}</v>", "str"), cell("B1", 3)]
        ),
        "errors_all.xlsx": _cells(
            [*_across((*_ERRORS, "#SPILL!", "#CALC!"), "e"), words("J1", "#REF!"), cell("K1", 5)]
        ),
        "errors_std.xlsx": _cells([*_across((*_ERRORS, "#GETTING_DATA"), "e"), words("J1", "#REF!"), cell("K1", 5)]),
        "errors_spill.xlsx": _cells([cell("A1", 1), cell("B1", "#SPILL!", "e")]),
        "errors_lo_err502.xlsx": _cells([cell("A1", 1), _computed("B1", "<f>FOO(</f>", "<v>Err:502</v>", "e")]),
        "date1904.xlsx": _cells(
            _across((43_844, 43_844.5), style=_MOMENT),
            [cell("A2", 43_844), cell("B2", 0, style=_DATE)],
            settings='<workbookPr date1904="1"/>',
        ),
        "date_serials.xlsx": _cells(_across(_SERIALS, style=_DATE), _DURATIONS),
        "date_formats_zh.xlsx": _cells(
            *(
                [words(f"A{place}", f"numFmt {one}"), cell(f"B{place}", 45_306, style=place - 1)]
                for place, one in enumerate(_FORMATS, 1)
            )
        ),
        "date_iso_t_d.xlsx": _cells(_across(_ISO, "d")),
        "text_values_zh.xlsx": _cells(*_down(_TEXTS)),
        "numbers_edge.xlsx": _cells(
            [*_across(_EDGE), '<c r="K1"><v/></c>', '<c r="L1"><v></v></c>', '<c r="M1" t="n"/>'], [cell("A2", "abc")]
        ),
        "number_bad_only.xlsx": _cells(_across(("1,5", 2))),
        "float_noise.xlsx": _cells(
            _across(("0.30000000000000004", "1234.5600000000001", "100", "9007199254740993", "1E-7"))
        ),
        "bool_edge.xlsx": _cells(_across((1, 0, "true", "FALSE", 2), "b")),
        "bool_words.xlsx": _cells(_across((1, "true", "FALSE"), "b")),
        "cell_unknown_type.xlsx": _cells([cell("A1", 1, "zzz"), cell("B1", 2)]),
        "strings_rich_phonetic.xlsx": _cells(
            [*_RICH, f'<c r="H1" t="inlineStr">{_RUNS}</c>', '<c r="I1" t="inlineStr"/>', cell("J1", "直接str", "str")],
            strings=_STRINGS,
        ),
        "string_32767.xlsx": _cells([words("A1", "长" * 32_767)]),
        "string_astral_ok.xlsx": _cells([words("A1", "𠮷😀👨‍👩‍👧é")]),
    },
}
