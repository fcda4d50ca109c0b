// A rude server: bytes that are no frames, what nobody asked for, numbers beyond sense, words at the wrong time, and silence.
// What is not understood closes the client, with a reason; what is not known, or not due, is skipped; everything else is a
// lost connection. The TypeScript client's test/rude.test.ts holds it against the same list.
using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Gachapon.Testing;
using Gachapon.Wire;
using NUnit.Framework;

namespace Gachapon.Tests
{
    public sealed class RudeTests
    {
        private const int Wallets = 3;

        private static byte[] Bytes(Action<MsgWriter> write)
        {
            MsgWriter writer = new MsgWriter();
            write(writer);
            return writer.ToArray();
        }

        private static byte[] Push(int type, Action<MsgWriter> payload)
        {
            return Bytes(w =>
            {
                w.Array(3);
                w.Unsigned(0);
                w.Signed(type);
                payload(w);
            });
        }

        private static byte[] Changed(int audience, int view, byte[] rows, ulong mark = 9)
        {
            return Push(ChangedPush.Type, w =>
            {
                w.Array(3);
                w.Signed(audience);
                w.Unsigned(mark);
                w.Array(1);
                w.Array(2);
                w.Signed(view);
                w.Raw(rows);
            });
        }

        private static byte[] Rows(params Row[] rows)
        {
            return Bytes(w =>
            {
                w.Array(rows.Length);
                foreach (Row row in rows) row.WriteRow(w);
            });
        }

        private static byte[] Deep(int levels)
        {
            byte[] deep = new byte[levels + 1];
            for (int i = 0; i < levels; i++) deep[i] = 0x91;
            deep[levels] = 0xc0;
            return deep;
        }

        private static byte[] Joined(params byte[][] parts)
        {
            return Bytes(w => { foreach (byte[] part in parts) w.Raw(part); });
        }

        private static Dictionary<string, byte[]> NotFrames()
        {
            byte[] tick = Push(TickPush.Type, new TickPush().Write);
            return new Dictionary<string, byte[]>
            {
                { "nothing at all", new byte[0] },
                { "a frame cut off", Bytes(w => { w.Array(3); w.Unsigned(0); }) },
                { "a message, and half of another", Joined(tick, new byte[] { 0x93, 0 }) },
                { "a text", new byte[] { 0xa2, 0x68, 0x69 } },
                { "a map", new byte[] { 0x80 } },
                { "a byte that begins nothing", new byte[] { 0xc1 } },
                { "a message of two", new byte[] { 0x92, 0, 1 } },
                { "four thousand million entries", new byte[] { 0xdd, 0xff, 0xff, 0xff, 0xff } },
                { "a text of four gigabytes", new byte[] { 0x93, 0, 1, 0xdb, 0xff, 0xff, 0xff, 0xff } },
                { "too deep", Joined(new byte[] { 0x93, 0, 0x7f }, Deep(100)) },
                { "an id below zero", new byte[] { 0x93, 0xff, 2, 0x90 } },
                { "a type beyond sixteen bits", new byte[] { 0x93, 0, 0xce, 0, 1, 0, 0, 0x90 } },
                { "a text for an id", new byte[] { 0x93, 0xa1, 0x61, 2, 0x90 } },
                { "a tick that is a number", Push(TickPush.Type, w => w.Signed(7)) },
                { "a closing without its fields", Push(ClosingPush.Type, w => w.Array(0)) },
                { "an error that is none", Push(ErrorPush.Type, w => w.Array(0)) },
            };
        }

        private static Dictionary<string, byte[]> NotRows(World world)
        {
            Row good = new WalletRow { Player = world.Server.Player, Free = 1, Position = 99 };
            return new Dictionary<string, byte[]>
            {
                { "rows that are a number", Changed(1, Wallets, new byte[] { 7 }) },
                { "a row that is a number", Changed(1, Wallets, new byte[] { 0x91, 7 }) },
                { "a row without its key", Changed(1, Wallets, new byte[] { 0x91, 0x92, 99, 0xc2 }) },
                { "a good row before a bad one", Changed(1, Wallets, Bytes(w =>
                    {
                        w.Array(2);
                        good.WriteRow(w);
                        w.Raw(new byte[] { 0x92, 99, 0xc2 });
                    })) },
                { "an audience of zero", Changed(0, Wallets, new byte[] { 0x90 }) },
            };
        }

        [Test]
        public void What_is_not_understood_closes_the_client_says_so_and_changes_nothing()
        {
            List<string> names = new List<string>(NotFrames().Keys);
            names.AddRange(NotRows(new World()).Keys);
            foreach (string what in names)
            {
                World world = new World().Connected();
                world.Server.Answers = message => false;
                Task<PackOpenedEvent> opening = world.Game.OpenPackAsync("standard", 1);
                Dictionary<string, byte[]> wrong = NotFrames();
                foreach (KeyValuePair<string, byte[]> each in NotRows(world)) wrong.Add(each.Key, each.Value);
                int raised = 0;
                world.Game.Wallet.Changed += () => raised++;
                world.Socket.Push(wrong[what]);
                world.Pass(60000);
                Assert.AreEqual("not_understood", world.Game.CloseReason.Name, what);
                Assert.AreEqual(CloseAdvice.Never, world.Game.CloseReason.Advice, what);
                Assert.AreEqual(ClientState.Closed, world.Game.State, what);
                GachaponException failed = world.Refused(opening);
                Assert.AreEqual("closed True", failed.Name + " " + failed.CanRetry, what);
                Assert.AreEqual(1600ul, world.Game.Wallet.Free, what);
                Assert.AreEqual(0, raised, what);
                Assert.AreEqual(1, world.Sockets, what);
            }
        }

        [Test]
        public void The_same_before_signing_in_and_to_who_looks_at_the_shop()
        {
            foreach (KeyValuePair<string, byte[]> wrong in NotFrames())
                for (int answered = 0; answered < 4; answered++)
                {
                    World world = new World();
                    int left = answered;
                    world.Server.Answers = message => left-- > 0;
                    Task connecting = answered < 3 ? world.Game.ConnectAsync() : world.Game.BrowseAsync();
                    world.Pass(0);
                    world.Socket.Push(wrong.Value);
                    GachaponException failed = world.Refused(connecting);
                    Assert.AreEqual("not_understood False", failed.Name + " " + failed.CanRetry, wrong.Key + " " + answered);
                }
        }

        [Test]
        public void What_is_not_known_not_asked_for_or_not_due_is_skipped()
        {
            World world = new World().Connected();
            List<uint> asked = new List<uint>();
            world.Server.Answers = message =>
            {
                asked.Add(message.Id);
                return false;
            };
            List<Task> openings = new List<Task>();
            for (int i = 0; i < 70; i++) openings.Add(world.Game.OpenPackAsync("standard", 1)); // more than are sent at once
            world.Pass(10);
            int raised = 0;
            world.Game.Wallet.Changed += () => raised++;
            ErrorPush nobody = new ErrorPush { Code = 100, Name = "pack_unknown", Retry = Retry.Never };
            Row known = new WalletRow { Player = world.Server.Player, Free = 1, Position = 1 };
            MemorySocket socket = world.Socket;
            socket.Push(Push(9999, w => w.Raw(Deep(20))));
            socket.Push(Changed(1, 9999, new byte[] { 7 }));
            socket.Push(Changed(3, Wallets, Rows(new WalletRow { Player = world.Server.Player, Free = 1, Position = 99 })));
            socket.Push(Push(ErrorPush.Type, nobody.Write)); // for id 0: what is not sent yet has none
            socket.Push(Bytes(w => { w.Array(3); w.Unsigned(4000000000); w.Signed(ErrorPush.Type); nobody.Write(w); }));
            socket.Push(Bytes(w => { w.Array(3); w.Unsigned(4000000000); w.Signed(101); w.Array(0); }));
            socket.Push(Bytes(w => { w.Array(3); w.Unsigned(asked[0]); w.Signed(6); w.Array(0); })); // for something else
            socket.Push(Push(HelloPush.Type, new HelloPush { OldestClient = 99, Server = "rude", Limits = new Limits() }.Write)); // it said so before
            socket.Push(Changed(1, Wallets, Rows(known)));
            world.Pass(100);
            Assert.AreEqual(ClientState.Live, world.Game.State);
            Assert.AreEqual(1600ul, world.Game.Wallet.Free);
            Assert.AreEqual(1, world.Sockets);
            foreach (Task opening in openings) Assert.AreEqual("timeout", world.Refused(opening).Name, "no call was settled by any of it");
        }

        [Test]
        public void Rows_and_marks_before_follow_is_answered_say_nothing()
        {
            World world = new World().Connected();
            ulong mark = world.Server.Position;
            FollowRequest asked = null;
            world.Server.Answers = message =>
            {
                asked = message.Payload as FollowRequest ?? asked;
                return !(message.Payload is FollowRequest);
            };
            world.Socket.Lose();
            world.Pass(1000);
            world.Socket.Push(Push(TickPush.Type, new TickPush { OwnMark = 90, PublicMark = 90 }.Write));
            world.Socket.Push(Changed(1, Wallets, Rows(new WalletRow { Player = world.Server.Player, Free = 1, Position = 91 }), 91));
            world.Pass(100);
            Assert.AreEqual(ClientState.Stale, world.Game.State);
            Assert.AreEqual(1600ul, world.Game.Wallet.Free);
            asked = null;
            world.Socket.Lose();
            world.Pass(2000);
            Assert.AreEqual(mark, asked.Own);
            Assert.AreEqual(mark, asked.Public);
        }

        [Test]
        public void Limits_beyond_sense_are_brought_back_to_sense()
        {
            foreach (uint number in new uint[] { 0, 1, uint.MaxValue })
            {
                World world = new World();
                HelloPush hello = new HelloPush { Protocol = 1, OldestClient = 1, Server = "rude", Limits = new Limits { TickEveryMs = number, InFlightMax = number } };
                Action<MemorySocket> greet = world.Server.Transport.Opened;
                world.Server.Transport.Opened = socket =>
                {
                    world.Server.Push(socket, HelloPush.Type, hello);
                    greet(socket); // and a second one, that comes too late
                };
                world.Done(world.Game.ConnectAsync());
                Assert.AreEqual(1440ul, world.Done(world.Game.OpenPackAsync("standard", 1)).Free);
                world.Pass(3000);
                Assert.AreEqual(1, world.Sockets, number.ToString());
            }
        }

        [Test]
        public void Who_asks_for_patience_without_end_gets_an_hour_of_it_and_a_call_no_more_than_its_own()
        {
            World world = new World().Connected();
            uint asked = 0;
            world.Server.Answers = message =>
            {
                asked = message.Id;
                return false;
            };
            Task<PackOpenedEvent> opening = world.Game.OpenPackAsync("standard", 1);
            world.Pass(10);
            ErrorPush later = new ErrorPush { Code = 41, Name = "overloaded", Retry = Retry.Later, RetryAfterMs = uint.MaxValue };
            world.Socket.Push(Bytes(w => { w.Array(3); w.Unsigned(asked); w.Signed(ErrorPush.Type); later.Write(w); }));
            GachaponException failed = world.Refused(opening);
            Assert.AreEqual("overloaded True", failed.Name + " " + failed.CanRetry);
            world.Server.Answers = message => true;
            world.Server.Push(world.Socket, ClosingPush.Type, new ClosingPush { Code = 1001, Advice = CloseAdvice.Later, RetryAfterMs = uint.MaxValue });
            world.Socket.CloseFromServer(1001);
            for (int minute = 0; minute < 59; minute++) world.Pass(60000);
            Assert.AreEqual("Stale going_away 1", world.Game.State + " " + world.Game.CloseReason.Name + " " + world.Sockets);
            for (int minute = 0; minute < 60; minute++) world.Pass(60000);
            Assert.IsTrue(world.Sockets > 1);
        }

        [Test]
        public void Every_close_code_is_obeyed_and_any_other_is_a_lost_connection()
        {
            List<int> codes = new List<int> { 3000, 4999 };
            for (int code = 1000; code <= 1015; code++) codes.Add(code);
            for (int code = 4000; code <= 4011; code++) codes.Add(code);
            foreach (int code in codes)
            {
                World world = new World().Connected();
                CloseCode known = CloseCode.Of(code);
                world.Socket.CloseFromServer(code);
                world.Pass(10);
                Assert.AreEqual(known.Name, world.Game.CloseReason.Name, code.ToString());
                bool never = known.Advice == CloseAdvice.Never;
                Assert.AreEqual(never ? ClientState.Closed : ClientState.Stale, world.Game.State, code.ToString());
                world.Pass(10000);
                Assert.AreEqual(never ? ClientState.Closed : ClientState.Live, world.Game.State, code.ToString());
                bool fresh = known.Advice == CloseAdvice.SignIn || known.Name == "roles_changed";
                Assert.AreEqual(fresh ? 1 : 0, world.Auth.Renewed, code.ToString());
            }
        }

        [Test]
        public void A_server_that_ticks_and_does_nothing_else_is_given_up_again_and_again()
        {
            for (int answered = 0; answered < 2; answered++)
            {
                World world = new World();
                world.Server.Answers = message => answered == 1 && message.Payload is SignInRequest;
                Task connecting = world.Game.ConnectAsync();
                world.Pass(10);
                for (int second = 0; second < 31; second++)
                {
                    world.Socket.Push(Push(TickPush.Type, new TickPush { OwnMark = 1, PublicMark = 1 }.Write));
                    world.Pass(1000);
                }
                Assert.AreEqual("timeout", world.Refused(connecting).Name);
                Assert.AreEqual(2, world.Sockets);
            }
        }

        [Test]
        public void A_field_that_is_null_is_named_before_anything_is_sent()
        {
            World world = new World().Connected();
            foreach (Task asked in new Task[] { world.Game.OpenPackAsync(null, 1), world.Game.FormTeamAsync("Night", null),
                world.Game.FormTeamAsync("Night", new string[] { null, "a", "b", "c" }), world.Game.ClaimAccountAsync(null, "p") })
                Assert.AreEqual("field_missing", world.Refused(asked).Name);
            Assert.AreEqual("field_missing", world.Refused(world.Game.RegisterAsync("mira@example.org", null, "Mira")).Name);
            Assert.AreEqual(ClientState.Live, world.Game.State, "what was there stays");
            Assert.AreEqual(0, world.Server.Effects.Count);
        }

        private sealed class Oddly : IAuth
        {
            public Func<Task<string>> Give;

            public Scheduler Scheduler { get; set; }

            public Task<string> GetTokenAsync(bool renew) { return Give(); }

            public void Accept(TokenSet tokens) { }
        }

        [Test]
        public void An_auth_may_throw_and_give_what_it_likes()
        {
            TaskCompletionSource<string> nothing = new TaskCompletionSource<string>(), cancelled = new TaskCompletionSource<string>();
            nothing.SetResult(null);
            cancelled.SetCanceled();
            foreach (Func<Task<string>> give in new Func<Task<string>>[] { () => null, () => nothing.Task, () => cancelled.Task, () => { throw new InvalidOperationException("a fault in the game"); } })
            {
                MemoryServer server = new MemoryServer();
                Oddly auth = new Oddly { Scheduler = new Scheduler(), Give = give };
                GachaponClient game = new GachaponClient("ws://memory", auth, server.Transport, new ClientSettings());
                Task connecting = game.ConnectAsync();
                for (int i = 0; i < 100; i++) auth.Scheduler.Pump(10 * i);
                Assert.IsTrue(connecting.IsFaulted);
                Assert.AreEqual("login_failed", ((GachaponException)connecting.Exception.GetBaseException()).Name);
                Assert.AreEqual(ClientState.Closed, game.State);
                Assert.AreEqual(CloseAdvice.SignIn, game.CloseReason.Advice);
            }
        }

        [Test]
        public void A_new_player_whom_Keycloak_wants_to_see_is_told_so_at_once()
        {
            World world = new World();
            ErrorPush incomplete = new ErrorPush { Code = 72, Name = "account_incomplete", Retry = Retry.SignIn, Detail = "verify_email" };
            world.Server.Answers = message =>
            {
                world.Socket.Push(Bytes(w => { w.Array(3); w.Unsigned(message.Id); w.Signed(ErrorPush.Type); incomplete.Write(w); }));
                return false;
            };
            GachaponException refused = world.Refused(world.Game.RegisterAsync("mira@example.org", "correct horse", "Mira"));
            Assert.AreEqual("account_incomplete", refused.Name);
            Assert.AreEqual(1, world.Sockets);
        }

        [Test]
        public void A_refresh_or_a_ping_that_is_refused_costs_no_connection()
        {
            World world = new World().Connected();
            ErrorPush limited = new ErrorPush { Code = 49, Name = "rate_limited", Retry = Retry.Later, RetryAfterMs = 100 };
            int refused = 0;
            world.Server.Answers = message =>
            {
                if (!(message.Payload is PingRequest) && !(message.Payload is RefreshRequest)) return true;
                refused++;
                world.Socket.Push(Bytes(w => { w.Array(3); w.Unsigned(message.Id); w.Signed(ErrorPush.Type); limited.Write(w); }));
                return false;
            };
            world.Game.NetworkChanged();
            world.Pass(5000);
            world.Server.Push(world.Socket, ExpiringPush.Type, new ExpiringPush { ExpiresAt = 1 });
            world.Pass(11000);
            Assert.AreEqual("4 1 Live", refused + " " + world.Sockets + " " + world.Game.State, "the refresh is tried again");
        }

        [Test]
        public void More_requests_than_anyone_waits_for_are_refused()
        {
            World world = new World().Connected();
            world.Server.Answers = message => false;
            Task last = null;
            for (int i = 0; i < 1025; i++) last = world.Game.OpenPackAsync("standard", 1);
            Assert.AreEqual("not_sent", world.Refused(last).Name);
        }

        [Test]
        public void An_eventual_command_does_not_wait_for_the_replicas()
        {
            World world = new World().Connected();
            world.Server.CatchUpSlowly = true;
            Task<PackOpenedEvent> opening = world.Game.OpenPackAsync("standard", 1, Payment.Currency, new CommandOptions { Consistency = Consistency.Eventual });
            world.Pass(100);
            Assert.IsTrue(opening.IsCompleted);
        }

        [Test]
        public void A_server_that_closes_as_soon_as_it_is_live_is_asked_less_and_less_often()
        {
            World world = new World().Connected();
            world.Game.StateChanged += () => { if (world.Game.State == ClientState.Live) world.Socket.Lose(); };
            world.Socket.Lose();
            world.Pass(60000);
            Assert.IsTrue(world.Sockets <= 12, world.Sockets + " in a minute");
        }

        [Test]
        public void Ten_thousand_rows_in_any_order_some_twice_cut_off_on_the_way()
        {
            World world = new World().Connected();
            List<Row> rows = new List<Row>();
            Dictionary<string, ItemRow> newest = new Dictionary<string, ItemRow>();
            for (int i = 0; i < 10000; i++)
            {
                ItemRow row = new ItemRow { Player = world.Server.Player, Item = "item-" + i % 2500, Count = (uint)i,
                    Position = (ulong)(10 + i * 7919 % 10000), Deleted = i % 10 == 0 };
                rows.Add(row);
                if (!newest.ContainsKey(row.Item) || newest[row.Item].Position <= row.Position) newest[row.Item] = row;
            }
            int view = world.Game.Tables.Items.View, raised = 0;
            world.Game.Inventory.Changed += () => raised++;
            for (int at = 0; at < 5000; at += 500) world.Socket.Push(Changed(1, view, Rows(rows.GetRange(at, 500).ToArray()), 0));
            world.Pass(10);
            world.Socket.Lose();
            world.Pass(1000);
            Assert.AreEqual(0, world.Game.Inventory.Items.Count, "what was cut off is nothing");
            for (int at = 9500; at >= 0; at -= 500)
                world.Socket.Push(Changed(1, view, Rows(rows.GetRange(at, 500).ToArray()), at == 0 ? 20000ul : 0ul));
            world.Socket.Push(Changed(1, view, Rows(rows.GetRange(0, 500).ToArray()), 20000));
            world.Pass(10);
            int live = 0;
            foreach (ItemRow row in newest.Values)
            {
                if (!row.Deleted) live++;
                Assert.AreEqual(row.Deleted ? 0u : row.Count, world.Game.Inventory.Count(row.Item), row.Item);
            }
            Assert.AreEqual(live, world.Game.Inventory.Items.Count);
            Assert.AreEqual(1, raised);
        }

        [Test]
        public void Connecting_and_closing_in_any_order_is_safe_and_says_the_same_each_time()
        {
            World world = new World();
            world.Game.Close();
            Assert.AreEqual("closed", world.Game.CloseReason.Name);
            world.Connected();
            world.Done(world.Game.ConnectAsync());
            world.Socket.Lose();
            world.Pass(10);
            Task again = world.Game.ConnectAsync();
            world.Pass(10);
            Assert.AreEqual("Stale False lost", world.Game.State + " " + again.IsCompleted + " " + world.Game.CloseReason.Name);
            world.Done(again);
            Assert.AreEqual(ClientState.Live, world.Game.State);
            world.Game.Close();
            world.Game.Close();
            Assert.AreEqual("closed", world.Game.CloseReason.Name);
            Task first = world.Game.ConnectAsync(), second = world.Game.ConnectAsync();
            world.Done(first);
            world.Done(second);
            Assert.AreEqual(3, world.Sockets);
        }
    }
}
