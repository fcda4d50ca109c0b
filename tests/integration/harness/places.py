"""Where things are: the checkout, the cache of downloads, PostgreSQL's programs, and folders and accounts
that a database server can use.

PostgreSQL refuses to run as root. When we are root (a container, CI) its servers run as the account
`postgres` that Debian's packages make, or else as a system account `gachapon` that is made on the spot.
That account may be unable to enter the checkout (a clone under /root is closed to everyone else); data
folders are then put where it can, and the caller prints where that is.
"""

import dataclasses
import hashlib
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import tempfile

from .processes import HarnessError, run

ROOT = pathlib.Path(__file__).resolve().parents[3]
KEYCLOAK_VERSION = re.search(
    r"^keycloak_version=([0-9.]+)$", (ROOT / "tests/dev/versions.sh").read_text(), re.M).group(1)


def cache_folder():
    """Downloads and the Python environment: GACHAPON_CACHE, else .cache in the checkout, else (where that
    cannot be written) ~/.cache/gachapon. tests/dev/common.sh follows the same rule."""
    named = os.environ.get("GACHAPON_CACHE")
    if named:
        return pathlib.Path(named)
    inside = ROOT / ".cache"
    if os.access(inside if inside.exists() else ROOT, os.W_OK):
        return inside
    return pathlib.Path.home() / ".cache" / "gachapon"


def keycloak_distribution():
    """The unpacked, built Keycloak that `./dev install keycloak` left in the cache."""
    home = cache_folder() / f"keycloak-{KEYCLOAK_VERSION}"
    if not (home / "lib/quarkus-run.jar").exists():
        raise HarnessError(f"no Keycloak {KEYCLOAK_VERSION} in {home}: run ./dev install keycloak")
    return home


def postgres_programs(version=None):
    """The folder of postgres and initdb; `version` (a string such as "15") asks for that one, because a data
    folder can only be opened by the major version that made it."""
    found = {}
    for base in (pathlib.Path("/usr/lib/postgresql"), pathlib.Path("/opt/postgresql")):
        for folder in base.glob("*/bin"):
            if (folder / "postgres").exists() and (folder / "initdb").exists() and folder.parent.name.isdigit():
                found[folder.parent.name] = folder
    on_path = shutil.which("postgres")
    if not found and on_path:
        found[""] = pathlib.Path(os.path.realpath(on_path)).parent
    if version is not None and version in found:
        return found[version]
    if version is not None and "" not in found:
        raise HarnessError(f"this data was made by PostgreSQL {version}, which is not installed (found: "
                           f"{', '.join(sorted(found)) or 'none'}); install it, or empty the data: ./dev reset")
    if not found:
        raise HarnessError("no PostgreSQL server programs (postgres, initdb): run ./dev install postgres")
    return found[max(found, key=lambda name: int(name or 0))]


@dataclasses.dataclass(frozen=True)
class Account:
    """An operating system account that a process can be started as."""
    name: str
    uid: int
    gid: int

    def popen_arguments(self):
        return {"user": self.uid, "group": self.gid, "extra_groups": [self.gid]}

    def owns(self, path):
        """Gives `path` to this account."""
        os.chown(path, self.uid, self.gid)

    def can_enter(self, folder):
        done = subprocess.run(["test", "-x", str(folder)], cwd="/", **self.popen_arguments())
        return done.returncode == 0


def database_account():
    """Whom PostgreSQL runs as: None (ourselves) unless we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "gachapon"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    useradd = shutil.which("useradd") or "/usr/sbin/useradd"
    run([useradd, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", "gachapon"],
        "making the system account gachapon, for PostgreSQL")
    entry = pwd.getpwnam("gachapon")
    return Account("gachapon", entry.pw_uid, entry.pw_gid)


def data_folder(preferred, account):
    """A folder for database servers: `preferred` if `account` can enter it, else one in /var/tmp that is always
    the same for this checkout. Made if missing. Returns the folder that was chosen."""
    preferred = pathlib.Path(preferred)
    preferred.mkdir(parents=True, exist_ok=True, mode=0o755)
    if account is None or account.can_enter(preferred):
        return preferred
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    other = pathlib.Path("/var/tmp") / f"gachapon-{name}"
    try:
        other.mkdir(mode=0o711)
    except FileExistsError:
        pass
    found = os.lstat(other)
    if found.st_uid != os.geteuid() or not os.path.isdir(other) or os.path.islink(other):
        raise HarnessError(f"{other} is not ours (another user made it): remove it, or clone where "
                           f"the account {account.name} can enter")
    os.chmod(other, 0o711)
    return other


def temporary_folder(account, prefix="gachapon-test-"):
    """A new folder for one test run that `account` can enter. The caller removes it."""
    for base in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        if not os.access(base, os.W_OK):
            continue
        folder = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=base))
        os.chmod(folder, 0o711)
        if account is None or account.can_enter(folder):
            return folder
        folder.rmdir()
    raise HarnessError("no temporary folder that the database account can enter")
