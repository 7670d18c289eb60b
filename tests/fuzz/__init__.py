"""Fuzzing: files that nearly make sense, and a rule that every reader must keep with each of them.

    PYTHONPATH=tests python -m fuzz --seconds 600           all targets in turn, by mutation alone
    PYTHONPATH=tests python -m fuzz config --seconds 600    one target
    PYTHONPATH=tests python -m fuzz json --atheris          guided by coverage (pip install atheris)

The rule: a reader returns, or raises a ``KeronyxError`` of one printable line; nothing else, no
warning, no more than ``SECONDS`` of processor time and ``MEMORY`` bytes. A sample that broke it
is written to a folder; once mended, it belongs in ``findings``, which ``test_fuzz`` replays.
"""
