// Remembers the refresh token in PlayerPrefs: a file or a registry key of the user. It is not encrypted; who can read the
// user's files can be the player until they sign out. Games with a keychain bring their own ITokenStore.
using UnityEngine;

namespace Gachapon.Unity
{
    public sealed class PlayerPrefsTokenStore : ITokenStore
    {
        private readonly string key;

        public PlayerPrefsTokenStore(string key)
        {
            this.key = key;
        }

        public string Load()
        {
            string saved = PlayerPrefs.GetString(key, "");
            return saved.Length == 0 ? null : saved;
        }

        public void Save(string refreshToken)
        {
            if (refreshToken == null) PlayerPrefs.DeleteKey(key);
            else PlayerPrefs.SetString(key, refreshToken);
            PlayerPrefs.Save();
        }
    }
}
