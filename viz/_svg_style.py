"""How pictures of our own look in SVG: letters, and the colours of dark pages."""

from __future__ import annotations

from graphgrad.viz._shade import STEPS
from graphgrad.viz._style import GREY, INK, LINKS, PHASES

__all__ = ["FONTS", "NODE", "PAPER", "ROW_EDGE", "ROW_FILL", "TEXTS", "style"]

FONTS = "Helvetica, Arial, 'Liberation Sans', sans-serif"

# Both are white. They are written differently, for on a dark page they differ.
PAPER, NODE = "#FFF", "#FFFFFF"
ROW_EDGE, ROW_FILL = "#C4C9D1", "#FBFBFC"

# The colours of phases, as dark as small letters need them.
TEXTS = {
    "forward": "#00639B",
    "loss": "#982D6A",
    "backward": "#A34800",
    "update": "#006E50",
}

# For each colour of a light page, that of a dark one.
_DARK = {
    PAPER: "#171B21",
    NODE: "#1B2027",
    INK: "#F1F3F6",
    GREY: "#A9B1BD",
    ROW_EDGE: "#3A424E",
    ROW_FILL: "#14181D",
    "#F4F5F6": "#1D222A",
    PHASES["forward"].color: "#3D9FDD",
    PHASES["loss"].color: "#D766A4",
    PHASES["backward"].color: "#EE7F33",
    PHASES["update"].color: "#27B88D",
    PHASES["forward"].tint: "#122230",
    PHASES["loss"].tint: "#2A1724",
    PHASES["backward"].tint: "#2C1D10",
    PHASES["update"].tint: "#0F2720",
    TEXTS["forward"]: "#6CC0F0",
    TEXTS["loss"]: "#EE9CCB",
    TEXTS["backward"]: "#FFA566",
    TEXTS["update"]: "#4FD3AA",
    str(LINKS["saved"].color): "#8A93A0",
    str(LINKS["constant"].color): "#5F6773",
}

# The shades of a profile, the darkest of which is the lightest on a dark page.
_SHADES = ("#1B2027", "#272D36", "#353C47", "#485160", "#5D6878")


def style() -> str:
    """Return the style sheet of a picture: what changes on a dark page.

    Colours are attributes of what has them, so that a picture is right without a style
    sheet too. The rules begin with the picture's class, for they hold in all of a page.
    """
    shades = zip((color for _, color, _ in STEPS), _SHADES, strict=True)
    dark = {**_DARK, **{light: other for light, other in shades if light not in _DARK}}
    rules = [
        f'.gg-lanes [{name}="{light}"]{{{name}:{other}}}'
        for light, other in dark.items()
        for name in ("fill", "stroke")
    ]
    return f"@media screen and (prefers-color-scheme:dark){{{''.join(rules)}}}"
