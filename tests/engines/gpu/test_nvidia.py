"""The description of a GPU, read from stand-ins for the libraries of NVIDIA's driver."""

import shutil
import subprocess

import pytest

from engines.errors import BackendError
from engines.gpu import nvidia

CUDA = """
#include <string.h>
static int started;
int cuInit(unsigned flags) { started = flags == 0; return INIT; }
int cuDeviceGet(int *device, int index) { *device = 40 + index; return started && index < 2 ? 0 : 101; }
int cuDeviceGetName(char *name, int length, int device) {
    strncpy(name, device == 40 ? "NVIDIA One" : "NVIDIA Two", length); return 0;
}
int cuDeviceGetUuid_v2(unsigned char *uuid, int device) {
    for (int i = 0; i < 16; i++) uuid[i] = 16 * i + device - 40;
    return 0;
}
int cuDeviceGetAttribute(int *value, int attribute, int device) {
    *value = attribute == 75 ? 9 : attribute == 76 ? 0 : -1; return 0;
}
"""
NVML = """
#include <string.h>
static int started;
int nvmlInit_v2(void) { started = 1; return 0; }
int nvmlShutdown(void) { started = 0; return 0; }
int nvmlSystemGetDriverVersion(char *text, unsigned length) {
    strncpy(text, "580.65.06", length); return started ? 0 : 1;
}
"""


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """Return a function that installs a driver; its cuInit answers the code given."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not here, to make a driver's libraries")

    def put(code=0):
        for name, source in (("CUDA", CUDA.replace("INIT", str(code))), ("NVML", NVML)):
            library = tmp_path / f"{name}-{code}.so"
            gcc = ["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", str(library)]
            subprocess.run(gcc, input=source, text=True, check=True)
            monkeypatch.setattr(nvidia, name, str(library))

    return put


def test_a_gpu_is_described_by_its_board_and_its_driver(driver):
    driver()
    uuid = "00102030-4050-6070-8090-a0b0c0d0e0f0"
    assert nvidia.find_gpu() == nvidia.Gpu("NVIDIA One", uuid, "9.0", "580.65.06")
    assert nvidia.find_gpu(1).name == "NVIDIA Two"


def test_without_a_driver_the_error_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr(nvidia, "CUDA", "libnosuchdriver.so.1")
    with pytest.raises(BackendError, match="sudo ubuntu-drivers install"):
        nvidia.find_gpu()


def test_a_driver_that_lacks_a_function_is_an_error_that_says_so(driver, monkeypatch):
    monkeypatch.setitem(globals(), "CUDA", CUDA.replace("cuDeviceGetUuid_v2", "cuDeviceGetUuid"))
    driver()
    with pytest.raises(BackendError, match="driver is too old: it has no cuDeviceGetUuid_v2"):
        nvidia.find_gpu()


def test_a_driver_without_a_gpu_is_another_error(driver):
    driver(100)
    with pytest.raises(BackendError, match=r"no GPU to compute on \(cuInit answers 100\)"):
        nvidia.find_gpu()
    driver()
    with pytest.raises(BackendError, match="cuDeviceGet answers 101"):
        nvidia.find_gpu(2)
