"""The characters that end words, and those that have another case: ranges of code points.

They are those of FTS5 of SQLite, by Unicode 6.1; letters, marks and digits that came later are parts
of words as well. workshop/generator/test_search.py compares both databases with this, character by
character.
"""

from collections.abc import Iterator

KNOWN = """
    1-2F 3A-40 5B-60 7B-A9 AB-B1 B4 B6-B8 BB BF D7 F7 2C2-2C5 2D2-2DF 2E5-2EB 2ED 2EF-2FF 375 37E
    384-385 387 3F6 482 488-489 55A-55F 589-58A 58F 5BE 5C0 5C3 5C6 5F3-5F4 600-604 606-60F 61B
    61E-61F 66A-66D 6D4 6DD-6DE 6E9 6FD-6FE 700-70D 70F 7F6-7F9 830-83E 85E 964-965 970 9F2-9F3
    9FA-9FB AF0-AF1 B70 BF3-BFA C7F D79 DF4 E3F E4F E5A-E5B F01-F17 F1A-F1F F34 F36 F38 F3A-F3D
    F85 FBE-FC5 FC7-FCC FCE-FDA 104A-104F 109E-109F 10FB 1360-1368 1390-1399 1400 166D-166E 1680
    169B-169C 16EB-16ED 1735-1736 17D4-17D6 17D8-17DB 1800-180A 180E 1940 1944-1945 19DE-19FF
    1A1E-1A1F 1AA0-1AA6 1AA8-1AAD 1B5A-1B6A 1B74-1B7C 1BFC-1BFF 1C3B-1C3F 1C7E-1C7F 1CC0-1CC7 1CD3
    1FBD 1FBF-1FC1 1FCD-1FCF 1FDD-1FDF 1FED-1FEF 1FFD-1FFE 2000-2064 206A-206F 207A-207E 208A-208E
    20A0-20B9 20DD-20E0 20E2-20E4 2100-2101 2103-2106 2108-2109 2114 2116-2118 211E-2123 2125 2127
    2129 212E 213A-213B 2140-2144 214A-214D 214F 2190-23F3 2400-2426 2440-244A 249C-24E9 2500-26FF
    2701-2775 2794-2B4C 2CE5-2CEA 2CF9-2CFC 2CFE-2CFF 2D70 2E00-2E2E 2E30-2E3B 2E80-2E99 2E9B-2EF3
    2F00-2FD5 2FF0-2FFB 3000-3004 3008-3020 3030 3036-3037 303D-303F 309B-309C 30A0 30FB 3190-3191
    3196-319F 31C0-31E3 3200-321E 322A-3247 3250 3260-327F 328A-32B0 32C0-32FE 3300-33FF 4DC0-4DFF
    A490-A4C6 A4FE-A4FF A60D-A60F A670-A673 A67E A6F2-A6F7 A700-A716 A720-A721 A789-A78A A828-A82B
    A836-A839 A874-A877 A8CE-A8CF A8F8-A8FA A92E-A92F A95F A9C1-A9CD A9DE-A9DF AA5C-AA5F AA77-AA79
    AADE-AADF AAF0-AAF1 ABEB E000 F8FF FB29 FBB2-FBC1 FD3E-FD3F FDFC-FDFD FE10-FE19 FE30-FE52
    FE54-FE66 FE68-FE6B FEFF FF01-FF0F FF1A-FF20 FF3B-FF40 FF5B-FF65 FFE0-FFE6 FFE8-FFEE FFF9-FFFF
    10100-10102 10137-1013F 10179-10189 10190-1019B 101D0-101FC 1039F 103D0 10857 1091F 1093F
    10A50-10A58 10A7F 10B39-10B3F 11047-1104D 110BB-110C1 11140-11143 111C5-111C8 12470-12473
    1D000-1D0F5 1D100-1D126 1D129-1D164 1D16A-1D16C 1D173-1D17A 1D183-1D184 1D18C-1D1A9
    1D1AE-1D1DD 1D200-1D241 1D245 1D300-1D356 1D6C1 1D6DB 1D6FB 1D715 1D735 1D74F 1D76F 1D789
    1D7A9 1D7C3 1EEF0-1EEF1 E0001 E0020-E007F F0000 FFFFD
"""
"""Separators of SQLite's own: all but letters, digits, and marks that enclose nothing."""
TOLD = "2066-2069 20BA-20CF 23F4-23FF 2700 2B4D-2BFF 2E3C-2E7F FE00-FE0F 1F000-1F0FF 1F10D-1FAFF"
"""Separators that SQLite is told: later currencies and symbols, emoji, and what selects their looks."""
CASED = """
    41-5A B5-24E 345-376 386-526 531-556 10A0-10CD 1E00-1FFC 2126-2183 2C00-2C2E 2C60-2CF2
    A640-A696 A722-A792 A7A0-A7AA FF21-FF3A 10400-10427
"""
"""Where SQLite folds capitals."""


def ranges(written: str) -> Iterator[tuple[int, int]]:
    for each in written.split():
        first, _, last = each.partition("-")
        yield int(first, 16), int(last or first, 16)


def characters(written: str) -> Iterator[str]:
    return (chr(code) for first, last in ranges(written) for code in range(first, last + 1))


def folded(character: str) -> str:
    """Return the character that stands for both cases; itself if a fold would be longer."""
    folds = (character.casefold(), character.lower())
    return next((each for each in folds if len(each) == 1), character)


END = "".join(rf"\U{first:08x}-\U{last:08x}" for first, last in ranges(f"{KNOWN} {TOLD}"))
"""The separators, inside the brackets of a regular expression of Python and of PostgreSQL."""
FOLD = {each: folded(each) for each in characters(CASED) if folded(each) != each}
