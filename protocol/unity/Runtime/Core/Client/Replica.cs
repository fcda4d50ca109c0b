// What the client may see, kept up to date: tables, marks, and what is held back while catching up.
//
// After `follow` the rows of an audience are staged until the server declares a mark for it: what it shows is then whole as
// of one moment, and the old content stays visible until that moment, also where everything is replaced. From then on
// a message is applied as it comes, unless it has no mark: then more follows, and it waits for that. A mark is the server's
// word and never taken from a row. Rows are read as they come and put when they are whole: what cannot be read changes
// nothing. Rows and marks outside of a feed, between Followed and Interrupted, say nothing.
using System;
using System.Collections.Generic;
using Gachapon.Wire;

namespace Gachapon
{
    internal sealed class Replica
    {
        private sealed class Side
        {
            public ulong Mark;
            public bool Whole;    // everything up to Mark is in the tables
            public bool Replace;  // what is staged is all there is
            public readonly List<Action> Staged = new List<Action>();
        }

        private readonly Dictionary<int, Table> byView = new Dictionary<int, Table>();
        private readonly Side own = new Side(), shared = new Side();

        private readonly Scheduler scheduler;
        private bool raising, feeds;

        public readonly Tables Tables = new Tables();
        public readonly List<View> Views = new List<View>();
        public Guid Epoch;
        public ulong Generation;

        public Replica(Scheduler scheduler)
        {
            this.scheduler = scheduler;
            foreach (Table table in Tables.All) byView[table.View] = table;
        }

        public bool Whole { get { return own.Whole && shared.Whole; } }

        public ulong OwnMark { get { return own.Mark; } }

        /// <summary>Another player's rows are none of ours.</summary>
        public void Forget()
        {
            Epoch = Guid.Empty;
            own.Mark = shared.Mark = 0;
            foreach (Table table in Tables.All) table.Clear();
            Raise();
        }

        public FollowRequest Follow()
        {
            return new FollowRequest { Epoch = Epoch, Generation = Generation, Own = own.Mark, Public = shared.Mark };
        }

        /// <summary>A socket began or ended: nothing is whole until it is told anew.</summary>
        public void Interrupted()
        {
            feeds = false;
            foreach (Side side in new[] { own, shared })
            {
                side.Whole = false;
                side.Staged.Clear();
            }
        }

        public void Followed(FollowReply reply)
        {
            Epoch = reply.Epoch;
            Generation = reply.Generation;
            Begun(own, reply.OwnWhole);
            Begun(shared, reply.PublicWhole);
            feeds = true;
        }

        // A mark of another epoch or generation is worth nothing in this one: if the rows are cut off on their way, they are
        // asked for whole again.
        private static void Begun(Side side, bool replace)
        {
            side.Replace = replace;
            if (replace) side.Mark = 0;
        }

        public void Take(ChangedPush push)
        {
            Side side = push.Audience == Audience.Own ? own : push.Audience == Audience.Public ? shared : null;
            if (!feeds || side == null) return; // of a newer server
            foreach (Change change in push.Changes) Stage(side, change);
            side.Whole = push.Mark != 0;
            if (!side.Whole) return;
            if (side.Replace) Clear(push.Audience);
            foreach (Action put in side.Staged) put();
            side.Staged.Clear();
            side.Replace = false;
            side.Mark = push.Mark;
            Raise();
        }

        public void Take(TickPush tick)
        {
            if (own.Whole && tick.OwnMark != 0) own.Mark = tick.OwnMark;
            if (shared.Whole && tick.PublicMark != 0) shared.Mark = tick.PublicMark;
        }

        private void Clear(Audience audience)
        {
            foreach (Table table in Tables.All)
                if (table.Audience == audience) table.Clear();
        }

        private void Stage(Side side, Change change)
        {
            Table table;
            if (!byView.TryGetValue(change.View, out table)) return; // of a newer server
            MsgReader rows = new MsgReader(change.Rows);
            for (int count = rows.BeginArray(); count > 0; count--) side.Staged.Add(table.Take(rows));
        }

        /// <summary>At the end of the turn, so that what users do in it finds the client at rest; once, however much changed.</summary>
        private void Raise()
        {
            if (raising) return;
            raising = true;
            scheduler.Post(RaiseTouched);
        }

        private void RaiseTouched()
        {
            List<Table> touched = new List<Table>();
            raising = false;
            foreach (Table table in Tables.All)
            {
                if (table.Touched) touched.Add(table);
                table.Touched = false;
            }
            foreach (Table table in touched) table.Raise(scheduler);
            foreach (View view in Views)
                if (view.ShowsAny(touched)) view.Raise(scheduler);
        }
    }
}
