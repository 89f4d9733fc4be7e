"""The words of family F, of files, in Chinese: message, hint and page by code."""

from collections.abc import Mapping

from kpi_xlsx.checks.rule import Words

WORDS: Mapping[str, Words] = {
    "F101": Words(
        "这个文件读不出来：{reason}。",
        "{remedy}",
        """\
文件已损坏，或者根本不是工作簿。

文件单独搁置：其中内容一律不采用，其他报送件不受影响。

处理：请单位打开文件，另存为 .xlsx 后重新报送。

反例：
    - 文件只传了一半
正例：
    - 正常填好的表""",
    ),
    "F102": Words(
        "这不是能读的工作簿，而是：{reason}。",
        "{remedy}",
        """\
不管文件叫什么名字，内容是另一种格式。

格式以内容为准：.csv 文件改名为 .xlsx，仍然是 .csv。能读的有 .xlsx、.xlsm、.xls、.et、.ods，以及装着它们的 zip
压缩包。随表报来的 PDF、图片、公文作为附件保留，不算问题。

处理：打开文件，另存为 Excel 工作簿（*.xlsx）；zip 以外的压缩包请先解压。

反例：
    - 文本文件改名为 .xlsx
正例：
    - 正常填好的表""",
    ),
    "F103": Words(
        "这个文件打不开：{reason}。",
        "{remedy}",
        """\
工作簿要密码才能打开，里面的内容一概读不到。

工作表保护是另一回事，没有妨碍：填报表本身就带着工作表保护。Excel 给只读工作簿用的默认密码会自动试一次，
--password-file 指定的文件里的密码（每行一个）也会逐个试。

处理：去掉打开密码后重新报送，或者用 --password-file 给出密码。

反例：
    - 工作簿设了打开密码
正例：
    - 正常填好的表""",
    ),
    "F104": Words(
        "这个文件超出了可以安全读取的限度：{reason}。",
        "{remedy}",
        """\
文件比任何一份正常填好的表都大，或者内容多得多，因此不予展开。

设限是为了防止损坏的或恶意的文件拖垮整批检查。只计要读取的部分，图片不计在内。确实需要时，可在 cycle.toml
的 [limits] 里放宽，可用的键：file_mb、old_file_mb、unpacked_mb、part_mb、ratio、members、bundle_mb、bundle_depth、
sheets、cells、characters。

处理：把填报内容抄到一份新的填报表里，再行报送。

反例：
    - 有单元格超出表格范围
正例：
    - 正常填好的表""",
    ),
    "F105": Words(
        "这个工作簿带有宏，宏没有运行。",
        "不必处理；如果本不该有宏，请向单位了解宏的来历。",
        """\
工作簿里有宏。宏一律不运行，填报内容照常读取。

反例：
    - 工作簿带有宏
正例：
    - 正常填好的表""",
    ),
    "F106": Words(
        "压缩包里的这个文件没有采用：{reason}。",
        "{remedy}",
        """\
压缩包里有的文件名指向压缩包以外，有的是链接，或者几个文件重名。

这样的压缩包要么是软件出错，要么是有人想借解压覆盖别的文件。同一压缩包里的其他文件照常读取。

处理：手工解压，把该报送的文件放进 inbox 文件夹。

反例：
    - 压缩包里有一个文件叫 ../A.xlsx
正例：
    - 表是放在 zip 压缩包里报来的""",
    ),
}
