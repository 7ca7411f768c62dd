"""Mail that comes in from real servers: Exim hands it over, Dovecot keeps it; and whatever breaks, every mail is heard once."""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import logging
import secrets
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from adapters.email import imap
from adapters.email.config import Server
from adapters.email.imap import PROCESSED, TOO_BIG, Mailbox
from adapters.email.lmtp import CONNECTIONS, Lmtp
from bot.domain.messages import Said
from bot.errors import StoreError
from tests.journeys.doors import eventually
from tests.mail_office import Office, a_mail, recorded
from tests.servers import Absent
from tests.servers.kinds import free_port
from tests.servers.mail import DOMAIN, PASSWORD, MailServers, own_mail, shared


@pytest.fixture(scope="module")
def servers() -> MailServers:
    """Those of this process."""
    try:
        return shared()
    except Absent as error:
        pytest.skip(str(error))


@pytest.fixture
def frail() -> Iterator[MailServers]:
    """Some to do harm to."""
    try:
        with own_mail() as found:
            yield found
    except Absent as error:
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long in a test."""
    monkeypatch.setattr(imap, "BACK_S", 0.05)
    monkeypatch.setattr(imap, "MOST_BACK_S", 0.2)
    monkeypatch.setattr(imap, "AGAIN_S", 0.05)


class Post:
    """Somebody's mailbox at Dovecot, as a person sees it with another program."""

    def __init__(self, servers: MailServers, folder: str = "INBOX") -> None:
        self.servers, self.name, self.folder = servers, f"desk{secrets.token_hex(4)}", folder
        self.address = f"{self.name}@{DOMAIN}"

    def office(self, port: int = 0) -> Office:
        """A desk with this mailbox."""
        server = Server("127.0.0.1", port or self.servers.imap, "open", self.name, PASSWORD)
        return Office(self.address, imap=server, folder=self.folder)

    def send(self, mail: object, sender: str = "ana@example.org") -> None:
        """By way of Exim."""
        self.servers.send(mail if isinstance(mail, bytes) else bytes(mail), sender, self.address)  # type: ignore[call-overload]

    def put(self, mail: object, *, folder: str = "INBOX", flags: str = "") -> None:
        """Laid into the mailbox by hand."""
        with self.opened() as box:
            box.append(folder, flags, "", bytes(mail))  # type: ignore[call-overload]

    @contextlib.contextmanager
    def opened(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.servers.imap) as box:
            box.login(self.name, PASSWORD)
            yield box

    def lying(self, folder: str = "INBOX") -> list[str]:
        """The flags of each mail in that folder."""
        with self.opened() as box:
            if box.select(f'"{folder}"', readonly=True)[0] != "OK":
                return []
            found = box.search(None, "ALL")[1][0].split()
            return [box.fetch(number.decode(), "(FLAGS)")[1][0].decode() for number in found]  # type: ignore[union-attr]


@contextlib.asynccontextmanager
async def reading(office: Office) -> AsyncIterator[None]:
    """The desk reads its mailbox."""
    task = asyncio.create_task(office.intake.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def words(office: Office) -> list[str]:
    """What was said to the desk, without subjects."""
    return [event.what.text.rpartition("\n")[2] for event in office.heard if isinstance(event.what, Said)]


async def told(office: Office, *texts: str) -> None:
    """The desk has heard just that."""
    try:
        await eventually(lambda: words(office) == list(texts), f"{texts}")
    except AssertionError:
        raise AssertionError(f"not {texts}, but {words(office)}") from None


# -------------------------------------------------------------------------------------------------------------------- IMAP
async def test_what_lies_there_and_what_comes_while_we_wait_is_heard_and_moved(servers: MailServers) -> None:
    post = Post(servers)
    post.put(a_mail("One."))
    post.put(a_mail("Read by a colleague.", name="<2@example.org>"), flags="\\Seen")
    office = post.office()
    async with reading(office):
        await told(office, "One.", "Read by a colleague.")
        post.send(a_mail("While we waited.", name="<3@example.org>", to=post.address))
        await told(office, "One.", "Read by a colleague.", "While we waited.")
        await eventually(lambda: post.lying() == [], "an empty inbox")
    assert ["\\Seen" in flags for flags in post.lying(PROCESSED)] == [False, True, False], "nothing is marked as read that nobody read"


async def test_a_server_that_goes_away_while_we_wait_is_found_again(frail: MailServers) -> None:
    post = Post(frail)
    office = post.office()
    async with reading(office):
        post.put(a_mail("Before."))
        await told(office, "Before.")
        frail.stop("dovecot")
        frail.start("dovecot")
        post.put(a_mail("After.", name="<2@example.org>"))
        await told(office, "Before.", "After.")


async def test_a_mailbox_that_refuses_us_or_is_away_says_the_setting_and_the_cure_until_it_lets_us_in(servers: MailServers) -> None:
    post = Post(servers)
    office = post.office()
    assert office.config.imap is not None
    office.config = replace(office.config, imap=replace(office.config.imap, password="old"))
    office.intake._config = office.config
    async with reading(office):
        await eventually(lambda: office.intake.trouble(), "trouble")
        assert office.intake.trouble() == f"IMAP_URL: 127.0.0.1:{servers.imap} refuses the user or password; set those that the server knows"
        assert office.intake.numbers()["email_mailbox_up"] == 0
        mailbox = office.intake._ways[0]
        assert isinstance(mailbox, Mailbox)
        mailbox._server = replace(mailbox._server, password=PASSWORD)
        await eventually(lambda: not office.intake.trouble(), "no trouble any more")
        assert office.intake.numbers()["email_mailbox_up"] == 1
    nobody = post.office(free_port())
    async with reading(nobody):
        await eventually(lambda: nobody.intake.trouble(), "trouble")
    assert "IMAP_URL: the mailbox at 127.0.0.1:" in nobody.intake.trouble()
    assert "cannot be opened" in nobody.intake.trouble()


async def test_while_the_database_is_away_mail_stays_where_it_is_and_is_heard_in_order_afterwards(servers: MailServers) -> None:
    post = Post(servers)
    for n in range(3):
        post.put(a_mail(f"{n}.", name=f"<{n}@example.org>"))
    office = post.office()
    office.faults = [StoreError("away")] * 3
    async with reading(office):
        await told(office, "0.", "1.", "2.")
    assert office.faults == []


async def test_a_mail_that_was_committed_and_not_yet_moved_when_we_ended_is_heard_once(servers: MailServers) -> None:
    post = Post(servers)
    post.put(a_mail("Once."))
    office, committed = post.office(), asyncio.Event()

    async def committed_and_no_more(raw: bytes, envelope: object) -> None:
        await office.intake.ingest(raw, envelope)  # type: ignore[arg-type]
        committed.set()
        await asyncio.Event().wait()

    dying = asyncio.create_task(Mailbox(office.config, committed_and_no_more).run())
    await committed.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert len(post.lying()) == 1
    async with reading(office):
        await eventually(lambda: post.lying() == [], "moved at last")
    assert words(office) == ["Once."]
    assert len(post.lying(PROCESSED)) == 1


async def test_a_mailbox_that_was_made_anew_begins_its_numbers_anew_and_nothing_is_taken_for_known(servers: MailServers) -> None:
    post = Post(servers, folder="Desk")
    office = post.office()
    for text in ("Of the first.", "Of the second."):
        with post.opened() as box:
            box.create("Desk")
        post.put(a_mail(text, name=f"<{len(text)}@example.org>"), folder="Desk")
        async with reading(office):
            await eventually(lambda: post.lying("Desk") == [], "moved")
        with post.opened() as box:
            box.delete("Desk")
    assert words(office) == ["Of the first.", "Of the second."]


async def test_a_line_that_breaks_in_the_middle_of_a_mail_loses_nothing(servers: MailServers) -> None:
    post = Post(servers)
    post.put(a_mail("x" * 50_000))
    async with _cutting(servers.imap, after=20_000) as port:
        office = post.office(port)
        async with reading(office):
            await eventually(lambda: words(office) == ["x" * 50_000], "the whole mail")
            await eventually(lambda: post.lying() == [], "moved")


@contextlib.asynccontextmanager
async def _cutting(to: int, after: int) -> AsyncIterator[int]:
    """A way to that port whose first connection breaks after so many bytes from there."""
    cuts = iter([after])

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = next(cuts, 10**9)
        there, back = await asyncio.open_connection("127.0.0.1", to)

        async def outwards() -> None:
            while content := await reader.read(4096):
                back.write(content)

        going = asyncio.create_task(outwards())
        while left > 0 and (content := await there.read(min(4096, left))):
            left -= len(content)
            writer.write(content)
        going.cancel()
        for one in (writer, back):
            one.transport.abort()

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_poison_neither_stops_the_mails_behind_it_nor_is_fetched_again(servers: MailServers) -> None:
    post = Post(servers)
    for name in ("parts-far-too-deep", "from-missing", "headers-endless"):
        post.put(recorded(name))
    post.put(a_mail("A person."))
    office = post.office()
    async with reading(office):
        await eventually(lambda: words(office)[-1:] == ["A person."], "the mail behind them")
        await eventually(lambda: post.lying() == [], "nothing left to fetch")
    assert office.intake.counts["received"] == 4
    assert office.intake.counts["unreadable"] == 3


async def test_of_a_mail_that_is_too_large_only_the_beginning_is_fetched_and_the_mail_is_kept_apart(
    servers: MailServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "MAX_RAW", 30_000)
    monkeypatch.setattr(imap, "HEAD_BYTES", 10_000)
    post = Post(servers)
    post.put(a_mail("It begins.\n" + "x\n" * 20_000))
    office = post.office()
    async with reading(office):
        await eventually(lambda: len(post.lying(TOO_BIG)) == 1, "kept apart")
    [said] = [event.what for event in office.heard if isinstance(event.what, Said)]
    assert "It begins." in said.text
    assert "too large" in said.text


@pytest.mark.parametrize("lacks", [("MOVE",), ("MOVE", "UIDPLUS"), ("IDLE",)])
async def test_a_server_that_can_less_is_enough_and_what_others_marked_as_deleted_stays(
    servers: MailServers, monkeypatch: pytest.MonkeyPatch, lacks: tuple[str, ...]
) -> None:
    connect = imap.connect

    def lesser(server: Server, token: str = "") -> imap.BaseMailBox:
        box = connect(server, token)
        box.client.capabilities = tuple(one for one in box.client.capabilities if one not in lacks)
        return box

    monkeypatch.setattr(imap, "connect", lesser)
    monkeypatch.setattr(imap, "UNTOLD_S", 0.05)
    post = Post(servers)
    post.put(a_mail("A colleague's, marked as deleted."), flags="\\Deleted")
    post.put(a_mail("One.", name="<2@example.org>"))
    office = post.office()
    async with reading(office):
        await told(office, "One.")
        post.put(a_mail("Two.", name="<3@example.org>"))
        await told(office, "One.", "Two.")
        await eventually(lambda: len(post.lying(PROCESSED)) == 2, "moved")
    assert len([flags for flags in post.lying() if "\\Deleted" in flags]) == (3 if "UIDPLUS" in lacks else 1)


async def test_a_mail_for_which_there_is_no_way_is_not_tried_for_ever(servers: MailServers) -> None:
    post = Post(servers)
    post.put(a_mail("Cursed."))
    post.put(a_mail("Fine.", name="<2@example.org>"))
    office, tried = post.office(), 0

    async def broken(raw: bytes, envelope: object) -> None:
        nonlocal tried
        if b"Cursed." in raw:
            tried += 1
            raise ValueError("a fault of ours")
        await office.intake.ingest(raw, envelope)  # type: ignore[arg-type]

    task = asyncio.create_task(Mailbox(office.config, broken).run())
    await told(office, "Fine.")
    await eventually(lambda: tried == imap.TRIES, "tried so often")
    post.put(a_mail("The next.", name="<3@example.org>"))
    await told(office, "Fine.", "The next.")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert tried == imap.TRIES
    assert len(post.lying()) == 1, "it waits for somebody to look"


async def test_a_mail_that_cannot_be_moved_is_not_fetched_for_ever(servers: MailServers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "PROCESSED", "Done")
    post = Post(servers)
    office = post.office()
    async with reading(office):
        post.put(a_mail("One."))
        await told(office, "One.")
        await eventually(lambda: len(post.lying("Done")) == 1, "moved")
        with post.opened() as box:
            box.delete("Done")
        post.put(a_mail("Two.", name="<2@example.org>"))
        await told(office, "One.", "Two.")
        await eventually(lambda: office.intake.counts["received"] == 1 + imap.TRIES, "tried so often")
        post.put(a_mail("Three.", name="<3@example.org>"))
        await told(office, "One.", "Two.", "Three.")
        await eventually(lambda: office.intake.counts["received"] == 1 + 2 * imap.TRIES, "tried so often")
    assert office.intake.counts["received"] == 1 + 2 * imap.TRIES


async def test_who_stops_stops_at_once_and_leaves_no_thread_behind(servers: MailServers) -> None:
    post = Post(servers)
    office = post.office()
    async with reading(office):
        post.put(a_mail("Here."))
        await told(office, "Here.")
    await eventually(lambda: not [one for one in threading.enumerate() if one.name.startswith("mailbox")], "its thread is gone")


# -------------------------------------------------------------------------------------------------------------------- LMTP
def at_exim(servers: MailServers) -> Office:
    """The desk to which Exim hands over what is for bot.test."""
    return Office("support@bot.test", authserv_id="mx.example.test", lmtp=("127.0.0.1", servers.bot_lmtp))


def post_to_desk(servers: MailServers, text: str, name: str) -> None:
    servers.send(a_mail(text, name=name, to="support@bot.test"), "ana@example.org", "support@bot.test")


async def test_exim_keeps_what_we_cannot_take_now_and_hands_it_over_later(frail: MailServers) -> None:
    office = at_exim(frail)
    post_to_desk(frail, "While nobody listened.", "<1@example.org>")
    async with reading(office):
        await told(office, "While nobody listened.")
        office.faults = [StoreError("away")] * 2
        post_to_desk(frail, "While the database was away.", "<2@example.org>")
        await told(office, "While nobody listened.", "While the database was away.")
    assert office.faults == []
    assert all(not said.unverified for said in (event.what for event in office.heard) if isinstance(said, Said)), "Exim vouches for the sender"


class Client:
    """A mail server that speaks LMTP by hand."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.lines = self.socket.makefile("rb")

    def line(self) -> str:
        return self.lines.readline().decode().rstrip()

    def says(self, *commands: str) -> list[str]:
        """Each command with the last line of its answer."""
        found = []
        for command in commands:
            self.socket.sendall(command.encode() + b"\r\n")
            found.append(self.line())
            while found[-1][3:4] == "-":
                found[-1] = self.line()
        return found

    def begins(self, *recipients: str) -> None:
        """As far as the content."""
        self.says("LHLO mx.example.test", "MAIL FROM:<ana@example.org>", *(f"RCPT TO:<{one}>" for one in recipients))
        assert self.says("DATA")[0].startswith("354")

    def content(self, mail: bytes) -> None:
        self.socket.sendall(mail.replace(b"\n", b"\r\n") + b"\r\n.\r\n")


@contextlib.asynccontextmanager
async def listening(office: Office) -> AsyncIterator[int]:
    """The desk listens at a port of its own."""
    lmtp = Lmtp(("127.0.0.1", 0), office.intake.ingest)
    task = asyncio.create_task(lmtp.run())
    await eventually(lambda: lmtp.is_up, "it listens")
    try:
        yield lmtp.port
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_every_recipient_has_an_answer_of_its_own_and_the_mail_is_one(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with listening(office) as port:
        client = await asyncio.to_thread(Client, port)
        await asyncio.to_thread(client.line)
        await asyncio.to_thread(client.begins, "support@bot.test", "help@bot.test")
        client.content(bytes(a_mail("Once.")))
        answers = [await asyncio.to_thread(client.line) for _ in range(2)]
    assert [answer[:3] for answer in answers] == ["250", "250"]
    assert words(office) == ["Once."]
    assert "ana@" not in caplog.text
    assert "Once." not in caplog.text


async def test_while_the_database_is_away_every_recipient_is_told_to_come_again(office: Office) -> None:
    office.faults = [StoreError("away")]
    async with listening(office) as port:
        client = await asyncio.to_thread(Client, port)
        await asyncio.to_thread(client.line)
        await asyncio.to_thread(client.begins, "support@bot.test", "help@bot.test")
        client.content(bytes(a_mail("Later.")))
        answers = [await asyncio.to_thread(client.line) for _ in range(2)]
    assert [answer[:3] for answer in answers] == ["451", "451"]
    assert office.heard == []


async def test_a_mail_whose_answer_was_lost_is_heard_once(office: Office) -> None:
    async with listening(office) as port:
        client = await asyncio.to_thread(Client, port)
        await asyncio.to_thread(client.line)
        await asyncio.to_thread(client.begins, "support@bot.test")
        client.content(bytes(a_mail("Once.")))
        await told(office, "Once.")
        client.socket.close()
        again = await asyncio.to_thread(Client, port)
        await asyncio.to_thread(again.line)
        await asyncio.to_thread(again.begins, "support@bot.test")
        again.content(bytes(a_mail("Once.")))
        assert (await asyncio.to_thread(again.line)).startswith("250")
    assert words(office) == ["Once."]


async def test_a_mail_in_one_long_line_is_taken_and_one_that_is_too_large_refused_for_good(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.email.lmtp.MAX_RAW", 400_000)
    async with listening(office) as port:
        client = await asyncio.to_thread(Client, port)
        await asyncio.to_thread(client.line)
        await asyncio.to_thread(client.begins, "support@bot.test")
        client.content(b"From: ana@example.org\n\n" + b"x" * 90_000)
        assert (await asyncio.to_thread(client.line)).startswith("250")
        await asyncio.to_thread(client.begins, "support@bot.test", "help@bot.test")
        client.content(b"From: ana@example.org\n\n" + b"x\n" * 300_000)
        assert [(await asyncio.to_thread(client.line))[:3] for _ in range(2)] == ["552", "552"]
    assert words(office) == ["x" * 90_000]


async def test_more_connections_than_there_is_room_for_are_told_to_come_again(office: Office) -> None:
    async with listening(office) as port:
        clients = [await asyncio.to_thread(Client, port) for _ in range(CONNECTIONS)]
        for client in clients:
            await asyncio.to_thread(client.line)
        one_more = await asyncio.to_thread(Client, port)
        assert (await asyncio.to_thread(one_more.line)).startswith("421")
        clients[0].socket.close()
        clients[0].lines.close()

        async def let_in() -> bool:
            client = await asyncio.to_thread(Client, port)
            return (await asyncio.to_thread(client.line)).startswith("220")

        await eventually(let_in, "room again")


@pytest.fixture
def office() -> Office:
    return Office("support@bot.test")
