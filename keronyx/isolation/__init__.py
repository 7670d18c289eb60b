"""Files are read in a process of their own, which may do little and can be stopped.

``process`` is the command line's way: it forks. ``remote`` is Python's: another interpreter, which
may be asked from any thread, and of which on Linux a ``nursery`` stays ready. In both,
``supervisor`` watches from outside and ``child`` stands inside: it sets the limits of ``limits``
and what ``landlock`` forbids before a file is opened.
"""
