"""Read the certificate of a bundle: which runtimes gave the answers of its nets, for exactly these files."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from engines.backends import backend_of, probe
from engines.bundle import Bundle
from engines.errors import BackendError, BundleError, UsageError

CERTIFICATE = "parity.json"

_AGAIN = "Export the bundle again, or get it again from where it came."


class Trial(msgspec.Struct, kw_only=True, frozen=True):
    """The comparison of one runtime with the nets.

    Attributes:
        backend: the runtime as its engine is called, such as `openvino (CPU, bf16)`.
        runtime: its name in `--backend`; in old certificates empty.
        version: its version; in old certificates empty.
        labels: the share of pixels with the nets' label; None if no label maps were compared.
        mean: the mean error of the pictures, in 1/255; None if no pictures were compared.
    """

    backend: str
    runtime: str = ""
    version: str = ""
    labels: float | None = None
    mean: float | None = None

    @property
    def name(self) -> str:
        """The runtime's name in `--backend`."""
        return self.runtime or runtime_of(self.backend)

    @property
    def compared(self) -> bool:
        """Whether anything was compared: a runtime may have refused the graph."""
        return self.labels is not None or self.mean is not None


class CertifiedGraph(msgspec.Struct, kw_only=True, frozen=True):
    """One graph that was compared.

    Attributes:
        sha256: the sha256 of its file.
        variants: name of each file that some runtimes open in its place → its sha256.
    """

    sha256: str
    variants: dict[str, str] = {}


class CertifiedSize(msgspec.Struct, kw_only=True, frozen=True):
    """The graphs of one size, and the runtimes that were compared on them.

    Attributes:
        graphs: `segment` and `synthesize`, or one of them.
        engines: one comparison a runtime.
    """

    graphs: dict[str, CertifiedGraph]
    engines: tuple[Trial, ...]


class Certificate(CertifiedSize, kw_only=True, frozen=True):
    """The content of `parity.json`.

    Attributes:
        limits: the limits that all comparisons kept, by name.
        weights: name of each file of weights that the graphs take tensors from → its sha256.
        sizes: the bundle's further sizes.
        synthesize: the certificate of the bundle that the painter came from, of an adopted segmenter.
    """

    limits: dict[str, float]
    weights: dict[str, str] = {}
    sizes: tuple[CertifiedSize, ...] = ()
    synthesize: Certificate | None = None

    @property
    def parts(self) -> tuple[CertifiedSize, ...]:
        """Every size, with those of the painter's own certificate."""
        return self, *self.sizes, *(self.synthesize.parts if self.synthesize else ())

    @property
    def sha256s(self) -> set[str]:
        """The sha256 of every file that was compared."""
        graphs = [graph for part in self.parts for graph in part.graphs.values()]
        found = {graph.sha256 for graph in graphs} | set(self.weights.values())
        found |= {sha256 for graph in graphs for sha256 in graph.variants.values()}
        return found | (self.synthesize.sha256s if self.synthesize else set())

    @property
    def runtimes(self) -> dict[tuple[str, str], bool]:
        """(Runtime, version) of each comparison → whether it was made for every size and net."""
        each = [
            [(trial.name, trial.version) for trial in part.engines if trial.compared] for part in self.parts
        ]
        return {pair: all(pair in pairs for pairs in each) for pairs in each for pair in pairs}

    @property
    def refusals(self) -> set[str]:
        """The runtimes that refused a graph."""
        return {trial.name for part in self.parts for trial in part.engines if not trial.compared}

    def __str__(self) -> str:
        """Return the runtimes in words, such as `openvino 2026.4.1, onnxruntime 1.32.0`."""
        return ", ".join(f"{name} {version or 'of a version not told'}" for name, version in self.runtimes)


def read_certificate(bundle: Bundle) -> Certificate:
    """Read a bundle's certificate, and check that it is of the files that the bundle's card names.

    Raises:
        BundleError: there is none, it cannot be read, it is of other files, or it compares nothing.
    """
    path = bundle.folder / CERTIFICATE
    try:
        certificate = msgspec.json.decode(path.read_bytes(), type=Certificate)
    except FileNotFoundError:
        raise BundleError(
            f"The bundle '{bundle.name}' has no certificate ({CERTIFICATE}): nobody compared it with its "
            f"nets. {_AGAIN}"
        ) from None
    except OSError as error:
        raise BundleError(f"Cannot read {path}: {error.strerror}. Change its permissions.") from error
    except msgspec.DecodeError as error:
        raise BundleError(f"{path} is no certificate: {error}. {_AGAIN}") from error
    if not all(any(trial.compared for trial in part.engines) for part in certificate.parts):
        raise BundleError(f"{path} is no certificate: it names no runtime that was compared. {_AGAIN}")
    known = certificate.sha256s
    other = [path.name for path, sha256 in bundle.files.items() if sha256 not in known]
    if other:
        raise BundleError(
            f"{path} is the certificate of other files: it does not have the sha256 of {', '.join(other)}. "
            f"{_AGAIN}"
        )
    return certificate


def runtime_of(backend: str) -> str:
    """Return the runtime's name in `--backend` of an engine's `backend`, which begins with it."""
    return backend.split(" ", 1)[0]


def not_certified(certificate: Certificate, runtime: str) -> str | None:
    """Say that a runtime, in the version of this machine, is not among those of a certificate.

    Args:
        certificate: of a bundle.
        runtime: a runtime's name in `--backend`.

    Returns:
        None if it is among them, or is not installed here.
    """
    try:
        version = probe(backend_of(runtime))
    except (BackendError, UsageError):
        return None
    if certificate.runtimes.get((runtime, version)):
        return None
    return (
        f"{runtime} {version} is not among the runtimes of the certificate, which was made with "
        f"{certificate}. So its answers were not compared with those of the nets."
    )


def certified_with(bundle: Bundle, backends: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the runtimes that a bundle is certified with, and what a run must say about its own.

    Args:
        bundle: the bundle.
        backends: the `backend` of each engine that the run opened.

    Returns:
        The runtimes with their versions; and warnings: that there is no certificate of these files, or that
        a runtime is not among those of the certificate.
    """
    try:
        certificate = read_certificate(bundle)
    except BundleError as error:
        return [], [str(error)]
    runtimes = dict.fromkeys(map(runtime_of, backends))
    warnings = [f"'{bundle.name}': {said}" for one in runtimes if (said := not_certified(certificate, one))]
    return [" ".join(pair).strip() for pair in certificate.runtimes], warnings
