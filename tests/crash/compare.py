"""The platform's ledger beside what the product has stored: what is lost, out of order, or there twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tests.integration.processes import Json


@dataclass(frozen=True, slots=True)
class Findings:
    """Events that were acknowledged and are not stored, and answers that never came; conversations and authors out of order; messages sent again.

    handled_twice: events that had their effect more than once. most_by_a_kill: of the messages sent again, how many one kill explains;
    unexplained: how many none does.
    """

    lost: int = 0
    out_of_order: int = 0
    twice: int = 0
    handled_twice: int = 0
    most_by_a_kill: int = 0
    unexplained: int = 0

    @property
    def but_repeats(self) -> Findings:
        """Without what was sent again."""
        return replace(self, twice=0, most_by_a_kill=0)  # unexplained ones stay: they are no kill's

    def __add__(self, other: Findings) -> Findings:
        return Findings(
            self.lost + other.lost,
            self.out_of_order + other.out_of_order,
            self.twice + other.twice,
            self.handled_twice + other.handled_twice,
            max(self.most_by_a_kill, other.most_by_a_kill),
            self.unexplained + other.unexplained,
        )


def stored_in_order(messages: Iterable[Json]) -> dict[str, list[str]]:
    """By author, the platform's ids of what they said, in the order in which it was handled. messages: of the export."""
    found: dict[str, list[str]] = {}
    for message in messages:
        if message["direction"] == "in":
            found.setdefault(message["author"], []).append(message["source"])
    return found


def events(said: Mapping[str, Sequence[str]], stored: Mapping[str, Sequence[str]]) -> Findings:
    """By author: ids in the order of writing, all of them acknowledged; and in the order of handling."""
    found = Findings()
    for author, ids in said.items():
        kept = stored.get(author, ())
        once = list(dict.fromkeys(kept))
        found += Findings(
            lost=len(set(ids) - set(once)),
            out_of_order=int([one for one in ids if one in once] != [one for one in once if one in ids]),
            handled_twice=len(kept) - len(once),
        )
    return found


def answers(heard: Mapping[str, Sequence[tuple[int, str]]], due: Sequence[str], kills: Sequence[int]) -> Findings:
    """By person, what they were told, each with its line in the ledger; every one of them was due these, in this order.

    A repeat may only follow what it repeats. kills: the length of the ledger at each.
    """
    found, blamed = Findings(), Counter[int]()
    for told in heard.values():
        first: dict[str, int] = {}
        order = [text for _, text in told]
        for line, text in told:
            if text in first:
                blamed[sum(kill <= first[text] for kill in kills)] += 1  # the first kill after it had arrived
            first[text] = line
        firsts = list(dict.fromkeys(order))
        runs = [text for n, text in enumerate(order) if n == 0 or order[n - 1] != text]
        found += Findings(
            lost=len(set(due) - set(firsts)),
            out_of_order=int(runs != firsts or [text for text in firsts if text in due] != [text for text in due if text in firsts]),
            twice=len(order) - len(firsts),
        )
    unexplained = blamed.pop(len(kills), 0)
    return replace(found, most_by_a_kill=max(blamed.values(), default=0), unexplained=unexplained)
