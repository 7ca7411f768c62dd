"""What every channel promises, as tests: for ours, and for those of other packages. Needs pytest; the product itself never imports it."""

import pytest

pytest.register_assert_rewrite("adapters.contract.suite")
