"""What Slack's errors mean for us: pure.

Source: the error lists of each method on docs.slack.dev; those not named here are taken as "may help to try again".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, RateLimited, ThreadGone, Unauthorized

DEFAULT_WAIT_S, LONGEST_WAIT_S = 5.0, 3600.0

_TOKEN = {
    "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type",
    "no_permission", "ekm_access_denied", "org_login_required", "access_denied", "two_factor_setup_required", "app_not_installed",
}  # fmt: skip
_REASONS = {
    "gone": {"channel_not_found", "is_archived", "user_not_found", "users_not_found", "file_not_found", "file_deleted", "user_disabled", "not_found"},
    "blocked": {"messages_tab_disabled", "cannot_dm_bot", "user_not_visible", "restricted_action", "user_not_in_channel"},
    "forbidden": {"not_in_channel", "cant_update_message", "cant_delete_message", "edit_window_closed", "restricted_action_thread_only_channel",
                  "restricted_action_read_only_channel", "team_access_not_granted"},
    "too_large": {"msg_too_long", "msg_blocks_too_long", "file_uploads_disabled", "storage_limit_reached", "file_too_large"},
    "invalid": {"invalid_blocks", "invalid_blocks_format", "invalid_arguments", "no_text", "invalid_form_data", "invalid_json", "invalid_arg_name",
                "too_many_attachments", "invalid_metadata_format", "unknown_method", "invalid_name", "hash_conflict", "view_too_large",
                "expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "push_limit_reached", "duplicate_external_id"},
}  # fmt: skip
_MAYBE_DONE = {"internal_error", "fatal_error", "request_timeout"}  # Slack: "some aspect of the operation may have succeeded"
_THREAD = {"thread_not_found", "message_not_found", "cannot_reply_to_message", "invalid_thread_ts"}


class ScopeMissing(Unauthorized):
    """The token is good but may not do this. `scope`: what Slack says is needed."""

    def __init__(self, said: str, scope: str) -> None:
        super().__init__(f"{said}: add the scope {scope} and install the app again")
        self.scope = scope


def refusal(error: str, method: str, detail: str = "") -> DeliveryError:
    """Our error for Slack's. detail: what Slack added (a scope, a JSON pointer); it holds nobody's words."""
    said = f"Slack answered {error} to {method}" + (f" ({detail})" if detail else "")
    if error == "missing_scope":
        return ScopeMissing(said, detail)
    if error in _TOKEN:
        return Unauthorized(f"{said}: check SLACK_BOT_TOKEN and SLACK_APP_TOKEN")
    if error in _THREAD:
        return ThreadGone(said)
    if error in _MAYBE_DONE:
        return DeliveryUnknown(said)
    reason = next((reason for reason, known in _REASONS.items() if error in known), "")
    return DeliveryRefused(reason, said) if reason else DeliveryError(said)


def wait_of(headers: Mapping[str, str]) -> RateLimited:
    """How long a 429 asks to wait: seconds or a date; five seconds when it cannot be read, an hour at most."""
    asked = next((value.strip() for key, value in headers.items() if key.lower() == "retry-after"), "")
    try:
        seconds = float(asked)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, OverflowError):
            seconds = DEFAULT_WAIT_S
    if not math.isfinite(seconds) or seconds < 0:
        seconds = DEFAULT_WAIT_S
    return RateLimited(min(max(seconds, 1.0), LONGEST_WAIT_S))
