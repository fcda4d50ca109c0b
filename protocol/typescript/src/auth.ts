/* auth: ways to say who plays. A provider is asked for credentials on every new line, and again, with `fresh`, when the
 * token it gave no longer serves; it answers with a token, or with a registration on the first line of a new player.
 *
 *     guest(...)           no form at all: play first; `claimAccount` makes a full account of it later
 *     registration(...)    an in-game form; the user is made on the first connect
 *     passwordLogin(...)   an in-game form for those who have an account
 *     redirectLogin(...)   the provider's own page (authorization code with PKCE): pkce.ts
 *     accessToken(...)     a function of one's own
 *
 * The in-game forms are second best: the game sees the password. Prefer the provider's page where there is a browser. */

import { GachaponError } from "./errors.js";
import type { ClaimAccountReply, PlayAsGuestReply, RegisterMessage, RegisterReply } from "./gen/types.js";
import { Keeper, requestTokens, type Login, type TokenStore } from "./oidc.js";
import { base64url, randomBytes } from "./random.js";
import { uuidV7 } from "./uuid.js";

export type { Login, TokenSet, TokenStore } from "./oidc.js";

export type Credentials =
  | { readonly token: string; /** Of a player enrolled now. */ readonly displayName?: string }
  | { readonly register: RegisterMessage; readonly commandId: string }
  | { readonly guest: { secret: string; displayName: string }; readonly commandId: string };

export interface Auth {
  /** The next credentials are a registration, which only /join takes. */
  readonly registers?: boolean;
  /** Rejects with GachaponError: one that can be retried is, later; another one closes the client with its code. */
  credentials(login: Login): Promise<Credentials>;
  /** The registration succeeded, or that of a guest. */
  registered?(reply: RegisterReply | PlayAsGuestReply): void;
  /** The guest has a full account from now on. */
  claimed?(reply: ClaimAccountReply, form: { email: string; password: string }): void;
  /** Forgets the tokens, and ends their session at the provider. Rejects with GachaponError when it cannot be told. */
  signOut?(login: Login): Promise<void>;
}

class Registration implements Auth {
  private readonly keeper: Keeper;
  /** Made once: a registration that is sent again after a lost connection makes nothing new. */
  private readonly commandId = uuidV7(Date.now());
  private clientId = "";

  constructor(
    private readonly form: RegisterMessage,
    store: TokenStore | null,
  ) {
    this.keeper = new Keeper(store);
  }

  get registers(): boolean {
    return this.keeper.isEmpty;
  }

  async credentials(login: Login): Promise<Credentials> {
    this.clientId = login.clientId;
    if (this.keeper.isEmpty) return { register: this.form, commandId: this.commandId };
    const token = await this.keeper.access(login);
    return { token: token ?? (await grantByPassword(this.keeper, login, this.form.email, this.form.password)) };
  }

  registered(reply: RegisterReply): void {
    const { accessToken, refreshToken, expiresAt } = reply;
    this.keeper.keep({ clientId: this.clientId, accessToken, refreshToken, expiresAt });
  }

  signOut(login: Login): Promise<void> {
    return this.keeper.signOut(login);
  }
}

async function grantByPassword(keeper: Keeper, login: Login, username: string, password: string): Promise<string> {
  const tokens = await requestTokens(login, { grant_type: "password", scope: "openid", username, password });
  keeper.keep(tokens);
  return tokens.accessToken;
}

class PasswordLogin implements Auth {
  private readonly keeper: Keeper;

  constructor(
    private readonly form: { username: string; password: string; displayName?: string },
    store: TokenStore | null,
  ) {
    this.keeper = new Keeper(store);
  }

  async credentials(login: Login): Promise<Credentials> {
    const { username, password, displayName } = this.form;
    const token = (await this.keeper.access(login)) ?? (await grantByPassword(this.keeper, login, username, password));
    return displayName === undefined ? { token } : { token, displayName };
  }

  signOut(login: Login): Promise<void> {
    return this.keeper.signOut(login);
  }
}

/** What a guest must not lose: it is the only way back to the player. `userName` comes with the server's answer. */
export interface GuestAccount {
  readonly commandId: string;
  readonly secret: string;
  readonly userName: string | null;
}

/** Where it outlives the program: localStorage, a file, a keychain. */
export interface GuestStore {
  load(): GuestAccount | null;
  save(account: GuestAccount | null): void;
}

class GuestLogin implements Auth {
  private readonly keeper = new Keeper();
  private clientId = "";
  private account: GuestAccount;
  private claimedWith: { email: string; password: string } | null = null;

  constructor(
    private readonly displayName: string,
    private readonly store: GuestStore,
  ) {
    this.account = store.load() ?? { commandId: uuidV7(Date.now()), secret: base64url(randomBytes(32)), userName: null };
    store.save(this.account); /* before it is used: a lost answer can be asked for again, after a restart too */
  }

  get registers(): boolean {
    return this.account.userName === null;
  }

  async credentials(login: Login): Promise<Credentials> {
    this.clientId = login.clientId;
    const { commandId, secret, userName } = this.account;
    if (userName === null) return { guest: { secret, displayName: this.displayName }, commandId };
    const [name, password] = this.claimedWith ? [this.claimedWith.email, this.claimedWith.password] : [userName, secret];
    return { token: (await this.keeper.access(login)) ?? (await grantByPassword(this.keeper, login, name, password)) };
  }

  registered(reply: PlayAsGuestReply): void {
    this.keep(reply);
    this.account = { ...this.account, userName: reply.userName };
    this.store.save(this.account);
  }

  claimed(reply: ClaimAccountReply, form: { email: string; password: string }): void {
    this.keep(reply);
    this.claimedWith = form;
    this.store.save(null); /* the secret is void */
  }

  signOut(login: Login): Promise<void> {
    return this.keeper.signOut(login);
  }

  private keep({ accessToken, refreshToken, expiresAt }: PlayAsGuestReply | ClaimAccountReply): void {
    this.keeper.keep({ clientId: this.clientId, accessToken, refreshToken, expiresAt });
  }
}

/** A player without a form. The store keeps what leads back to the player; once the account is claimed it is empty. */
export function guest(store: GuestStore, displayName = ""): Auth {
  return new GuestLogin(displayName, store);
}

/** A new player, from an in-game form. */
export function registration(form: RegisterMessage, store: TokenStore | null = null): Auth {
  return new Registration(form, store);
}

/** A player who has an account, from an in-game form. */
export function passwordLogin(
  form: { username: string; password: string; displayName?: string },
  store: TokenStore | null = null,
): Auth {
  return new PasswordLogin(form, store);
}

/** Tokens from a function. `fresh`: the one given last no longer serves. */
export function accessToken(give: (login: Login) => string | Promise<string>): Auth {
  return {
    async credentials(login) {
      try {
        return { token: await give(login) };
      } catch (error) {
        if (error instanceof GachaponError) throw error;
        throw new GachaponError("login_failed", false, String(error));
      }
    },
  };
}
