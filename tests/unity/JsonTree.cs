// JSON as it is written in protocol/vectors: order kept, numbers as text.
using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Gachapon
{
    public sealed class JsonTree
    {
        public List<KeyValuePair<string, JsonTree>> Members;
        public List<JsonTree> Items;
        private string word, text;

        public string Text
        {
            get
            {
                if (text == null) throw new Exception("not a text: " + this);
                return text;
            }
        }

        public JsonTree this[string name] { get { return Members.Find(member => member.Key == name).Value; } }

        public bool Has(string name)
        {
            return Members.Exists(member => member.Key == name);
        }

        public string Without(params string[] names)
        {
            return Print(Members.FindAll(member => Array.IndexOf(names, member.Key) < 0));
        }

        /// <summary>Without spaces.</summary>
        public override string ToString()
        {
            if (Members != null) return Print(Members);
            if (Items != null) return "[" + string.Join(",", Items) + "]";
            return text != null ? VectorText.Quoted(text) : word;
        }

        private static string Print(List<KeyValuePair<string, JsonTree>> members)
        {
            return "{" + string.Join(",", members.ConvertAll(member => VectorText.Quoted(member.Key) + ":" + member.Value)) + "}";
        }

        public static JsonTree Read(string path)
        {
            string json = File.ReadAllText(path);
            int at = 0;
            return Read(json, ref at);
        }

        private static JsonTree Read(string json, ref int at)
        {
            Space(json, ref at);
            JsonTree tree = new JsonTree();
            if (json[at] == '"') tree.text = String(json, ref at);
            else if (json[at] == '[')
            {
                tree.Items = new List<JsonTree>();
                while (Next(json, ref at, ']', tree.Items.Count == 0)) tree.Items.Add(Read(json, ref at));
            }
            else if (json[at] == '{')
            {
                tree.Members = new List<KeyValuePair<string, JsonTree>>();
                while (Next(json, ref at, '}', tree.Members.Count == 0))
                {
                    Space(json, ref at);
                    string name = String(json, ref at);
                    Space(json, ref at);
                    at++; // the colon
                    tree.Members.Add(new KeyValuePair<string, JsonTree>(name, Read(json, ref at)));
                }
            }
            else
            {
                int start = at;
                while (at < json.Length && (char.IsLetterOrDigit(json[at]) || json[at] == '-' || json[at] == '.')) at++;
                tree.word = json.Substring(start, at - start);
            }
            return tree;
        }

        /// <summary>Past a bracket or a comma; false at the end.</summary>
        private static bool Next(string json, ref int at, char end, bool first)
        {
            if (first) at++;
            Space(json, ref at);
            if (json[at] == end)
            {
                at++;
                return false;
            }
            if (!first) at++; // the comma
            return true;
        }

        private static string String(string json, ref int at)
        {
            StringBuilder found = new StringBuilder();
            for (at++; json[at] != '"'; at++)
            {
                if (json[at] != '\\') found.Append(json[at]);
                else if (json[++at] == 'u')
                {
                    found.Append((char)Convert.ToInt32(json.Substring(at + 1, 4), 16));
                    at += 4;
                }
                else found.Append(json[at] == 'n' ? '\n' : json[at] == 't' ? '\t' : json[at] == 'r' ? '\r' : json[at]);
            }
            at++;
            return found.ToString();
        }

        private static void Space(string json, ref int at)
        {
            while (char.IsWhiteSpace(json[at])) at++;
        }
    }
}
