// Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
using System;
using Gachapon.Wire;
using System.Threading.Tasks;

namespace Gachapon
{
    public sealed partial class GachaponClient
    {
        /// <summary>Opens a pack once or ten times.</summary>
        public Task<PackOpenedEvent> OpenPackAsync(string pack, int count, Payment payment = Payment.Currency, CommandOptions options = null)
        {
            return SendAsync(new OpenPackCommand { Pack = pack, Count = count, Payment = payment }, options);
        }

        /// <summary>Forms a team of four different characters of one's own.</summary>
        public Task<TeamFormedEvent> FormTeamAsync(string name, string[] members, CommandOptions options = null)
        {
            return SendAsync(new FormTeamCommand { Name = name, Members = members }, options);
        }

        /// <summary>Gives a team another name and members.</summary>
        public Task<TeamChangedEvent> ChangeTeamAsync(uint team, string name, string[] members, CommandOptions options = null)
        {
            return SendAsync(new ChangeTeamCommand { Team = team, Name = name, Members = members }, options);
        }

        /// <summary>Disbands a team.</summary>
        public Task<TeamDisbandedEvent> DisbandTeamAsync(uint team, CommandOptions options = null)
        {
            return SendAsync(new DisbandTeamCommand { Team = team }, options);
        }

        /// <summary>Changes the name that others see.</summary>
        public Task<PlayerRenamedEvent> RenamePlayerAsync(string displayName, CommandOptions options = null)
        {
            return SendAsync(new RenamePlayerCommand { DisplayName = displayName }, options);
        }

        /// <summary>Reveals the server seed in use, so that its draws can be recomputed, and starts the next with a client seed of the player's choice.</summary>
        public Task<SeedRotatedEvent> RotateSeedAsync(string clientSeed, CommandOptions options = null)
        {
            return SendAsync(new RotateSeedCommand { ClientSeed = clientSeed }, options);
        }

        /// <summary>A page of: A player's profile and the proof material in use. Page on with after, the last page's Next.</summary>
        public Task<Page<PlayerRow>> ListPlayersAsync(byte[] after = null, int limit = 100, Guid player = default(Guid), ulong atLeast = 0)
        {
            return QueryAsync(new Query<PlayerRow>(300, "list_players", PlayerRow.ReadRow)
            {
                Page = new ListQueryRequest { After = after, Limit = limit, Player = player }
            }, atLeast);
        }

        /// <summary>A page of: The seeds in use for a player's draws. Page on with after, the last page's Next.</summary>
        public Task<Page<ProofRow>> ListProofsAsync(byte[] after = null, int limit = 100, Guid player = default(Guid), ulong atLeast = 0)
        {
            return QueryAsync(new Query<ProofRow>(301, "list_proofs", ProofRow.ReadRow)
            {
                Page = new ListQueryRequest { After = after, Limit = limit, Player = player }
            }, atLeast);
        }

        /// <summary>A page of: A player's currency. Page on with after, the last page's Next.</summary>
        public Task<Page<WalletRow>> ListWalletsAsync(byte[] after = null, int limit = 100, Guid player = default(Guid), ulong atLeast = 0)
        {
            return QueryAsync(new Query<WalletRow>(302, "list_wallets", WalletRow.ReadRow)
            {
                Page = new ListQueryRequest { After = after, Limit = limit, Player = player }
            }, atLeast);
        }

        /// <summary>A page of: A character a player owns. Page on with after, the last page's Next.</summary>
        public Task<Page<CharacterRow>> ListCharactersAsync(byte[] after = null, int limit = 100, Guid player = default(Guid), ulong atLeast = 0)
        {
            return QueryAsync(new Query<CharacterRow>(303, "list_characters", CharacterRow.ReadRow)
            {
                Page = new ListQueryRequest { After = after, Limit = limit, Player = player }
            }, atLeast);
        }

        /// <summary>A page of: An item a player owns. Page on with after, the last page's Next.</summary>
        public Task<Page<ItemRow>> ListItemsAsync(byte[] after = null, int limit = 100, Guid player = default(Guid), ulong atLeast = 0)
        {
            return QueryAsync(new Query<ItemRow>(304, "list_items", ItemRow.ReadRow)
            {
                Page = new ListQueryRequest { After = after, Limit = limit, Player = player }
            }, atLeast);
        }

        /// <summary>A page of: A team of four. Page on with after, the last page's Next.</summary>
        public Task<Page<TeamRow>> ListTeamsAsync(byte[] after = null, int limit = 100, Guid player = default(Guid), ulong atLeast = 0)
        {
            return QueryAsync(new Query<TeamRow>(305, "list_teams", TeamRow.ReadRow)
            {
                Page = new ListQueryRequest { After = after, Limit = limit, Player = player }
            }, atLeast);
        }

        /// <summary>A page of: How far a player is from hard pity. Page on with after, the last page's Next.</summary>
        public Task<Page<PityRow>> ListPitiesAsync(byte[] after = null, int limit = 100, Guid player = default(Guid), ulong atLeast = 0)
        {
            return QueryAsync(new Query<PityRow>(306, "list_pities", PityRow.ReadRow)
            {
                Page = new ListQueryRequest { After = after, Limit = limit, Player = player }
            }, atLeast);
        }

        /// <summary>A page of: One opening in a player's full history. Page on with after, the last page's Next.</summary>
        public Task<Page<OpeningRow>> ListOpeningsAsync(byte[] after = null, int limit = 100, Guid player = default(Guid), ulong atLeast = 0)
        {
            return QueryAsync(new Query<OpeningRow>(307, "list_openings", OpeningRow.ReadRow)
            {
                Page = new ListQueryRequest { After = after, Limit = limit, Player = player }
            }, atLeast);
        }

        /// <summary>A page of: A pack. Page on with after, the last page's Next.</summary>
        public Task<Page<PackRow>> ListPacksAsync(byte[] after = null, int limit = 100, Guid player = default(Guid), ulong atLeast = 0)
        {
            return QueryAsync(new Query<PackRow>(320, "list_packs", PackRow.ReadRow)
            {
                Page = new ListQueryRequest { After = after, Limit = limit, Player = player }
            }, atLeast);
        }

        /// <summary>A page of: The exact chance of one character in one draw of a pack, pity apart: numerator / denominator. Page on with after, the last page's Next.</summary>
        public Task<Page<OddsRow>> ListOddsAsync(byte[] after = null, int limit = 100, Guid player = default(Guid), ulong atLeast = 0)
        {
            return QueryAsync(new Query<OddsRow>(321, "list_odds", OddsRow.ReadRow)
            {
                Page = new ListQueryRequest { After = after, Limit = limit, Player = player }
            }, atLeast);
        }

        /// <summary>A page of: What is left of a limited pack. Page on with after, the last page's Next.</summary>
        public Task<Page<StockRow>> ListStocksAsync(byte[] after = null, int limit = 100, Guid player = default(Guid), ulong atLeast = 0)
        {
            return QueryAsync(new Query<StockRow>(322, "list_stocks", StockRow.ReadRow)
            {
                Page = new ListQueryRequest { After = after, Limit = limit, Player = player }
            }, atLeast);
        }

        /// <summary>A page of: A character of the catalogue. Page on with after, the last page's Next.</summary>
        public Task<Page<CharacterInfoRow>> ListCharacterInfosAsync(byte[] after = null, int limit = 100, Guid player = default(Guid), ulong atLeast = 0)
        {
            return QueryAsync(new Query<CharacterInfoRow>(323, "list_character_infos", CharacterInfoRow.ReadRow)
            {
                Page = new ListQueryRequest { After = after, Limit = limit, Player = player }
            }, atLeast);
        }

        /// <summary>A page of: An item of the catalogue. Page on with after, the last page's Next.</summary>
        public Task<Page<ItemInfoRow>> ListItemInfosAsync(byte[] after = null, int limit = 100, Guid player = default(Guid), ulong atLeast = 0)
        {
            return QueryAsync(new Query<ItemInfoRow>(324, "list_item_infos", ItemInfoRow.ReadRow)
            {
                Page = new ListQueryRequest { After = after, Limit = limit, Player = player }
            }, atLeast);
        }

        /// <summary>A page of: How often a character was drawn from one version of a pack: to be held against its published odds. Page on with after, the last page's Next.</summary>
        public Task<Page<PullStatisticRow>> ListPullStatisticsAsync(byte[] after = null, int limit = 100, Guid player = default(Guid), ulong atLeast = 0)
        {
            return QueryAsync(new Query<PullStatisticRow>(325, "list_pull_statistics", PullStatisticRow.ReadRow)
            {
                Page = new ListQueryRequest { After = after, Limit = limit, Player = player }
            }, atLeast);
        }
    }
}
