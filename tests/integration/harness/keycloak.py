"""A real Keycloak on 127.0.0.1, with keycloak/realm.json imported, and what its admin console can do.

The distribution in the cache is built once (`kc.sh build`, 10 s) and shared, read only. Each server has a
home of its own whose lib/ is a link into it, with its own bin/, conf/ and data/ (an H2 file database), so
that several run side by side and `start --optimized` takes about 13 s the first time, 6 s later. The realm is
imported only where it is not there yet: an edited realm.json needs a new data folder.

`Keycloak` is the server. `Console` is what a person in the admin console does, over the same REST that the
console uses; it also fetches tokens as clients do. Tests that want a token for a user need nothing else.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from . import leaks
from .places import ROOT, keycloak_distribution
from .processes import HarnessError, spawn, wait_until

REALM = "gachapon"
PLAYERS_CLIENT = "gachapon-players"
WEB_CLIENT = "gachapon-web"
CLIENT_SECRETS = {  # the same words as in keycloak/realm.json; never for a server that others can reach
    "gachapon-server": "dev-only-gachapon-server",
    "gachapon-operator": "dev-only-gachapon-operator",
    "game-service": "dev-only-game-service",
}


# Those two name who failed to sign in, and whose password was too weak: by e-mail address, in the in-game form's case.
# The events themselves are in Keycloak's database.
LOG_LEVEL = "INFO,org.keycloak.events:off,org.keycloak.services.resources.admin.UsersResource:error"
for _secret in CLIENT_SECRETS.values():
    leaks.remember(_secret)


class Keycloak:
    def __init__(self, folder, port, management_port, admin_password, admin="admin", realm_file=None, log=None):
        self.folder, self.port, self.management_port = pathlib.Path(folder), port, management_port
        self.admin, self.admin_password = admin, admin_password
        self.realm_file = pathlib.Path(realm_file or ROOT / "keycloak/realm.json")
        self.log = pathlib.Path(log) if log else self.folder / "keycloak.log"
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def issuer(self):
        return f"{self.url}/realms/{REALM}"

    def console(self):
        return Console(self.url, self.admin, self.admin_password)

    def spawn(self):
        """Starts it and returns at once; `wait_ready` waits."""
        self._make_home()
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        env = {name: value for name, value in os.environ.items() if not name.startswith(("KC_", "JAVA_OPTS"))}
        env.update(KC_BOOTSTRAP_ADMIN_USERNAME=self.admin, KC_BOOTSTRAP_ADMIN_PASSWORD=self.admin_password,
                   JAVA_OPTS_KC_HEAP="-Xms128m -Xmx512m", KC_LOG_LEVEL=LOG_LEVEL,
                   # Not /tmp: there it shares a folder with every other user's Keycloak. Quoted for kc.sh's xargs.
                   JAVA_OPTS_APPEND=f"'-Djava.io.tmpdir={temporary}' -XX:-UsePerfData")
        self.process = spawn("Keycloak", [
            "sh", self.folder / "bin/kc.sh", "start", "--optimized", "--import-realm", "--cache=local",
            "--http-enabled=true", "--http-host=127.0.0.1", f"--http-port={self.port}",
            f"--http-management-port={self.management_port}", f"--hostname={self.url}"], self.log, env=env, cwd=self.folder)

    def wait_ready(self, timeout_s=240):
        wait_until(self.answers, timeout_s, f"Keycloak to serve realm {REALM} on port {self.port}", every_s=0.2,
                   alive=self.process)
        (self.folder / "whole").touch()

    def start(self, timeout_s=240):
        self.spawn()
        self.wait_ready(timeout_s)

    def answers(self):
        discovery = f"{self.issuer}/.well-known/openid-configuration"
        with urllib.request.urlopen(discovery, timeout=5) as answer:
            return json.load(answer)["issuer"] == self.issuer

    def stop(self):
        if self.process is not None:
            self.process.stop(signal.SIGTERM, timeout_s=60)
            self.process = None

    def crash(self):
        if self.process is not None:
            self.process.kill()
            self.process = None

    def _make_home(self):
        """The small parts are copied anew each time, so that a new Keycloak version reaches an old folder. A database
        whose first start was interrupted is begun anew: it may be half made."""
        distribution = keycloak_distribution()
        if not (self.folder / "whole").exists():
            shutil.rmtree(self.folder / "data", ignore_errors=True)
        for name in ("bin", "conf", "providers", "themes"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            shutil.copytree(distribution / name, self.folder / name)
        lib = self.folder / "lib"
        if lib.is_symlink():
            lib.unlink()
        lib.symlink_to(distribution / "lib")
        imports = self.folder / "data" / "import"
        imports.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.realm_file, imports / "realm.json")


class Answer(Exception):
    """Keycloak refused: `status` and its words."""

    def __init__(self, status, body, what):
        super().__init__(f"{what}: Keycloak answered {status}: {body}")
        self.status, self.body = status, body


class Console:
    """Safe to share between threads. Every method raises Answer when Keycloak says no."""

    def __init__(self, url, admin, password):
        self.url, self._admin, self._password = url, admin, password
        self._token, self._token_until, self._lock = None, 0.0, threading.Lock()

    # Users, as the console's "Users" page.

    def create_user(self, username, password="correct horse 7", email=None, roles=(), attributes=None):
        """A user like one made by hand in the console; returns its id (the token's `sub`)."""
        leaks.remember(password)
        body = {"username": username, "enabled": True, "attributes": attributes or {},
                "credentials": [{"type": "password", "value": password, "temporary": False}]}
        if email:
            body["email"] = email
        location = self.call("POST", "/users", body)[1]["Location"]
        user = location.rsplit("/", 1)[1]
        if roles:
            self.add_roles(user, *roles)
        return user

    def find_user(self, username):
        found = self.call("GET", f"/users?exact=true&username={urllib.parse.quote(username)}")[0]
        return found[0] if found else None

    def user(self, user):
        return self.call("GET", f"/users/{user}")[0]

    def set_enabled(self, user, enabled):
        self.call("PUT", f"/users/{user}", {"enabled": enabled})

    def set_password(self, user, password):
        leaks.remember(password)
        self.call("PUT", f"/users/{user}/reset-password", {"type": "password", "value": password, "temporary": False})

    def delete_user(self, user):
        self.call("DELETE", f"/users/{user}")

    def restore_user(self, user, name, password="correct horse 7"):
        """Makes a user of this very id again, as an import from a backup does."""
        self.call("POST", "/partialImport", {"ifResourceExists": "FAIL", "users": [
            {"id": user, "username": name, "enabled": True, "realmRoles": ["default-roles-gachapon"],
             "credentials": [{"type": "password", "value": password, "temporary": False}]}]})

    def sessions(self, user):
        return self.call("GET", f"/users/{user}/sessions")[0]

    def logout_user(self, user):
        """Ends the user's sessions, which calls the back channel of their clients."""
        self.call("POST", f"/users/{user}/logout")

    def add_roles(self, user, *names):
        self.call("POST", f"/users/{user}/role-mappings/realm", [self._role(name) for name in names])

    def remove_roles(self, user, *names):
        self.call("DELETE", f"/users/{user}/role-mappings/realm", [self._role(name) for name in names])

    def logout_all(self):
        """The realm-wide logout: every session of everybody, and `notBefore` moves to now."""
        self.call("POST", "/logout-all")

    def admin_events(self, maximum=100):
        return self.call("GET", f"/admin-events?max={maximum}")[0]

    # Clients, as the console's "Clients" page.

    def client(self, client_id):
        return self.call("GET", f"/clients?clientId={urllib.parse.quote(client_id)}")[0][0]

    def set_backchannel_logout_url(self, url, client_id=PLAYERS_CLIENT):
        """Where Keycloak tells of a logout. The realm file's default is the default internal port."""
        client = self.client(client_id)
        if client["attributes"].get("backchannel.logout.url") != url:
            client["attributes"]["backchannel.logout.url"] = url
            self.call("PUT", f"/clients/{client['id']}", client)

    @contextlib.contextmanager
    def changed_client(self, client_id=PLAYERS_CLIENT, attributes=None, **settings):
        """A client that is otherwise for a while."""
        before = self.client(client_id)
        after = {**before, **settings, "attributes": {**before["attributes"], **(attributes or {})}}
        cleared = {name: before["attributes"].get(name, "") for name in attributes or {}}
        self.call("PUT", f"/clients/{before['id']}", after)
        try:
            yield
        finally:
            self.call("PUT", f"/clients/{before['id']}", {**before, "attributes": {**before["attributes"], **cleared}})

    def add_web_origin(self, origin):
        """Where the page is served, other than the realm file says: its redirects and its calls come from there."""
        client = self.client(WEB_CLIENT)
        if origin not in client["webOrigins"]:
            client["webOrigins"].append(origin)
            client["redirectUris"].append(f"{origin}/*")
            self.call("PUT", f"/clients/{client['id']}", client)

    # The realm, as the console's "Realm settings" and "Authentication" pages.

    @contextlib.contextmanager
    def changed_realm(self, **settings):
        """A realm that is otherwise for a while."""
        realm = self.call("GET", "")[0]
        self.call("PUT", "", settings)
        try:
            yield
        finally:
            self.call("PUT", "", {name: realm.get(name, {} if isinstance(value, dict) else "")
                                  for name, value in settings.items()})

    @contextlib.contextmanager
    def action_of_everyone(self, alias):
        """A required action, such as TERMS_AND_CONDITIONS, that every new user has to do."""
        action = self.call("GET", f"/authentication/required-actions/{alias}")[0]
        self.call("PUT", f"/authentication/required-actions/{alias}", {**action, "enabled": True, "defaultAction": True})
        try:
            yield
        finally:
            self.call("PUT", f"/authentication/required-actions/{alias}", action)

    # Tokens, as a client fetches them.

    def login(self, username, password="correct horse 7", client_id=PLAYERS_CLIENT, **more):
        """Direct grant; returns the whole answer (access_token, refresh_token, expires_in, ...)."""
        return self.token(grant_type="password", client_id=client_id, username=username, password=password, **more)

    def service_login(self, client_id, secret=None):
        """Client credentials of gachapon-operator, game-service or gachapon-server."""
        return self.token(grant_type="client_credentials", client_id=client_id,
                          client_secret=secret or CLIENT_SECRETS[client_id])

    def refresh(self, refresh_token, client_id=PLAYERS_CLIENT):
        return self.token(grant_type="refresh_token", client_id=client_id, refresh_token=refresh_token)

    def token(self, realm=REALM, **form):
        return _http("POST", f"{self.url}/realms/{realm}/protocol/openid-connect/token", form=form)[0]

    # The rest of the admin REST.

    def call(self, method, path, body=None, realm=REALM):
        """Returns (decoded body, headers) of /admin/realms/{realm}{path}."""
        return _http(method, f"{self.url}/admin/realms/{realm}{path}", body=body, token=self._admin_token())

    def _admin_token(self):
        with self._lock:
            if time.monotonic() > self._token_until:
                fresh = self.token(realm="master", grant_type="password", client_id="admin-cli",
                                   username=self._admin, password=self._password)
                self._token, self._token_until = fresh["access_token"], time.monotonic() + fresh["expires_in"] - 10
            return self._token

    def _role(self, name):
        return self.call("GET", f"/roles/{urllib.parse.quote(name)}")[0]


def _http(method, url, body=None, form=None, token=None, timeout_s=60):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = None
    if form is not None:
        data = urllib.parse.urlencode(form).encode()
    elif body is not None:
        data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            raw = answer.read()
            return (json.loads(raw) if raw else None), answer.headers
    except urllib.error.HTTPError as refused:
        raise Answer(refused.code, refused.read().decode("utf-8", "replace")[:500], f"{method} {url}") from refused
    except urllib.error.URLError as failed:
        raise HarnessError(f"{method} {url}: {failed.reason}") from failed
