// What a game shows, each over the tables it is made of. Changed is raised once for everything that arrived together, with
// all of it in place, and not while catching up. Raw tables: GachaponClient.Tables.
using System;
using System.Collections.Generic;

namespace Gachapon
{
    public abstract class View
    {
        private readonly Table[] shown;

        public event Action Changed;

        internal View(params Table[] shown)
        {
            this.shown = shown;
        }

        internal bool ShowsAny(List<Table> touched)
        {
            return Array.Exists(shown, touched.Contains);
        }

        internal void Raise(Scheduler scheduler)
        {
            scheduler.Raise(Changed);
        }

        internal static TRow Only<TRow>(Table<TRow> table) where TRow : Row
        {
            return table.Rows.Count > 0 ? table.Rows[0] : null;
        }
    }

    /// <summary>The player's currency.</summary>
    public sealed class Wallet : View
    {
        private readonly Tables tables;

        internal Wallet(Tables tables) : base(tables.Wallets)
        {
            this.tables = tables;
        }

        public ulong Free { get { return Row == null ? 0 : Row.Free; } }

        public ulong Paid { get { return Row == null ? 0 : Row.Paid; } }

        public ulong Total { get { return Free + Paid; } }

        private WalletRow Row { get { return Only(tables.Wallets); } }
    }

    /// <summary>Characters and items the player owns.</summary>
    public sealed class Inventory : View
    {
        private readonly Tables tables;

        internal Inventory(Tables tables) : base(tables.Characters, tables.Items)
        {
            this.tables = tables;
        }

        public IList<CharacterRow> Characters { get { return tables.Characters.Rows; } }

        public IList<ItemRow> Items { get { return tables.Items.Rows; } }

        /// <summary>How many copies of a character; 0 for none.</summary>
        public uint Copies(string character)
        {
            CharacterRow row = tables.Characters.Find(character);
            return row == null ? 0 : row.Copies;
        }

        public uint Count(string item)
        {
            ItemRow row = tables.Items.Find(item);
            return row == null ? 0 : row.Count;
        }
    }

    /// <summary>The player's teams of four.</summary>
    public sealed class Teams : View
    {
        private readonly Tables tables;

        internal Teams(Tables tables) : base(tables.Teams)
        {
            this.tables = tables;
        }

        public IList<TeamRow> All { get { return tables.Teams.Rows; } }

        public TeamRow Find(uint team)
        {
            return tables.Teams.Find(team.ToString());
        }
    }

    /// <summary>What there is to open: packs, their exact odds, what is left, how far the player is from a promise.</summary>
    public sealed class Packs : View
    {
        private readonly Tables tables;

        internal Packs(Tables tables) : base(tables.Packs, tables.PackOdds, tables.Stocks, tables.Pities)
        {
            this.tables = tables;
        }

        /// <summary>Also those off sale: see their Status.</summary>
        public IList<PackRow> All { get { return tables.Packs.Rows; } }

        public PackRow Find(string pack)
        {
            return tables.Packs.Find(pack);
        }

        /// <summary>The chance of each character in one draw, as exact fractions.</summary>
        public IList<OddsRow> Odds(string pack)
        {
            List<OddsRow> found = new List<OddsRow>();
            foreach (OddsRow row in tables.PackOdds.Rows)
                if (row.Pack == pack) found.Add(row);
            return found;
        }

        /// <summary>Draws left of a limited pack; null if nothing limits it.</summary>
        public ulong? Left(string pack)
        {
            StockRow row = tables.Stocks.Find(pack);
            return row == null || !row.Limited ? (ulong?)null : row.Remaining;
        }

        /// <summary>Draws since the pack's promise was kept last.</summary>
        public uint Pity(PackRow pack)
        {
            PityRow row = tables.Pities.Find(pack.PityGroup);
            return row == null ? 0 : row.Draws;
        }
    }

    /// <summary>Names and descriptions of characters and items.</summary>
    public sealed class Catalogue : View
    {
        private readonly Tables tables;

        internal Catalogue(Tables tables) : base(tables.CharacterCatalogue, tables.ItemCatalogue)
        {
            this.tables = tables;
        }

        public CharacterInfoRow Character(string character)
        {
            return tables.CharacterCatalogue.Find(character);
        }

        public ItemInfoRow Item(string item)
        {
            return tables.ItemCatalogue.Find(item);
        }
    }

    /// <summary>The player, and the seeds in use for the draws.</summary>
    public sealed class Profile : View
    {
        private readonly Tables tables;

        internal Profile(Tables tables) : base(tables.Players, tables.Proofs)
        {
            this.tables = tables;
        }

        /// <summary>Null until the first rows are there.</summary>
        public PlayerRow Player { get { return Only(tables.Players); } }

        public ProofRow Proof { get { return Only(tables.Proofs); } }
    }
}
