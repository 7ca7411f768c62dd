"""Pages: language, words, colours, and every template in every state it can be shown in."""

from __future__ import annotations

import inspect
import re

import pytest

from adapters.web.curation.differences import changes
from adapters.web.rendering import STATIC, preferred, same_site_path
from adapters.web.words import happened, status_for_requester
from bot.domain import events
from bot.domain.desks import LANGUAGES
from bot.engine.tickets.cards import buttons
from bot.engine.tongue import tongue
from bot.ports import Recorded
from kb.entries import Entry, Text
from tests.web_desk import DESK, START, a_ticket

EN = tongue("en")


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("es", "es"),
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt"),
        ("nl,de;q=0.5,fr;q=0.7", "fr"),
        ("en;q=0.1, it;q=0.9", "it"),
        ("", "en"),
        ("nl, xx", "en"),
        ("de;q=0", "en"),
        (";;;,,q=,es;q=9", "en"),
        ("de" * 400, "en"),
    ],
)
def test_a_page_speaks_the_best_of_our_languages(accept: str, language: str) -> None:
    assert preferred(accept, LANGUAGES) == language


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", "evil", "", "/a b", "/a\r\nSet-Cookie: x"])
def test_nobody_is_sent_to_another_site(path: str) -> None:
    assert same_site_path(path) == "/"


def test_a_path_of_ours_is_kept() -> None:
    assert same_site_path("/tickets/IT-1?a=b") == "/tickets/IT-1?a=b"


def test_every_event_has_a_sentence_of_its_own() -> None:
    kinds = [kind for _, kind in inspect.getmembers(events, inspect.isclass) if issubclass(kind, events.Event) and kind is not events.Event]
    for kind in kinds:
        said = happened(Recorded(1, "IT-1", kind.__name__, "web:ann", "web", START, {}), "Ann", DESK, EN)
        assert kind.__name__ not in said, said


def test_an_event_says_what_it_was_about() -> None:
    up = Recorded(1, "IT-1", "TicketEscalated", "web:ann", "web", START, {"from_tier": 2, "to_tier": 3, "reason": "needs root", "waited": False})
    assert happened(up, "Ann", DESK, EN) == "Ann escalated it to Tier 3 · Specialists: needs root"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"tier": 1}, "Open"),
        ({"assignee": "web:ann"}, "In progress"),
        ({"status": "pending"}, "Waiting for you"),
        ({"status": "resolved"}, "Solved"),
        ({"status": "closed"}, "Closed"),
    ],
)
def test_a_requester_reads_how_it_stands(changed: dict[str, object], words: str) -> None:
    assert status_for_requester(a_ticket(**changed), EN) == words


@pytest.mark.parametrize(
    ("changed", "able"),
    [
        ({}, {"take", "reply", "note", "escalate", "resolve", "hold"}),
        ({"assignee": "web:me"}, {"release", "reply", "note", "escalate", "resolve", "hold"}),
        ({"tier": 3, "status": "pending", "assignee": "web:me"}, {"release", "reply", "note", "back", "resolve", "resume"}),
        ({"status": "resolved"}, {"reopen", "reply", "note", "close"}),
        ({"status": "closed"}, set()),
    ],
)
def test_a_ticket_offers_the_moves_that_are_possible_as_it_stands(changed: dict[str, object], able: set[str]) -> None:
    everything = {"take", "release", "reply", "note", "escalate", "back", "resolve", "hold", "resume", "reopen", "close"}
    shown = {choice.action.partition(":")[0] for choice in buttons(DESK, EN, a_ticket(**changed))}
    assert shown & everything == able


def test_a_diff_shows_what_was_added_and_what_was_removed_and_nothing_else() -> None:
    was = Entry("vpn", (Text("en", "Why is it slow?", "Restart the old router."), Text("es", "¿Por qué?", "Espere.")))
    now = Entry("vpn", (Text("en", "Why is it slow?", "Restart the new router."), Text("es", "¿Por qué?", "Espere.")))
    [change] = changes(was, now)
    assert change.what == "en · answer"
    assert [piece for piece in change.pieces if piece[0] != "same"] == [("removed", "old"), ("added", "new")]
    assert "".join(text for kind, text in change.pieces if kind != "removed") == "Restart the new router."


def test_the_first_version_is_all_new() -> None:
    assert {kind for change in changes(None, Entry("a", (Text("en", "Q", "A"),))) for kind, _ in change.pieces} == {"added"}


# ---------------------------------------------------------------------------------------------------------------- colours
PAIRS = [
    ("ink", "ground"), ("ink", "surface"), ("muted", "ground"), ("muted", "surface"), ("link", "ground"), ("link", "surface"), ("link", "own"),
    ("on-accent", "accent"), ("on-accent", "accent-hover"), ("on-own", "own"), ("muted", "own"), ("on-note", "note"), ("warning", "surface"),
    ("warning", "ground"), ("warning", "warning-ground"), ("open", "surface"), ("taken", "surface"), ("pending", "surface"),
    ("resolved", "surface"), ("closed", "surface"),
]  # fmt: skip


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_all_text_stands_out_from_what_it_is_written_on(scheme: int) -> None:
    palette = _palettes()[scheme]
    weak = {pair: round(_contrast(palette[pair[0]], palette[pair[1]]), 2) for pair in PAIRS if _contrast(palette[pair[0]], palette[pair[1]]) < 4.5}
    assert weak == {}


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_edges_of_controls_and_the_focus_ring_can_be_seen(scheme: int) -> None:
    palette = _palettes()[scheme]
    assert _contrast(palette["edge-strong"], palette["surface"]) >= 3
    assert _contrast(palette["ring"], palette["ground"]) >= 3
    assert _contrast(palette["ring"], palette["surface"]) >= 3


def _palettes() -> list[dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\}", (STATIC / "site.css").read_text(encoding="utf-8"), re.S)
    return [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in blocks]


def _contrast(one: str, two: str) -> float:
    """WCAG 2.2, contrast ratio."""
    light, dark = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
