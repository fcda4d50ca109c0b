// The few requests that signing in needs. The Unity part has one of these over UnityWebRequest; this one is .NET's own.
using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Text;
using System.Threading.Tasks;

namespace Gachapon
{
    public sealed class HttpReply
    {
        /// <summary>0: no answer came.</summary>
        public int Status;

        public string Body = "";
    }

    public interface IHttp
    {
        /// <summary>GET, or POST where there is a form. Completes in a turn of the scheduler and never throws.</summary>
        Task<HttpReply> SendAsync(string url, IDictionary<string, string> form);
    }

    /// <summary>Encodings of URLs and forms.</summary>
    public static class Form
    {
        public static string Encode(IDictionary<string, string> fields)
        {
            StringBuilder text = new StringBuilder();
            foreach (KeyValuePair<string, string> field in fields)
            {
                if (text.Length > 0) text.Append('&');
                text.Append(Uri.EscapeDataString(field.Key)).Append('=').Append(Uri.EscapeDataString(field.Value));
            }
            return text.ToString();
        }

        public static Dictionary<string, string> Decode(string query)
        {
            Dictionary<string, string> fields = new Dictionary<string, string>();
            foreach (string part in query.TrimStart('?').Split('&'))
            {
                int equals = part.IndexOf('=');
                if (equals > 0) fields[Unescape(part.Substring(0, equals))] = Unescape(part.Substring(equals + 1));
            }
            return fields;
        }

        private static string Unescape(string text)
        {
            return Uri.UnescapeDataString(text.Replace('+', ' '));
        }
    }

    public sealed class SystemHttp : IHttp
    {
        private const int BodyMaxBytes = 1 << 18, TimeoutMs = 15000;
        private readonly Scheduler scheduler;

        public SystemHttp(Scheduler scheduler)
        {
            this.scheduler = scheduler;
        }

        public async Task<HttpReply> SendAsync(string url, IDictionary<string, string> form)
        {
            HttpReply reply = new HttpReply();
            HttpWebRequest request = null;
            long until = scheduler.NowMs + TimeoutMs;
            try
            {
                request = (HttpWebRequest)WebRequest.Create(url);
                request.AllowAutoRedirect = false;
                request.ServicePoint.Expect100Continue = false;
                if (form != null)
                {
                    byte[] body = Encoding.UTF8.GetBytes(Form.Encode(form));
                    request.Method = "POST";
                    request.ContentType = "application/x-www-form-urlencoded";
                    request.ContentLength = body.Length;
                    Stream stream = await Finished(request.GetRequestStreamAsync(), until);
                    await Finished(Written(stream, body), until);
                }
                HttpWebResponse response = await Finished(Response(request), until);
                reply.Body = Encoding.UTF8.GetString(await Finished(ReadAll(response.GetResponseStream()), until));
                reply.Status = (int)response.StatusCode;
            }
            catch (Exception) // no answer; the caller sees status 0
            {
                if (request != null) request.Abort();
            }
            return reply;
        }

        /// <summary>Waits in our own turns for a task that .NET completes elsewhere.</summary>
        private async Task<T> Finished<T>(Task<T> task, long until)
        {
            await scheduler.Until(() => task.IsCompleted || scheduler.NowMs > until);
            if (!task.IsCompleted) throw new TimeoutException();
            return task.GetAwaiter().GetResult();
        }

        private static Task<bool> Written(Stream stream, byte[] body)
        {
            stream.Write(body, 0, body.Length); // into a buffer; it leaves with the request
            stream.Dispose();
            TaskCompletionSource<bool> done = new TaskCompletionSource<bool>();
            done.SetResult(true);
            return done.Task;
        }

        // A status of 400 is an answer too.
        private static async Task<HttpWebResponse> Response(HttpWebRequest request)
        {
            try
            {
                return (HttpWebResponse)await request.GetResponseAsync();
            }
            catch (WebException refused)
            {
                if (refused.Response == null) throw;
                return (HttpWebResponse)refused.Response;
            }
        }

        private static async Task<byte[]> ReadAll(Stream stream)
        {
            MemoryStream all = new MemoryStream();
            byte[] chunk = new byte[8192];
            int count;
            while ((count = await stream.ReadAsync(chunk, 0, chunk.Length)) > 0)
            {
                all.Write(chunk, 0, count);
                if (all.Length > BodyMaxBytes) throw new InvalidDataException("the answer is too long");
            }
            return all.ToArray();
        }
    }
}
