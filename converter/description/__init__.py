"""The describe stage: a saved model becomes the description that both readings share."""

from keronyx.converter.description.following import describe

__all__ = ["describe"]
