// Lost connections: what the server advises is done, nothing is missed, nothing happens twice.
using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Gachapon.Testing;
using NUnit.Framework;

namespace Gachapon.Tests
{
    public sealed class ReconnectTests
    {
        [Test]
        public void A_lost_connection_is_made_again_and_what_was_missed_follows()
        {
            World world = new World().Connected();
            world.Socket.Lose();
            world.Server.Put(new WalletRow { Player = world.Server.Player, Free = 7 }, 3, Audience.Own);
            world.Pass(10);
            Assert.AreEqual(1600ul, world.Game.Wallet.Free, "as it was, until the replica is whole again");
            world.Pass(200);
            Assert.AreEqual(7ul, world.Game.Wallet.Free);
            Assert.AreEqual(2, world.Sockets);
            ClientState[] wanted = { ClientState.Connecting, ClientState.Live, ClientState.Stale, ClientState.Live };
            CollectionAssert.AreEqual(wanted, world.States);
        }

        [Test]
        public void Only_what_is_newer_is_asked_for()
        {
            World world = new World().Connected();
            FollowRequest asked = null;
            world.Server.Answers = message =>
            {
                asked = message.Payload as FollowRequest ?? asked;
                return true;
            };
            world.Socket.Lose();
            world.Pass(100);
            Assert.AreEqual(world.Server.Position, asked.Own);
            Assert.AreEqual(world.Server.Position, asked.Public);
            Assert.AreEqual(world.Server.Epoch, asked.Epoch);
            Assert.AreEqual(1ul, asked.Generation);
        }

        [Test]
        public void Views_made_anew_replace_what_was_there_without_a_moment_of_emptiness()
        {
            World world = new World().Connected();
            world.PutCharacter("ghost", 9);
            world.Pass(10);
            MemoryServer fresh = world.Server;
            fresh.Generation = 2;
            fresh.Forget(4, "ghost");
            bool wasEmpty = false;
            world.Game.Wallet.Changed += () => wasEmpty |= world.Game.Wallet.Free != 1600;
            world.Socket.Lose();
            for (int i = 0; i < 50; i++)
            {
                world.Pass(10);
                wasEmpty |= world.Game.Wallet.Free != 1600;
            }
            Assert.IsFalse(wasEmpty);
            Assert.AreEqual(0u, world.Game.Inventory.Copies("ghost"));
        }

        [Test]
        public void A_command_in_the_middle_of_a_cut_has_one_effect_and_one_answer()
        {
            for (int answered = 0; answered < 2; answered++)
            {
                World world = new World().Connected();
                MemorySocket first = world.Socket;
                if (answered == 0) first.CutAfter = 0; // it does not arrive
                else world.Server.Answers = message =>  // it takes effect, the answer is lost
                {
                    if (message.Payload is OpenPackCommand && world.Sockets == 1) world.Scheduler.Post(first.Lose);
                    return true;
                };
                Task<PackOpenedEvent> opening = world.Game.OpenPackAsync("standard", 1);
                PackOpenedEvent opened = world.Done(opening);
                Assert.AreEqual(2, world.Sockets);
                Assert.AreEqual(1, world.Server.Effects.Count);
                Assert.AreEqual(1440ul, opened.Free);
                Assert.AreEqual(1440ul, world.Game.Wallet.Free, "the reply was held until the rows were there");
            }
        }

        [Test]
        public void While_catching_up_rows_and_answers_are_held_until_everything_is_there()
        {
            World world = new World().Connected();
            int raised = 0;
            world.Game.Wallet.Changed += () => raised++;
            world.Server.CatchUpSlowly = true;
            world.Socket.Lose();
            world.Pass(100);
            Task<PackOpenedEvent> opening = world.Game.OpenPackAsync("standard", 1);
            world.Pass(100);
            Assert.AreEqual(1, world.Server.Effects.Count, "it is not the sending that waits");
            Assert.AreEqual(1600ul, world.Game.Wallet.Free);
            Assert.IsFalse(opening.IsCompleted || raised > 0 || world.Game.State != ClientState.Stale);
            world.Server.FinishCatchUp();
            Assert.AreEqual(1440ul, world.Done(opening).Free);
            Assert.AreEqual(1440ul, world.Game.Wallet.Free);
            Assert.AreEqual(1, raised);
            Assert.AreEqual(ClientState.Live, world.Game.State);
        }

        [Test]
        public void However_it_is_cut_each_command_has_one_effect_and_the_replicas_end_equal()
        {
            int seed = Environment.TickCount;
            Console.WriteLine("seed " + seed);
            Random random = new Random(seed);
            for (int round = 0; round < 30; round++)
            {
                World world = new World(new ClientSettings { Random = random.NextDouble, BackoffMinMs = 20, BackoffMaxMs = 100 }).Connected();
                List<Task<PackOpenedEvent>> openings = new List<Task<PackOpenedEvent>>();
                for (int step = 0; step < 60; step++)
                {
                    int what = random.Next(6);
                    if (what < 3 && openings.Count < 10) openings.Add(world.Game.OpenPackAsync("standard", 1));
                    else if (what == 3) world.Socket.Lose();
                    else if (what == 4 && world.Socket.State == SocketState.Open) world.Socket.CutAfter = random.Next(4);
                    world.Pass(random.Next(200));
                }
                foreach (Task<PackOpenedEvent> opening in openings) world.Done(opening);
                world.Pass(2000);
                Assert.AreEqual(openings.Count, world.Server.Effects.Count, "seed " + seed);
                Assert.AreEqual(1600ul - 160ul * (ulong)openings.Count, world.Game.Wallet.Free, "seed " + seed);
                Assert.AreEqual((uint)openings.Count, world.Game.Inventory.Copies("pip"), "seed " + seed);
            }
        }

        [Test]
        public void Silence_is_a_lost_connection()
        {
            World world = new World().Connected();
            for (int i = 0; i < 3; i++)
            {
                world.Pass(20000);
                world.Server.Tick();
            }
            Assert.AreEqual(1, world.Sockets);
            world.Pass(36000);
            Assert.AreEqual(2, world.Sockets);
            Assert.AreEqual(ClientState.Live, world.Game.State);
        }

        [Test]
        public void An_unreachable_server_is_tried_less_and_less_often()
        {
            World world = new World().Connected();
            world.Server.Transport.Unreachable = true;
            world.Socket.Lose();
            world.Pass(60000);
            int tries = world.Sockets;
            Assert.IsTrue(tries >= 6 && tries <= 12, tries + " tries in a minute");
            world.Pass(60000);
            Assert.IsTrue(world.Sockets - tries <= 4, (world.Sockets - tries) + " in the next");
            world.Server.Transport.Unreachable = false;
            world.Pass(46000);
            Assert.AreEqual(ClientState.Live, world.Game.State);
        }

        [Test]
        public void A_first_connection_gives_up_in_time()
        {
            World world = new World();
            world.Server.Transport.Unreachable = true;
            GachaponException failed = world.Refused(world.Game.ConnectAsync());
            Assert.AreEqual(ErrorCode.TimedOut, failed.Code);
            Assert.IsTrue(failed.CanRetry);
            Assert.AreEqual(ClientState.Closed, world.Game.State);
        }

        [Test]
        public void The_advice_of_a_close_is_obeyed()
        {
            World world = new World().Connected();
            world.Server.CloseAll(1001, CloseAdvice.Later, 5000);
            world.Pass(4900);
            Assert.AreEqual(1, world.Sockets);
            world.Pass(5000);
            Assert.AreEqual(2, world.Sockets);
            world.Server.CloseAll(4005, CloseAdvice.AtOnce, 0);
            world.Pass(100);
            Assert.AreEqual(3, world.Sockets);
            world.Pass(1000);
            world.Server.CloseAll(4003, CloseAdvice.SignIn, 0);
            world.Pass(100);
            Assert.AreEqual(1, world.Auth.Renewed);
            Assert.AreEqual(ClientState.Live, world.Game.State);
            world.Server.CloseAll(4000, CloseAdvice.Never, 0);
            world.Pass(60000);
            Assert.AreEqual(ClientState.Closed, world.Game.State);
            Assert.AreEqual("hostile", world.Game.CloseReason.Name);
            Assert.AreEqual(4, world.Sockets);
        }

        [Test]
        public void Who_may_not_come_back_is_told_to_sign_in()
        {
            World world = new World().Connected();
            world.Auth.Failure = new GachaponException(ErrorCode.SignInFailed, false, "invalid_grant");
            Task<PackOpenedEvent> opening = world.Game.OpenPackAsync("standard", 1);
            world.Server.CloseAll(4003, CloseAdvice.SignIn, 0);
            Assert.AreEqual(ErrorCode.NotConnected, world.Refused(opening).Code);
            Assert.AreEqual(ClientState.Closed, world.Game.State);
            Assert.AreEqual(CloseAdvice.SignIn, world.Game.CloseReason.Advice);
        }

        [Test]
        public void A_refused_token_is_renewed_a_few_times()
        {
            World world = new World();
            world.Server.Tokens.Add("token-1");
            world.Connected();
            Assert.AreEqual(1, world.Auth.Renewed);
            world = new World();
            world.Server.Tokens.Add("token-never");
            Assert.AreEqual(ErrorCode.SignInFailed, world.Refused(world.Game.ConnectAsync()).Code);
            Assert.AreEqual(2, world.Auth.Renewed);
            Assert.AreEqual(3, world.Sockets);
        }

        [Test]
        public void Keycloak_away_is_waited_for()
        {
            World world = new World().Connected();
            world.Auth.Failure = new GachaponException(ErrorCode.SignInFailed, true, "login_unavailable");
            world.Socket.Lose();
            world.Pass(20000);
            Assert.AreEqual(ClientState.Stale, world.Game.State);
            world.Auth.Failure = null;
            world.Pass(20000);
            Assert.AreEqual(ClientState.Live, world.Game.State);
        }

        [Test]
        public void A_token_that_expires_is_refreshed_over_the_open_socket()
        {
            World world = new World().Connected();
            string refreshed = null;
            world.Server.Answers = message =>
            {
                RefreshRequest refresh = message.Payload as RefreshRequest;
                if (refresh != null) refreshed = refresh.Token;
                return true;
            };
            world.Server.Push(world.Socket, ExpiringPush.Type, new ExpiringPush { ExpiresAt = 1 });
            world.Pass(30);
            Assert.AreEqual("token-1", refreshed);
            Assert.AreEqual(1, world.Sockets);
        }

        [Test]
        public void A_pause_costs_no_deadline()
        {
            World world = new World().Connected();
            world.Server.Answers = message => !(message.Payload is OpenPackCommand) || world.Sockets > 1;
            Task<PackOpenedEvent> opening = world.Game.OpenPackAsync("standard", 1);
            world.Pass(100);
            world.Game.Suspend();
            Assert.AreEqual(1000, world.Socket.ClosedByClient);
            world.Scheduler.Pump(world.Scheduler.NowMs + 3600000);
            world.Game.Resume();
            world.Done(opening);
            Assert.AreEqual(2, world.Sockets);
        }

        [Test]
        public void After_standing_still_the_connection_is_probed()
        {
            World world = new World().Connected();
            world.Scheduler.Pump(world.Scheduler.NowMs + 3600000);
            world.Pass(10000);
            Assert.AreEqual(1, world.Sockets, "it answered");
            world.Server.Answers = message => !(message.Payload is PingRequest);
            world.Scheduler.Pump(world.Scheduler.NowMs + 3600000);
            world.Pass(5000);
            Assert.AreEqual(2, world.Sockets);
        }

        [Test]
        public void A_server_that_is_too_new_is_not_tried_again()
        {
            World world = new World();
            HelloPush hello = new HelloPush { Protocol = 9, OldestClient = 5 };
            world.Server.Transport.Opened = socket => world.Server.Push(socket, HelloPush.Type, hello);
            GachaponException failed = world.Refused(world.Game.ConnectAsync());
            Assert.AreEqual("client_too_old", failed.Name);
            Assert.IsFalse(failed.CanRetry);
        }

        [Test]
        public void Another_player_finds_nothing_of_the_last_one()
        {
            World world = new World().Connected();
            MemoryServer other = new MemoryServer();
            world.Server.Transport.Opened = other.Transport.Opened;
            world.Game.Close();
            world.Pass(10);
            world.Done(world.Game.ConnectAsync());
            Assert.AreEqual(other.Player, world.Game.PlayerId);
            Assert.AreEqual(0ul, world.Game.Wallet.Free);
        }
    }
}
