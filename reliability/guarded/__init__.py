"""The guards of the lines on files, tables, training and numbers, each with the test that fails without it.

A guard is one place. Where several stand behind each other, each is taken away alone, and its test must see that it is missing.
"""

from guarded import files, numerics, resume, tables, training

__all__ = ["GUARDS"]

GUARDS = {
    "Files": files.GUARDS,
    "Tables": tables.GUARDS,
    "Training": training.GUARDS,
    "Resume": resume.GUARDS,
    "Numerics": numerics.GUARDS,
}
"""The guards by what they are around."""
