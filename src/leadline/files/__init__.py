"""Models as files: plain data and arrays, checked before use; nothing in a file is ever executed."""
