"""Contacts that are no messages: calls, those that a telephone tells of and those that an agent logs."""
