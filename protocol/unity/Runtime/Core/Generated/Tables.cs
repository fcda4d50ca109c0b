// Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
using System;
using Gachapon.Wire;
using System.Collections.Generic;

namespace Gachapon
{
    /// <summary>The rows that the server keeps up to date, one table a view.</summary>
    public sealed class Tables
    {
        /// <summary>A player's profile and the proof material in use.</summary>
        public readonly Table<PlayerRow> Players = new Table<PlayerRow>(1, Audience.Own, PlayerRow.ReadRow);
        /// <summary>The seeds in use for a player's draws.</summary>
        public readonly Table<ProofRow> Proofs = new Table<ProofRow>(2, Audience.Own, ProofRow.ReadRow);
        /// <summary>A player's currency.</summary>
        public readonly Table<WalletRow> Wallets = new Table<WalletRow>(3, Audience.Own, WalletRow.ReadRow);
        /// <summary>A character a player owns.</summary>
        public readonly Table<CharacterRow> Characters = new Table<CharacterRow>(4, Audience.Own, CharacterRow.ReadRow);
        /// <summary>An item a player owns.</summary>
        public readonly Table<ItemRow> Items = new Table<ItemRow>(5, Audience.Own, ItemRow.ReadRow);
        /// <summary>A team of four.</summary>
        public readonly Table<TeamRow> Teams = new Table<TeamRow>(6, Audience.Own, TeamRow.ReadRow);
        /// <summary>How far a player is from hard pity.</summary>
        public readonly Table<PityRow> Pities = new Table<PityRow>(7, Audience.Own, PityRow.ReadRow);
        /// <summary>A pack.</summary>
        public readonly Table<PackRow> Packs = new Table<PackRow>(20, Audience.Public, PackRow.ReadRow);
        /// <summary>The exact chance of one character in one draw of a pack, pity apart: numerator / denominator.</summary>
        public readonly Table<OddsRow> PackOdds = new Table<OddsRow>(21, Audience.Public, OddsRow.ReadRow);
        /// <summary>What is left of a limited pack.</summary>
        public readonly Table<StockRow> Stocks = new Table<StockRow>(22, Audience.Public, StockRow.ReadRow);
        /// <summary>A character of the catalogue.</summary>
        public readonly Table<CharacterInfoRow> CharacterCatalogue = new Table<CharacterInfoRow>(23, Audience.Public, CharacterInfoRow.ReadRow);
        /// <summary>An item of the catalogue.</summary>
        public readonly Table<ItemInfoRow> ItemCatalogue = new Table<ItemInfoRow>(24, Audience.Public, ItemInfoRow.ReadRow);

        internal readonly Table[] All;

        public Tables()
        {
            All = new Table[] { Players, Proofs, Wallets, Characters, Items, Teams, Pities, Packs, PackOdds, Stocks, CharacterCatalogue, ItemCatalogue };
        }
    }
}
