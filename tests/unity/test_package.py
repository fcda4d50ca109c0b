"""The Unity package without Unity: compiled from a copy in an empty place, golden vectors, the package's own tests."""

import json
import re
import shutil

import metas
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


def test_the_unity_part_compiles_for_every_platform(mono, core):
    for defines in ((), ("UNITY_EDITOR",), ("UNITY_WEBGL",), ("UNITY_WEBGL", "UNITY_EDITOR")):
        mono.unity(core, f"Unity-{len(defines)}{'-'.join(defines)}.dll", defines)


def test_the_samples_compile(mono):
    mono.samples()


def test_every_file_has_its_meta():
    assert not metas.problems(), "run: python3 tests/unity/metas.py"


def test_scenes_refer_to_scripts_that_are_there():
    guids = {metas.guid(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.cs")}
    scenes = list(PACKAGE.rglob("*.unity"))
    assert len(scenes) == 2
    for scene in scenes:
        used = re.findall(r"m_Script: \{fileID: 11500000, guid: ([0-9a-f]{32}), type: 3\}", scene.read_text())
        assert len(used) >= 2 and set(used) <= guids, scene.name


def test_the_manifest_names_what_is_there():
    manifest = json.loads((PACKAGE / "package.json").read_text())
    for sample in manifest["samples"]:
        assert (PACKAGE / sample["path"]).is_dir()
    assert (PACKAGE / manifest["documentationUrl"]).is_file()
    assert f"## [{manifest['version']}]" in (PACKAGE / "CHANGELOG.md").read_text()
    for file in PACKAGE.rglob("*.asmdef"):
        assert json.loads(file.read_text())["name"] == file.stem
    assert json.loads((PACKAGE / "Runtime/Core/Gachapon.Core.asmdef").read_text())["noEngineReferences"]


def test_the_core_keeps_to_what_every_platform_has():
    """No threads, timers or reflection, and nothing that a compiler ahead of time cannot see."""
    forbidden = re.compile(r"Task\.Run|Task\.Delay|ConfigureAwait|Threading\.Timer|new Thread|System\.Reflection|\bdynamic\b|Activator\.|"
                           r"GetType\(|\bstatic (?!readonly|class)[\w<>\[\]?]+ \w+( =|;|,)")
    for file in sources(PACKAGE / "Runtime"):
        code = re.sub(r"//.*", "", file.read_text())
        found = forbidden.search(code)
        assert not found, f"{file.name}: {found.group()}"
