"""The command menu: which commands there are, for whom, and what the menu says about them in each language."""

from __future__ import annotations

from typing import Any

LANGUAGES = ("en", "es", "pt", "fr", "it", "de")
REQUESTER = ("start", "help", "faq", "new", "tickets", "status", "close", "human", "lang", "privacy")
TEAM = ("take", "escalate", "resolve", "reply", "note", "queue")

NAMES = {"tickets": "list"}  # where Telegram's word is not the core's
UNLISTED = ("ask", "list", "release", "back", "reopen")  # understood, too

WORDS: dict[str, tuple[str, ...]] = {  # in the order of LANGUAGES
    "start": (
        "What I can do", "Qué puedo hacer", "O que sei fazer",
        "Ce que je sais faire", "Che cosa so fare", "Was ich kann",
    ),
    "help": (
        "How this works", "Cómo funciona", "Como funciona",
        "Comment ça marche", "Come funziona", "So geht es",
    ),
    "faq": (
        "Browse the answers", "Ver las respuestas", "Ver as respostas",
        "Parcourir les réponses", "Sfoglia le risposte", "Antworten durchsehen",
    ),
    "new": (
        "Open a ticket", "Abrir un ticket", "Abrir um chamado",
        "Ouvrir un ticket", "Apri un ticket", "Ein Ticket eröffnen",
    ),
    "tickets": (
        "My tickets", "Mis tickets", "Meus chamados",
        "Mes tickets", "I miei ticket", "Meine Tickets",
    ),
    "status": (
        "How a ticket stands", "Cómo va un ticket", "Como está um chamado",
        "Où en est un ticket", "A che punto è un ticket", "Stand eines Tickets",
    ),
    "close": (
        "Close a ticket", "Cerrar un ticket", "Fechar um chamado",
        "Fermer un ticket", "Chiudi un ticket", "Ein Ticket schließen",
    ),
    "human": (
        "Talk to a person", "Hablar con una persona", "Falar com uma pessoa",
        "Parler à quelqu’un", "Parla con una persona", "Mit einem Menschen sprechen",
    ),
    "lang": (
        "Change the language", "Cambiar el idioma", "Mudar o idioma",
        "Changer de langue", "Cambia lingua", "Sprache wechseln",
    ),
    "privacy": (
        "What is kept about you", "Qué se guarda sobre ti", "O que fica guardado sobre você",
        "Ce qui est conservé sur vous", "Che cosa conserviamo di te", "Was über Sie gespeichert wird",
    ),
    "take": (
        "Take this ticket", "Tomar este ticket", "Assumir este chamado",
        "Prendre ce ticket", "Prendi questo ticket", "Dieses Ticket übernehmen",
    ),
    "escalate": (
        "Hand on to the next tier", "Pasar al siguiente nivel", "Passar ao nível seguinte",
        "Passer au niveau suivant", "Passa al livello successivo", "An die nächste Stufe geben",
    ),
    "resolve": (
        "Resolve, with the solution", "Resolver, con la solución", "Resolver, com a solução",
        "Résoudre, avec la solution", "Risolvi, con la soluzione", "Lösen, mit der Lösung",
    ),
    "reply": (
        "Write to the requester", "Escribir a quien pregunta", "Escrever a quem perguntou",
        "Écrire au demandeur", "Scrivi al richiedente", "Antwort an die fragende Person",
    ),
    "note": (
        "A note for the team only", "Una nota solo para el equipo", "Uma nota só para a equipe",
        "Une note pour l’équipe seule", "Una nota solo per il team", "Eine Notiz nur fürs Team",
    ),
    "queue": (
        "Tickets nobody has taken", "Tickets que nadie ha tomado", "Chamados que ninguém assumiu",
        "Tickets que personne n’a pris", "Ticket non ancora presi", "Tickets, die niemand hat",
    ),
}


def name_of(word: str) -> str | None:
    """The core's name for a command as typed (without slash); None when there is no such command."""
    word = word.lower()
    if word in WORDS or word in UNLISTED:
        return NAMES.get(word, word)
    return None


def calls(team_chats: tuple[int, ...]) -> list[dict[str, Any]]:
    """The setMyCommands calls: everywhere, in private chats, in each team's group; each in every language (English without a code, as the fallback)."""
    everywhere: dict[str, Any] = {"type": "default"}
    private: dict[str, Any] = {"type": "all_private_chats"}
    scopes = [(everywhere, REQUESTER), (private, REQUESTER), *(({"type": "chat", "chat_id": chat}, (*TEAM, "help")) for chat in team_chats)]
    return [{"scope": scope, "commands": [{"command": c, "description": WORDS[c][n]} for c in commands], **({"language_code": code} if n else {})}
            for scope, commands in scopes for n, code in enumerate(LANGUAGES)]
