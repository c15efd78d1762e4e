"""What a test run writes, it writes into a folder of its own: compiled programs, and the settings of Keras."""

import os
import tempfile

FOLDER = tempfile.TemporaryDirectory(prefix="leadline-tests-")
for name, value in {"LEADLINE_CACHE": FOLDER.name, "KERAS_HOME": FOLDER.name, "KERAS_BACKEND": "jax"}.items():
    os.environ.setdefault(name, value)
