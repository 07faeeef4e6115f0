"""Networks by the names of their models, with new weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

from torch import nn

from solfa.choices import remedy
from solfa.errors import SolfaError
from solfa.models import registry


def network_class(model: str) -> type[nn.Module]:
    """The class of a model's network; `SolfaError` for a model that is not trained."""
    place = registry.trained_row(model).network
    assert place is not None
    network: type[nn.Module] = registry.named(place)
    return network


def config_class(model: str) -> Any:
    """The `Config` that stands beside a model's network."""
    module, _, _ = str(registry.trained_row(model).network).partition(":")
    return registry.named(f"{module}:Config")


def build(model: str, **sizes: Any) -> nn.Module:
    """A model's network; ``sizes`` are its `Config`'s. `SolfaError` for impossible ones."""
    config = configured(config_class(model), sizes)
    with possible(sizes):
        return network_class(model)(config)


def network_of(facts: Mapping[str, Any]) -> nn.Module:
    """The network that a checkpoint or a card describes: its ``model`` and ``config``."""
    return build(facts["model"], **facts["config"])


def configured(config: Callable[..., Any], sizes: Mapping[str, Any]) -> Any:
    """A network's `Config` with these sizes; `SolfaError` for a size that it does not have."""
    known = [field.name for field in fields(config)]  # type: ignore[arg-type]
    if unknown := [name for name in sizes if name not in known]:
        raise SolfaError(f"the network has no {unknown[0]!r}; {remedy(unknown[0], known)}")
    return config(**{k: tuple(v) if isinstance(v, list) else v for k, v in sizes.items()})


@contextmanager
def possible(sizes: Mapping[str, Any]) -> Iterator[None]:
    """Turns PyTorch's errors about impossible sizes into one `SolfaError`."""
    try:
        yield
    except (TypeError, ValueError, RuntimeError, AssertionError, ArithmeticError) as error:
        message = f"no network can have the sizes {dict(sizes)} ({str(error).splitlines()[0]})"
        raise SolfaError(f"{message}; docs/models.md lists possible ones") from error
