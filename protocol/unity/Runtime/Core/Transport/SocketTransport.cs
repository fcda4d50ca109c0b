// WebSockets of .NET. Its tasks are looked at in the client's turn and never awaited: nothing of ours runs on another thread.
// Not for WebGL, which has no sockets: there the Unity part has a transport of its own.
using System;
using System.Collections.Generic;
using System.IO;
using System.Net.WebSockets;
using System.Threading;
using System.Threading.Tasks;

namespace Gachapon
{
    public sealed class SocketTransport : ITransport
    {
        public ISocket Open(string url)
        {
            return new ClrSocket(new Uri(url));
        }

        private sealed class ClrSocket : ISocket
        {
            private const int FrameMaxBytes = 1 << 26; // far more than a server sends
            private readonly ClientWebSocket socket = new ClientWebSocket();
            private readonly ArraySegment<byte> chunk = new ArraySegment<byte>(new byte[16384]);
            private readonly MemoryStream partial = new MemoryStream();
            private readonly Queue<byte[]> received = new Queue<byte[]>(), outgoing = new Queue<byte[]>();
            private readonly Task connecting;
            private Task<WebSocketReceiveResult> receiving;
            private Task sending;
            private SocketState state = SocketState.Opening;

            public ClrSocket(Uri uri)
            {
                CloseCode = 1006;
                socket.Options.KeepAliveInterval = TimeSpan.Zero; // the server pings
                try
                {
                    connecting = socket.ConnectAsync(uri, CancellationToken.None);
                }
                catch (Exception) // an address that is none
                {
                    End(1006);
                }
            }

            public int CloseCode { get; private set; }

            public SocketState State
            {
                get
                {
                    Advance();
                    return state;
                }
            }

            public bool TryReceive(out byte[] frame)
            {
                if (received.Count == 0) Advance();
                frame = received.Count > 0 ? received.Dequeue() : null;
                return frame != null;
            }

            public void Send(byte[] frame)
            {
                outgoing.Enqueue(frame);
                Advance();
            }

            public void Close(int code)
            {
                if (state == SocketState.Closed) return;
                bool open = state == SocketState.Open;
                End(code);
                Task goodbye = null;
                try
                {
                    if (open) goodbye = socket.CloseOutputAsync((WebSocketCloseStatus)code, "", CancellationToken.None);
                }
                catch (Exception) { } // it is gone already
                if (goodbye == null || goodbye.IsCompleted) socket.Dispose(); // else the server hangs up
            }

            private void End(int code)
            {
                state = SocketState.Closed;
                CloseCode = code;
            }

            private void Advance()
            {
                try
                {
                    if (state == SocketState.Opening) AdvanceConnecting();
                    while (state == SocketState.Open && AdvanceReceiving()) { }
                    while (state == SocketState.Open && AdvanceSending()) { }
                }
                catch (Exception) // whatever the platform throws of a lost connection
                {
                    End(1006);
                    socket.Dispose();
                }
            }

            private void AdvanceConnecting()
            {
                if (!connecting.IsCompleted) return;
                connecting.GetAwaiter().GetResult();
                state = SocketState.Open;
                receiving = socket.ReceiveAsync(chunk, CancellationToken.None);
            }

            private bool AdvanceReceiving()
            {
                if (!receiving.IsCompleted) return false;
                WebSocketReceiveResult result = receiving.GetAwaiter().GetResult();
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    int code = (int)(result.CloseStatus ?? (WebSocketCloseStatus)1005);
                    Close(code);
                    return false;
                }
                if (result.MessageType == WebSocketMessageType.Text || partial.Length > FrameMaxBytes)
                {
                    Close(result.MessageType == WebSocketMessageType.Text ? 1003 : 1009);
                    return false;
                }
                partial.Write(chunk.Array, 0, result.Count);
                if (result.EndOfMessage)
                {
                    received.Enqueue(partial.ToArray());
                    partial.SetLength(0);
                }
                receiving = socket.ReceiveAsync(chunk, CancellationToken.None);
                return true;
            }

            private bool AdvanceSending()
            {
                if (sending != null && !sending.IsCompleted) return false;
                if (sending != null) sending.GetAwaiter().GetResult();
                sending = null;
                if (outgoing.Count == 0) return false;
                sending = socket.SendAsync(new ArraySegment<byte>(outgoing.Dequeue()), WebSocketMessageType.Binary, true,
                    CancellationToken.None);
                return true;
            }
        }
    }
}
