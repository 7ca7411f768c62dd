"""What several inventories changed together: pure. What came and went again, or became another and then the old one, is nothing."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.assets import SECTIONS, Audit, Change

_ORDER = {name: place for place, name in enumerate(SECTIONS)}
Key = tuple[str, str, str]


def net(audits: Iterable[Audit]) -> tuple[Change, ...]:
    """From before the first of them to after the last, in the order of SECTIONS. audits: newest first, as readers give them."""
    values: dict[Key, tuple[str, str]] = {}
    parts: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for audit in reversed(list(audits)):
        for change in audit.changes:
            came = parts.get((change.section, change.item), ([], []))[1]
            if change.field and came:  # it is told as it is now
                came[:] = [change.after if told == change.before else told for told in came]
            elif change.field:
                key = (change.section, change.item, change.field)
                values[key] = (values.get(key, (change.before, ""))[0], change.after)
            else:
                _came_or_went(*parts.setdefault((change.section, change.item), ([], [])), change)
    moved = {item for item, (gone, new) in parts.items() if gone or new}
    stayed = {key: pair for key, pair in values.items() if key[:2] not in moved and pair[0] != pair[1]}
    found = [Change(*key, *pair) for key, pair in stayed.items()]
    for (section, item), (gone, new) in parts.items():
        if len(gone) == len(new) == 1:  # it went and came back as another
            found += [Change(section, item, "", gone[0], new[0])] if gone != new else []
        else:
            found += [*(Change(section, item, "", told, "") for told in gone), *(Change(section, item, "", "", told) for told in new)]
    return tuple(sorted(found, key=lambda change: (_ORDER.get(change.section, len(_ORDER)), change.item, change.field)))


def _came_or_went(gone: list[str], new: list[str], change: Change) -> None:
    told, here, there = (change.after, gone, new) if change.after else (change.before, new, gone)
    if told in here:
        here.remove(told)
    else:
        there.append(told)
