// The client of a Gachapon server.
//
//   GachaponClient game = new GachaponClient("ws://127.0.0.1:8480", auth);
//   await game.ConnectAsync();
//   PackOpenedEvent opened = await game.OpenPackAsync("standard", 10);
//   game.Inventory.Changed += Redraw;
//
// It stays connected by itself until Close. A command that was sent has one effect, however often the connection breaks;
// when the await returns, the replicas hold its change (public rows, as what is left of a pack, follow within a quarter of a
// second). All of it happens in Scheduler.Pump, on one thread; nothing here may be called from another.
using System;
using System.Threading.Tasks;

namespace Gachapon
{
    public sealed partial class GachaponClient : IDisposable
    {
        private readonly Scheduler scheduler;
        private readonly ClientSettings settings;
        private readonly Replica replica;
        private readonly Outbox outbox;
        private readonly Connection connection;
        private readonly string url;
        private readonly IAuth auth;
        private readonly ITransport transport;

        /// <summary>For the desktop and for telephones: the sockets of .NET.</summary>
        public GachaponClient(string url, IAuth auth) : this(url, auth, new SocketTransport(), new ClientSettings()) { }

        /// <param name="url">Of the server, without a path: ws://127.0.0.1:8480, wss://game.example.org.</param>
        /// <param name="auth">Where tokens come from; its scheduler is the client's too.</param>
        /// <param name="transport">What carries frames.</param>
        /// <param name="settings">Times.</param>
        public GachaponClient(string url, IAuth auth, ITransport transport, ClientSettings settings)
        {
            Uri address;
            if (!Uri.TryCreate(url, UriKind.Absolute, out address) || address.Scheme == "http" || address.Scheme == "https")
                throw new GachaponException(ErrorCode.AddressInvalid, false, null, url + ": the address of a server begins with ws:// or wss://");
            this.url = url;
            this.auth = auth;
            this.transport = transport;
            scheduler = auth.Scheduler;
            this.settings = settings;
            replica = new Replica(scheduler);
            outbox = new Outbox(scheduler, replica, settings);
            connection = new Connection(url, auth, transport, scheduler, settings, replica, outbox);
            connection.StateChanged = RaiseStateChanged;
            Wallet = new Wallet(Tables);
            Inventory = new Inventory(Tables);
            Teams = new Teams(Tables);
            Packs = new Packs(Tables);
            Catalogue = new Catalogue(Tables);
            Profile = new Profile(Tables);
            replica.Views.AddRange(new View[] { Wallet, Inventory, Teams, Packs, Catalogue, Profile });
            scheduler.Pumped += connection.Poll;
        }

        public Wallet Wallet { get; private set; }
        public Inventory Inventory { get; private set; }
        public Teams Teams { get; private set; }
        public Packs Packs { get; private set; }
        public Catalogue Catalogue { get; private set; }
        public Profile Profile { get; private set; }

        /// <summary>The rows themselves, a table a view.</summary>
        public Tables Tables { get { return replica.Tables; } }

        public ClientState State { get { return connection.State; } }

        /// <summary>Why the client is Closed or Stale; of the last time, while it is neither.</summary>
        public CloseReason CloseReason { get { return connection.Reason; } }

        /// <summary>The player's id, once signed in.</summary>
        public Guid PlayerId { get { return connection.Player; } }

        public event Action StateChanged;

        /// <summary>Signs in and stays connected. Completes when everything is there; throws when it is Closed instead.</summary>
        public Task ConnectAsync()
        {
            return connection.Start(null);
        }

        /// <summary>Makes a new player from an in-game form, then as ConnectAsync. The tokens go to the auth. After a time-out
        /// give the same command id again: it makes one player.</summary>
        public Task RegisterAsync(string email, string password, string displayName, Guid commandId = default(Guid))
        {
            RegisterRequest request = new RegisterRequest { Email = email, Password = password, DisplayName = displayName };
            Meta meta = MetaOf(commandId);
            return connection.Start(() => new Pending<RegisterReply>(request,
                reply => connection.Registered(reply.Player, reply.AccessToken, reply.RefreshToken, reply.ExpiresAt), error => { })
                { Meta = meta, IsCommand = true });
        }

        /// <summary>Play first, register later: makes a player without an e-mail address, then as ConnectAsync. The secret is a
        /// long random text (Guest.NewSecret) that the game keeps, with the user name it gets back: both sign in again with
        /// KeycloakAuth.SignInWithPasswordAsync, should the tokens ever be lost.</summary>
        public async Task<Guest> PlayAsGuestAsync(string secret, string displayName = "", Guid commandId = default(Guid))
        {
            PlayAsGuestRequest request = new PlayAsGuestRequest { Secret = secret, DisplayName = displayName };
            Meta meta = MetaOf(commandId);
            Guest guest = new Guest { Secret = secret };
            await connection.Start(() => new Pending<PlayAsGuestReply>(request, reply =>
            {
                guest.UserName = reply.UserName;
                connection.Registered(reply.Player, reply.AccessToken, reply.RefreshToken, reply.ExpiresAt);
            }, error => { }) { Meta = meta, IsCommand = true });
            return guest;
        }

        /// <summary>Makes a full account of a guest; the player and all it owns stay, the guest's secret is void.</summary>
        public async Task ClaimAccountAsync(string email, string password, CommandOptions options = null)
        {
            ClaimAccountReply reply = await SendAsync(new ClaimAccountRequest { Email = email, Password = password }, options);
            connection.Accept(reply.AccessToken, reply.RefreshToken, reply.ExpiresAt);
        }

        /// <summary>Ends the connection. What waits for an answer fails, and can be sent again with its command id.</summary>
        public void Close()
        {
            connection.Stop(Connection.ByUs());
        }

        /// <summary>Close, for good: the scheduler forgets the client.</summary>
        public void Dispose()
        {
            connection.End();
            scheduler.Pumped -= connection.Poll;
        }

        /// <summary>The game goes to the background.</summary>
        public void Suspend()
        {
            connection.Suspend();
        }

        /// <summary>It is back.</summary>
        public void Resume()
        {
            connection.Resume();
        }

        /// <summary>The network changed: what is still there is found out at once rather than at the next tick.</summary>
        public void NetworkChanged()
        {
            connection.Probe();
        }

        /// <summary>Sends any command; for the usual ones there is a method each.</summary>
        public Task<TReply> SendAsync<TReply>(Command<TReply> command, CommandOptions options = null) where TReply : Reply
        {
            options = options ?? new CommandOptions();
            Meta meta = MetaOf(options.CommandId);
            meta.Consistency = options.Consistency;
            return Ask(command, meta, true, options.TimeoutMs);
        }

        /// <summary>Asks any query; for each view there is a method.</summary>
        public Task<Page<TRow>> QueryAsync<TRow>(Query<TRow> query, ulong atLeast = 0) where TRow : Row
        {
            return Ask(query, new Meta { AtLeast = atLeast }, false, 0);
        }

        private Task<TReply> Ask<TReply>(Request<TReply> request, Meta meta, bool isCommand, int timeoutMs) where TReply : Reply
        {
            TaskCompletionSource<TReply> answer = new TaskCompletionSource<TReply>();
            Pending pending = new Pending<TReply>(request, reply => answer.TrySetResult(reply), error => answer.TrySetException(error))
            {
                Meta = meta,
                IsCommand = isCommand,
                Deadline = scheduler.NowMs + (timeoutMs > 0 ? timeoutMs : settings.RequestTimeoutMs),
            };
            GachaponException refused = State == ClientState.Closed
                ? new GachaponException(ErrorCode.NotConnected, true, null, "connect first", pending.CommandId) : outbox.Add(pending);
            if (refused != null) answer.SetException(refused);
            return answer.Task;
        }

        private void RaiseStateChanged()
        {
            scheduler.Raise(StateChanged);
        }

        private static Meta MetaOf(Guid commandId)
        {
            long unixMs = (DateTime.UtcNow.Ticks - 621355968000000000) / 10000;
            return new Meta { CommandId = commandId == Guid.Empty ? Uuid.NewV7(unixMs) : commandId };
        }
    }
}
