"""What was given in a form for a ticket's own fields."""

from __future__ import annotations

from bot.domain.fields import asked, kept
from bot.domain.messages import FormField
from bot.engine.act import Given
from bot.engine.requests import own_computers


def given_in(fields: tuple[FormField, ...], given: Given) -> dict[str, str]:
    """What a form says of its custom fields: tidy values; of a file its name."""
    values = kept(fields, {**{field.name: "" for field in fields}, **own_computers.meant(given.values)})
    names = ", ".join(file.name for file in given.attachments)
    files = {field.name: names for field in asked(fields, values) if field.kind == "file"}
    unseen = {field.name for field in fields if field.kind == "file" and not names}
    return {name: value for name, value in {**values, **files}.items() if name not in unseen}
