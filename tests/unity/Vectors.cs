// The golden vectors in protocol/vectors, held against the codec of the Unity package: both ways and byte for byte, every
// truncation, unknown trailing fields, and the malformed frames with the errors they are answered with. As
// tests/unit/test_wire_vectors.c does for C.
//
//   mono vectors.exe FOLDER
using System;
using System.Collections.Generic;
using System.IO;
using Gachapon.Testing;
using Gachapon.Wire;

namespace Gachapon
{
    public static class Vectors
    {
        private static int cases, truncations;

        public static int Main(string[] arguments)
        {
            string folder = arguments[0];
            foreach (string file in new[] { "messages", "commands", "queries", "events", "rows", "structs" })
                Values(JsonTree.Read(Path.Combine(folder, file + ".json"))["types"]);
            foreach (JsonTree frame in JsonTree.Read(Path.Combine(folder, "envelope.json"))["frames"].Items) Frame(frame);
            foreach (JsonTree frame in JsonTree.Read(Path.Combine(folder, "malformed.json"))["frames"].Items) Malformed(frame);
            Console.WriteLine(cases + " vectors, " + truncations + " truncations");
            return cases > 500 && truncations > 10000 ? 0 : 1;
        }

        private static void Expect(bool holds, string what)
        {
            if (!holds) throw new Exception(what);
        }

        private static byte[] Bytes(string hex)
        {
            byte[] bytes = new byte[hex.Length / 2];
            for (int i = 0; i < bytes.Length; i++) bytes[i] = Convert.ToByte(hex.Substring(2 * i, 2), 16);
            return bytes;
        }

        // ------------------------------------------------------------ values of types

        private static void Values(JsonTree types)
        {
            foreach (KeyValuePair<string, JsonTree> type in types.Members)
            {
                VectorTypes.Decode decode;
                if (!VectorTypes.All.TryGetValue(type.Key, out decode)) continue; // what no client meets
                foreach (JsonTree vector in type.Value.Items) Value(type.Key + " " + vector["name"].Text, decode, vector);
            }
        }

        private static void Value(string label, VectorTypes.Decode decode, JsonTree vector)
        {
            byte[] bytes = Bytes(vector["hex"].Text);
            foreach (bool strict in new[] { true, false })
            {
                MsgWriter again = new MsgWriter();
                MsgReader reader = new MsgReader(bytes, 0, bytes.Length, strict);
                string text = decode(reader, again), wanted = vector["value"].ToString();
                Expect(text == wanted, label + ": decodes to\n" + text + "\ninstead of\n" + wanted);
                Expect(reader.AtEnd, label + ": bytes are left over");
                if (!vector.Has("decode_only"))
                    Expect(VectorText.Hex(again.ToArray()) == vector["hex"].ToString(), label + ": encodes to other bytes");
                for (int size = 0; size < bytes.Length; size++)
                    Truncated(label, () => decode(new MsgReader(bytes, 0, size, strict), new MsgWriter()));
            }
            cases++;
        }

        private static void Truncated(string label, Action decode)
        {
            truncations++;
            try
            {
                decode();
            }
            catch (WireFault fault)
            {
                Expect(fault.Code == ErrorCode.Malformed, label + " cut: " + fault.Code);
                return;
            }
            throw new Exception(label + ": a truncation is taken");
        }

        // ------------------------------------------------------------ whole frames

        private static void Frame(JsonTree frame)
        {
            byte[] bytes = Bytes(frame["hex"].Text);
            bool request = frame["direction"].Text == "request";
            string label = frame["name"].Text, first = frame["messages"].Items[0]["type"].Text;
            if (!request && first != "error" && frame["direction"].Text == "reply" && !VectorTypes.Requests.ContainsKey(first)) return;
            if (request && !VectorTypes.Requests.ContainsKey(first)) return; // the server's own commands
            if (request) RequestFrameOf(label, frame, bytes);
            else FromServer(label, frame["messages"].Items[0], new MsgReader(bytes));
            for (int size = 0; size < bytes.Length; size++)
            {
                if (request) CutRequest(label, bytes, size);
                else Truncated(label, () => Skipped(bytes, size));
            }
            cases++;
        }

        private static void Skipped(byte[] bytes, int size)
        {
            new MsgReader(bytes, 0, size, false).Skip();
        }

        private static void CutRequest(string label, byte[] bytes, int size)
        {
            byte[] cut = new byte[size];
            Buffer.BlockCopy(bytes, 0, cut, 0, size);
            List<RequestMessage> found = RequestFrame.Read(cut);
            bool boundary = (bytes[size] & 0xf0) == 0x90 && found[found.Count - 1].Error == ErrorCode.None;
            Expect(boundary || found[found.Count - 1].Error == ErrorCode.Malformed, label + " cut after " + size + " is taken");
            truncations++;
        }

        private static void RequestFrameOf(string label, JsonTree frame, byte[] bytes)
        {
            List<RequestMessage> found = RequestFrame.Read(bytes);
            MsgWriter again = new MsgWriter();
            Expect(found.Count == frame["messages"].Items.Count, label + ": other messages");
            for (int i = 0; i < found.Count; i++)
            {
                JsonTree wanted = frame["messages"].Items[i];
                Expect(found[i].Error == ErrorCode.None, label + ": " + found[i].Error);
                Expect(found[i].Id.ToString() == wanted["id"].ToString(), label + ": another id");
                Same(label, VectorTypes.Requests[wanted["type"].Text][0], found[i].Payload, wanted["payload"]);
                bool meta = wanted["meta"].ToString() != "null";
                if (meta) Same(label, "meta", found[i].Meta, wanted["meta"]);
                again.Array(meta ? 4 : 3);
                again.Unsigned(found[i].Id);
                again.Signed(found[i].Type);
                found[i].Payload.Write(again);
                if (meta) found[i].Meta.Write(again);
            }
            if (!label.Contains("nil meta"))
                Expect(VectorText.Hex(again.ToArray()) == frame["hex"].ToString(), label + ": encodes to other bytes");
        }

        private static void Same(string label, string type, IWire value, JsonTree wanted)
        {
            MsgWriter bytes = new MsgWriter();
            value.Write(bytes);
            string text = VectorTypes.All[type](new MsgReader(bytes.ToArray()), new MsgWriter());
            Expect(text == wanted.ToString(), label + ": " + text + "\ninstead of\n" + wanted);
        }

        private static void FromServer(string label, JsonTree wanted, MsgReader reader)
        {
            int count = reader.BeginStruct(3);
            uint id = (uint)reader.Unsigned(uint.MaxValue);
            reader.Unsigned(65535);
            byte[] payload = reader.Raw();
            Expect(id.ToString() == wanted["id"].ToString(), label + ": another id");
            string name = wanted["type"].Text;
            string type = id == 0 || name == "error" ? "message_" + name : VectorTypes.Requests[name][1];
            if (count > 3) Same(label, "reply_meta", ReplyMeta.Read(reader), wanted["meta"]);
            if (name == "changed") Changes(label, ChangedPush.Read(new MsgReader(payload)), wanted["payload"]);
            else if (type == "reply_list")
                Rows(label, name.Substring(5), ListQueryReply.Read(new MsgReader(payload)).Rows, wanted["payload"]["rows"]);
            else
            {
                string text = VectorTypes.All[type](new MsgReader(payload), new MsgWriter());
                Expect(text == wanted["payload"].ToString(), label + ": " + text + "\ninstead of\n" + wanted["payload"]);
            }
            Expect(reader.AtEnd, label + ": bytes are left over");
        }

        private static void Changes(string label, ChangedPush changed, JsonTree wanted)
        {
            Expect(VectorText.Quoted(changed.Mark.ToString()) == wanted["mark"].ToString(), label + ": another mark");
            for (int i = 0; i < changed.Changes.Length; i++)
                Rows(label, wanted["changes"].Items[i]["view"].Text, changed.Changes[i].Rows, wanted["changes"].Items[i]["rows"]);
        }

        // `view` may be the end of a query's name: list_wallets. Rows are compared with what follows their position.
        private static void Rows(string label, string view, byte[] bytes, JsonTree wanted)
        {
            VectorTypes.Decode decode;
            if (!VectorTypes.Rows.TryGetValue(view, out decode) && !VectorTypes.Rows.TryGetValue(Singular(view), out decode))
                throw new Exception(label + ": no view " + view);
            MsgReader reader = new MsgReader(bytes);
            int count = reader.BeginArray();
            Expect(count == wanted.Items.Count, label + ": other rows");
            foreach (JsonTree row in wanted.Items)
            {
                string text = decode(reader, new MsgWriter());
                if (row["deleted"].ToString() == "true") Expect(text == null, label + ": a tombstone that lives");
                else Expect(text == row.Without("position", "deleted"), label + ": " + text + "\ninstead of\n" + row);
            }
        }

        private static string Singular(string view)
        {
            return view.EndsWith("ies") ? view.Substring(0, view.Length - 3) + "y" : view.Substring(0, view.Length - 1);
        }

        // ------------------------------------------------------------ malformed frames

        private static void Malformed(JsonTree frame)
        {
            string label = frame["name"].Text;
            int before = frame.Has("valid_before") ? int.Parse(frame["valid_before"].ToString()) : 0;
            List<RequestMessage> found = RequestFrame.Read(Bytes(frame["hex"].Text));
            for (int i = 0; i < before; i++) Expect(found[i].Error == ErrorCode.None, label + ": " + found[i].Error + " before");
            RequestMessage wrong = found[before];
            Expect(VectorText.Name(wrong.Error.ToString()) == frame["error"].ToString(), label + ": " + wrong.Error);
            if (frame.Has("id")) Expect(wrong.Id.ToString() == frame["id"].ToString(), label + ": id " + wrong.Id);
            cases++;
        }
    }
}
