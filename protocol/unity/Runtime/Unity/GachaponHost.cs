// Puts a client into a scene: makes it, pumps its scheduler once a frame, and tells it of pauses, of changes of the network
// and of the end. All of it happens on the main thread, inside Update, so that awaits continue and Changed is raised where
// scene objects may be touched. Nothing is static: leaving play mode ends the connection with the object, also where the
// domain is not reloaded.
using UnityEngine;

namespace Gachapon.Unity
{
    [DisallowMultipleComponent]
    [DefaultExecutionOrder(-1000)]
    [AddComponentMenu("Gachapon/Gachapon Host")]
    public sealed class GachaponHost : MonoBehaviour
    {
        [SerializeField] private GachaponSettings settings;

        private NetworkReachability network;

        public Scheduler Scheduler { get; private set; }
        public KeycloakAuth Auth { get; private set; }
        public GachaponClient Game { get; private set; }

        private void Awake()
        {
            if (settings != null) Begin(settings);
        }

        /// <summary>For settings that are made by code; once.</summary>
        public void Begin(GachaponSettings chosen)
        {
            settings = chosen;
            network = Application.internetReachability;
            Scheduler = new Scheduler(NowMs()) { Failed = Debug.LogException };
            ITokenStore store = chosen.rememberPlayer ? new PlayerPrefsTokenStore("gachapon." + chosen.clientId) : null;
            Auth = new KeycloakAuth(Scheduler, new UnityHttp(Scheduler), chosen.issuer, chosen.clientId, store);
            Game = new GachaponClient(chosen.serverUrl, Auth, NewTransport(), new ClientSettings());
        }

        /// <summary>Where the system browser will come back to: give it to KeycloakAuth.SignInWithBrowserAsync.</summary>
        public IRedirect NewRedirect()
        {
            return string.IsNullOrEmpty(settings.deepLink) ? (IRedirect)new LoopbackRedirect() : new DeepLinkRedirect(settings.deepLink);
        }

        private static ITransport NewTransport()
        {
#if UNITY_WEBGL && !UNITY_EDITOR
            return new WebGlTransport();
#else
            return new SocketTransport();
#endif
        }

        private void Update()
        {
            if (Scheduler == null) return;
            if (network != Application.internetReachability)
            {
                network = Application.internetReachability;
                Game.NetworkChanged();
            }
            Scheduler.Pump(NowMs());
        }

        private void OnApplicationPause(bool paused)
        {
            if (Game == null) return;
            if (paused) Game.Suspend();
            else Game.Resume();
        }

        private void OnDestroy()
        {
            if (Game != null) Game.Dispose();
            Game = null;
            Scheduler = null;
        }

        private static long NowMs()
        {
            return (long)(Time.realtimeSinceStartupAsDouble * 1000);
        }
    }
}
