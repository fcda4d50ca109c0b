// What lies at the edges: cuts at the worst moment, listeners that throw, close and dispose, answers that are not understood,
// stores and auths that fail, and the shop before sign-in.
using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Gachapon.Testing;
using NUnit.Framework;

namespace Gachapon.Tests
{
    public sealed class EdgeTests
    {
        [Test]
        public void Rows_of_another_generation_that_are_cut_off_are_asked_for_whole_again()
        {
            World world = new World().Connected();
            world.PutCharacter("ghost", 9);
            world.Pass(10);
            world.Server.Generation = 2;
            world.Server.Forget(4, "ghost");
            world.Server.CatchUpSlowly = true;
            world.Socket.Lose();
            world.Pass(200);
            Assert.AreEqual(ClientState.Stale, world.Game.State, "its answer to follow is there, its rows are not");
            world.Server.CatchUpSlowly = false;
            world.Socket.Lose();
            world.Pass(5000);
            Assert.AreEqual(ClientState.Live, world.Game.State);
            Assert.AreEqual(0u, world.Game.Inventory.Copies("ghost"));
            Assert.AreEqual(1600ul, world.Game.Wallet.Free);
        }

        [Test]
        public void What_has_no_mark_waits_for_the_rest_also_when_live()
        {
            World world = new World().Connected();
            int raised = 0;
            world.Game.Inventory.Changed += () => raised++;
            world.Server.CatchUpSlowly = true; // as after a full queue
            Task<PackOpenedEvent> opening = world.Game.OpenPackAsync("standard", 1);
            world.Pass(100);
            Assert.AreEqual(1600ul, world.Game.Wallet.Free);
            Assert.IsFalse(opening.IsCompleted || raised > 0);
            world.Server.FinishCatchUp();
            Assert.AreEqual(1440ul, world.Done(opening).Free);
            Assert.AreEqual(1440ul, world.Game.Wallet.Free);
            Assert.AreEqual(1, raised);
        }

        [Test]
        public void An_answered_command_does_not_wait_for_ever_for_the_replicas()
        {
            World world = new World().Connected();
            world.Server.CatchUpSlowly = true;
            Task<PackOpenedEvent> opening = world.Game.OpenPackAsync("standard", 1);
            world.Pass(100);
            world.Server.Transport.Unreachable = true;
            world.Socket.Lose();
            world.Pass(29000);
            Assert.IsFalse(opening.IsCompleted);
            world.Pass(2000);
            Assert.AreEqual(1440ul, world.Done(opening).Free, "it is stored");
        }

        [Test]
        public void Every_listener_is_told_whatever_the_others_throw()
        {
            World world = new World().Connected();
            List<string> failures = new List<string>();
            world.Scheduler.Failed = failure => failures.Add(failure.Message);
            int told = 0;
            world.Game.Wallet.Changed += () => { throw new InvalidOperationException("a fault in the game"); };
            world.Game.Wallet.Changed += () => told++;
            world.Game.StateChanged += () => { throw new InvalidOperationException("another"); };
            world.Game.StateChanged += () => told++;
            world.Done(world.Game.OpenPackAsync("standard", 1));
            world.Game.Close();
            world.Pass(10);
            Assert.AreEqual(2, told);
            CollectionAssert.AreEqual(new[] { "a fault in the game", "another" }, failures);
        }

        [Test]
        public void Disposing_in_a_listener_ends_everything()
        {
            foreach (ClientState when in new[] { ClientState.Connecting, ClientState.Live, ClientState.Stale })
            {
                World world = new World();
                world.Game.StateChanged += () => { if (world.Game.State == when) world.Game.Dispose(); };
                Task connecting = world.Game.ConnectAsync();
                world.Pass(100);
                Task<PackOpenedEvent> opening = world.Game.OpenPackAsync("standard", 1);
                if (when == ClientState.Stale) world.Socket.Lose();
                world.Pass(60000);
                Assert.AreEqual(ClientState.Closed, world.Game.State);
                Assert.IsTrue(world.Sockets <= 1, "nothing is opened again");
                if (when != ClientState.Stale) Assert.AreEqual(ErrorCode.NotConnected, world.Refused(opening).Code);
                Assert.IsTrue(connecting.IsCompleted && opening.IsCompleted);
                Assert.Throws<ObjectDisposedException>(() => world.Game.ConnectAsync());
            }
        }

        [Test]
        public void An_answer_that_is_not_understood_fails_its_call_and_no_other()
        {
            World world = new World().Connected();
            Func<IWire, Guid, IWire> decide = world.Server.Decide;
            world.Server.Decide = (command, id) => command is RenamePlayerCommand ? new Nonsense() : decide(command, id);
            GachaponException failed = world.Refused(world.Game.RenamePlayerAsync("Nim"));
            Assert.AreEqual(ErrorCode.FieldMissing, failed.Code);
            Assert.IsFalse(failed.CanRetry);
            Assert.AreEqual(1440ul, world.Done(world.Game.OpenPackAsync("standard", 1)).Free);
            Assert.AreEqual(1, world.Sockets);
        }

        private sealed class Nonsense : IWire
        {
            public void Write(Gachapon.Wire.MsgWriter w) { w.Array(0); }
        }

        [Test]
        public void What_is_refused_for_now_goes_out_again_in_its_order()
        {
            World world = new World().Connected();
            List<string> sent = new List<string>();
            bool overloaded = true;
            world.Server.Decide = (command, id) =>
            {
                if (overloaded) throw new GachaponException(ErrorCode.Overloaded, true);
                RenamePlayerCommand rename = (RenamePlayerCommand)command;
                sent.Add(rename.DisplayName);
                return new PlayerRenamedEvent { DisplayName = rename.DisplayName, Status = PlayerStatus.Active };
            };
            Task[] renamed = { world.Game.RenamePlayerAsync("Ada"), world.Game.RenamePlayerAsync("Bob"), world.Game.RenamePlayerAsync("Cyd") };
            world.Pass(50);
            overloaded = false;
            foreach (Task each in renamed) world.Done(each);
            CollectionAssert.AreEqual(new[] { "Ada", "Bob", "Cyd" }, sent);
        }

        [Test]
        public void An_address_that_is_none_is_said_at_once()
        {
            Scheduler scheduler = new Scheduler();
            foreach (string url in new[] { "nonsense", "", null, "http://127.0.0.1:8480", "https://play.example.org" })
                Assert.Throws<GachaponException>(() => new GachaponClient(url, new TokenAuth(scheduler, "t")));
        }

        private sealed class RudeAuth : IAuth
        {
            public Scheduler Scheduler { get; set; }

            public Task<string> GetTokenAsync(bool renew) { throw new InvalidOperationException("a fault in the game"); }

            public void Accept(TokenSet tokens) { throw new InvalidOperationException("no room"); }
        }

        [Test]
        public void An_auth_that_throws_closes_the_client_and_one_that_cannot_keep_tokens_does_not()
        {
            MemoryServer server = new MemoryServer();
            RudeAuth auth = new RudeAuth { Scheduler = new Scheduler() };
            List<string> failures = new List<string>();
            auth.Scheduler.Failed = failure => failures.Add(failure.Message);
            GachaponClient game = new GachaponClient("ws://memory", auth, server.Transport, new ClientSettings());
            Task connecting = game.ConnectAsync();
            for (int i = 0; i < 100; i++) auth.Scheduler.Pump(10 * i);
            Assert.AreEqual(CloseAdvice.SignIn, game.CloseReason.Advice);
            Assert.AreEqual("a fault in the game", game.CloseReason.Detail);
            Assert.IsTrue(connecting.IsFaulted);
            Task registering = game.RegisterAsync("uma@example.test", "correct horse 7", "Uma");
            for (int i = 100; i < 200; i++) auth.Scheduler.Pump(10 * i);
            Assert.AreEqual(TaskStatus.RanToCompletion, registering.Status);
            CollectionAssert.AreEqual(new[] { "no room" }, failures);
        }

        [Test]
        public void The_shop_can_be_seen_without_signing_in()
        {
            World world = new World();
            List<string> asked = new List<string>();
            world.Server.Answers = message =>
            {
                asked.Add(message.Payload.GetType().Name);
                return true;
            };
            world.Server.Put(new OddsRow { Pack = "standard", Character = "pip", Rarity = Rarity.Common, Numerator = 1, Denominator = 1 },
                21, Audience.Public);
            world.Server.Put(new StockRow { Pack = "standard", Limited = true, Remaining = 7 }, 22, Audience.Public);
            world.Server.Put(new CharacterInfoRow { Character = "pip", Name = "Pip", Rarity = Rarity.Common }, 23, Audience.Public);
            Shop shop = world.Done(world.Game.BrowseAsync());
            Assert.AreEqual(1, shop.Packs.All.Count);
            Assert.AreEqual(1ul, shop.Packs.Odds("standard")[0].Numerator);
            Assert.AreEqual(7ul, shop.Packs.Left("standard").Value);
            Assert.AreEqual("Pip", shop.Catalogue.Character("pip").Name);
            Assert.AreEqual(5, asked.Count);
            Assert.IsTrue(asked.TrueForAll(name => name == "ListQueryRequest"));
            Assert.AreEqual(ClientState.Closed, world.Game.State, "the client itself is where it was");
            Assert.AreEqual(SocketState.Closed, world.Socket.State);
            world.Server.Transport.Unreachable = true;
            Assert.AreEqual(ErrorCode.TimedOut, world.Refused(world.Game.BrowseAsync()).Code);
        }
    }
}
