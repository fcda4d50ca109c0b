// What carries frames. Everything is asked for in the client's turn and nothing calls back, so that a transport needs no
// threads and the client no locks. One client has at most one socket that is not Closed.
namespace Gachapon
{
    public enum SocketState
    {
        Opening,
        Open,
        Closed,
    }

    public interface ITransport
    {
        /// <summary>Begins to connect and returns at once; what fails shows as Closed.</summary>
        ISocket Open(string url);
    }

    public interface ISocket
    {
        SocketState State { get; }

        /// <summary>Once Closed: the code of the close frame, or 1006 if there was none.</summary>
        int CloseCode { get; }

        /// <summary>The next whole binary message. Those that came before the end are still given after it.</summary>
        bool TryReceive(out byte[] frame);

        /// <summary>Queues a binary message. What is sent when not Open is lost.</summary>
        void Send(byte[] frame);

        /// <summary>Ends the connection from here; Closed at the latest when the other side is gone.</summary>
        void Close(int code);
    }
}
