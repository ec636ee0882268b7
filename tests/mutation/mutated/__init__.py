"""Mutation testing: what mutants there are, and what tests notice of them."""
