// A player, a server in memory and a clock that the test turns.
using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Gachapon.Testing;
using NUnit.Framework;

namespace Gachapon.Tests
{
    public sealed class World
    {
        public readonly Scheduler Scheduler = new Scheduler();
        public readonly MemoryServer Server = new MemoryServer();
        public readonly FakeAuth Auth;
        public readonly GachaponClient Game;
        public readonly List<ClientState> States = new List<ClientState>();

        public World() : this(new ClientSettings { Random = () => 0.5 }) { }

        public World(ClientSettings settings)
        {
            Auth = new FakeAuth(Scheduler);
            Game = new GachaponClient("ws://memory/", Auth, Server.Transport, settings);
            Game.StateChanged += () => States.Add(Game.State);
            Server.Put(new WalletRow { Player = Server.Player, Free = 1600 }, 3, Audience.Own);
            Server.Put(new PackRow { Pack = "standard", Name = "Standard pack", Price = 160, PityGroup = "standard",
                Status = PackStatus.OnSale, PityRarity = Rarity.Rare }, 20, Audience.Public);
            Server.Decide = Open;
        }

        private int opened;

        public MemorySocket Socket { get { return Server.Transport.Sockets[Server.Transport.Sockets.Count - 1]; } }

        public int Sockets { get { return Server.Transport.Sockets.Count; } }

        /// <summary>Time passes, a turn every 10 ms.</summary>
        public void Pass(long ms)
        {
            for (long left = ms; left > 0; left -= 10) Scheduler.Pump(Scheduler.NowMs + Math.Min(left, 10));
            Scheduler.Pump(Scheduler.NowMs);
        }

        /// <summary>Turns until the task is over, a minute at most; throws what it threw.</summary>
        public T Done<T>(Task<T> task)
        {
            Wait(task);
            return task.GetAwaiter().GetResult();
        }

        public void Done(Task task)
        {
            Wait(task);
            task.GetAwaiter().GetResult();
        }

        public GachaponException Refused(Task task)
        {
            Wait(task);
            try
            {
                task.GetAwaiter().GetResult();
            }
            catch (GachaponException refused)
            {
                return refused;
            }
            Assert.Fail("it succeeded");
            return null;
        }

        private void Wait(Task task)
        {
            for (int i = 0; i < 6000 && !task.IsCompleted; i++) Pass(10);
            Assert.IsTrue(task.IsCompleted, "nothing came of it in a minute");
        }

        public void PutCharacter(string character, uint copies)
        {
            CharacterRow row = new CharacterRow { Player = Server.Player, Character = character, Rarity = Rarity.Common, Copies = copies };
            Server.Put(row, 4, Audience.Own);
        }

        public World Connected()
        {
            Done(Game.ConnectAsync());
            return this;
        }

        /// <summary>Opening a pack: rows, then the reply.</summary>
        private IWire Open(IWire command, Guid id)
        {
            OpenPackCommand open = command as OpenPackCommand;
            if (open == null) throw new GachaponException(ErrorCode.Forbidden, false);
            if (open.Pack != "standard") throw new GachaponException(ErrorCode.PackUnknown, false);
            ulong free = 1600 - 160 * (ulong)++opened;
            uint copies = (uint)opened;
            Server.Put(new WalletRow { Player = Server.Player, Free = free }, 3, Audience.Own);
            PutCharacter("pip", copies);
            return new PackOpenedEvent
            {
                Player = Server.Player, Pack = open.Pack, Free = free, Payment = Payment.Currency, PityGroup = "standard",
                Pulls = new[] { new Pull { Character = "pip", Rarity = Rarity.Common, Copies = copies } },
            };
        }
    }

    /// <summary>Gives tokens at once; counts how often a fresh one was wanted.</summary>
    public sealed class FakeAuth : IAuth
    {
        public int Asked, Renewed;
        public TokenSet Accepted;
        public GachaponException Failure;

        public FakeAuth(Scheduler scheduler)
        {
            Scheduler = scheduler;
        }

        public Scheduler Scheduler { get; private set; }

        public Task<string> GetTokenAsync(bool renew)
        {
            TaskCompletionSource<string> token = new TaskCompletionSource<string>();
            Asked++;
            if (renew) Renewed++;
            if (Failure != null) token.SetException(Failure);
            else token.SetResult("token-" + Renewed);
            return token.Task;
        }

        public void Accept(TokenSet tokens)
        {
            Accepted = tokens;
        }
    }
}
