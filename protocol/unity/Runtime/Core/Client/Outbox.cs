// Requests that are not answered yet, in the order they were asked. Those of a lost socket are sent again on the next, with
// the ids they have; those that were refused for now, when the answer said. Each ends once: answered, refused for good, or
// at its deadline. The answer of a strong command is held until the replicas are whole, so that they hold its change; to its
// deadline, or until the client is closed.
using System;
using System.Collections.Generic;
using Gachapon.Wire;

namespace Gachapon
{
    internal sealed class Outbox
    {
        private const int WaitingMax = 1024;
        private const int Reserved = 4; // places for sign_in, follow, refresh, ping
        private const int SignInsMax = 3; // of one request

        private readonly Scheduler scheduler;
        private readonly Replica replica;
        private readonly ClientSettings settings;
        private readonly List<Pending> waiting = new List<Pending>();
        private readonly List<Held> held = new List<Held>();
        private readonly MsgWriter writer = new MsgWriter();
        private uint lastId;
        private long asked;

        private sealed class Held
        {
            public Action Complete;
            public long Deadline;
        }

        public Outbox(Scheduler scheduler, Replica replica, ClientSettings settings)
        {
            this.scheduler = scheduler;
            this.replica = replica;
            this.settings = settings;
        }

        /// <summary>Null, or why it cannot be sent.</summary>
        public GachaponException Add(Pending pending)
        {
            if (waiting.Count + held.Count >= WaitingMax)
                return new GachaponException(ErrorCode.NotSent, true, null, WaitingMax + " requests wait already", pending.CommandId);
            GachaponException unwritable = Unwritable(pending);
            if (unwritable == null) Enqueue(pending);
            return unwritable;
        }

        /// <summary>What is wrong with its fields: one that must be there is null.</summary>
        public static GachaponException Unwritable(Pending pending)
        {
            try
            {
                pending.Write(new MsgWriter());
                return null;
            }
            catch (ArgumentNullException) { }
            catch (NullReferenceException) { }
            return new GachaponException(ErrorCode.FieldMissing, false, "field_missing", pending.Name + ": a field is null", pending.CommandId);
        }

        private void Enqueue(Pending pending)
        {
            pending.Order = ++asked;
            waiting.Add(pending);
        }

        /// <summary>Sends it now, before what waits: for the socket's own requests.</summary>
        public void SendNow(Pending pending, ISocket socket)
        {
            pending.OfSocket = true;
            pending.Deadline = long.MaxValue;
            Enqueue(pending);
            Send(pending, socket);
        }

        /// <summary>Sends what may be sent, as far as the server takes it.</summary>
        public void Flush(ISocket socket, long inFlightMax)
        {
            long room = Math.Max(inFlightMax - Reserved, 1);
            foreach (Pending pending in waiting)
                if (pending.Id != 0 && !pending.OfSocket) room--;
            for (int i = 0; i < waiting.Count && room > 0; i++)
            {
                if (waiting[i].Id != 0 || waiting[i].NotBefore > scheduler.NowMs) continue;
                Send(waiting[i], socket);
                room--;
            }
        }

        /// <summary>An answer; it says nothing if nobody asked, or no longer, or for something else.</summary>
        public void Answered(uint id, int type, MsgReader payload, ReplyMeta meta)
        {
            Pending pending = waiting.Find(each => each.Id == id && each.Type == type);
            if (pending == null) return;
            waiting.Remove(pending);
            Action complete = Decoded(pending, payload, meta);
            if (pending.OfSocket) complete();
            else if (pending.IsStrong && !replica.Whole) held.Add(new Held { Complete = complete, Deadline = pending.Deadline });
            else scheduler.Post(complete);
        }

        // An answer that is not understood is its caller's to hear of; asking again would be answered so again. The socket's
        // own requests are nothing without theirs.
        private static Action Decoded(Pending pending, MsgReader payload, ReplyMeta meta)
        {
            try
            {
                return pending.Answered(payload, meta);
            }
            catch (WireFault fault)
            {
                if (pending.OfSocket) throw;
                GachaponException failure = new GachaponException(fault.Code, false, null, pending.Name + ", the answer: " + fault.Message,
                    pending.CommandId);
                return () => pending.Failed(failure);
            }
        }

        /// <summary>An error. Returns what the connection has to see to: a request without which the socket is nothing, or one
        /// that lacks a sign-in; null if it is settled here.</summary>
        public Pending Refused(uint id, ErrorPush error)
        {
            Pending pending = id == 0 ? null : waiting.Find(each => each.Id == id);
            if (pending == null) return null;
            waiting.Remove(pending);
            if (pending.IsSpare) pending.Failed(Failure(error, Guid.Empty));
            if (pending.OfSocket) return pending.IsSpare ? null : pending;
            bool later = error.Retry == Retry.Now || error.Retry == Retry.Later;
            if (error.Retry == Retry.SignIn && pending.Refusals++ < SignInsMax)
            {
                Requeue(pending, 0);
                return pending;
            }
            long wait = Math.Max(error.RetryAfterMs, 10L) << Math.Min(pending.Refusals++, 4);
            if (later && scheduler.NowMs + wait < pending.Deadline)
            {
                Requeue(pending, scheduler.NowMs + wait + (long)(settings.Random() * wait / 4));
                return null;
            }
            GachaponException failure = Failure(error, pending.CommandId);
            scheduler.Post(() => pending.Failed(failure));
            return null;
        }

        public static GachaponException Failure(ErrorPush error, Guid commandId)
        {
            return new GachaponException((ErrorCode)error.Code, CanRetry(error), error.Name, error.Detail, commandId);
        }

        // A word of a newer server's helps as little as never.
        private static bool CanRetry(ErrorPush error)
        {
            return error.Retry == Retry.Now || error.Retry == Retry.Later || error.Retry == Retry.SignIn;
        }

        /// <summary>The replicas are whole: what was answered meanwhile completes.</summary>
        public void ReleaseHeld()
        {
            foreach (Held each in held) scheduler.Post(each.Complete);
            held.Clear();
        }

        /// <summary>The socket is gone: nothing is sent any more, what was its own is over.</summary>
        public void SocketGone()
        {
            waiting.RemoveAll(pending => pending.OfSocket);
            foreach (Pending pending in waiting) pending.Id = 0;
            lastId = 0;
        }

        /// <summary>Gives up what waited too long. A command may have taken effect all the same; one that was answered did, and
        /// succeeds although the replicas do not show it yet.</summary>
        public void Expire()
        {
            foreach (Held late in held.FindAll(each => each.Deadline <= scheduler.NowMs))
            {
                held.Remove(late);
                scheduler.Post(late.Complete);
            }
            foreach (Pending late in waiting.FindAll(pending => pending.Deadline <= scheduler.NowMs))
                Fail(late, ErrorCode.TimedOut, "no answer in time");
        }

        public void FailAll(string why)
        {
            ReleaseHeld();
            foreach (Pending pending in waiting.ToArray())
            {
                if (pending.OfSocket) waiting.Remove(pending);
                else Fail(pending, ErrorCode.NotConnected, why);
            }
        }

        /// <summary>Time that nobody could use: the game stood still.</summary>
        public void Shift(long ms)
        {
            foreach (Pending pending in waiting)
                if (!pending.OfSocket) pending.Deadline += ms;
            foreach (Held each in held) each.Deadline += ms;
        }

        private void Fail(Pending pending, ErrorCode code, string why)
        {
            waiting.Remove(pending);
            GachaponException failure = new GachaponException(code, true, null, pending.Name + ": " + why, pending.CommandId);
            scheduler.Post(() => pending.Failed(failure));
        }

        // Back in its place: the order of what is asked stays as it was.
        private void Requeue(Pending pending, long notBefore)
        {
            pending.Id = 0;
            pending.NotBefore = notBefore;
            int later = waiting.FindIndex(each => each.Order > pending.Order);
            waiting.Insert(later < 0 ? waiting.Count : later, pending);
        }

        private void Send(Pending pending, ISocket socket)
        {
            pending.Id = ++lastId;
            writer.Reset();
            pending.Write(writer);
            socket.Send(writer.ToArray());
        }
    }
}
