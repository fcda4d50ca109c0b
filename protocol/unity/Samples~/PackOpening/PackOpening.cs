// Packs with their exact odds, single and ten-pulls, and an inventory that is live: open the same player twice and watch both.
// Beside a GachaponHost. A player that is remembered is connected; a new one comes from the sample Registration, in its own
// scene or on the same GameObject. Nothing here asks the server for anything but openings: what is shown comes from the
// replicas, and is written again when they change.
using System.Collections.Generic;
using System.Text;
using Gachapon.Unity;
using UnityEngine;

namespace Gachapon.Samples
{
    [RequireComponent(typeof(GachaponHost))]
    public sealed class PackOpening : MonoBehaviour
    {
        private GachaponHost host;
        private string pulled = "", inventory = "";
        private bool opening;
        private string unanswered; // the opening of which is not known whether it took effect, and its command id
        private CommandOptions sameAgain;
        private Vector2 scroll;

        private void Start()
        {
            host = GetComponent<GachaponHost>();
            host.Game.Inventory.Changed += WriteInventory;
            host.Game.Catalogue.Changed += WriteInventory;
            if (host.Auth.IsSignedIn) Connect();
        }

        private async void Connect()
        {
            try
            {
                await host.Game.ConnectAsync();
            }
            catch (GachaponException failed)
            {
                Debug.LogWarning("Not connected: " + failed.Message);
            }
        }

        private void OnDestroy()
        {
            if (host.Game == null) return;
            host.Game.Inventory.Changed -= WriteInventory;
            host.Game.Catalogue.Changed -= WriteInventory;
        }

        private void OnGUI()
        {
            GachaponClient game = host.Game;
            if (game.State != ClientState.Live && game.State != ClientState.Stale) return;
            GUILayout.BeginArea(new Rect(20, 20, Screen.width - 40, Screen.height - 40));
            GUILayout.Label(game.Wallet.Free + " free, " + game.Wallet.Paid + " paid" + (game.State == ClientState.Stale ? " (reconnecting)" : ""));
            scroll = GUILayout.BeginScrollView(scroll);
            foreach (PackRow pack in game.Packs.All)
                if (pack.Status == PackStatus.OnSale) Draw(pack);
            GUILayout.Label(pulled);
            GUILayout.Label(inventory);
            GUILayout.EndScrollView();
            GUILayout.EndArea();
        }

        private void Draw(PackRow pack)
        {
            uint pity = host.Game.Packs.Pity(pack);
            GUILayout.Label(pack.Name + (pack.HardPity > 0 ? ": " + pack.PityRarity + " within " + (pack.HardPity - pity) + " draws" : ""));
            GUILayout.Label(Odds(pack.Pack));
            GUILayout.BeginHorizontal();
            GUI.enabled = !opening && host.Game.Wallet.Total >= pack.Price;
            if (GUILayout.Button(pack.Name + ", once for " + pack.Price)) Open(pack, 1);
            GUI.enabled = !opening && host.Game.Wallet.Total >= pack.TenPrice;
            if (GUILayout.Button(pack.Name + ", ten for " + pack.TenPrice)) Open(pack, 10);
            GUI.enabled = true;
            GUILayout.EndHorizontal();
        }

        private async void Open(PackRow pack, int count)
        {
            string what = pack.Pack + " x" + count;
            opening = true;
            try
            {
                PackOpenedEvent opened = await host.Game.OpenPackAsync(pack.Pack, count, Payment.Currency, what == unanswered ? sameAgain : null);
                unanswered = null;
                StringBuilder text = new StringBuilder("You drew: ");
                foreach (Pull pull in opened.Pulls)
                    text.Append(Name(pull.Character)).Append(pull.Copies == 1 ? " (new!)  " : "  ");
                pulled = text.ToString();
            }
            catch (GachaponException failed)
            {
                unanswered = failed.CanRetry ? what : null;
                sameAgain = new CommandOptions { CommandId = failed.CommandId };
                pulled = failed.CanRetry ? "The server did not answer. Try again: it is paid once." : failed.Message;
            }
            opening = false;
        }

        /// <summary>The chance of each rarity, in the whole numbers that the draw itself uses.</summary>
        private string Odds(string pack)
        {
            SortedDictionary<int, uint> weights = new SortedDictionary<int, uint>();
            ulong all = 0;
            foreach (OddsRow row in host.Game.Packs.Odds(pack))
            {
                if (!weights.ContainsKey(-(int)row.Rarity)) all += row.RarityWeight;
                weights[-(int)row.Rarity] = row.RarityWeight; // the rarest first
            }
            StringBuilder text = new StringBuilder();
            foreach (KeyValuePair<int, uint> weight in weights)
                text.Append((Rarity)(-weight.Key)).Append(' ').Append(weight.Value).Append(" in ").Append(all).Append("  ");
            return text.ToString();
        }

        private void WriteInventory()
        {
            StringBuilder text = new StringBuilder("You own: ");
            foreach (CharacterRow character in host.Game.Inventory.Characters)
                text.Append(Name(character.Character)).Append(" x").Append(character.Copies).Append("  ");
            foreach (ItemRow item in host.Game.Inventory.Items)
            {
                ItemInfoRow info = host.Game.Catalogue.Item(item.Item);
                text.Append(info == null ? item.Item : info.Name).Append(" x").Append(item.Count).Append("  ");
            }
            inventory = text.ToString();
        }

        private string Name(string character)
        {
            CharacterInfoRow info = host.Game.Catalogue.Character(character);
            return info == null ? character : info.Name;
        }
    }
}
