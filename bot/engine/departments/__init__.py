"""Several departments behind one bot: for which of them something is, asked where nothing else tells, and handed on without losing a word."""
