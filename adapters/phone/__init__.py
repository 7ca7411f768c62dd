"""Phone: calls and text messages by webhooks as Twilio's."""
