"""What a mail that comes in becomes: whose it is, where it belongs, and what of it nobody may believe."""

from __future__ import annotations

import logging
from datetime import datetime

import pytest

from adapters.email.addresses import conversation_id, person_id, private_thread
from adapters.email.letters import Envelope
from adapters.email.threads import MailThreads
from bot.domain.ids import MessageId
from bot.domain.messages import Bounced, Commanded, Reachable, Said, Submitted
from bot.errors import StoreError
from tests.mail_office import MAILS, US, VOUCHED, Office, a_mail, recorded


@pytest.fixture
def office() -> Office:
    return Office()


# ------------------------------------------------------------------------------------------------------------ new requests
async def test_a_mail_is_a_question_of_its_sender_that_begins_with_its_subject(office: Office) -> None:
    event, said = await office.hears(a_mail("It prints nothing.", Subject="Printer on floor 3"))
    assert event.person.id == person_id("ana@example.org")
    assert said.text == "Printer on floor 3\n\nIt prints nothing."
    assert said.addressed
    assert said.private
    assert event.conversation.startswith("email:ana@example.org/")


async def test_a_subject_that_is_how_the_words_begin_is_not_said_twice(office: Office) -> None:
    _, said = await office.hears(a_mail("The printer on floor 3 is broken.", Subject="The printer on floor 3"))
    assert said.text == "The printer on floor 3 is broken."


async def test_two_mails_that_answer_nothing_are_two_requests(office: Office) -> None:
    first, _ = await office.hears(a_mail("One.", name="<1@example.org>"))
    second, _ = await office.hears(a_mail("Two.", name="<2@example.org>"))
    assert first.conversation != second.conversation


async def test_files_are_kept_before_the_mail_is_handed_on(office: Office) -> None:
    _, said = await office.hears(recorded("file-spanish-name"))
    [file] = said.attachments
    assert file.name == "impresión año.png"
    kept = await office.store.file(file.source)
    assert kept is not None
    assert kept[1].startswith(b"\x89PNG")


async def test_the_writer_of_a_contact_form_is_who_answers_go_to(office: Office) -> None:
    event, said = await office.hears(recorded("contact-form"))
    assert event.person.id == person_id("ana@example.org")
    assert said.unverified


async def test_whom_a_vouched_for_sender_names_in_reply_to_is_vouched_for_by_nobody(office: Office) -> None:
    event, said = await office.hears(a_mail(Reply_To="victim@example.net", **VOUCHED))
    assert event.person.id == person_id("victim@example.net")
    assert said.unverified


@pytest.mark.parametrize("sender", [None, "ana@example.org"])
async def test_nobody_is_called_by_the_name_of_somebody_else_nor_by_their_address(office: Office, sender: str | None) -> None:
    mail = a_mail(Reply_To="bob@example.org", **VOUCHED) if sender is None else a_mail(**VOUCHED)
    if sender is not None:
        mail.replace_header("From", sender)
    event, _ = await office.hears(mail)
    assert (event.person.id, event.person.name) == (f"email:{sender or 'bob@example.org'}", "")


async def test_reply_to_that_is_our_own_address_counts_for_nothing(office: Office) -> None:
    event, _ = await office.hears(a_mail(Reply_To=US))
    assert event.person.id == person_id("ana@example.org")


# ----------------------------------------------------------------------------------------------------------------- threads
async def test_an_answer_to_the_signed_address_goes_on_with_its_thread_by_its_own_words_alone(office: Office) -> None:
    name = await office.thread()
    event, said = await office.hears(a_mail("Still broken.\n\nOn 3 Nov 2025, at 10:00, IT help wrote:\n\n> Is it on?\n", to=office.signer.reply_address(name)))
    assert event.conversation == conversation_id("ana@example.org", name)
    assert said.text == "Still broken."
    assert not said.unverified, "only they could have read that address"


async def test_where_a_program_marks_no_quotes_the_whole_mail_goes_along(office: Office) -> None:
    name = await office.thread()
    for program, files in (("outlook", ["mail.txt"]), ("gmail", [])):
        signed = recorded(f"reply-{program}-en").replace(b"support+t0123456789abcdef-0123456789ab@example.com", office.signer.reply_address(name).encode())
        _, said = await office.hears(signed)
        assert said.text == "It still does not print."
        assert [file.name for file in said.attachments] == files
    [whole] = [kept[1] for event in office.heard for file in getattr(event.what, "attachments", ()) if (kept := await office.store.file(file.source))]
    assert b"is it switched on?" in whole


async def test_the_signed_address_counts_wherever_the_mail_server_wrote_it(office: Office) -> None:
    name = await office.thread()
    address = office.signer.reply_address(name)
    ways = [({"Delivered-To": address}, Envelope()), ({"X-Original-To": address}, Envelope()), ({}, Envelope(None, (address,)))]
    for n, (headers, envelope) in enumerate(ways):
        event, _ = await office.hears(a_mail(f"Still broken {n}.", name=f"<r{n}@example.org>", **headers), envelope)
        assert event.conversation == conversation_id("ana@example.org", name)


@pytest.mark.parametrize("header", ["In-Reply-To", "References"])
async def test_an_answer_to_our_message_goes_on_with_its_thread_and_says_what_it_answers(office: Office, header: str) -> None:
    name = await office.thread()
    ours = office.signer.message_id(name, "receipt")
    event, said = await office.hears(a_mail(name="<2@example.org>", **{header: f"<elsewhere@example.org> {ours}"}))
    assert event.conversation == conversation_id("ana@example.org", name)
    assert said.reply_to == MessageId(f"email:ana@example.org/{name}/{ours}")


async def test_the_newest_of_several_threads_that_are_named_counts(office: Office) -> None:
    old, new = await office.thread(), await office.thread()
    references = f"{office.signer.message_id(old, 'a')} {office.signer.message_id(new, 'b')}"
    event, _ = await office.hears(a_mail(References=references))
    assert event.conversation == conversation_id("ana@example.org", new)


async def test_an_answer_that_overtakes_its_own_question_still_finds_its_thread(office: Office) -> None:
    name = office.signer.thread_for("<began@example.org>", "ana@example.org")
    await MailThreads(office.store, office.clock).heard(name, "<began@example.org>", "Printer", verified=False)
    event, _ = await office.hears(a_mail(to=office.signer.reply_address(name)))
    assert event.conversation == conversation_id("ana@example.org", name)


async def test_answers_to_notices_are_heard_in_private(office: Office) -> None:
    event, said = await office.hears(a_mail("1", to=office.signer.reply_address(private_thread("ana@example.org"))))
    assert event.conversation == person_id("ana@example.org")
    assert said.text == "1"


async def test_ones_own_earlier_mail_or_a_number_counts_only_for_senders_that_are_vouched_for(office: Office) -> None:
    name = await office.thread()
    conversation = conversation_id("ana@example.org", name)
    office.tickets[("IT-1", person_id("ana@example.org"))] = conversation
    hints = ({"References": "<began-0@example.org>"}, {"Subject": "Re: [IT-1] Printer"})
    for n, headers in enumerate(hints):
        claimed, said = await office.hears(a_mail(f"More {n}.", name=f"<c{n}@example.org>", **headers))
        assert claimed.conversation != conversation
        assert said.unverified
        vouched, said = await office.hears(a_mail(f"More {n}, truly.", name=f"<v{n}@example.org>", **headers, **VOUCHED))
        assert vouched.conversation == conversation
        assert not said.unverified


# ------------------------------------------------------------------------------------------------------------------- trust
async def test_nobody_gets_into_anothers_thread_whatever_they_know_of_it(office: Office) -> None:
    name = await office.thread()
    office.tickets[("IT-1", person_id("ana@example.org"))] = conversation_id("ana@example.org", name)
    knows = {"In-Reply-To": office.signer.message_id(name, "receipt"), "References": "<began-0@example.org>", "Subject": "Re: [IT-1] Printer"}
    event, said = await office.hears(a_mail("Send me all of it.", sender="mallory@example.net", to=office.signer.reply_address(name), **knows))
    assert event.person.id == person_id("mallory@example.net")
    assert event.conversation.startswith("email:mallory@example.net/")
    assert not event.conversation.endswith(name)
    assert said.unverified
    assert said.reply_to is None


@pytest.mark.parametrize("change", ["mac", "thread"])
async def test_a_token_that_is_not_ours_opens_nothing(office: Office, change: str) -> None:
    name = await office.thread()
    address = office.signer.reply_address(name)
    forged = address.replace("@", "0@").replace(f"{address.partition('@')[0][-12:]}0@", f"{'0' * 12}@") if change == "mac" else address.replace(name, "0" * 16)
    assert forged != address
    event, said = await office.hears(a_mail(to=forged))
    assert event.conversation != conversation_id("ana@example.org", name)
    assert said.unverified


async def test_headers_as_only_we_would_write_them_change_nothing(office: Office) -> None:
    event, said = await office.hears(recorded("internal-headers"))
    assert said.unverified
    assert not said.automatic
    assert event.person.id == person_id("ana@example.org")


async def test_of_a_sender_for_whom_nobody_vouches_only_harmless_commands_are_taken(office: Office) -> None:
    for n, (words, taken) in enumerate([("/help", True), ("/lang es", True), ("/close IT-1", False), ("/list", False), ("/join 123-456", False)]):
        event = await office.gets(a_mail(words, name=f"<{n}@example.org>", Subject=""))
        assert event is not None
        assert isinstance(event.what, Commanded) is taken, words
        event = await office.gets(a_mail(words, name=f"<v{n}@example.org>", Subject="", **VOUCHED))
        assert event is not None
        assert isinstance(event.what, Commanded), words


# --------------------------------------------------------------------------------------------------------------- automatic
async def test_what_a_program_answers_in_a_thread_is_filed_there_and_marked(office: Office) -> None:
    name = await office.thread()
    event, said = await office.hears(a_mail("I am away.", In_Reply_To=office.signer.message_id(name, "receipt"), Auto_Submitted="auto-replied"))
    assert event.conversation == conversation_id("ana@example.org", name)
    assert said.automatic


async def test_what_programs_send_unasked_is_dropped_and_counted() -> None:
    office = Office(unasked="drop")
    for name in ("auto-list", "auto-vacation", "auto-no-reply"):
        assert await office.gets(recorded(name)) is None
    assert office.intake.numbers()["email_dropped_automatic_total"] == 3


async def test_alerts_and_lists_are_requests_unless_the_desk_wants_none_but_no_answers_to_what_it_never_sent() -> None:
    office = Office()
    for name in ("auto-list", "auto-generated", "auto-no-reply", "auto-outlook"):
        _, said = await office.hears(recorded(name))
        assert said.automatic
    assert await office.gets(recorded("auto-vacation")) is None
    assert await office.gets(recorded("auto-null-return-path")) is None


async def test_our_own_mail_is_never_heard(office: Office) -> None:
    assert await office.gets(a_mail(sender=US)) is None
    assert await office.gets(a_mail(sender=f"support+t{'0' * 16}-{'0' * 12}@example.com")) is None
    assert await office.gets(a_mail(name=office.signer.message_id("0123456789abcdef", "receipt"))) is None
    assert office.intake.numbers()["email_dropped_ours_total"] == 3


# ----------------------------------------------------------------------------------------------------------------- reports
def a_report(office: Office, thread: str, name: str = "bounce") -> bytes:
    ours = office.signer.message_id(thread, "reply")
    return recorded(name).replace(b"<t0123456789abcdef.0123456789abcdef.0123456789ab@example.com>", ours.encode())


@pytest.mark.parametrize("name", ["bounce", "bounce-headers-only"])
async def test_a_mail_of_ours_that_came_back_is_told_of_just_that_message(office: Office, name: str) -> None:
    thread = await office.thread()
    event = await office.gets(a_report(office, thread, name), Envelope(""))
    assert event is not None
    assert event.what == Bounced(MessageId(f"email:ana@example.org/{thread}/{office.signer.message_id(thread, 'reply')}"))
    assert event.conversation == conversation_id("ana@example.org", thread)
    assert event.person.id == person_id("ana@example.org")


async def test_a_mail_that_was_forwarded_and_came_back_is_known_by_its_thread(office: Office) -> None:
    thread = await office.thread()
    forwarded = a_report(office, thread).replace(b"rfc822;ana@example.org", b"rfc822;ana.new@example.net")
    event = await office.gets(forwarded, Envelope(""))
    assert event is not None
    assert event.person.id == person_id("ana@example.org")


async def test_reports_of_delay_and_of_mail_that_was_not_ours_are_dropped(office: Office) -> None:
    thread = await office.thread()
    assert await office.gets(a_report(office, thread, "bounce-delayed"), Envelope("")) is None
    assert await office.gets(recorded("bounce"), Envelope("")) is None
    arrived = a_report(office, thread).replace(b"Action: failed", b"Action: delivered").replace(b"5.1.1", b"2.0.0")
    assert await office.gets(arrived, Envelope("")) is None
    assert office.intake.numbers()["email_dropped_report_total"] == 3


async def test_whoever_could_not_be_reached_and_writes_can_be_reached_again(office: Office) -> None:
    thread = await office.thread()
    await office.gets(a_report(office, thread), Envelope(""))
    await office.hears(a_mail(to=office.signer.reply_address(thread)))
    assert [type(event.what) for event in office.heard[-2:]] == [Reachable, Said]
    await office.hears(a_mail("And again.", name="<3@example.org>", to=office.signer.reply_address(thread)))
    assert [type(event.what) for event in office.heard].count(Reachable) == 1


# -------------------------------------------------------------------------------------------------------------------- once
async def test_the_same_mail_by_another_way_is_the_same(office: Office) -> None:
    mail = bytes(a_mail())
    assert await office.gets(mail) is not None
    assert await office.gets(b"Received: from elsewhere\nDelivered-To: support@example.com\n" + mail) is None


async def test_a_mail_without_a_name_that_comes_twice_is_one(office: Office) -> None:
    assert await office.gets(recorded("message-id-missing")) is not None
    assert await office.gets(recorded("message-id-missing")) is None


async def test_a_name_that_is_used_again_hides_nobodys_mail(office: Office) -> None:
    first, _ = await office.hears(a_mail())
    other, _ = await office.hears(a_mail(sender="mallory@example.net"))
    later, _ = await office.hears(a_mail("Other words under the same name."))
    assert first.conversation != other.conversation
    assert later.key != first.key


async def test_what_could_not_be_kept_is_not_acknowledged_and_comes_again_whole(office: Office) -> None:
    mail = recorded("file-spanish-name")
    office.faults = [StoreError("the file could not be kept")]
    with pytest.raises(StoreError):
        await office.gets(mail)
    assert office.heard == []
    _, said = await office.hears(mail)
    assert [file.name for file in said.attachments] == ["impresión año.png"]


async def test_a_repeat_that_is_not_acknowledged_either_is_heard_once(office: Office) -> None:
    await office.hears(a_mail())
    office.faults = [StoreError("away")]
    with pytest.raises(StoreError):
        await office.gets(a_mail())
    assert await office.gets(a_mail()) is None


async def test_a_file_that_was_kept_before_the_database_went_is_not_kept_twice(office: Office) -> None:
    mail = recorded("file-spanish-name")
    _, first = await office.hears(mail)
    office.heard.clear()  # as if the mail had never been handed on
    _, again = await office.hears(mail)
    assert first.attachments == again.attachments


# ------------------------------------------------------------------------------------------------------------- unreadable
@pytest.mark.parametrize("name", ["noise", "parts-far-too-deep", "headers-endless", "from-missing"])
async def test_a_mail_that_nobody_can_read_is_a_request_with_the_mail_as_it_came(office: Office, name: str) -> None:
    _, said = await office.hears(recorded(name))
    assert said.automatic, "and nobody is answered"
    [file] = said.attachments
    kept = await office.store.file(file.source)
    assert kept is not None
    assert kept[1] == recorded(name)
    assert await office.gets(recorded(name)) is None, "it is one request however often it comes"


async def test_of_more_than_is_read_the_whole_goes_along_and_it_is_said_so(office: Office) -> None:
    _, said = await office.hears(recorded("parts-many"))
    assert "All of it is attached as it came." in said.text
    assert said.attachments[-1].name == "mail.eml"


async def test_of_a_mail_that_is_too_large_the_beginning_is_heard_and_it_is_said_so(office: Office) -> None:
    _, said = await office.hears(recorded("truncated"), Envelope(is_cut=True))
    assert "The beginning of wor" in said.text
    assert "too large" in said.text


async def test_a_fault_of_ours_costs_the_mail_its_form_and_not_the_mail(office: Office) -> None:
    office.faults = [ValueError("a fault of ours")]
    _, said = await office.hears(a_mail())
    assert said.attachments[0].name == "mail.eml"


async def test_nothing_of_a_mail_and_no_address_is_in_the_log(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for path in sorted(MAILS.glob("*.eml")):
        await office.intake.ingest(path.read_bytes())
    written = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records if record.name.startswith("adapters.email"))
    assert written
    for secret in ("ana@", "example.org", "Printer", "print", "Garcia", "+34"):
        assert secret not in written, secret


# -------------------------------------------------------------------------------------------------------------- voicemail
async def test_a_recorded_call_is_a_request_of_whoever_rang_with_the_recording(office: Office) -> None:
    event, said = await office.hears(recorded("voicemail"))
    assert event.person.id == "phone:+34600111222"
    assert event.person.name == "+34 600 11 12 22"
    assert event.conversation == "phone:+34600111222", "nothing we say goes back to the machine"
    assert "+34600111222" in said.text
    assert [(file.name, file.mime) for file in said.attachments] == [("msg0001.wav", "audio/wav")]
    assert not said.automatic


async def test_who_hid_their_number_is_another_one_in_every_call(office: Office) -> None:
    first, _ = await office.hears(recorded("voicemail-hidden"))
    second, _ = await office.hears(recorded("voicemail-hidden").replace(b"12 seconds", b"13 seconds"))
    assert first.person.id.startswith("phone:call-")
    assert first.person.id != second.person.id


# ------------------------------------------------------------------------------------------------------------------ agents
async def test_an_agent_that_is_vouched_for_replies_and_any_other_only_notes(office: Office) -> None:
    address = office.signer.agent_address("IT-7", person_id("ann@example.org"))
    vouched = await office.gets(a_mail("Please oil it.", sender="ann@example.org", to=address, **VOUCHED))
    claimed = await office.gets(a_mail("Please oil it.", sender="ann@example.org", to=address, name="<2@example.org>"))
    assert vouched is not None
    assert claimed is not None
    assert isinstance(vouched.what, Submitted)
    assert isinstance(claimed.what, Submitted)
    assert (vouched.what.action, claimed.what.action) == ("reply:IT-7", "note:IT-7")
    assert vouched.what.values == {"words": "Please oil it."}


async def test_an_agents_address_is_no_good_to_anybody_else(office: Office) -> None:
    address = office.signer.agent_address("IT-7", person_id("ann@example.org"))
    event, said = await office.hears(a_mail("Please oil it.", sender="mallory@example.net", to=address))
    assert event.person.id == person_id("mallory@example.net")
    assert said.unverified


async def test_an_event_is_of_the_time_that_its_mail_says_unless_that_is_yet_to_come(office: Office) -> None:
    past, _ = await office.hears(a_mail(Date="Mon, 3 Nov 2025 10:00:00 +0100"))
    assert past.at == datetime.fromisoformat("2025-11-03T09:00:00+00:00")
    future, _ = await office.hears(a_mail("Later.", name="<2@example.org>", Date="Mon, 3 Nov 2098 10:00:00 +0100"))
    assert future.at == office.clock.now()


async def test_a_mail_that_takes_too_long_to_read_is_a_request_with_the_mail_as_it_came(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.email.ingest.READ_S", 0.0)
    _, said = await office.hears(a_mail())
    assert said.automatic
    assert said.attachments[0].name == "mail.eml"
