"""What documents say, cut into passages, and the passages found again."""
