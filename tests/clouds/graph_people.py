"""What people do on their phones, as Meta tells it. For tests/clouds/graph.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.clouds.graph_world import WEBSITES, Bubble, Json, Person, World

Deliver = Callable[[str, Json], None]
OBJECTS = {"messenger": "page", "instagram": "instagram"}


class People:
    """Everybody who writes to the desk."""

    def __init__(self, world: World, deliver: Deliver) -> None:
        self.world, self.deliver = world, deliver

    def says(self, channel: str, user: str, text: str, answers: Bubble | None = None) -> Bubble:
        """They write."""
        if channel == "whatsapp":
            return self._whatsapp(user, "text", {"body": text}, text, answers=answers.id if answers else "")
        return self._page(channel, user, {"text": text, **({"reply_to": {"mid": answers.id}} if answers else {})}, text)

    def presses(self, channel: str, user: str, bubble: Bubble, label: str) -> Bubble:
        """They press what stands under a message of ours."""
        title, action = next(one for one in bubble.buttons if one[0] == label)
        if channel != "whatsapp":
            return self._page(channel, user, {"text": title, "quick_reply": {"payload": action}}, title)
        kind = f"{bubble.wire['interactive']['type']}_reply"
        reply = {"type": kind, kind: {"id": action, "title": title[:24]}}
        return self._whatsapp(user, "interactive", reply, title, answers=bubble.id)

    def attaches(self, channel: str, user: str, name: str, content: bytes, mime: str = "text/plain", caption: str = "") -> Bubble:
        """They send a file."""
        if channel == "whatsapp":
            media = str(6_660_000_000 + next(self.world.numbers))
            self.world.media[media] = (name, mime, content)
            file = {"id": media, "mime_type": mime, "sha256": "x", "filename": name, **({"caption": caption} if caption else {})}
            return self._whatsapp(user, "document", file, caption, files=[(name, content)])
        media = f"file-{next(self.world.numbers)}"
        self.world.media[media] = (name, mime, content)
        part = {"type": "file", "payload": {"url": f"LOOPBACK/files/{media}/{name}"}}
        return self._page(channel, user, {"attachments": [part], **({"text": caption} if caption else {})}, caption, files=[(name, content)])

    def status(self, person: Person, bubble: Bubble, status: str, code: int = 0) -> None:
        """What became of a message of ours on WhatsApp."""
        told: Json = {"id": bubble.id, "status": status, "timestamp": self._seconds(), "recipient_user_id": person.address or person.id}
        if data := bubble.wire.get("biz_opaque_callback_data"):
            told["biz_opaque_callback_data"] = data
        if code:
            told["errors"] = [{"code": code, "title": "…", "message": "…", "error_data": {"details": "…"}}]
        value = {**_metadata(), "statuses": [told]}
        if status != "failed":
            value["contacts"] = [self._contact(person)]
        self.deliver("whatsapp", _change(value))

    def moves(self, user: str, to: str) -> None:
        """They change their number: Meta calls them by another id."""
        person = self.world.people["whatsapp", user]
        was, person.address = person.address or person.id, to
        body = f"User {person.name} changed from {was} to {to}"
        system = {"type": "user_changed_user_id", "body": body, "user_id": to}
        message = {"id": self.world.new_id("whatsapp"), "timestamp": self._seconds(), "type": "system", "system": system}
        self.deliver("whatsapp", _change({**_metadata(), "messages": [message]}))

    # ---- how it is told
    def _seconds(self) -> str:
        return str(int(self.world.now().timestamp()))

    def _contact(self, person: Person) -> Json:
        return {"profile": {"name": person.name}, "user_id": person.address or person.id, **({"wa_id": person.number} if person.number else {})}

    def _keep(self, channel: str, user: str, text: str, files: list[tuple[str, bytes]]) -> tuple[Person, Bubble]:
        person = self.world.people[channel, user]
        person.wrote_at = self.world.now()
        bubble = Bubble(self.world.new_id(channel), False, text, self.world.now(), files=files)
        person.chat.append(bubble)
        return person, bubble

    def _whatsapp(self, user: str, kind: str, content: Json, text: str, *, answers: str = "", files: list[tuple[str, bytes]] | None = None) -> Bubble:
        person, bubble = self._keep("whatsapp", user, text, files or [])
        message = {"from_user_id": person.address or person.id, "id": bubble.id, "timestamp": self._seconds(), "type": kind, kind: content}
        if person.number:
            message["from"] = person.number
        if answers:
            message["context"] = {"from": "15550783881", "id": answers}
        self.deliver("whatsapp", _change({**_metadata(), "contacts": [self._contact(person)], "messages": [message]}))
        return bubble

    def _page(self, channel: str, user: str, message: Json, text: str, *, files: list[tuple[str, bytes]] | None = None) -> Bubble:
        _, bubble = self._keep(channel, user, text, files or [])
        self.deliver(channel, page_body(channel, user, int(self.world.now().timestamp() * 1000), message={"mid": bubble.id, **message}))
        return bubble


def _metadata() -> Json:
    return {"messaging_product": "whatsapp", "metadata": {"display_phone_number": "15550783881", "phone_number_id": WEBSITES["whatsapp"]}}


def _change(value: Json) -> Json:
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}]}


def page_body(channel: str, user: str, at: int, **event: Any) -> Json:
    """One event of Messenger or Instagram."""
    told = {"sender": {"id": user}, "recipient": {"id": WEBSITES[channel]}, "timestamp": at, **event}
    return {"object": OBJECTS[channel], "entry": [{"id": WEBSITES[channel], "time": at, "messaging": [told]}]}
