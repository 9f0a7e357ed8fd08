"""Files and folders that are named in their order, in place of options."""

from collections.abc import Sequence


def given_places(arguments: Sequence[str], most: int) -> list[str]:
    """What stands before the first option or `key=value`, at most so many."""
    places: list[str] = []
    for argument in arguments[:most]:
        if argument.startswith("-") or "=" in argument:
            break
        places.append(argument)
    return places


def as_options(arguments: Sequence[str], names: Sequence[str]) -> list[str]:
    """The arguments, with those that are named in their order as options of these names."""
    places = given_places(arguments, len(names))
    named = [part for pair in zip(names, places, strict=False) for part in pair]
    return [*named, *arguments[len(places) :]]
