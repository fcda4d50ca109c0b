// What a game relies on: replicas, commands, one effect.
using System;
using System.Threading.Tasks;
using Gachapon.Testing;
using NUnit.Framework;

namespace Gachapon.Tests
{
    public sealed class ClientTests
    {
        [Test]
        public void Connecting_ends_with_whole_replicas()
        {
            World world = new World();
            Task connecting = world.Game.ConnectAsync();
            Assert.AreEqual(ClientState.Connecting, world.Game.State);
            world.Done(connecting);
            Assert.AreEqual(ClientState.Live, world.Game.State);
            Assert.AreEqual(1600ul, world.Game.Wallet.Free);
            Assert.AreEqual("Standard pack", world.Game.Packs.Find("standard").Name);
            Assert.AreEqual(world.Server.Player, world.Game.PlayerId);
            Assert.AreEqual("ws://memory/play", world.Socket.Url);
        }

        [Test]
        public void Changed_is_raised_once_and_not_before_everything_is_there()
        {
            World world = new World();
            int raised = 0;
            world.Game.Inventory.Changed += () => raised++;
            world.Game.Wallet.Changed += () =>
            {
                raised++;
                Assert.AreEqual("Standard pack", world.Game.Packs.Find("standard").Name, "a part of the catch-up");
            };
            world.PutCharacter("pip", 1);
            world.PutCharacter("wren", 1);
            world.Connected();
            Assert.AreEqual(2, raised);
        }

        [Test]
        public void A_command_returns_with_its_change_in_the_replicas()
        {
            World world = new World().Connected();
            int changes = 0;
            world.Game.Inventory.Changed += () => changes++;
            PackOpenedEvent opened = world.Done(world.Game.OpenPackAsync("standard", 1));
            Assert.AreEqual("pip", opened.Pulls[0].Character);
            Assert.AreEqual(1440ul, world.Game.Wallet.Free);
            Assert.AreEqual(1u, world.Game.Inventory.Copies("pip"));
            Assert.AreEqual(1, changes);
            Assert.AreEqual(opened.Meta.Position, opened.Meta.ViewPosition);
        }

        [Test]
        public void An_await_goes_on_after_Changed_was_raised()
        {
            World world = new World().Connected();
            string order = "";
            world.Game.Wallet.Changed += () => order += "changed ";
            Task<PackOpenedEvent> opening = world.Game.OpenPackAsync("standard", 1);
            Follow(opening, () => order += "awaited");
            world.Done(opening);
            Assert.AreEqual("changed awaited", order);
        }

        private static async void Follow(Task task, Action then)
        {
            await task;
            then();
        }

        [Test]
        public void A_rejection_has_its_code_and_is_not_repeated()
        {
            World world = new World().Connected();
            GachaponException refused = world.Refused(world.Game.OpenPackAsync("nothing", 1));
            Assert.AreEqual(ErrorCode.PackUnknown, refused.Code);
            Assert.IsFalse(refused.CanRetry);
            Assert.IsTrue(refused.CommandId != Guid.Empty);
        }

        [Test]
        public void What_is_refused_for_now_is_sent_again_with_the_same_id()
        {
            World world = new World().Connected();
            int times = 0;
            Func<IWire, Guid, IWire> decide = world.Server.Decide;
            Guid id = Guid.Empty;
            world.Server.Decide = (command, commandId) =>
            {
                Assert.IsTrue(id == Guid.Empty || id == commandId);
                id = commandId;
                if (++times < 4) throw new GachaponException(ErrorCode.StoreUnavailable, true);
                return decide(command, commandId);
            };
            world.Done(world.Game.OpenPackAsync("standard", 1));
            Assert.AreEqual(4, times);
        }

        [Test]
        public void Without_an_answer_it_times_out_and_can_be_asked_again_by_its_id()
        {
            World world = new World().Connected();
            world.Server.Answers = message => !(message.Payload is OpenPackCommand);
            CommandOptions hurried = new CommandOptions { TimeoutMs = 2000 };
            GachaponException late = world.Refused(world.Game.OpenPackAsync("standard", 1, Payment.Currency, hurried));
            Assert.AreEqual(ErrorCode.TimedOut, late.Code);
            Assert.IsTrue(late.CanRetry);
            world.Server.Answers = message => true;
            CommandOptions again = new CommandOptions { CommandId = late.CommandId };
            world.Done(world.Game.OpenPackAsync("standard", 1, Payment.Currency, again));
            world.Done(world.Game.OpenPackAsync("standard", 1, Payment.Currency, again));
            Assert.AreEqual(1, world.Server.Effects[late.CommandId]);
        }

        [Test]
        public void While_closed_nothing_is_sent()
        {
            World world = new World();
            Assert.AreEqual(ErrorCode.NotConnected, world.Refused(world.Game.OpenPackAsync("standard", 1)).Code);
            world.Connected();
            Task<PackOpenedEvent> opening = world.Game.OpenPackAsync("standard", 1);
            world.Game.Close();
            Assert.AreEqual(ErrorCode.NotConnected, world.Refused(opening).Code);
            Assert.AreEqual("closed", world.Game.CloseReason.Name);
            Assert.AreEqual(1000, world.Socket.ClosedByClient);
        }

        [Test]
        public void More_requests_than_the_server_takes_wait_for_their_turn()
        {
            World world = new World().Connected();
            int unanswered = 0, most = 0;
            world.Server.Answers = message =>
            {
                if (message.Payload is OpenPackCommand) most = Math.Max(most, ++unanswered);
                return !(message.Payload is OpenPackCommand);
            };
            for (int i = 0; i < 100; i++) world.Game.OpenPackAsync("standard", 1);
            world.Pass(100);
            Assert.AreEqual(Protocol.InFlightMax - 4, most, "places for the socket's own requests stay");
        }

        [Test]
        public void What_a_handler_throws_is_told_and_harms_nobody()
        {
            World world = new World().Connected();
            Exception told = null;
            world.Scheduler.Failed = thrown => told = thrown;
            world.Game.Wallet.Changed += () => { throw new InvalidOperationException("a bug of the game"); };
            world.Done(world.Game.OpenPackAsync("standard", 1));
            Assert.AreEqual("a bug of the game", told.Message);
            Assert.AreEqual(1440ul, world.Game.Wallet.Free);
        }

        [Test]
        public void Rows_that_are_gone_disappear_and_older_copies_do_not_bring_them_back()
        {
            World world = new World().Connected();
            Guid player = world.Server.Player;
            string[] members = { "a", "b", "c", "d" };
            world.Server.Put(new TeamRow { Player = player, Team = 1, Name = "Night", Members = members }, 6, Audience.Own);
            world.Pass(10);
            Assert.AreEqual("Night", world.Game.Teams.Find(1).Name);
            world.Server.Put(new TeamRow { Player = player, Team = 1, Deleted = true }, 6, Audience.Own);
            world.Pass(10);
            Assert.AreEqual(0, world.Game.Teams.All.Count);
            ulong position = world.Server.Position;
            world.Server.Position = position - 2;
            world.Server.Put(new TeamRow { Player = player, Team = 1, Name = "Night" }, 6, Audience.Own);
            world.Server.Position = position;
            world.Pass(10);
            Assert.IsNull(world.Game.Teams.Find(1));
        }

        [Test]
        public void A_registration_signs_in_and_hands_over_its_tokens()
        {
            World world = new World();
            world.Done(world.Game.RegisterAsync("mira@example.org", "correct horse", "Mira"));
            Assert.AreEqual("ws://memory/join", world.Socket.Url);
            Assert.AreEqual("refresh", world.Auth.Accepted.RefreshToken);
            Assert.AreEqual(300000L, world.Auth.Accepted.ExpiresInMs);
            Assert.AreEqual(ClientState.Live, world.Game.State);
            world.Socket.Lose();
            world.Pass(100);
            Assert.AreEqual("ws://memory/play", world.Socket.Url, "it is no registration any more");
            Assert.AreEqual(ClientState.Live, world.Game.State);
        }

        [Test]
        public void A_registration_cut_off_is_sent_again_with_its_id()
        {
            World world = new World();
            world.Server.Answers = message => world.Sockets > 1 || !(message.Payload is RegisterRequest);
            Task registering = world.Game.RegisterAsync("mira@example.org", "correct horse", "Mira");
            world.Pass(50);
            world.Socket.Lose();
            world.Done(registering);
            Assert.AreEqual(1, world.Server.Effects.Count);
        }

        [Test]
        public void A_guest_plays_first_and_keeps_all_of_it_when_it_registers()
        {
            World world = new World();
            string secret = Guest.NewSecret();
            Guest guest = world.Done(world.Game.PlayAsGuestAsync(secret));
            Assert.AreEqual("guest-1", guest.UserName);
            Assert.AreEqual(secret, guest.Secret);
            Assert.IsTrue(secret.Length >= 32 && secret != Guest.NewSecret());
            Assert.AreEqual("refresh", world.Auth.Accepted.RefreshToken);
            world.Done(world.Game.OpenPackAsync("standard", 1));
            world.Pass(1000);
            world.Server.TimeMs += 1000;
            world.Done(world.Game.ClaimAccountAsync("mira@example.org", "correct horse"));
            Assert.AreEqual("refresh-2", world.Auth.Accepted.RefreshToken);
            Assert.IsTrue(Math.Abs(world.Auth.Accepted.ExpiresInMs - 300000) < 100, "by the server's clock of now");
            Assert.AreEqual(1440ul, world.Game.Wallet.Free);
            Assert.AreEqual(1, world.Sockets);
        }

        [Test]
        public void Command_ids_are_in_order_of_time()
        {
            Guid first = Uuid.NewV7(1767225600000), second = Uuid.NewV7(1767225600001);
            byte[] a = Uuid.ToBytes(first), b = Uuid.ToBytes(second);
            Assert.AreEqual(0x70, a[6] & 0xf0);
            Assert.AreEqual(0x80, a[8] & 0xc0);
            Assert.IsTrue(a[5] + 1 == b[5]);
            Assert.AreEqual(first, Uuid.FromBytes(a));
            Assert.AreEqual("01930000-0000-7000-8000-000000000001",
                Uuid.FromBytes(new byte[] { 1, 0x93, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1 }).ToString());
        }
    }
}
