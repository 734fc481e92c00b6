"""The modules of the project, and who imports whom."""

from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("neteyes", "stream", "engines", "export", "benchmarks")


@pytest.fixture(scope="session")
def sources():
    """Every Python file of the product, by its path from the root."""
    return [path.relative_to(ROOT) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


@pytest.fixture(scope="session")
def imports():
    """Module → the modules that it imports, also inside functions; what only types need is left out."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    return {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
