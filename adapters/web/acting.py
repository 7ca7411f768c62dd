"""What is pressed and sent on the staff's pages goes through the one door; the next page tells what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from adapters.web import inbound
from adapters.web.effects import answer_within
from adapters.web.page import Page
from adapters.web.sessions import agent
from bot.domain.messages import Happening


async def press(page: Page, action: str, *kinds: str) -> None:
    """A button. kinds: of what the core says to it, the next page shows these (none given: plain sentences)."""
    await act(page, lambda handle: inbound.pressed(action, inbound.TEAM, handle), kinds)


async def submit(page: Page, action: str, values: Mapping[str, str], *kinds: str) -> None:
    """A form. kinds: as for `press`."""
    await act(page, lambda handle: inbound.submitted(action, dict(values), inbound.TEAM, handle), kinds)


async def act(page: Page, make: Callable[[str], Happening], kinds: Sequence[str] = ()) -> None:
    """Do it, and tell on the next page what the core said. kinds: as for `press`."""
    with page.site.effects.expect(page.agent.person) as (handle, answer):
        person = agent(page.agent, page.language)
        await page.deliver(inbound.inbound(person, f"{inbound.TEAM}/faq", page.once, page.site.clock.now(), make(handle)))
        page.tell(await answer_within(answer), *(kinds or ("say",)))
