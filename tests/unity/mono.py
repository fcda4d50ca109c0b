"""Compiles the Unity package with Mono's mcs, warnings as errors, and runs what comes out.

    core = Mono(folder).core()                    Gachapon.Core.dll, of protocol/unity or of a copy of it
    mono.program("play.exe", core, "Play.cs", VECTOR_TYPES)
"""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = ROOT / "protocol/unity"
VECTOR_TYPES = [ROOT / "protocol/gen/csharp/VectorTypes.cs", HERE / "VectorText.cs"]


class Mono:
    """What is compiled goes into `folder`; `package` is where the package lies."""

    def __init__(self, folder, package=PACKAGE):
        self.folder, self.package = pathlib.Path(folder), pathlib.Path(package)

    def compile(self, name, sources, references=(), defines=()):
        """An assembly; a library if its name says so. Returns its path."""
        out = self.folder / name
        kind = "library" if out.suffix == ".dll" else "exe"
        done = subprocess.run(
            ["mcs", "-nologo", "-warnaserror+", "-warn:4", "-debug+", f"-target:{kind}", f"-out:{out}",
             *(f"-r:{reference}" for reference in references), *(f"-d:{define}" for define in defines), *sources],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, done.stdout
        return out

    def core(self):
        return self.compile("Gachapon.Core.dll", sources(self.package / "Runtime/Core"))

    def unity(self, core, name="Gachapon.Unity.dll", defines=()):
        """(the stub of UnityEngine, the Unity part)."""
        stub = self.compile("UnityEngine.dll", sources(HERE / "stub"))
        return stub, self.compile(name, sources(self.package / "Runtime/Unity"), [core, stub], defines)

    def samples(self):
        """The samples, played by PlaySamples.cs."""
        core = self.core()
        stub, unity = self.unity(core)
        return self.compile("samples.exe", [*sources(self.package / "Samples~"), HERE / "PlaySamples.cs"], [core, stub, unity])

    def run(self, program, *arguments, timeout_s=600):
        """(exit code, what it printed)."""
        done = subprocess.run(["mono", "--debug", program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=timeout_s)
        return done.returncode, done.stdout


def sources(*folders):
    return sorted(path for folder in folders for path in pathlib.Path(folder).rglob("*.cs"))
