import pytest

from leadline.develop.shown import Shown


class Face:
    def html(self, shown, title, command):
        return f"<p>{title}|{command}</p>"

    def figure(self, shown):
        return shown


@pytest.fixture
def shown(monkeypatch):
    monkeypatch.setattr(Shown, "face", Face())
    return Shown()


def test_it_is_drawn_by_its_face(shown, tmp_path):
    shown.save(tmp_path / "a.html", title="λ", command="typed")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == "<p>λ|typed</p>"
    assert shown.plot() is shown


def test_in_a_notebook_the_page_is_an_attribute_and_nothing_else(shown):
    assert 'srcdoc="&lt;p&gt;|&lt;/p&gt;"' in shown._repr_html_()
