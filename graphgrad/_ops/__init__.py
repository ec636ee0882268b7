"""The primitives, a file per family; each is declared once, with all its rules."""

from graphgrad._ops import _arithmetic as _arithmetic
from graphgrad._ops import _bends as _bends
from graphgrad._ops import _choice as _choice
from graphgrad._ops import _exponential as _exponential
from graphgrad._ops import _indexing as _indexing
from graphgrad._ops import _joining as _joining
from graphgrad._ops import _layout as _layout
from graphgrad._ops import _linalg as _linalg
from graphgrad._ops import _long as _long
from graphgrad._ops import _movement as _movement
from graphgrad._ops import _packing as _packing
from graphgrad._ops import _question as _question
from graphgrad._ops import _random as _random
from graphgrad._ops import _reduction as _reduction
from graphgrad._ops import _scan as _scan
from graphgrad._ops import _sigmoids as _sigmoids
from graphgrad._ops import _structure as _structure
from graphgrad._ops import _taking as _taking
from graphgrad._ops import _trigonometric as _trigonometric
