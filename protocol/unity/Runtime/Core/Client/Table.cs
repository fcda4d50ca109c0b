// Rows by key, newest position wins: order and repeats cannot hurt. Of what is gone the tombstone stays, so that an older
// copy of the row cannot bring it back.
using System;
using System.Collections.Generic;
using Gachapon.Wire;

namespace Gachapon
{
    public abstract class Table
    {
        public readonly int View;
        public readonly Audience Audience;

        /// <summary>Raised after rows changed and every other row of the same message is in its table too.</summary>
        public event Action Changed;

        internal bool Touched;

        protected Table(int view, Audience audience)
        {
            View = view;
            Audience = audience;
        }

        /// <summary>Reads a row; what is returned puts it into the table.</summary>
        internal abstract Action Take(MsgReader row);

        internal abstract void Clear();

        internal void Raise(Scheduler scheduler)
        {
            scheduler.Raise(Changed);
        }
    }

    public sealed class Table<TRow> : Table where TRow : Row
    {
        private readonly RowReader<TRow> read;
        private readonly SortedDictionary<string, TRow> rows = new SortedDictionary<string, TRow>(StringComparer.Ordinal);
        private List<TRow> live;

        public Table(int view, Audience audience, RowReader<TRow> read) : base(view, audience)
        {
            this.read = read;
        }

        /// <summary>The rows there are, by key. Not changed afterwards: the next change makes a new list.</summary>
        public IList<TRow> Rows
        {
            get
            {
                if (live == null)
                {
                    live = new List<TRow>();
                    foreach (TRow row in rows.Values)
                        if (!row.Deleted) live.Add(row);
                }
                return live;
            }
        }

        /// <summary>The row of this key, or null.</summary>
        public TRow Find(string key)
        {
            TRow row;
            return rows.TryGetValue(key, out row) && !row.Deleted ? row : null;
        }

        internal override Action Take(MsgReader reader)
        {
            TRow row = read(reader);
            return () => Put(row);
        }

        internal void Put(TRow row)
        {
            TRow known;
            if (rows.TryGetValue(row.Key, out known) && known.Position > row.Position) return;
            rows[row.Key] = row;
            live = null;
            Touched = true;
        }

        internal override void Clear()
        {
            rows.Clear();
            live = null;
            Touched = true;
        }
    }
}
