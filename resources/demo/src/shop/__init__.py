"""A shop, small enough to read in five minutes."""
