"""Which conversation a letter belongs to: what only we can have signed counts for its addressee, and all else only for senders we believe."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from adapters.email.addresses import Signer, conversation_id, message_id, person_id, place_of, private_thread
from adapters.email.inbound import Thread
from adapters.email.letters import Envelope, Letter
from bot.domain.ids import ConversationId
from bot.ports import Enquiries, Remembers

Beginning = Callable[[str], Awaitable[str]]
"""The Message-ID with which a thread began, "" when nobody knows."""


class Belonging:
    """Finds it, the strongest sign first. prefix: of ticket numbers. beginning: see Beginning."""

    def __init__(self, signer: Signer, enquiries: Enquiries, prefix: str, beginning: Beginning) -> None:
        self._signer, self._enquiries, self._beginning = signer, enquiries, beginning
        self._number = re.compile(rf"\[({re.escape(prefix)}-\d{{1,12}})\]", re.IGNORECASE)

    async def of(self, letter: Letter, envelope: Envelope, header: str, *, is_proven: bool) -> Thread:
        """The thread. header: the letter's Message-ID, or what stands for it. is_proven: the mail server vouches for its sender.

        Somebody else's thread is none of theirs, whatever they know of it: their letter begins one of its own.
        """
        answered = (*letter.in_reply_to, *reversed(letter.references))
        signed = [thread for one in (*envelope.recipients, *letter.recipients) if (thread := self._signer.thread_of_address(one))]
        signed += [thread for one in answered if (thread := self._signer.thread_of_message_id(one))]
        for name in dict.fromkeys(signed):
            if await self._takes_part(letter.sender, name):
                return self._known(letter, name, answered, is_signed=True)
        if is_proven:
            for one in answered:
                name = self._signer.thread_for(one, letter.sender)
                if self._enquiries.is_known(conversation_id(letter.sender, name)):
                    return self._known(letter, name, answered, is_signed=False)
            if (named := await self._numbered(letter, header)) is not None:
                return named
        name = self._signer.thread_for(header, letter.sender)
        conversation = conversation_id(letter.sender, name)
        return Thread(name, conversation, self._enquiries.is_known(conversation))

    async def of_report(self, letter: Letter, envelope: Envelope) -> Thread | None:
        """The conversation whose mail came back, by what only we can have signed; None when it was none of ours."""
        for one in letter.report.original if letter.report else ():
            name = self._signer.thread_of_message_id(one)
            if name is not None and (address := await self._addressee(letter, name)):
                return Thread(name, conversation_id(address, name), True, True, message_id(address, name, one))
        for one in (*envelope.recipients, *letter.recipients):
            name = self._signer.thread_of_address(one)
            if name is not None and (address := await self._addressee(letter, name)):
                return Thread(name, conversation_id(address, name), True, True)
        return None

    async def _addressee(self, letter: Letter, name: str) -> str:
        """Whose thread that is: as the report says, else whoever we talk to under that name, since mail is forwarded."""
        final = letter.report.final if letter.report else ""
        if final and await self._takes_part(final, name):
            return final
        known = self._enquiries.conversations("email") if isinstance(self._enquiries, Remembers) else ()
        found = next((place_of(one) for one in known if one.endswith(f"/{name}")), None)
        return found.address if found else ""

    async def _takes_part(self, sender: str, name: str) -> bool:
        if name == private_thread(sender) or self._enquiries.is_known(conversation_id(sender, name)):
            return True
        began = await self._beginning(name)  # known before the desk has looked at what began it
        return bool(began) and self._signer.thread_for(began, sender) == name

    async def _numbered(self, letter: Letter, header: str) -> Thread | None:
        """By a ticket's number in the subject, which anybody can guess."""
        for number in self._number.findall(letter.subject)[:3]:
            found: ConversationId | None = await self._enquiries.conversation_about(number.upper(), person_id(letter.sender))
            place = place_of(found) if found else None
            if found and place is None:  # they asked elsewhere, and this address is theirs, too: it goes on there, and nothing is answered here
                return Thread(self._signer.thread_for(header, letter.sender), found, True)
            if found and place is not None and place.address == letter.sender:
                return Thread(place.thread, found, True)
        return None

    def _known(self, letter: Letter, name: str, answered: tuple[str, ...], *, is_signed: bool) -> Thread:
        ours = next((one for one in answered if self._signer.thread_of_message_id(one) == name), "")
        answers = message_id(letter.sender, name, ours) if ours else None
        return Thread(name, conversation_id(letter.sender, name), True, is_signed, answers)
