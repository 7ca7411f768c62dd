"""What a ticket is, and the problems and changes behind it."""
