"""Functions that take any bytes, and end in a result or in an error of graphgrad's.

`test_fuzz.py` changes good inputs a little; ``python -m fuzzed`` searches, guided by
what code an input reaches.
"""
