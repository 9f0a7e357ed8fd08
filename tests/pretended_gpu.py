"""A GPU for machines without one: what is moved to it computes on the CPU, but must not meet what has stayed there.

Unlike `torch._subclasses.FakeTensorMode` it has real values, which labelling and checks look at. Which storages are on
the GPU is remembered here; views, gradients and saved tensors share storages, so they follow by themselves.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

GPU = torch.device("cuda", 0)
CPU = torch.device("cpu")
# What PyTorch itself allows across devices: copies, and indices on the CPU for what is on the GPU.
CROSSING = (torch.ops.aten.copy_, torch.ops.aten._foreach_copy_)
INDEXING = (torch.ops.aten.index, torch.ops.aten.index_put_, torch.ops.aten._index_put_impl_)


class DevicesMeetError(RuntimeError):
    """As PyTorch's "Expected all tensors to be on the same device"."""


class Storages:
    """Those on the GPU; a weak reference keeps an address from being used again."""

    def __init__(self) -> None:
        self.known: dict[int, StorageWeakRef] = {}

    def hold(self, tensor: Tensor) -> bool:
        return tensor.untyped_storage()._cdata in self.known

    def put(self, value: Any) -> None:
        for tensor in tensors(value):
            reference = StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]
            self.known[reference.cdata] = reference

    def take(self, tensor: Tensor) -> None:
        del self.known[tensor.untyped_storage()._cdata]


class Computing(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Refuses what mixes both sides; results are where the operands are."""

    def __init__(self, storages: Storages) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.storages = storages

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        operands = list(tensors((args, kwargs)))
        there = [tensor for tensor in operands if self.storages.hold(tensor)]
        # numbers may come from the CPU
        here = [tensor for tensor in operands if tensor.dim() and not self.storages.hold(tensor)]
        copied = func.overloadpacket in CROSSING or (func.overloadpacket in INDEXING and self.storages.hold(args[0]))
        if there and here and not copied:
            raise DevicesMeetError(f"{func}: operands on {GPU} and on the CPU")
        result = func(*args, **(kwargs or {}))
        if (there and not copied) or (copied and func.overloadpacket in INDEXING):
            self.storages.put(result)
        return result


class Naming(TorchFunctionMode):
    """What is asked for on the GPU, or of it."""

    def __init__(self, storages: Storages) -> None:
        super().__init__()
        self.storages = storages

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        mine = bool(args) and isinstance(args[0], Tensor) and self.storages.hold(args[0])
        if mine and func in ANSWERS:
            return ANSWERS[func]
        if mine and func in (Tensor.numpy, Tensor.__array__):
            raise TypeError(f"can't convert {GPU} device type tensor to numpy. Use Tensor.cpu() first")
        if func in (Tensor.to, Tensor.cpu, Tensor.cuda):
            return self.move(func, args, kwargs)
        # `_parse_to` is told a device, but makes nothing there
        wanted = device_in(kwargs) if func is not torch._C._nn._parse_to else None
        if wanted == GPU.type:
            kwargs["device"] = CPU
        result = func(*args, **kwargs)
        if wanted == GPU.type or (mine and func is Tensor.new_tensor and not wanted):
            self.storages.put(result)
        return result

    def move(self, func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Tensor:
        """`Tensor.to` and its kin: a copy where the device changes."""
        source, told = args[0], list(args[1:])
        wanted = CPU.type if func is Tensor.cpu else GPU.type if func is Tensor.cuda else device_in(kwargs)
        for number, argument in enumerate(told):
            if isinstance(argument, torch.device | str):
                wanted = torch.device(argument).type
                told[number] = CPU if wanted == GPU.type else argument
            elif isinstance(argument, Tensor):
                wanted = GPU.type if self.storages.hold(argument) else argument.device.type
        if device_in(kwargs) == GPU.type:
            kwargs["device"] = CPU
        moved: Tensor = source if func is Tensor.cuda else func(source, *told, **kwargs)
        before = self.storages.hold(source)
        if wanted not in (CPU.type, GPU.type) or (wanted == GPU.type) == before:
            return moved
        copied = moved.clone() if moved.untyped_storage()._cdata == source.untyped_storage()._cdata else moved
        if before:
            self.storages.take(copied)
        else:
            self.storages.put(copied)
        return copied


# What a tensor on the GPU says of itself.
ANSWERS: dict[Any, Any] = {
    Tensor.device.__get__: GPU,
    Tensor.is_cuda.__get__: True,  # type: ignore[attr-defined]
    Tensor.is_cpu.__get__: False,  # type: ignore[attr-defined]
    Tensor.get_device: 0,
}


def device_in(kwargs: Mapping[str, Any]) -> str | None:
    """The type of the device that is asked for."""
    device = kwargs.get("device")
    return None if device is None else torch.device(device).type


def tensors(value: Any) -> Iterator[Tensor]:
    return (leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor))


@contextmanager
def pretended_gpu() -> Iterator[None]:
    """Within the block, `cuda` is there."""
    storages = Storages()
    with Naming(storages), Computing(storages):
        yield
