"""Sites: where in a graph something went wrong, as errors and warnings tell it."""

from graphgrad._site import Site as Site
from graphgrad._site import Stand as Stand
from graphgrad._site import behind as behind
from graphgrad._site import grafted as grafted
from graphgrad._site import in_words as in_words
from graphgrad._site import input_node as input_node
from graphgrad._site import site_of as site_of
from graphgrad._site_notes import kind_of as kind_of
from graphgrad._site_notes import note_function as note_function
from graphgrad._site_notes import told_by as told_by

__all__ = [
    "Site",
    "Stand",
    "behind",
    "grafted",
    "in_words",
    "input_node",
    "kind_of",
    "note_function",
    "site_of",
    "told_by",
]
