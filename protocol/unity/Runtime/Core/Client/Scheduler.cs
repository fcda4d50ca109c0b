// Time and turns. Everything the client does happens inside Pump, on the thread that calls it: in Unity once a frame from
// Update, elsewhere in a loop of one's own. There are no threads, no timers of the system, and so no races: WebGL has neither,
// and a test turns the clock by hand.
//
// Pump does in this order: timers that are due, whoever listens to Pumped (sockets are read there), then what was posted.
// What is awaited continues from a post, so that no code of the user's runs in the middle of the client's own.
using System;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace Gachapon
{
    public sealed class Scheduler
    {
        private readonly List<Entry> timers = new List<Entry>();
        private readonly Queue<Action> posted = new Queue<Action>();
        private Exception thrown;

        /// <summary>Milliseconds of a clock that never goes back, as of the last Pump.</summary>
        public long NowMs { get; private set; }

        /// <summary>Called in every turn.</summary>
        public event Action Pumped;

        /// <summary>Takes what a callback threw; without it the first one leaves Pump, at its end. Set by the Unity part to log it.</summary>
        public Action<Exception> Failed;

        private sealed class Entry
        {
            public long At;
            public Action Run;
        }

        public Scheduler(long nowMs = 0)
        {
            NowMs = nowMs;
        }

        /// <summary>One turn, at this time. A time before the last one counts as the last one.</summary>
        public void Pump(long nowMs)
        {
            if (nowMs > NowMs) NowMs = nowMs;
            foreach (Entry due in TakeDue()) Guarded(due.Run);
            Action pumped = Pumped;
            if (pumped != null) Guarded(pumped);
            for (int count = posted.Count; count > 0; count--) Guarded(posted.Dequeue());
            if (thrown == null) return;
            Exception first = thrown;
            thrown = null;
            throw first;
        }

        /// <summary>Runs it at the end of this turn, or of the next.</summary>
        public void Post(Action action)
        {
            posted.Enqueue(action);
        }

        /// <summary>Runs it in the first turn after this many milliseconds.</summary>
        public void After(long ms, Action action)
        {
            timers.Add(new Entry { At = NowMs + ms, Run = action });
        }

        public Task Delay(long ms)
        {
            TaskCompletionSource<bool> done = new TaskCompletionSource<bool>();
            After(ms, () => done.TrySetResult(true));
            return done.Task;
        }

        /// <summary>Completes in the first turn in which the condition holds.</summary>
        public Task Until(Func<bool> condition)
        {
            TaskCompletionSource<bool> done = new TaskCompletionSource<bool>();
            Action look = null;
            look = () =>
            {
                if (!condition()) return;
                Pumped -= look;
                Post(() => done.TrySetResult(true));
            };
            Pumped += look;
            return done.Task;
        }

        private List<Entry> TakeDue()
        {
            List<Entry> due = timers.FindAll(entry => entry.At <= NowMs);
            timers.RemoveAll(entry => entry.At <= NowMs);
            due.Sort((a, b) => a.At.CompareTo(b.At));
            return due;
        }

        /// <summary>Calls each listener of an event: one that throws keeps it from no other.</summary>
        internal void Raise(Action listeners)
        {
            if (listeners == null) return;
            foreach (Delegate listener in listeners.GetInvocationList()) Guarded((Action)listener);
        }

        /// <summary>Runs a callback of the user's: what it throws ends neither the turn nor the client.</summary>
        internal void Guarded(Action action)
        {
            try
            {
                action();
            }
            catch (Exception failure)
            {
                if (Failed != null) Failed(failure);
                else if (thrown == null) thrown = failure;
            }
        }
    }
}
