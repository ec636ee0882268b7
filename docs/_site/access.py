"""What screen readers and keyboards need, and the theme leaves out."""

from __future__ import annotations

from typing import Any

# The sidebar's headings have no level; what scrolls cannot be reached by keys.
MENDED = {
    "furo_navigation_tree": ('role="heading"', 'role="heading" aria-level="2"'),
    "body": ("<pre>", '<pre tabindex="0">'),
}


def mend(*told: Any) -> None:
    """Put in what is missing, after the theme has made its parts."""
    context: dict[str, Any] = told[3]
    for part, (before, after) in MENDED.items():
        if part in context:
            context[part] = context[part].replace(before, after)


def setup(app: Any) -> None:
    """Mend each page before it is written."""
    app.connect("html-page-context", mend, priority=900)
