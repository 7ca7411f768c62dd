"""What the Send API takes and refuses on Messenger and on Instagram. For tests/clouds/graph.py."""

from __future__ import annotations

from tests.clouds.graph_world import WEEK, Bubble, Json, Person, Refused, World

LONGEST = {"messenger": 2000, "instagram": 1000}
LARGEST = {"messenger": {"image": 25_000_000}, "instagram": {"image": 8_000_000}}
CLOSED = {"messenger": 2018278, "instagram": 2534022}


def _check(holds: object, message: str, code: int = 100, subcode: int = 0) -> None:
    if not holds:
        raise Refused(code, message, subcode)


class Page:
    """POST /me/messages of one of the two."""

    def __init__(self, channel: str, world: World) -> None:
        self.channel, self.world = channel, world

    def messages(self, body: Json, file: tuple[str, str, bytes] | None = None) -> Json:
        """Send, or show that something was read."""
        person = self.world.person(self.channel, str((body.get("recipient") or {}).get("id") or ""))
        if action := body.get("sender_action"):
            _check(action in ("mark_seen", "typing_on", "typing_off"), "sender_action")
            for bubble in person.chat:
                bubble.read = bubble.read or not bubble.by_desk
            return {"recipient_id": person.id}
        self._is_allowed(person, body)
        message = body.get("message") or {}
        made = Bubble(self.world.new_id(self.channel), True, "", self.world.now(), wire=body)
        if answered := (body.get("reply_to") or {}).get("mid"):
            made.answers = self.world.find(person, answered).id
        if "attachment" in message:
            made.files = [self._file(message["attachment"], file)]
        else:
            made.text = self._text(message.get("text"))
            made.buttons = self._quick(message.get("quick_replies"))
        for bubble in person.chat:
            if bubble.by_desk:
                bubble.buttons = []  # quick replies are gone with the next message
        person.chat.append(made)
        return {"recipient_id": person.id, "message_id": made.id}

    def _is_allowed(self, person: Person, body: Json) -> None:
        kind = body.get("messaging_type")
        _check(kind in ("RESPONSE", "UPDATE", "MESSAGE_TAG"), "messaging_type")
        _check((kind == "MESSAGE_TAG") == ("tag" in body), "tag")
        by_human = body.get("tag") == "HUMAN_AGENT"
        if not self.world.is_open(person) and not (by_human and self.world.is_open(person, WEEK)):
            raise Refused(10, "This message is sent outside of allowed window", CLOSED[self.channel], 403)

    def _text(self, text: object) -> str:
        _check(isinstance(text, str) and text.strip(), "text")
        length = len(str(text)) if self.channel == "messenger" else len(str(text).encode())
        _check(length <= LONGEST[self.channel], f"Length of param message[text] must be less than or equal to {LONGEST[self.channel]}")
        return str(text)

    def _quick(self, replies: object) -> list[tuple[str, str]]:
        if replies is None:
            return []
        _check(isinstance(replies, list) and 1 <= len(replies) <= 13, "1 to 13 quick replies")
        assert isinstance(replies, list)
        for one in replies:
            _check(one.get("content_type") == "text" and 0 < len(one.get("title", "")) <= 20 and 0 < len(one.get("payload", "")) <= 1000, "quick_replies")
        return [(one["title"], one["payload"]) for one in replies]

    def _file(self, described: Json, file: tuple[str, str, bytes] | None) -> tuple[str, bytes]:
        _check(file is not None, "filedata", 100, 2018047)
        assert file is not None
        name, mime, content = file
        kind = described["type"]
        _check(kind in ("image", "audio", "video", "file"), "attachment.type")
        largest = LARGEST[self.channel].get(kind, 25_000_000)
        _check(len(content) <= largest, "Upload attachment failure", 100, 2018047)
        _check(kind == "file" or mime.startswith(f"{kind}/"), "Upload attachment failure", 100, 2018047)
        _check(self.channel == "messenger" or kind != "file" or mime == "application/pdf", "Upload attachment failure", 100, 2018047)
        return name, content
