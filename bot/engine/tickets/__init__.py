"""A ticket among agents: its moves, its card, its thread, and all that agents do with it."""
