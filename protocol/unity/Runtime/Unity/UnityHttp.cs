// The requests of signing in over UnityWebRequest, which works on every platform. In WebGL the browser asks Keycloak whether
// the page's origin may: the client's Web origins.
using System.Collections.Generic;
using System.Text;
using System.Threading.Tasks;
using UnityEngine.Networking;

namespace Gachapon.Unity
{
    public sealed class UnityHttp : IHttp
    {
        private const int TimeoutSeconds = 15;
        private readonly Scheduler scheduler;

        public UnityHttp(Scheduler scheduler)
        {
            this.scheduler = scheduler;
        }

        public async Task<HttpReply> SendAsync(string url, IDictionary<string, string> form)
        {
            using (UnityWebRequest request = Make(url, form))
            {
                request.timeout = TimeoutSeconds;
                request.redirectLimit = 0;
                request.SendWebRequest();
                await scheduler.Until(() => request.isDone);
                return new HttpReply { Status = (int)request.responseCode, Body = request.downloadHandler.text ?? "" };
            }
        }

        private static UnityWebRequest Make(string url, IDictionary<string, string> form)
        {
            if (form == null) return UnityWebRequest.Get(url);
            UnityWebRequest request = new UnityWebRequest(url, "POST");
            request.uploadHandler = new UploadHandlerRaw(Encoding.UTF8.GetBytes(Form.Encode(form)));
            request.uploadHandler.contentType = "application/x-www-form-urlencoded";
            request.downloadHandler = new DownloadHandlerBuffer();
            return request;
        }
    }
}
