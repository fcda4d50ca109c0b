/* pkce: signing in on the provider's own page, in a browser (RFC 6749 authorization code, RFC 7636 PKCE, S256).
 *
 * The player leaves for the provider and comes back to `redirectUri` with a code, which only the tab that left can turn
 * into tokens: the verifier waits in its sessionStorage, beside the state that the answer must carry. The query is taken
 * off the address at once, so that a reload does not use the code twice. Tokens stay in sessionStorage by default: they
 * last as long as the tab. */

import type { Auth, Credentials } from "./auth.js";
import { GachaponError } from "./errors.js";
import { Keeper, discover, requestTokens, type Login, type TokenSet, type TokenStore } from "./oidc.js";
import { base64url, randomBytes, webcrypto } from "./random.js";

const PENDING = "gachapon.login";

export interface RedirectOptions {
  /** The provider's client of this page, where it has one of its own. Default: the one that the server names. */
  clientId?: string;
  /** Where the provider sends the player back to; registered there. Default: this page without its query. */
  redirectUri?: string;
  /** True: a player without tokens is sent to the provider at once. False (default): the client closes with `login_needed`. */
  automatic?: boolean;
  /** Default: sessionStorage. */
  store?: TokenStore;
  /** `create`: the provider's registration page. */
  prompt?: "login" | "create";
}

interface Pending {
  readonly state: string;
  readonly verifier: string;
  readonly redirectUri: string;
}

/** Tokens in sessionStorage under this name. */
export function sessionTokens(name = "gachapon.tokens"): TokenStore {
  return {
    load: () => JSON.parse(sessionStorage.getItem(name) ?? "null") as TokenSet | null,
    save: (tokens) =>
      tokens === null ? sessionStorage.removeItem(name) : sessionStorage.setItem(name, JSON.stringify(tokens)),
  };
}

class RedirectLogin implements Auth {
  private readonly keeper: Keeper;

  constructor(private readonly options: RedirectOptions) {
    this.keeper = new Keeper(options.store ?? sessionTokens());
  }

  async credentials(named: Login): Promise<Credentials> {
    const login = { ...named, clientId: this.options.clientId ?? named.clientId };
    const token = (await this.keeper.access(login)) ?? (await this.comeBack(login));
    if (token !== null) return { token };
    if (this.options.automatic !== true) throw new GachaponError("login_needed", false, "sign in on the provider's page");
    return this.leave(login);
  }

  signOut(login: Login): Promise<void> {
    return this.keeper.signOut(login);
  }

  /** The token for the code that the provider sent the player back with; null if there is none. */
  private async comeBack(login: Login): Promise<string | null> {
    const query = new URLSearchParams(location.search);
    const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? "null") as Pending | null;
    if (pending === null || query.get("state") !== pending.state) return null;
    sessionStorage.removeItem(PENDING);
    history.replaceState(history.state, "", location.pathname + location.hash);
    const code = query.get("code");
    if (code === null)
      throw new GachaponError("login_failed", false, query.get("error_description") ?? query.get("error") ?? "no code came back");
    const { verifier: code_verifier, redirectUri: redirect_uri } = pending;
    const tokens = await requestTokens(login, { grant_type: "authorization_code", code, code_verifier, redirect_uri });
    this.keeper.keep(tokens);
    return tokens.accessToken;
  }

  /** Goes to the provider's page; nothing after it runs here. */
  private async leave(login: Login): Promise<never> {
    const { authorization_endpoint: endpoint } = await discover(login.issuer);
    const redirectUri = this.options.redirectUri ?? location.origin + location.pathname;
    const [state, verifier] = [base64url(randomBytes(16)), base64url(randomBytes(32))];
    const pending: Pending = { state, verifier, redirectUri };
    sessionStorage.setItem(PENDING, JSON.stringify(pending));
    location.assign(`${endpoint}?${(await question(login, pending, this.options.prompt)).toString()}`);
    return new Promise(() => undefined);
  }
}

async function question(login: Login, pending: Pending, prompt: string | undefined): Promise<URLSearchParams> {
  const hash = await webcrypto.subtle.digest("SHA-256", new TextEncoder().encode(pending.verifier));
  return new URLSearchParams({
    response_type: "code",
    client_id: login.clientId,
    redirect_uri: pending.redirectUri,
    scope: "openid",
    state: pending.state,
    code_challenge: base64url(new Uint8Array(hash)),
    code_challenge_method: "S256",
    ...(prompt && { prompt }),
  });
}

/** A player who signs in on the provider's own page. Browsers only. */
export function redirectLogin(options: RedirectOptions = {}): Auth {
  return new RedirectLogin(options);
}
