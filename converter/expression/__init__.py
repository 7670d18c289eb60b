"""What a user writes in the place of code that is not run: ``x / 127.5 - 1``.

A tokenizer and a parser of our own, and a list of functions: nothing of Python is executed, and
every refusal names the column.
"""
