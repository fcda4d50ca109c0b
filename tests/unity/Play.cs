// The Unity package's client, driven line by line from a test: what it is told on standard input it does, concurrently, and
// answers under the number of the line. `pumped` by a loop of its own, as a game would; the only thread beside it reads lines.
//
//   mono play.exe URL ISSUER [TOKEN_FILE]
//   7 open standard 10      ->  7 ok {"player":...}      or      7 failed wallet_insufficient never 0193...
//                           ->  event state Live, event inventory, event closed ..., event browser URL, event device CODE
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Gachapon.Wire;

namespace Gachapon
{
    public static class Play
    {
        private sealed class FileStore : ITokenStore
        {
            private readonly string path;

            public FileStore(string path)
            {
                this.path = path;
            }

            public string Load()
            {
                return File.Exists(path) ? File.ReadAllText(path) : null;
            }

            public void Save(string refreshToken)
            {
                File.WriteAllText(path, refreshToken ?? "");
                Say("event token " + (refreshToken == null ? "gone" : "saved"));
            }
        }

        private static readonly Queue<string> lines = new Queue<string>();
        private static readonly Scheduler scheduler = new Scheduler();
        private static KeycloakAuth auth;
        private static GachaponClient game;
        private static bool ended;

        public static void Main(string[] arguments)
        {
            Stopwatch clock = Stopwatch.StartNew();
            auth = new KeycloakAuth(scheduler, new SystemHttp(scheduler), arguments[1], "gachapon-players",
                arguments.Length > 2 ? new FileStore(arguments[2]) : null);
            ClientSettings settings = new ClientSettings();
            string patience = Environment.GetEnvironmentVariable("PLAY_CONNECT_TIMEOUT_MS");
            if (patience != null) settings.ConnectTimeoutMs = int.Parse(patience);
            string often = Environment.GetEnvironmentVariable("PLAY_BACKOFF_MAX_MS");
            if (often != null) settings.BackoffMinMs = settings.BackoffMaxMs = int.Parse(often);
            game = new GachaponClient(arguments[0], auth, new SocketTransport(), settings);
            game.StateChanged += () =>
                Say("event state " + game.State + (game.State == ClientState.Closed ? " " + game.CloseReason : ""));
            game.Wallet.Changed += () => Say("event wallet " + game.Wallet.Free);
            game.Inventory.Changed += () => Say("event inventory " + game.Inventory.Characters.Count);
            scheduler.Failed = thrown => Say("event thrown " + thrown.ToString().Replace('\n', ' '));
            Thread reader = new Thread(ReadLines) { IsBackground = true };
            reader.Start();
            while (!ended)
            {
                scheduler.Pump(clock.ElapsedMilliseconds);
                TakeLines();
                Thread.Sleep(1);
            }
        }

        private static void ReadLines()
        {
            string line;
            while ((line = Console.In.ReadLine()) != null)
                lock (lines) lines.Enqueue(line);
            lock (lines) lines.Enqueue("0 quit");
        }

        private static void TakeLines()
        {
            lock (lines)
                while (lines.Count > 0)
                {
                    string[] words = lines.Dequeue().Split(' ');
                    Answer(words[0], Do(words[1], words));
                }
        }

        private static void Say(string line)
        {
            Console.Out.WriteLine(line);
            Console.Out.Flush();
        }

        private static async void Answer(string number, Task<string> doing)
        {
            try
            {
                Say(number + " ok " + await doing);
            }
            catch (GachaponException failed)
            {
                string again = failed.CanRetry ? "retry" : "never";
                Say(number + " failed " + failed.Name + " " + again + " " + failed.CommandId + " " + failed.Message);
            }
            catch (Exception failed)
            {
                Say(number + " failed thrown never - " + failed.ToString().Replace('\n', ' '));
            }
        }

        private static async Task<string> Do(string what, string[] words)
        {
            switch (what)
            {
                case "register": await game.RegisterAsync(words[2], words[3], words[4]); return Id();
                case "guest":
                    Guest guest = await game.PlayAsGuestAsync(words[2]);
                    return "{\"user_name\":\"" + guest.UserName + "\",\"player\":\"" + game.PlayerId + "\"}";
                case "claim": await game.ClaimAccountAsync(words[2], words[3]); return Id();
                case "password": await auth.SignInWithPasswordAsync(words[2], words[3]); return "{}";
                case "browser":
                    await auth.SignInWithBrowserAsync(url => Say("event browser " + url), new LoopbackRedirect());
                    return "{}";
                case "device":
                    await auth.SignInWithDeviceAsync(code => Say("event device " + code.VerificationUriComplete));
                    return "{}";
                case "connect": await game.ConnectAsync(); return Id();
                case "open": return Text("event_pack_opened", await game.OpenPackAsync(words[2], int.Parse(words[3])));
                case "form": return Text("event_team_formed", await game.FormTeamAsync(words[2], words[3].Split(',')));
                case "openings": return await Openings();
                case "browse": return Shelves(await game.BrowseAsync());
                case "dump": return VectorTypes.Dump(game.Tables);
                case "suspend": game.Suspend(); return "{}";
                case "resume": game.Resume(); return "{}";
                case "close": game.Close(); return "{}";
                case "sign-out": await auth.SignOutAsync(); return "{}";
                case "quit": ended = true; return "{}";
                default: throw new ArgumentException(what);
            }
        }

        private static string Shelves(Shop shop)
        {
            List<string> packs = new List<string>();
            foreach (PackRow pack in shop.Packs.All)
            {
                ulong? left = shop.Packs.Left(pack.Pack);
                packs.Add("\"" + pack.Pack + "\":{\"odds\":" + shop.Packs.Odds(pack.Pack).Count + ",\"left\":" + (left == null ? "null" : left.ToString())
                    + ",\"best\":\"" + shop.Catalogue.Character(shop.Packs.Odds(pack.Pack)[0].Character).Name + "\"}");
            }
            return "{" + string.Join(",", packs) + "}";
        }

        private static string Id()
        {
            return "{\"player\":\"" + game.PlayerId + "\"}";
        }

        private static string Text(string type, IWire value)
        {
            MsgWriter bytes = new MsgWriter();
            value.Write(bytes);
            return VectorTypes.All[type](new MsgReader(bytes.ToArray()), new MsgWriter());
        }

        /// <summary>The whole history, page by page.</summary>
        private static async Task<string> Openings()
        {
            List<string> found = new List<string>();
            byte[] after = null;
            do
            {
                Page<OpeningRow> page = await game.ListOpeningsAsync(after, 7);
                foreach (OpeningRow row in page.Rows) found.Add(Text("row_opening", row));
                after = page.Next;
            }
            while (after != null && after.Length > 0);
            return "[" + string.Join(",", found) + "]";
        }
    }
}
