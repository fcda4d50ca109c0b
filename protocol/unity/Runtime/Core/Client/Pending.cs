// A request that waits for its answer, over as many sockets as it takes. It keeps its command id, so that however often it
// is sent it has one effect.
using System;
using Gachapon.Wire;

namespace Gachapon
{
    internal abstract class Pending
    {
        public Meta Meta;            // null for what is neither command nor query
        public bool IsCommand;
        public bool OfSocket;        // sign_in, follow and the like: ends with its socket
        public bool IsSpare;         // of the socket, which goes on without it: a ping, a refresh
        public long Order;           // of asking
        public uint Id;              // on the socket in use; 0: not sent there
        public long NotBefore;       // of the scheduler's clock
        public long Deadline;
        public int Refusals;         // answers that said: later

        public abstract string Name { get; }

        public abstract int Type { get; }

        public abstract void Write(MsgWriter w);

        /// <summary>Decodes and returns what completes it.</summary>
        public abstract Action Answered(MsgReader payload, ReplyMeta meta);

        public abstract void Failed(GachaponException error);

        /// <summary>Its answer waits until the replicas hold its change.</summary>
        public bool IsStrong { get { return IsCommand && Meta.Consistency == Consistency.Strong; } }

        public Guid CommandId { get { return IsCommand ? Meta.CommandId : Guid.Empty; } }
    }

    internal sealed class Pending<TReply> : Pending where TReply : Reply
    {
        private readonly Request<TReply> request;
        private readonly Action<TReply> done;
        private readonly Action<GachaponException> failed;

        public Pending(Request<TReply> request, Action<TReply> done, Action<GachaponException> failed)
        {
            this.request = request;
            this.done = done;
            this.failed = failed;
        }

        public override string Name { get { return request.RequestName; } }

        public override int Type { get { return request.RequestType; } }

        public override void Write(MsgWriter w)
        {
            w.Array(Meta == null ? 3 : 4);
            w.Unsigned(Id);
            w.Signed(request.RequestType);
            request.Write(w);
            if (Meta != null) Meta.Write(w);
        }

        public override Action Answered(MsgReader payload, ReplyMeta meta)
        {
            TReply reply = request.ReadReply(payload);
            reply.Meta = meta;
            return () => done(reply);
        }

        public override void Failed(GachaponException error)
        {
            failed(error);
        }
    }
}
