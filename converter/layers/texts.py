"""Texts: cut into words, and these looked up."""

from dataclasses import dataclass
from typing import ClassVar, Literal, final

from keronyx.converter.layers.preprocessing import Vocabulary
from keronyx.converter.layers.sizes import shown
from keronyx.converter.tensors import Shape

Standard = Literal["lower_and_strip_punctuation", "lower", "strip_punctuation"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class TextVectorization(Vocabulary):
    """Ids of the words of texts, or the slots that they fill.

    ``standardize`` makes the letters A to Z small ones, takes out the punctuation of ASCII, or does
    both. ``split`` "whitespace" cuts a text where ASCII has white space; without it, (batch, n) are
    the words. ``ngrams`` n gives every run of 1 to n words, a tuple those of its lengths, one
    length after the other, as words with a space between them.

    int: 0 for no word, 1 for one out of the vocabulary, then the vocabulary in order; as many a
    text as ``output_sequence_length`` says, or as the longest text has. In other modes the slots
    begin with that of words out of the vocabulary.
    """

    vocabulary: tuple[str, ...]
    standardize: Standard | None = "lower_and_strip_punctuation"
    split: Literal["whitespace"] | None = "whitespace"
    ngrams: int | tuple[int, ...] | None = None
    output_sequence_length: int | None = None
    mask_token: ClassVar[str] = ""
    oov_token: ClassVar[str] = "[UNK]"  # noqa: S105 -- a word of a vocabulary

    @property
    def lengths(self) -> tuple[int, ...]:
        """The lengths of runs of words that are looked up, in their order."""
        given = self.ngrams
        if given is None:
            return (1,)
        return tuple(range(1, given + 1)) if isinstance(given, int) else given

    @property
    def lowers(self) -> bool:
        """Whether letters are made small ones."""
        return "lower" in (self.standardize or "")

    @property
    def strips(self) -> bool:
        """Whether punctuation is taken out."""
        return "strip_punctuation" in (self.standardize or "")

    @property
    def least_opset(self) -> int:
        """20, which cuts strings, where there is anything to be cut."""
        return 20 if self.split or self.standardize else 0

    def infer_shape(self, *shapes: Shape) -> Shape:
        """(batch,) or (batch, 1) to (batch, words), or to slots."""
        (shape,) = shapes
        self._check_input(shape)
        if not self.lengths or min(self.lengths) < 1:
            raise self.refuse(f"ngrams={self.ngrams}")
        words = super().infer_shape((shape[0], None if self.split else shape[1]))
        if self.output_mode != "int" or (not self.split and self.output_sequence_length is None):
            return words
        return (words[0], self.output_sequence_length)

    def _check_input(self, shape: Shape) -> None:
        if self.split is None and self.ngrams is not None:
            raise self.refuse(f"ngrams={self.ngrams} with split=None")
        if self.output_mode == "one_hot":
            raise self.refuse("output_mode='one_hot'")
        fits = len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)
        if not (fits if self.split else len(shape) == 2):
            raise self.misfit(f"an input of shape {shown(shape)} with split={self.split!r}")
