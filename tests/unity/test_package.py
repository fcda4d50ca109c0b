"""The Unity package without Unity: compiled from a copy in an empty place, golden vectors, the package's own tests."""

import shutil

import pytest

from mono import HERE, PACKAGE, ROOT, VECTOR_TYPES, Mono, sources


@pytest.fixture(scope="module")
def mono(tmp_path_factory):
    """The package alone: copied, so that a file it needs from elsewhere is missed."""
    folder = tmp_path_factory.mktemp("unity")
    shutil.copytree(PACKAGE, folder / "package")
    return Mono(folder, folder / "package")


@pytest.fixture(scope="module")
def core(mono):
    return mono.core()


def test_golden_vectors(mono, core):
    program = mono.compile("vectors.exe", [HERE / "Vectors.cs", HERE / "JsonTree.cs", *VECTOR_TYPES], [core])
    code, told = mono.run(program, ROOT / "protocol/vectors")
    print(told)
    assert code == 0, told


def test_of_the_package(mono, core):
    program = mono.compile("tests.exe", [*sources(mono.package / "Tests"), HERE / "NUnitShim.cs"], [core])
    code, told = mono.run(program)
    print(told)
    assert code == 0, told
