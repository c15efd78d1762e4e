from tests.ui.conftest import walked

from leadline.report.drawing import TIP, blank, style
from leadline.ui.figures import side_by_side


def test_each_part_of_each_turn_has_a_line_with_its_interval(record):
    walked(record)
    one, other = record.turns(1)
    with style():
        axes = blank(400, 300).subplots()
        side_by_side({"1.1": one, "1.2": other}, axes)
        names = [text.get_text() for text in axes.get_yticklabels()]
    assert names == ["train, 1.1", "train, 1.2", "cv, 1.1", "cv, 1.2", "baseline, 1.1", "baseline, 1.2"]
    tips = [patch.get_gid() for patch in axes.patches]
    assert f"{TIP}cv, 1.2: 0.4 [0.36, 0.44]" in tips
    assert axes.get_xlim()[0] == 0
    assert axes.get_xlim()[1] > 0.55
