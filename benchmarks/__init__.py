"""The benchmarks: graphgrad beside its peers, in one run on one machine.

``make bench`` runs them and writes docs/benchmarks.md. Nothing of this is installed.
"""
