"""What others may add."""
