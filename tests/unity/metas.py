"""Unity's .meta files of the package: one beside every file and folder that Unity imports, its id made of its path, so that
scenes and assemblies can refer to it and it never changes. Run without arguments it writes what is missing and removes what
is left over; `problems` is what the test asks.
"""

import hashlib
import pathlib

PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "protocol/unity"
IMPORTERS = {".cs": "MonoImporter", ".asmdef": "AssemblyDefinitionImporter", ".jslib": "PluginImporter", ".json": "TextScriptImporter",
             ".md": "TextScriptImporter", ".asset": "NativeFormatImporter"}
PLUGIN = """  platformData:
  - first:
      WebGL: WebGL
    second:
      enabled: 1
      settings: {}
"""


def guid(path):
    return hashlib.md5(f"com.gachapon.client/{path}".encode()).hexdigest()


def text(path):
    """What stands in the .meta of a path below the package."""
    full = PACKAGE / path
    importer = "DefaultImporter" if full.is_dir() else IMPORTERS.get(full.suffix, "DefaultImporter")
    folder = "folderAsset: yes\n" if full.is_dir() else ""
    more = {"PluginImporter": PLUGIN, "NativeFormatImporter": "  mainObjectFileID: 11400000\n"}.get(importer, "")
    return (f"fileFormatVersion: 2\nguid: {guid(path)}\n{folder}{importer}:\n  externalObjects: {{}}\n{more}"
            "  userData: \n  assetBundleName: \n  assetBundleVariant: \n")


def wanted():
    """Path of a .meta -> its text. Unity imports no folder whose name ends in ~, but samples are copied with theirs."""
    found = {}
    for path in sorted(PACKAGE.rglob("*")):
        relative = path.relative_to(PACKAGE)
        if path.suffix == ".meta" or relative.parts[0] == "Documentation~" or relative.parts == ("Samples~",):
            continue
        found[PACKAGE / f"{relative}.meta"] = text(str(relative))
    return found


def problems():
    metas = wanted()
    wrong = [f"stale or missing: {path.name}" for path, content in metas.items() if not path.exists() or path.read_text() != content]
    return wrong + [f"left over: {path}" for path in PACKAGE.rglob("*.meta") if path not in metas]


def main():
    metas = wanted()
    for path in PACKAGE.rglob("*.meta"):
        if path not in metas:
            path.unlink()
    for path, content in metas.items():
        path.write_text(content)
    print(f"{len(metas)} .meta files")


if __name__ == "__main__":
    main()
