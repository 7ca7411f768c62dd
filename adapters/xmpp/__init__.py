"""XMPP, as a component of a server."""
