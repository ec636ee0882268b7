"""How the pages of this folder become a site: make docs."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import graphgrad as gg

project = "graphgrad"
project_copyright = "the graphgrad developers"
author = "The graphgrad developers"
version = release = gg.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "_site"]
root_doc = "index"
exclude_patterns = ["_site", "images", "live"]

# Pages are plain Markdown, readable where the code is hosted: what only the site has
# (order, reference, live pages) is added by _site.
myst_enable_extensions = ["smartquotes"]
myst_heading_anchors = 3

# Words in single backquotes are code, in docstrings as in the pages.
default_role = "code"
add_module_names = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
python_display_short_literal_types = True
nitpicky = True
smartquotes = False
pygments_style = "a11y-light"
pygments_dark_style = "a11y-dark"

html_theme = "furo"
html_title = "graphgrad"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}
