"""What Zendesk Guide and Chatwoot export becomes entries: languages together, HTML as Markdown, drafts as drafts."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from kb.entries import Text, problems
from kb.loader import look_into

_NAMES = """id title body content locale draft status section_id label_names user_segment_id translations articles payload article sections name category
    meta tags associated_article_id source_id source_type html_url outdated"""
_KEYS = st.sampled_from(_NAMES.split())
BODY = (
    '<h2>First</h2>\n<p>Open <a href="/hc/en-us/articles/2">this</a> and <strong>wait</strong>.</p>'
    '<script>alert(1)</script><img src="https://e.com/a.png" alt="how">'
)


def an_article(number: int = 11, locale: str = "en-us", **more: object) -> dict[str, object]:
    """As GET /api/v2/help_center/articles.json gives it."""
    return {
        "id": number,
        "url": f"https://acme.zendesk.com/api/v2/help_center/{locale}/articles/{number}.json",
        "html_url": f"https://acme.zendesk.com/hc/{locale}/articles/{number}-How",
        "author_id": 1,
        "comments_disabled": True,
        "draft": False,
        "promoted": False,
        "position": 0,
        "vote_sum": 0,
        "vote_count": 0,
        "section_id": 5,
        "created_at": "2023-12-21T07:37:07Z",
        "updated_at": "2023-12-21T08:59:05Z",
        "name": "How do I?",
        "title": "How do I?",
        "source_locale": "en-us",
        "locale": locale,
        "outdated": False,
        "outdated_locales": [],
        "edited_at": "2023-12-21T08:59:04Z",
        "user_segment_id": None,
        "permission_group_id": 9,
        "content_tag_ids": [],
        "label_names": ["vpn", "network"],
        "body": BODY,
        **more,
    }


def a_page(*articles: dict[str, object], **more: object) -> dict[str, object]:
    return {"count": len(articles), "next_page": None, "page": 1, "page_count": 1, "per_page": 30, "previous_page": None, "articles": list(articles), **more}


def a_chatwoot(number: int, title: str, **more: object) -> dict[str, object]:
    """As GET /api/v1/accounts/{account}/portals/{portal}/articles gives it."""
    return {
        "id": number,
        "slug": f"1-{number}",
        "title": title,
        "content": f"**Words** of {number}",
        "description": "",
        "status": "published",
        "position": 10,
        "account_id": 1,
        "updated_at": 1700000000,
        "meta": {},
        "locale": "en",
        "associated_article_id": None,
        "category": {"id": 3, "name": "Network", "slug": "network", "locale": "en"},
        "views": 2,
        "associated_articles": [],
        **more,
    }


def read(value: object) -> tuple[list[tuple[str, tuple[str, ...]]], list[tuple[str, tuple[str, ...]]], list[str]]:
    loaded = look_into("export.json", json.dumps(value, indent=1).encode())
    entries, drafts = ([(one.id, tuple(text.lang for text in one.texts)) for one in some] for some in (loaded.entries, loaded.drafts))
    return entries, drafts, [str(one) for one in loaded.problems]


def test_an_article_of_zendesk_is_an_entry_with_its_labels_and_section_as_tags() -> None:
    loaded = look_into("export.json", json.dumps(a_page(an_article(), sections=[{"id": 5, "name": "Remote work", "locale": "en-us"}])).encode())
    [entry] = loaded.entries
    answer = "**First**\n\nOpen [this](https://acme.zendesk.com/hc/en-us/articles/2) and **wait**.\n\n[how](https://e.com/a.png)"
    assert entry.texts == (Text("en", "How do I?", answer),)
    assert (entry.id, entry.tags, entry.audience, loaded.problems) == ("zendesk-11", ("vpn", "network", "Remote work"), "public", ())


def test_translations_come_from_other_locales_from_the_article_or_from_a_list_of_their_own() -> None:
    spanish = {"id": 70, "source_id": 11, "source_type": "Article", "locale": "es", "title": "¿Cómo?", "body": "<p>Así</p>", "draft": False, "outdated": False}
    ways = (
        a_page(an_article(), an_article(locale="es", title="¿Cómo?")),
        a_page(an_article(translations=[{**spanish, "locale": "en-us", "title": "How do I?"}, spanish])),
        [a_page(an_article()), {"translations": [spanish]}],
        [an_article(), an_article(locale="es")],
    )
    for way in ways:
        assert read(way) == ([("zendesk-11", ("en", "es"))], [], []), way


def test_a_page_that_is_not_the_last_says_so() -> None:
    _, _, told = read(a_page(an_article(), next_page="https://acme.zendesk.com/api/v2/help_center/articles.json?page=2"))
    assert told == ["export.json:1: warning: it names a next page: only this one is read; save the others as well"]


def test_json_lines_of_pages_are_read_too() -> None:
    lines = "\n".join(json.dumps(a_page(an_article(number))) for number in (1, 2))
    assert [one.id for one in look_into("export.jsonl", lines.encode()).entries] == ["zendesk-1", "zendesk-2"]


def test_a_draft_stays_a_draft_also_where_other_languages_are_published() -> None:
    entries, drafts, told = read(a_page(an_article(1, draft=True), an_article(2), an_article(2, locale="fr", draft=True)))
    assert (entries, drafts) == ([("zendesk-2", ("en",))], [("zendesk-1", ("en",)), ("zendesk-2", ("en", "fr"))])
    assert told == []


def test_what_not_everybody_may_see_stays_internal() -> None:
    loaded = look_into("export.json", json.dumps(a_page(an_article(user_segment_id=360000000001))).encode())
    assert loaded.entries[0].audience == "internal"
    assert str(loaded.problems[0]) == "export.json:1: warning: zendesk-11 is not for everybody in Zendesk (user_segment_id): it is kept internal"


def test_what_cannot_be_used_is_left_out_and_told_with_its_line() -> None:
    entries, _, told = read(a_page(an_article(1), an_article(1, locale="ja"), an_article(2, body="<p> </p>")))
    assert entries == [("zendesk-1", ("en",))]
    assert [one.partition(": ")[2] for one in told] == [
        "warning: zendesk-1: its text in ja is in no language that is known (en, es, pt, fr, it, de) and is left out",
        "warning: zendesk-2: its text in en has no words and is left out",
    ]
    lines = [int(one.split(":")[1]) for one in told]
    assert 1 < lines[0] < lines[1]


def test_articles_of_chatwoot_that_translate_one_another_are_one_entry() -> None:
    page = {
        "payload": [
            a_chatwoot(1, "How?"),
            a_chatwoot(2, "¿Cómo?", locale="es", associated_article_id=1),
            a_chatwoot(3, "Was?", locale=None, category={"id": 4, "name": "Netz", "slug": "netz", "locale": "de"}),
        ],
        "meta": {"all_articles_count": 3, "articles_count": 3, "current_page": 1},
    }
    assert read(page) == ([("chatwoot-1", ("en", "es")), ("chatwoot-3", ("de",))], [], [])
    [first, _] = look_into("export.json", json.dumps(page).encode()).entries
    assert (first.tags, first.texts[0].answer) == (("Network",), "**Words** of 1")


def test_drafts_and_archived_articles_of_chatwoot_do_not_answer() -> None:
    page = {"payload": [a_chatwoot(1, "A?", status="draft"), a_chatwoot(2, "B?", status="archived"), a_chatwoot(3, "C?", status=0)]}
    loaded = look_into("export.json", json.dumps(page).encode())
    assert [(one.id, one.retired) for one in loaded.entries] == [("chatwoot-2", True)]
    assert [one.id for one in loaded.drafts] == ["chatwoot-1", "chatwoot-3"]


def test_an_archived_translation_does_not_retire_the_others() -> None:
    page = {"payload": [a_chatwoot(1, "A?"), a_chatwoot(2, "¿A?", locale="es", associated_article_id=1, status="archived")]}
    loaded = look_into("export.json", json.dumps(page).encode())
    assert [(one.id, one.retired, len(one.texts)) for one in loaded.entries] == [("chatwoot-1", False, 1)]
    assert "its text in es is archived in Chatwoot and left out" in str(loaded.problems[0])


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["en", "es-MX", "draft", "archived", "<p>x</p>", 11]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=6),
    max_leaves=20,
)


@given(st.dictionaries(_KEYS, _JSON, max_size=8))
@settings(max_examples=100, deadline=None)
def test_whatever_stands_under_their_keys_is_read_or_told(record: dict[str, object]) -> None:
    for value in (record, [record, record], {"articles": [record]}, {"payload": [record]}, {"translations": [record]}):
        loaded = look_into("export.json", json.dumps(value).encode())
        assert all(not problems(entry) for entry in (*loaded.entries, *loaded.drafts))
