/* api: a method for each command and each query; client.ts does the sending.
 *
 * Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again. */

import type { CommandOptions, Page, QueryOptions, Stored } from "../options.js";
import type * as types from "./types.js";

export abstract class Api {
  abstract command<K extends types.CommandName>(
    name: K,
    payload: types.Requests[K],
    options?: CommandOptions,
  ): Promise<Stored<types.Replies[K]>>;

  abstract query<K extends keyof types.Rows>(view: K, options?: QueryOptions): Promise<Page<types.Rows[K]>>;

  /** Opens a pack once or ten times. For: player.
   *  Rejections: player_unknown, player_inactive, pack_unknown, pack_retired, count_invalid, wallet_insufficient, item_insufficient, pack_not_owned_as_item, stock_exhausted. */
  openPack(
    pack: string,
    count: number,
    options: CommandOptions & Partial<Pick<types.OpenPackCommand, "payment">> = {},
  ): Promise<Stored<types.PackOpened>> {
    return this.command("open_pack", { pack, count, payment: options.payment }, options);
  }

  /** Forms a team of four different characters of one's own. For: player.
   *  Rejections: player_unknown, player_inactive, team_size_invalid, team_member_repeated, character_not_owned, team_name_invalid, teams_full. */
  formTeam(
    name: string,
    members: readonly string[],
    options: CommandOptions = {},
  ): Promise<Stored<types.TeamFormed>> {
    return this.command("form_team", { name, members }, options);
  }

  /** Gives a team another name and members. For: player.
   *  Rejections: player_unknown, player_inactive, team_unknown, team_size_invalid, team_member_repeated, character_not_owned, team_name_invalid. */
  changeTeam(
    team: number,
    name: string,
    members: readonly string[],
    options: CommandOptions = {},
  ): Promise<Stored<types.TeamChanged>> {
    return this.command("change_team", { team, name, members }, options);
  }

  /** Disbands a team. For: player.
   *  Rejections: player_unknown, player_inactive, team_unknown. */
  disbandTeam(
    team: number,
    options: CommandOptions = {},
  ): Promise<Stored<types.TeamDisbanded>> {
    return this.command("disband_team", { team }, options);
  }

  /** Changes the name that others see. For: player.
   *  Rejections: player_unknown, player_inactive, display_name_invalid. */
  renamePlayer(
    displayName: string,
    options: CommandOptions = {},
  ): Promise<Stored<types.PlayerRenamed>> {
    return this.command("rename_player", { displayName }, options);
  }

  /** Reveals the server seed in use, so that its draws can be recomputed, and starts the next with a client seed of the player's choice. For: player.
   *  Rejections: player_unknown, player_inactive, client_seed_invalid. */
  rotateSeed(
    clientSeed: string,
    options: CommandOptions = {},
  ): Promise<Stored<types.SeedRotated>> {
    return this.command("rotate_seed", { clientSeed }, options);
  }

  /** Adds a character to the catalogue or changes its texts. For: game-admin.
   *  Rejections: rarity_changed, catalogue_full. */
  publishCharacter(
    character: string,
    name: string,
    rarity: types.Rarity,
    options: CommandOptions & Partial<Pick<types.PublishCharacterCommand, "description">> = {},
  ): Promise<Stored<types.CharacterPublished>> {
    return this.command("publish_character", { character, name, rarity, description: options.description }, options);
  }

  /** Adds an item to the catalogue or changes its texts. For: game-admin.
   *  Rejections: catalogue_full. */
  publishItem(
    item: string,
    name: string,
    options: CommandOptions & Partial<Pick<types.PublishItemCommand, "description">> = {},
  ): Promise<Stored<types.ItemPublished>> {
    return this.command("publish_item", { item, name, description: options.description }, options);
  }

  /** Says what a new player starts with. For: game-admin.
   *  Rejections: item_unknown, amount_invalid. */
  setStartingBalance(
    free: bigint,
    itemCount: number,
    options: CommandOptions & Partial<Pick<types.SetStartingBalanceCommand, "item">> = {},
  ): Promise<Stored<types.StartingBalanceSet>> {
    return this.command("set_starting_balance", { free, itemCount, item: options.item }, options);
  }

  /** Publishes a pack, or a new version of it. For: game-admin.
   *  Rejections: character_unknown, item_unknown, pack_table_invalid, amount_invalid. */
  publishPack(
    given: Pick<types.PublishPackCommand, "pack" | "name" | "price" | "tenPrice" | "rarities" | "entries" | "pityGroup" | "hardPity" | "pityRarity" | "limited" | "stock">,
    options: CommandOptions & Partial<Pick<types.PublishPackCommand, "item">> = {},
  ): Promise<Stored<types.PackPublished>> {
    return this.command("publish_pack", { ...given, item: options.item }, options);
  }

  /** Takes a pack off sale. For: game-admin.
   *  Rejections: pack_unknown, pack_retired. */
  retirePack(
    pack: string,
    options: CommandOptions = {},
  ): Promise<Stored<types.PackRetired>> {
    return this.command("retire_pack", { pack }, options);
  }

  /** Gives a player currency or an item. Repeated with the same external_id it has one effect, for ever. For: game-admin, game-service.
   *  Rejections: player_unknown, player_inactive, item_unknown, amount_invalid. */
  grant(
    given: Pick<types.GrantCommand, "player" | "externalId" | "kind" | "amount">,
    options: CommandOptions & Partial<Pick<types.GrantCommand, "item" | "reason">> = {},
  ): Promise<Stored<types.Granted>> {
    return this.command("grant", { ...given, item: options.item, reason: options.reason }, options);
  }

  /** Says that Keycloak has no such user any more. The server does so itself when it hears of a deletion; operators where it could not hear. The player is erased after the grace time, unless the user is there again. For: game-admin.
   *  Rejections: player_unknown, player_inactive. */
  deactivatePlayer(
    player: string,
    options: CommandOptions & Partial<Pick<types.DeactivatePlayerCommand, "graceS" | "reason">> = {},
  ): Promise<Stored<types.PlayerDeactivated>> {
    return this.command("deactivate_player", { player, graceS: options.graceS, reason: options.reason }, options);
  }

  /** Erases a player at once and for good: its personal key is destroyed and its user deleted in Keycloak. Issued by the server when the grace time of a deactivated player is over. For: game-admin.
   *  Rejections: player_unknown, player_inactive, player_active. */
  erasePlayer(
    player: string,
    options: CommandOptions & Partial<Pick<types.ErasePlayerCommand, "reason" | "evenActive">> = {},
  ): Promise<Stored<types.PlayerErased>> {
    return this.command("erase_player", { player, reason: options.reason, evenActive: options.evenActive }, options);
  }

  /** Rows of the view player, page by page: a player's profile and the proof material in use. */
  listPlayers(options?: QueryOptions): Promise<Page<types.PlayerRow>> {
    return this.query("player", options);
  }

  /** Rows of the view proof, page by page: the seeds in use for a player's draws. */
  listProofs(options?: QueryOptions): Promise<Page<types.ProofRow>> {
    return this.query("proof", options);
  }

  /** Rows of the view wallet, page by page: a player's currency. */
  listWallets(options?: QueryOptions): Promise<Page<types.WalletRow>> {
    return this.query("wallet", options);
  }

  /** Rows of the view character, page by page: a character a player owns. */
  listCharacters(options?: QueryOptions): Promise<Page<types.CharacterRow>> {
    return this.query("character", options);
  }

  /** Rows of the view item, page by page: an item a player owns. */
  listItems(options?: QueryOptions): Promise<Page<types.ItemRow>> {
    return this.query("item", options);
  }

  /** Rows of the view team, page by page: a team of four. */
  listTeams(options?: QueryOptions): Promise<Page<types.TeamRow>> {
    return this.query("team", options);
  }

  /** Rows of the view pity, page by page: how far a player is from hard pity. */
  listPities(options?: QueryOptions): Promise<Page<types.PityRow>> {
    return this.query("pity", options);
  }

  /** Rows of the view opening, page by page: one opening in a player's full history. */
  listOpenings(options?: QueryOptions): Promise<Page<types.OpeningRow>> {
    return this.query("opening", options);
  }

  /** Rows of the view pack, page by page: a pack. */
  listPacks(options?: QueryOptions): Promise<Page<types.PackRow>> {
    return this.query("pack", options);
  }

  /** Rows of the view odds, page by page: the exact chance of one character in one draw of a pack, pity apart: numerator / denominator. */
  listOdds(options?: QueryOptions): Promise<Page<types.OddsRow>> {
    return this.query("odds", options);
  }

  /** Rows of the view stock, page by page: what is left of a limited pack. */
  listStocks(options?: QueryOptions): Promise<Page<types.StockRow>> {
    return this.query("stock", options);
  }

  /** Rows of the view character_info, page by page: a character of the catalogue. */
  listCharacterInfos(options?: QueryOptions): Promise<Page<types.CharacterInfoRow>> {
    return this.query("character_info", options);
  }

  /** Rows of the view item_info, page by page: an item of the catalogue. */
  listItemInfos(options?: QueryOptions): Promise<Page<types.ItemInfoRow>> {
    return this.query("item_info", options);
  }

  /** Rows of the view pull_statistic, page by page: how often a character was drawn from one version of a pack: to be held against its published odds. */
  listPullStatistics(options?: QueryOptions): Promise<Page<types.PullStatisticRow>> {
    return this.query("pull_statistic", options);
  }
}
