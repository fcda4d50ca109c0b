// Reads the JSON that Keycloak answers with: the top level's texts, numbers and bools, as text. What is nested is checked and
// left out. Bounded in depth; anything that is no JSON object throws FormatException.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Gachapon
{
    internal sealed class Json
    {
        private const int DepthMax = 16;
        private readonly string text;
        private int at;

        private Json(string text)
        {
            this.text = text;
        }

        public static Dictionary<string, string> Object(string text)
        {
            Json json = new Json(text);
            Dictionary<string, string> members = new Dictionary<string, string>();
            json.Space();
            json.Members((name, value) => members[name] = value, 0);
            json.Space();
            if (json.at != text.Length) throw Wrong();
            return members;
        }

        private void Members(Action<string, string> found, int depth)
        {
            Expect('{');
            if (Ends('}')) return;
            do
            {
                Space();
                string name = String();
                Space();
                Expect(':');
                string value = Value(depth + 1);
                if (found != null && value != null) found(name, value);
            }
            while (More('}'));
        }

        // Of a container: null.
        private string Value(int depth)
        {
            if (depth > DepthMax) throw Wrong();
            Space();
            char head = at < text.Length ? text[at] : '\0';
            if (head == '"') return String();
            if (head == '{')
            {
                Members(null, depth);
                return null;
            }
            if (head == '[')
            {
                at++;
                if (Ends(']')) return null;
                do Value(depth + 1);
                while (More(']'));
                return null;
            }
            int start = at;
            while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] == '-' || text[at] == '+' || text[at] == '.')) at++;
            if (at == start) throw Wrong();
            string word = text.Substring(start, at - start);
            return word == "null" ? null : word;
        }

        private string String()
        {
            StringBuilder found = new StringBuilder();
            Expect('"');
            while (true)
            {
                char c = Next();
                if (c == '"') return found.ToString();
                if (c < 0x20) throw Wrong();
                found.Append(c == '\\' ? Escaped() : c);
            }
        }

        private char Escaped()
        {
            char c = Next();
            switch (c)
            {
                case 'b': return '\b';
                case 'f': return '\f';
                case 'n': return '\n';
                case 'r': return '\r';
                case 't': return '\t';
                case 'u':
                    ushort code;
                    if (at + 4 > text.Length || !ushort.TryParse(text.Substring(at, 4), NumberStyles.AllowHexSpecifier,
                        CultureInfo.InvariantCulture, out code)) throw Wrong();
                    at += 4;
                    return (char)code;
                case '"':
                case '\\':
                case '/': return c;
                default: throw Wrong();
            }
        }

        private bool More(char end)
        {
            Space();
            char c = Next();
            if (c != ',' && c != end) throw Wrong();
            return c == ',';
        }

        private bool Ends(char end)
        {
            Space();
            if (at >= text.Length || text[at] != end) return false;
            at++;
            return true;
        }

        private void Space()
        {
            while (at < text.Length && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) at++;
        }

        private void Expect(char wanted)
        {
            if (Next() != wanted) throw Wrong();
        }

        private char Next()
        {
            if (at >= text.Length) throw Wrong();
            return text[at++];
        }

        private static FormatException Wrong()
        {
            return new FormatException("not a JSON object");
        }
    }
}
