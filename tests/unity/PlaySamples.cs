// The samples as a newcomer meets them: both beside a GachaponHost, a form filled in, a button pressed, frame after frame.
//
//   mono samples.exe SERVER_URL ISSUER EMAIL        prints what is seen and how long it took; ends with 1 if it is not seen
using System;
using System.Threading;
using Gachapon.Unity;
using UnityEngine;

namespace Gachapon.Samples
{
    public static class PlaySamples
    {
        private static readonly System.Diagnostics.Stopwatch clock = System.Diagnostics.Stopwatch.StartNew();

        public static int Main(string[] arguments)
        {
            GachaponSettings settings = ScriptableObject.CreateInstance<GachaponSettings>();
            settings.serverUrl = arguments[0];
            settings.issuer = arguments[1];
            GachaponHost host = Enter(settings);
            Until("[Create account]");
            GUILayout.Type("E-mail", arguments[2]);
            GUILayout.Type("Password (at least 8 characters)", "short");
            GUILayout.Type("Name that others see", "Vesper");
            GUILayout.Press("Create account");
            Until("password"); // what is wrong is said in the form
            GUILayout.Type("Password (at least 8 characters)", "correct-horse-battery");
            GUILayout.Press("Create account");
            Until("1600 free");
            GUILayout.Press("Standard pack, ten for 1440");
            Until("You drew: ");
            Until("160 free");
            Expect(GUILayout.Shows("(new!)") && GUILayout.Shows("You own: ") && GUILayout.Shows("Pack ticket x1"), "the inventory");
            Console.WriteLine(GUILayout.Seen());
            Console.WriteLine("first pull after " + clock.ElapsedMilliseconds + " ms");

            Stage.Current.Broadcast("OnApplicationPause", true);
            Until("(reconnecting)");
            Stage.Current.Broadcast("OnApplicationPause", false);
            Until(() => host.Game.State == ClientState.Live, "live again after a pause");

            Guid player = host.Game.PlayerId;
            Stage.Current.End(); // leaves play mode, enters it again: the player is remembered
            host = Enter(settings);
            Until("160 free");
            Expect(host.Game.PlayerId == player, "another player");
            Expect(GUILayout.Shows("You own: "), "the inventory is empty after a restart");

            string opened = null;
            host.Auth.SignInWithBrowserAsync(url => opened = url, new DeepLinkRedirect("mygame://signed-in"));
            Until(() => opened != null, "a page to be opened");
            Expect(opened.Contains("redirect_uri=mygame%3A%2F%2Fsigned-in"), opened);
            Application.ActivateDeepLink("mygame://signed-in?error=access_denied&state=other");
            Stage.Current.Frame();
            Stage.Current.End();
            Expect(Debug.Logged.Count == 0, string.Join("\n", Debug.Logged));
            return 0;
        }

        private static GachaponHost Enter(GachaponSettings settings)
        {
            GameObject game = new GameObject("Gachapon");
            GachaponHost host = game.AddComponent<GachaponHost>();
            host.Begin(settings);
            game.AddComponent<RegistrationForm>();
            game.AddComponent<PackOpening>();
            return host;
        }

        private static void Until(string shown)
        {
            Until(() => GUILayout.Shows(shown), shown);
        }

        private static void Until(Func<bool> condition, string what)
        {
            long until = clock.ElapsedMilliseconds + 120000;
            do
            {
                Thread.Sleep(5);
                Stage.Current.Frame();
                Expect(clock.ElapsedMilliseconds < until, "not seen: " + what + "\n" + GUILayout.Seen() + string.Join("\n", Debug.Logged));
            }
            while (!condition());
        }

        private static void Expect(bool holds, string what)
        {
            if (holds) return;
            Console.WriteLine(what);
            Environment.Exit(1);
        }
    }
}
