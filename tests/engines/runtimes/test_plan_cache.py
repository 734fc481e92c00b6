"""A plan is loaded only if it was built here, from this graph, for this GPU and by this TensorRT."""

import msgspec
import pytest

from engines.errors import BackendError
from engines.gpu.nvidia import Gpu
from engines.runtimes.built_files import stamp_path
from engines.runtimes.plan_cache import Origin, differences, load_plan, origin_of, plan_path, save_plan
from engines.user_data import HOME

GPU = Gpu("NVIDIA H200", "12345678-0000-0000-0000-000000000000", "9.0", "580.65.06")


@pytest.fixture
def graph(tmp_path, monkeypatch):
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    (tmp_path / "mine").mkdir()
    path = tmp_path / "mine" / "segment.onnx"
    path.write_bytes(b"a graph")
    return path


@pytest.fixture
def origin(graph):
    return origin_of(graph, "fp32", "11.4.0", GPU)


def changed(origin, **fields):
    return msgspec.structs.replace(origin, **fields)


def test_a_plan_that_was_built_here_is_found_again(graph, origin):
    path = save_plan(graph, b"a plan", origin, {"labels": 1.0})
    assert load_plan(graph, origin) == b"a plan"
    assert path.is_relative_to(graph.parents[1] / "home")  # a bundle of other people cannot bring plans


def test_a_missing_plan_is_an_error(graph, origin):
    with pytest.raises(BackendError, match=r"No plan was built yet for .*segment\.onnx"):
        load_plan(graph, origin)


@pytest.mark.parametrize(
    ("field", "now", "words"),
    [
        ("tensorrt", "11.5.0", "TensorRT 11.4.0 then, 11.5.0 now"),
        ("driver", "590.1", "driver 580.65.06 then, 590.1 now"),
        ("gpu", "NVIDIA L4", "GPU NVIDIA H200 then, NVIDIA L4 now"),
        ("uuid", "87654321", "number of the GPU 12345678-"),
        ("capability", "8.9", "compute capability 9.0 then, 8.9 now"),
        ("precision", "fp16", "precision fp32 then, fp16 now"),
        ("graph", "f" * 64, "then, ffffffffffff now"),
    ],
)
def test_a_stamp_that_does_not_match_says_in_words_what_differs(graph, origin, field, now, words):
    save_plan(graph, b"a plan", origin, {})
    with pytest.raises(BackendError) as error:
        load_plan(graph, changed(origin, **{field: now}))
    assert words in str(error.value)
    assert "does not fit any more" in str(error.value)


def test_every_field_of_an_origin_is_compared(origin):
    for field in Origin.__struct_fields__:
        assert differences(origin, changed(origin, **{field: "else"})), field
    assert differences(origin, origin) == []


def test_a_plan_that_was_altered_or_cut_short_is_refused(graph, origin):
    path = save_plan(graph, b"a plan", origin, {})
    for content in (b"a plot", b"a pla", b""):
        path.write_bytes(content)
        with pytest.raises(BackendError, match="altered, or cut short"):
            load_plan(graph, origin)


def test_a_plan_whose_stamp_is_missing_or_nonsense_is_refused(graph, origin):
    stamp = stamp_path(save_plan(graph, b"a plan", origin, {}))
    text = stamp.read_text()
    for content in ("", "{}", text.replace('"driver"', '"drivel"'), text.replace("{", "[", 1)):
        stamp.write_text(content)
        with pytest.raises(BackendError, match="cannot be read"):
            load_plan(graph, origin)
    stamp.unlink()
    with pytest.raises(BackendError, match="No plan was built"):
        load_plan(graph, origin)


def test_a_graph_that_was_exported_again_replaces_its_plan(graph, origin):
    save_plan(graph, b"old", origin, {})
    graph.write_bytes(b"another graph")
    renewed = origin_of(graph, "fp32", "11.4.0", GPU)
    with pytest.raises(BackendError, match=r"graph .* then, .* now"):
        load_plan(graph, renewed)
    save_plan(graph, b"new", renewed, {})
    assert load_plan(graph, renewed) == b"new"
    assert len(list(plan_path(graph).parent.iterdir())) == 2


def test_bundles_of_one_name_in_two_places_do_not_share_plans(graph, origin, tmp_path):
    other = tmp_path / "elsewhere" / "mine" / "segment.onnx"
    assert plan_path(other).name == plan_path(graph).name
    assert plan_path(other) != plan_path(graph)


def test_a_full_disk_leaves_the_old_plan(graph, origin, small_disk, monkeypatch):
    monkeypatch.setenv(HOME, str(small_disk))
    save_plan(graph, b"small", origin, {})
    with pytest.raises(BackendError, match=f"Make room, or name another folder in {HOME}"):
        save_plan(graph, bytes(10**6), origin, {})
    assert load_plan(graph, origin) == b"small"
    assert len(list(plan_path(graph).parent.iterdir())) == 2
