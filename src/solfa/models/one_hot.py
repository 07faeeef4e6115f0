"""Symbols as the report feeds them: one of V numbers is 1, made when needed and never stored."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def one_hot(symbols: Tensor, size: int) -> Tensor:
    """Integers (...,) as floats (..., V); -1 is nothing, all zeros. Floats pass as they are."""
    if symbols.is_floating_point():
        return symbols
    return (symbols.unsqueeze(-1) == torch.arange(size, device=symbols.device)).float()


def squared_error(logits: Tensor, target: Tensor) -> Tensor:
    """Mean squared error of the softmax against the one-hot target (B,): another loss (report)."""
    return functional.mse_loss(logits.softmax(-1), one_hot(target, logits.shape[-1]))
