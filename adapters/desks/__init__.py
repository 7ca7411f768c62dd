"""Other departments of this installation as a channel: what is handed to one is sent there, again and again until its database has it."""
