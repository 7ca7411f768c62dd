"""Writing the FAQ: drafts and their review, imports, gaps, rehearsals."""
