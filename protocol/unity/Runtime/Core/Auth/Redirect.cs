// Where the browser comes back to after a sign-in: a port on the loopback interface (RFC 8252), or in the Unity part a link
// that the system gives to the app.
using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gachapon
{
    public interface IRedirect : IDisposable
    {
        /// <summary>To be registered with Keycloak; loopback addresses of any port are.</summary>
        string Uri { get; }

        /// <summary>The query of a call that came.</summary>
        bool TryTake(out string query);
    }

    /// <summary>Listens on 127.0.0.1, on a port the system chooses. Looked at in the client's turns; no threads.</summary>
    public sealed class LoopbackRedirect : IRedirect
    {
        private const int HeadMaxBytes = 8192, CallersMax = 16;
        private const string Path = "/signed-in";

        private readonly TcpListener listener = new TcpListener(IPAddress.Loopback, 0);
        private readonly List<Caller> callers = new List<Caller>();
        private readonly string page;

        private sealed class Caller
        {
            public TcpClient Tcp;
            public readonly StringBuilder Head = new StringBuilder();
        }

        /// <param name="page">HTML that the player sees at the end.</param>
        public LoopbackRedirect(string page = "<!doctype html><title>Signed in</title><p>Done. You can go back to the game.")
        {
            this.page = page;
            listener.Start();
            Uri = "http://127.0.0.1:" + ((IPEndPoint)listener.LocalEndpoint).Port + Path;
        }

        public string Uri { get; private set; }

        public bool TryTake(out string query)
        {
            query = null;
            while (listener.Pending() && callers.Count < CallersMax) callers.Add(new Caller { Tcp = listener.AcceptTcpClient() });
            foreach (Caller caller in callers.ToArray())
            {
                if (query != null || !Heard(caller)) continue;
                query = Answer(caller);
                callers.Remove(caller);
                caller.Tcp.Close();
            }
            return query != null;
        }

        public void Dispose()
        {
            listener.Stop();
            foreach (Caller caller in callers) caller.Tcp.Close();
            callers.Clear();
        }

        /// <summary>Reads what is there; true once the head is whole, too long, or its sender gone.</summary>
        private static bool Heard(Caller caller)
        {
            try
            {
                Socket socket = caller.Tcp.Client;
                if (!socket.Poll(0, SelectMode.SelectRead)) return false;
                byte[] chunk = new byte[Math.Max(1, Math.Min(socket.Available, HeadMaxBytes))];
                int count = socket.Receive(chunk);
                caller.Head.Append(Encoding.ASCII.GetString(chunk, 0, count));
                return count == 0 || caller.Head.Length > HeadMaxBytes || caller.Head.ToString().Contains("\r\n\r\n");
            }
            catch (SocketException)
            {
                return true;
            }
        }

        /// <summary>Answers; the query if it was ours. A browser asks for an icon too.</summary>
        private string Answer(Caller caller)
        {
            string[] line = caller.Head.ToString().Split('\r')[0].Split(' ');
            string query = line.Length == 3 && line[0] == "GET" && line[1].StartsWith(Path + "?", StringComparison.Ordinal)
                ? line[1].Substring(Path.Length + 1) : null;
            byte[] body = Encoding.UTF8.GetBytes(query == null ? "" : page);
            string head = "HTTP/1.1 " + (query == null ? "404 Not Found" : "200 OK") + "\r\nContent-Type: text/html; charset=utf-8\r\n"
                + "Content-Length: " + body.Length + "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";
            try
            {
                caller.Tcp.Client.Send(Encoding.ASCII.GetBytes(head));
                caller.Tcp.Client.Send(body);
            }
            catch (SocketException) { } // it has what it came for
            return query;
        }
    }
}
