"""A question as somebody asked it, made fit to be kept as a way to ask: without what belongs to one person or one case.

Nothing here can know every name. What it leaves in is seen by an admin before it is published.
"""

from __future__ import annotations

import re
import unicodedata

from kb.entries import Entry
from kb.lexicon import LANGUAGES, ranks
from kb.text import clean, fold, normalise

MAX_PHRASING = 300  # characters; longer questions tell a story, and a story is no way to ask
READ = 1000  # characters looked at; of a text this long no way to ask is left
SAME = 0.95  # nearness from which two phrasings say the same: the cosine of their vectors, or their shared letters
GREETED = 4  # words between a greeting and the comma after it: "Hello dear service desk team,"
EVERYDAY = 400  # rank; first names are common in the lists from about here on
SIGNED = 6  # words after a closing thanks or regards: the name, and what a phone adds

_URL = re.compile(r"(?:https?://|www\.)\S+", re.I)
_MAIL = re.compile(r"(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}")
_MENTION = re.compile(r"<[@#!][^<>\s]{1,80}>|(?<!\w)@\w{2,64}")
_NUMBER = re.compile(r"(?<!\w)[A-Za-z]{0,4}[#+-]?\d[\d ()/.:-]{3,30}\d(?!\w)")  # phones, cards, accounts, dates; left out when it holds five digits
_CODE = re.compile(r"(?<!\w)(?=[\w-]{0,20}\d{5})[\w-]{5,40}(?!\w)|(?<!\w)[A-Z]{1,8}-\d{1,12}(?!\w)|(?<!\w)#\d{2,12}(?!\w)")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_GREETING = re.compile(
    r"\s*(?:(?:hi|hello) there|hi all|hi|hello|hey|dear|good (?:morning|afternoon|evening|day)"
    r"|hola|buen[oa]s? (?:d[ií]as?|tardes|noches)|buenas|estimad[oa]s?|ol[áa]|oi|bom dia|boa (?:tarde|noite)|prezad[oa]s?"
    r"|bonjour|bonsoir|salut|coucou|ch(?:er|ère|ers)|ciao|salve|buon ?giorno|buona ?sera|gentil[ei]"
    r"|hallo|guten (?:tag|morgen|abend)|moin|servus|gr(?:ü|ue)(?:ß|ss) gott|sehr geehrte[rs]?|liebe[rs]?)(?!\w)", re.I)  # fmt: skip
_CLOSING = re.compile(
    r"(?<!\w)(?:thanks(?: a lot| so much| in advance)?|thank you(?: very much| so much| in advance)?|many thanks|thx|cheers"
    r"|(?:(?:best|kind|warm) )?regards|best wishes"
    r"|(?:muchas |mil )?gracias(?: de antemano)?|(?:un )?saludos?(?: cordial(?:es)?)?|(?:muito )?obrigad[oa]|atenciosamente|abraços?|cumprimentos"
    r"|merci(?: beaucoup| d'avance| par avance)?|(?:bien )?cordialement|(?:mille )?grazie(?: mille| in anticipo)?|(?:cordiali )?saluti"
    r"|danke(?: sch(?:ö|oe)n| im voraus)?|vielen dank|(?:mit )?(?:freundlichen|besten|vielen|lieben|viele|liebe|beste) gr(?:ü|ue)(?:ß|ss)en?|mfg|lg"
    r")(?!\w)", re.I)  # fmt: skip
_NAMED = re.compile(
    r"(?:(?i:my name is|me llamo|mi nombre es|(?:o )?meu nome é|(?:eu )?me chamo|je m['’]appelle|mi chiamo|ich hei(?:ß|ss)e|mein name ist))"
    r"((?: +[A-ZÀ-Þ][\w'’.-]{0,40}){1,3})[ .,;:!]*(?:(?:and|y|e|et|und) )?"
)
_NAMES = re.compile(r"(?:\s*[A-ZÀ-Þ][a-zß-ÿ'’-]{1,30}(?=\s+\w)){1,2}")


def cleaned(text: str) -> str:
    """The question on one line without addresses, links, numbers of five digits or more, ticket numbers, a greeting, thanks, and names given with them.

    "" when nothing that could be matched is left. At most READ characters.
    """
    text = unicodedata.normalize("NFC", clean(text[:READ]))
    lines = [_plain(line) for line in re.split(r"[\r\n\u2028\u2029]+", text)]
    lines = _without_ends([line for line in lines if line])
    text = _NAMED.sub(" ", " ".join(lines))
    text = re.sub(r"\s+", " ", re.sub(r"\s+([,.;:!?])", r"\1", text)).strip(" ,;:–-")
    return text if normalise(text) else ""


def fit(text: str) -> str:
    """The same, or "" when it is too long to be a way to ask."""
    plain = cleaned(text)
    return plain if len(plain) <= MAX_PHRASING and len(text) <= READ else ""


def introduced(text: str) -> list[str]:
    """The names by which people introduce themselves in it: "my name is Ada Lovelace"."""
    return [found[1].strip(" .") for found in _NAMED.finditer(text[:READ])]


def likeness(one: str, other: str) -> float:
    """How alike two phrasings are by their letters: 1 for the same words but for case, accents and marks, 0 for nothing shared.

    For telling near-duplicates apart, not for answering.
    """
    return shared(pieces(one), pieces(other))


def pieces(text: str) -> frozenset[str]:
    """The three-letter pieces of its words, for comparing one text with many."""
    text = f" {normalise(text)} "
    return frozenset(text[n : n + 3] for n in range(len(text) - 2)) if text.strip() else frozenset()


def shared(ours: frozenset[str], theirs: frozenset[str]) -> float:
    """The share of pieces in both, 0..1 (Dice)."""
    return 2 * len(ours & theirs) / (len(ours) + len(theirs)) if ours and theirs else 0.0


def nearest(entry: Entry, text: str, most: int = 3) -> list[str]:
    """The phrasings of an entry that a text is most like by its letters, in any language, best first."""
    ways = dict.fromkeys(way for of in entry.texts for way in (of.question, *of.phrasings))
    letters = pieces(text)
    return sorted(ways, key=lambda way: -shared(pieces(way), letters))[:most]


def _plain(line: str) -> str:
    line = _MENTION.sub(" ", _MAIL.sub(" ", _URL.sub(" ", line)))
    line = _NUMBER.sub(lambda found: " " if sum(c.isdigit() for c in found[0]) >= 5 else found[0], line)
    return " ".join(_UNSEEN.sub(" ", _CODE.sub(" ", line)).split())


def _without_ends(lines: list[str]) -> list[str]:
    """Without the greeting in front, the thanks at the end, and a mail's signature."""
    lines = lines[: lines.index("--")] if "--" in lines else lines
    if lines and (found := _GREETING.match(lines[0])):
        lines[0] = _after_greeting(lines[0][found.end() :], has_more=len(lines) > 1)
    for n, line in enumerate(lines):
        for found in _CLOSING.finditer(line):
            rest = " ".join([line[found.end() :], *lines[n + 1 :]])
            if (n or found.start()) and len(rest.split()) <= SIGNED and "?" not in rest:
                return [*lines[:n], line[: found.start()].rstrip(" ,;:–-")]
    return lines


def _after_greeting(rest: str, *, has_more: bool) -> str:
    """What follows the greeting, without whom it names: up to a mark that comes soon, else the names that begin with a capital letter."""
    named, mark, after = re.match(r"([^,.!?;:–\n]*)([,.!?;:–]*)(.*)", rest, re.S).groups()  # type: ignore[union-attr]
    if (mark and "?" not in mark and len(named.split()) <= GREETED) or (not mark and has_more and len(named.split()) <= GREETED):
        return str(after).strip()
    names = _NAMES.match(rest)
    strange = names is not None and not any(is_everyday(word) for word in names[0].split())
    return (rest[names.end() :] if names and strange else rest).strip()


def is_everyday(word: str) -> bool:
    """Is it a frequent word in one of our languages? Then a capital letter makes no name of it."""
    return any(ranks(language).get(fold(word), EVERYDAY) < EVERYDAY for language in LANGUAGES)
