// What is on sale, for who has not signed in: the public views, read once on a short visit to /join, which the server answers
// without knowing who asks. Who wants to see changes before signing in asks again.
using System;
using System.Threading.Tasks;

namespace Gachapon
{
    public sealed class Shop
    {
        internal readonly Tables Tables = new Tables();

        public Packs Packs { get; private set; }
        public Catalogue Catalogue { get; private set; }

        internal Shop()
        {
            Packs = new Packs(Tables);
            Catalogue = new Catalogue(Tables);
        }
    }

    public sealed partial class GachaponClient
    {
        private const int PageRows = 500;

        /// <summary>The packs with their odds and stock, and the characters and items there are, without signing in. Beside the
        /// client's own connection, and at any time.</summary>
        public async Task<Shop> BrowseAsync()
        {
            using (GachaponClient visitor = new GachaponClient(url, auth, transport, settings))
            {
                try
                {
                    return await visitor.ReadShopAsync();
                }
                catch (GachaponException)
                {
                    if (visitor.State == ClientState.Closed) throw visitor.connection.Failure;
                    throw;
                }
            }
        }

        private async Task<Shop> ReadShopAsync()
        {
            Shop shop = new Shop();
            await connection.Visit();
            await FillAsync(shop.Tables.Packs, after => ListPacksAsync(after, PageRows));
            await FillAsync(shop.Tables.PackOdds, after => ListOddsAsync(after, PageRows)); // no pack is without its odds
            await FillAsync(shop.Tables.Stocks, after => ListStocksAsync(after, PageRows));
            await FillAsync(shop.Tables.CharacterCatalogue, after => ListCharacterInfosAsync(after, PageRows));
            await FillAsync(shop.Tables.ItemCatalogue, after => ListItemInfosAsync(after, PageRows));
            return shop;
        }

        private static async Task FillAsync<TRow>(Table<TRow> table, Func<byte[], Task<Page<TRow>>> ask) where TRow : Row
        {
            byte[] after = null;
            do
            {
                Page<TRow> page = await ask(after);
                foreach (TRow row in page.Rows) table.Put(row);
                after = page.Next;
            }
            while (after != null);
        }
    }
}
