"""Words that are no question: greetings, thanks, yes and no, and the wish for a person, in six languages.

Whole messages only, compared after normalising; a greeting in front of a question is part of the question.
"""

from __future__ import annotations

from typing import Literal

from bot.domain.desks import LANGUAGES
from bot.engine.tongue import N_, tongue
from kb.text import normalise

Talk = Literal["greeting", "thanks", "yes", "no", "person"]

_PHRASES: dict[Talk, str] = {
    "greeting": (
        "hi|hello|hey|hi there|hello there|good morning|good afternoon|good evening|hola|buenas|buenos dias|buenas tardes|buenas noches|oi|ola|bom dia|boa tarde|"
        "boa noite|bonjour|bonsoir|salut|coucou|ciao|salve|buongiorno|buonasera|hallo|guten tag|guten morgen|guten abend|moin|servus|gruss gott"
    ),
    "thanks": (
        "thanks|thank you|thx|ty|many thanks|thanks a lot|thank you very much|thanks so much|great thanks|ok thanks|perfect thanks|cheers|gracias|muchas gracias|mil gracias|"
        "ok gracias|obrigado|obrigada|muito obrigado|muito obrigada|valeu|merci|merci beaucoup|merci bien|ok merci|grazie|grazie mille|molte grazie|ok grazie|danke|vielen dank|"
        "danke schon|danke schoen|dankeschon|besten dank|herzlichen dank|ok danke|super danke|perfect|great|perfecto|parfait|perfetto|perfekt|super|ok|okay"
    ),
    "yes": (
        "yes|yes solved|yes thanks|yes thank you|yep|yeah|solved|it works|that works|works|it works now|that helped|that solved it|fixed|si|si gracias|resuelto|funciona|ya funciona|sim|"
        "sim obrigado|sim obrigada|resolvido|funcionou|oui|oui merci|resolu|ca marche|si grazie|risolto|funziona|ja|ja danke|gelost|geloest|es geht|es funktioniert|das hat geholfen"
    ),
    "no": (
        "no|nope|not what i need|that is not it|thats not it|not helpful|that did not help|it does not work|doesnt work|it doesnt work|still not working|no me sirve|no funciona|"
        "nao|nao funciona|nao ajudou|non|ca ne marche pas|pas ce que je cherche|non funziona|non mi serve|nein|das hilft nicht|geht nicht|funktioniert nicht"
    ),
    "person": (
        "human|person|agent|a person|a human|human please|talk to a person|talk to a human|speak to a human|speak to a person|real person|i need a person|i want to talk to a person|"
        "persona|humano|agente|hablar con una persona|quiero hablar con una persona|falar com uma pessoa|quero falar com uma pessoa|atendente|humain|une personne|parler a une personne|"
        "parler a quelqu'un|je veux parler a quelqu'un|operatore|parlare con una persona|vorrei parlare con una persona|mensch|mitarbeiter|mit einem menschen sprechen|"
        "ich mochte mit einem menschen sprechen"
    ),
}
_LABELS: dict[Talk, str] = {"yes": N_("Yes, solved"), "no": N_("Not what I need"), "person": N_("Talk to a person")}  # whoever types a button means it
_BY_TEXT: dict[str, Talk] = {
    **{normalise(phrase): talk for talk, phrases in _PHRASES.items() for phrase in phrases.split("|")},
    **{normalise(tongue(language).say(label)): talk for talk, label in _LABELS.items() for language in LANGUAGES},
}
_SIGNS: dict[str, Talk] = {**dict.fromkeys("👍👌✅", "yes"), **dict.fromkeys("🙏❤🙂😊🎉👏", "thanks"), **dict.fromkeys("👎❌", "no"), "👋": "greeting"}
_DRESS = frozenset("\ufe0f\u200d🏻🏼🏽🏾🏿")  # what changes the look of a sign and not its meaning
MAX_LENGTH = 60  # characters; the longest phrase above has fewer, so longer messages need no look


def small_talk(text: str) -> Talk | None:
    """What kind of small talk the whole message is, or None when it says something."""
    if len(text) > MAX_LENGTH:
        return None
    signs = {character for character in text if not character.isspace() and character not in _DRESS}
    if signs and signs <= _SIGNS.keys():
        return _SIGNS[signs.pop()] if len({_SIGNS[sign] for sign in signs}) == 1 else None
    return _BY_TEXT.get(normalise(text).strip(" .!?¡¿,;:)("))


def has_words(text: str) -> bool:
    """Is there a letter or digit in it? A thumb or a row of dots asks nothing."""
    return any(character.isalnum() for character in text)
