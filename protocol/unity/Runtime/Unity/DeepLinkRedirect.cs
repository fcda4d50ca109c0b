// On phones the browser comes back by a link that the system gives to the app. The scheme has to be declared in the player
// settings, and the whole address in Keycloak as a redirect URI of the game's client.
using System;
using System.Collections.Generic;
using UnityEngine;

namespace Gachapon.Unity
{
    public sealed class DeepLinkRedirect : IRedirect
    {
        private readonly Queue<string> queries = new Queue<string>();

        public DeepLinkRedirect(string uri)
        {
            Uri = uri;
            Application.deepLinkActivated += Activated;
        }

        public string Uri { get; private set; }

        public bool TryTake(out string query)
        {
            query = queries.Count > 0 ? queries.Dequeue() : null;
            return query != null;
        }

        public void Dispose()
        {
            Application.deepLinkActivated -= Activated;
        }

        private void Activated(string url)
        {
            if (url.StartsWith(Uri + "?", StringComparison.Ordinal)) queries.Enqueue(url.Substring(Uri.Length + 1));
        }
    }
}
