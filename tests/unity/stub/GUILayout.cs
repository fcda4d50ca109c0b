// Immediate-mode GUI, for a person who reads labels: a text field is known by the label before it, a button by its text.
// What was drawn in the last frame is what can be seen.
using System.Collections.Generic;

namespace UnityEngine
{
    public struct Rect
    {
        public Rect(float x, float y, float width, float height) { }
    }

    public struct Vector2
    {
        public static Vector2 zero { get { return new Vector2(); } }
    }

    public static class Screen
    {
        public static int width = 800, height = 600;
    }

    public static class GUI
    {
        public static bool enabled = true;
    }

    public sealed class GUILayoutOption { }

    public static class GUILayout
    {
        private static readonly Dictionary<string, string> typed = new Dictionary<string, string>();
        private static readonly List<string> drawn = new List<string>();
        private static string pressed, lastLabel = "";

        // ------------------------------------------------------------ what a person does

        public static void Type(string label, string text)
        {
            typed[label] = text;
        }

        public static void Press(string button)
        {
            pressed = button;
        }

        public static bool Shows(string text)
        {
            return drawn.Exists(line => line.Contains(text));
        }

        public static string Seen()
        {
            return string.Join("\n", drawn);
        }

        internal static void BeginFrame()
        {
            drawn.Clear();
            GUI.enabled = true;
        }

        // ------------------------------------------------------------ what a script draws

        public static void Label(string text, params GUILayoutOption[] options)
        {
            drawn.Add(text);
            lastLabel = text;
        }

        public static bool Button(string text, params GUILayoutOption[] options)
        {
            drawn.Add("[" + text + "]" + (GUI.enabled ? "" : " (off)"));
            if (!GUI.enabled || pressed != text) return false;
            pressed = null;
            return true;
        }

        public static string TextField(string text, int maxLength, params GUILayoutOption[] options)
        {
            return Typed(text);
        }

        public static string PasswordField(string text, char mask, int maxLength, params GUILayoutOption[] options)
        {
            return Typed(text);
        }

        private static string Typed(string text)
        {
            string now;
            if (!typed.TryGetValue(lastLabel, out now)) now = text;
            typed.Remove(lastLabel);
            drawn.Add("(" + now.Length + " characters)");
            return now;
        }

        public static void BeginArea(Rect area) { }

        public static void EndArea() { }

        public static void BeginHorizontal() { }

        public static void EndHorizontal() { }

        public static Vector2 BeginScrollView(Vector2 position)
        {
            return position;
        }

        public static void EndScrollView() { }

        public static void Space(float pixels) { }

        public static GUILayoutOption Width(float width)
        {
            return new GUILayoutOption();
        }
    }
}
