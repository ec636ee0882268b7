"""A stand-in for autograd, on graphgrad: what its own tests need, and no more.

The modules take autograd's names when `stand_in.plugin` is given to pytest. What
graphgrad has goes to graphgrad; where a tensor meets a function that it does not have,
`AbsentError` says which, and the test is skipped with that as its reason.
"""
