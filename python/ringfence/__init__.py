"""The `ringfence` binary, so that `python -m ringfence` finds it."""

from ._find import find_ringfence

__all__ = ["find_ringfence"]
