"""Texts in ten scripts, and the words that they have by the letter of the rule."""

import random
import unicodedata
from collections.abc import Iterator

WORDS = {
    "Latin": "the River straße Ärger œuvre naïve façade İzmir ırmak Ångström smörgåsbord żółć Łódź "
    "cœur mañana São IJSSEL Đorđe kırmızı tiếng Việt ēlektrība čeština rhythm x² 3D B2B v10",
    "Greek": "θάλασσα Θάλασσα ΘΆΛΑΣΣΑ ΟΔΟΣ οδός λόγος ΛΌΓΟΣ Σίσυφος φως ὕδωρ Ἀθῆναι ψυχή ῥόδον",
    "Cyrillic": "река РЕКА Ёлка ёлка мир їжак Ґанок ўсё Љубав ђак щастя объект Владивосток ӘЛЕМ әлем",
    "Armenian": "գետ ԳԵՏ Հայաստան հայաստան լեզու Երևան սիրտ ծով",
    "Hebrew": "נהר שָׁלוֹם שלום ירושלים ספר תּוֹרָה ים 3א",
    "Arabic": "نهر كِتَاب كتاب السلام مدرسة پارسی می‌خواهم گفتگو اُردو ٢٠٢٦ ۱۲۳",
    "Devanagari": "नदी हिन्दी हिंदी किताब विद्यालय क्‍षत्रिय प्रेम संस्कृतम् १२३",
    "Thai": "แม่น้ำ ภาษาไทย น้ำ กรุงเทพมหานคร รัก ๒๕๖๙ ที่นี่",
    "Hangul": "강 한국어 서울 사랑 도서관 대한민국 ㅋㅋㅋ",
    "Han": "河 東京都 日本語 ひらがな カタカナ ｶﾅ 漢字かな 北京市 葛󠄀城 〆切 々 ー長音",
}
"""Real words of each script, with capitals, marks and digits as people write them."""
SIGNS = (
    " -_.,:;!?/'\"()*+&|<>@#%^~`$€«»“”„…–—·،؛؟।॥、。「」・¿¡§©\u200b\u200c\u200d\ufe0f🚀💡🥰🫠\n\t"
)


def words_of(text: str) -> list[str]:
    """Split by Unicode's categories, one character at a time; fold those that stay one character."""
    spaced = "".join(character if is_part(character) else " " for character in text)
    return ["".join(map(folded, word)) for word in spaced.split(" ") if word]


def is_part(character: str) -> bool:
    category = unicodedata.category(character)
    is_mark = category in {"Mn", "Mc"} and character not in map(chr, range(0xFE00, 0xFE10))
    return category[0] in "LN" or is_mark


def folded(character: str) -> str:
    return next(
        (each for each in (character.casefold(), character.lower()) if len(each) == 1), character
    )


def has(words: list[str], q: str) -> bool:
    """Tell by brute force whether a text of these words has those, the last at least in part."""
    *whole, last = words_of(q)
    return all(word in words for word in whole) and any(word.startswith(last) for word in words)


def texts(count: int, seed: int = 0) -> Iterator[str]:
    """Yield texts of several scripts, between whose words there are signs of all sorts."""
    chance = random.Random(seed)  # noqa: S311  # the same texts each time
    scripts = [words.split() for words in WORDS.values()]
    for _ in range(count):
        several = chance.sample(scripts, 3)
        words = (chance.choice(chance.choice(several)) for _ in range(chance.randint(1, 12)))
        yield "".join(word + sign(chance) for word in words)


def sign(chance: random.Random) -> str:
    """Return a space, mostly; at times what stands between words without one, or nothing."""
    return " " if chance.random() < 0.6 else "".join(chance.choices(SIGNS, k=chance.randint(0, 2)))


def searches(among: list[str], count: int, seed: int = 1) -> Iterator[str]:
    """Yield one to three words of a text, some of them in capitals, the last one often cut."""
    chance = random.Random(seed)  # noqa: S311  # the same texts each time
    while count:
        words = words_of(chance.choice(among))
        some = chance.sample(words, min(len(words), chance.randint(1, 3)))
        if some:
            some[-1] = some[-1][: chance.randint(1, len(some[-1]))]
            q = chance.choice([" ", ", ", "-"]).join(some)
            q = q.upper() if chance.random() < 0.3 else q
            if 0 < len(q) <= 200 and words_of(q):
                count -= 1
                yield q
