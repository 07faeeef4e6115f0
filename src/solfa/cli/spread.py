"""Options that many commands share, declared once.

A group is a dataclass, its fields options; ``**wishes`` stands for the table of wishes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, get_type_hints

from solfa.cli.options import wish_options


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of its groups and wishes in place of these.

    A group is a parameter whose type is a dataclass. Typer reads the signature that this gives it,
    and the command is called with the groups and the wishes.
    """
    own = signature(command).parameters
    takes_wishes = any(each.kind is Parameter.VAR_KEYWORD for each in own.values())
    types = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: type_ for name, type_ in types.items() if is_dataclass(type_)}
    parameters: list[Parameter] = []
    for parameter in own.values():
        if parameter.kind is Parameter.VAR_KEYWORD:
            continue
        holder = groups.get(parameter.name)
        inside = get_type_hints(holder, include_extras=True) if holder else types
        for each in signature(holder).parameters.values() if holder else [parameter]:
            annotated = each.replace(kind=Parameter.KEYWORD_ONLY, annotation=inside[each.name])
            parameters.append(annotated)
    if takes_wishes:
        wishes = [
            Parameter(name, Parameter.KEYWORD_ONLY, annotation=kind, default=default)
            for name, (kind, default) in wish_options().items()
        ]
        place = next((i for i, each in enumerate(parameters) if each.name == "model"), 0)
        parameters[place:place] = wishes

    @wraps(command)
    def spread_out(**given: Any) -> None:
        for name, group in groups.items():
            fields = signature(group).parameters
            given[name] = group(**{field: given.pop(field) for field in fields})
        command(**given)

    spread_out.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    spread_out.__annotations__ = {each.name: each.annotation for each in parameters}
    return spread_out
