// The way to the server: one socket after another, until told to stop.
//
//   Closed -> Token -> Opening -> Greeting -> SigningIn -> CatchingUp -> Live
//                ^                                                        |
//                +--- Waiting (back-off) <------- lost, from anywhere ----+
//
// Enter is the only place that changes the phase. A token is asked for before the socket is opened, as a person may need
// minutes for it and the server gives a socket seconds. The first message signs in (or registers, on /join), the second
// follows from the marks the replica has; what was not answered on the last socket goes out behind it.
//
// A socket is lost when it closes, when it says nothing for longer than the server's ticks allow, or when a probe after a
// pause or a change of network is not answered. What then happens is the advice of the server's `closing`, else of the close
// code. Advice `sign_in` asks the auth for a fresh token, once; refused again, the client closes and the player has to act.
using System;
using System.Threading.Tasks;
using Gachapon.Wire;

namespace Gachapon
{
    internal sealed class Connection
    {
        private enum Phase { Closed, Waiting, Token, Opening, Greeting, SigningIn, CatchingUp, Live, Suspended }

        private const int PauseMs = 5000; // a turn this late means that the game stood still

        private readonly string url;
        private readonly IAuth auth;
        private readonly ITransport transport;
        private readonly Scheduler scheduler;
        private readonly ClientSettings settings;
        private readonly Replica replica;
        private readonly Outbox outbox;
        private readonly Backoff backoff;

        private Phase phase = Phase.Closed;
        private bool wasLive, renew, renewed, ended;
        private bool visits;                  // sees what anyone may see, and signs nobody in
        private Func<Pending> newcomer;       // what makes a new player, until it succeeded
        private Task<string> token, fresh;    // being fetched: to sign in, to stay signed in
        private string bearer;                // to sign in with
        private ISocket socket;
        private ClosingPush closing;
        private long greetedTime, greetedAt;  // the server's clock and ours, at its hello
        private long heardAt, tickEveryMs, probeBy, retryAt, turnAt, giveUpAt, askedAt;
        private int inFlightMax;
        private TaskCompletionSource<bool> connected;

        public ClientState State { get; private set; }
        public CloseReason Reason { get; private set; }
        public Guid Player { get; private set; }
        public Action StateChanged;

        public Connection(string url, IAuth auth, ITransport transport, Scheduler scheduler, ClientSettings settings,
            Replica replica, Outbox outbox)
        {
            this.url = url.TrimEnd('/');
            this.auth = auth;
            this.transport = transport;
            this.scheduler = scheduler;
            this.settings = settings;
            this.replica = replica;
            this.outbox = outbox;
            backoff = new Backoff(settings);
            turnAt = scheduler.NowMs;
            Reason = new CloseReason(0, "not_connected", CloseAdvice.AtOnce);
        }

        // ------------------------------------------------------------ from outside

        /// <summary>Begins; completes when Live, fails when Closed. `makesPlayer`: the request, made anew for each socket but
        /// with the same command id, that makes a new player on the way and ends with Registered.</summary>
        public Task Start(Func<Pending> makesPlayer)
        {
            if (ended) throw new ObjectDisposedException("GachaponClient");
            if (phase != Phase.Closed && makesPlayer == null) return connected.Task;
            if (phase != Phase.Closed) Stop(ByUs());
            connected = new TaskCompletionSource<bool>();
            newcomer = makesPlayer;
            wasLive = renew = renewed = false;
            backoff.Reset();
            giveUpAt = scheduler.NowMs + settings.ConnectTimeoutMs;
            Begin();
            return connected.Task;
        }

        /// <summary>Begins without signing in: for public queries alone.</summary>
        public Task Visit()
        {
            visits = true;
            return Start(null);
        }

        /// <summary>For good: it does not begin again.</summary>
        public void End()
        {
            Stop(ByUs());
            ended = true;
        }

        public void Stop(CloseReason reason, GachaponException why = null)
        {
            if (phase == Phase.Closed) return;
            DropSocket();
            token = fresh = null;
            Reason = reason;
            Enter(Phase.Closed);
            outbox.FailAll("closed, " + reason);
            TaskCompletionSource<bool> waiting = connected;
            GachaponException failure = why ?? new GachaponException(
                reason.Advice == CloseAdvice.SignIn ? ErrorCode.SignInFailed : ErrorCode.NotConnected,
                reason.Advice != CloseAdvice.Never, reason.Name, reason.Detail);
            scheduler.Post(() => waiting.TrySetException(failure));
        }

        public static CloseReason ByUs()
        {
            return new CloseReason(0, "closed_by_us", CloseAdvice.AtOnce);
        }

        /// <summary>The game goes to the background: the socket is given back, nothing is forgotten.</summary>
        public void Suspend()
        {
            if (phase == Phase.Closed || phase == Phase.Suspended) return;
            DropSocket();
            Enter(Phase.Suspended);
        }

        public void Resume()
        {
            if (phase == Phase.Suspended) Begin();
        }

        /// <summary>Asks the server for a word, or stops waiting for the next attempt.</summary>
        public void Probe()
        {
            if (phase == Phase.Waiting) retryAt = scheduler.NowMs;
            if (phase != Phase.Live || probeBy != 0) return;
            probeBy = scheduler.NowMs + settings.ProbeTimeoutMs;
            outbox.SendNow(new Pending<PingReply>(new PingRequest(), reply => { }, error => { }), socket);
        }

        // ------------------------------------------------------------ a turn

        public void Poll()
        {
            long passed = scheduler.NowMs - turnAt;
            turnAt = scheduler.NowMs;
            if (passed > PauseMs || phase == Phase.Suspended) Paused(passed);
            outbox.Expire();
            if (phase == Phase.Closed || phase == Phase.Suspended) return;
            if (phase == Phase.Token) PollToken();
            else if (phase == Phase.Waiting && scheduler.NowMs >= retryAt) Begin();
            else if (socket != null) PollSocket();
            if (fresh != null && fresh.IsCompleted) RefreshArrived();
            if (State == ClientState.Connecting && phase != Phase.Token && scheduler.NowMs >= giveUpAt)
                Stop(new CloseReason(0, "timed_out", CloseAdvice.Later, "no connection to " + url),
                    new GachaponException(ErrorCode.TimedOut, true, null, "no connection to " + url));
        }

        /// <summary>What could not be heard is no silence.</summary>
        private void Paused(long ms)
        {
            outbox.Shift(ms);
            heardAt += ms;
            giveUpAt += ms;
            if (phase == Phase.Live) Probe();
        }

        private void PollToken()
        {
            if (!token.IsCompleted) return;
            Task<string> done = token;
            token = null;
            giveUpAt += scheduler.NowMs - askedAt; // what a person needed to sign in
            if (done.Status == TaskStatus.RanToCompletion) Open("/play", done.Result);
            else TokenFailed(done.Exception == null ? null : done.Exception.GetBaseException());
        }

        private void TokenFailed(Exception failure)
        {
            GachaponException known = failure as GachaponException;
            if (known != null && known.CanRetry) Wait(CloseAdvice.Later, settings.BackoffMinMs);
            else Stop(new CloseReason(0, "sign_in", CloseAdvice.SignIn, failure == null ? "cancelled" : failure.Message), known);
        }

        private void PollSocket()
        {
            ISocket polled = socket;
            byte[] frame;
            while (polled == socket && polled.TryReceive(out frame)) TakeFrame(frame);
            if (polled != socket) return;
            if (polled.State == SocketState.Closed) Lost(polled.CloseCode);
            else if (scheduler.NowMs - heardAt > PatienceMs() || (probeBy != 0 && scheduler.NowMs > probeBy)) Lost(1006);
            else if (phase == Phase.Opening && polled.State == SocketState.Open) Enter(Phase.Greeting);
            else if (phase == Phase.CatchingUp || phase == Phase.Live) outbox.Flush(socket, inFlightMax);
        }

        private long PatienceMs()
        {
            return phase == Phase.Live ? tickEveryMs + tickEveryMs / 2 + 5000 : settings.HandshakeTimeoutMs;
        }

        // ------------------------------------------------------------ ways

        private void Begin()
        {
            if (newcomer != null || visits)
            {
                Open("/join", null);
                return;
            }
            Enter(Phase.Token);
            renewed = renew;
            renew = false;
            askedAt = scheduler.NowMs;
            token = AskToken(renewed);
        }

        // What an auth of the game's throws at once is what its task would have failed with.
        private Task<string> AskToken(bool afresh)
        {
            try
            {
                return auth.GetTokenAsync(afresh);
            }
            catch (Exception failure)
            {
                TaskCompletionSource<string> failed = new TaskCompletionSource<string>();
                failed.SetException(failure);
                return failed.Task;
            }
        }

        private void Open(string path, string withToken)
        {
            bearer = withToken;
            closing = null;
            probeBy = 0;
            heardAt = scheduler.NowMs;
            socket = transport.Open(url + path);
            Enter(Phase.Opening);
        }

        private void Wait(CloseAdvice advice, int retryAfterMs)
        {
            DropSocket();
            retryAt = scheduler.NowMs + backoff.Next(advice, retryAfterMs);
            Enter(Phase.Waiting);
        }

        private void DropSocket()
        {
            if (socket != null) socket.Close(1000);
            socket = null;
            fresh = null;
            outbox.SocketGone();
            replica.Interrupted();
        }

        private void Lost(int code)
        {
            CloseCode known = CloseCode.Of(code);
            CloseAdvice advice = closing != null ? closing.Advice : known.Advice;
            int after = closing != null ? (int)closing.RetryAfterMs : known.RetryAfterMs;
            string name = closing != null ? CloseCode.Of(closing.Code).Name : known.Name;
            if (advice == CloseAdvice.Never)
            {
                Stop(new CloseReason(code, name, advice));
                return;
            }
            Renew(advice == CloseAdvice.SignIn, new CloseReason(code, name, advice));
            if (phase != Phase.Closed) Wait(advice, after);
        }

        /// <summary>A fresh token is wanted. One that was fetched for this very socket and refused means that the player has
        /// to sign in.</summary>
        private void Renew(bool wanted, CloseReason otherwise)
        {
            if (wanted && renewed && phase != Phase.Live) Stop(otherwise);
            renew |= wanted;
        }

        private void Enter(Phase next)
        {
            phase = next;
            if (next == Phase.Live) wasLive = true;
            ClientState state = next == Phase.Closed ? ClientState.Closed
                : next == Phase.Live ? ClientState.Live
                : wasLive ? ClientState.Stale : ClientState.Connecting;
            if (state == State) return;
            State = state;
            scheduler.Post(StateChanged);
        }

        // ------------------------------------------------------------ messages

        private void TakeFrame(byte[] frame)
        {
            heardAt = scheduler.NowMs;
            probeBy = 0;
            try
            {
                MsgReader reader = new MsgReader(frame);
                while (!reader.AtEnd && socket != null) TakeMessage(reader);
            }
            catch (WireFault fault)
            {
                Stop(new CloseReason(0, "not_understood", CloseAdvice.Never, fault.Message));
            }
        }

        private void TakeMessage(MsgReader reader)
        {
            int count = reader.BeginStruct(3), known = 3;
            uint id = (uint)reader.Unsigned(uint.MaxValue);
            int type = (int)reader.Unsigned(65535);
            if (type == ErrorPush.Type) TakeError(id, ErrorPush.Read(reader));
            else if (id == 0) TakePush(type, reader);
            else
            {
                byte[] payload = reader.Raw();
                ReplyMeta meta = count > 3 && !reader.TryNil() ? ReplyMeta.Read(reader) : null;
                known = 4;
                outbox.Answered(id, new MsgReader(payload), meta);
            }
            reader.EndStruct(count, known);
        }

        private void TakePush(int type, MsgReader reader)
        {
            switch (type)
            {
                case HelloPush.Type: Greeted(HelloPush.Read(reader)); break;
                case ChangedPush.Type: Changed(ChangedPush.Read(reader)); break;
                case TickPush.Type: replica.Take(TickPush.Read(reader)); break;
                case ClosingPush.Type: closing = ClosingPush.Read(reader); break;
                case ExpiringPush.Type:
                    ExpiringPush.Read(reader);
                    AskFresh();
                    break;
                default: reader.Skip(); break; // of a newer server
            }
        }

        private void Greeted(HelloPush hello)
        {
            greetedTime = hello.Time;
            greetedAt = scheduler.NowMs;
            tickEveryMs = hello.Limits.TickEveryMs;
            inFlightMax = (int)hello.Limits.InFlightMax;
            if (hello.OldestClient > Protocol.Version)
            {
                Stop(new CloseReason(0, "client_too_old", CloseAdvice.Never, "the server speaks " + hello.OldestClient + " and newer"));
                return;
            }
            if (visits)
            {
                CaughtUp();
                return;
            }
            Enter(Phase.SigningIn);
            if (newcomer != null) outbox.SendNow(newcomer(), socket);
            else
                outbox.SendNow(new Pending<SignInReply>(new SignInRequest { Token = bearer }, reply => SignedIn(reply.Player),
                    error => { }), socket);
        }

        /// <summary>A player was made on this socket, which is signed in now.</summary>
        public void Registered(Guid player, string accessToken, string refreshToken, long expiresAt)
        {
            newcomer = null;
            Accept(accessToken, refreshToken, expiresAt);
            SignedIn(player);
        }

        /// <summary>Tokens that the server gave; `expiresAt` by its clock.</summary>
        public void Accept(string accessToken, string refreshToken, long expiresAt)
        {
            long now = greetedTime + scheduler.NowMs - greetedAt;
            TokenSet given = new TokenSet { AccessToken = accessToken, RefreshToken = refreshToken, ExpiresInMs = expiresAt - now };
            scheduler.Guarded(() => auth.Accept(given));
        }

        private void SignedIn(Guid player)
        {
            if (Player != Guid.Empty && player != Player) replica.Forget();
            Player = player;
            Enter(Phase.CatchingUp);
            outbox.SendNow(new Pending<FollowReply>(replica.Follow(), replica.Followed, error => { }), socket);
        }

        private void Changed(ChangedPush changed)
        {
            replica.Take(changed);
            if (!replica.Whole) return;
            if (phase == Phase.CatchingUp) CaughtUp();
            outbox.ReleaseHeld();
        }

        private void CaughtUp()
        {
            backoff.Reset();
            renewed = false;
            Enter(Phase.Live);
            TaskCompletionSource<bool> waiting = connected;
            scheduler.Post(() => waiting.TrySetResult(true));
        }

        private void TakeError(uint id, ErrorPush error)
        {
            Pending refused = outbox.Refused(id, error);
            if (refused == null) return;
            CloseReason reason = new CloseReason(0, error.Name, AdviceOf(error.Retry), error.Detail ?? "");
            if (reason.Advice == CloseAdvice.Never)
                Stop(reason, Outbox.Failure(error, refused.CommandId));
            else
            {
                Renew(reason.Advice == CloseAdvice.SignIn, reason);
                if (phase != Phase.Closed) Wait(reason.Advice, (int)error.RetryAfterMs);
            }
        }

        private static CloseAdvice AdviceOf(Retry retry)
        {
            return retry == Retry.Never ? CloseAdvice.Never : retry == Retry.SignIn ? CloseAdvice.SignIn : CloseAdvice.Later;
        }

        // ------------------------------------------------------------ staying signed in

        private void AskFresh()
        {
            if (fresh == null) fresh = AskToken(true); // if it fails: the server closes the socket when the token ends
        }

        private void RefreshArrived()
        {
            Task<string> done = fresh;
            fresh = null;
            if (socket == null || phase != Phase.Live && phase != Phase.CatchingUp) return;
            if (done.Status == TaskStatus.RanToCompletion)
                outbox.SendNow(new Pending<RefreshReply>(new RefreshRequest { Token = done.Result }, reply => { }, error => { }), socket);
            else if (done.Exception != null && IsTransient(done.Exception.GetBaseException()))
                scheduler.After(5000, () => { if (phase == Phase.Live) AskFresh(); });
        }

        private static bool IsTransient(Exception failure)
        {
            GachaponException known = failure as GachaponException;
            return known != null && known.CanRetry;
        }
    }
}
