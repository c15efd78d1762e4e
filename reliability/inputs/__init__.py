"""The bad inputs, in groups, each as a few lines of code that a user would write."""

from inputs import arrays, networks, settings, tables

__all__ = ["GROUPS"]

GROUPS = {
    "Arrays, targets and weights": arrays.BAD,
    "Settings of a training": settings.BAD,
    "Networks, and what they are asked": networks.BAD,
    "Tables and files": tables.BAD,
}
"""What the groups are called, and the bad inputs of each."""
