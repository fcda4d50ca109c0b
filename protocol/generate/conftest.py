"""Fixtures of the generator's tests: the real schema, and changed copies of it."""

import shutil
import sys
from pathlib import Path

import pytest
import yaml

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import python_client  # noqa: E402
import schema as schema_reader  # noqa: E402

PROTOCOL = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def schema():
    return schema_reader.load(PROTOCOL / "schema")


@pytest.fixture(scope="session")
def protocol(schema):
    """The generated Python client."""
    return python_client.load(schema)


@pytest.fixture
def changed_schema(tmp_path):
    """A folder with a copy of the schema, and a function that changes one file of it through a callback."""
    folder = tmp_path / "schema"
    shutil.copytree(PROTOCOL / "schema", folder)

    def change(file, callback):
        path = folder / f"{file}.yaml"
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        callback(content)
        path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
        return folder

    return change
