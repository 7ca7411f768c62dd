"""What the Cloud API takes and refuses: its limits are in developers.facebook.com, "Messages" and "Error codes". For tests/clouds/graph.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.clouds.graph_world import Bubble, Json, Person, Refused, World

PAIR, PAIR_SPAN = 45, timedelta(seconds=6)
TYPES = {
    "image": (("image/jpeg", "image/png"), 5_000_000),
    "audio": (("audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg"), 16_000_000),
    "video": (("video/mp4", "video/3gpp"), 16_000_000),
    "document": (
        ("text/plain", "application/pdf", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
         "application/vnd.openxmlformats-officedocument.presentationml.presentation", "image/jpeg", "image/png", "video/mp4", "audio/mpeg"),
        100_000_000,
    ),
}  # fmt: skip


def _check(holds: object, message: str, code: int = 131009) -> None:
    if not holds:
        raise Refused(code, message)


def _text(value: object, most: int, what: str, code: int = 131009) -> str:
    _check(isinstance(value, str) and value.strip() and len(value) <= most, f"{what} must have 1 to {most} characters", code)
    return str(value)


class WhatsApp:
    """POST /<phone>/messages and /<phone>/media."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.late: list[tuple[Person, Bubble, int]] = []  # taken, and refused by a status

    def messages(self, body: Json) -> Json:
        """Send, or say that something was read."""
        _check(body.get("messaging_product") == "whatsapp", "messaging_product is required", 100)
        if body.get("status") == "read":
            person = next((p for (c, _), p in self.world.people.items() if c == "whatsapp" and any(b.id == body.get("message_id") for b in p.chat)), None)
            _check(person, "no such message", 100)
            assert person is not None
            self.world.find(person, body["message_id"]).read = True
            return {"success": True}
        _check(body.get("recipient_type", "individual") == "individual", "recipient_type", 100)
        _check(bool(body.get("to")) != bool(body.get("recipient")), "to or recipient, one of them", 100)
        person = self.world.person("whatsapp", body.get("to") or body["recipient"])
        kind = body.get("type")
        is_open = self.world.is_open(person) or kind == "template"
        if not is_open and not self.world.late:
            raise Refused(131047, "Re-engagement message: more than 24 hours have passed since the customer last replied to this number")
        self._pace(person)
        _check(len(body.get("biz_opaque_callback_data", "")) <= 512, "biz_opaque_callback_data", 100)
        if kind == "reaction":
            self._react(person, body["reaction"])
            return self._answer(person, body, self.world.new_id("whatsapp"))
        bubble = self._bubble(kind, body, person)
        if is_open:
            person.chat.append(bubble)
        else:
            self.late.append((person, bubble, 131047))
        return self._answer(person, body, bubble.id)

    def _answer(self, person: Person, body: Json, message: str) -> Json:
        contact = {"input": body.get("to") or body.get("recipient"), "user_id": person.address or person.id}
        return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": message}]}

    def _pace(self, person: Person) -> None:
        after = self.world.now() - PAIR_SPAN
        if sum(bubble.by_desk and bubble.at > after for bubble in person.chat) >= PAIR:
            raise Refused(131056, "Pair rate limit hit")

    def _react(self, person: Person, reaction: Json) -> None:
        bubble = self.world.find(person, reaction.get("message_id", ""))
        _check(reaction.get("emoji"), "emoji")
        bubble.signs = [reaction["emoji"]]

    def _bubble(self, kind: object, body: Json, person: Person) -> Bubble:
        made = Bubble(self.world.new_id("whatsapp"), True, "", self.world.now(), wire=body)
        if answered := body.get("context", {}).get("message_id"):
            made.answers = self.world.find(person, answered).id
        if kind == "text":
            made.text = _text(body["text"].get("body"), 4096, "text.body", 100)
        elif kind == "interactive":
            made.text, made.buttons = _interactive(body["interactive"])
        elif kind == "template":
            made.text = self._template(body["template"])
            self.world.when_told()
        elif kind in TYPES:
            made.text, made.files = self._file(str(kind), body[str(kind)])
        else:
            raise Refused(131051, "Unsupported message type")
        return made

    def _template(self, template: Json) -> str:
        known = self.world.templates.get(template.get("name", ""))
        if known is None or template["language"]["code"] not in known[0]:
            raise Refused(132001, "Template name does not exist in the translation", status=404)
        given = [one for part in template.get("components", []) for one in part.get("parameters", [])]
        if len(given) != known[1] or not all(one.get("text") for one in given):
            raise Refused(132000, "Number of parameters does not match the expected number of params")
        return self.world.texts[template["name"]].replace("{{1}}", given[0]["text"])

    def _file(self, kind: str, file: Json) -> tuple[str, list[tuple[str, bytes]]]:
        known = self.world.media.get(file.get("id", ""))
        _check(known, "no such media")
        assert known is not None
        name, mime, content = known
        if mime not in TYPES[kind][0] or len(content) > TYPES[kind][1]:
            raise Refused(131053, "Media upload error: type or size")
        if "caption" in file:
            _check(kind != "audio", "audio has no caption", 100)
            _text(file["caption"], 1024, "caption", 100)
        return file.get("caption", ""), [(file.get("filename", name), content)]

    def upload(self, fields: Json, name: str, mime: str, content: bytes) -> Json:
        """Keep a file; gives its id."""
        _check(fields.get("messaging_product") == "whatsapp", "messaging_product is required", 100)
        if not any(mime in mimes for mimes, _ in TYPES.values()):
            raise Refused(100, "Param file must be a file with one of the following types")
        media = str(4_490_000_000 + next(self.world.numbers))
        self.world.media[media] = (name, mime, content)
        return {"id": media}


def _interactive(wire: Json) -> tuple[str, list[tuple[str, str]]]:
    text = _text(wire.get("body", {}).get("text"), 1024, "body.text")
    action: Json = wire["action"]
    if wire.get("type") == "button":
        replies: list[Any] = [one["reply"] for one in action["buttons"]]
        _check(1 <= len(replies) <= 3, "1 to 3 buttons")
        titles = [_text(one["title"], 20, "button title") for one in replies]
    else:
        _check(wire.get("type") == "list", "interactive.type")
        _text(action.get("button"), 20, "action.button")
        replies = [row for section in action["sections"] for row in section["rows"]]
        _check(1 <= len(replies) <= 10, "1 to 10 rows")
        for row in replies:
            _text(row["title"], 24, "row title")
            if "description" in row:
                _text(row["description"], 72, "row description")
        titles = [row.get("description") or row["title"] for row in replies]
    ids = [_text(one["id"], 200, "id") for one in replies]
    _check(len(set(ids)) == len(ids), "ids are unique")
    _check(wire["type"] == "list" or len(set(titles)) == len(titles), "titles are unique")
    return text, list(zip(titles, ids, strict=True))
