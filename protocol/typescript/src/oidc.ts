/* oidc: what is asked of the identity provider over HTTPS: its endpoints, and tokens.
 *
 * `Keeper` holds a set of tokens: it gives the access token while that is good, gets a fresh one with the refresh
 * token, one request at a time however many ask, and tells the store, so that a page that is loaded again need not ask
 * the player. A refresh token that the provider refuses is forgotten. */

import { GachaponError } from "./errors.js";
import { guarded } from "./signal.js";

/** What the server's hello says of its identity provider, and whether the token used last no longer serves. */
export interface Login {
  readonly issuer: string;
  readonly clientId: string;
  readonly fresh: boolean;
}

export interface TokenSet {
  /** The client that they were given to, which alone can refresh them. */
  readonly clientId: string;
  readonly accessToken: string;
  readonly refreshToken: string | null;
  /** Milliseconds since 1970, by this machine's clock. */
  readonly expiresAt: number;
}

/** Where tokens outlive a page: sessionStorage, a keychain. The default forgets. */
export interface TokenStore {
  load(): TokenSet | null;
  save(tokens: TokenSet | null): void;
}

export interface Endpoints {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly end_session_endpoint: string;
}

const EARLY_MS = 10_000; /* a token is fetched anew so long before its end */
const FETCH_WITHIN_MS = 10_000;
const discovered = new Map<string, Promise<Endpoints>>();

/** The endpoints of an issuer, asked once. */
export function discover(issuer: string): Promise<Endpoints> {
  if (!issuer) return Promise.reject(new GachaponError("login_unavailable", false, "the server names no issuer"));
  let found = discovered.get(issuer);
  if (found === undefined) {
    found = ask(`${issuer}/.well-known/openid-configuration`) as Promise<unknown> as Promise<Endpoints>;
    discovered.set(issuer, found);
    found.catch(() => discovered.delete(issuer));
  }
  return found;
}

/** One request to the token endpoint. */
export async function requestTokens(login: Login, form: Record<string, string>): Promise<TokenSet> {
  const { token_endpoint: endpoint } = await discover(login.issuer);
  const body = new URLSearchParams({ client_id: login.clientId, ...form });
  const answer = await ask(endpoint, body);
  return {
    clientId: login.clientId,
    accessToken: String(answer["access_token"]),
    refreshToken: typeof answer["refresh_token"] === "string" ? answer["refresh_token"] : null,
    expiresAt: Date.now() + Number(answer["expires_in"] ?? 60) * 1000,
  };
}

async function ask(url: string, body?: URLSearchParams): Promise<Record<string, unknown>> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), FETCH_WITHIN_MS);
  try {
    const answer = await fetch(url, { method: body ? "POST" : "GET", ...(body && { body }), signal: stop.signal });
    const content = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
    if (answer.ok) return content;
    const why = [content["error"] ?? `status ${answer.status}`, content["error_description"]].filter(Boolean).join(": ");
    throw new GachaponError(answer.status < 500 ? "login_failed" : "login_unavailable", answer.status >= 500, why);
  } catch (error) {
    if (error instanceof GachaponError) throw error;
    throw new GachaponError("login_unavailable", true, `${new URL(url).origin}: ${String(error)}`, null, 1000);
  } finally {
    clearTimeout(timer);
  }
}

export class Keeper {
  private tokens: TokenSet | null;
  private refreshing: Promise<string> | null = null;

  constructor(private readonly store: TokenStore | null = null) {
    this.tokens = store?.load() ?? null;
  }

  get isEmpty(): boolean {
    return this.tokens === null;
  }

  /** A store that cannot save costs the next visit a sign-in, not this one: its error goes where uncaught ones go. */
  keep(tokens: TokenSet | null): void {
    this.tokens = tokens;
    guarded(() => this.store?.save(tokens));
  }

  /** An access token, or null when there is none and none can be had without the player. */
  async access(login: Login): Promise<string | null> {
    if (this.refreshing !== null) return this.refreshing;
    const tokens = this.tokens;
    if (tokens === null) return null;
    if (!login.fresh && tokens.expiresAt - EARLY_MS > Date.now()) return tokens.accessToken;
    if (tokens.refreshToken === null) return null;
    this.refreshing = this.refresh({ ...login, clientId: tokens.clientId }, tokens);
    try {
      return await this.refreshing;
    } catch (error) {
      if (!(error instanceof GachaponError) || error.canRetry) throw error;
      if (this.tokens !== tokens) return this.tokens?.accessToken ?? null; /* others came meanwhile */
      this.keep(null);
      return null;
    } finally {
      this.refreshing = null;
    }
  }

  private async refresh(login: Login, old: TokenSet): Promise<string> {
    const tokens = await requestTokens(login, { grant_type: "refresh_token", refresh_token: old.refreshToken! });
    if (this.tokens === old) this.keep(tokens); /* else a sign-in, or a claimed account, was faster */
    if (this.tokens === null) throw new GachaponError("login_needed", false, "the player signed out");
    return this.tokens.accessToken;
  }

  /** Forgets the tokens, and ends their session at the provider. */
  async signOut(login: Login): Promise<void> {
    const tokens = this.tokens;
    this.keep(null);
    if (tokens === null || tokens.refreshToken === null || !login.issuer) return;
    const { end_session_endpoint: endpoint } = await discover(login.issuer);
    await ask(endpoint, new URLSearchParams({ client_id: tokens.clientId, refresh_token: tokens.refreshToken }));
  }
}
