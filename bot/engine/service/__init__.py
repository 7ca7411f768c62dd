"""What time and people owe a ticket: promised times, reminders, whose turn it is, who is here."""
