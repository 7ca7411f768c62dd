"""What the FAQ answers with, and what it learns from."""
