"""How the site is built: make docs."""

from collections.abc import Mapping
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx

import leadline

project = "leadline"
author = "the leadline authors"
version = release = leadline.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "leadline"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["site.css"]

# Pages with cells are run when the site is built, and a cell that fails fails the build.
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True  # what a cell prints stands in one block
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

# Docstrings are in Google's form; what stands between single backticks is code.
default_role = "code"
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
napoleon_custom_sections = ["Source"]
autodoc_default_options = {"members": True, "imported-members": True, "show-inheritance": True}
autodoc_inherit_docstrings = False  # what every layer has is said once, at Layer
autodoc_member_order = "bysource"
autodoc_typehints = "none"
toc_object_entries_show_parents = "hide"


def formula(writer: Any, node: nodes.Element) -> None:
    """Writes a formula as MathML, which browsers draw themselves: no script, no network."""
    is_block = isinstance(node, nodes.math_block)
    written = tex2mathml(node.astext(), as_block=is_block)
    writer.body.append(f"<div class='math'>{written}</div>" if is_block else written)
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Leaves out the mappings from names to classes: their entries stand on the page anyway."""
    app.connect("autodoc-skip-member", lambda *asked: isinstance(asked[3], Mapping) or None)
    app.add_html_math_renderer("mathml", (formula, None), (formula, None))
