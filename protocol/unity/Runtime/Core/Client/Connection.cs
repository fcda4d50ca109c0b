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
// A socket is lost when it closes, when it says nothing for longer than the server's ticks allow, when it makes no step on its
// way to Live for a while, or when a probe after a pause or a change of network is not answered. What then happens is the
// advice of the server's `closing`, else of the close code. Advice `sign_in` asks the auth for a fresh token; three in a row
// refused, the client closes and the player has to act. Bytes that are not understood close it: the next socket would
// bring the same.
using System;
using System.Threading.Tasks;
using Gachapon.Wire;

namespace Gachapon
{
    internal sealed class Connection
    {
        private enum Phase { Closed, Waiting, Token, Opening, Greeting, SigningIn, CatchingUp, Live, Suspended }

        private const int PauseMs = 5000;     // a turn this late means that the game stood still
        private const int SteadyMs = 1000;    // a socket that was Live so long was worth its attempts
        private const int RefusalsMax = 3;    // of tokens, in a row
        private const int RefreshAgainMs = 5000;
        private const int TickLeastMs = 1000, TickMostMs = 3600000, TickGraceMs = 5000;

        private readonly string url;
        private readonly IAuth auth;
        private readonly ITransport transport;
        private readonly Scheduler scheduler;
        private readonly ClientSettings settings;
        private readonly Replica replica;
        private readonly Outbox outbox;
        private readonly Backoff backoff;

        private Phase phase = Phase.Closed;
        private bool wasLive, renew, ended;
        private int refusals;
        private bool visits;                  // sees what anyone may see, and signs nobody in
        private Func<Pending> newcomer;       // what makes a new player, until it succeeded
        private Task<string> token, fresh;    // being fetched: to sign in, to stay signed in
        private string bearer;                // to sign in with
        private ISocket socket;
        private ClosingPush closing;
        private long greetedTime, greetedAt;  // the server's clock and ours, at its hello
        private long heardAt, steppedAt, tickEveryMs, probeBy, retryAt, turnAt, giveUpAt, askedAt, inFlightMax;
        private TaskCompletionSource<bool> connected;

        public ClientState State { get; private set; }
        public CloseReason Reason { get; private set; }
        public GachaponException Failure { get; private set; } // what connecting failed with, once Closed
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
            Reason = ByUs();
        }

        // ------------------------------------------------------------ from outside

        /// <summary>Begins; completes when Live, fails when Closed. `makesPlayer`: the request, made anew for each socket but
        /// with the same command id, that makes a new player on the way and ends with Registered.</summary>
        public Task Start(Func<Pending> makesPlayer)
        {
            if (ended) throw new ObjectDisposedException("GachaponClient");
            if (phase != Phase.Closed && makesPlayer == null) return LiveAgain();
            GachaponException unwritable = makesPlayer == null ? null : Outbox.Unwritable(makesPlayer());
            if (unwritable != null) return FailedTask<bool>(unwritable);
            if (phase != Phase.Closed) Stop(ByUs());
            connected = new TaskCompletionSource<bool>();
            newcomer = makesPlayer;
            wasLive = renew = false;
            refusals = 0;
            backoff.Reset();
            giveUpAt = scheduler.NowMs + settings.ConnectTimeoutMs;
            Begin();
            return connected.Task;
        }

        private Task LiveAgain()
        {
            if (connected.Task.IsCompleted && phase != Phase.Live) connected = new TaskCompletionSource<bool>();
            return connected.Task;
        }

        private static Task<T> FailedTask<T>(Exception failure)
        {
            TaskCompletionSource<T> failed = new TaskCompletionSource<T>();
            failed.SetException(failure);
            return failed.Task;
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
            GachaponException failure = Failure = why ?? new GachaponException(
                reason.Advice == CloseAdvice.SignIn ? ErrorCode.SignInFailed : ErrorCode.NotConnected,
                reason.Advice != CloseAdvice.Never, reason.Name, reason.Detail);
            scheduler.Post(() => waiting.TrySetException(failure));
        }

        public static CloseReason ByUs()
        {
            return new CloseReason(0, "closed", CloseAdvice.AtOnce);
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
            outbox.SendNow(new Pending<PingReply>(new PingRequest(), reply => { }, error => { }) { IsSpare = true }, socket);
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
            if (State == ClientState.Connecting && phase != Phase.Token && scheduler.NowMs >= giveUpAt) GiveUp();
            if (phase == Phase.Live && scheduler.NowMs - steppedAt >= SteadyMs) backoff.Reset();
        }

        private void GiveUp()
        {
            string why = "no connection to " + url + (Reason.Name == "closed" ? "" : ": " + Reason);
            Stop(new CloseReason(0, "timeout", CloseAdvice.Later, why), new GachaponException(ErrorCode.TimedOut, true, null, why));
        }

        /// <summary>What could not be heard is no silence.</summary>
        private void Paused(long ms)
        {
            outbox.Shift(ms);
            heardAt += ms;
            steppedAt += ms;
            giveUpAt += ms;
            if (phase == Phase.Live) Probe();
        }

        private void PollToken()
        {
            if (!token.IsCompleted) return;
            Task<string> done = token;
            token = null;
            giveUpAt += scheduler.NowMs - askedAt; // what a person needed to sign in
            if (done.Status != TaskStatus.RanToCompletion) TokenFailed(done.Exception == null ? null : done.Exception.GetBaseException());
            else if (string.IsNullOrEmpty(done.Result)) TokenFailed(new ArgumentException("the auth gave no token"));
            else Open("/play", done.Result);
        }

        private void TokenFailed(Exception failure)
        {
            GachaponException known = failure as GachaponException;
            string name = known == null ? "login_failed" : known.Name;
            string detail = known != null ? known.Detail : failure == null ? "cancelled" : failure.Message;
            if (known != null && known.CanRetry) Wait(new CloseReason(0, name, CloseAdvice.Later, detail), 0);
            else Stop(new CloseReason(0, name, CloseAdvice.SignIn, detail), known);
        }

        private void PollSocket()
        {
            ISocket polled = socket;
            byte[] frame;
            while (polled == socket && polled.TryReceive(out frame)) TakeFrame(frame);
            if (polled != socket) return;
            if (polled.State == SocketState.Closed) Lost(polled.CloseCode);
            else if (IsSilent()) Lost(1006, "went_silent");
            else if (phase == Phase.Opening && polled.State == SocketState.Open) Enter(Phase.Greeting);
            else if (phase == Phase.CatchingUp || phase == Phase.Live) outbox.Flush(socket, inFlightMax);
        }

        private bool IsSilent()
        {
            if (phase != Phase.Live) return scheduler.NowMs - steppedAt > settings.HandshakeTimeoutMs;
            return scheduler.NowMs - heardAt > tickEveryMs + tickEveryMs / 2 + TickGraceMs || (probeBy != 0 && scheduler.NowMs > probeBy);
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
            bool afresh = renew;
            renew = false;
            askedAt = scheduler.NowMs;
            token = AskToken(afresh);
        }

        // What an auth of the game's throws at once is what its task would have failed with.
        private Task<string> AskToken(bool afresh)
        {
            try
            {
                return auth.GetTokenAsync(afresh) ?? FailedTask<string>(new ArgumentException("the auth gave no task"));
            }
            catch (Exception failure)
            {
                return FailedTask<string>(failure);
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

        private void Wait(CloseReason reason, long retryAfterMs)
        {
            DropSocket();
            Reason = reason;
            retryAt = scheduler.NowMs + backoff.Next(reason.Advice, retryAfterMs);
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

        private void Lost(int code, string otherwise = null)
        {
            if (closing != null && otherwise == null) code = closing.Code;
            CloseCode known = CloseCode.Of(code);
            bool said = closing != null && otherwise == null && closing.Advice >= CloseAdvice.AtOnce && closing.Advice <= CloseAdvice.Never;
            CloseAdvice advice = said ? closing.Advice : known.Advice;
            CloseReason reason = new CloseReason(code, otherwise ?? known.Name, advice, "closed with " + code);
            if (known.Name == "roles_changed") renew = true; // what the token says of them is not so any more
            ComeBack(reason, said ? closing.RetryAfterMs : (long)known.RetryAfterMs, null);
        }

        /// <summary>As the advice is. Tokens that are refused again and again mean that the player has to sign in.</summary>
        private void ComeBack(CloseReason reason, long retryAfterMs, GachaponException why)
        {
            bool refused = reason.Advice == CloseAdvice.SignIn;
            renew |= refused;
            if (reason.Advice == CloseAdvice.Never) Stop(reason, why);
            else if (refused && ++refusals >= RefusalsMax) Stop(reason);
            else Wait(reason, retryAfterMs);
        }

        private void Enter(Phase next)
        {
            phase = next;
            steppedAt = scheduler.NowMs;
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
                do TakeMessage(reader);
                while (!reader.AtEnd && socket != null);
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
                outbox.Answered(id, type, new MsgReader(payload), meta);
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
            if (phase != Phase.Opening && phase != Phase.Greeting) return; // it said so before
            greetedTime = hello.Time;
            greetedAt = scheduler.NowMs;
            tickEveryMs = Math.Min(Math.Max(hello.Limits.TickEveryMs, TickLeastMs), TickMostMs);
            inFlightMax = hello.Limits.InFlightMax;
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
            if (phase == Phase.CatchingUp) steppedAt = scheduler.NowMs;
            if (!replica.Whole) return;
            if (phase == Phase.CatchingUp) CaughtUp();
            outbox.ReleaseHeld();
        }

        private void CaughtUp()
        {
            refusals = 0;
            Enter(Phase.Live);
            TaskCompletionSource<bool> waiting = connected;
            scheduler.Post(() => waiting.TrySetResult(true));
        }

        private void TakeError(uint id, ErrorPush error)
        {
            Pending refused = outbox.Refused(id, error);
            if (refused == null) return;
            CloseReason reason = new CloseReason(0, error.Name, AdviceOf(error.Retry), error.Detail ?? "");
            GachaponException why = Outbox.Failure(error, refused.CommandId);
            bool players = newcomer != null && reason.Advice == CloseAdvice.SignIn; // to see to: account_incomplete
            if (players) Stop(reason, why);
            else ComeBack(reason, error.RetryAfterMs, why);
        }

        private static CloseAdvice AdviceOf(Retry retry)
        {
            return retry == Retry.SignIn ? CloseAdvice.SignIn
                : retry == Retry.Now || retry == Retry.Later ? CloseAdvice.Later : CloseAdvice.Never;
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
            if (done.Exception != null) RefreshFailed(done.Exception.GetBaseException() as GachaponException);
            else if (done.Status == TaskStatus.RanToCompletion && !string.IsNullOrEmpty(done.Result))
                outbox.SendNow(new Pending<RefreshReply>(new RefreshRequest { Token = done.Result }, reply => { }, RefreshFailed) { IsSpare = true },
                    socket);
        }

        private void RefreshFailed(GachaponException failure)
        {
            if (failure != null && failure.CanRetry) scheduler.After(RefreshAgainMs, () => { if (phase == Phase.Live) AskFresh(); });
        }
    }
}
