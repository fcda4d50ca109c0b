// Where tokens come from. KeycloakAuth is the usual one; a game with its own launcher brings its own, or a TokenAuth.
using System.Threading.Tasks;

namespace Gachapon
{
    public interface IAuth
    {
        /// <summary>The scheduler in whose turns it works; the client's too.</summary>
        Scheduler Scheduler { get; }

        /// <summary>An access token. `renew`: the last one was refused or is about to expire. Throws GachaponException:
        /// CanRetry if it may work later, otherwise the player has to sign in.</summary>
        Task<string> GetTokenAsync(bool renew);

        /// <summary>Takes the tokens of a registration.</summary>
        void Accept(TokenSet tokens);
    }

    public sealed class TokenSet
    {
        public string AccessToken;

        /// <summary>Null if there is none: then the access token is all there is.</summary>
        public string RefreshToken;

        public long ExpiresInMs;
    }

    /// <summary>Remembers who was signed in over restarts. Put it where other programs cannot read.</summary>
    public interface ITokenStore
    {
        /// <summary>What was saved last, or null.</summary>
        string Load();

        /// <summary>Null forgets.</summary>
        void Save(string refreshToken);
    }

    /// <summary>One token from elsewhere, for tools and tests.</summary>
    public sealed class TokenAuth : IAuth
    {
        private string token;

        public TokenAuth(Scheduler scheduler, string token = null)
        {
            Scheduler = scheduler;
            this.token = token;
        }

        public Scheduler Scheduler { get; private set; }

        public Task<string> GetTokenAsync(bool renew)
        {
            TaskCompletionSource<string> done = new TaskCompletionSource<string>();
            if (token == null || renew)
                done.SetException(new GachaponException(ErrorCode.SignInFailed, false, "login_needed", "there is no other token"));
            else done.SetResult(token);
            return done.Task;
        }

        public void Accept(TokenSet tokens)
        {
            token = tokens.AccessToken;
        }
    }
}
