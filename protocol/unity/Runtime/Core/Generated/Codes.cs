// Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
using System;
using Gachapon.Wire;

namespace Gachapon
{
    /// <summary>Why a request did not succeed.</summary>
    public enum ErrorCode
    {
        /// <summary>No error; never on the wire.</summary>
        None = 0,
        /// <summary>No answer in time. Whether it took effect is not known: send it again with the same command id.</summary>
        TimedOut = -1,
        /// <summary>The client is closed, or was while this was under way; see its CloseReason.</summary>
        NotConnected = -2,
        /// <summary>No token: the player has to sign in, or Keycloak cannot be reached.</summary>
        SignInFailed = -3,
        /// <summary>Too many requests wait already.</summary>
        NotSent = -4,
        /// <summary>No server can be there.</summary>
        AddressInvalid = -5,
        /// <summary>Not a well-formed message.</summary>
        Malformed = 1,
        /// <summary>No such message type.</summary>
        TypeUnknown = 2,
        /// <summary>A required field is missing.</summary>
        FieldMissing = 3,
        /// <summary>A field has another type.</summary>
        FieldWrongType = 4,
        /// <summary>A field is too long, too short, or not one of the values.</summary>
        FieldOutOfRange = 5,
        /// <summary>Request ids are 1 to 4294967295.</summary>
        IdInvalid = 6,
        /// <summary>A command needs a command id in its meta.</summary>
        CommandIdMissing = 7,
        /// <summary>Nested deeper than allowed.</summary>
        TooDeep = 8,
        /// <summary>More values than allowed.</summary>
        TooManyValues = 9,
        /// <summary>A request of this id is not answered yet.</summary>
        IdInUse = 10,
        /// <summary>Sign in first.</summary>
        SignedOut = 20,
        /// <summary>This socket is signed in already.</summary>
        SignedInAlready = 21,
        /// <summary>Your roles do not allow this.</summary>
        Forbidden = 22,
        /// <summary>The token is not valid; the detail names the rule.</summary>
        TokenInvalid = 23,
        /// <summary>The token has expired.</summary>
        TokenExpired = 24,
        /// <summary>The user was signed out, disabled or deleted.</summary>
        TokenRevoked = 25,
        /// <summary>A socket cannot change its player.</summary>
        TokenOtherSubject = 26,
        /// <summary>Keycloak cannot be reached.</summary>
        IdentityUnavailable = 27,
        /// <summary>Passwords are taken over TLS or loopback only.</summary>
        InsecureTransport = 28,
        /// <summary>This message is for the other upgrade path.</summary>
        WrongPath = 29,
        /// <summary>Too many requests of this socket are unanswered.</summary>
        TooManyInFlight = 40,
        /// <summary>The server has as much work as it takes: the request was not begun. Its retry_after_ms is how long the queue of now will take.</summary>
        Overloaded = 41,
        /// <summary>The event store cannot be reached. Send it again with the same command id.</summary>
        StoreUnavailable = 42,
        /// <summary>The views cannot be read now.</summary>
        ViewUnavailable = 43,
        /// <summary>The views did not reach the position asked for in time.</summary>
        ViewBehind = 44,
        /// <summary>Others kept changing what this decides on. Send it again with the same command id.</summary>
        Conflict = 45,
        /// <summary>The server is going down; come back.</summary>
        Draining = 46,
        /// <summary>A fault in the server.</summary>
        Internal = 47,
        /// <summary>This command id was used before, by another actor or with other content.</summary>
        CommandIdReused = 48,
        /// <summary>More messages, sign-ins or registrations than this socket or its address may send: not begun. Its retry_after_ms is when the next one will be taken; who sends many times more than the limit is closed with 4007.</summary>
        RateLimited = 49,
        /// <summary>Someone has registered with this e-mail address.</summary>
        EmailTaken = 60,
        /// <summary>Not an e-mail address.</summary>
        EmailInvalid = 61,
        /// <summary>The password does not meet the policy.</summary>
        PasswordWeak = 62,
        /// <summary>2 to 40 letters, digits, spaces or .-_' ; no space at the ends.</summary>
        DisplayNameInvalid = 63,
        /// <summary>This player is in the game already.</summary>
        PlayerExists = 64,
        /// <summary>No such player.</summary>
        PlayerUnknown = 65,
        /// <summary>The player is deactivated or erased.</summary>
        PlayerInactive = 66,
        /// <summary>This registration was not finished in time and is undone: register again, with a new command id.</summary>
        RegistrationUndone = 67,
        /// <summary>This registration began or ended before.</summary>
        RegistrationSettled = 68,
        /// <summary>No such registration.</summary>
        RegistrationUnknown = 69,
        /// <summary>This account has an e-mail address already: only a guest's can be claimed.</summary>
        NotAGuest = 70,
        /// <summary>The player is not deactivated.</summary>
        PlayerActive = 71,
        /// <summary>The account is made and in the game, but Keycloak wants something of its owner before it gives tokens; the detail names what, such as verify_email, update_password, terms_and_conditions. Sign in with the browser, which asks for it.</summary>
        AccountIncomplete = 72,
        /// <summary>The user is disabled in Keycloak.</summary>
        AccountDisabled = 73,
        /// <summary>No such pack.</summary>
        PackUnknown = 100,
        /// <summary>The pack is off sale.</summary>
        PackRetired = 101,
        /// <summary>A pack is opened once or ten times.</summary>
        CountInvalid = 102,
        /// <summary>Not enough currency.</summary>
        WalletInsufficient = 103,
        /// <summary>Not enough of the item.</summary>
        ItemInsufficient = 104,
        /// <summary>This pack cannot be paid with an item.</summary>
        PackNotOwnedAsItem = 105,
        /// <summary>Not enough of the limited pack is left.</summary>
        StockExhausted = 106,
        /// <summary>A team has four members.</summary>
        TeamSizeInvalid = 110,
        /// <summary>A team's members are different.</summary>
        TeamMemberRepeated = 111,
        /// <summary>A team's members come from one's own collection.</summary>
        CharacterNotOwned = 112,
        /// <summary>1 to 40 characters, not only spaces.</summary>
        TeamNameInvalid = 113,
        /// <summary>No such team.</summary>
        TeamUnknown = 114,
        /// <summary>A player has at most 20 teams.</summary>
        TeamsFull = 115,
        /// <summary>A client seed is 1 to 64 printable ASCII characters without a colon.</summary>
        ClientSeedInvalid = 116,
        /// <summary>A published character keeps its rarity.</summary>
        RarityChanged = 120,
        /// <summary>The catalogue holds at most 1024 characters and 256 items.</summary>
        CatalogueFull = 121,
        /// <summary>A character is not in the catalogue or has another rarity there.</summary>
        CharacterUnknown = 122,
        /// <summary>The item is not in the catalogue.</summary>
        ItemUnknown = 123,
        /// <summary>Weights must be positive and every rarity have characters, each once.</summary>
        PackTableInvalid = 124,
        /// <summary>Amounts are 1 to 1000000000000; a balance cannot exceed that either.</summary>
        AmountInvalid = 125,
    }

    /// <summary>Versions and limits of the protocol that this was generated from.</summary>
    public static class Protocol
    {
        public const int Version = 1;
        public const int FrameMaxBytes = 65536;
        public const int MessagesPerFrameMax = 32;
        public const int DepthMax = 8;
        public const int ValuesMax = 4096;
        public const int InFlightMax = 64;
        public const int EventsPerCommandMax = 16;
        public const int PageRowsMax = 500;
    }

    /// <summary>Why a socket was closed, and what to do about it.</summary>
    public struct CloseCode
    {
        public readonly int Code;
        public readonly string Name;
        public readonly CloseAdvice Advice;
        public readonly int RetryAfterMs;

        public CloseCode(int code, string name, CloseAdvice advice, int retryAfterMs)
        {
            Code = code; Name = name; Advice = advice; RetryAfterMs = retryAfterMs;
        }

        /// <summary>A code the server documents; any other is a lost connection, to be made again at once.</summary>
        public static CloseCode Of(int code)
        {
            switch (code)
            {
                case 1001: return new CloseCode(1001, "going_away", CloseAdvice.Later, 1000);
                case 1002: return new CloseCode(1002, "protocol_error", CloseAdvice.Never, 0);
                case 1003: return new CloseCode(1003, "unsupported_data", CloseAdvice.Never, 0);
                case 1007: return new CloseCode(1007, "not_utf8", CloseAdvice.Never, 0);
                case 1009: return new CloseCode(1009, "too_big", CloseAdvice.Never, 0);
                case 4000: return new CloseCode(4000, "hostile", CloseAdvice.Never, 0);
                case 4001: return new CloseCode(4001, "token_expired", CloseAdvice.SignIn, 0);
                case 4002: return new CloseCode(4002, "signed_out", CloseAdvice.SignIn, 0);
                case 4003: return new CloseCode(4003, "disabled", CloseAdvice.SignIn, 0);
                case 4004: return new CloseCode(4004, "sign_in_timeout", CloseAdvice.SignIn, 0);
                case 4005: return new CloseCode(4005, "slow_reader", CloseAdvice.AtOnce, 0);
                case 4006: return new CloseCode(4006, "too_many_connections", CloseAdvice.Later, 5000);
                case 4007: return new CloseCode(4007, "too_many_messages", CloseAdvice.Later, 1000);
                case 4008: return new CloseCode(4008, "roles_changed", CloseAdvice.AtOnce, 0);
                case 4009: return new CloseCode(4009, "replaced", CloseAdvice.Never, 0);
                case 4010: return new CloseCode(4010, "forbidden", CloseAdvice.Never, 0);
                default: return new CloseCode(code, "lost", CloseAdvice.AtOnce, 0);
            }
        }
    }
}
