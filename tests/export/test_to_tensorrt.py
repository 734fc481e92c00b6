"""Building a plan: the settings that TensorRT gets, and its own messages in every error."""

import importlib

import pytest

from engines.bundle import open_bundle
from engines.errors import BackendError
from engines.user_data import HOME

GRAPH = open_bundle("small").segment


@pytest.fixture
def build(fake_tensorrt):
    return importlib.import_module("export.to_tensorrt")


def told(fake, name):
    return [call[1:] for call in fake.calls if call[0] == name]


def test_the_builder_gets_the_graph_and_what_a_build_may_cost(build, fake_tensorrt):
    plan = build.plan_from_onnx(GRAPH, effort=build.Effort(workspace=1 << 30, level=5))
    assert str(GRAPH).encode() in plan
    assert told(fake_tensorrt, "parse_from_file") == [(str(GRAPH),)]
    assert told(fake_tensorrt, "set_memory_pool_limit") == [(0, 1 << 30)]
    assert told(fake_tensorrt, "build_serialized_network") == [(5,)]


@pytest.mark.parametrize(("version", "flags"), [("11.4.0.106", 0), ("10.16.1.11", 2), ("10.0.1", 2)])
def test_networks_are_typed_by_their_graph_in_both_tensorrts(build, fake_tensorrt, version, flags):
    fake_tensorrt.__version__ = version
    build.plan_from_onnx(GRAPH)
    assert told(fake_tensorrt, "create_network") == [(flags,)]


@pytest.mark.parametrize(("precision", "exact"), [("fp32", True), ("bf16", False), ("fp16", False)])
def test_float32_is_rounded_to_tf32_only_where_the_card_allows_less(build, fake_tensorrt, precision, exact):
    build.plan_from_onnx(GRAPH, precision=precision)
    assert told(fake_tensorrt, "clear_flag") == ([(fake_tensorrt.BuilderFlag.TF32,)] if exact else [])


def test_every_error_of_the_parser_is_shown(build, fake_tensorrt):
    fake_tensorrt.faults["parse_from_file"] = [
        ("Gather", "node_a", "UINT8 is no type for this"),
        ("Det", "node_b", "no importer"),
    ]
    with pytest.raises(BackendError) as error:
        build.plan_from_onnx(GRAPH)
    message = str(error.value)
    assert f"cannot read {GRAPH}" in message
    assert "\n  Gather 'node_a': UINT8 is no type for this\n  Det 'node_b': no importer" in message
    assert "export it again" in message


def test_a_build_that_gives_nothing_says_what_tensorrt_said_last(build, fake_tensorrt):
    fake_tensorrt.faults["build_serialized_network"] = "Could not find any implementation\n for node {Conv_3}"
    with pytest.raises(BackendError, match=r"built nothing .*any implementation for node \{Conv_3\}"):
        build.plan_from_onnx(GRAPH)


def test_a_tensorrt_that_does_not_start_says_why(build, fake_tensorrt):
    fake_tensorrt.faults["Builder"] = None
    with pytest.raises(BackendError, match="does not start: CUDA initialization failure with error: 35"):
        build.plan_from_onnx(GRAPH)


def test_a_workspace_that_is_not_taken_is_an_error(build, fake_tensorrt):
    fake_tensorrt.faults["set_memory_pool_limit"] = None
    with pytest.raises(BackendError, match="Give a smaller --workspace"):
        build.plan_from_onnx(GRAPH)


def test_progress_names_phases_and_ends_them(build):
    heard = []
    build.plan_from_onnx(GRAPH, progress=lambda *step: heard.append(step) or True)
    assert heard == [
        ("Building Engine", 0, 2),
        ("Timing", 0, 3),
        ("Timing", 1, 3),
        ("Timing", 2, 3),
        ("Timing", 3, 3),
        ("Building Engine", 2, 2),
    ]


def test_a_build_can_be_stopped(build, fake_tensorrt, tmp_path):
    with pytest.raises(BackendError, match="built nothing"):
        build.plan_from_onnx(GRAPH, progress=lambda *_: False)
    assert not build.timings_path().exists()


def test_an_exception_of_the_progress_function_stops_the_build_and_is_raised(build):
    """An exception that leaves a callback of TensorRT would end the process."""

    def progress(phase, done, steps):
        raise RuntimeError(f"the terminal is gone at {phase}")

    with pytest.raises(RuntimeError, match="the terminal is gone at Building Engine"):
        build.plan_from_onnx(GRAPH, progress=progress)


def test_timings_are_reused_by_the_next_build(build, fake_tensorrt):
    for _ in range(3):
        build.plan_from_onnx(GRAPH)
    offered = [content for content, _ in told(fake_tensorrt, "set_timing_cache")]
    assert offered == [b"t", b"tt", b"ttt"]  # each with what the one before had kept
    assert all(strict is False for _, strict in told(fake_tensorrt, "set_timing_cache"))


def test_timings_of_another_gpu_are_not_used(build, fake_tensorrt):
    build.plan_from_onnx(GRAPH)
    fake_tensorrt.faults["set_timing_cache"] = None
    build.plan_from_onnx(GRAPH)
    assert [content for content, _ in told(fake_tensorrt, "set_timing_cache")] == [b"t", b"tt", b"t"]
    assert build.timings_path().read_bytes() == b"t"


def test_a_full_disk_is_an_error_that_says_so(build, small_disk, monkeypatch):
    monkeypatch.setenv(HOME, str(small_disk))
    build.timings_path().parent.mkdir(parents=True)
    build.timings_path().write_bytes(b"t" * 500_000)
    with pytest.raises(BackendError, match="Make room"):
        build.plan_from_onnx(GRAPH)
    assert build.timings_path().read_bytes() == b"t" * 500_000
