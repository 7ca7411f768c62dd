"""Many who report the same."""
