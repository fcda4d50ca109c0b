// What a game may want to know of its connection, and what it may choose.
using System;

namespace Gachapon
{
    public enum ClientState
    {
        /// <summary>Not connected and not trying: see CloseReason.</summary>
        Closed,

        /// <summary>Trying for the first time: the replicas are empty or of another visit.</summary>
        Connecting,

        /// <summary>Everything the replicas show is as new as the server has told.</summary>
        Live,

        /// <summary>The connection was lost and is made again by itself; the replicas show how it was.</summary>
        Stale,
    }

    /// <summary>Why the client is Closed or Stale.</summary>
    public sealed class CloseReason
    {
        /// <summary>The server's close code; 0 if the client closed by itself.</summary>
        public readonly int Code;

        /// <summary>closed (by the game, or not begun yet), timeout, lost, went_silent, not_understood, client_too_old, login_failed and
        /// its like, or the name of a close code or an error.</summary>
        public readonly string Name;

        /// <summary>Whether connecting again can help: Never means a fault of the client, SignIn that the player has to sign in.</summary>
        public readonly CloseAdvice Advice;

        public readonly string Detail;

        public CloseReason(int code, string name, CloseAdvice advice, string detail = "")
        {
            Code = code;
            Name = name;
            Advice = advice;
            Detail = detail;
        }

        public override string ToString()
        {
            return Name + (Detail.Length > 0 ? ": " + Detail : "");
        }
    }

    /// <summary>Times in milliseconds. The defaults suit a game on a phone.</summary>
    public sealed class ClientSettings
    {
        /// <summary>How long a request is tried, over reconnects too; int.MaxValue: for as long as the client lives.</summary>
        public int RequestTimeoutMs = 30000;

        /// <summary>How long ConnectAsync tries; what a person needs to sign in does not count.</summary>
        public int ConnectTimeoutMs = 30000;

        /// <summary>How long a socket may take from one step of being made ready to the next.</summary>
        public int HandshakeTimeoutMs = 15000;

        /// <summary>How long a probe (after a pause, after a change of network) waits for a word.</summary>
        public int ProbeTimeoutMs = 4000;

        /// <summary>First and longest wait of the back-off.</summary>
        public int BackoffMinMs = 500, BackoffMaxMs = 30000;

        /// <summary>0 to 1; replaced in tests to know what comes.</summary>
        public Func<double> Random = new Random(Guid.NewGuid().GetHashCode()).NextDouble;
    }

    /// <summary>How long to wait before the next attempt: at once if nothing else was advised, then doubling, never sooner than the
    /// server asked; all of it with jitter, as thousands of clients lose their sockets in the same moment.</summary>
    internal sealed class Backoff
    {
        private const int AtOnceMs = 100, AdvisedMaxMs = 3600000;
        private readonly ClientSettings settings;
        private int failures;

        public Backoff(ClientSettings settings)
        {
            this.settings = settings;
        }

        public void Reset()
        {
            failures = 0;
        }

        public long Next(CloseAdvice advice, long retryAfterMs)
        {
            int tries = failures++;
            if (tries == 0 && advice != CloseAdvice.Later && retryAfterMs == 0) return (long)(settings.Random() * Math.Min(AtOnceMs, settings.BackoffMaxMs));
            double own = Math.Min(settings.BackoffMaxMs, settings.BackoffMinMs * Math.Pow(2, Math.Min(tries, 16)));
            double least = Math.Max(own / 2, Math.Min(retryAfterMs, AdvisedMaxMs));
            return (long)(least + settings.Random() * Math.Max(own - least, least / 2));
        }
    }
}
