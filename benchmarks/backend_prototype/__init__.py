"""A prototype of a second backend: it emits C from a graph, to measure what one gains.

``make backend`` measures it and writes the tables of docs/backends.md. Nothing of this
is installed, and it has C for no more primitives than the measured trainings need.
"""
