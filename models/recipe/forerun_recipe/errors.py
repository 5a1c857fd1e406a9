"""The one error that a user of the recipe is meant to read."""

from __future__ import annotations


class RecipeError(Exception):
    """What is wrong, where, what was found, what was expected and what to do about it."""

    def __init__(self, what: str, *, where: object, found: object, expected: object, do: str) -> None:
        super().__init__(f"{what}\n  where:    {where}\n  found:    {found}\n  expected: {expected}\n  do:       {do}")
