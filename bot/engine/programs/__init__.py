"""Other programs: their keys, and what they are told."""
