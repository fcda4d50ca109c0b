// What the generated types are made of: requests, commands, queries, replies, rows.
using System;
using Gachapon.Wire;

namespace Gachapon
{
    /// <summary>A value of the protocol: a positional array.</summary>
    public interface IWire
    {
        void Write(MsgWriter w);
    }

    /// <summary>What the client asks. A request without a command id changes nothing and may be asked again.</summary>
    public abstract class Request<TReply> : IWire where TReply : Reply
    {
        public abstract int RequestType { get; }
        public abstract string RequestName { get; }
        public abstract void Write(MsgWriter w);
        public abstract TReply ReadReply(MsgReader r);
    }

    /// <summary>A request that changes something: it has a command id, and one effect however often it is sent.</summary>
    public abstract class Command<TReply> : Request<TReply> where TReply : Reply
    {
    }

    /// <summary>What a request is answered with.</summary>
    public abstract class Reply
    {
        /// <summary>Where the change stands in the log, and how far the views were; null for what is no command or query.</summary>
        public ReplyMeta Meta;
    }

    /// <summary>One page of a view.</summary>
    public sealed class Page<TRow> : Reply where TRow : Row
    {
        public TRow[] Rows;

        /// <summary>Where the next page starts; null at the end.</summary>
        public byte[] Next;
    }

    /// <summary>A row of a view; Position is that of the event which last touched it.</summary>
    public abstract class Row
    {
        public ulong Position;
        public bool Deleted;

        /// <summary>What names the row within its table; of own rows without the player.</summary>
        public abstract string Key { get; }

        public abstract void WriteRow(MsgWriter w);
    }

    public delegate TRow RowReader<TRow>(MsgReader r) where TRow : Row;

    /// <summary>A query of one view.</summary>
    public sealed class Query<TRow> : Request<Page<TRow>> where TRow : Row
    {
        private readonly int type;
        private readonly string name;
        private readonly RowReader<TRow> read;

        public ListQueryRequest Page;

        public Query(int type, string name, RowReader<TRow> read)
        {
            this.type = type;
            this.name = name;
            this.read = read;
        }

        public override int RequestType { get { return type; } }

        public override string RequestName { get { return name; } }

        public override void Write(MsgWriter w)
        {
            Page.Write(w);
        }

        public override Page<TRow> ReadReply(MsgReader r)
        {
            ListQueryReply reply = ListQueryReply.Read(r);
            MsgReader rows = new MsgReader(reply.Rows);
            TRow[] found = new TRow[rows.BeginArray()];
            for (int i = 0; i < found.Length; i++) found[i] = read(rows);
            return new Page<TRow> { Rows = found, Next = reply.Next };
        }
    }

    /// <summary>How a command is sent. Without it: a new id, strong, the client's own time-out.</summary>
    public sealed class CommandOptions
    {
        /// <summary>Give the id of a command that timed out to ask for the same effect once more; Guid.Empty makes a new one.</summary>
        public Guid CommandId;

        /// <summary>Strong: the replicas hold the change when the await returns. Eventual: it is stored.</summary>
        public Consistency Consistency = Consistency.Strong;

        /// <summary>How long to try, over reconnects too; 0 for the client's own.</summary>
        public int TimeoutMs;
    }

    /// <summary>What signs a guest in again.</summary>
    public sealed class Guest
    {
        public string UserName, Secret;

        /// <summary>A text of 256 random bits. Keep it before it is used: a registration cut off is finished with the same.</summary>
        public static string NewSecret()
        {
            return KeycloakAuth.RandomText();
        }
    }

    /// <summary>Why something did not succeed.</summary>
    public sealed class GachaponException : Exception
    {
        public readonly ErrorCode Code;

        /// <summary>Whether the same can succeed later. For a command: send it with <see cref="CommandId"/>.</summary>
        public readonly bool CanRetry;

        /// <summary>The error's name, also of one that this version does not know yet.</summary>
        public readonly string Name;

        /// <summary>For people; may be empty.</summary>
        public readonly string Detail;

        /// <summary>The id the command was sent with; Guid.Empty if it was none.</summary>
        public readonly Guid CommandId;

        public GachaponException(ErrorCode code, bool canRetry, string name = null, string detail = null,
            Guid commandId = default(Guid))
            : base((name ?? NameOf(code)) + (string.IsNullOrEmpty(detail) ? "" : ": " + detail))
        {
            Code = code;
            CanRetry = canRetry;
            Name = name ?? NameOf(code);
            Detail = detail ?? "";
            CommandId = commandId;
        }

        private static string NameOf(ErrorCode code)
        {
            switch (code)
            {
                case ErrorCode.TimedOut: return "timeout";
                case ErrorCode.NotConnected: return "closed";
                case ErrorCode.SignInFailed: return "login_failed";
                case ErrorCode.NotSent: return "not_sent";
                case ErrorCode.AddressInvalid: return "address_invalid";
                default: return code.ToString();
            }
        }
    }
}
