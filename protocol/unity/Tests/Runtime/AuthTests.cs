// Signing in with Keycloak, played by a table of answers.
using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Gachapon.Tests
{
    public sealed class AuthTests
    {
        private const string Issuer = "https://id.test/realms/gachapon";

        private sealed class FakeHttp : IHttp
        {
            public readonly List<IDictionary<string, string>> Asked = new List<IDictionary<string, string>>();
            public readonly Queue<HttpReply> Answers = new Queue<HttpReply>();
            public string DiscoveredIssuer = Issuer;

            public void Answer(int status, string body)
            {
                Answers.Enqueue(new HttpReply { Status = status, Body = body });
            }

            public TaskCompletionSource<HttpReply> Held; // instead of the next answer

            public Task<HttpReply> SendAsync(string url, IDictionary<string, string> form)
            {
                TaskCompletionSource<HttpReply> done = new TaskCompletionSource<HttpReply>();
                if (form != null && Held != null)
                {
                    done = Held;
                    Held = null;
                    Asked.Add(new Dictionary<string, string>(form));
                }
                else if (form == null)
                    done.SetResult(new HttpReply { Status = 200, Body = "{\"issuer\":\"" + DiscoveredIssuer + "\",\"token_endpoint\":\"t\",\"end_session_endpoint\":\"e\","
                        + "\"nested\":{\"a\":[1,{}]},\"authorization_endpoint\":\"https://id.test/auth\",\"device_authorization_endpoint\":\"d\"}" });
                else
                {
                    Asked.Add(new Dictionary<string, string>(form));
                    done.SetResult(Answers.Dequeue());
                }
                return done.Task;
            }
        }

        private sealed class FakeRedirect : IRedirect
        {
            public readonly Queue<string> Calls = new Queue<string>();

            public string Uri { get { return "http://127.0.0.1:1234/signed-in"; } }

            public bool TryTake(out string query)
            {
                query = Calls.Count > 0 ? Calls.Dequeue() : null;
                return query != null;
            }

            public void Dispose() { }
        }

        private sealed class Store : ITokenStore
        {
            public string Saved = "remembered";

            public string Load() { return Saved; }

            public void Save(string refreshToken) { Saved = refreshToken; }
        }

        private const string Tokens = "{\"access_token\":\"a1\",\"refresh_token\":\"r2\",\"expires_in\":300}";
        private readonly World world = new World();
        private readonly FakeHttp http = new FakeHttp();
        private readonly Store store = new Store();

        private KeycloakAuth Make()
        {
            return new KeycloakAuth(world.Scheduler, http, Issuer, "gachapon-players", store);
        }

        [Test]
        public void A_remembered_player_needs_no_form()
        {
            http.Answer(200, Tokens);
            KeycloakAuth auth = Make();
            Assert.IsTrue(auth.IsSignedIn);
            Assert.AreEqual("a1", world.Done(auth.GetTokenAsync(false)));
            Assert.AreEqual("remembered", http.Asked[0]["refresh_token"]);
            Assert.AreEqual("r2", store.Saved, "rotated");
            Assert.AreEqual("a1", world.Done(auth.GetTokenAsync(false)));
            Assert.AreEqual(1, http.Asked.Count, "it is still good");
            http.Answer(200, Tokens.Replace("a1", "a2"));
            world.Pass(285000);
            Assert.AreEqual("a2", world.Done(auth.GetTokenAsync(false)), "too close to its end");
        }

        [Test]
        public void A_refused_refresh_forgets_and_one_that_was_not_answered_does_not()
        {
            KeycloakAuth auth = Make();
            http.Answer(0, "");
            Assert.IsTrue(world.Refused(auth.GetTokenAsync(true)).CanRetry);
            Assert.IsTrue(auth.IsSignedIn);
            http.Answer(400, "{\"error\":\"invalid_grant\",\"error_description\":\"Session not active\"}");
            GachaponException refused = world.Refused(auth.GetTokenAsync(true));
            Assert.AreEqual("invalid_grant", refused.Name);
            Assert.IsFalse(refused.CanRetry);
            Assert.IsFalse(auth.IsSignedIn);
            Assert.IsNull(store.Saved);
        }

        [Test]
        public void A_refresh_that_is_late_undoes_neither_a_sign_out_nor_a_sign_in()
        {
            foreach (bool refused in new[] { false, true })
                foreach (bool signsOut in new[] { false, true })
                {
                    FakeHttp http = new FakeHttp();
                    Store store = new Store();
                    KeycloakAuth auth = new KeycloakAuth(new Scheduler(), http, Issuer, "game", store);
                    TaskCompletionSource<HttpReply> late = http.Held = new TaskCompletionSource<HttpReply>();
                    Task<string> refreshing = auth.GetTokenAsync(true);
                    http.Answer(200, signsOut ? "{}" : "{\"access_token\":\"mine\",\"refresh_token\":\"mine-2\",\"expires_in\":300}");
                    http.Answer(200, "{}");
                    Task meanwhile = signsOut ? auth.SignOutAsync() : auth.SignInWithPasswordAsync("uma", "correct horse 7");
                    Assert.IsTrue(meanwhile.IsCompleted);
                    late.SetResult(refused ? new HttpReply { Status = 400, Body = "{\"error\":\"invalid_grant\"}" }
                        : new HttpReply { Status = 200, Body = "{\"access_token\":\"old\",\"refresh_token\":\"old-2\",\"expires_in\":300}" });
                    Assert.AreEqual(!signsOut, auth.IsSignedIn);
                    Assert.AreEqual(signsOut ? null : "mine-2", store.Saved);
                    if (!signsOut) Assert.AreEqual("mine", refreshing.Result);
                    else Assert.IsTrue(refreshing.IsFaulted);
                    bool ended = http.Asked.Exists(form => form.ContainsKey("refresh_token") && form["refresh_token"] == "old-2");
                    Assert.AreEqual(signsOut && !refused, ended, "what came late is signed out too");
                }
        }

        [Test]
        public void The_browser_brings_a_code_that_only_we_can_use()
        {
            KeycloakAuth auth = Make();
            FakeRedirect redirect = new FakeRedirect();
            Dictionary<string, string> page = null;
            Task signing = auth.SignInWithBrowserAsync(url => page = Form.Decode(url.Split('?')[1]), redirect);
            Assert.AreEqual("S256", page["code_challenge_method"]);
            Assert.AreEqual(redirect.Uri, page["redirect_uri"]);
            redirect.Calls.Enqueue("code=theirs&state=other");
            world.Pass(100);
            Assert.IsFalse(signing.IsCompleted, "an answer without our state is not ours");
            http.Answer(200, Tokens);
            redirect.Calls.Enqueue("code=c%2F1&state=" + page["state"] + "&iss=" + Uri.EscapeDataString(Issuer));
            world.Done(signing);
            Assert.AreEqual("c/1", http.Asked[0]["code"]);
            Assert.AreEqual(page["code_challenge"], ChallengeOf(http.Asked[0]["code_verifier"]));
            Assert.AreEqual("a1", world.Done(auth.GetTokenAsync(false)));
        }

        private static string ChallengeOf(string verifier)
        {
            using (System.Security.Cryptography.SHA256Managed hash = new System.Security.Cryptography.SHA256Managed())
                return Convert.ToBase64String(hash.ComputeHash(Encoding.ASCII.GetBytes(verifier))).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        }

        [Test]
        public void A_browser_that_says_no_or_is_of_another_issuer_is_refused()
        {
            foreach (string answer in new[] { "error=access_denied", "code=c&iss=https%3A%2F%2Fevil.test" })
            {
                KeycloakAuth auth = Make();
                FakeRedirect redirect = new FakeRedirect();
                string state = null;
                Task signing = auth.SignInWithBrowserAsync(url => state = Form.Decode(url.Split('?')[1])["state"], redirect);
                redirect.Calls.Enqueue(answer + "&state=" + state);
                Assert.AreEqual(ErrorCode.SignInFailed, world.Refused(signing).Code);
            }
        }

        [Test]
        public void A_device_code_is_asked_for_until_it_was_typed()
        {
            KeycloakAuth auth = Make();
            http.Answer(200, "{\"device_code\":\"dc\",\"user_code\":\"ABCD-EFGH\",\"verification_uri\":\"v\",\"interval\":5,\"expires_in\":600}");
            DeviceCode shown = null;
            Task signing = auth.SignInWithDeviceAsync(code => shown = code);
            world.Pass(10);
            Assert.AreEqual("ABCD-EFGH", shown.UserCode);
            http.Answer(400, "{\"error\":\"authorization_pending\"}");
            http.Answer(400, "{\"error\":\"slow_down\"}");
            http.Answer(200, Tokens);
            world.Pass(5000);
            Assert.AreEqual(2, http.Asked.Count);
            world.Pass(5000);
            Assert.AreEqual(3, http.Asked.Count);
            world.Pass(9000);
            Assert.AreEqual(3, http.Asked.Count, "slower now");
            world.Done(signing);
            Assert.AreEqual(http.Asked[0]["code_challenge"], ChallengeOf(http.Asked[3]["code_verifier"]));
            Assert.AreEqual("a1", world.Done(auth.GetTokenAsync(false)));
        }

        [Test]
        public void Discovery_of_another_issuer_is_refused()
        {
            http.DiscoveredIssuer = "https://evil.test";
            Assert.AreEqual("wrong_issuer", world.Refused(Make().SignInWithPasswordAsync("mira", "pw")).Name);
            Assert.AreEqual(0, http.Asked.Count, "no password went out");
        }

        [Test]
        public void The_loopback_port_takes_one_query_and_answers_everything_else_with_404()
        {
            using (LoopbackRedirect redirect = new LoopbackRedirect("<p>done"))
            {
                string query = null;
                string icon = Call(redirect, "GET /favicon.ico HTTP/1.1\r\nHost: x\r\n\r\n", ref query);
                Assert.IsTrue(icon.StartsWith("HTTP/1.1 404"), icon);
                Assert.IsNull(query);
                string page = Call(redirect, "GET /signed-in?code=1&state=2 HTTP/1.1\r\nHost: x\r\n\r\n", ref query);
                Assert.IsTrue(page.Contains("<p>done"), page);
                Assert.AreEqual("code=1&state=2", query);
            }
        }

        private static string Call(LoopbackRedirect redirect, string request, ref string query)
        {
            using (TcpClient caller = new TcpClient("127.0.0.1", new Uri(redirect.Uri).Port))
            {
                byte[] bytes = Encoding.ASCII.GetBytes(request);
                caller.GetStream().Write(bytes, 0, bytes.Length);
                string taken;
                while (!caller.Client.Poll(1000, SelectMode.SelectRead))
                    if (redirect.TryTake(out taken)) query = taken;
                return new StreamReader(caller.GetStream()).ReadToEnd();
            }
        }
    }
}
