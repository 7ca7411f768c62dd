"""One person on several channels: addresses, notices, what they prefer, their home page."""
