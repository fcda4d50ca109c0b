// A server for tests of games: it signs everybody in, holds rows, and decides commands as the test says. What it keeps to is
// what the real one promises a client: hello first, catch-up by marks, rows before the reply, one effect for one command id.
//
//   MemoryServer server = new MemoryServer();
//   server.Decide = (command, player) => new PlayerRenamedEvent { ... };      or throw new GachaponException(...)
//   server.Put(new WalletRow { Player = server.Player, Free = 1600 }, 3, Audience.Own);
//   GachaponClient game = new GachaponClient("ws://memory", auth, server.Transport, new ClientSettings());
using System;
using System.Collections.Generic;
using Gachapon.Wire;

namespace Gachapon.Testing
{
    public sealed class MemoryServer
    {
        private sealed class Stored
        {
            public int View;
            public Audience Audience;
            public Row Row;
        }

        private readonly Dictionary<string, Stored> rows = new Dictionary<string, Stored>();
        private readonly Dictionary<Guid, IWire> answered = new Dictionary<Guid, IWire>();
        private readonly List<MemorySocket> followers = new List<MemorySocket>();
        private readonly MsgWriter writer = new MsgWriter();

        public readonly MemoryTransport Transport = new MemoryTransport();
        public readonly Guid Player = Guid.NewGuid();
        public readonly Guid Epoch = Guid.NewGuid();
        public ulong Position = 1, Generation = 1;

        /// <summary>Tokens that are taken; empty: all are.</summary>
        public readonly HashSet<string> Tokens = new HashSet<string>();

        /// <summary>The payload of the reply; throws GachaponException to refuse. Null: every command is refused.</summary>
        public Func<IWire, Guid, IWire> Decide;

        /// <summary>Called before a request is answered; false leaves it without an answer.</summary>
        public Func<RequestMessage, bool> Answers = message => true;

        /// <summary>Until FinishCatchUp who follows gets rows but no mark: what is live comes in between, as it may.</summary>
        public bool CatchUpSlowly;

        /// <summary>How often each command took effect.</summary>
        public readonly Dictionary<Guid, int> Effects = new Dictionary<Guid, int>();

        public long TimeMs = 1767225600000, TickEveryMs = 20000;

        public MemoryServer()
        {
            Transport.Opened = Greet;
        }

        // ------------------------------------------------------------ what a test does

        /// <summary>A row changed: it gets the next position and goes to everyone who follows.</summary>
        public void Put(Row row, int view, Audience audience)
        {
            row.Position = ++Position;
            rows[view + "/" + row.Key] = new Stored { View = view, Audience = audience, Row = row };
            foreach (MemorySocket socket in followers.ToArray())
                Push(socket, ChangedPush.Type, ChangedOf(new[] { rows[view + "/" + row.Key] }, audience, MarkNow()));
        }

        public void FinishCatchUp()
        {
            CatchUpSlowly = false;
            foreach (MemorySocket socket in followers.ToArray())
            {
                Push(socket, ChangedPush.Type, ChangedOf(new Stored[0], Audience.Own, Position));
                Push(socket, ChangedPush.Type, ChangedOf(new Stored[0], Audience.Public, Position));
            }
        }

        private ulong MarkNow()
        {
            return CatchUpSlowly ? 0 : Position;
        }

        /// <summary>The row was never there, as after a rebuild of the views.</summary>
        public void Forget(int view, string key)
        {
            rows.Remove(view + "/" + key);
        }

        public void Tick()
        {
            foreach (MemorySocket socket in followers.ToArray())
                Push(socket, TickPush.Type, new TickPush { Time = TimeMs, OwnMark = Position, PublicMark = Position });
        }

        /// <summary>Says why, then closes every socket.</summary>
        public void CloseAll(int code, CloseAdvice advice, int retryAfterMs)
        {
            foreach (MemorySocket socket in Transport.Sockets)
            {
                if (socket.State != SocketState.Open) continue;
                Push(socket, ClosingPush.Type, new ClosingPush { Code = code, Advice = advice, RetryAfterMs = (uint)retryAfterMs });
                socket.CloseFromServer(code);
            }
            followers.Clear();
        }

        public void Push(MemorySocket socket, int type, IWire payload)
        {
            writer.Reset();
            writer.Array(3);
            writer.Unsigned(0);
            writer.Signed(type);
            payload.Write(writer);
            socket.Push(writer.ToArray());
        }

        // ------------------------------------------------------------ what clients say

        private void Greet(MemorySocket socket)
        {
            socket.Received = frame => Take(socket, frame);
            Push(socket, HelloPush.Type, new HelloPush
            {
                Protocol = Protocol.Version, OldestClient = 1, Epoch = Epoch, Time = TimeMs, Server = "memory",
                Limits = new Limits
                {
                    FrameMaxBytes = Protocol.FrameMaxBytes, InFlightMax = Protocol.InFlightMax,
                    MessagesPerFrameMax = Protocol.MessagesPerFrameMax, SignInWithinMs = 15000, TickEveryMs = (uint)TickEveryMs,
                },
            });
        }

        private void Take(MemorySocket socket, byte[] frame)
        {
            foreach (RequestMessage message in RequestFrame.Read(frame))
            {
                if (!Answers(message)) continue;
                try
                {
                    if (message.Error != ErrorCode.None) throw new GachaponException(message.Error, false);
                    Answer(socket, message);
                }
                catch (GachaponException refused)
                {
                    Refuse(socket, message.Id, refused);
                }
            }
        }

        private void Answer(MemorySocket socket, RequestMessage message)
        {
            SignInRequest signIn = message.Payload as SignInRequest;
            FollowRequest follow = message.Payload as FollowRequest;
            if (signIn != null)
            {
                if (Tokens.Count > 0 && !Tokens.Contains(signIn.Token)) throw new GachaponException(ErrorCode.TokenExpired, true);
                Reply(socket, message, new SignInReply { Player = Player, ExpiresAt = TimeMs + 300000 }, null);
            }
            else if (message.Payload is RegisterRequest)
                Reply(socket, message, Once(message, () => new RegisterReply
                    { Player = Player, AccessToken = "access", RefreshToken = "refresh", ExpiresAt = TimeMs + 300000 }), null);
            else if (message.Payload is PlayAsGuestRequest)
                Reply(socket, message, Once(message, () => new PlayAsGuestReply
                    { Player = Player, AccessToken = "access", RefreshToken = "refresh", ExpiresAt = TimeMs + 300000, UserName = "guest-1" }), null);
            else if (message.Payload is ClaimAccountRequest)
                Reply(socket, message, Once(message, () => new ClaimAccountReply
                    { Player = Player, AccessToken = "claimed", RefreshToken = "refresh-2", ExpiresAt = TimeMs + 300000 }), null);
            else if (message.Payload is RefreshRequest)
                Reply(socket, message, new RefreshReply { ExpiresAt = TimeMs + 300000 }, null);
            else if (message.Payload is PingRequest) Reply(socket, message, new PingReply { Time = TimeMs }, null);
            else if (follow != null) Follow(socket, message, follow);
            else if (message.Payload is ListQueryRequest) List(socket, message);
            else
            {
                IWire payload = Once(message, () => Decided(message));
                Reply(socket, message, payload, new ReplyMeta { Position = Position, ViewPosition = Position });
            }
        }

        private IWire Decided(RequestMessage message)
        {
            if (Decide == null) throw new GachaponException(ErrorCode.Forbidden, false);
            return Decide(message.Payload, message.Meta.CommandId);
        }

        private IWire Once(RequestMessage message, Func<IWire> decide)
        {
            Guid id = message.Meta.CommandId;
            if (answered.ContainsKey(id)) return answered[id];
            IWire payload = decide();
            if (id != Guid.Empty)
            {
                answered[id] = payload;
                Effects[id] = 1 + (Effects.ContainsKey(id) ? Effects[id] : 0);
            }
            return payload;
        }

        private void Follow(MemorySocket socket, RequestMessage message, FollowRequest follow)
        {
            bool usable = follow.Epoch == Epoch && follow.Generation == Generation;
            Reply(socket, message, new FollowReply
            {
                Epoch = Epoch, Generation = Generation, OwnWhole = !usable || follow.Own == 0, PublicWhole = !usable || follow.Public == 0,
            }, null);
            followers.Add(socket);
            CatchUp(socket, Audience.Own, usable ? follow.Own : 0);
            CatchUp(socket, Audience.Public, usable ? follow.Public : 0);
        }

        /// <summary>All rows in one page.</summary>
        private void List(MemorySocket socket, RequestMessage message)
        {
            int view = KnownRequests.ViewOf(message.Type);
            MsgWriter page = new MsgWriter();
            List<Stored> found = new List<Stored>();
            foreach (Stored stored in rows.Values)
                if (stored.View == view && !stored.Row.Deleted) found.Add(stored);
            page.Array(found.Count);
            foreach (Stored stored in found) stored.Row.WriteRow(page);
            Reply(socket, message, new ListQueryReply { Rows = page.ToArray() }, new ReplyMeta { Position = Position, ViewPosition = Position });
        }

        // A message a row, so that a client has to wait for the last of them.
        private void CatchUp(MemorySocket socket, Audience audience, ulong after)
        {
            foreach (Stored stored in rows.Values)
                if (stored.Audience == audience && stored.Row.Position > after)
                    Push(socket, ChangedPush.Type, ChangedOf(new[] { stored }, audience, 0));
            Push(socket, ChangedPush.Type, ChangedOf(new Stored[0], audience, MarkNow()));
        }

        private static ChangedPush ChangedOf(Stored[] changed, Audience audience, ulong mark)
        {
            List<Change> changes = new List<Change>();
            foreach (Stored stored in changed)
            {
                MsgWriter rows = new MsgWriter();
                rows.Array(1);
                stored.Row.WriteRow(rows);
                changes.Add(new Change { View = stored.View, Rows = rows.ToArray() });
            }
            return new ChangedPush { Audience = audience, Mark = mark, Changes = changes.ToArray() };
        }

        private void Reply(MemorySocket socket, RequestMessage message, IWire payload, ReplyMeta meta)
        {
            writer.Reset();
            writer.Array(4);
            writer.Unsigned(message.Id);
            writer.Signed(message.Type);
            payload.Write(writer);
            if (meta == null) writer.Nil();
            else meta.Write(writer);
            socket.Push(writer.ToArray());
        }

        private void Refuse(MemorySocket socket, uint id, GachaponException refused)
        {
            Retry retry = !refused.CanRetry ? Retry.Never : refused.Code == ErrorCode.TokenExpired ? Retry.SignIn : Retry.Later;
            writer.Reset();
            writer.Array(3);
            writer.Unsigned(id);
            writer.Signed(ErrorPush.Type);
            new ErrorPush { Code = (int)refused.Code, Name = refused.Name, Retry = retry, RetryAfterMs = 100 }.Write(writer);
            socket.Push(writer.ToArray());
        }
    }
}
