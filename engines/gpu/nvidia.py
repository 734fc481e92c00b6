"""Find the NVIDIA GPU of this machine by its driver alone: no CUDA toolkit, and no context on the device."""

from __future__ import annotations

import ctypes
import uuid
from dataclasses import dataclass
from typing import Any

from engines.errors import BackendError

CUDA, NVML = "libcuda.so.1", "libnvidia-ml.so.1"
"""The two libraries of every NVIDIA driver: one computes, one monitors."""

# CUdevice_attribute, in cuda.h
_CAPABILITY_MAJOR, _CAPABILITY_MINOR = 75, 76


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU and its driver.

    Attributes:
        name: the product's name.
        uuid: the UUID of this board, or of its MIG slice.
        capability: the compute capability, such as `9.0`.
        driver: the driver's version, such as `580.65.06`.
    """

    name: str
    uuid: str
    capability: str
    driver: str


def find_gpu(index: int = 0) -> Gpu:
    """Return a GPU by the number that CUDA gives it (so `CUDA_VISIBLE_DEVICES` is respected).

    Raises:
        BackendError: there is no driver, no such GPU, or the driver does not answer.
    """
    cuda, nvml = _Library(CUDA), _Library(NVML)
    cuda("cuInit", 0)
    device, name, identity = ctypes.c_int(), ctypes.create_string_buffer(256), (ctypes.c_ubyte * 16)()
    major, minor = ctypes.c_int(), ctypes.c_int()
    cuda("cuDeviceGet", ctypes.byref(device), index)
    cuda("cuDeviceGetName", name, len(name), device)
    cuda("cuDeviceGetUuid_v2", identity, device)
    cuda("cuDeviceGetAttribute", ctypes.byref(major), _CAPABILITY_MAJOR, device)
    cuda("cuDeviceGetAttribute", ctypes.byref(minor), _CAPABILITY_MINOR, device)
    driver = ctypes.create_string_buffer(80)
    nvml("nvmlInit_v2")
    try:
        nvml("nvmlSystemGetDriverVersion", driver, len(driver))
    finally:
        nvml("nvmlShutdown")
    return Gpu(
        name=name.value.decode(),
        uuid=str(uuid.UUID(bytes=bytes(identity))),
        capability=f"{major.value}.{minor.value}",
        driver=driver.value.decode(),
    )


class _Library:
    """A library of the driver; every call's result is checked."""

    def __init__(self, name: str) -> None:
        try:
            self._library = ctypes.CDLL(name)
        except OSError as error:
            raise BackendError(
                f"There is no NVIDIA driver here ({error}). On Ubuntu: sudo ubuntu-drivers install, "
                "and restart."
            ) from error

    def __call__(self, function: str, *arguments: Any) -> None:
        try:
            entry = getattr(self._library, function)
        except AttributeError as error:
            raise BackendError(
                f"The NVIDIA driver is too old: it has no {function}. Update it; on Ubuntu: "
                "sudo ubuntu-drivers install, and restart."
            ) from error
        code = entry(*arguments)
        if code:
            raise BackendError(
                f"The NVIDIA driver gives no GPU to compute on ({function} answers {code}). See what "
                "`nvidia-smi` says; after an update of the driver, restart; in a container, pass the GPU in."
            )
