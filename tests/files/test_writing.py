import zipfile

import pytest

from leadline.files.writing import write
from leadline.layers import Dense, Input
from leadline.models import Sequential


@pytest.mark.parametrize(
    ("name", "member"), [("m.keras", "model.weights.h5"), ("m.leadline", "weights/0/kernel.npy"), ("m", "config.json")]
)
def test_the_name_asks_for_the_format(tmp_path, name, member):
    write(Sequential([Input((2,)), Dense(1)]).saved(), tmp_path / name)
    with zipfile.ZipFile(tmp_path / name) as file:
        assert member in file.namelist()
