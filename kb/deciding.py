"""What tier 1 does with a question: the matching, what became of like questions, and what is not for this knowledge base, together."""
from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kb.decision import Thresholds, Verdict, decide
from kb.entries import Match
from kb.matching import Matcher
from kb.phrasing import cleaned
from kb.precedents import Precedents
from kb.text import normalise


@dataclass(frozen=True, slots=True)
class Deciding:
    """How sure tier 1 must be. precedents: None corrects nothing. outside: questions, normalised, that are not for this knowledge base."""

    limits: Thresholds
    precedents: Precedents | None = None
    outside: Collection[str] = ()

    def __call__(self, matcher: Matcher, question: str, lang: str | None, *, encode: bool = True) -> Verdict:
        """Answer, suggest or hand over. encode: as for Matcher.rank, and raises NotRead as it does."""
        ranked = matcher.rank(question, lang, encode=encode)
        sure = self.sure(matcher, question, ranked, encode=encode)
        if self._is_outside(question):
            return Verdict("hand_over", tuple(ranked))
        return decide(ranked, self.limits, sure)

    def sure(self, matcher: Matcher, question: str, ranked: Sequence[Match], *, encode: bool = True) -> float | None:
        """The best one's score after what became of like questions; None where that changes nothing. Raises NotRead."""
        if self.precedents is None or not ranked or ranked[0].known:
            return None
        vector = matcher.vector(question, encode=encode)
        return None if vector is None else self.precedents.score(ranked[0].score, ranked[0].entry_id, vector)

    def _is_outside(self, question: str) -> bool:
        return bool(self.outside) and (normalise(question) in self.outside or normalise(cleaned(question)) in self.outside)
