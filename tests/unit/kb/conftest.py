"""The sentence encoders, loaded once: what needs them is skipped, with the reason, where they are not installed."""
from __future__ import annotations

import pytest

from kb.encoders import Encoders, open_encoders


@pytest.fixture(scope="session")
def encoders() -> Encoders:
    """The multilingual encoder and the English one."""
    found = open_encoders()
    if found is None or found.english is None:
        pytest.skip("the sentence encoders are not installed: `make install`")
    return found
