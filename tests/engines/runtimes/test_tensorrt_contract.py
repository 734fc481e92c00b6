"""Every name and argument of TensorRT and TensorRT for RTX that neteyes uses is in NVIDIA's own bindings.

The code may use only names of the fake, because the code's tests run on the fake. The fake may have only
names of the bindings. TensorRT's binding is loaded over empty libraries: it shows its names and signatures,
and nothing runs in it. TensorRT for RTX has its libraries.
"""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

from tests.fixtures import fake_tensorrt as fake

ROOT = Path(__file__).parents[3]
SHARED = ("engines/runtimes/tensorrt_engine.py", "export/tensorrt_network.py")
IMPORTERS = {
    "tensorrt": ("engines/runtimes/tensorrt.py", "export/to_tensorrt.py"),
    "tensorrt_rtx_bindings": ("engines/runtimes/tensorrt_rtx.py", "export/to_tensorrt_rtx.py"),
}
INVENTED = {  # the fake's own, by which its parts make one another
    ("INetworkDefinition", "graph"),
    ("IRuntimeConfig", "kernels"),
    ("IRuntimeCache", "compiled"),
    *((name, "__init__") for name in ("ParserError", "ITimingCache", "IBuilderConfig", "ICudaEngine")),
    ("IExecutionContext", "__init__"),
}
MEMBERS = [
    (name, member, value)
    for name, kind in vars(fake).items()
    if inspect.isclass(kind) and kind.__module__ == fake.__name__
    for member, value in vars(kind).items()
    if (member == "__init__" or not member.startswith("_")) and (name, member) not in INVENTED
]
METHODS = [(*names, value) for *names, value in MEMBERS if inspect.isfunction(value)]
CONSTANTS = [tuple(names) for *names, value in MEMBERS if not inspect.isfunction(value)]


def arguments(documentation):
    """Return each overload's argument names, without `self`, and the number of them that are required."""
    found = []
    for line in re.findall(r"^(?:\d+\. )?\w+\((.*)\) -> ", documentation, re.MULTILINE):
        if line.startswith("*args"):
            continue
        parts = re.split(r", (?=\w+: )", line)
        found.append(
            ([part.partition(":")[0] for part in parts][1:], sum(" = " not in part for part in parts) - 1)
        )
    return found


def allows(overloads, function):
    """Return whether some overload takes the arguments that a fake function takes."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    names = [parameter.name for parameter in parameters]
    for real, needed in overloads:
        fits = [
            ours == theirs or re.fullmatch(r"arg\d+", theirs)
            for ours, theirs in zip(names, real, strict=False)
        ]
        if needed <= len(names) <= len(real) and all(fits):
            return True
    return False


@pytest.fixture(params=["tensorrt", "tensorrt_rtx_bindings"])
def api(request):
    """The name of a binding and what it has."""
    fixture = {"tensorrt": "real_api", "tensorrt_rtx_bindings": "real_rtx_api"}[request.param]
    return request.param, request.getfixturevalue(fixture)


def lacks(binding, *names):
    """Return whether a name is one that a binding need not have: TensorRT's, of TensorRT for RTX."""
    rtx_only = names[0] in fake.RTX_ONLY or ".".join(names[:2]) in fake.RTX_ONLY
    return binding == "tensorrt" and rtx_only


@pytest.mark.parametrize(
    ("package", "fixture"),
    [("tensorrt-cu13-bindings", "real_api"), ("tensorrt-rtx-cu13-bindings", "real_rtx_api")],
)
def test_the_binding_has_the_version_that_the_project_names(request, package, fixture):
    pinned = re.search(rf"{package}==([\d.]+)", (ROOT / "pyproject.toml").read_text())
    assert pinned
    assert request.getfixturevalue(fixture)["version"] == pinned[1]


@pytest.mark.parametrize(("kind", "method", "function"), METHODS, ids=[".".join(m[:2]) for m in METHODS])
def test_a_method_of_the_fake_takes_the_arguments_of_the_real_one(api, kind, method, function):
    binding, real = api
    if lacks(binding, kind, method):
        return
    documentation = real["names"][kind].get(method)
    assert documentation, f"{kind} has no {method}"
    assert allows(arguments(documentation), function), documentation


@pytest.mark.parametrize(("kind", "name"), CONSTANTS, ids=map(".".join, CONSTANTS))
def test_an_attribute_or_constant_of_the_fake_is_in_the_binding(api, kind, name):
    binding, real = api
    assert lacks(binding, kind, name) or name in real["names"][kind]


def chains(tree):
    """Yield each dotted name that begins with `trt.`, such as `DataType.UINT8`."""
    for node in ast.walk(tree):
        names = []
        while isinstance(node, ast.Attribute):
            names.insert(0, node.attr)
            node = node.value
        if names and isinstance(node, ast.Name) and node.id == "trt":
            yield names


@pytest.mark.parametrize(
    ("binding", "path"),
    [(binding, path) for binding, paths in IMPORTERS.items() for path in (*paths, *SHARED)],
)
def test_each_name_in_the_source_is_in_the_binding_and_in_the_fake(request, binding, path):
    real = request.getfixturevalue({"tensorrt": "real_api"}.get(binding, "real_rtx_api"))
    used = {tuple(names) for names in chains(ast.parse((ROOT / path).read_text()))}
    assert used
    for names in used - {("__version__",)}:
        found = real["names"]
        for name in names:
            if name.startswith("__"):
                break
            assert name in found, f"{path} uses trt.{'.'.join(names)}, which {binding} does not have"
            found = found[name]
        assert hasattr(fake, names[0]), f"the fake lacks {names[0]}"


@pytest.mark.parametrize("binding", IMPORTERS)
def test_no_other_file_imports_a_library(binding):
    folders = ("neteyes", "stream", "engines", "export", "benchmarks")
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        imported = re.search(rf"^\s*(import|from) {binding}\b", path.read_text(), re.MULTILINE)
        assert bool(imported) == (str(path.relative_to(ROOT)) in IMPORTERS[binding]), path


def test_our_own_parts_work_with_the_real_binding(real_binding):
    """Over the binding itself: our subclasses of its classes can be made, and a failed start is an error."""
    assert real_binding(
        """
import sys
import tensorrt_bindings
sys.modules["tensorrt"] = tensorrt_bindings
from engines.runtimes import tensorrt
from engines.errors import BackendError
from export import tensorrt_network, to_tensorrt

log = tensorrt.LIBRARY.log()
log.log(tensorrt_bindings.ILogger.Severity.ERROR, "one")
log.log(tensorrt_bindings.ILogger.Severity.WARNING, "two")
assert log.errors.take() == "one"
monitor = tensorrt_network.monitor_of(tensorrt.LIBRARY, lambda phase, done, steps: done < 2)
monitor.phase_start("a", "b", 3)
assert monitor.step_complete("a", 0) and not monitor.step_complete("a", 1)
monitor.phase_finish("a")
assert to_tensorrt._strongly_typed() == 0 or tensorrt.version().startswith("10.")
for attempt in (
    lambda: to_tensorrt.plan_from_onnx("graph.onnx"),
    lambda: tensorrt.engine_from_plan(b"", None, ""),
):
    try:
        attempt()
    except BackendError as error:
        assert "TensorRT does not start" in str(error)
        print("refused")
"""
    ).split() == ["refused", "refused"]


def test_our_overrides_take_the_arguments_of_the_methods_they_override(api, fake_tensorrt):
    library = importlib.import_module("engines.runtimes.tensorrt").LIBRARY
    monitor = importlib.import_module("export.tensorrt_network").monitor_of(library, lambda *_: True)
    for own, real, count in ((library.log(), "ILogger", 1), (monitor, "IProgressMonitor", 3)):
        documented = api[1]["names"][real]
        overridden = [name for name in documented if name in vars(type(own)) and not name.startswith("_")]
        assert len(overridden) == count
        for name in overridden:
            assert allows(arguments(documented[name]), vars(type(own))[name]), name
