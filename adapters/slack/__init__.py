"""Slack: direct messages, mentions, help channels, /support, shortcuts, App Home, ticket cards with a thread each."""
