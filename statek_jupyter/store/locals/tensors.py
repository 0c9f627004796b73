"""torch tensors: those that look at one memory go on doing so, and gradients are kept."""

from __future__ import annotations

import pickle
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from statek_jupyter.store.locals.encoding import Encoder


def reduce_tensor(encoder: Encoder, tensor: Any) -> Any:
    """By its memory, where that is plain memory of this machine; else torch's own way."""
    torch: Any = sys.modules["torch"]
    plain = tensor.layout is torch.strided and tensor.device.type == "cpu" and not tensor.is_quantized
    if not plain or tensor.is_conj() or tensor.is_neg() or tensor.is_nested or tensor._backward_hooks:
        return encoder._instance(tensor, type(tensor))
    memory = tensor.untyped_storage()
    encoder.bases.append(memory)
    place = (tensor.dtype, tensor.storage_offset(), tuple(tensor.size()), tuple(tensor.stride()))
    made = (type(tensor), memory, *place, tensor.requires_grad)
    gradient = tensor.grad if tensor.is_leaf else None
    state = (gradient, dict(vars(tensor))) if gradient is not None or vars(tensor) else None
    return make_tensor, made, state, None, None, set_tensor


def reduce_memory(encoder: Encoder, memory: Any) -> Any:
    """By content."""
    torch: Any = sys.modules["torch"]
    if memory.device.type != "cpu":
        return encoder._instance(memory, type(memory))
    content = torch.tensor([], dtype=torch.uint8).set_(memory).numpy()
    return make_memory, (pickle.PickleBuffer(content),)


def make_memory(content: Any) -> Any:
    """The memory of tensors, over these bytes."""
    import torch  # type: ignore[import-not-found, unused-ignore]

    if not len(content):
        return torch.UntypedStorage(0)
    return torch.frombuffer(
        bytearray(content) if type(content) is bytes else content, dtype=torch.uint8
    ).untyped_storage()


def make_tensor(
    kind: type, memory: Any, dtype: Any, offset: int, size: tuple[int, ...], stride: tuple[int, ...], gradient: bool
) -> Any:
    """A tensor that looks at this memory."""
    import torch

    tensor = torch.empty(0, dtype=dtype).set_(memory, offset, size, stride)
    if kind is torch.nn.Parameter:
        return torch.nn.Parameter(tensor, requires_grad=gradient)
    return tensor.requires_grad_(gradient)


def set_tensor(tensor: Any, state: tuple[Any, dict[str, Any]]) -> None:
    """Give a tensor its gradient and attributes."""
    gradient, attributes = state
    if gradient is not None:
        tensor.grad = gradient
    vars(tensor).update(attributes)
