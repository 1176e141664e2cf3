"""What functions say when they are given something else than they want."""

from __future__ import annotations


def expect(name: str, given: object, *wanted: type) -> None:
    """Raise one line that names what was given and what is wanted, where the SDK's own error would be far from it.

    Args:
        name: the argument, as `function(argument)`.
        given: what the caller passed.
        wanted: the types that will do.

    Raises:
        TypeError: it is of none of these types.
    """
    if isinstance(given, wanted):
        return
    kinds = " or ".join(kind.__name__ for kind in wanted)
    if str in wanted and isinstance(its_id := getattr(given, "id", None), str):
        advice = f"Pass its id: {its_id!r}."
    elif isinstance(given, str):
        advice = "Pass the object itself, not its id."
    elif isinstance(given, (list, tuple)):
        advice = "Pass its elements one by one."
    else:
        advice = "Pass what the SDK returned."
    raise TypeError(f"{name} wants {kinds}, but was given {type(given).__name__}. {advice}")
