// Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
using System;
using Gachapon.Wire;

namespace Gachapon
{
    /// <summary>A player's profile and the proof material in use.</summary>
    public sealed class PlayerRow : Row, IWire
    {
        /// <summary>The player.</summary>
        public Guid Player;
        /// <summary>Name that others see; erased once the player is.</summary>
        public string DisplayName = "";
        /// <summary>Where the account stands.</summary>
        public PlayerStatus Status;
        /// <summary>Since when.</summary>
        public long RegisteredAt;

        public override string Key { get { return Player.ToString(); } }

        /// <summary>[position, deleted, fields...]; a deleted row has its key only.</summary>
        public static PlayerRow ReadRow(MsgReader r)
        {
            int n = r.BeginStruct(3);
            PlayerRow v = new PlayerRow { Position = r.Unsigned(ulong.MaxValue), Deleted = r.Bool() };
            if (v.Deleted) { v.Player = r.Uuid(); }
            else v.ReadFields(r, n - 2);
            r.EndStruct(n, 2 + (v.Deleted ? 1 : 4));
            return v;
        }

        public override void WriteRow(MsgWriter w)
        {
            w.Array(2 + (Deleted ? 1 : 4));
            w.Unsigned(Position); w.Bool(Deleted);
            w.Uuid(Player);
            if (Deleted) return;
            w.Text(DisplayName);
            w.Signed((int)Status);
            w.Signed(RegisteredAt);
        }

        public void Write(MsgWriter w)
        {
            w.Array(4);
            w.Uuid(Player);
            w.Text(DisplayName);
            w.Signed((int)Status);
            w.Signed(RegisteredAt);
        }

        public static PlayerRow Read(MsgReader r)
        {
            int n = r.BeginArray();
            PlayerRow v = new PlayerRow();
            v.ReadFields(r, n);
            r.EndStruct(n, 4);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 4) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            DisplayName = r.Text(0, 40);
            Status = (PlayerStatus)r.Enum(3);
            RegisteredAt = r.Signed();
        }
    }

    /// <summary>The seeds in use for a player's draws.</summary>
    public sealed class ProofRow : Row, IWire
    {
        /// <summary>The player.</summary>
        public Guid Player;
        /// <summary>Number of the server seed in use.</summary>
        public uint SeedNumber;
        /// <summary>SHA-256 of it.</summary>
        public byte[] SeedHash = new byte[32];
        /// <summary>SHA-256 of the one after it.</summary>
        public byte[] NextSeedHash = new byte[32];
        /// <summary>The player's seed.</summary>
        public string ClientSeed = "";

        public override string Key { get { return Player.ToString(); } }

        /// <summary>[position, deleted, fields...]; a deleted row has its key only.</summary>
        public static ProofRow ReadRow(MsgReader r)
        {
            int n = r.BeginStruct(3);
            ProofRow v = new ProofRow { Position = r.Unsigned(ulong.MaxValue), Deleted = r.Bool() };
            if (v.Deleted) { v.Player = r.Uuid(); }
            else v.ReadFields(r, n - 2);
            r.EndStruct(n, 2 + (v.Deleted ? 1 : 5));
            return v;
        }

        public override void WriteRow(MsgWriter w)
        {
            w.Array(2 + (Deleted ? 1 : 5));
            w.Unsigned(Position); w.Bool(Deleted);
            w.Uuid(Player);
            if (Deleted) return;
            w.Unsigned(SeedNumber);
            w.Bytes(SeedHash);
            w.Bytes(NextSeedHash);
            w.Text(ClientSeed);
        }

        public void Write(MsgWriter w)
        {
            w.Array(5);
            w.Uuid(Player);
            w.Unsigned(SeedNumber);
            w.Bytes(SeedHash);
            w.Bytes(NextSeedHash);
            w.Text(ClientSeed);
        }

        public static ProofRow Read(MsgReader r)
        {
            int n = r.BeginArray();
            ProofRow v = new ProofRow();
            v.ReadFields(r, n);
            r.EndStruct(n, 5);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 5) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            SeedNumber = (uint)r.Unsigned(uint.MaxValue);
            SeedHash = r.Hash();
            NextSeedHash = r.Hash();
            ClientSeed = r.Text(0, 64);
        }
    }

    /// <summary>A player's currency.</summary>
    public sealed class WalletRow : Row, IWire
    {
        /// <summary>The player.</summary>
        public Guid Player;
        /// <summary>Free currency.</summary>
        public ulong Free;
        /// <summary>Paid currency.</summary>
        public ulong Paid;

        public override string Key { get { return Player.ToString(); } }

        /// <summary>[position, deleted, fields...]; a deleted row has its key only.</summary>
        public static WalletRow ReadRow(MsgReader r)
        {
            int n = r.BeginStruct(3);
            WalletRow v = new WalletRow { Position = r.Unsigned(ulong.MaxValue), Deleted = r.Bool() };
            if (v.Deleted) { v.Player = r.Uuid(); }
            else v.ReadFields(r, n - 2);
            r.EndStruct(n, 2 + (v.Deleted ? 1 : 3));
            return v;
        }

        public override void WriteRow(MsgWriter w)
        {
            w.Array(2 + (Deleted ? 1 : 3));
            w.Unsigned(Position); w.Bool(Deleted);
            w.Uuid(Player);
            if (Deleted) return;
            w.Unsigned(Free);
            w.Unsigned(Paid);
        }

        public void Write(MsgWriter w)
        {
            w.Array(3);
            w.Uuid(Player);
            w.Unsigned(Free);
            w.Unsigned(Paid);
        }

        public static WalletRow Read(MsgReader r)
        {
            int n = r.BeginArray();
            WalletRow v = new WalletRow();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 3) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            Free = r.Unsigned(ulong.MaxValue);
            Paid = r.Unsigned(ulong.MaxValue);
        }
    }

    /// <summary>A character a player owns.</summary>
    public sealed class CharacterRow : Row, IWire
    {
        /// <summary>The player.</summary>
        public Guid Player;
        /// <summary>The character.</summary>
        public string Character = "";
        /// <summary>Its rarity.</summary>
        public Rarity Rarity;
        /// <summary>How many copies.</summary>
        public uint Copies;

        public override string Key { get { return Character; } }

        /// <summary>[position, deleted, fields...]; a deleted row has its key only.</summary>
        public static CharacterRow ReadRow(MsgReader r)
        {
            int n = r.BeginStruct(4);
            CharacterRow v = new CharacterRow { Position = r.Unsigned(ulong.MaxValue), Deleted = r.Bool() };
            if (v.Deleted) { v.Player = r.Uuid(); v.Character = r.Slug(); }
            else v.ReadFields(r, n - 2);
            r.EndStruct(n, 2 + (v.Deleted ? 2 : 4));
            return v;
        }

        public override void WriteRow(MsgWriter w)
        {
            w.Array(2 + (Deleted ? 2 : 4));
            w.Unsigned(Position); w.Bool(Deleted);
            w.Uuid(Player);
            w.Text(Character);
            if (Deleted) return;
            w.Signed((int)Rarity);
            w.Unsigned(Copies);
        }

        public void Write(MsgWriter w)
        {
            w.Array(4);
            w.Uuid(Player);
            w.Text(Character);
            w.Signed((int)Rarity);
            w.Unsigned(Copies);
        }

        public static CharacterRow Read(MsgReader r)
        {
            int n = r.BeginArray();
            CharacterRow v = new CharacterRow();
            v.ReadFields(r, n);
            r.EndStruct(n, 4);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 4) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            Character = r.Slug();
            Rarity = (Rarity)r.Enum(4);
            Copies = (uint)r.Unsigned(uint.MaxValue);
        }
    }

    /// <summary>An item a player owns.</summary>
    public sealed class ItemRow : Row, IWire
    {
        /// <summary>The player.</summary>
        public Guid Player;
        /// <summary>The item.</summary>
        public string Item = "";
        /// <summary>How many.</summary>
        public uint Count;

        public override string Key { get { return Item; } }

        /// <summary>[position, deleted, fields...]; a deleted row has its key only.</summary>
        public static ItemRow ReadRow(MsgReader r)
        {
            int n = r.BeginStruct(4);
            ItemRow v = new ItemRow { Position = r.Unsigned(ulong.MaxValue), Deleted = r.Bool() };
            if (v.Deleted) { v.Player = r.Uuid(); v.Item = r.Slug(); }
            else v.ReadFields(r, n - 2);
            r.EndStruct(n, 2 + (v.Deleted ? 2 : 3));
            return v;
        }

        public override void WriteRow(MsgWriter w)
        {
            w.Array(2 + (Deleted ? 2 : 3));
            w.Unsigned(Position); w.Bool(Deleted);
            w.Uuid(Player);
            w.Text(Item);
            if (Deleted) return;
            w.Unsigned(Count);
        }

        public void Write(MsgWriter w)
        {
            w.Array(3);
            w.Uuid(Player);
            w.Text(Item);
            w.Unsigned(Count);
        }

        public static ItemRow Read(MsgReader r)
        {
            int n = r.BeginArray();
            ItemRow v = new ItemRow();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 3) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            Item = r.Slug();
            Count = (uint)r.Unsigned(uint.MaxValue);
        }
    }

    /// <summary>A team of four.</summary>
    public sealed class TeamRow : Row, IWire
    {
        /// <summary>The player.</summary>
        public Guid Player;
        /// <summary>Number of the team.</summary>
        public uint Team;
        /// <summary>Its name.</summary>
        public string Name = "";
        /// <summary>Its characters.</summary>
        public string[] Members = new string[0];

        public override string Key { get { return Team.ToString(); } }

        /// <summary>[position, deleted, fields...]; a deleted row has its key only.</summary>
        public static TeamRow ReadRow(MsgReader r)
        {
            int n = r.BeginStruct(4);
            TeamRow v = new TeamRow { Position = r.Unsigned(ulong.MaxValue), Deleted = r.Bool() };
            if (v.Deleted) { v.Player = r.Uuid(); v.Team = (uint)r.Unsigned(uint.MaxValue); }
            else v.ReadFields(r, n - 2);
            r.EndStruct(n, 2 + (v.Deleted ? 2 : 4));
            return v;
        }

        public override void WriteRow(MsgWriter w)
        {
            w.Array(2 + (Deleted ? 2 : 4));
            w.Unsigned(Position); w.Bool(Deleted);
            w.Uuid(Player);
            w.Unsigned(Team);
            if (Deleted) return;
            w.Text(Name);
            w.Array(Members.Length); for (int i = 0; i < Members.Length; i++) w.Text(Members[i]);
        }

        public void Write(MsgWriter w)
        {
            w.Array(4);
            w.Uuid(Player);
            w.Unsigned(Team);
            w.Text(Name);
            w.Array(Members.Length); for (int i = 0; i < Members.Length; i++) w.Text(Members[i]);
        }

        public static TeamRow Read(MsgReader r)
        {
            int n = r.BeginArray();
            TeamRow v = new TeamRow();
            v.ReadFields(r, n);
            r.EndStruct(n, 4);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 4) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            Team = (uint)r.Unsigned(uint.MaxValue);
            Name = r.Text(0, 40);
            { Members = new string[r.BeginList(0, 4)]; for (int i = 0; i < Members.Length; i++) Members[i] = r.Slug(); }
        }
    }

    /// <summary>How far a player is from hard pity.</summary>
    public sealed class PityRow : Row, IWire
    {
        /// <summary>The player.</summary>
        public Guid Player;
        /// <summary>The group of packs.</summary>
        public string PityGroup = "";
        /// <summary>Draws since the last of the promised rarity.</summary>
        public uint Draws;

        public override string Key { get { return PityGroup; } }

        /// <summary>[position, deleted, fields...]; a deleted row has its key only.</summary>
        public static PityRow ReadRow(MsgReader r)
        {
            int n = r.BeginStruct(4);
            PityRow v = new PityRow { Position = r.Unsigned(ulong.MaxValue), Deleted = r.Bool() };
            if (v.Deleted) { v.Player = r.Uuid(); v.PityGroup = r.Slug(); }
            else v.ReadFields(r, n - 2);
            r.EndStruct(n, 2 + (v.Deleted ? 2 : 3));
            return v;
        }

        public override void WriteRow(MsgWriter w)
        {
            w.Array(2 + (Deleted ? 2 : 3));
            w.Unsigned(Position); w.Bool(Deleted);
            w.Uuid(Player);
            w.Text(PityGroup);
            if (Deleted) return;
            w.Unsigned(Draws);
        }

        public void Write(MsgWriter w)
        {
            w.Array(3);
            w.Uuid(Player);
            w.Text(PityGroup);
            w.Unsigned(Draws);
        }

        public static PityRow Read(MsgReader r)
        {
            int n = r.BeginArray();
            PityRow v = new PityRow();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 3) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            PityGroup = r.Slug();
            Draws = (uint)r.Unsigned(uint.MaxValue);
        }
    }

    /// <summary>One opening in a player's full history.</summary>
    public sealed class OpeningRow : Row, IWire
    {
        /// <summary>The player.</summary>
        public Guid Player;
        /// <summary>Its number, from 1.</summary>
        public uint Opening;
        /// <summary>The pack.</summary>
        public string Pack = "";
        /// <summary>Version of its table.</summary>
        public uint PackVersion;
        /// <summary>Free currency spent.</summary>
        public ulong CostFree;
        /// <summary>Paid currency spent.</summary>
        public ulong CostPaid;
        /// <summary>Item spent.</summary>
        public string Item;
        /// <summary>Number of the server seed.</summary>
        public uint SeedNumber;
        /// <summary>Nonce of the first draw.</summary>
        public ulong FirstNonce;
        /// <summary>What was drawn.</summary>
        public Pull[] Pulls = new Pull[0];
        /// <summary>When.</summary>
        public long OpenedAt;

        public override string Key { get { return Opening.ToString(); } }

        /// <summary>[position, deleted, fields...]; a deleted row has its key only.</summary>
        public static OpeningRow ReadRow(MsgReader r)
        {
            int n = r.BeginStruct(4);
            OpeningRow v = new OpeningRow { Position = r.Unsigned(ulong.MaxValue), Deleted = r.Bool() };
            if (v.Deleted) { v.Player = r.Uuid(); v.Opening = (uint)r.Unsigned(uint.MaxValue); }
            else v.ReadFields(r, n - 2);
            r.EndStruct(n, 2 + (v.Deleted ? 2 : 11));
            return v;
        }

        public override void WriteRow(MsgWriter w)
        {
            w.Array(2 + (Deleted ? 2 : 11));
            w.Unsigned(Position); w.Bool(Deleted);
            w.Uuid(Player);
            w.Unsigned(Opening);
            if (Deleted) return;
            w.Text(Pack);
            w.Unsigned(PackVersion);
            w.Unsigned(CostFree);
            w.Unsigned(CostPaid);
            if (string.IsNullOrEmpty(Item)) w.Nil(); else w.Text(Item);
            w.Unsigned(SeedNumber);
            w.Unsigned(FirstNonce);
            w.Array(Pulls.Length); for (int i = 0; i < Pulls.Length; i++) Pulls[i].Write(w);
            w.Signed(OpenedAt);
        }

        public void Write(MsgWriter w)
        {
            w.Array(11);
            w.Uuid(Player);
            w.Unsigned(Opening);
            w.Text(Pack);
            w.Unsigned(PackVersion);
            w.Unsigned(CostFree);
            w.Unsigned(CostPaid);
            if (string.IsNullOrEmpty(Item)) w.Nil(); else w.Text(Item);
            w.Unsigned(SeedNumber);
            w.Unsigned(FirstNonce);
            w.Array(Pulls.Length); for (int i = 0; i < Pulls.Length; i++) Pulls[i].Write(w);
            w.Signed(OpenedAt);
        }

        public static OpeningRow Read(MsgReader r)
        {
            int n = r.BeginArray();
            OpeningRow v = new OpeningRow();
            v.ReadFields(r, n);
            r.EndStruct(n, 11);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 11) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            Opening = (uint)r.Unsigned(uint.MaxValue);
            Pack = r.Slug();
            PackVersion = (uint)r.Unsigned(uint.MaxValue);
            CostFree = r.Unsigned(ulong.MaxValue);
            CostPaid = r.Unsigned(ulong.MaxValue);
            if (!r.TryNil()) Item = r.Slug();
            SeedNumber = (uint)r.Unsigned(uint.MaxValue);
            FirstNonce = r.Unsigned(ulong.MaxValue);
            { Pulls = new Pull[r.BeginList(0, 10)]; for (int i = 0; i < Pulls.Length; i++) Pulls[i] = Pull.Read(r); }
            OpenedAt = r.Signed();
        }
    }

    /// <summary>A pack.</summary>
    public sealed class PackRow : Row, IWire
    {
        /// <summary>Its key.</summary>
        public string Pack = "";
        /// <summary>Version of its table.</summary>
        public uint Version;
        /// <summary>Its name.</summary>
        public string Name = "";
        /// <summary>Whether it can be opened.</summary>
        public PackStatus Status;
        /// <summary>Price of one opening.</summary>
        public ulong Price;
        /// <summary>Price of ten at once.</summary>
        public ulong TenPrice;
        /// <summary>Its pity group.</summary>
        public string PityGroup = "";
        /// <summary>Draws within which pity_rarity is certain; 0 for none.</summary>
        public uint HardPity;
        /// <summary>What hard pity promises.</summary>
        public Rarity PityRarity;
        /// <summary>The item that opens it.</summary>
        public string Item;
        /// <summary>Whether stock limits it.</summary>
        public bool Limited;

        public override string Key { get { return Pack; } }

        /// <summary>[position, deleted, fields...]; a deleted row has its key only.</summary>
        public static PackRow ReadRow(MsgReader r)
        {
            int n = r.BeginStruct(3);
            PackRow v = new PackRow { Position = r.Unsigned(ulong.MaxValue), Deleted = r.Bool() };
            if (v.Deleted) { v.Pack = r.Slug(); }
            else v.ReadFields(r, n - 2);
            r.EndStruct(n, 2 + (v.Deleted ? 1 : 11));
            return v;
        }

        public override void WriteRow(MsgWriter w)
        {
            w.Array(2 + (Deleted ? 1 : 11));
            w.Unsigned(Position); w.Bool(Deleted);
            w.Text(Pack);
            if (Deleted) return;
            w.Unsigned(Version);
            w.Text(Name);
            w.Signed((int)Status);
            w.Unsigned(Price);
            w.Unsigned(TenPrice);
            w.Text(PityGroup);
            w.Unsigned(HardPity);
            w.Signed((int)PityRarity);
            if (string.IsNullOrEmpty(Item)) w.Nil(); else w.Text(Item);
            w.Bool(Limited);
        }

        public void Write(MsgWriter w)
        {
            w.Array(11);
            w.Text(Pack);
            w.Unsigned(Version);
            w.Text(Name);
            w.Signed((int)Status);
            w.Unsigned(Price);
            w.Unsigned(TenPrice);
            w.Text(PityGroup);
            w.Unsigned(HardPity);
            w.Signed((int)PityRarity);
            if (string.IsNullOrEmpty(Item)) w.Nil(); else w.Text(Item);
            w.Bool(Limited);
        }

        public static PackRow Read(MsgReader r)
        {
            int n = r.BeginArray();
            PackRow v = new PackRow();
            v.ReadFields(r, n);
            r.EndStruct(n, 11);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 11) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Pack = r.Slug();
            Version = (uint)r.Unsigned(uint.MaxValue);
            Name = r.Text(0, 60);
            Status = (PackStatus)r.Enum(2);
            Price = r.Unsigned(ulong.MaxValue);
            TenPrice = r.Unsigned(ulong.MaxValue);
            PityGroup = r.Slug();
            HardPity = (uint)r.Unsigned(uint.MaxValue);
            PityRarity = (Rarity)r.Enum(4);
            if (!r.TryNil()) Item = r.Slug();
            Limited = r.Bool();
        }
    }

    /// <summary>The exact chance of one character in one draw of a pack, pity apart: numerator / denominator.</summary>
    public sealed class OddsRow : Row, IWire
    {
        /// <summary>The pack.</summary>
        public string Pack = "";
        /// <summary>The character.</summary>
        public string Character = "";
        /// <summary>Its rarity.</summary>
        public Rarity Rarity;
        /// <summary>Ways to draw it...</summary>
        public ulong Numerator;
        /// <summary>...out of this many.</summary>
        public ulong Denominator;
        /// <summary>Version of the pack's table.</summary>
        public uint Version;
        /// <summary>Weight of its rarity: what the draw itself uses, to recompute it.</summary>
        public uint RarityWeight;
        /// <summary>Its weight within its rarity.</summary>
        public uint Weight;

        public override string Key { get { return Pack + "/" + Character; } }

        /// <summary>[position, deleted, fields...]; a deleted row has its key only.</summary>
        public static OddsRow ReadRow(MsgReader r)
        {
            int n = r.BeginStruct(4);
            OddsRow v = new OddsRow { Position = r.Unsigned(ulong.MaxValue), Deleted = r.Bool() };
            if (v.Deleted) { v.Pack = r.Slug(); v.Character = r.Slug(); }
            else v.ReadFields(r, n - 2);
            r.EndStruct(n, 2 + (v.Deleted ? 2 : 8));
            return v;
        }

        public override void WriteRow(MsgWriter w)
        {
            w.Array(2 + (Deleted ? 2 : 8));
            w.Unsigned(Position); w.Bool(Deleted);
            w.Text(Pack);
            w.Text(Character);
            if (Deleted) return;
            w.Signed((int)Rarity);
            w.Unsigned(Numerator);
            w.Unsigned(Denominator);
            w.Unsigned(Version);
            w.Unsigned(RarityWeight);
            w.Unsigned(Weight);
        }

        public void Write(MsgWriter w)
        {
            w.Array(8);
            w.Text(Pack);
            w.Text(Character);
            w.Signed((int)Rarity);
            w.Unsigned(Numerator);
            w.Unsigned(Denominator);
            w.Unsigned(Version);
            w.Unsigned(RarityWeight);
            w.Unsigned(Weight);
        }

        public static OddsRow Read(MsgReader r)
        {
            int n = r.BeginArray();
            OddsRow v = new OddsRow();
            v.ReadFields(r, n);
            r.EndStruct(n, 8);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 8) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Pack = r.Slug();
            Character = r.Slug();
            Rarity = (Rarity)r.Enum(4);
            Numerator = r.Unsigned(ulong.MaxValue);
            Denominator = r.Unsigned(ulong.MaxValue);
            Version = (uint)r.Unsigned(uint.MaxValue);
            RarityWeight = (uint)r.Unsigned(uint.MaxValue);
            Weight = (uint)r.Unsigned(uint.MaxValue);
        }
    }

    /// <summary>What is left of a limited pack.</summary>
    public sealed class StockRow : Row, IWire
    {
        /// <summary>The pack.</summary>
        public string Pack = "";
        /// <summary>Whether stock limits the pack.</summary>
        public bool Limited;
        /// <summary>Draws left.</summary>
        public ulong Remaining;

        public override string Key { get { return Pack; } }

        /// <summary>[position, deleted, fields...]; a deleted row has its key only.</summary>
        public static StockRow ReadRow(MsgReader r)
        {
            int n = r.BeginStruct(3);
            StockRow v = new StockRow { Position = r.Unsigned(ulong.MaxValue), Deleted = r.Bool() };
            if (v.Deleted) { v.Pack = r.Slug(); }
            else v.ReadFields(r, n - 2);
            r.EndStruct(n, 2 + (v.Deleted ? 1 : 3));
            return v;
        }

        public override void WriteRow(MsgWriter w)
        {
            w.Array(2 + (Deleted ? 1 : 3));
            w.Unsigned(Position); w.Bool(Deleted);
            w.Text(Pack);
            if (Deleted) return;
            w.Bool(Limited);
            w.Unsigned(Remaining);
        }

        public void Write(MsgWriter w)
        {
            w.Array(3);
            w.Text(Pack);
            w.Bool(Limited);
            w.Unsigned(Remaining);
        }

        public static StockRow Read(MsgReader r)
        {
            int n = r.BeginArray();
            StockRow v = new StockRow();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 3) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Pack = r.Slug();
            Limited = r.Bool();
            Remaining = r.Unsigned(ulong.MaxValue);
        }
    }

    /// <summary>A character of the catalogue.</summary>
    public sealed class CharacterInfoRow : Row, IWire
    {
        /// <summary>Its key.</summary>
        public string Character = "";
        /// <summary>Its name.</summary>
        public string Name = "";
        /// <summary>Its rarity.</summary>
        public Rarity Rarity;
        /// <summary>A sentence about it.</summary>
        public string Description;

        public override string Key { get { return Character; } }

        /// <summary>[position, deleted, fields...]; a deleted row has its key only.</summary>
        public static CharacterInfoRow ReadRow(MsgReader r)
        {
            int n = r.BeginStruct(3);
            CharacterInfoRow v = new CharacterInfoRow { Position = r.Unsigned(ulong.MaxValue), Deleted = r.Bool() };
            if (v.Deleted) { v.Character = r.Slug(); }
            else v.ReadFields(r, n - 2);
            r.EndStruct(n, 2 + (v.Deleted ? 1 : 4));
            return v;
        }

        public override void WriteRow(MsgWriter w)
        {
            w.Array(2 + (Deleted ? 1 : 4));
            w.Unsigned(Position); w.Bool(Deleted);
            w.Text(Character);
            if (Deleted) return;
            w.Text(Name);
            w.Signed((int)Rarity);
            if (string.IsNullOrEmpty(Description)) w.Nil(); else w.Text(Description);
        }

        public void Write(MsgWriter w)
        {
            w.Array(4);
            w.Text(Character);
            w.Text(Name);
            w.Signed((int)Rarity);
            if (string.IsNullOrEmpty(Description)) w.Nil(); else w.Text(Description);
        }

        public static CharacterInfoRow Read(MsgReader r)
        {
            int n = r.BeginArray();
            CharacterInfoRow v = new CharacterInfoRow();
            v.ReadFields(r, n);
            r.EndStruct(n, 4);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 4) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Character = r.Slug();
            Name = r.Text(0, 60);
            Rarity = (Rarity)r.Enum(4);
            if (!r.TryNil()) Description = r.Text(0, 400);
        }
    }

    /// <summary>An item of the catalogue.</summary>
    public sealed class ItemInfoRow : Row, IWire
    {
        /// <summary>Its key.</summary>
        public string Item = "";
        /// <summary>Its name.</summary>
        public string Name = "";
        /// <summary>A sentence about it.</summary>
        public string Description;

        public override string Key { get { return Item; } }

        /// <summary>[position, deleted, fields...]; a deleted row has its key only.</summary>
        public static ItemInfoRow ReadRow(MsgReader r)
        {
            int n = r.BeginStruct(3);
            ItemInfoRow v = new ItemInfoRow { Position = r.Unsigned(ulong.MaxValue), Deleted = r.Bool() };
            if (v.Deleted) { v.Item = r.Slug(); }
            else v.ReadFields(r, n - 2);
            r.EndStruct(n, 2 + (v.Deleted ? 1 : 3));
            return v;
        }

        public override void WriteRow(MsgWriter w)
        {
            w.Array(2 + (Deleted ? 1 : 3));
            w.Unsigned(Position); w.Bool(Deleted);
            w.Text(Item);
            if (Deleted) return;
            w.Text(Name);
            if (string.IsNullOrEmpty(Description)) w.Nil(); else w.Text(Description);
        }

        public void Write(MsgWriter w)
        {
            w.Array(3);
            w.Text(Item);
            w.Text(Name);
            if (string.IsNullOrEmpty(Description)) w.Nil(); else w.Text(Description);
        }

        public static ItemInfoRow Read(MsgReader r)
        {
            int n = r.BeginArray();
            ItemInfoRow v = new ItemInfoRow();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 3) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Item = r.Slug();
            Name = r.Text(0, 60);
            if (!r.TryNil()) Description = r.Text(0, 400);
        }
    }

    /// <summary>How often a character was drawn from one version of a pack: to be held against its published odds.</summary>
    public sealed class PullStatisticRow : Row, IWire
    {
        /// <summary>The pack.</summary>
        public string Pack = "";
        /// <summary>Version of its table.</summary>
        public uint Version;
        /// <summary>The character.</summary>
        public string Character = "";
        /// <summary>Draws that gave it, of all players.</summary>
        public ulong Observed;

        public override string Key { get { return Pack + "/" + Version + "/" + Character; } }

        /// <summary>[position, deleted, fields...]; a deleted row has its key only.</summary>
        public static PullStatisticRow ReadRow(MsgReader r)
        {
            int n = r.BeginStruct(5);
            PullStatisticRow v = new PullStatisticRow { Position = r.Unsigned(ulong.MaxValue), Deleted = r.Bool() };
            if (v.Deleted) { v.Pack = r.Slug(); v.Version = (uint)r.Unsigned(uint.MaxValue); v.Character = r.Slug(); }
            else v.ReadFields(r, n - 2);
            r.EndStruct(n, 2 + (v.Deleted ? 3 : 4));
            return v;
        }

        public override void WriteRow(MsgWriter w)
        {
            w.Array(2 + (Deleted ? 3 : 4));
            w.Unsigned(Position); w.Bool(Deleted);
            w.Text(Pack);
            w.Unsigned(Version);
            w.Text(Character);
            if (Deleted) return;
            w.Unsigned(Observed);
        }

        public void Write(MsgWriter w)
        {
            w.Array(4);
            w.Text(Pack);
            w.Unsigned(Version);
            w.Text(Character);
            w.Unsigned(Observed);
        }

        public static PullStatisticRow Read(MsgReader r)
        {
            int n = r.BeginArray();
            PullStatisticRow v = new PullStatisticRow();
            v.ReadFields(r, n);
            r.EndStruct(n, 4);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 4) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Pack = r.Slug();
            Version = (uint)r.Unsigned(uint.MaxValue);
            Character = r.Slug();
            Observed = r.Unsigned(ulong.MaxValue);
        }
    }
}
