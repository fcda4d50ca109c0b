// The browser's WebSocket, through Plugins/WebGL/GachaponSocket.jslib. Asked in the client's turns; the page never calls back
// into C#.
#if UNITY_WEBGL && !UNITY_EDITOR
using System.Runtime.InteropServices;

namespace Gachapon.Unity
{
    public sealed class WebGlTransport : ITransport
    {
        public ISocket Open(string url)
        {
            return new BrowserSocket(url);
        }

        private sealed class BrowserSocket : ISocket
        {
            private readonly int handle;

            public BrowserSocket(string url)
            {
                handle = GachaponSocketOpen(url);
            }

            public SocketState State { get { return (SocketState)GachaponSocketState(handle); } }

            public int CloseCode { get { return GachaponSocketCode(handle); } }

            public bool TryReceive(out byte[] frame)
            {
                int size = GachaponSocketNext(handle);
                frame = size < 0 ? null : new byte[size];
                if (frame != null) GachaponSocketTake(handle, frame);
                return frame != null;
            }

            public void Send(byte[] frame)
            {
                GachaponSocketSend(handle, frame, frame.Length);
            }

            public void Close(int code)
            {
                GachaponSocketClose(handle);
            }
        }

        [DllImport("__Internal")] private static extern int GachaponSocketOpen(string url);
        [DllImport("__Internal")] private static extern int GachaponSocketState(int handle);
        [DllImport("__Internal")] private static extern int GachaponSocketCode(int handle);
        [DllImport("__Internal")] private static extern int GachaponSocketNext(int handle);
        [DllImport("__Internal")] private static extern void GachaponSocketTake(int handle, byte[] frame);
        [DllImport("__Internal")] private static extern void GachaponSocketSend(int handle, byte[] frame, int size);
        [DllImport("__Internal")] private static extern void GachaponSocketClose(int handle);
    }
}
#endif
