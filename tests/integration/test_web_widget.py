"""The widget's doors: who is believed, who stays a stranger, which sites may hold the frame, and what another page cannot do."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from adapters.web.config import WebConfig
from adapters.web.widget_config import WidgetConfig
from bot.domain.messages import Choice, Form, FormField, Inbound, Outbound, Pressed, Refusal, Said, Say, Submitted
from bot.errors import ConfigError
from tests.web_desk import BASE, Browser, Document, WebWorld, a_world

SITE = "https://www.example.com"
KEY = "a-secret-that-the-site-knows-too"


def signed(user: str, key: str = KEY) -> str:
    """As a site's server makes it."""
    return hmac.new(key.encode(), user.encode(), hashlib.sha256).hexdigest()


@dataclass
class Frame:
    """A frame on the site: sends its badge with each request, and has no cookies."""

    world: WebWorld
    badge: str = ""
    answer: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.browser = self.world.browser()

    async def hello(self, **claim: str) -> Frame:
        shell = await self.browser.open("/widget")
        form = Document(shell.text).forms[0]
        said = await self.browser.http.post("/widget/hello", data={**form.fields, "badge": self.badge, **claim}, headers={"Origin": BASE})
        assert said.status_code == 200, said.text
        self.answer = said.json()
        self.badge = str(self.answer["badge"])
        return self

    async def page(self, **headers: str) -> httpx.Response:
        return await self.browser.http.get("/widget", headers={"X-Widget": self.badge, **headers})

    async def send(self, to: str, shown: httpx.Response | None = None, files: list[tuple[str, bytes, str]] | None = None, **fields: str) -> httpx.Response:
        form = Browser.form(shown or await self.page(), to)
        given = [("files", file) for file in files or []]
        headers = {"X-Widget": self.badge, "Origin": BASE}
        return await self.browser.http.post(to, data={**form.fields, **fields}, files=given or None, headers=headers, follow_redirects=True)

    async def says(self, text: str) -> Inbound:
        answered = await self.send("/widget/say", text=text)
        assert answered.status_code == 200, answered.text
        return self.world.desk.received[-1]


@pytest.fixture
async def world() -> AsyncIterator[WebWorld]:
    made = await a_world(WebConfig(sign_in="link", widget=WidgetConfig((SITE,), SecretStr(KEY))), public=True)

    async def reacts(event: Inbound) -> None:
        made.desk.show(event.conversation, Outbound((Say("Try another gateway."),)))

    made.desk.reacts = reacts
    yield made
    await made.stop()


# ------------------------------------------------------------------------------------------------------------ who is who
async def test_a_visitor_of_the_site_asks_and_reads_the_answer_without_a_cookie_or_a_sign_in(world: WebWorld) -> None:
    frame = await Frame(world).hello()

    answered = await frame.send("/widget/say", text="The VPN is slow")

    assert "The VPN is slow" in answered.text
    assert "Try another gateway." in answered.text
    assert not frame.browser.http.cookies
    assert "set-cookie" not in answered.headers
    assert "Try another gateway." in (await frame.page()).text


async def test_whom_the_site_proves_is_the_same_person_in_every_browser_and_is_called_as_the_site_says(world: WebWorld) -> None:
    claim = {"user": "42", "name": "Ana Ruiz", "mail": "ana@example.com", "hash": signed("42")}

    first = await (await Frame(world).hello(**claim)).says("one")
    second = await (await Frame(world).hello(**claim)).says("two")

    assert first.person.id == second.person.id
    assert first.conversation == second.conversation
    assert first.person.id.startswith("web:site-")
    assert first.person.name == "✓ Ana Ruiz (ana@example.com)"


@pytest.mark.parametrize(
    "wrong",
    [
        {"hash": signed("43")}, {"hash": signed("42", "another-secret-of-some-length")}, {"hash": signed("42")[:-1]}, {"hash": "ä" * 64}, {"hash": ""},
        {"hash": "", "verified": "true"}, {"hash": "true", "verified": "true"}, {"hash": hashlib.sha256(b"42").hexdigest()}, {"hash": signed("42", "")},
        {"hash": signed("ana@example.com")}, {"user": "", "hash": signed("")}, {"user": "42\0", "hash": signed("42\0")},
    ],
)  # fmt: skip
async def test_whoever_does_not_prove_it_is_a_stranger_whom_agents_see_as_unverified(world: WebWorld, wrong: dict[str, str]) -> None:
    claim = {"user": "42", "name": "Ana Ruiz", "mail": "ana@example.com"}
    real = await (await Frame(world).hello(**claim, hash=signed("42"))).says("mine alone")

    other = await Frame(world).hello(**claim, **{"hash": "", **wrong}) if "user" not in wrong else await Frame(world).hello(**{**claim, **wrong})
    said = await other.says("let me in")

    assert said.person.id != real.person.id
    assert said.conversation != real.conversation
    assert not said.person.id.startswith("web:site-")
    assert said.person.name == "Ana Ruiz (ana@example.com) · unverified"
    assert "mine alone" not in (await other.page()).text
    assert other.answer["proved"] is False
    assert other.answer["refused"] is bool(wrong["hash"])


async def test_without_a_secret_nothing_proves_anything() -> None:
    world = await a_world(WebConfig(widget=WidgetConfig((SITE,))))

    frame = await Frame(world).hello(user="42", hash=signed("42", ""))

    assert frame.answer["proved"] is False
    assert frame.answer["refused"] is True
    await world.stop()


@pytest.mark.parametrize("name", ["✓ Ana", "✔️ Ana Ruiz (ana@example.com)", "☑ ✅ Ana", "A" * 200, "Ana" + "\u202e" + "x" * 90])
async def test_no_name_that_somebody_gives_themselves_looks_vouched_for(world: WebWorld, name: str) -> None:
    said = await (await Frame(world).hello(name=name)).says("hello")

    assert said.person.name.endswith(" · unverified")
    assert len(said.person.name) <= 80
    assert not set("✓✔☑✅\u202e") & set(said.person.name)


async def test_another_user_in_the_same_browser_has_another_conversation(world: WebWorld) -> None:
    frame = await Frame(world).hello(user="42", hash=signed("42"))
    ana = await frame.says("of Ana")

    ben = await (await frame.hello(user="43", hash=signed("43"))).says("of Ben")
    nobody = await (await frame.hello()).says("of nobody")

    assert len({ana.conversation, ben.conversation, nobody.conversation}) == 3
    assert "of Ana" not in (await frame.page()).text


async def test_who_only_says_to_be_another_user_is_another_visitor_and_stays_the_same_one_until_then(world: WebWorld) -> None:
    frame = await Frame(world).hello(user="42")
    first = await frame.says("one")

    again = await (await frame.hello(user="42")).says("two")
    other = await (await frame.hello(user="43")).says("three")

    assert first.person.id == again.person.id != other.person.id


async def test_a_new_secret_ends_what_the_old_one_proved_and_keeps_visitors(world: WebWorld) -> None:
    known, visitor = await Frame(world).hello(user="42", hash=signed("42")), await Frame(world).hello()
    turned = await a_world(WebConfig(widget=WidgetConfig((SITE,), SecretStr("another-secret-of-some-length"))))
    known.browser, visitor.browser = turned.browser(), turned.browser()

    assert (await known.browser.http.get("/widget/files/0/0", headers={"X-Widget": known.badge})).status_code == 403
    assert (await visitor.browser.http.get("/widget/files/0/0", headers={"X-Widget": visitor.badge})).status_code == 404
    await turned.stop()


async def test_what_was_proved_is_believed_for_half_a_day(world: WebWorld) -> None:
    frame = await Frame(world).hello(user="42", hash=signed("42"))
    shown = await frame.page()
    world.clock.pass_by(timedelta(hours=12))

    late = await frame.send("/widget/say", shown, text="still me")

    assert late.status_code == 403
    assert not world.desk.received


# ------------------------------------------------------------------------------------------------------------ other pages
async def test_only_the_sites_that_are_named_may_hold_the_frame_and_no_other_page_of_ours_stands_in_one(world: WebWorld) -> None:
    browser = world.browser()

    frame, chat, agent = await browser.open("/widget"), await browser.open("/"), await browser.open("/agent")

    assert f"frame-ancestors {SITE};" in frame.headers["content-security-policy"] + ";"
    assert "x-frame-options" not in frame.headers
    assert "script-src 'self'" in frame.headers["content-security-policy"]
    for other in (chat, agent, await browser.open("/widget/nothing")):
        assert "frame-ancestors 'none'" in other.headers["content-security-policy"]
        assert other.headers["x-frame-options"] == "DENY"


async def test_the_script_loads_on_any_site_and_no_answer_of_ours_is_readable_there(world: WebWorld) -> None:
    browser = world.browser()
    frame = await Frame(world).hello()

    script = await browser.http.get("/widget.js", headers={"Origin": SITE})
    page = await browser.http.get("/widget", headers={"Origin": BASE, "X-Widget": frame.badge})
    preflight = await browser.http.options("/widget", headers={"Origin": SITE, "Access-Control-Request-Headers": "x-widget"})

    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    assert script.headers["content-type"].startswith("text/javascript")
    assert KEY not in script.text
    for answer in (script, page, preflight):
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("headers", [{"Origin": SITE}, {"Origin": "null"}, {"Origin": BASE, "Sec-Fetch-Site": "cross-site"}, {"Referer": SITE + "/x"}])
@pytest.mark.parametrize("path", ["/widget/hello", "/widget/say"])
async def test_a_form_that_another_site_posts_does_nothing(world: WebWorld, headers: dict[str, str], path: str) -> None:
    frame = await Frame(world).hello()
    fields = Browser.form(await frame.page(), "/widget/say").fields

    refused = await frame.browser.http.post(path, data={**fields, "text": "forged"}, headers={"X-Widget": frame.badge, **headers})

    assert refused.status_code == 403
    assert not world.desk.received


async def test_a_stream_for_another_site_is_refused(world: WebWorld) -> None:
    frame = await Frame(world).hello()

    async with asyncio.timeout(5):  # a stream that is given does not end
        refused = await frame.browser.http.get("/widget/events", headers={"X-Widget": frame.badge, "Origin": SITE})

    assert refused.status_code == 403


@pytest.mark.parametrize("badge", ["", "nonsense", "WyJhYmMiXQ==.00", "ä", "." + "0" * 64, "x" * 5000])
async def test_without_a_badge_of_ours_there_is_nothing_to_read_and_nothing_is_taken(world: WebWorld, badge: str) -> None:
    frame = await Frame(world).hello()
    shown = await frame.page()
    frame.badge = badge
    header = {b"X-Widget": badge.encode("latin-1"), b"Origin": BASE.encode()}

    empty = await frame.browser.http.get("/widget", headers=header)
    marks = [Browser.form(page, "/widget/say").fields for page in (shown, empty)]
    said, nobody = [await frame.browser.http.post("/widget/say", data={**given, "text": "x"}, headers=header) for given in marks]

    assert empty.status_code == 200
    assert said.status_code == nobody.status_code == 403
    assert not world.desk.received


async def test_a_badge_opens_no_other_page_and_a_session_opens_no_frame(world: WebWorld) -> None:
    agent = await world.agent()
    frame = await Frame(world).hello()
    said = await frame.says("private to the frame")

    as_cookie = await world.browser().http.get("/", headers={"Cookie": f"firstline={frame.badge}", "X-Widget": frame.badge})
    signed_in = await agent.open("/widget")

    assert "private to the frame" not in as_cookie.text
    assert "private to the frame" not in signed_in.text
    assert said.person.id not in signed_in.text
    assert 'class="staff' not in signed_in.text


# ------------------------------------------------------------------------------------------------------------ in the frame
async def test_buttons_forms_and_files_work_in_the_frame(world: WebWorld) -> None:
    world.desk.forms["reason:IT-1"] = Form("reason:IT-1", "Why not?", "Send", "Back", (FormField("words", "Your reason"),))
    frame = await Frame(world).hello()
    said = await frame.send("/widget/say", text="see the file", files=[("screen.txt", b"pixels", "text/plain")])
    assert 'href="/widget/files/0000/0"' in said.text
    world.desk.show(world.desk.received[-1].conversation, Outbound((Say("Did it help?"),), (Choice("Yes", "solved:IT-1"), Choice("No", "reason:IT-1"))))

    file = await frame.browser.http.get("/widget/files/0000/0", headers={"X-Widget": frame.badge})
    asked = await frame.send("/widget/press", action="reason:IT-1")
    await frame.send("/widget/fill", asked, **{"field-words": "it is the wrong screen"})
    await frame.send("/widget/press", action="solved:IT-1")
    await frame.send("/widget/press", action="details:IT-1")

    assert file.content == b"pixels"
    assert "attachment" in file.headers["content-disposition"]
    said_, submitted, pressed, details = (event.what for event in world.desk.received)
    assert isinstance(said_, Said)
    assert said_.attachments[0].name == "screen.txt"
    assert isinstance(submitted, Submitted)
    assert submitted.values["words"] == "it is the wrong screen"
    assert isinstance(pressed, Pressed)
    assert pressed.action == "solved:IT-1"
    assert isinstance(details, Pressed)
    assert details.action == "details:IT-1"


async def test_nobody_gets_a_file_of_another_conversation(world: WebWorld) -> None:
    owner = await Frame(world).hello()
    await owner.send("/widget/say", text="mine", files=[("secret.txt", b"mine", "text/plain")])
    other = await Frame(world).hello()

    assert (await other.browser.http.get("/widget/files/0000/0", headers={"X-Widget": other.badge})).status_code == 404


async def test_an_answer_to_one_person_alone_is_told_on_the_next_look(world: WebWorld) -> None:
    frame = await Frame(world).hello()

    empty = await frame.send("/widget/say", text="")
    world.desk.forms["late:IT-1"] = Refusal("That was solved long ago.")
    refused = await frame.send("/widget/press", _with_button(await frame.page()), action="late:IT-1")

    assert empty.status_code == 422
    assert "Please write something first." in empty.text
    assert "That was solved long ago." in refused.text
    assert "That was solved long ago." not in (await frame.page()).text


def _with_button(page: httpx.Response) -> httpx.Response:
    """The page with a form for a press: that of the words, sent elsewhere."""
    return httpx.Response(200, text=page.text.replace('action="/widget/human"', 'action="/widget/press"'), request=page.request)


async def test_the_frame_speaks_the_language_of_the_page_or_else_of_the_browser(world: WebWorld) -> None:
    browser = world.browser(language="de")

    german, spanish, odd = await browser.open("/widget"), await browser.open("/widget?lang=es"), await browser.open("/widget?lang=tlh")

    assert 'lang="de"' in german.text
    assert 'lang="es"' in spanish.text
    assert 'lang="de"' in odd.text


async def test_who_sends_more_than_anybody_types_is_asked_to_wait_and_others_are_not(world: WebWorld) -> None:
    hasty, calm = await Frame(world).hello(), await Frame(world).hello()
    shown = await hasty.page()
    answers = [(await hasty.send("/widget/say", shown, text=f"{number}", once=f"{number:016x}")).status_code for number in range(31)]

    assert answers == [200] * 30 + [429]
    assert len(world.desk.received) == 30
    await calm.says("me, too")
    world.clock.pass_by(timedelta(minutes=1))
    await hasty.says("again")


async def test_newcomers_have_a_limit_together_that_holds_up_nobody_who_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.web.widget.MOST_OF_NEWCOMERS", 3)
    world = await a_world(WebConfig(widget=WidgetConfig((SITE,), SecretStr(KEY))))
    known, vouched = await Frame(world).hello(), await Frame(world).hello(user="42", hash=signed("42"))
    await known.says("first")

    newcomers = [await (await Frame(world).hello()).send("/widget/say", text="hello") for _ in range(3)]

    assert [one.status_code for one in newcomers] == [200, 200, 429]
    assert "hello" in newcomers[-1].text
    await known.says("second")
    await vouched.says("third")
    await world.stop()


# ---------------------------------------------------------------------------------------------------------------- settings
async def test_switched_off_there_is_no_frame_and_the_script_says_so() -> None:
    world = await a_world()
    browser = world.browser()

    assert (await browser.open("/widget")).status_code == 404
    assert "widget_sites" in (await browser.open("/widget.js")).text
    await world.stop()


@pytest.mark.parametrize(
    ("table", "env", "said"),
    [
        ({"widget_sites": "https://a.example"}, {}, "no list"),
        ({"widget_sites": ["www.example.com"]}, {}, "no address of a site"),
        ({"widget_sites": ["http://www.example.com"]}, {}, "no address of a site"),
        ({"widget_sites": ["https://www.example.com/shop"]}, {}, "no address of a site"),
        ({"widget_sites": ["https://*.example.com"]}, {}, "no address of a site"),
        ({"widget_sites": ["*"]}, {}, "no address of a site"),
        ({"widget_sites": [SITE], "widget_identity": "hash"}, {}, "WIDGET_SECRET is not set"),
        ({"widget_sites": [SITE], "widget_identity": "hash"}, {"WIDGET_SECRET": "  "}, "WIDGET_SECRET is not set"),
        ({"widget_sites": [SITE]}, {"WIDGET_SECRET": "short"}, "fewer than 16"),
        ({"widget_sites": [SITE], "widget_identity": "jwt"}, {}, "widget_identity"),
        ({}, {"WIDGET_SECRET": KEY}, "widget_sites is not set"),
    ],
)
def test_settings_that_would_not_hold_are_named_at_start(table: dict[str, object], env: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        WidgetConfig.read(table, env)


def test_sites_are_kept_as_browsers_write_them() -> None:
    found = WidgetConfig.read({"widget_sites": ["https://WWW.Example.com:443/", "http://localhost:8000", "https://münchen.example"]}, {})

    assert found is not None
    assert found.sites == ("https://www.example.com", "http://localhost:8000", "https://xn--mnchen-3ya.example")
    assert WidgetConfig.read({}, {}) is None
