"""Data on its way to a network: read, split before anything is fitted, prepared on the training rows alone, cut into batches."""
