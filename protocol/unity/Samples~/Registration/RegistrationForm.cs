// A registration form: e-mail, password, display name, "Create account". Put it on a GameObject beside a GachaponHost. It is
// drawn with IMGUI, so that it needs no scene objects; what matters are the calls. Once the player is connected it is gone.
using System.Threading.Tasks;
using Gachapon.Unity;
using UnityEngine;

namespace Gachapon.Samples
{
    [RequireComponent(typeof(GachaponHost))]
    public sealed class RegistrationForm : MonoBehaviour
    {
        private GachaponHost host;
        private string email = "", password = "", displayName = "", said = "";
        private bool busy;

        private void Start()
        {
            host = GetComponent<GachaponHost>();
            if (host.Auth.IsSignedIn) Try(host.Game.ConnectAsync()); // remembered from the last time
        }

        private void OnGUI()
        {
            if (host.Game.State == ClientState.Live || host.Game.State == ClientState.Stale) return;
            GUI.enabled = !busy;
            GUILayout.BeginArea(new Rect(20, 20, 360, Screen.height - 40));
            GUILayout.Label("E-mail");
            email = GUILayout.TextField(email, 120);
            GUILayout.Label("Password (at least 8 characters)");
            password = GUILayout.PasswordField(password, '*', 128);
            GUILayout.Label("Name that others see");
            displayName = GUILayout.TextField(displayName, 40);
            if (GUILayout.Button("Create account")) Try(host.Game.RegisterAsync(email, password, displayName));
            if (GUILayout.Button("I have an account")) Try(SignIn());
            if (GUILayout.Button("Sign in with the browser")) Try(SignInWithBrowser());
            GUILayout.Label(said);
            GUILayout.EndArea();
        }

        private async Task SignIn()
        {
            await host.Auth.SignInWithPasswordAsync(email, password);
            await host.Game.ConnectAsync();
        }

        private async Task SignInWithBrowser()
        {
            said = "Go on in the browser.";
            await host.Auth.SignInWithBrowserAsync(Application.OpenURL, host.NewRedirect());
            await host.Game.ConnectAsync();
        }

        private async void Try(Task doing)
        {
            busy = true;
            said = "One moment.";
            try
            {
                await doing;
                said = "";
                password = "";
            }
            catch (GachaponException failed)
            {
                said = Sentence(failed);
            }
            busy = false;
        }

        private static string Sentence(GachaponException failed)
        {
            switch (failed.Code)
            {
                case ErrorCode.EmailTaken: return "Someone has registered with this e-mail address.";
                case ErrorCode.EmailInvalid: return "This is not an e-mail address.";
                case ErrorCode.FieldOutOfRange: return "Please fill everything in; a password has at least 8 characters.";
                case ErrorCode.PasswordWeak: return "Please choose a better password.";
                case ErrorCode.DisplayNameInvalid: return "A name has 2 to 40 letters, digits or spaces.";
                case ErrorCode.SignInFailed: return "That did not work: " + failed.Message;
                default: return failed.CanRetry ? "The server cannot be reached now. Try again." : failed.Message;
            }
        }
    }
}
