"""A made-up city: its records look like nobody else's, and its mapping is all that knows."""

from __future__ import annotations

import gzip
from pathlib import Path

MAPPING = """
title: {zh: 海港城旧热线, en: Old hotline of Harbour City}
file: {encoding: gb18030, delimiter: ";"}
times: {zone: Asia/Shanghai, format: "%d.%m.%Y %H:%M"}
columns:
  id: [年度, 流水号]
  received_at: 来电时间
  answered_at: 首次答复
  resolved_at: 办结时间
  text: [标题, 内容]
  result: [办理结果]
  category: [大类, 小类]
  place: [地址]
kind: {column: 性质, codes: {投诉: complaint, 建议: suggestion}}
channel: {column: 来源, codes: {来电: phone, 网站: web}, own: {市长信箱: letter}}
estate: {column: 小区, codes: {海港一期: harbour-1, 海港二期: harbour-2}}
tree:
  - {code: harbour, kind: group, name: 海港集团}
  - {code: harbour-1, kind: estate, parent: harbour, name: 海港一期}
  - {code: harbour-2, kind: estate, parent: harbour, name: 海港二期}
"""

HEADING = "流水号;年度;来电时间;首次答复;办结时间;标题;内容;办理结果;大类;小类;地址;性质;来源;小区;备注"
ROWS = (
    "1;2015;01.03.2015 08:00;01.03.2015 09:30;03.03.2015 08:00;电梯停运;业主电话 13812345678;已修;设施;电梯/扶梯;"
    "3 号楼;投诉;来电;海港一期;",
    "2;2015;05.03.2015 10:00;;;电梯又停;;;设施;电梯/扶梯;3  号楼;投诉;市长信箱;海港一期;",
    '3;2015;06.03.2015 10:00;07.03.2015 12:00;08.03.2015 10:00;"垃圾""满""了";"气味大;\n多日未清";清运;环境;'
    "垃圾;5 号楼;投诉;网站;海港二期;",
    "4;2015;07.03.2015 10:00;;;装个秋千;;;环境;绿化;;建议;来电;海港二期;",
)


def written(folder: Path, *rows: str, name: str = "old.csv.gz") -> Path:
    """A file of these rows, gzipped if its name says so."""
    content = "".join(f"{row}\r\n" for row in (HEADING, *(rows or ROWS))).encode("gb18030")
    file = folder / name
    file.write_bytes(gzip.compress(content, mtime=0) if file.suffix == ".gz" else content)
    return file


def mapping(folder: Path, content: str = MAPPING) -> Path:
    """Its mapping."""
    file = folder / "harbour.yaml"
    file.write_text(content, encoding="utf-8")
    return file


def many(count: int) -> list[str]:
    """So many rows, one an hour."""
    return [
        f"{at};2016;{1 + at // 24 % 28:02}.{1 + at // 672:02}.2016 {at % 24:02}:00;;;噪音 {at};;;环境;噪音;{at % 7} 号楼;"
        "投诉;来电;海港一期;"
        for at in range(count)
    ]
