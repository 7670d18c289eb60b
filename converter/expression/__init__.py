"""What a user writes in the place of code that is not run: ``x / 127.5 - 1``.

Python's grammar makes a tree of it, and a list of functions gives the tree a meaning: nothing of it
is compiled or run, and every refusal names the column.
"""
