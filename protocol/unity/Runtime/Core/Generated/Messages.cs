// Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
using System;
using Gachapon.Wire;

namespace Gachapon
{
    /// <summary>The server's first message on every socket.</summary>
    public sealed class HelloPush : IWire
    {
        /// <summary>Protocol version spoken.</summary>
        public int Protocol;
        /// <summary>Oldest protocol version still served.</summary>
        public int OldestClient;
        /// <summary>The log's epoch; marks of another epoch mean nothing.</summary>
        public Guid Epoch;
        /// <summary>The server's clock.</summary>
        public long Time;
        /// <summary>Name and version of the server.</summary>
        public string Server = "";
        /// <summary>What it accepts.</summary>
        public Limits Limits = new Limits();
        /// <summary>Where tokens come from: the OpenID Connect issuer, whose discovery document names the endpoints.</summary>
        public string Issuer;
        /// <summary>The issuer's public client for players: a client asks for tokens as this one.</summary>
        public string ClientId;

        public const int Type = 1;

        public void Write(MsgWriter w)
        {
            w.Array(8);
            w.Signed(Protocol);
            w.Signed(OldestClient);
            w.Uuid(Epoch);
            w.Signed(Time);
            w.Text(Server);
            Limits.Write(w);
            if (string.IsNullOrEmpty(Issuer)) w.Nil(); else w.Text(Issuer);
            if (string.IsNullOrEmpty(ClientId)) w.Nil(); else w.Text(ClientId);
        }

        public static HelloPush Read(MsgReader r)
        {
            int n = r.BeginArray();
            HelloPush v = new HelloPush();
            v.ReadFields(r, n);
            r.EndStruct(n, 8);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 6) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Protocol = (int)r.Unsigned(65535);
            OldestClient = (int)r.Unsigned(65535);
            Epoch = r.Uuid();
            Time = r.Signed();
            Server = r.Text(0, 64);
            Limits = Limits.Read(r);
            if (n > 6) if (!r.TryNil()) Issuer = r.Text(0, 255);
            if (n > 7) if (!r.TryNil()) ClientId = r.Text(0, 64);
        }
    }

    /// <summary>Sent when a socket was idle for a while, as browsers cannot see pings.</summary>
    public sealed class TickPush : IWire
    {
        /// <summary>The server's clock.</summary>
        public long Time;
        /// <summary>The client's mark for its own rows; 0 when it does not follow them.</summary>
        public ulong OwnMark;
        /// <summary>The client's mark for public rows.</summary>
        public ulong PublicMark;

        public const int Type = 2;

        public void Write(MsgWriter w)
        {
            w.Array(3);
            w.Signed(Time);
            w.Unsigned(OwnMark);
            w.Unsigned(PublicMark);
        }

        public static TickPush Read(MsgReader r)
        {
            int n = r.BeginArray();
            TickPush v = new TickPush();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 3) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Time = r.Signed();
            OwnMark = r.Unsigned(ulong.MaxValue);
            PublicMark = r.Unsigned(ulong.MaxValue);
        }
    }

    /// <summary>Answers a request that did not succeed (same id), or names what was wrong with a message that had no id (id 0).</summary>
    public sealed class ErrorPush : IWire
    {
        /// <summary>One of the errors below.</summary>
        public int Code;
        /// <summary>The error's name.</summary>
        public string Name = "";
        /// <summary>Whether sending it again can help.</summary>
        public Retry Retry;
        /// <summary>When, for retry later.</summary>
        public uint RetryAfterMs;
        /// <summary>Which field, which limit; for people.</summary>
        public string Detail;

        public const int Type = 3;

        public void Write(MsgWriter w)
        {
            w.Array(5);
            w.Signed(Code);
            w.Text(Name);
            w.Signed((int)Retry);
            w.Unsigned(RetryAfterMs);
            if (string.IsNullOrEmpty(Detail)) w.Nil(); else w.Text(Detail);
        }

        public static ErrorPush Read(MsgReader r)
        {
            int n = r.BeginArray();
            ErrorPush v = new ErrorPush();
            v.ReadFields(r, n);
            r.EndStruct(n, 5);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 5) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Code = (int)r.Unsigned(65535);
            Name = r.Text(0, 48);
            Retry = (Retry)r.Enum(4);
            RetryAfterMs = (uint)r.Unsigned(uint.MaxValue);
            if (!r.TryNil()) Detail = r.Text(0, 160);
        }
    }

    /// <summary>Signs the socket in with an access token. A player of whom the game knows nothing is enrolled.</summary>
    public sealed class SignInRequest : Request<SignInReply>
    {
        /// <summary>The access token that Keycloak issued.</summary>
        public string Token = "";
        /// <summary>Name for a player enrolled now; else the token's preferred name.</summary>
        public string DisplayName;

        public override int RequestType { get { return 4; } }
        public override string RequestName { get { return "sign_in"; } }
        public override SignInReply ReadReply(MsgReader r) { return SignInReply.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(2);
            w.Text(Token);
            if (string.IsNullOrEmpty(DisplayName)) w.Nil(); else w.Text(DisplayName);
        }

        public static SignInRequest Read(MsgReader r)
        {
            int n = r.BeginArray();
            SignInRequest v = new SignInRequest();
            v.ReadFields(r, n);
            r.EndStruct(n, 2);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 1) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Token = r.Text(0, 16384);
            if (n > 1) if (!r.TryNil()) DisplayName = r.Text(0, 40);
        }
    }

    /// <summary>Answers sign_in.</summary>
    public sealed class SignInReply : Reply, IWire
    {
        /// <summary>The player's id (the token's subject).</summary>
        public Guid Player;
        /// <summary>When the token expires.</summary>
        public long ExpiresAt;
        /// <summary>Whether this sign-in enrolled the player.</summary>
        public bool Enrolled;
        /// <summary>Roles the game knows.</summary>
        public string[] Roles = new string[0];

        public void Write(MsgWriter w)
        {
            w.Array(4);
            w.Uuid(Player);
            w.Signed(ExpiresAt);
            w.Bool(Enrolled);
            w.Array(Roles.Length); for (int i = 0; i < Roles.Length; i++) w.Text(Roles[i]);
        }

        public static SignInReply Read(MsgReader r)
        {
            int n = r.BeginArray();
            SignInReply v = new SignInReply();
            v.ReadFields(r, n);
            r.EndStruct(n, 4);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 4) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            ExpiresAt = r.Signed();
            Enrolled = r.Bool();
            { Roles = new string[r.BeginList(0, 8)]; for (int i = 0; i < Roles.Length; i++) Roles[i] = r.Slug(); }
        }
    }

    /// <summary>Gives the open socket a fresh token of the same subject.</summary>
    public sealed class RefreshRequest : Request<RefreshReply>
    {
        /// <summary>The fresh access token.</summary>
        public string Token = "";

        public override int RequestType { get { return 5; } }
        public override string RequestName { get { return "refresh"; } }
        public override RefreshReply ReadReply(MsgReader r) { return RefreshReply.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(1);
            w.Text(Token);
        }

        public static RefreshRequest Read(MsgReader r)
        {
            int n = r.BeginArray();
            RefreshRequest v = new RefreshRequest();
            v.ReadFields(r, n);
            r.EndStruct(n, 1);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 1) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Token = r.Text(0, 16384);
        }
    }

    /// <summary>Answers refresh.</summary>
    public sealed class RefreshReply : Reply, IWire
    {
        /// <summary>When it expires.</summary>
        public long ExpiresAt;

        public void Write(MsgWriter w)
        {
            w.Array(1);
            w.Signed(ExpiresAt);
        }

        public static RefreshReply Read(MsgReader r)
        {
            int n = r.BeginArray();
            RefreshReply v = new RefreshReply();
            v.ReadFields(r, n);
            r.EndStruct(n, 1);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 1) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            ExpiresAt = r.Signed();
        }
    }

    /// <summary>Answered from memory.</summary>
    public sealed class PingRequest : Request<PingReply>
    {
        public override int RequestType { get { return 6; } }
        public override string RequestName { get { return "ping"; } }
        public override PingReply ReadReply(MsgReader r) { return PingReply.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(0);
        }

        public static PingRequest Read(MsgReader r)
        {
            int n = r.BeginArray();
            PingRequest v = new PingRequest();
            v.ReadFields(r, n);
            r.EndStruct(n, 0);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
        }
    }

    /// <summary>Answers ping.</summary>
    public sealed class PingReply : Reply, IWire
    {
        /// <summary>The server's clock.</summary>
        public long Time;

        public void Write(MsgWriter w)
        {
            w.Array(1);
            w.Signed(Time);
        }

        public static PingReply Read(MsgReader r)
        {
            int n = r.BeginArray();
            PingReply v = new PingReply();
            v.ReadFields(r, n);
            r.EndStruct(n, 1);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 1) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Time = r.Signed();
        }
    }

    /// <summary>Starts the live feed. Rows newer than the marks come first (or all rows, where a mark cannot be used), then every change.</summary>
    public sealed class FollowRequest : Request<FollowReply>
    {
        /// <summary>Epoch of the marks; none for a first visit.</summary>
        public Guid Epoch;
        /// <summary>Generation of the views the marks belong to.</summary>
        public ulong Generation;
        /// <summary>Last mark of the own rows.</summary>
        public ulong Own;
        /// <summary>Last mark of the public rows.</summary>
        public ulong Public;

        public override int RequestType { get { return 7; } }
        public override string RequestName { get { return "follow"; } }
        public override FollowReply ReadReply(MsgReader r) { return FollowReply.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(4);
            if (Epoch == Guid.Empty) w.Nil(); else w.Uuid(Epoch);
            w.Unsigned(Generation);
            w.Unsigned(Own);
            w.Unsigned(Public);
        }

        public static FollowRequest Read(MsgReader r)
        {
            int n = r.BeginArray();
            FollowRequest v = new FollowRequest();
            v.ReadFields(r, n);
            r.EndStruct(n, 4);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n > 0) if (!r.TryNil()) Epoch = r.Uuid();
            if (n > 1) Generation = r.Unsigned(ulong.MaxValue);
            if (n > 2) Own = r.Unsigned(ulong.MaxValue);
            if (n > 3) Public = r.Unsigned(ulong.MaxValue);
        }
    }

    /// <summary>Answers follow.</summary>
    public sealed class FollowReply : Reply, IWire
    {
        /// <summary>The log's epoch.</summary>
        public Guid Epoch;
        /// <summary>The views' generation.</summary>
        public ulong Generation;
        /// <summary>The own rows that follow are all there are: they replace the replica.</summary>
        public bool OwnWhole;
        /// <summary>The same for the public rows.</summary>
        public bool PublicWhole;

        public void Write(MsgWriter w)
        {
            w.Array(4);
            w.Uuid(Epoch);
            w.Unsigned(Generation);
            w.Bool(OwnWhole);
            w.Bool(PublicWhole);
        }

        public static FollowReply Read(MsgReader r)
        {
            int n = r.BeginArray();
            FollowReply v = new FollowReply();
            v.ReadFields(r, n);
            r.EndStruct(n, 4);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 4) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Epoch = r.Uuid();
            Generation = r.Unsigned(ulong.MaxValue);
            OwnWhole = r.Bool();
            PublicWhole = r.Bool();
        }
    }

    /// <summary>Rows that changed. Apply by key, newest position wins.</summary>
    public sealed class ChangedPush : IWire
    {
        /// <summary>Whose rows.</summary>
        public Audience Audience;
        /// <summary>The client's mark once this message is applied; 0 while more of a catch-up follows.</summary>
        public ulong Mark;
        /// <summary>The rows, view by view.</summary>
        public Change[] Changes = new Change[0];

        public const int Type = 8;

        public void Write(MsgWriter w)
        {
            w.Array(3);
            w.Signed((int)Audience);
            w.Unsigned(Mark);
            w.Array(Changes.Length); for (int i = 0; i < Changes.Length; i++) Changes[i].Write(w);
        }

        public static ChangedPush Read(MsgReader r)
        {
            int n = r.BeginArray();
            ChangedPush v = new ChangedPush();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 3) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Audience = (Audience)r.Enum(2);
            Mark = r.Unsigned(ulong.MaxValue);
            { Changes = new Change[r.BeginList(0, 4096)]; for (int i = 0; i < Changes.Length; i++) Changes[i] = Change.Read(r); }
        }
    }

    /// <summary>The token expires soon: send refresh.</summary>
    public sealed class ExpiringPush : IWire
    {
        /// <summary>When.</summary>
        public long ExpiresAt;

        public const int Type = 9;

        public void Write(MsgWriter w)
        {
            w.Array(1);
            w.Signed(ExpiresAt);
        }

        public static ExpiringPush Read(MsgReader r)
        {
            int n = r.BeginArray();
            ExpiringPush v = new ExpiringPush();
            v.ReadFields(r, n);
            r.EndStruct(n, 1);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 1) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            ExpiresAt = r.Signed();
        }
    }

    /// <summary>Sent before the server closes the socket of its own will.</summary>
    public sealed class ClosingPush : IWire
    {
        /// <summary>The close code that follows.</summary>
        public int Code;
        /// <summary>What to do.</summary>
        public CloseAdvice Advice;
        /// <summary>When, for advice later.</summary>
        public uint RetryAfterMs;

        public const int Type = 10;

        public void Write(MsgWriter w)
        {
            w.Array(3);
            w.Signed(Code);
            w.Signed((int)Advice);
            w.Unsigned(RetryAfterMs);
        }

        public static ClosingPush Read(MsgReader r)
        {
            int n = r.BeginArray();
            ClosingPush v = new ClosingPush();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 3) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Code = (int)r.Unsigned(65535);
            Advice = (CloseAdvice)r.Enum(4);
            RetryAfterMs = (uint)r.Unsigned(uint.MaxValue);
        }
    }

    /// <summary>Makes a user in Keycloak and a player in the game, and signs the socket in. Only on /join, only over a secure transport.</summary>
    public sealed class RegisterRequest : Command<RegisterReply>
    {
        /// <summary>E-mail address; lives in Keycloak alone.</summary>
        public string Email = "";
        /// <summary>Password; lives in Keycloak alone.</summary>
        public string Password = "";
        /// <summary>Name that others see.</summary>
        public string DisplayName = "";

        public override int RequestType { get { return 11; } }
        public override string RequestName { get { return "register"; } }
        public override RegisterReply ReadReply(MsgReader r) { return RegisterReply.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(3);
            w.Text(Email);
            w.Text(Password);
            w.Text(DisplayName);
        }

        public static RegisterRequest Read(MsgReader r)
        {
            int n = r.BeginArray();
            RegisterRequest v = new RegisterRequest();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 3) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Email = r.Text(3, 120);
            Password = r.Text(8, 128);
            DisplayName = r.Text(2, 40);
        }
    }

    /// <summary>Answers register.</summary>
    public sealed class RegisterReply : Reply, IWire
    {
        /// <summary>The new player's id.</summary>
        public Guid Player;
        /// <summary>Access token.</summary>
        public string AccessToken = "";
        /// <summary>Refresh token.</summary>
        public string RefreshToken = "";
        /// <summary>When the access token expires.</summary>
        public long ExpiresAt;

        public void Write(MsgWriter w)
        {
            w.Array(4);
            w.Uuid(Player);
            w.Text(AccessToken);
            w.Text(RefreshToken);
            w.Signed(ExpiresAt);
        }

        public static RegisterReply Read(MsgReader r)
        {
            int n = r.BeginArray();
            RegisterReply v = new RegisterReply();
            v.ReadFields(r, n);
            r.EndStruct(n, 4);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 4) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            AccessToken = r.Text(0, 16384);
            RefreshToken = r.Text(0, 16384);
            ExpiresAt = r.Signed();
        }
    }

    /// <summary>The token in the Authorization header was good; what a sign_in would have been answered.</summary>
    public sealed class SignedInPush : IWire
    {
        /// <summary>The player's id (the token's subject).</summary>
        public Guid Player;
        /// <summary>When the token expires.</summary>
        public long ExpiresAt;
        /// <summary>Whether this sign-in enrolled the player.</summary>
        public bool Enrolled;
        /// <summary>Roles the game knows.</summary>
        public string[] Roles = new string[0];

        public const int Type = 12;

        public void Write(MsgWriter w)
        {
            w.Array(4);
            w.Uuid(Player);
            w.Signed(ExpiresAt);
            w.Bool(Enrolled);
            w.Array(Roles.Length); for (int i = 0; i < Roles.Length; i++) w.Text(Roles[i]);
        }

        public static SignedInPush Read(MsgReader r)
        {
            int n = r.BeginArray();
            SignedInPush v = new SignedInPush();
            v.ReadFields(r, n);
            r.EndStruct(n, 4);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 4) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            ExpiresAt = r.Signed();
            Enrolled = r.Bool();
            { Roles = new string[r.BeginList(0, 8)]; for (int i = 0; i < Roles.Length; i++) Roles[i] = r.Slug(); }
        }
    }

    /// <summary>Play first, register later: makes a user in Keycloak without e-mail address and a player in the game, and signs the socket in. Keep user_name and the secret, they sign in again by direct grant; claim_account makes a full account of it, of the same player. Only on /join, only over a secure transport.</summary>
    public sealed class PlayAsGuestRequest : Command<PlayAsGuestReply>
    {
        /// <summary>A long random text that the client makes and keeps: the guest's password. Sent again with the same command id it must be the same.</summary>
        public string Secret = "";
        /// <summary>Name that others see; the server makes one for an empty one.</summary>
        public string DisplayName = "";

        public override int RequestType { get { return 13; } }
        public override string RequestName { get { return "play_as_guest"; } }
        public override PlayAsGuestReply ReadReply(MsgReader r) { return PlayAsGuestReply.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(2);
            w.Text(Secret);
            w.Text(DisplayName);
        }

        public static PlayAsGuestRequest Read(MsgReader r)
        {
            int n = r.BeginArray();
            PlayAsGuestRequest v = new PlayAsGuestRequest();
            v.ReadFields(r, n);
            r.EndStruct(n, 2);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 1) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Secret = r.Text(32, 128);
            if (n > 1) DisplayName = r.Text(0, 40);
        }
    }

    /// <summary>Answers play_as_guest.</summary>
    public sealed class PlayAsGuestReply : Reply, IWire
    {
        /// <summary>The new player's id.</summary>
        public Guid Player;
        /// <summary>Access token.</summary>
        public string AccessToken = "";
        /// <summary>Refresh token.</summary>
        public string RefreshToken = "";
        /// <summary>When the access token expires.</summary>
        public long ExpiresAt;
        /// <summary>The guest's user name in Keycloak.</summary>
        public string UserName = "";

        public void Write(MsgWriter w)
        {
            w.Array(5);
            w.Uuid(Player);
            w.Text(AccessToken);
            w.Text(RefreshToken);
            w.Signed(ExpiresAt);
            w.Text(UserName);
        }

        public static PlayAsGuestReply Read(MsgReader r)
        {
            int n = r.BeginArray();
            PlayAsGuestReply v = new PlayAsGuestReply();
            v.ReadFields(r, n);
            r.EndStruct(n, 5);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 5) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            AccessToken = r.Text(0, 16384);
            RefreshToken = r.Text(0, 16384);
            ExpiresAt = r.Signed();
            UserName = r.Text(0, 64);
        }
    }

    /// <summary>Gives the signed-in guest an e-mail address and a password; the player and all it owns stay. The guest's secret is void and every session that it opened is ended; the socket goes on with the tokens of the reply. Only over a secure transport.</summary>
    public sealed class ClaimAccountRequest : Command<ClaimAccountReply>
    {
        /// <summary>E-mail address; lives in Keycloak alone.</summary>
        public string Email = "";
        /// <summary>Password; lives in Keycloak alone.</summary>
        public string Password = "";

        public override int RequestType { get { return 14; } }
        public override string RequestName { get { return "claim_account"; } }
        public override ClaimAccountReply ReadReply(MsgReader r) { return ClaimAccountReply.Read(r); }

        public override void Write(MsgWriter w)
        {
            w.Array(2);
            w.Text(Email);
            w.Text(Password);
        }

        public static ClaimAccountRequest Read(MsgReader r)
        {
            int n = r.BeginArray();
            ClaimAccountRequest v = new ClaimAccountRequest();
            v.ReadFields(r, n);
            r.EndStruct(n, 2);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 2) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Email = r.Text(3, 120);
            Password = r.Text(8, 128);
        }
    }

    /// <summary>Answers claim_account.</summary>
    public sealed class ClaimAccountReply : Reply, IWire
    {
        /// <summary>The player's id, as before.</summary>
        public Guid Player;
        /// <summary>Access token.</summary>
        public string AccessToken = "";
        /// <summary>Refresh token.</summary>
        public string RefreshToken = "";
        /// <summary>When the access token expires.</summary>
        public long ExpiresAt;

        public void Write(MsgWriter w)
        {
            w.Array(4);
            w.Uuid(Player);
            w.Text(AccessToken);
            w.Text(RefreshToken);
            w.Signed(ExpiresAt);
        }

        public static ClaimAccountReply Read(MsgReader r)
        {
            int n = r.BeginArray();
            ClaimAccountReply v = new ClaimAccountReply();
            v.ReadFields(r, n);
            r.EndStruct(n, 4);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 4) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Player = r.Uuid();
            AccessToken = r.Text(0, 16384);
            RefreshToken = r.Text(0, 16384);
            ExpiresAt = r.Signed();
        }
    }

    /// <summary>What every list_ query takes.</summary>
    public sealed class ListQueryRequest : IWire
    {
        /// <summary>Where to go on: next of the page before; empty for the first.</summary>
        public byte[] After;
        /// <summary>Rows a page, 1 to 500.</summary>
        public int Limit = 100;
        /// <summary>Whose rows: oneself by default, anyone for operators.</summary>
        public Guid Player;

        public void Write(MsgWriter w)
        {
            w.Array(3);
            if (After == null || After.Length == 0) w.Nil(); else w.Bytes(After);
            w.Signed(Limit);
            if (Player == Guid.Empty) w.Nil(); else w.Uuid(Player);
        }

        public static ListQueryRequest Read(MsgReader r)
        {
            int n = r.BeginArray();
            ListQueryRequest v = new ListQueryRequest();
            v.ReadFields(r, n);
            r.EndStruct(n, 3);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n > 0) if (!r.TryNil()) After = r.Bytes(0, 256);
            if (n > 1) Limit = (int)r.Unsigned(65535);
            if (n > 2) if (!r.TryNil()) Player = r.Uuid();
        }
    }

    /// <summary>What every list_ query answers.</summary>
    public sealed class ListQueryReply : IWire
    {
        /// <summary>Array of rows, as in changed.</summary>
        public byte[] Rows = new byte[] { 0xc0 };
        /// <summary>Where the next page starts; empty at the end.</summary>
        public byte[] Next;

        public void Write(MsgWriter w)
        {
            w.Array(2);
            w.Raw(Rows);
            if (Next == null || Next.Length == 0) w.Nil(); else w.Bytes(Next);
        }

        public static ListQueryReply Read(MsgReader r)
        {
            int n = r.BeginArray();
            ListQueryReply v = new ListQueryReply();
            v.ReadFields(r, n);
            r.EndStruct(n, 2);
            return v;
        }

        private void ReadFields(MsgReader r, int n)
        {
            if (n < 2) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            Rows = r.Raw();
            if (!r.TryNil()) Next = r.Bytes(0, 256);
        }
    }
}
