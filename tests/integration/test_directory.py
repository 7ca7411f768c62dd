"""The company's directory is asked by its own protocol: a real OpenLDAP, and a SCIM provider on this computer."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from scim2_models import EnterpriseUser, ListResponse, User

from adapters.directory import ldap, scim
from adapters.directory.config import DirectoryConfig
from adapters.directory.source import source
from bot.domain.listings import LONGEST, Listed, Listing, Sought, judged
from bot.errors import ConfigError, DirectoryAway
from bot.ports.listing import DirectorySource
from tests.builders import MONDAY
from tests.clouds.scim import ScimCloud
from tests.servers import SLAPD, Absent, own
from tests.servers.directory import BASE, REFERRED, At

ANA = Listing("Ana Núñez", "ana@example.org", "+34 600 111 222", "Engineering", "Ingeniera", "Zoë Şahin", "Málaga", "ana.n")


@pytest.fixture(scope="module")
def company() -> Iterator[At]:
    try:
        with own(SLAPD) as server:
            yield At(server)
    except Absent as absent:
        pytest.skip(str(absent))


@pytest.fixture
async def provider() -> AsyncIterator[ScimCloud]:
    async with ScimCloud() as cloud:
        yield cloud


def directory(env: dict[str, str], **table: object) -> DirectorySource:
    config = DirectoryConfig.read(env, {"base": BASE, **table} if env["DIRECTORY_URL"].startswith("ldap") else table)
    assert config is not None
    return source(config)


async def asked(there: DirectorySource, *mails: str, phones: tuple[str, ...] = ()) -> Listed:
    try:
        return judged(await there.find(Sought(mails, phones)), MONDAY)
    finally:
        await there.close()


async def trouble(there: DirectorySource) -> str:
    """Why it cannot be asked: a question and a look say the same."""
    with pytest.raises(DirectoryAway) as looked:
        await there.probe()
    with pytest.raises(DirectoryAway) as fallen:
        await asked(there, "ana@example.org")
    assert str(fallen.value) == str(looked.value)
    assert "canary" not in str(fallen.value)
    return str(fallen.value)


# ------------------------------------------------------------------------------------------------------------------ LDAP
async def test_somebody_is_found_by_their_address_with_everything_that_is_mapped(company: At) -> None:
    assert await asked(directory(company.env()), "ana@example.org") == Listed(MONDAY, ANA)


async def test_somebody_is_found_by_a_number_however_the_directory_spaces_it(company: At) -> None:
    assert (await asked(directory(company.env()), phones=("+34600111222",))).listing == ANA


async def test_attributes_of_a_department_s_own_are_read_where_it_says(company: At) -> None:
    found = (await asked(directory(company.env(), attributes={"department": ["ou", "employeeType"], "login": "uid"}), "ana@example.org")).listing
    assert found is not None
    assert (found.department, found.login) == ("board", "ana")


async def test_whom_the_directory_does_not_have_or_says_nothing_of_is_told_apart(company: At) -> None:
    assert (await asked(directory(company.env()), "nobody@example.org")).why == "unknown"
    bare = (await asked(directory(company.env()), "bare@example.org")).listing
    assert bare is not None
    assert (bare.name, bare.department, bare.manager) == ("bare", "", "")


async def test_two_entries_with_one_address_are_not_believed(company: At) -> None:
    assert (await asked(directory(company.env()), "twins@example.org")).why == "ambiguous"
    three = directory(company.env())
    assert len(await three.find(Sought(("ana@example.org", "zoe@example.org", "gus@example.org")))) == 2  # more need not be known
    await three.close()


@pytest.mark.parametrize("mail", ["*", "*)(uid=*", "ana@example.org)(|(uid=*", "\\2a", "ana*@example.org", "\x00", "ana@example.org\\"])
async def test_what_people_write_is_no_part_of_the_question(company: At, mail: str) -> None:
    assert (await asked(directory(company.env()), mail)).why == "unknown"


async def test_a_filter_of_the_desk_s_own_narrows_who_counts(company: At) -> None:
    narrowed = directory(company.env(), filter="(!(employeeType=board))")
    assert (await asked(narrowed, "ana@example.org")).why == "unknown"
    assert (await asked(directory(company.env(), filter="(objectClass=inetOrgPerson)"), "ana@example.org")).listing == ANA


async def test_a_disabled_account_is_known_as_active_directory_marks_it_and_as_the_desk_says(company: At) -> None:
    async def is_off(mail: str, **table: object) -> bool:
        found = (await asked(directory(company.env(), **table), mail)).listing
        return found is not None and found.is_off

    assert await is_off("gus@example.org")
    assert not await is_off("ana@example.org")
    assert not await is_off("lea@example.org")
    assert await is_off("lea@example.org", disabled="employeeType=LEFT")


async def test_who_is_important_is_known_by_an_attribute(company: At) -> None:
    there = directory(company.env(), vip="employeeType=board", vip_priority="high")
    assert [one.is_vip for one in await there.find(Sought(("ana@example.org",)))] == [True]
    assert [one.is_vip for one in await there.find(Sought(("zoe@example.org",)))] == [False]
    await there.close()


async def test_what_is_hostile_comes_back_as_one_clean_line_of_bounded_length(company: At) -> None:
    found = (await asked(directory(company.env()), "evil@example.org")).listing
    assert found is not None
    assert found.name == "<script>alert(1)</script> [31mEve & <b>Co</b>"  # as text: pages and chats escape it
    assert len(found.title) == LONGEST


async def test_an_answer_of_a_megabyte_and_a_half_is_not_taken_and_others_are_still_asked_about(company: At) -> None:
    there = directory(company.env())
    assert list(await there.find(Sought(("huge@example.org",)))) == []
    assert (await asked(there, "ana@example.org")).listing == ANA


async def test_tls_is_checked_by_name_and_authority(company: At) -> None:
    good = {"ca_file": company.ca_file}
    over = company.env(DIRECTORY_URL=f"ldaps://localhost:{company.tls_port}")
    assert (await asked(directory(over, **good), "ana@example.org")).listing == ANA
    assert "certificate" in await trouble(directory(over))
    assert "certificate" in await trouble(directory(company.env(DIRECTORY_URL=f"ldaps://127.0.0.1:{company.tls_port}"), **good))


async def test_starttls_is_checked_likewise(company: At) -> None:
    good = {"ca_file": company.ca_file, "starttls": True}
    assert (await asked(directory(company.env(DIRECTORY_URL=f"ldap://localhost:{company.port}"), **good), "ana@example.org")).listing == ANA
    assert "certificate" in await trouble(directory(company.env(DIRECTORY_URL=f"ldap://127.0.0.1:{company.port}"), **good))


async def test_a_referral_is_left_where_it_is_and_our_password_with_us(company: At) -> None:
    came: list[object] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(writer)
        writer.close()

    async with await asyncio.start_server(note, "127.0.0.1", company.referral_port):
        assert "referrals are not followed" in await trouble(directory(company.env(), base=REFERRED))
        assert (await asked(directory(company.env()), "ana@example.org")).listing == ANA  # there is one among the people, too
    assert came == []


async def test_a_wrong_password_a_wrong_base_and_nobody_there_are_each_told_with_their_cure(company: At) -> None:
    assert "DIRECTORY_PASSWORD" in await trouble(directory(company.env(DIRECTORY_PASSWORD="canary")))
    assert "[directory] base" in await trouble(directory(company.env(), base="ou=nowhere,dc=example,dc=org"))
    assert "DIRECTORY_URL" in await trouble(directory(company.env(DIRECTORY_URL="ldap://127.0.0.1:9")))


def test_a_filter_that_only_looks_like_one_is_refused_at_the_start(company: At) -> None:
    with pytest.raises(ConfigError, match=r"\[directory\] filter"):
        directory(company.env(), filter="(&(objectClass=person)(nothing))")


async def test_a_directory_that_takes_the_call_and_says_nothing_is_left_and_its_thread_ends() -> None:
    hears = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1 if not hears.is_set() else 1)
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        there = directory({"DIRECTORY_URL": f"ldap://127.0.0.1:{port}", "DIRECTORY_USER": "cn=x", "DIRECTORY_PASSWORD": "y"})
        for _ in range(ldap.THREADS):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await there.probe()
        hears.set()
        async with asyncio.timeout(ldap.WAIT_S / 2):  # no thread has come to its end by itself yet
            with pytest.raises(DirectoryAway):
                await there.probe()
        await there.close()


async def test_what_answers_in_another_language_is_named() -> None:
    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(web, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        env = {"DIRECTORY_URL": f"ldap://127.0.0.1:{port}", "DIRECTORY_USER": "cn=x", "DIRECTORY_PASSWORD": "y"}
        assert "DIRECTORY_URL" in await trouble(directory(env))


# ------------------------------------------------------------------------------------------------------------------ SCIM
async def test_scim_finds_the_same_person(provider: ScimCloud) -> None:
    found = (await asked(directory(provider.env()), "ana@example.org")).listing
    assert found == Listing("Ana Núñez", "ana@example.org", "+34600111222", "Engineering", "Ingeniera", "Zoë Şahin", "Málaga", "ana.n")
    assert provider.asked == ['emails.value eq "ana@example.org"']
    assert (await asked(directory(provider.env()), phones=("+34600111222",))).listing == found


async def test_the_stand_in_speaks_as_a_library_of_others_reads_scim(provider: ScimCloud) -> None:
    there = directory(provider.env())
    assert isinstance(there, scim.ScimDirectory)
    answer = ListResponse[User[EnterpriseUser]].model_validate(await there._get('emails.value eq "ana@example.org"', 2))
    assert [one.user_name for one in answer.resources or []] == ["ana.n"]
    await there.close()


async def test_addresses_of_inner_networks_and_schemas_of_others_are_no_fault(provider: ScimCloud) -> None:
    table = {"attributes": {"department": "urn:example:custom:User:department"}}
    found = (await asked(directory(provider.env(), **table), "lo@corp.local")).listing
    assert found is not None
    assert found.department == "Cellar"


@pytest.mark.parametrize("mail", ['" or userName pr or "', 'x" or emails.value eq "ana@example.org', "\\", "nobody@example.org"])
async def test_what_people_write_is_a_string_of_the_question_and_no_more(provider: ScimCloud, mail: str) -> None:
    assert (await asked(directory(provider.env()), mail)).why == "unknown"


async def test_scim_says_who_is_off_who_counts_and_who_is_not_one_person(provider: ScimCloud) -> None:
    there = directory(provider.env(), vip="userType=board", vip_priority="high")
    [gus] = await there.find(Sought(("gus@example.org",)))
    [ana] = await there.find(Sought(("ana@example.org",)))
    assert (gus.is_off, gus.is_vip, ana.is_off, ana.is_vip) == (True, False, False, True)
    assert (await asked(there, "twins@example.org")).why == "ambiguous"
    assert (await asked(directory(provider.env(), filter="active eq true"), "gus@example.org")).why == "unknown"


async def test_a_page_is_never_followed_and_the_rest_behind_it_is_one_too_many(provider: ScimCloud) -> None:
    provider.pages_of = 1
    assert (await asked(directory(provider.env()), "twins@example.org")).why == "ambiguous"
    assert len(provider.asked) == 1


async def test_a_redirect_is_not_followed_and_our_token_stays_with_us(provider: ScimCloud) -> None:
    provider.answers_with = 307
    assert "before /Users" in await trouble(directory(provider.env()))
    assert provider.followed == 0


async def test_a_provider_that_leaves_the_filter_out_names_nobody_by_it(provider: ScimCloud) -> None:
    provider.heeds_filters = False
    assert (await asked(directory(provider.env()), "gus@example.org")).listing is None


async def test_a_hostile_provider_is_cleaned_and_bounded(provider: ScimCloud) -> None:
    found = (await asked(directory(provider.env()), "evil@example.org")).listing
    assert found is not None
    assert (found.name, len(found.title)) == ("<b>Eve</b>", LONGEST)
    assert (await asked(directory(provider.env()), "huge@example.org")).why == "unknown"


def _says(body: bytes) -> Callable[[ScimCloud], None]:
    return lambda cloud: setattr(cloud, "body", body)


def _with(status: int) -> Callable[[ScimCloud], None]:
    return lambda cloud: setattr(cloud, "answers_with", status)


@pytest.mark.parametrize(
    ("breaks", "cure"),
    [
        (_with(401), "DIRECTORY_PASSWORD"),
        (_with(403), "DIRECTORY_PASSWORD"),
        (_with(404), "before /Users"),
        (_with(302), "before /Users"),
        (_with(400), "[directory] filter"),
        (_with(429), "429"),
        (_with(503), "503"),
        (_says(b"<html>"), "before /Users"),
        (_says(b"[" * 100_000), "before /Users"),
        (_says(b'{"hello": 1}'), "before /Users"),
        (_says(b"[]"), "before /Users"),
    ],
)
async def test_what_is_wrong_with_a_provider_is_told_with_its_cure(provider: ScimCloud, breaks: Callable[[ScimCloud], None], cure: str) -> None:
    breaks(provider)
    assert cure in await trouble(directory(provider.env()))


@pytest.mark.parametrize("people", [b'{"Resources": 1}', b'{"Resources": [1]}', b'{"Resources": {"a": 1}}'])
async def test_people_of_another_shape_are_nobody(provider: ScimCloud, people: bytes) -> None:
    provider.body = people
    with pytest.raises(DirectoryAway):
        await asked(directory(provider.env()), "ana@example.org")


async def test_any_shape_of_a_person_is_read_without_harm(provider: ScimCloud) -> None:
    odd = (
        b'{"Resources": [{"emails": [{"value": "a@b.c"}], "displayName": {"x": [1]}, "name": 7, "addresses": ["x", null], "title": ["T", 2], "active": "no"}]}'
    )
    provider.body = odd
    assert (await asked(directory(provider.env()), "a@b.c")).listing == Listing(mail="a@b.c", title="T")


async def test_how_long_a_provider_asks_to_wait_is_heard(provider: ScimCloud) -> None:
    provider.answers_with, provider.retry_after = 429, "120"
    there = directory(provider.env())
    with pytest.raises(DirectoryAway) as away:
        await there.probe()
    assert away.value.retry_after_s == 120
    await there.close()


async def test_scim_over_tls_is_checked_by_name_and_authority(company: At) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(company.ca_file, company.key_file)
    async with ScimCloud(context) as cloud:
        assert (await asked(directory(cloud.env(), ca_file=company.ca_file), "ana@example.org")).listing is not None
        assert "certificate" in await trouble(directory(cloud.env()))
        elsewhere = cloud.env(DIRECTORY_URL=cloud.url.replace("localhost", "127.0.0.1"))
        assert "certificate" in await trouble(directory(elsewhere, ca_file=company.ca_file))


async def test_a_wrong_token_and_a_provider_that_is_not_there_are_told(provider: ScimCloud) -> None:
    assert "DIRECTORY_PASSWORD" in await trouble(directory(provider.env(DIRECTORY_PASSWORD="canary")))
    assert "DIRECTORY_URL" in await trouble(directory({"DIRECTORY_URL": "scim+http://127.0.0.1:9/x", "DIRECTORY_PASSWORD": "y"}))
