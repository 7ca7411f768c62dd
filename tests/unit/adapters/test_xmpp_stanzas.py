"""Stanzas as the core's events, and messages as stanzas."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.xmpp import inbound, outbound
from adapters.xmpp.inbound import Refusal, to_inbound, what_it_is
from bot.domain.messages import Attachment, Commanded, Deleted, Edited, Outbound, Said, Say, Title, Words
from tests.hostile import TEXTS

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DESK, COMPONENT = "support@helpdesk.example.org", "helpdesk.example.org"


def stanza(inner: str, kind: str = "chat", sender: str = "Ana@example.org/phone", id: str = "m1") -> Element:
    given = f' id="{id}"' if id else ""
    return fromstring(f'<message xmlns="jabber:component:accept" from="{sender}" to="{DESK}" type="{kind}"{given}>{inner}</message>')


def happened(inner: str, **more: Any) -> Any:
    heard = to_inbound(stanza(inner, **more), COMPONENT, NOW)
    return heard.what if heard is not None else None


def test_words_are_private_and_of_the_person_whichever_client_they_use() -> None:
    phone, desk = (to_inbound(stanza("<body>my chair squeaks</body>", sender=f"Ana@example.org/{client}"), COMPONENT, NOW) for client in ("phone", "desk"))
    assert phone is not None
    assert phone == desk
    assert (phone.conversation, phone.person.id, phone.person.name, phone.at) == ("xmpp:ana@example.org", "xmpp:ana@example.org", "ana", NOW)
    assert phone.what == Said("my chair squeaks", "xmpp:ana@example.org/m1", "xmpp:ana@example.org", private=True, addressed=True)  # type: ignore[arg-type]


def test_words_arrive_letter_for_letter() -> None:
    for text in TEXTS:
        what = happened(f"<body>{escape(text)}</body>")
        assert isinstance(what, Commanded) or what.text == text.strip("\n")


def test_the_same_id_with_other_words_is_another_message_and_with_the_same_words_a_repeat() -> None:
    first, again, other = (to_inbound(stanza(f"<body>{words}</body>"), COMPONENT, NOW) for words in ("one", "one", "two"))
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.key == again.key != other.key


def test_without_an_id_the_servers_is_taken_and_without_both_what_was_said() -> None:
    by_server = to_inbound(stanza(f'<body>x</body><stanza-id xmlns="urn:xmpp:sid:0" by="{COMPONENT}" id="s1"/>', id=""), COMPONENT, NOW)
    assert by_server is not None
    assert isinstance(by_server.what, Said)
    assert by_server.what.message == "xmpp:ana@example.org/s1"
    bare = to_inbound(stanza("<body>x</body>", id=""), COMPONENT, NOW)
    assert bare is not None
    assert bare.key == to_inbound(stanza("<body>x</body>", id=""), COMPONENT, NOW).key  # type: ignore[union-attr]


@pytest.mark.parametrize("id", ["x" * 5000, "line\u2028break", "\u202e"])
def test_an_id_that_could_not_be_kept_is_told_by_its_hash(id: str) -> None:
    what = happened("<body>x</body>", id=id)
    assert len(what.message) <= inbound.LONGEST
    assert what.message.isprintable()


def test_a_late_message_is_of_when_it_was_written() -> None:
    late = to_inbound(stanza('<body>x</body><delay xmlns="urn:xmpp:delay" stamp="2026-03-01T08:00:00Z"/>'), COMPONENT, NOW)
    odd = to_inbound(stanza('<body>x</body><delay xmlns="urn:xmpp:delay" stamp="9999-99-99"/>'), COMPONENT, NOW)
    assert late is not None
    assert odd is not None
    assert (late.at, odd.at) == (datetime(2026, 3, 1, 8, 0, tzinfo=UTC), NOW)


def test_a_correction_a_retraction_a_reply_and_a_file() -> None:
    assert happened('<body>four</body><replace xmlns="urn:xmpp:message-correct:0" id="m0"/>') == Edited("xmpp:ana@example.org/m0", "four")  # type: ignore[arg-type]
    gone = '<retract xmlns="urn:xmpp:message-retract:1" id="m0"/><body>This person tried to take a message back</body>'
    assert happened(gone) == Deleted("xmpp:ana@example.org/m0")  # type: ignore[arg-type]
    quoted = (
        '<body>&gt; Oil?\nYes</body><reply xmlns="urn:xmpp:reply:0" id="m0"/>'
        '<fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:reply:0"><body start="0" end="7"/></fallback>'
    )
    assert (happened(quoted).text, happened(quoted).reply_to) == ("Yes", "xmpp:ana@example.org/m0")
    shared = '<x xmlns="jabber:x:oob"><url>https://upload.example.org/a.png</url></x>'
    assert happened(f"<body>https://upload.example.org/a.png</body>{shared}").text == "https://upload.example.org/a.png"
    assert happened(f"<body>see here</body>{shared}").text == "see here\nhttps://upload.example.org/a.png"


def test_a_command_is_typed_with_a_sign() -> None:
    what = happened("<body>/close IT-4</body>")
    assert isinstance(what, Commanded)
    assert (what.name, what.argument, what.private) == ("close", "IT-4", True)


@pytest.mark.parametrize(
    ("inner", "more", "what"),
    [
        ("<body>x</body>", {}, "words"),
        ("<body>x</body>", {"kind": "normal"}, "words"),
        ("<body>x</body>", {"kind": "groupchat"}, ""),
        ("<body>x</body>", {"kind": "headline"}, ""),
        ("<body>x</body>", {"sender": "example.org"}, ""),  # a server, not a person
        ('<composing xmlns="http://jabber.org/protocol/chatstates"/>', {}, ""),
        ('<received xmlns="urn:xmpp:receipts" id="x"/>', {}, ""),
        ('<sent xmlns="urn:xmpp:carbons:2"><forwarded xmlns="urn:xmpp:forward:0"/></sent>', {}, ""),
        ('<body>cannot show</body><encrypted xmlns="eu.siacs.conversations.axolotl"/>', {}, "unreadable"),
        ('<encrypted xmlns="urn:xmpp:omemo:2"/>', {}, "unreadable"),
        ('<body>x</body><error type="cancel"/>', {"kind": "error"}, "refusal"),
    ],
)
def test_what_is_for_the_desk_and_what_is_nobodys(inner: str, more: dict[str, Any], what: str) -> None:
    assert what_it_is(stanza(inner, **more)) == what


def test_a_refusal_says_which_and_why() -> None:
    error = '<error type="cancel"><text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">no</text><gone xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>'
    assert inbound.refusal(stanza(error, kind="error")) == Refusal("m1", "ana@example.org", "cancel", "gone")
    assert inbound.refusal(stanza("<body>x</body>")) is None


@pytest.mark.parametrize(
    ("identifier", "user"), [("xmpp:ana@example.org", "ana@example.org"), ("xmpp:ana@example.org/m1", ""), ("xmpp:", ""), ("slack:U1", "")]
)
def test_only_a_person_can_be_written_to(identifier: str, user: str) -> None:
    assert inbound.user_of(identifier) == user


@given(st.text(max_size=200))
def test_whatever_is_written_the_stanza_is_well_formed_and_says_that_it_is_not_styled(text: str) -> None:
    made = outbound.message("ana@example.org", DESK, "1", outbound.text_of(Outbound((Words(text),))))
    again = fromstring(tostring(made))
    assert (again.findtext("{jabber:component:accept}body") or "").replace("\n", "") == outbound.text_of(Outbound((Words(text),))).replace("\n", "")
    assert again.find("{urn:xmpp:styling:0}unstyled") is not None


def test_what_people_wrote_stands_there_letter_for_letter() -> None:
    for text in TEXTS:
        words = outbound.text_of(Outbound((Words(text),)))
        assert "\n".join(line.removeprefix("> ") for line in words.split("\n")) == text


def test_parts_are_one_text_files_are_apart_and_their_names_one_line() -> None:
    message = Outbound((Title("T"), Say("s")), attachments=(Attachment("a:1", "a\n.txt"),))
    text, attached = outbound.fit(message)
    assert (outbound.text_of(text), outbound.named(attached.attachments[0])) == ("T\n\ns", "a .txt")


def test_a_returned_message_names_the_one_that_was_not_taken() -> None:
    back = outbound.bounced(stanza("<body>x</body>"), "wait", "resource-constraint")
    assert (back.get("to"), back.get("from"), back.get("id"), back.get("type")) == ("Ana@example.org/phone", DESK, "m1", "error")
