// Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
using System;
using Gachapon.Wire;

namespace Gachapon
{
    /// <summary>Opens a pack once or ten times.</summary>
    public sealed class OpenPackCommand : Command<PackOpenedEvent>
    {
        /// <summary>Which pack.</summary>
        public string Pack = "";
        /// <summary>1 or 10.</summary>
        public int Count;
        /// <summary>Currency (free first) or the pack's own item.</summary>
        public Payment Payment = Payment.Currency;

        public override int RequestType { get { return 101; } }
        public override string RequestName { get { return "open_pack"; } }
        public override PackOpenedEvent ReadReply(MsgReader r) { return PackOpenedEvent.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(3);
            w.Text(Pack);
            w.Signed(Count);
            w.Signed((int)Payment);
        }

        public static OpenPackCommand Read(MsgReader r)
        {
            int n = r.BeginArray();
            OpenPackCommand v = new OpenPackCommand();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 2) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Pack = r.Slug();
            Count = (int)r.Unsigned(255);
            if (n > 2) Payment = (Payment)r.Enum(2);
        }
    }

    /// <summary>Forms a team of four different characters of one's own.</summary>
    public sealed class FormTeamCommand : Command<TeamFormedEvent>
    {
        /// <summary>The team's name.</summary>
        public string Name = "";
        /// <summary>Four different owned characters.</summary>
        public string[] Members = new string[0];

        public override int RequestType { get { return 102; } }
        public override string RequestName { get { return "form_team"; } }
        public override TeamFormedEvent ReadReply(MsgReader r) { return TeamFormedEvent.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(2);
            w.Text(Name);
            w.Array(Members.Length); for (int i = 0; i < Members.Length; i++) w.Text(Members[i]);
        }

        public static FormTeamCommand Read(MsgReader r)
        {
            int n = r.BeginArray();
            FormTeamCommand v = new FormTeamCommand();
            v.ReadFields(r, n);
            r.EndStruct(n, 2);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 2) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Name = r.Text(1, 40);
            { Members = new string[r.BeginList(0, 16)]; for (int i = 0; i < Members.Length; i++) Members[i] = r.Slug(); }
        }
    }

    /// <summary>Gives a team another name and members.</summary>
    public sealed class ChangeTeamCommand : Command<TeamChangedEvent>
    {
        /// <summary>Number of the team.</summary>
        public uint Team;
        /// <summary>Its name.</summary>
        public string Name = "";
        /// <summary>Four different owned characters.</summary>
        public string[] Members = new string[0];

        public override int RequestType { get { return 103; } }
        public override string RequestName { get { return "change_team"; } }
        public override TeamChangedEvent ReadReply(MsgReader r) { return TeamChangedEvent.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(3);
            w.Unsigned(Team);
            w.Text(Name);
            w.Array(Members.Length); for (int i = 0; i < Members.Length; i++) w.Text(Members[i]);
        }

        public static ChangeTeamCommand Read(MsgReader r)
        {
            int n = r.BeginArray();
            ChangeTeamCommand v = new ChangeTeamCommand();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 3) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Team = (uint)r.Unsigned(uint.MaxValue);
            Name = r.Text(1, 40);
            { Members = new string[r.BeginList(0, 16)]; for (int i = 0; i < Members.Length; i++) Members[i] = r.Slug(); }
        }
    }

    /// <summary>Disbands a team.</summary>
    public sealed class DisbandTeamCommand : Command<TeamDisbandedEvent>
    {
        /// <summary>Number of the team.</summary>
        public uint Team;

        public override int RequestType { get { return 104; } }
        public override string RequestName { get { return "disband_team"; } }
        public override TeamDisbandedEvent ReadReply(MsgReader r) { return TeamDisbandedEvent.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(1);
            w.Unsigned(Team);
        }

        public static DisbandTeamCommand Read(MsgReader r)
        {
            int n = r.BeginArray();
            DisbandTeamCommand v = new DisbandTeamCommand();
            v.ReadFields(r, n);
            r.EndStruct(n, 1);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 1) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Team = (uint)r.Unsigned(uint.MaxValue);
        }
    }

    /// <summary>Changes the name that others see.</summary>
    public sealed class RenamePlayerCommand : Command<PlayerRenamedEvent>
    {
        /// <summary>The new name.</summary>
        public string DisplayName = "";

        public override int RequestType { get { return 105; } }
        public override string RequestName { get { return "rename_player"; } }
        public override PlayerRenamedEvent ReadReply(MsgReader r) { return PlayerRenamedEvent.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(1);
            w.Text(DisplayName);
        }

        public static RenamePlayerCommand Read(MsgReader r)
        {
            int n = r.BeginArray();
            RenamePlayerCommand v = new RenamePlayerCommand();
            v.ReadFields(r, n);
            r.EndStruct(n, 1);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 1) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            DisplayName = r.Text(2, 40);
        }
    }

    /// <summary>Reveals the server seed in use, so that its draws can be recomputed, and starts the next with a client seed of the player's choice.</summary>
    public sealed class RotateSeedCommand : Command<SeedRotatedEvent>
    {
        /// <summary>Any text; mixed into every draw from now on.</summary>
        public string ClientSeed = "";

        public override int RequestType { get { return 106; } }
        public override string RequestName { get { return "rotate_seed"; } }
        public override SeedRotatedEvent ReadReply(MsgReader r) { return SeedRotatedEvent.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(1);
            w.Text(ClientSeed);
        }

        public static RotateSeedCommand Read(MsgReader r)
        {
            int n = r.BeginArray();
            RotateSeedCommand v = new RotateSeedCommand();
            v.ReadFields(r, n);
            r.EndStruct(n, 1);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 1) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            ClientSeed = r.Text(1, 64);
        }
    }

    /// <summary>Adds a character to the catalogue or changes its texts.</summary>
    public sealed class PublishCharacterCommand : Command<CharacterPublishedEvent>
    {
        /// <summary>Its key.</summary>
        public string Character = "";
        /// <summary>Its name.</summary>
        public string Name = "";
        /// <summary>Its rarity; never changes once published.</summary>
        public Rarity Rarity;
        /// <summary>A sentence about it.</summary>
        public string Description;

        public override int RequestType { get { return 200; } }
        public override string RequestName { get { return "publish_character"; } }
        public override CharacterPublishedEvent ReadReply(MsgReader r) { return CharacterPublishedEvent.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(4);
            w.Text(Character);
            w.Text(Name);
            w.Signed((int)Rarity);
            if (string.IsNullOrEmpty(Description)) w.Nil(); else w.Text(Description);
        }

        public static PublishCharacterCommand Read(MsgReader r)
        {
            int n = r.BeginArray();
            PublishCharacterCommand v = new PublishCharacterCommand();
            v.ReadFields(r, n);
            r.EndStruct(n, 4);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 3) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Character = r.Slug();
            Name = r.Text(1, 60);
            Rarity = (Rarity)r.Enum(4);
            if (n > 3) if (!r.TryNil()) Description = r.Text(0, 400);
        }
    }

    /// <summary>Adds an item to the catalogue or changes its texts.</summary>
    public sealed class PublishItemCommand : Command<ItemPublishedEvent>
    {
        /// <summary>Its key.</summary>
        public string Item = "";
        /// <summary>Its name.</summary>
        public string Name = "";
        /// <summary>A sentence about it.</summary>
        public string Description;

        public override int RequestType { get { return 201; } }
        public override string RequestName { get { return "publish_item"; } }
        public override ItemPublishedEvent ReadReply(MsgReader r) { return ItemPublishedEvent.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(3);
            w.Text(Item);
            w.Text(Name);
            if (string.IsNullOrEmpty(Description)) w.Nil(); else w.Text(Description);
        }

        public static PublishItemCommand Read(MsgReader r)
        {
            int n = r.BeginArray();
            PublishItemCommand v = new PublishItemCommand();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 2) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Item = r.Slug();
            Name = r.Text(1, 60);
            if (n > 2) if (!r.TryNil()) Description = r.Text(0, 400);
        }
    }

    /// <summary>Says what a new player starts with.</summary>
    public sealed class SetStartingBalanceCommand : Command<StartingBalanceSetEvent>
    {
        /// <summary>Free currency.</summary>
        public ulong Free;
        /// <summary>An item; none for nothing.</summary>
        public string Item;
        /// <summary>How many of it.</summary>
        public uint ItemCount;

        public override int RequestType { get { return 202; } }
        public override string RequestName { get { return "set_starting_balance"; } }
        public override StartingBalanceSetEvent ReadReply(MsgReader r) { return StartingBalanceSetEvent.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(3);
            w.Unsigned(Free);
            if (string.IsNullOrEmpty(Item)) w.Nil(); else w.Text(Item);
            w.Unsigned(ItemCount);
        }

        public static SetStartingBalanceCommand Read(MsgReader r)
        {
            int n = r.BeginArray();
            SetStartingBalanceCommand v = new SetStartingBalanceCommand();
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

    /// <summary>Publishes a pack, or a new version of it.</summary>
    public sealed class PublishPackCommand : Command<PackPublishedEvent>
    {
        /// <summary>Its key.</summary>
        public string Pack = "";
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
        /// <summary>Packs of one group share their pity counter.</summary>
        public string PityGroup = "";
        /// <summary>Draws within which one of pity_rarity or better is certain; 0 for none.</summary>
        public uint HardPity;
        /// <summary>The rarity that hard pity promises and whose draw resets it.</summary>
        public Rarity PityRarity;
        /// <summary>The item that opens this pack instead of currency; none if it cannot be owned.</summary>
        public string Item;
        /// <summary>Whether stock limits it.</summary>
        public bool Limited;
        /// <summary>How many draws there are, if limited.</summary>
        public ulong Stock;

        public override int RequestType { get { return 203; } }
        public override string RequestName { get { return "publish_pack"; } }
        public override PackPublishedEvent ReadReply(MsgReader r) { return PackPublishedEvent.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(12);
            w.Text(Pack);
            w.Text(Name);
            w.Unsigned(Price);
            w.Unsigned(TenPrice);
            w.Array(Rarities.Length); for (int i = 0; i < Rarities.Length; i++) Rarities[i].Write(w);
            w.Array(Entries.Length); for (int i = 0; i < Entries.Length; i++) Entries[i].Write(w);
            w.Text(PityGroup);
            w.Unsigned(HardPity);
            w.Signed((int)PityRarity);
            if (string.IsNullOrEmpty(Item)) w.Nil(); else w.Text(Item);
            w.Bool(Limited);
            w.Unsigned(Stock);
        }

        public static PublishPackCommand Read(MsgReader r)
        {
            int n = r.BeginArray();
            PublishPackCommand v = new PublishPackCommand();
            v.ReadFields(r, n);
            r.EndStruct(n, 12);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 12) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Pack = r.Slug();
            Name = r.Text(1, 60);
            Price = r.Unsigned(ulong.MaxValue);
            TenPrice = r.Unsigned(ulong.MaxValue);
            { Rarities = new RarityWeight[r.BeginList(0, 8)]; for (int i = 0; i < Rarities.Length; i++) Rarities[i] = RarityWeight.Read(r); }
            { Entries = new PackEntry[r.BeginList(0, 256)]; for (int i = 0; i < Entries.Length; i++) Entries[i] = PackEntry.Read(r); }
            PityGroup = r.Slug();
            HardPity = (uint)r.Unsigned(uint.MaxValue);
            PityRarity = (Rarity)r.Enum(4);
            if (!r.TryNil()) Item = r.Slug();
            Limited = r.Bool();
            Stock = r.Unsigned(ulong.MaxValue);
        }
    }

    /// <summary>Takes a pack off sale.</summary>
    public sealed class RetirePackCommand : Command<PackRetiredEvent>
    {
        /// <summary>Which pack.</summary>
        public string Pack = "";

        public override int RequestType { get { return 204; } }
        public override string RequestName { get { return "retire_pack"; } }
        public override PackRetiredEvent ReadReply(MsgReader r) { return PackRetiredEvent.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(1);
            w.Text(Pack);
        }

        public static RetirePackCommand Read(MsgReader r)
        {
            int n = r.BeginArray();
            RetirePackCommand v = new RetirePackCommand();
            v.ReadFields(r, n);
            r.EndStruct(n, 1);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 1) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Pack = r.Slug();
        }
    }

    /// <summary>Gives a player currency or an item. Repeated with the same external_id it has one effect, for ever.</summary>
    public sealed class GrantCommand : Command<GrantedEvent>
    {
        /// <summary>Who receives it.</summary>
        public Guid Player;
        /// <summary>The caller's own id of this grant.</summary>
        public string ExternalId = "";
        /// <summary>What is given.</summary>
        public GrantKind Kind;
        /// <summary>Which item, for kind item.</summary>
        public string Item;
        /// <summary>How much or how many.</summary>
        public ulong Amount;
        /// <summary>For the history.</summary>
        public string Reason;

        public override int RequestType { get { return 205; } }
        public override string RequestName { get { return "grant"; } }
        public override GrantedEvent ReadReply(MsgReader r) { return GrantedEvent.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(6);
            w.Uuid(Player);
            w.Text(ExternalId);
            w.Signed((int)Kind);
            if (string.IsNullOrEmpty(Item)) w.Nil(); else w.Text(Item);
            w.Unsigned(Amount);
            if (string.IsNullOrEmpty(Reason)) w.Nil(); else w.Text(Reason);
        }

        public static GrantCommand Read(MsgReader r)
        {
            int n = r.BeginArray();
            GrantCommand v = new GrantCommand();
            v.ReadFields(r, n);
            r.EndStruct(n, 6);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 5) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            ExternalId = r.Text(1, 64);
            Kind = (GrantKind)r.Enum(3);
            if (!r.TryNil()) Item = r.Slug();
            Amount = r.Unsigned(ulong.MaxValue);
            if (n > 5) if (!r.TryNil()) Reason = r.Text(0, 120);
        }
    }

    /// <summary>Says that Keycloak has no such user any more. The server does so itself when it hears of a deletion; operators where it could not hear. The player is erased after the grace time, unless the user is there again.</summary>
    public sealed class DeactivatePlayerCommand : Command<PlayerDeactivatedEvent>
    {
        /// <summary>Whose user is gone.</summary>
        public Guid Player;
        /// <summary>Seconds until it is erased, unless the user is there by then.</summary>
        public uint GraceS = 2592000;
        /// <summary>For the history.</summary>
        public string Reason;

        public override int RequestType { get { return 206; } }
        public override string RequestName { get { return "deactivate_player"; } }
        public override PlayerDeactivatedEvent ReadReply(MsgReader r) { return PlayerDeactivatedEvent.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(3);
            w.Uuid(Player);
            w.Unsigned(GraceS);
            if (string.IsNullOrEmpty(Reason)) w.Nil(); else w.Text(Reason);
        }

        public static DeactivatePlayerCommand Read(MsgReader r)
        {
            int n = r.BeginArray();
            DeactivatePlayerCommand v = new DeactivatePlayerCommand();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 1) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            if (n > 1) GraceS = (uint)r.Unsigned(uint.MaxValue);
            if (n > 2) if (!r.TryNil()) Reason = r.Text(0, 120);
        }
    }

    /// <summary>Erases a player at once and for good: its personal key is destroyed and its user deleted in Keycloak. Issued by the server when the grace time of a deactivated player is over.</summary>
    public sealed class ErasePlayerCommand : Command<PlayerErasedEvent>
    {
        /// <summary>Who is erased.</summary>
        public Guid Player;
        /// <summary>For the history.</summary>
        public string Reason;
        /// <summary>Also one who is not deactivated.</summary>
        public bool EvenActive;

        public override int RequestType { get { return 207; } }
        public override string RequestName { get { return "erase_player"; } }
        public override PlayerErasedEvent ReadReply(MsgReader r) { return PlayerErasedEvent.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(3);
            w.Uuid(Player);
            if (string.IsNullOrEmpty(Reason)) w.Nil(); else w.Text(Reason);
            w.Bool(EvenActive);
        }

        public static ErasePlayerCommand Read(MsgReader r)
        {
            int n = r.BeginArray();
            ErasePlayerCommand v = new ErasePlayerCommand();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 1) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            if (n > 1) if (!r.TryNil()) Reason = r.Text(0, 120);
            if (n > 2) EvenActive = r.Bool();
        }
    }
}
