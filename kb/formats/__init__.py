"""The forms a knowledge base is written in: each reads a text into pieces, and most write entries back."""
