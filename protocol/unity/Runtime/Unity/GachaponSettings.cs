// Where the server and Keycloak are. Assets > Create > Gachapon > Settings; the defaults are those of ./dev run.
using UnityEngine;

namespace Gachapon.Unity
{
    [CreateAssetMenu(menuName = "Gachapon/Settings", fileName = "GachaponSettings")]
    public sealed class GachaponSettings : ScriptableObject
    {
        [Tooltip("Of the server, without a path. Off this machine: wss://")]
        public string serverUrl = "ws://127.0.0.1:8480";

        [Tooltip("Of the realm, exactly as tokens name it")]
        public string issuer = "http://127.0.0.1:8482/realms/gachapon";

        [Tooltip("The public client of the game in Keycloak")]
        public string clientId = "gachapon-players";

        [Tooltip("Where the system browser comes back to on phones, such as mygame://signed-in. Empty: a loopback port")]
        public string deepLink = "";

        [Tooltip("Whether a player stays signed in over restarts")]
        public bool rememberPlayer = true;
    }
}
