"""[[fields]] and [[forms]] of firstline.toml: what a department wants to know of a ticket, and what requesters are asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from bot.domain.custom_fields import KINDS, CustomField, RequestForm, Wording
from bot.domain.desks import LANGUAGES, Tier
from bot.domain.fields import as_date, as_number
from bot.toml_table import Table, nearest, shown

NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
TAKEN = frozenset({"words", "kind", "entry", "missing", "files", "question"})  # names that our own forms use
MOST_FIELDS, MOST_OPTIONS = 40, 90  # a form of Slack's holds 100 blocks, a menu 100 options, a keyboard of Telegram's 100 buttons
LONGEST_OPTION, LONGEST_LABEL = 75, 150  # characters; Slack's options, and what still reads as a label


def fields(root: Table, languages: Sequence[str]) -> tuple[CustomField, ...]:
    """All of them, in the order of the file."""
    found = [_field(table, languages) for table in _tables(root, "fields")]
    names = [field.name for field in found]
    for name in {name for name in names if names.count(name) > 1}:
        root.faults.append(f'[[fields]] name: "{name}" is there twice; give each field a name of its own')
    if len(found) > MOST_FIELDS:
        root.faults.append(f"[[fields]]: there are {len(found)}, and a form holds at most {MOST_FIELDS}; take some out")
    for field in found:
        _check_condition(root, field, found)
    return tuple(found)


def forms(root: Table, known: Sequence[CustomField], languages: Sequence[str]) -> tuple[RequestForm, ...]:
    """All of them, in the order of the file."""
    found = [_form(table, known, languages) for table in _tables(root, "forms")]
    kinds = [form.kind for form in found]
    for kind in {kind for kind in kinds if kinds.count(kind) > 1}:
        root.faults.append(f'[[forms]] kind: "{kind}" is there twice; one form a kind')
    return tuple(found)


def check_requires(root: Table, tiers: Sequence[Tier], known: Sequence[CustomField]) -> None:
    """What tiers require must be fields."""
    names = [field.name for field in known]
    for tier in tiers:
        for name in tier.requires:
            if name not in names:
                near = nearest(name, names) if names else f'add [[fields]] with name = "{name}"'
                root.faults.append(f"[[tiers]] {tier.name} requires: {shown(name)} is no field; {near}")


def _tables(root: Table, key: str) -> list[Table]:
    value = root.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        root.faults.append(f"[[{key}]]: it is no list of tables; write [[{key}]] with two brackets before each")
        return []
    return [Table(f"[[{key}]] number {number}", item, root.faults) for number, item in enumerate(value, 1)]


def _field(table: Table, languages: Sequence[str]) -> CustomField:
    name = table.text("name")
    if not NAME.fullmatch(name) or name in TAKEN:
        table.fault("name", f"{shown(name)} cannot name a field; write 1 to 30 of a-z, 0-9 and _, a letter first, and not {', '.join(sorted(TAKEN))}")
    table.title = f"[[fields]] {name}" if name else table.title
    kind = KINDS.get(table.text("kind", "text"))
    if kind is None:
        table.fault("kind", f"{shown(table.values.get('kind'))} is no kind; {nearest(str(table.values.get('kind')), KINDS)}")
    found = CustomField(
        name,
        wording(table, "label", languages, LONGEST_LABEL),
        kind or "line",
        _options(table, kind or "", languages),
        _yes(table, "required", default=False),
        wording(table, "hint", languages, LONGEST_LABEL, needed=False),
        _pattern(table, kind or ""),
        _bound(table, "min", kind or ""),
        _bound(table, "max", kind or ""),
        _show(table),
        tuple(table.texts("kinds")),
        tuple(table.texts("suggestions")),
    )
    if found.least and found.most and _order(found.least, kind or "") > _order(found.most, kind or ""):
        table.fault("min", f"{shown(found.least)} is more than max; exchange them")
    table.done()
    return found


def _form(table: Table, known: Sequence[CustomField], languages: Sequence[str]) -> RequestForm:
    kind = table.text("kind")
    if not NAME.fullmatch(kind):
        table.fault("kind", f'{shown(kind)} is no kind of ticket; write 1 to 30 of a-z, 0-9 and _, as "incident"')
    table.title = f"[[forms]] {kind}" if kind else table.title
    names = [field.name for field in known]
    asked = table.texts("fields")
    for name in asked:
        if name not in names:
            table.fault("fields", f"{shown(name)} is no field; {nearest(name, names) if names else 'add it under [[fields]]'}")
    for field in known:
        if field.name in asked and field.show and field.show[0] not in asked[: asked.index(field.name)]:
            table.fault("fields", f"{field.name} is shown by {field.show[0]}; put {field.show[0]} before it in the list")
    label = wording(table, "label", languages, LONGEST_OPTION)
    question = wording(table, "question", languages, LONGEST_LABEL, needed=False)
    found = RequestForm(kind, label, question, tuple(dict.fromkeys(asked)), _yes(table, "faq", default=True))
    table.done()
    return found


def wording(table: Table, key: str, languages: Sequence[str], longest: int, *, needed: bool = True) -> Wording:
    """Words in one language for all, or by language: {en = "Serial number", es = "Número de serie"}."""
    value = table.get(key, None)
    if value is None:
        if needed:
            table.fault(key, f'it is missing; write {key} = "…", or {key} = {{en = "…", es = "…"}}')
        return ()
    words = {"": value} if isinstance(value, str) else value
    if not isinstance(words, dict) or not words or not all(isinstance(one, str) and one.strip() for one in words.values()):
        table.fault(key, f'{shown(value)} is no text; write {key} = "…", or {key} = {{en = "…", es = "…"}}')
        return ()
    for language, one in words.items():
        if language and language not in LANGUAGES:
            table.fault(key, f"{shown(language)} is not spoken here; choose from {', '.join(LANGUAGES)}")
        if len(one) > longest:
            table.fault(key, f"{shown(one)} is longer than {longest} characters; shorten it")
    first = next((language for language in languages if language in words), next(iter(words)))
    return tuple((language, words[language].strip()) for language in dict.fromkeys((first, *words)))


def _options(table: Table, kind: str, languages: Sequence[str]) -> tuple[tuple[str, Wording], ...]:
    """A list of words, or a table of values with their words: {laptop = {en = "Laptop", es = "Portátil"}}."""
    value = table.get("options", [])
    chosen = kind in ("choice", "choices")
    if not chosen:
        if value:
            table.fault("options", 'only a choice has options; write kind = "choice", or take them out')
        return ()
    given: Mapping[object, object] = {one: one for one in value} if isinstance(value, list) and all(isinstance(v, str) for v in value) else {}
    given = value if isinstance(value, dict) else given
    if not 1 <= len(given) <= MOST_OPTIONS:
        table.fault("options", f'a choice needs 1 to {MOST_OPTIONS} of them; write options = ["…", "…"]')
        return ()
    below = Table(f"{table.title} options", {str(key): words for key, words in given.items()}, table.faults)
    for key in below.values:
        if len(key) > LONGEST_OPTION or "\n" in key or not key.strip():
            below.fault(shown(key), f"it is empty or longer than {LONGEST_OPTION} characters; give it a short value")
    return tuple((key, wording(below, key, languages, LONGEST_OPTION)) for key in below.values)


def _yes(table: Table, key: str, *, default: bool) -> bool:
    value = table.get(key, default)
    if isinstance(value, bool):
        return value
    table.fault(key, f"{shown(value)} is neither; write true or false, without quotes")
    return default


def _pattern(table: Table, kind: str) -> str:
    pattern = table.text("pattern")
    if pattern and kind not in ("line", "text", "asset"):
        table.fault("pattern", "only what is written freely has one; take it out, or write min and max")
    try:
        re.compile(pattern)
    except re.error as error:
        table.fault("pattern", f"{shown(pattern)} is no regular expression ({error}); mend it, or leave the key out")
        return ""
    return pattern


def _bound(table: Table, key: str, kind: str) -> str:
    value = table.get(key, "")
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    if text and kind not in ("date", "number"):
        table.fault(key, "only a number or a date has one; take it out")
        return ""
    if text and kind == "date" and as_date(text) is None:
        table.fault(key, f'{shown(text)} is no date; write it as "2026-11-30"')
        return ""
    if text and kind == "number" and (isinstance(value, bool) or as_number(text) is None):
        table.fault(key, f"{shown(text)} is no number; write {key} = 5")
        return ""
    return text


def _order(bound: str, kind: str) -> Decimal:
    day = as_date(bound) if kind == "date" else None
    return Decimal(day.toordinal()) if day else as_number(bound) or Decimal()


def _show(table: Table) -> tuple[str, str] | tuple[()]:
    condition = table.text("show")
    if not condition:
        return ()
    name, equals, value = condition.partition("=")
    if not equals or not name.strip() or not value.strip():
        table.fault("show", f'{shown(condition)} is no condition; write show = "field=value"')
        return ()
    return name.strip(), value.strip()


def _check_condition(root: Table, field: CustomField, known: Sequence[CustomField]) -> None:
    if not field.show:
        return
    name, value = field.show
    before = known[: known.index(field)]
    other = next((one for one in before if one.name == name), None)
    if other is None:
        root.faults.append(f"[[fields]] {field.name} show: there is no field {shown(name)} above it; name one that is asked before")
    elif other.options and value not in dict(other.options):
        root.faults.append(f"[[fields]] {field.name} show: {shown(value)} is no option of {name}; {nearest(value, dict(other.options))}")
