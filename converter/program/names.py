"""Names of a model, made fit for source code in any of our languages."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

WORDS: Final = {
    "C and C++": """
    alignas alignof and and_eq asm atomic_cancel atomic_commit atomic_noexcept auto bitand bitor
    bool break case catch char char16_t char32_t char8_t class co_await co_return co_yield compl
    concept const const_cast consteval constexpr constinit continue decltype default delete do
    double dynamic_cast else enum explicit export extern false final float for friend goto if
    import inline int long module mutable namespace new noexcept not not_eq nullptr operator or
    or_eq override private protected public reflexpr register reinterpret_cast requires restrict
    return short signed sizeof static static_assert static_cast struct switch synchronized
    template this thread_local throw true try typedef typeid typename typeof union unsigned using
    virtual void volatile wchar_t while xor xor_eq
    """,
    "headers and compilers": """
    abort abs acos asin assert atan boolean calloc ceil complex cos cosh erf erfc errno exit exp
    exp2 expm1 fabs far fdim floor fma fmax fmin fmod free frexp gamma hypot i386 imaginary int32_t
    int64_t isfinite isinf isnan j0 j1 jn ldexp lgamma linux log log10 log1p log2 main malloc max
    memcpy memset min modf near noreturn offsetof pow printf puts remainder rint round signbit sin
    sinh size_t small sqrt stderr stdin stdout std strcmp tan tanh tgamma trunc uint32_t uint64_t
    uint8_t unix y0 y1 yn
    """,
    "C#": """
    abstract as base byte checked decimal delegate event fixed foreach implicit in interface
    internal is lock nameof namespace null object out params readonly ref sbyte sealed stackalloc
    string system uint ulong unchecked unsafe ushort value var dynamic
    """,
    "Python": """
    async await def del elif except from global lambda match nonlocal np numpy pass raise type with
    yield self len range list dict tuple math struct sys print none map zip sum open bytes str
    """,
    "JavaScript": """
    arguments array debugger eval extends finally function get infinity instanceof let nan of set
    super undefined window document process globalthis package implements
    """,
    "printers": """
    batch block checksum check code data detail expf expm1f erff fabsf index load log1pf logf
    memcmp predict predict_batch predict_rows program rintf row rows scratch selftest size sqrtf
    tables tanhf truncf weights work workspace
    """,
}
"""Words that mean something, by who gives them their meaning."""

RESERVED: Final = frozenset(word for words in WORDS.values() for word in words.split())
"""What no name may be, in lower case."""

TAKEN: Final = ("kx_", "scratch_")
"""How no name begins: printers' own names, and those of scratch buffers."""

LONGEST: Final = 48


class Names:
    """Gives out identifiers: ASCII, lower case, each once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def unique(self, text: str, default: str = "value") -> str:
        """Return an identifier that reads like the text and was not given out before."""
        stem = identifier(text, default)
        name, count = stem, 2
        while name in self._taken:
            name, count = f"{stem}_{count}", count + 1
        self._taken.add(name)
        return name


def identifier(text: str, default: str = "value") -> str:
    """Return the text as an identifier that is no keyword anywhere.

    A name never begins like those of ``TAKEN``, ends with or holds two underscores in a row, which
    C++ keeps for itself.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:LONGEST].strip("_") or default
    return f"{default}_{name}" if _is_reserved(name) else name


def _is_reserved(name: str) -> bool:
    return name[0].isdigit() or name in RESERVED or name.startswith(TAKEN)
