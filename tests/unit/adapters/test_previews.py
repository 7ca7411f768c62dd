"""What is shown of an answer to whoever writes it is what would be sent: the same words, in the same order, with the same marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.preview import preview as slack
from adapters.telegram.outbound import fit, render
from adapters.telegram.preview import preview as telegram
from bot.domain.messages import Article, Outbound, Title
from bot.ports.world import Preview, Run

ANSWER = "Open **Settings** 🛠:\n\n1. choose `VPN`\n2. read [this](https://example.com)\n\n- done"


def message(answer: str) -> Outbound:
    return Outbound((Title("Why is the VPN slow?"), Article(answer)))


@pytest.mark.parametrize("preview", [slack, telegram])
def test_bold_code_and_links_are_shown(preview: Preview) -> None:
    [runs] = preview(message(ANSWER))

    assert Run("Why is the VPN slow?", "bold") in runs
    assert {Run("Settings", "bold"), Run("VPN", "code"), Run("this", "", "https://example.com")} <= set(runs)
    assert "• done" in "".join(run.text for run in runs)


@pytest.mark.parametrize("preview", [slack, telegram])
def test_a_long_answer_is_shown_in_the_messages_it_takes(preview: Preview) -> None:
    assert len(preview(message("word " * 4_000))) > 1


@given(st.text(alphabet=st.sampled_from("ab *`[]()@/#\n🙂1.-"), max_size=80))
def test_telegrams_preview_has_every_letter_that_is_sent(answer: str) -> None:
    sent = [render(piece.parts).text for piece in fit(message(answer)) if piece.parts]

    assert ["".join(run.text for run in runs) for runs in telegram(message(answer))] == sent


@given(st.text(max_size=80))
def test_slacks_preview_is_made_of_anything(answer: str) -> None:
    assert all(run.text for runs in slack(message(answer)) for run in runs[:-1])
