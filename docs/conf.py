"""How the site is built: make docs."""

import leadline

project = "leadline"
author = "the leadline authors"
version = release = leadline.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "leadline"
html_static_path = ["_static"]
html_css_files = ["site.css"]

# Pages with cells are run when the site is built, and a cell that fails fails the build.
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

# Docstrings are in Google's form; what stands between single backticks is code.
default_role = "code"
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
napoleon_custom_sections = ["Source"]
autodoc_default_options = {"members": True, "imported-members": True, "show-inheritance": True, "no-value": True}
autodoc_inherit_docstrings = False  # what every layer has is said once, at Layer
autodoc_member_order = "bysource"
autodoc_typehints = "none"
toc_object_entries_show_parents = "hide"
