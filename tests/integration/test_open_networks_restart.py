"""`firstline run` on Matrix and XMPP at once, killed in between: whoever wrote meanwhile is answered, once, and whom nothing reached knows."""

from __future__ import annotations

from pathlib import Path

from tests.clouds import matrix_people, xmpp_people
from tests.integration.processes import installed, marker, question
from tests.journeys.doors import eventually
from tests.servers import homeserver, xmpp_server
from tests.servers.prosody import SECRET, desk
from tests.servers.synapse import register


async def test_who_wrote_while_it_was_killed_is_answered_once_and_a_secret_that_is_refused_is_named(tmp_path: Path) -> None:
    matrix, xmpp, component = homeserver(), xmpp_server(), desk()
    account = await register(matrix, matrix_people.unused("support"))
    env = {
        "MATRIX_HOMESERVER": matrix, "MATRIX_USER": account["user_id"], "MATRIX_TOKEN": account["access_token"],
        "XMPP_COMPONENT": component, "XMPP_SECRET": SECRET, "XMPP_PORT": xmpp.rpartition(":")[2],
    }  # fmt: skip
    async with (
        installed(tmp_path, env) as product,
        matrix_people.people(matrix, account["user_id"], "ana", "bea") as (ana, bea),
        xmpp_people.people(xmpp, f"support@{component}", 1) as [cai],
    ):

        async def answered(who: matrix_people.Person | xmpp_people.Person, n: int) -> None:
            async def look() -> bool:
                return any(marker(n) in shown for shown in await who.seen())

            await eventually(look, marker(n), within_s=30)

        await product.start()
        await ana.says(question(0))
        await cai.says(question(0))
        await answered(ana, 0)
        await answered(cai, 0)

        await product.kill()
        await ana.says(question(1))
        await bea.says(question(2))  # whose invitation nobody has seen yet
        await cai.says(question(1))
        await eventually(lambda: cai.errors() == ["remote-server-timeout"], "their server says that we are away")
        await product.start()
        await cai.says(question(2))
        for who, n in ((ana, 1), (bea, 2), (cai, 2)):
            await answered(who, n)
        await product.drained()

        for who, expected in ((ana, [0, 1]), (bea, [2]), (cai, [0, 2])):
            shown = "\n".join(await who.seen())
            assert [n for n in range(5) for _ in range(shown.count(marker(n)))] == expected
        assert await product.stop() == 0

        # ---- and with secrets that nobody knows
        wrong = "wrong-but-still-a-secret"
        product.env.update(MATRIX_TOKEN=wrong, XMPP_SECRET=wrong)
        ended = await product.command("doctor")
    assert ended.code != 0
    assert "Matrix refuses MATRIX_TOKEN" in ended.out
    assert "the XMPP server refuses XMPP_SECRET" in ended.out
    assert wrong not in ended.out + ended.err
