// The codec at its edges; the golden vectors of the protocol are held against it where the server is built.
using Gachapon.Wire;
using NUnit.Framework;

namespace Gachapon.Tests
{
    public sealed class CodecTests
    {
        [Test]
        public void Integers_take_their_shortest_form()
        {
            long[] numbers = { 0, 127, 128, 255, 256, 65535, 65536, uint.MaxValue, 1L << 32, long.MaxValue,
                -1, -32, -33, -128, -129, -32768, -32769, int.MinValue, int.MinValue - 1L, long.MinValue };
            int[] sizes = { 1, 1, 2, 2, 3, 3, 5, 5, 9, 9, 1, 1, 2, 2, 3, 3, 5, 5, 9, 9 };
            for (int i = 0; i < numbers.Length; i++)
            {
                MsgWriter writer = new MsgWriter();
                writer.Signed(numbers[i]);
                byte[] bytes = writer.ToArray();
                Assert.AreEqual(sizes[i], bytes.Length, numbers[i].ToString());
                Assert.AreEqual(numbers[i], new MsgReader(bytes).Signed());
            }
        }

        [Test]
        public void A_count_that_no_bytes_back_is_malformed_before_anything_is_allocated()
        {
            foreach (byte head in new byte[] { 0xdd, 0xdf, 0xdb, 0xc6 })
                Assert.AreEqual(ErrorCode.Malformed, Fault(() => new MsgReader(new byte[] { head, 0xff, 0xff, 0xff, 0xff }).Skip()));
        }

        [Test]
        public void Nesting_ends()
        {
            byte[] deep = new byte[100000];
            for (int i = 0; i < deep.Length; i++) deep[i] = 0x91;
            Assert.AreEqual(ErrorCode.TooDeep, Fault(() => new MsgReader(deep).Skip()));
        }

        [Test]
        public void Bounds_are_the_strict_readers_alone()
        {
            byte[] text = { 0xa3, (byte)'a', 0xc2, 0x85 }; // a control character of two bytes
            Assert.AreEqual("a\u0085", new MsgReader(text).Text(5, 5));
            Assert.AreEqual(ErrorCode.FieldOutOfRange, Fault(() => new MsgReader(text, 0, 4, true).Text(0, 5)));
            Assert.AreEqual(ErrorCode.FieldOutOfRange, Fault(() => new MsgReader(text, 0, 4, true).Text(0, 2)));
            byte[] unknown = { 0x07 };
            Assert.AreEqual(7, new MsgReader(unknown).Enum(4), "of a newer server");
            Assert.AreEqual(ErrorCode.FieldOutOfRange, Fault(() => new MsgReader(unknown, 0, 1, true).Enum(4)));
        }

        private static ErrorCode Fault(System.Action read)
        {
            try
            {
                read();
            }
            catch (WireFault fault)
            {
                return fault.Code;
            }
            return ErrorCode.None;
        }
    }
}
