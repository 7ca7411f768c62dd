"""Where a form asks for a computer, those of whoever is asked stand there to choose from."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.ids import PersonId
from bot.domain.messages import Form
from bot.ports.assets import AssetQuery, AssetReader

MOST = 10


async def suggested(reader: AssetReader, person: PersonId, form: Form) -> Form:
    """The same form; what a department suggests itself comes behind their own."""
    if all(field.kind != "asset" for field in form.fields):
        return form
    own = tuple(asset.name or asset.device for asset in await reader.assets(AssetQuery(person=person, limit=MOST)))
    return replace(form, fields=tuple(replace(one, suggestions=(*own, *one.suggestions)) if one.kind == "asset" else one for one in form.fields))
