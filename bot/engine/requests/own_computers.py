"""Where a form asks for a computer, those of whoever is asked stand there to choose from; another one is typed.

A field of the kind "asset" with options is a choice to which any other words are an answer, too: those typed instead of a press, or given behind
"Another one" in a field of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from bot.domain.assets import Asset
from bot.domain.ids import PersonId
from bot.domain.messages import Form, FormField
from bot.engine.people.addresses import addresses_of
from bot.engine.tongue import Tongue
from bot.ports.assets import AssetQuery

MOST = 10
ANOTHER = "#another"  # the option behind which one is typed
TYPED = ".typed"  # ends the name of the field in which it is: no name of firstline.toml has a dot
LONGEST = 75  # characters of an option


class Computers(Protocol):
    """Whoever can list assets and read notes: a transaction or a reader."""

    async def assets(self, query: AssetQuery) -> list[Asset]:
        """As AssetReader.assets."""
        ...

    async def noted(self, prefix: str) -> dict[str, str]:
        """As Reader.noted."""
        ...


async def of(reader: Computers, person: PersonId) -> list[Asset]:
    """Somebody's computers, from whichever of their verified addresses they are known; the one that told of itself last comes first."""
    found = [asset for address in await addresses_of(reader, person) for asset in await reader.assets(AssetQuery(person=address, limit=MOST))]
    return sorted(found, key=lambda asset: asset.seen_at, reverse=True)[:MOST]


async def suggested(reader: Computers, t: Tongue, person: PersonId, form: Form, asset: int = 0) -> Form:
    """The same form; what a department suggests itself comes behind their own. asset: the id of the one that is known to be meant, if any."""
    if all(field.kind != "asset" for field in form.fields):
        return form
    own = await of(reader, person)
    return replace(form, fields=tuple(one for field in form.fields for one in (_with_choice(t, field, own, asset) if field.kind == "asset" else (field,))))


def _with_choice(t: Tongue, field: FormField, own: Sequence[Asset], asset: int) -> tuple[FormField, ...]:
    how = t.say("Its name, tag or serial number.")
    if not own:
        return (replace(field, hint=field.hint or how),)
    alike = Counter(shown(one) for one in own)
    labels = [shown(one) if alike[shown(one)] == 1 else f"{shown(one)[: LONGEST - 30]} · {(one.serial or one.sign)[:27]}" for one in own]
    options = (*zip((one.sign for one in own), labels, strict=True), *((one, one[:LONGEST]) for one in field.suggestions), (ANOTHER, t.say("Another one")))
    known = sorted((one for one in own if one.answers_to(field.initial)), key=lambda one: one.id != asset)
    initial = known[0].sign if known else field.initial if field.initial in dict(options) or not field.initial else ANOTHER
    typed = FormField(
        f"{field.name}{TYPED}", t.say("What is the computer called?"), "line", initial=field.initial if initial == ANOTHER else "", hint=how,
        max_length=field.max_length, when=(field.name, ANOTHER), pattern=field.pattern,
    )  # fmt: skip
    return replace(field, options=options, initial=initial, suggestions=()), typed


def shown(asset: Asset) -> str:
    """A computer as its owner knows it."""
    return " · ".join(filter(None, (asset.called, asset.model)))[:LONGEST]


def meant(values: Mapping[str, str]) -> dict[str, str]:
    """What was filled in, as if the form had asked for the name alone."""
    return {name: values.get(f"{name}{TYPED}", "") if value == ANOTHER else value for name, value in values.items() if not name.endswith(TYPED)}
