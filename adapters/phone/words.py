"""What people say on the telephone that is no question: the number of a choice ("one", "la segunda"), and that they need nothing more. Pure."""

from __future__ import annotations

from kb.text import normalise

_NUMBERS = {
    "en": "one|two|three|four|five|six|seven|eight|nine",
    "es": "uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve",
    "pt": "um|dois|tres|quatro|cinco|seis|sete|oito|nove",
    "fr": "un|deux|trois|quatre|cinq|six|sept|huit|neuf",
    "it": "uno|due|tre|quattro|cinque|sei|sette|otto|nove",
    "de": "eins|zwei|drei|vier|funf|sechs|sieben|acht|neun",
}
_ORDINALS = {
    "en": "first|second|third|fourth|fifth",
    "es": "primera|segunda|tercera|cuarta|quinta",
    "pt": "primeira|segunda|terceira|quarta|quinta",
    "fr": "premiere|deuxieme|troisieme|quatrieme|cinquieme",
    "it": "prima|seconda|terza|quarta|quinta",
    "de": "erste|zweite|dritte|vierte|funfte",
}
_AROUND = {"the", "number", "option", "one", "el", "la", "numero", "opcion", "o", "a", "opcao", "le", "l", "il", "opzione", "die", "das", "der", "nummer"}
_PHRASES = (
    "no|no thanks|no thank you|nothing|nothing else|that is all|that's all|that was all|bye|goodbye|bye bye|"
    "no gracias|nada|nada mas|eso es todo|adios|hasta luego|nao obrigado|nao obrigada|mais nada|so isso|e so isso|tchau|"
    "non merci|rien|c'est tout|rien d'autre|au revoir|no grazie|niente|nient'altro|e tutto|arrivederci|"
    "nein|nein danke|nichts|nichts weiter|das war alles|das ist alles|auf wiederhoren|tschuss"
)
_ENOUGH = frozenset(map(normalise, _PHRASES.split("|")))


def is_enough(words: str) -> bool:
    """Do they say that they need nothing more?"""
    return normalise(words) in _ENOUGH


def chosen_digit(words: str, language: str) -> int:
    """The digit that was said, and nothing else; 0 for none."""
    said = normalise(words).strip(" .!?,").split()
    if len(said) > 1:
        said = [word for word in said if word not in _AROUND] or said[-1:]
    if len(said) != 1:
        return 0
    if said[0] in "123456789":
        return int(said[0])
    for spoken in (_NUMBERS, _ORDINALS):
        known = spoken.get(language, "").split("|")
        if said[0] in known:
            return known.index(said[0]) + 1
    return 0
