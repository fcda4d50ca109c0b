// Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
using System;
using Gachapon.Wire;

namespace Gachapon
{
    /// <summary>A player opened a pack.</summary>
    public sealed class PackOpenedEvent : Reply, IWire
    {
        /// <summary>The player.</summary>
        public Guid Player;
        /// <summary>Number of this opening of the player, from 1.</summary>
        public uint Opening;
        /// <summary>The pack.</summary>
        public string Pack = "";
        /// <summary>Version of its table.</summary>
        public uint PackVersion;
        /// <summary>What paid.</summary>
        public Payment Payment;
        /// <summary>Free currency spent.</summary>
        public ulong CostFree;
        /// <summary>Paid currency spent.</summary>
        public ulong CostPaid;
        /// <summary>Free currency after it.</summary>
        public ulong Free;
        /// <summary>Paid currency after it.</summary>
        public ulong Paid;
        /// <summary>Item spent, for payment item.</summary>
        public string Item;
        /// <summary>How many of it are left.</summary>
        public uint ItemCount;
        /// <summary>Number of the server seed.</summary>
        public uint SeedNumber;
        /// <summary>Nonce of the first draw; the others follow.</summary>
        public ulong FirstNonce;
        /// <summary>What was drawn.</summary>
        public Pull[] Pulls = new Pull[0];
        /// <summary>Pity group of the pack.</summary>
        public string PityGroup = "";
        /// <summary>Pity counter after it.</summary>
        public uint Pity;
        /// <summary>When.</summary>
        public long OpenedAt;

        public void Write(MsgWriter w)
        {
            w.Array(17);
            w.Uuid(Player);
            w.Unsigned(Opening);
            w.Text(Pack);
            w.Unsigned(PackVersion);
            w.Signed((int)Payment);
            w.Unsigned(CostFree);
            w.Unsigned(CostPaid);
            w.Unsigned(Free);
            w.Unsigned(Paid);
            if (string.IsNullOrEmpty(Item)) w.Nil(); else w.Text(Item);
            w.Unsigned(ItemCount);
            w.Unsigned(SeedNumber);
            w.Unsigned(FirstNonce);
            w.Array(Pulls.Length); for (int i = 0; i < Pulls.Length; i++) Pulls[i].Write(w);
            w.Text(PityGroup);
            w.Unsigned(Pity);
            w.Signed(OpenedAt);
        }

        public static PackOpenedEvent Read(MsgReader r)
        {
            int n = r.BeginArray();
            PackOpenedEvent v = new PackOpenedEvent();
            v.ReadFields(r, n);
            r.EndStruct(n, 17);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 17) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            Opening = (uint)r.Unsigned(uint.MaxValue);
            Pack = r.Slug();
            PackVersion = (uint)r.Unsigned(uint.MaxValue);
            Payment = (Payment)r.Enum(2);
            CostFree = r.Unsigned(ulong.MaxValue);
            CostPaid = r.Unsigned(ulong.MaxValue);
            Free = r.Unsigned(ulong.MaxValue);
            Paid = r.Unsigned(ulong.MaxValue);
            if (!r.TryNil()) Item = r.Slug();
            ItemCount = (uint)r.Unsigned(uint.MaxValue);
            SeedNumber = (uint)r.Unsigned(uint.MaxValue);
            FirstNonce = r.Unsigned(ulong.MaxValue);
            { Pulls = new Pull[r.BeginList(1, 10)]; for (int i = 0; i < Pulls.Length; i++) Pulls[i] = Pull.Read(r); }
            PityGroup = r.Slug();
            Pity = (uint)r.Unsigned(uint.MaxValue);
            OpenedAt = r.Signed();
        }
    }

    /// <summary>A team was formed.</summary>
    public sealed class TeamFormedEvent : Reply, IWire
    {
        /// <summary>The player.</summary>
        public Guid Player;
        /// <summary>Number of the team, from 1, never reused.</summary>
        public uint Team;
        /// <summary>Its name.</summary>
        public string Name = "";
        /// <summary>Its characters.</summary>
        public string[] Members = new string[0];

        public void Write(MsgWriter w)
        {
            w.Array(4);
            w.Uuid(Player);
            w.Unsigned(Team);
            w.Text(Name);
            w.Array(Members.Length); for (int i = 0; i < Members.Length; i++) w.Text(Members[i]);
        }

        public static TeamFormedEvent Read(MsgReader r)
        {
            int n = r.BeginArray();
            TeamFormedEvent v = new TeamFormedEvent();
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
            { Members = new string[r.BeginList(4, 4)]; for (int i = 0; i < Members.Length; i++) Members[i] = r.Slug(); }
        }
    }

    /// <summary>A team was changed.</summary>
    public sealed class TeamChangedEvent : Reply, IWire
    {
        /// <summary>The player.</summary>
        public Guid Player;
        /// <summary>Number of the team, from 1, never reused.</summary>
        public uint Team;
        /// <summary>Its name.</summary>
        public string Name = "";
        /// <summary>Its characters.</summary>
        public string[] Members = new string[0];

        public void Write(MsgWriter w)
        {
            w.Array(4);
            w.Uuid(Player);
            w.Unsigned(Team);
            w.Text(Name);
            w.Array(Members.Length); for (int i = 0; i < Members.Length; i++) w.Text(Members[i]);
        }

        public static TeamChangedEvent Read(MsgReader r)
        {
            int n = r.BeginArray();
            TeamChangedEvent v = new TeamChangedEvent();
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
            { Members = new string[r.BeginList(4, 4)]; for (int i = 0; i < Members.Length; i++) Members[i] = r.Slug(); }
        }
    }

    /// <summary>A team was disbanded.</summary>
    public sealed class TeamDisbandedEvent : Reply, IWire
    {
        /// <summary>The player.</summary>
        public Guid Player;
        /// <summary>Number of the team.</summary>
        public uint Team;

        public void Write(MsgWriter w)
        {
            w.Array(2);
            w.Uuid(Player);
            w.Unsigned(Team);
        }

        public static TeamDisbandedEvent Read(MsgReader r)
        {
            int n = r.BeginArray();
            TeamDisbandedEvent v = new TeamDisbandedEvent();
            v.ReadFields(r, n);
            r.EndStruct(n, 2);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 2) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            Team = (uint)r.Unsigned(uint.MaxValue);
        }
    }

    /// <summary>A player took another name.</summary>
    public sealed class PlayerRenamedEvent : Reply, IWire
    {
        /// <summary>The player.</summary>
        public Guid Player;
        /// <summary>The new name.</summary>
        public string DisplayName = "";
        /// <summary>Where the account stands.</summary>
        public PlayerStatus Status;
        /// <summary>Since when the player is in the game.</summary>
        public long RegisteredAt;

        public void Write(MsgWriter w)
        {
            w.Array(4);
            w.Uuid(Player);
            w.Text(DisplayName);
            w.Signed((int)Status);
            w.Signed(RegisteredAt);
        }

        public static PlayerRenamedEvent Read(MsgReader r)
        {
            int n = r.BeginArray();
            PlayerRenamedEvent v = new PlayerRenamedEvent();
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

    /// <summary>The server seed in use was revealed and the next one took its place.</summary>
    public sealed class SeedRotatedEvent : Reply, IWire
    {
        /// <summary>The player.</summary>
        public Guid Player;
        /// <summary>Number of the revealed seed.</summary>
        public uint RevealedNumber;
        /// <summary>The seed itself: check its hash and recompute its draws.</summary>
        public byte[] RevealedSeed = new byte[32];
        /// <summary>How many draws used it.</summary>
        public ulong RevealedDraws;
        /// <summary>Number of the seed now in use.</summary>
        public uint SeedNumber;
        /// <summary>SHA-256 of it.</summary>
        public byte[] SeedHash = new byte[32];
        /// <summary>SHA-256 of the one after it.</summary>
        public byte[] NextSeedHash = new byte[32];
        /// <summary>The player's seed from now on.</summary>
        public string ClientSeed = "";

        public void Write(MsgWriter w)
        {
            w.Array(8);
            w.Uuid(Player);
            w.Unsigned(RevealedNumber);
            w.Bytes(RevealedSeed);
            w.Unsigned(RevealedDraws);
            w.Unsigned(SeedNumber);
            w.Bytes(SeedHash);
            w.Bytes(NextSeedHash);
            w.Text(ClientSeed);
        }

        public static SeedRotatedEvent Read(MsgReader r)
        {
            int n = r.BeginArray();
            SeedRotatedEvent v = new SeedRotatedEvent();
            v.ReadFields(r, n);
            r.EndStruct(n, 8);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 8) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            RevealedNumber = (uint)r.Unsigned(uint.MaxValue);
            RevealedSeed = r.Hash();
            RevealedDraws = r.Unsigned(ulong.MaxValue);
            SeedNumber = (uint)r.Unsigned(uint.MaxValue);
            SeedHash = r.Hash();
            NextSeedHash = r.Hash();
            ClientSeed = r.Text(0, 64);
        }
    }

    /// <summary>A character is in the catalogue.</summary>
    public sealed class CharacterPublishedEvent : Reply, IWire
    {
        /// <summary>Its key.</summary>
        public string Character = "";
        /// <summary>Its name.</summary>
        public string Name = "";
        /// <summary>Its rarity.</summary>
        public Rarity Rarity;
        /// <summary>A sentence about it.</summary>
        public string Description;

        public void Write(MsgWriter w)
        {
            w.Array(4);
            w.Text(Character);
            w.Text(Name);
            w.Signed((int)Rarity);
            if (string.IsNullOrEmpty(Description)) w.Nil(); else w.Text(Description);
        }

        public static CharacterPublishedEvent Read(MsgReader r)
        {
            int n = r.BeginArray();
            CharacterPublishedEvent v = new CharacterPublishedEvent();
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

    /// <summary>An item is in the catalogue.</summary>
    public sealed class ItemPublishedEvent : Reply, IWire
    {
        /// <summary>Its key.</summary>
        public string Item = "";
        /// <summary>Its name.</summary>
        public string Name = "";
        /// <summary>A sentence about it.</summary>
        public string Description;

        public void Write(MsgWriter w)
        {
            w.Array(3);
            w.Text(Item);
            w.Text(Name);
            if (string.IsNullOrEmpty(Description)) w.Nil(); else w.Text(Description);
        }

        public static ItemPublishedEvent Read(MsgReader r)
        {
            int n = r.BeginArray();
            ItemPublishedEvent v = new ItemPublishedEvent();
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

    /// <summary>What a new player starts with.</summary>
    public sealed class StartingBalanceSetEvent : Reply, IWire
    {
        /// <summary>Free currency.</summary>
        public ulong Free;
        /// <summary>An item.</summary>
        public string Item;
        /// <summary>How many of it.</summary>
        public uint ItemCount;

        public void Write(MsgWriter w)
        {
            w.Array(3);
            w.Unsigned(Free);
            if (string.IsNullOrEmpty(Item)) w.Nil(); else w.Text(Item);
            w.Unsigned(ItemCount);
        }

        public static StartingBalanceSetEvent Read(MsgReader r)
        {
            int n = r.BeginArray();
            StartingBalanceSetEvent v = new StartingBalanceSetEvent();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 3) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Free = r.Unsigned(ulong.MaxValue);
            if (!r.TryNil()) Item = r.Slug();
            ItemCount = (uint)r.Unsigned(uint.MaxValue);
        }
    }

    /// <summary>A pack, or a new version of it, went on sale.</summary>
    public sealed class PackPublishedEvent : Reply, IWire
    {
        /// <summary>Its key.</summary>
        public string Pack = "";
        /// <summary>Version of the table, from 1.</summary>
        public uint Version;
        /// <summary>Its name.</summary>
        public string Name = "";
        /// <summary>Price of one opening.</summary>
        public ulong Price;
        /// <summary>Price of ten at once.</summary>
        public ulong TenPrice;
        /// <summary>Weights of the rarities.</summary>
        public RarityWeight[] Rarities = new RarityWeight[0];
        /// <summary>The characters and their weights within their rarity.</summary>
        public PackEntry[] Entries = new PackEntry[0];
        /// <summary>Characters of the version before that are no longer in it.</summary>
        public string[] Dropped = new string[0];
        /// <summary>Packs of one group share their pity counter.</summary>
        public string PityGroup = "";
        /// <summary>Draws within which pity_rarity is certain; 0 for none.</summary>
        public uint HardPity;
        /// <summary>What hard pity promises.</summary>
        public Rarity PityRarity;
        /// <summary>The item that opens it.</summary>
        public string Item;
        /// <summary>Whether stock limits it.</summary>
        public bool Limited;
        /// <summary>When.</summary>
        public long PublishedAt;

        public void Write(MsgWriter w)
        {
            w.Array(14);
            w.Text(Pack);
            w.Unsigned(Version);
            w.Text(Name);
            w.Unsigned(Price);
            w.Unsigned(TenPrice);
            w.Array(Rarities.Length); for (int i = 0; i < Rarities.Length; i++) Rarities[i].Write(w);
            w.Array(Entries.Length); for (int i = 0; i < Entries.Length; i++) Entries[i].Write(w);
            w.Array(Dropped.Length); for (int i = 0; i < Dropped.Length; i++) w.Text(Dropped[i]);
            w.Text(PityGroup);
            w.Unsigned(HardPity);
            w.Signed((int)PityRarity);
            if (string.IsNullOrEmpty(Item)) w.Nil(); else w.Text(Item);
            w.Bool(Limited);
            w.Signed(PublishedAt);
        }

        public static PackPublishedEvent Read(MsgReader r)
        {
            int n = r.BeginArray();
            PackPublishedEvent v = new PackPublishedEvent();
            v.ReadFields(r, n);
            r.EndStruct(n, 14);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 14) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Pack = r.Slug();
            Version = (uint)r.Unsigned(uint.MaxValue);
            Name = r.Text(0, 60);
            Price = r.Unsigned(ulong.MaxValue);
            TenPrice = r.Unsigned(ulong.MaxValue);
            { Rarities = new RarityWeight[r.BeginList(0, 8)]; for (int i = 0; i < Rarities.Length; i++) Rarities[i] = RarityWeight.Read(r); }
            { Entries = new PackEntry[r.BeginList(0, 256)]; for (int i = 0; i < Entries.Length; i++) Entries[i] = PackEntry.Read(r); }
            { Dropped = new string[r.BeginList(0, 256)]; for (int i = 0; i < Dropped.Length; i++) Dropped[i] = r.Slug(); }
            PityGroup = r.Slug();
            HardPity = (uint)r.Unsigned(uint.MaxValue);
            PityRarity = (Rarity)r.Enum(4);
            if (!r.TryNil()) Item = r.Slug();
            Limited = r.Bool();
            PublishedAt = r.Signed();
        }
    }

    /// <summary>A pack went off sale.</summary>
    public sealed class PackRetiredEvent : Reply, IWire
    {
        /// <summary>Which.</summary>
        public string Pack = "";
        /// <summary>When.</summary>
        public long RetiredAt;
        /// <summary>Version of its table.</summary>
        public uint Version;
        /// <summary>Its name.</summary>
        public string Name = "";
        /// <summary>Price of one opening.</summary>
        public ulong Price;
        /// <summary>Price of ten at once.</summary>
        public ulong TenPrice;
        /// <summary>Its pity group.</summary>
        public string PityGroup = "";
        /// <summary>Draws within which pity_rarity was certain; 0 for none.</summary>
        public uint HardPity;
        /// <summary>What hard pity promised.</summary>
        public Rarity PityRarity;
        /// <summary>The item that opened it.</summary>
        public string Item;
        /// <summary>Whether stock limited it.</summary>
        public bool Limited;

        public void Write(MsgWriter w)
        {
            w.Array(11);
            w.Text(Pack);
            w.Signed(RetiredAt);
            w.Unsigned(Version);
            w.Text(Name);
            w.Unsigned(Price);
            w.Unsigned(TenPrice);
            w.Text(PityGroup);
            w.Unsigned(HardPity);
            w.Signed((int)PityRarity);
            if (string.IsNullOrEmpty(Item)) w.Nil(); else w.Text(Item);
            w.Bool(Limited);
        }

        public static PackRetiredEvent Read(MsgReader r)
        {
            int n = r.BeginArray();
            PackRetiredEvent v = new PackRetiredEvent();
            v.ReadFields(r, n);
            r.EndStruct(n, 11);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 11) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Pack = r.Slug();
            RetiredAt = r.Signed();
            Version = (uint)r.Unsigned(uint.MaxValue);
            Name = r.Text(0, 60);
            Price = r.Unsigned(ulong.MaxValue);
            TenPrice = r.Unsigned(ulong.MaxValue);
            PityGroup = r.Slug();
            HardPity = (uint)r.Unsigned(uint.MaxValue);
            PityRarity = (Rarity)r.Enum(4);
            if (!r.TryNil()) Item = r.Slug();
            Limited = r.Bool();
        }
    }

    /// <summary>A player was given something.</summary>
    public sealed class GrantedEvent : Reply, IWire
    {
        /// <summary>The player.</summary>
        public Guid Player;
        /// <summary>The caller's own id of the grant.</summary>
        public string ExternalId = "";
        /// <summary>What.</summary>
        public GrantKind Kind;
        /// <summary>Which item.</summary>
        public string Item;
        /// <summary>How much.</summary>
        public ulong Amount;
        /// <summary>Free currency after it.</summary>
        public ulong Free;
        /// <summary>Paid currency after it.</summary>
        public ulong Paid;
        /// <summary>Count of the item after it.</summary>
        public uint ItemCount;
        /// <summary>For the history.</summary>
        public string Reason;
        /// <summary>When.</summary>
        public long GrantedAt;

        public void Write(MsgWriter w)
        {
            w.Array(10);
            w.Uuid(Player);
            w.Text(ExternalId);
            w.Signed((int)Kind);
            if (string.IsNullOrEmpty(Item)) w.Nil(); else w.Text(Item);
            w.Unsigned(Amount);
            w.Unsigned(Free);
            w.Unsigned(Paid);
            w.Unsigned(ItemCount);
            if (string.IsNullOrEmpty(Reason)) w.Nil(); else w.Text(Reason);
            w.Signed(GrantedAt);
        }

        public static GrantedEvent Read(MsgReader r)
        {
            int n = r.BeginArray();
            GrantedEvent v = new GrantedEvent();
            v.ReadFields(r, n);
            r.EndStruct(n, 10);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 10) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            ExternalId = r.Text(0, 64);
            Kind = (GrantKind)r.Enum(3);
            if (!r.TryNil()) Item = r.Slug();
            Amount = r.Unsigned(ulong.MaxValue);
            Free = r.Unsigned(ulong.MaxValue);
            Paid = r.Unsigned(ulong.MaxValue);
            ItemCount = (uint)r.Unsigned(uint.MaxValue);
            if (!r.TryNil()) Reason = r.Text(0, 120);
            GrantedAt = r.Signed();
        }
    }

    /// <summary>Keycloak has no such user any more. The player keeps everything until it is erased, and comes back if the user does.</summary>
    public sealed class PlayerDeactivatedEvent : Reply, IWire
    {
        /// <summary>The player.</summary>
        public Guid Player;
        /// <summary>Its name.</summary>
        public string DisplayName = "";
        /// <summary>Since when it is in the game.</summary>
        public long RegisteredAt;
        /// <summary>When.</summary>
        public long DeactivatedAt;
        /// <summary>Seconds until it is erased, unless the user is there by then.</summary>
        public uint GraceS;
        /// <summary>For the history.</summary>
        public string Reason;

        public void Write(MsgWriter w)
        {
            w.Array(6);
            w.Uuid(Player);
            w.Text(DisplayName);
            w.Signed(RegisteredAt);
            w.Signed(DeactivatedAt);
            w.Unsigned(GraceS);
            if (string.IsNullOrEmpty(Reason)) w.Nil(); else w.Text(Reason);
        }

        public static PlayerDeactivatedEvent Read(MsgReader r)
        {
            int n = r.BeginArray();
            PlayerDeactivatedEvent v = new PlayerDeactivatedEvent();
            v.ReadFields(r, n);
            r.EndStruct(n, 6);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 6) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            DisplayName = r.Text(0, 40);
            RegisteredAt = r.Signed();
            DeactivatedAt = r.Signed();
            GraceS = (uint)r.Unsigned(uint.MaxValue);
            if (!r.TryNil()) Reason = r.Text(0, 120);
        }
    }

    /// <summary>The player is gone for good. Its personal key is destroyed behind this event: every personal field of the stream reads erased.</summary>
    public sealed class PlayerErasedEvent : Reply, IWire
    {
        /// <summary>The player.</summary>
        public Guid Player;
        /// <summary>Since when it was in the game.</summary>
        public long RegisteredAt;
        /// <summary>Numbers of its teams; their names went with the key.</summary>
        public uint[] Teams = new uint[0];
        /// <summary>When.</summary>
        public long ErasedAt;
        /// <summary>For the history.</summary>
        public string Reason;

        public void Write(MsgWriter w)
        {
            w.Array(5);
            w.Uuid(Player);
            w.Signed(RegisteredAt);
            w.Array(Teams.Length); for (int i = 0; i < Teams.Length; i++) w.Unsigned(Teams[i]);
            w.Signed(ErasedAt);
            if (string.IsNullOrEmpty(Reason)) w.Nil(); else w.Text(Reason);
        }

        public static PlayerErasedEvent Read(MsgReader r)
        {
            int n = r.BeginArray();
            PlayerErasedEvent v = new PlayerErasedEvent();
            v.ReadFields(r, n);
            r.EndStruct(n, 5);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 5) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            RegisteredAt = r.Signed();
            { Teams = new uint[r.BeginList(0, 20)]; for (int i = 0; i < Teams.Length; i++) Teams[i] = (uint)r.Unsigned(uint.MaxValue); }
            ErasedAt = r.Signed();
            if (!r.TryNil()) Reason = r.Text(0, 120);
        }
    }
}
