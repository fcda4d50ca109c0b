// Signs in with Keycloak and keeps the tokens fresh.
//
// In the order in which they are to be preferred: the system browser (authorization code with PKCE, RFC 7636 and 8252: the
// game never sees the password), a device code (RFC 8628, for consoles and televisions), the in-game form (register, or
// direct grant). Whatever it was, what is kept is a refresh token, in the ITokenStore if there is one.
//
// `state` and the issuer are checked in what the browser brings back. At most one refresh runs at a time, and who asks
// meanwhile gets its result: with rotation a refresh token is good once.
using System;
using System.Collections.Generic;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Gachapon
{
    /// <summary>What a player types into another device.</summary>
    public sealed class DeviceCode
    {
        public string UserCode, VerificationUri, VerificationUriComplete;
    }

    public sealed class KeycloakAuth : IAuth
    {
        private const long EarlyMs = 20000;           // a token this close to its end is not used any more
        private const long BrowserMs = 600000;        // a person needs time
        private readonly IHttp http;
        private readonly string issuer, clientId;
        private readonly ITokenStore store;
        private Dictionary<string, string> endpoints;
        private TokenSet tokens;
        private long expiresAt;
        private Task<string> refreshing;

        /// <param name="scheduler">In whose turns it works.</param>
        /// <param name="http">new SystemHttp(scheduler), or the Unity part's.</param>
        /// <param name="issuer">Of the realm: https://id.example.org/realms/gachapon.</param>
        /// <param name="clientId">The public client of the game.</param>
        /// <param name="store">Remembers the player over restarts; null: does not.</param>
        public KeycloakAuth(Scheduler scheduler, IHttp http, string issuer, string clientId = "gachapon-players",
            ITokenStore store = null)
        {
            Scheduler = scheduler;
            this.http = http;
            this.issuer = issuer.TrimEnd('/');
            this.clientId = clientId;
            this.store = store;
            string remembered = store == null ? null : store.Load();
            if (!string.IsNullOrEmpty(remembered)) tokens = new TokenSet { RefreshToken = remembered };
        }

        public Scheduler Scheduler { get; private set; }

        /// <summary>Whether connecting can be tried without asking the player.</summary>
        public bool IsSignedIn { get { return tokens != null; } }

        public void Accept(TokenSet accepted)
        {
            tokens = accepted;
            expiresAt = Scheduler.NowMs + accepted.ExpiresInMs;
            Remember(accepted.RefreshToken);
        }

        // A store that cannot save costs the next start a sign-in, not this one.
        private void Remember(string refreshToken)
        {
            if (store != null) Scheduler.Guarded(() => store.Save(refreshToken));
        }

        public Task<string> GetTokenAsync(bool renew)
        {
            if (refreshing != null && !refreshing.IsCompleted) return refreshing;
            if (tokens == null) return Failed<string>(Refusal(false, "login_needed", "the player has to sign in"));
            bool good = tokens.AccessToken != null && Scheduler.NowMs < expiresAt - EarlyMs;
            if (good && !renew)
            {
                TaskCompletionSource<string> known = new TaskCompletionSource<string>();
                known.SetResult(tokens.AccessToken);
                return known.Task;
            }
            return refreshing = RefreshAsync();
        }

        private async Task<string> RefreshAsync()
        {
            TokenSet old = tokens;
            if (old.RefreshToken == null) throw Refusal(false, "login_needed", "there is no refresh token");
            TokenSet renewed = null;
            try
            {
                renewed = await GrantAsync(Fields("grant_type", "refresh_token", "refresh_token", old.RefreshToken));
            }
            catch (GachaponException refused)
            {
                if (tokens == old && !refused.CanRetry) Forget();
                if (tokens == old || tokens == null) throw;
            }
            if (tokens == old) Accept(renewed);
            else if (tokens == null) await EndSessionAsync(renewed.RefreshToken); // the player signed out meanwhile
            if (tokens == null) throw Refusal(false, "login_needed", "the player signed out");
            return tokens.AccessToken;
        }

        /// <summary>The in-game form: the game sees the password. Second best; see the class.</summary>
        public Task SignInWithPasswordAsync(string user, string password)
        {
            return SignInAsync(Fields("grant_type", "password", "username", user, "password", password));
        }

        /// <summary>Authorization code with PKCE. `open` shows a page in the system browser; `redirect` hears where it ends,
        /// and is disposed.</summary>
        public async Task SignInWithBrowserAsync(Action<string> open, IRedirect redirect,
            CancellationToken cancel = default(CancellationToken))
        {
            using (redirect)
            {
                string verifier = RandomText(), state = RandomText();
                string page = await EndpointAsync("authorization_endpoint");
                open(page + "?" + Form.Encode(Fields("response_type", "code", "client_id", clientId, "scope", "openid",
                    "redirect_uri", redirect.Uri, "state", state, "code_challenge", Challenge(verifier),
                    "code_challenge_method", "S256")));
                Dictionary<string, string> answer = await ArrivedAsync(redirect, state, cancel);
                if (answer.ContainsKey("error")) throw Refusal(false, answer["error"], Of(answer, "error_description"));
                if (answer.ContainsKey("iss") && answer["iss"] != issuer)
                    throw Refusal(false, "wrong_issuer", "the answer is of " + answer["iss"]);
                await SignInAsync(Fields("grant_type", "authorization_code", "code", Of(answer, "code"),
                    "redirect_uri", redirect.Uri, "code_verifier", verifier));
            }
        }

        // Answers that do not carry our state are none of ours: anything on this machine can call a loopback port.
        private async Task<Dictionary<string, string>> ArrivedAsync(IRedirect redirect, string state, CancellationToken cancel)
        {
            long until = Scheduler.NowMs + BrowserMs;
            Dictionary<string, string> answer = null;
            await Scheduler.Until(() =>
            {
                string query;
                while (answer == null && redirect.TryTake(out query))
                {
                    Dictionary<string, string> found = Form.Decode(query);
                    if (Of(found, "state") == state) answer = found;
                }
                return answer != null || cancel.IsCancellationRequested || Scheduler.NowMs > until;
            });
            if (answer == null) throw Refusal(false, "cancelled", "nobody signed in");
            return answer;
        }

        /// <summary>`show` tells the player a code and where to type it.</summary>
        public async Task SignInWithDeviceAsync(Action<DeviceCode> show, CancellationToken cancel = default(CancellationToken))
        {
            string verifier = RandomText();
            HttpReply reply = await http.SendAsync(await EndpointAsync("device_authorization_endpoint"),
                Fields("client_id", clientId, "scope", "openid", "code_challenge", Challenge(verifier), "code_challenge_method", "S256"));
            Dictionary<string, string> device = Answer(reply);
            show(new DeviceCode
            {
                UserCode = Of(device, "user_code"),
                VerificationUri = Of(device, "verification_uri"),
                VerificationUriComplete = Of(device, "verification_uri_complete"),
            });
            long every = 1000L * Number(device, "interval", 5), until = Scheduler.NowMs + 1000L * Number(device, "expires_in", 600);
            while (Scheduler.NowMs < until && !cancel.IsCancellationRequested)
            {
                await Scheduler.Delay(every);
                try
                {
                    await SignInAsync(Fields("grant_type", "urn:ietf:params:oauth:grant-type:device_code",
                        "device_code", Of(device, "device_code"), "code_verifier", verifier));
                    return;
                }
                catch (GachaponException refused)
                {
                    if (refused.Name == "slow_down") every += 5000;
                    else if (refused.Name != "authorization_pending" && !refused.CanRetry) throw;
                }
            }
            throw Refusal(false, "expired_token", "nobody typed the code in time");
        }

        /// <summary>Forgets the player and ends the session at Keycloak. Close the client before.</summary>
        public async Task SignOutAsync()
        {
            string refresh = tokens == null ? null : tokens.RefreshToken;
            Forget();
            await EndSessionAsync(refresh);
        }

        private async Task EndSessionAsync(string refresh)
        {
            if (refresh != null)
                await http.SendAsync(await EndpointAsync("end_session_endpoint"),
                    Fields("client_id", clientId, "refresh_token", refresh));
        }

        private void Forget()
        {
            tokens = null;
            Remember(null);
        }

        // ------------------------------------------------------------ talking to Keycloak

        private async Task SignInAsync(Dictionary<string, string> fields)
        {
            Accept(await GrantAsync(fields));
        }

        private async Task<TokenSet> GrantAsync(Dictionary<string, string> fields)
        {
            fields["client_id"] = clientId;
            Dictionary<string, string> answer = Answer(await http.SendAsync(await EndpointAsync("token_endpoint"), fields));
            return new TokenSet
            {
                AccessToken = Of(answer, "access_token"),
                RefreshToken = Of(answer, "refresh_token"),
                ExpiresInMs = 1000L * Number(answer, "expires_in", 60),
            };
        }

        private async Task<string> EndpointAsync(string name)
        {
            if (endpoints == null)
            {
                Dictionary<string, string> found = Answer(await http.SendAsync(issuer + "/.well-known/openid-configuration", null));
                if (Of(found, "issuer") != issuer) throw Refusal(false, "wrong_issuer", Of(found, "issuer") + " is not " + issuer);
                endpoints = found;
            }
            string endpoint = Of(endpoints, name);
            if (endpoint == null) throw Refusal(false, "not_offered", name);
            return endpoint;
        }

        /// <summary>The members of an answer of status 200; everything else is thrown by its OAuth name.</summary>
        private static Dictionary<string, string> Answer(HttpReply reply)
        {
            if (reply.Status == 0 || reply.Status == 429 || reply.Status >= 500)
                throw Refusal(true, "login_unavailable", "Keycloak cannot be reached (" + reply.Status + ")");
            Dictionary<string, string> members;
            try
            {
                members = Json.Object(reply.Body);
            }
            catch (FormatException)
            {
                throw Refusal(false, "not_understood", "status " + reply.Status);
            }
            if (reply.Status != 200) throw Refusal(false, Of(members, "error") ?? "refused", Of(members, "error_description"));
            return members;
        }

        private static GachaponException Refusal(bool canRetry, string name, string detail)
        {
            return new GachaponException(ErrorCode.SignInFailed, canRetry, name, detail);
        }

        private static Task<T> Failed<T>(Exception failure)
        {
            TaskCompletionSource<T> failed = new TaskCompletionSource<T>();
            failed.SetException(failure);
            return failed.Task;
        }

        private static Dictionary<string, string> Fields(params string[] pairs)
        {
            Dictionary<string, string> fields = new Dictionary<string, string>();
            for (int i = 0; i < pairs.Length; i += 2) fields[pairs[i]] = pairs[i + 1];
            return fields;
        }

        private static string Of(Dictionary<string, string> members, string name)
        {
            string value;
            return members.TryGetValue(name, out value) ? value : null;
        }

        private static int Number(Dictionary<string, string> members, string name, int otherwise)
        {
            int number;
            return int.TryParse(Of(members, name), out number) ? number : otherwise;
        }

        // ------------------------------------------------------------ PKCE. Types by name: reflection would be stripped.

        internal static string RandomText()
        {
            byte[] random = new byte[32];
            using (RNGCryptoServiceProvider source = new RNGCryptoServiceProvider()) source.GetBytes(random);
            return Base64Url(random);
        }

        private static string Challenge(string verifier)
        {
            using (SHA256Managed hash = new SHA256Managed()) return Base64Url(hash.ComputeHash(Encoding.ASCII.GetBytes(verifier)));
        }

        private static string Base64Url(byte[] bytes)
        {
            return Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        }
    }
}
