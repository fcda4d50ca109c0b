// As much of UnityEngine as the Unity part and the samples use: enough to compile them with warnings as errors, and to run
// them frame by frame. Objects live in a Stage, which sends them the messages Unity would send. Not a simulation of Unity:
// what is not used here is not here.
using System;
using System.Collections.Generic;
using System.Reflection;

namespace UnityEngine
{
    public class Object
    {
        public static void DontDestroyOnLoad(Object target) { }
    }

    public class Component : Object
    {
        public GameObject gameObject { get; internal set; }

        public T GetComponent<T>() where T : Component
        {
            return gameObject.GetComponent<T>();
        }
    }

    public class Behaviour : Component
    {
        public bool enabled = true;
    }

    public class MonoBehaviour : Behaviour { }

    public class ScriptableObject : Object
    {
        public static T CreateInstance<T>() where T : ScriptableObject, new()
        {
            return new T();
        }
    }

    public sealed class GameObject : Object
    {
        internal readonly List<Component> Components = new List<Component>();

        public GameObject(string name)
        {
            Stage.Current.Objects.Add(this);
        }

        public T AddComponent<T>() where T : Component, new()
        {
            T added = new T();
            added.gameObject = this;
            Components.Add(added);
            Stage.Send(added, "Awake");
            return added;
        }

        public T GetComponent<T>() where T : Component
        {
            return (T)Components.Find(component => component is T);
        }
    }

    public static class Time
    {
        internal static readonly System.Diagnostics.Stopwatch Clock = System.Diagnostics.Stopwatch.StartNew();

        public static double realtimeSinceStartupAsDouble { get { return Clock.Elapsed.TotalSeconds; } }
    }

    public enum NetworkReachability { NotReachable, ReachableViaCarrierDataNetwork, ReachableViaLocalAreaNetwork }

    public static class Application
    {
        public static NetworkReachability internetReachability = NetworkReachability.ReachableViaLocalAreaNetwork;
        public static readonly List<string> OpenedUrls = new List<string>();
        public static event Action<string> deepLinkActivated;

        public static void OpenURL(string url)
        {
            OpenedUrls.Add(url);
        }

        public static void ActivateDeepLink(string url)
        {
            Action<string> activated = deepLinkActivated;
            if (activated != null) activated(url);
        }
    }

    public static class Debug
    {
        public static readonly List<string> Logged = new List<string>();

        public static void LogWarning(string text)
        {
            Logged.Add(text);
        }

        public static void LogException(Exception thrown)
        {
            Logged.Add(thrown.ToString());
        }
    }

    public static class PlayerPrefs
    {
        private static readonly Dictionary<string, string> values = new Dictionary<string, string>();

        public static string GetString(string key, string otherwise)
        {
            return values.ContainsKey(key) ? values[key] : otherwise;
        }

        public static void SetString(string key, string value)
        {
            values[key] = value;
        }

        public static void DeleteKey(string key)
        {
            values.Remove(key);
        }

        public static void Save() { }
    }

    [AttributeUsage(AttributeTargets.Field)]
    public sealed class SerializeField : Attribute { }

    [AttributeUsage(AttributeTargets.Field)]
    public sealed class TooltipAttribute : Attribute
    {
        public TooltipAttribute(string text) { }
    }

    public sealed class CreateAssetMenuAttribute : Attribute
    {
        public string menuName { get; set; }
        public string fileName { get; set; }
    }

    public sealed class AddComponentMenu : Attribute
    {
        public AddComponentMenu(string path) { }
    }

    public sealed class DisallowMultipleComponent : Attribute { }

    public sealed class DefaultExecutionOrder : Attribute
    {
        public DefaultExecutionOrder(int order) { }
    }

    public sealed class RequireComponent : Attribute
    {
        public RequireComponent(Type type) { }
    }

    /// <summary>The scene. One at a time; a new one is what entering play mode again is.</summary>
    public sealed class Stage
    {
        public static Stage Current = new Stage();

        internal readonly List<GameObject> Objects = new List<GameObject>();
        private readonly List<Component> started = new List<Component>();

        /// <summary>Start where it is due, Update, then the GUI.</summary>
        public void Frame()
        {
            Each(component =>
            {
                if (started.Contains(component)) return;
                started.Add(component);
                Send(component, "Start");
            });
            Broadcast("Update");
            GUILayout.BeginFrame();
            Broadcast("OnGUI");
        }

        public void Broadcast(string message, params object[] arguments)
        {
            Each(component => Send(component, message, arguments));
        }

        /// <summary>Leaving play mode.</summary>
        public void End()
        {
            Broadcast("OnDestroy");
            Current = new Stage();
        }

        private void Each(Action<Component> act)
        {
            foreach (GameObject each in Objects.ToArray())
                foreach (Component component in each.Components.ToArray()) act(component);
        }

        internal static void Send(Component component, string message, params object[] arguments)
        {
            MethodInfo method = component.GetType().GetMethod(message, BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public);
            if (method == null) return;
            try
            {
                method.Invoke(component, arguments);
            }
            catch (TargetInvocationException thrown)
            {
                Debug.LogException(thrown.InnerException);
            }
        }
    }
}
