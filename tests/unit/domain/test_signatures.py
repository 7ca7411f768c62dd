"""Signatures are those of Standard Webhooks; secrets are made of our key, and of nothing that is stored alone."""

from datetime import UTC, datetime

from bot.domain.webhooks import secret_of, signature


def test_a_signature_is_that_of_the_standard_s_own_example() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    made = signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_another_key_name_or_seed_makes_another_secret() -> None:
    made = {secret_of(*values) for values in ((b"k", "crm", "s"), (b"l", "crm", "s"), (b"k", "erp", "s"), (b"k", "crm", "t"))}
    assert len(made) == 4
