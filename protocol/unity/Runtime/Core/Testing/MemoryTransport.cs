// A transport without a network, for tests of games: whoever makes one plays the server, or gives it to a MemoryServer.
using System;
using System.Collections.Generic;

namespace Gachapon.Testing
{
    public sealed class MemoryTransport : ITransport
    {
        /// <summary>All sockets there were, the newest last.</summary>
        public readonly List<MemorySocket> Sockets = new List<MemorySocket>();

        /// <summary>Called for each new socket.</summary>
        public Action<MemorySocket> Opened;

        /// <summary>Nobody is there: sockets fail.</summary>
        public bool Unreachable;

        public ISocket Open(string url)
        {
            MemorySocket socket = new MemorySocket(url);
            Sockets.Add(socket);
            if (Unreachable) socket.Lose();
            else
            {
                socket.Accept();
                if (Opened != null) Opened(socket);
            }
            return socket;
        }
    }

    /// <summary>Both ends of a connection.</summary>
    public sealed class MemorySocket : ISocket
    {
        private readonly Queue<byte[]> toClient = new Queue<byte[]>();

        /// <summary>What the client sent and nobody took yet.</summary>
        public readonly Queue<byte[]> Sent = new Queue<byte[]>();

        public readonly string Url;

        /// <summary>Called for each frame the client sends.</summary>
        public Action<byte[]> Received;

        /// <summary>Whether the client closed it, and how.</summary>
        public int ClosedByClient;

        /// <summary>Frames of the client that are still to arrive; beyond them the connection is cut. Negative: no such fate.</summary>
        public int CutAfter = -1;

        public MemorySocket(string url)
        {
            Url = url;
            State = SocketState.Opening;
        }

        public SocketState State { get; private set; }

        public int CloseCode { get; private set; }

        public bool TryReceive(out byte[] frame)
        {
            frame = toClient.Count > 0 ? toClient.Dequeue() : null;
            return frame != null;
        }

        public void Send(byte[] frame)
        {
            if (State != SocketState.Open) return;
            if (CutAfter == 0)
            {
                Lose();
                return;
            }
            if (CutAfter > 0) CutAfter--;
            Sent.Enqueue(frame);
            if (Received != null) Received(Sent.Dequeue());
        }

        public void Close(int code)
        {
            if (State == SocketState.Closed) return;
            ClosedByClient = code;
            End(code);
        }

        // ------------------------------------------------------------ the server's end

        public void Accept()
        {
            State = SocketState.Open;
        }

        public void Push(byte[] frame)
        {
            if (State == SocketState.Open) toClient.Enqueue(frame);
        }

        /// <summary>The server closes; what it pushed before still arrives.</summary>
        public void CloseFromServer(int code)
        {
            End(code);
        }

        /// <summary>The network is gone, and with it what was on the way.</summary>
        public void Lose()
        {
            toClient.Clear();
            End(1006);
        }

        private void End(int code)
        {
            State = SocketState.Closed;
            CloseCode = code;
        }
    }
}
