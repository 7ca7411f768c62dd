"""What somebody wrote, without what their mail program put under it: the mail they answer, and their signature. Pure.

Two libraries look for the line above a quote, each knows mail programs that the other does not. Both are given a bounded copy of the text: their
patterns take cubic time on hostile words. What they say is only used to find a line; the words kept are the sender's own, unchanged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import quotequail  # type: ignore[import-untyped]
from mailparser_reply import EmailReplyParser  # type: ignore[import-untyped]

LANGUAGES = ["en", "es", "pt", "fr", "it", "de"]
SEEN_LINES = 120  # lines that are looked at: whoever writes more above a quote keeps the quote
SEEN_WIDTH = 240  # characters of a line that are looked at
SHORT = (80, 50)  # its first and last characters, of a longer one: as much as the libraries get
SIGNATURE_LINES = 10  # a signature is no longer than that; what is longer is kept
_WHITE = re.compile(r"[ \t\xa0\u200b]+")
_DASHES = re.compile(r"^\s*(--|__)\s*$")
_SENT_FROM = re.compile(
    r"^\s*(sent from my|sent from outlook|get outlook for|enviado desde|enviado do meu|enviado a partir|obter o outlook|envoyé de mon|envoyé depuis|"
    r"télécharger outlook|inviato da|gesendet von|von meinem .{1,40} gesendet|descarga outlook|obtener outlook|outlook für|scarica outlook)\b.{0,80}$",
    re.IGNORECASE,
)
_FAREWELL = re.compile(
    r"^\s*((best|kind|warm) (regards|wishes)|regards|best|many thanks|thanks|thank you|cheers|sincerely|yours (sincerely|faithfully)|"
    r"(un )?(cordial )?saludos?( cordiales)?|un saludo|atentamente|cordialmente|(muchas )?gracias|"
    r"atenciosamente|abraços?|obrigad[oa]|cumprimentos|(com os )?melhores cumprimentos|att|"
    r"(bien )?cordialement|(sincères )?salutations( distinguées)?|merci( d'avance| beaucoup)?|bonne (journée|réception)|"
    r"(cordiali|distinti) saluti|saluti|grazie( mille)?|"
    r"mit (freundlichen|besten|herzlichen) grüßen|(viele|beste|liebe|freundliche|schöne) grüße|mfg|danke|vielen dank|gruß)\s*[,.!]?\s*$",
    re.IGNORECASE,
)
_HEADS = re.compile(
    r"^[>\s*]*(from|sent|to|subject|date|cc|de|enviado( el| em)?|para|asunto|fecha|assunto|data|von|gesendet|an|betreff|datum|"
    r"envoyé|à|objet|da|inviato|a|oggetto)\s*:[\s*]*\S",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"^[>\s]*(on|el|le|il|am|em|a|no dia|dne|den|op)\b.{6,220}(wrote|escribió|escreveu|a écrit|ha scritto|schrieb)\b.{0,120}:\s*$|"
    r"^[>\s]*.{3,160}\b(wrote|escribió|escreveu|a écrit|ha scritto|schrieb)\s*:\s*$",
    re.IGNORECASE,
)
_BROKEN = re.compile(
    r"^(on|el|le|il|am|em|a|no dia)\b.{6,400}(wrote|escribió|escreveu|a écrit|ha scritto|schrieb)\b.{0,120}:$",
    re.IGNORECASE,
)
_BANNER = re.compile(
    r"^[>\s]*-{2,}\s?(original message|mensaje original|mensagem original|message d'origine|message original|messaggio originale|"
    r"ursprüngliche nachricht|original-nachricht)\s?-{2,}\s*$|^\s*_{20,}\s*$",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"^[>\s]*(-{2,}\s?)?(begin forwarded message|forwarded message|mensaje reenviado|inicio del mensaje reenviado|mensagem encaminhada|mensagem reencaminhada|"
    r"message transféré|début du message (transféré|réexpédié)|messaggio inoltrato|inizio messaggio inoltrato|weitergeleitete nachricht|"
    r"anfang der weitergeleiteten (e-mail|nachricht))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Own:
    """text: the sender's own words. taken: what was left out; is_quoted: nothing of that but marked quotes and a signature, so nothing of theirs."""

    text: str
    taken: str = ""
    is_quoted: bool = True


def own_words(text: str, *, is_answer: bool) -> Own:
    """The words without quote and signature; everything where nothing would remain.

    is_answer: to a mail of ours, which we have. A quote in a mail that begins something is what it is about, and stays.
    Words between and under quoted lines are answers to them: then the quotes stay, too.
    """
    lines = text.strip("\n").split("\n")
    if not is_answer:
        end = len(lines) if any(map(_begins_quote, lines[:SEEN_LINES])) else _signature_at(lines)
        return _cut(lines, end, is_quoted=True)
    at = _quote_at(lines)
    if at is None:
        return _cut(lines, _signature_at(lines), is_quoted=True)
    tail = lines[at:]
    if _answers_inside(tail):
        return Own("\n".join(lines).strip())
    above = lines[:at]
    marked = all(line.lstrip().startswith(">") or not line.strip() for line in tail[_head_of(tail) :])
    return _cut([*above, *tail], _signature_at(above), is_quoted=marked)


def _cut(lines: list[str], end: int, *, is_quoted: bool) -> Own:
    kept = "\n".join(lines[:end]).strip()
    if not kept:
        return Own("\n".join(lines).strip())
    return Own(kept, "\n".join(lines[end:]).strip(), is_quoted)


# ------------------------------------------------------------------------------------------------------------------ quotes
def _quote_at(lines: list[str]) -> int | None:
    """The line with which the quote begins, 0 when that is the first: the earliest that either library, or a look of our own, finds."""
    seen = [_WHITE.sub(" ", line[:SEEN_WIDTH]).strip() for line in lines[:SEEN_LINES]]
    short = [line if len(line) <= sum(SHORT) else f"{line[: SHORT[0]]}{line[-SHORT[1] :]}" for line in seen]
    found = [at for at in (_by_reply_parser(short), _by_quotequail(short), _by_looking(seen)) if at is not None]
    return min(found) if found else None


def _by_reply_parser(seen: list[str]) -> int | None:
    """mail-parser-reply: where its latest reply ends. It gets no runs of empty lines, so lines are counted by the others."""
    full = [(n, line) for n, line in enumerate(seen) if line]
    latest = EmailReplyParser(languages=list(LANGUAGES)).parse_reply("\n".join(line for _, line in full))
    count = len([line for line in (latest or "").split("\n") if line.strip()])
    return full[count][0] if 0 < count < len(full) else None


def _by_quotequail(seen: list[str]) -> int | None:
    """quotequail: the line that introduces the quote."""
    parts = quotequail.quote("\n".join(seen), limit=SEEN_LINES + 1, quote_intro_line=True)
    if len(parts) < 2:
        return None
    return parts[0][1].count("\n") + 1 if parts[0][1] else 0


def _by_looking(seen: list[str]) -> int | None:
    """What both leave out: headers that one program writes in another's language, and a first line that is marked as quoted."""
    for n, line in enumerate(seen):
        if _begins_quote(line) or (line.startswith(">") and not any(one.startswith(">") for one in seen[:n])):
            return n
        if _HEADS.match(line) and sum(1 for one in seen[n : n + 7] if _HEADS.match(one)) >= 3:
            return n
        if _is_broken_head(seen, n) and not _is_broken_head(seen, n + 1) and not _begins_quote(seen[n + 1]):
            return n
    return None


def _is_broken_head(seen: list[str], at: int) -> bool:
    """ "On …, somebody wrote:", broken into two or three lines, of which this is the first?"""
    first, *rest = [*seen[at : at + 3], "", ""][:3]
    ends = next((n for n, line in enumerate(rest, 1) if line.endswith(":")), 0)
    if not first or first.startswith(">") or not ends or not all(rest[:ends]):
        return False
    return bool(_BROKEN.match(" ".join([first, *rest[:ends]])[: 2 * SEEN_WIDTH]))


def _begins_quote(line: str) -> bool:
    return bool(_WROTE.match(line[:SEEN_WIDTH]) or _BANNER.match(line[:SEEN_WIDTH]) or _FORWARD.match(line[:SEEN_WIDTH]))


def _head_of(tail: list[str]) -> int:
    """How many lines of what was cut off introduce the quote."""
    return next((n for n, line in enumerate(tail[:6]) if line.lstrip().startswith(">")), 0)


def _answers_inside(tail: list[str]) -> bool:
    """Words of theirs after the first quoted line, more than a signature."""
    quoted = [n for n, line in enumerate(tail) if line.lstrip().startswith(">")]
    if not quoted:
        return False
    rest = tail[quoted[0] :]
    end = _signature_at(rest, least=0)
    theirs = [line for line in rest[:end] if line.strip() and not line.lstrip().startswith(">")]
    return any(any(sign.isalnum() for sign in line) for line in theirs)


# -------------------------------------------------------------------------------------------------------------- signatures
def _signature_at(lines: list[str], least: int = 1) -> int:
    """Where a short signature begins; the number of lines where there is none. least: lines that must stand above it."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    first = max(end - SIGNATURE_LINES, least)
    for n in range(first, end):
        if _DASHES.match(lines[n]) or _SENT_FROM.match(lines[n][:SEEN_WIDTH]) or _is_farewell(lines, n, end):
            return n if any(line.strip() for line in lines[:n]) else len(lines)
    return len(lines)


def _is_farewell(lines: list[str], at: int, end: int) -> bool:
    """ "Best regards," and under it no more than names, addresses and numbers: short lines, no sentence."""
    if not _FAREWELL.match(lines[at][:SEEN_WIDTH]):
        return False
    under = [line.strip() for line in lines[at + 1 : end] if line.strip()]
    return all(len(line) <= 60 and not line.endswith(("?", "!", ":", ".")) for line in under)
