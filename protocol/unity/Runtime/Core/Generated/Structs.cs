// Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
using System;
using Gachapon.Wire;

namespace Gachapon
{
    /// <summary>One character drawn.</summary>
    public sealed class Pull : IWire
    {
        /// <summary>The character drawn.</summary>
        public string Character = "";
        /// <summary>Its rarity.</summary>
        public Rarity Rarity;
        /// <summary>Copies the player owns after this draw; 1 is a new character.</summary>
        public uint Copies;

        public void Write(MsgWriter w)
        {
            w.Array(3);
            w.Text(Character);
            w.Signed((int)Rarity);
            w.Unsigned(Copies);
        }

        public static Pull Read(MsgReader r)
        {
            int n = r.BeginArray();
            Pull v = new Pull();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 3) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Character = r.Slug();
            Rarity = (Rarity)r.Enum(4);
            Copies = (uint)r.Unsigned(uint.MaxValue);
        }
    }

    /// <summary>The weight of one rarity in a pack.</summary>
    public sealed class RarityWeight : IWire
    {
        /// <summary>The rarity.</summary>
        public Rarity Rarity;
        /// <summary>Its weight; the chance is weight / sum of the weights.</summary>
        public uint Weight;

        public void Write(MsgWriter w)
        {
            w.Array(2);
            w.Signed((int)Rarity);
            w.Unsigned(Weight);
        }

        public static RarityWeight Read(MsgReader r)
        {
            int n = r.BeginArray();
            RarityWeight v = new RarityWeight();
            v.ReadFields(r, n);
            r.EndStruct(n, 2);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 2) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Rarity = (Rarity)r.Enum(4);
            Weight = (uint)r.Unsigned(uint.MaxValue);
        }
    }

    /// <summary>One character a pack can draw.</summary>
    public sealed class PackEntry : IWire
    {
        /// <summary>The character.</summary>
        public string Character = "";
        /// <summary>Its rarity.</summary>
        public Rarity Rarity;
        /// <summary>Its weight among the characters of its rarity.</summary>
        public uint Weight;

        public void Write(MsgWriter w)
        {
            w.Array(3);
            w.Text(Character);
            w.Signed((int)Rarity);
            w.Unsigned(Weight);
        }

        public static PackEntry Read(MsgReader r)
        {
            int n = r.BeginArray();
            PackEntry v = new PackEntry();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 3) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Character = r.Slug();
            Rarity = (Rarity)r.Enum(4);
            Weight = (uint)r.Unsigned(uint.MaxValue);
        }
    }

    /// <summary>What the server accepts, told in hello.</summary>
    public sealed class Limits : IWire
    {
        /// <summary>Longest frame accepted.</summary>
        public uint FrameMaxBytes;
        /// <summary>Requests one socket may have unanswered.</summary>
        public uint InFlightMax;
        /// <summary>Messages one frame may hold.</summary>
        public uint MessagesPerFrameMax;
        /// <summary>Time to sign in before the socket is closed.</summary>
        public uint SignInWithinMs;
        /// <summary>An idle socket hears a tick this often.</summary>
        public uint TickEveryMs;
        /// <summary>Messages one socket may send a second once it is signed in, two seconds' worth at once; before that a fifth. 0: no limit. Beyond it: rate_limited.</summary>
        public uint MessagesPerSecond;

        public void Write(MsgWriter w)
        {
            w.Array(6);
            w.Unsigned(FrameMaxBytes);
            w.Unsigned(InFlightMax);
            w.Unsigned(MessagesPerFrameMax);
            w.Unsigned(SignInWithinMs);
            w.Unsigned(TickEveryMs);
            w.Unsigned(MessagesPerSecond);
        }

        public static Limits Read(MsgReader r)
        {
            int n = r.BeginArray();
            Limits v = new Limits();
            v.ReadFields(r, n);
            r.EndStruct(n, 6);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 5) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            FrameMaxBytes = (uint)r.Unsigned(uint.MaxValue);
            InFlightMax = (uint)r.Unsigned(uint.MaxValue);
            MessagesPerFrameMax = (uint)r.Unsigned(uint.MaxValue);
            SignInWithinMs = (uint)r.Unsigned(uint.MaxValue);
            TickEveryMs = (uint)r.Unsigned(uint.MaxValue);
            if (n > 5) MessagesPerSecond = (uint)r.Unsigned(uint.MaxValue);
        }
    }

    /// <summary>The fourth element of a request. Absent elements read as their defaults.</summary>
    public sealed class Meta : IWire
    {
        /// <summary>The command's id, made by the client (UUIDv7, never version 8); required for commands.</summary>
        public Guid CommandId;
        /// <summary>When the reply leaves.</summary>
        public Consistency Consistency = Consistency.Strong;
        /// <summary>A query waits (bounded) until the views hold this position.</summary>
        public ulong AtLeast;
        /// <summary>W3C trace context.</summary>
        public string Traceparent;

        public void Write(MsgWriter w)
        {
            w.Array(4);
            if (CommandId == Guid.Empty) w.Nil(); else w.Uuid(CommandId);
            w.Signed((int)Consistency);
            w.Unsigned(AtLeast);
            if (string.IsNullOrEmpty(Traceparent)) w.Nil(); else w.Text(Traceparent);
        }

        public static Meta Read(MsgReader r)
        {
            int n = r.BeginArray();
            Meta v = new Meta();
            v.ReadFields(r, n);
            r.EndStruct(n, 4);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n > 0) if (!r.TryNil()) CommandId = r.Uuid();
            if (n > 1) Consistency = (Consistency)r.Enum(2);
            if (n > 2) AtLeast = r.Unsigned(ulong.MaxValue);
            if (n > 3) if (!r.TryNil()) Traceparent = r.Text(0, 55);
        }
    }

    /// <summary>The fourth element of a reply.</summary>
    public sealed class ReplyMeta : IWire
    {
        /// <summary>Position of the command's last event; for a query the position its rows are complete to.</summary>
        public ulong Position;
        /// <summary>Position the views hold. Less than position: stored, but the views are behind.</summary>
        public ulong ViewPosition;

        public void Write(MsgWriter w)
        {
            w.Array(2);
            w.Unsigned(Position);
            w.Unsigned(ViewPosition);
        }

        public static ReplyMeta Read(MsgReader r)
        {
            int n = r.BeginArray();
            ReplyMeta v = new ReplyMeta();
            v.ReadFields(r, n);
            r.EndStruct(n, 2);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 1) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Position = r.Unsigned(ulong.MaxValue);
            if (n > 1) ViewPosition = r.Unsigned(ulong.MaxValue);
        }
    }

    /// <summary>Rows of one view.</summary>
    public sealed class Change : IWire
    {
        /// <summary>Number of the view.</summary>
        public int View;
        /// <summary>Array of rows; each is [position, deleted, key and values in the view's order].</summary>
        public byte[] Rows = new byte[] { 0xc0 };

        public void Write(MsgWriter w)
        {
            w.Array(2);
            w.Signed(View);
            w.Raw(Rows);
        }

        public static Change Read(MsgReader r)
        {
            int n = r.BeginArray();
            Change v = new Change();
            v.ReadFields(r, n);
            r.EndStruct(n, 2);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 2) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            View = (int)r.Unsigned(65535);
            Rows = r.Raw();
        }
    }
}
