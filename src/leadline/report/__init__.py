"""Evidence as text. Nothing here computes a result."""
