"""People who write lines over TCP: a small channel of another package, to begin one's own from."""
