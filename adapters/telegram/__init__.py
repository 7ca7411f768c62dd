"""Telegram: private chats, groups, a topic per ticket in the team's forum."""
