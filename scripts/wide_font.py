"""Writes src/leadline/report/wide.ttf: a font with nothing to see, in which every wide letter is as wide as it is high.

Charts are measured where they are written, and their text is set by who reads them. The font that matplotlib brings has no
Chinese letters and would take them for narrow ones, and which others a machine has must not change a report.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import newTable
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

FILE = Path(__file__).resolve().parents[1] / "src" / "leadline" / "report" / "wide.ttf"
NAME = "leadline wide"


def wide(code: int) -> bool:
    """Whether a letter takes two columns: those of Chinese, Japanese and Korean, and full-width marks."""
    return code >= 0x1100 and unicodedata.east_asian_width(chr(code)) in "WF"


def main(path: Path = FILE) -> None:
    """Writes the font."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "wide"])
    builder.setupGlyf({name: TTGlyphPen(None).glyph() for name in (".notdef", "wide")})
    builder.setupHorizontalMetrics({".notdef": (600, 0), "wide": (1000, 0)})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": NAME, "styleName": "Regular"})
    letters = CmapSubtable.newSubtable(13)  # many letters, one glyph
    letters.platformID, letters.platEncID, letters.language = 3, 10, 0
    letters.cmap = {code: "wide" for code in range(0x1100, 0x30000) if wide(code)}
    builder.font["cmap"] = newTable("cmap")
    builder.font["cmap"].tableVersion, builder.font["cmap"].tables = 0, [letters]
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120)
    builder.setupPost()
    builder.updateHead(created=0, modified=0)
    builder.font.recalcTimestamp = False
    builder.save(path)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
