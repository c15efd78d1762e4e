"""Training as one compiled program: for one network (`loop`) or a population of them (`sweep`)."""
