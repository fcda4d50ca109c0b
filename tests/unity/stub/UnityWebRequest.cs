// UnityWebRequest over .NET's own: enough for signing in.
using System;
using System.Threading.Tasks;

namespace UnityEngine.Networking
{
    public class UploadHandler
    {
        public string contentType { get; set; }
        internal byte[] Data;
    }

    public sealed class UploadHandlerRaw : UploadHandler
    {
        public UploadHandlerRaw(byte[] data)
        {
            Data = data;
        }
    }

    public class DownloadHandler
    {
        public string text { get; internal set; }
    }

    public sealed class DownloadHandlerBuffer : DownloadHandler { }

    public sealed class UnityWebRequest : IDisposable
    {
        private readonly string url, method;
        private Task running;

        public UnityWebRequest(string url, string method)
        {
            this.url = url;
            this.method = method;
        }

        public UploadHandler uploadHandler { get; set; }
        public DownloadHandler downloadHandler { get; set; }
        public int timeout { get; set; }
        public int redirectLimit { get; set; }
        public long responseCode { get; private set; }
        public bool isDone { get { return running != null && running.IsCompleted; } }

        public static UnityWebRequest Get(string url)
        {
            return new UnityWebRequest(url, "GET") { downloadHandler = new DownloadHandlerBuffer() };
        }

        public void SendWebRequest()
        {
            running = Task.Factory.StartNew(Ask);
        }

        public void Dispose() { }

        private void Ask()
        {
            System.Net.HttpWebRequest request = (System.Net.HttpWebRequest)System.Net.WebRequest.Create(url);
            request.Method = method;
            request.AllowAutoRedirect = redirectLimit > 0;
            request.Timeout = timeout * 1000;
            try
            {
                if (uploadHandler != null)
                {
                    request.ContentType = uploadHandler.contentType;
                    using (System.IO.Stream body = request.GetRequestStream()) body.Write(uploadHandler.Data, 0, uploadHandler.Data.Length);
                }
                Take((System.Net.HttpWebResponse)request.GetResponse());
            }
            catch (System.Net.WebException refused)
            {
                if (refused.Response != null) Take((System.Net.HttpWebResponse)refused.Response);
            }
        }

        private void Take(System.Net.HttpWebResponse response)
        {
            downloadHandler.text = new System.IO.StreamReader(response.GetResponseStream()).ReadToEnd();
            responseCode = (int)response.StatusCode;
        }
    }
}
