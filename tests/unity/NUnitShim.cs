// As much of NUnit as the package's tests use, and a runner: the tests run in Unity's Test Runner as they are, and here
// under Mono without a package. A fresh object for each test, as each makes its own world.
//
//   mono tests.exe [PART_OF_A_NAME]
using System;
using System.Collections;
using System.Reflection;

namespace NUnit.Framework
{
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class TestAttribute : Attribute { }

    public sealed class AssertionException : Exception
    {
        public AssertionException(string message) : base(message) { }
    }

    public delegate void TestDelegate();

    public static class Assert
    {
        public static void AreEqual(object expected, object actual, string message = "")
        {
            if (!Equals(expected, actual)) Fail("expected " + (expected ?? "null") + " but was " + (actual ?? "null") + ". " + message);
        }

        public static void IsTrue(bool condition, string message = "it is not so")
        {
            if (!condition) Fail(message);
        }

        public static void IsFalse(bool condition, string message = "it is so")
        {
            IsTrue(!condition, message);
        }

        public static void IsNull(object value)
        {
            AreEqual(null, value);
        }

        public static T Throws<T>(TestDelegate action) where T : Exception
        {
            try
            {
                action();
            }
            catch (T thrown)
            {
                return thrown;
            }
            Fail("no " + typeof(T).Name);
            return null;
        }

        public static void Fail(string message)
        {
            throw new AssertionException(message);
        }
    }

    public static class CollectionAssert
    {
        public static void AreEqual(IEnumerable expected, IEnumerable actual)
        {
            Assert.AreEqual(Text(expected), Text(actual));
        }

        private static string Text(IEnumerable values)
        {
            string text = "";
            foreach (object value in values) text += value + " ";
            return text;
        }
    }

    public static class Runner
    {
        public static int Main(string[] arguments)
        {
            int passed = 0, failed = 0;
            foreach (Type type in Assembly.GetExecutingAssembly().GetTypes())
                foreach (MethodInfo method in type.GetMethods())
                {
                    string name = type.Name + "." + method.Name;
                    if (!method.IsDefined(typeof(TestAttribute), false) || (arguments.Length > 0 && !name.Contains(arguments[0]))) continue;
                    try
                    {
                        method.Invoke(Activator.CreateInstance(type), null);
                        passed++;
                    }
                    catch (Exception thrown)
                    {
                        failed++;
                        Console.WriteLine("FAILED " + name + "\n" + (thrown.InnerException ?? thrown));
                    }
                }
            Console.WriteLine(passed + " passed, " + failed + " failed");
            return failed == 0 && passed > 0 ? 0 : 1;
        }
    }
}
