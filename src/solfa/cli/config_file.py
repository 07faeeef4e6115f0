"""The config file: defaults of options, a TOML table for each command."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from solfa.choices import remedy
from solfa.errors import SolfaError

HERE = Path("solfa.toml")


def place(asked: Path | None) -> Path:
    """Where the config lies: as asked, else here, else where the system keeps a person's own."""
    import platformdirs

    if asked is not None or HERE.is_file():
        return asked or HERE
    return platformdirs.user_config_path("solfa", appauthor=False) / "config.toml"


def defaults(path: Path, command: Any) -> dict[str, Any]:
    """The values in the file at ``path``, by the parameters of ``command`` and of those below.

    A missing file at one of the usual places is empty. Raises `SolfaError` for another missing
    file, for what cannot be read and for names that no command or option has.
    """
    try:
        return _of_group(tomllib.loads(path.read_text("utf-8")), command, str(path), "")
    except FileNotFoundError:
        if path in (HERE, place(None)):
            return {}
        raise SolfaError(f"there is no config file {path}; make it, or leave it out") from None
    except OSError as error:
        raise SolfaError(f"cannot read the config file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SolfaError(f"{path} is no TOML: {' '.join(str(error).split())}") from error


def _of_group(tables: dict[str, Any], group: Any, source: str, above: str) -> dict[str, Any]:
    found = {}
    for name, table in tables.items():
        where = f"[{above}{name}]"
        if name not in group.commands:
            near = remedy(name, group.commands)
            raise SolfaError(f"{source}: {where} is no command of solfa; {near}")
        if not isinstance(table, dict):
            raise SolfaError(f"{source}: {above}{name} is no table; write options below {where}")
        command = group.commands[name]
        if hasattr(command, "commands"):
            found[name] = _of_group(table, command, source, f"{above}{name}.")
        else:
            found[name] = _of_command(table, command, source, where)
    return found


def _of_command(table: dict[str, Any], command: Any, source: str, where: str) -> dict[str, Any]:
    """The values by the names of the parameters; an option's name is that of the command line."""
    names = {
        option.removeprefix("--"): parameter
        for parameter in command.params
        if parameter.param_type_name == "option"
        for option in parameter.opts
        if option.startswith("--")
    }
    found = {}
    for name, value in table.items():
        option = names.get(name.replace("_", "-"))
        if option is None:
            raise SolfaError(
                f"{source}: {where} has no option {name!r}; {remedy(name, sorted(names))}"
            )
        listed = value if option.multiple and isinstance(value, list) else [value]
        if not all(isinstance(each, str | int | float | bool) for each in listed):
            raise SolfaError(f"{source}: {where} {name} is neither text nor a number; mend it")
        # numbers as they would be typed, but for switches
        typed = [each if isinstance(each, bool) else str(each) for each in listed]
        found[option.name] = typed if option.multiple else typed[0]
    return found
