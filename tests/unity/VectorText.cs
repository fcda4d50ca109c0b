// How VectorTypes prints values: the notation of protocol/vectors, without spaces.
using System;
using System.Text;

namespace Gachapon
{
    /// <summary>How VectorTypes prints: the notation of the vectors, without spaces.</summary>
    public static class VectorText
    {
        public static string Quoted(string text)
        {
            StringBuilder quoted = new StringBuilder("\"");
            foreach (char c in text)
            {
                if (c == '"' || c == '\\') quoted.Append('\\');
                quoted.Append(c);
            }
            return quoted.Append('"').ToString();
        }

        public static string Hex(byte[] bytes)
        {
            StringBuilder hex = new StringBuilder();
            foreach (byte each in bytes) hex.Append(each.ToString("x2"));
            return Quoted(hex.ToString());
        }

        public static string Name(string pascal)
        {
            StringBuilder name = new StringBuilder();
            foreach (char c in pascal) name.Append(name.Length > 0 && char.IsUpper(c) ? "_" : "").Append(char.ToLowerInvariant(c));
            return Quoted(name.ToString());
        }

        public static string List<T>(T[] values, Func<T, string> print)
        {
            return "[" + string.Join(",", Array.ConvertAll(values, value => print(value))) + "]";
        }

        public static bool IsAbsent(string text) { return string.IsNullOrEmpty(text); }

        public static bool IsAbsent(byte[] bytes) { return bytes == null || bytes.Length == 0; }
    }
}
