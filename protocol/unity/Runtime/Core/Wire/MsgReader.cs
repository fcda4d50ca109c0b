// Reads msgpack: what the generated types are decoded with.
//
// Bounded: no count is believed that is not backed by bytes, so that memory stays in proportion to what arrived, and
// nesting ends at DepthMax. Bytes that end too early, and what is no msgpack of ours (ext, the reserved byte), are
// `malformed`; another type, a nil where none may be and a value out of its range are told by the protocol's own names.
//
// Lenient by default, as a client must be: limits may be relaxed and enums grow in a newer server, so lengths of texts,
// numbers of entries and values of enums are taken as they come. Strict is what the server is, and what a server made
// for tests should be.
//
// Not thread safe. Slices are copied: nothing that is returned refers to the input.
using System;
using System.Text;

namespace Gachapon.Wire
{
    public sealed class MsgReader
    {
        public const int DepthMax = 32;

        // Throws on what is not UTF-8.
        private static readonly UTF8Encoding Utf8 = new UTF8Encoding(false, true);

        private readonly byte[] data;
        private readonly int end;
        private int at;

        /// <summary>Whether bounds, names of keys and values of enums are held against the schema.</summary>
        public readonly bool Strict;

        public MsgReader(byte[] data) : this(data, 0, data.Length, false) { }

        public MsgReader(byte[] data, int offset, int count, bool strict)
        {
            this.data = data;
            at = offset;
            end = offset + count;
            Strict = strict;
        }

        public int Position { get { return at; } }

        public bool AtEnd { get { return at == end; } }

        // ------------------------------------------------------------ containers

        /// <summary>The head of an array whose first <paramref name="required"/> entries must be there; how many there are.</summary>
        public int BeginStruct(int required)
        {
            int count = BeginArray();
            if (count < required) throw new WireFault(ErrorCode.FieldMissing, "a field is missing");
            return count;
        }

        /// <summary>Skips the entries that this version does not know.</summary>
        public void EndStruct(int count, int known)
        {
            for (int i = known; i < count; i++) Skip();
        }

        public int BeginArray()
        {
            byte head = Peek();
            uint count;
            if (head >= 0x90 && head <= 0x9f) { at++; count = (uint)(head & 0x0f); }
            else if (head == 0xdc) count = (uint)Big(2);
            else if (head == 0xdd) count = (uint)Big(4);
            else throw WrongType("an array");
            return Backed(count);
        }

        /// <summary>The head of a list of the schema.</summary>
        public int BeginList(int min, int max)
        {
            int count = BeginArray();
            CheckSize(count, min, max, "entries");
            return count;
        }

        /// <summary>True, and taken, if a nil is next.</summary>
        public bool TryNil()
        {
            if (Peek() != 0xc0) return false;
            at++;
            return true;
        }

        // ------------------------------------------------------------ scalars

        public bool Bool()
        {
            byte head = Peek();
            if (head != 0xc2 && head != 0xc3) throw WrongType("a bool");
            at++;
            return head == 0xc3;
        }

        public ulong Unsigned(ulong max)
        {
            bool negative;
            ulong number = Integer(out negative);
            if (negative) throw OutOfRange("less than 0");
            if (number > max) throw OutOfRange("more than " + max);
            return number;
        }

        public long Signed()
        {
            bool negative;
            ulong number = Integer(out negative);
            if (!negative && number > long.MaxValue) throw OutOfRange("more than " + long.MaxValue);
            return (long)number;
        }

        /// <summary>The number of an enum's value, at least 1. Strict: at most <paramref name="max"/>, the highest one known.</summary>
        public int Enum(int max)
        {
            long number = Signed();
            if (number < 1 || number > (Strict ? max : int.MaxValue)) throw OutOfRange("no such value");
            return (int)number;
        }

        public Guid Uuid()
        {
            return Gachapon.Uuid.FromBytes(Fixed(16));
        }

        public byte[] Hash()
        {
            return Fixed(32);
        }

        public string Text(int min, int max)
        {
            int size = StringHead();
            CheckSize(size, min, max, "bytes");
            int start = Take(size);
            string text;
            try
            {
                text = Utf8.GetString(data, start, size);
            }
            catch (ArgumentException)
            {
                throw OutOfRange("not UTF-8");
            }
            if (Strict) CheckControl(text);
            return text;
        }

        public string Slug()
        {
            string slug = Text(0, int.MaxValue);
            if (Strict && !IsSlug(slug)) throw OutOfRange("not a key ([a-z0-9-], 1 to 31)");
            return slug;
        }

        public byte[] Bytes(int min, int max)
        {
            int size = BinaryHead();
            CheckSize(size, min, max, "bytes");
            return Copy(Take(size), size);
        }

        /// <summary>The next value, whatever it is, as the bytes it is made of.</summary>
        public byte[] Raw()
        {
            int start = at;
            Skip();
            return Copy(start, at - start);
        }

        /// <summary>Moves past the next value, whatever it is.</summary>
        public void Skip()
        {
            Skip(0);
        }

        // ------------------------------------------------------------ the bytes

        private void Skip(int depth)
        {
            if (depth > DepthMax) throw new WireFault(ErrorCode.TooDeep, "nested too deep");
            for (long inside = Open(); inside > 0; inside--) Skip(depth + 1);
        }

        /// <summary>Takes a scalar whole, or the head of a container: how many values are in it; -1 for a scalar.</summary>
        public long Open()
        {
            byte head = Peek();
            if (head <= 0x7f || head >= 0xe0 || head == 0xc0 || head == 0xc2 || head == 0xc3) at++;
            else if (head <= 0x8f || head == 0xde || head == 0xdf) return MapHead() * 2L;
            else if (head <= 0x9f || head == 0xdc || head == 0xdd) return BeginArray();
            else if (head <= 0xbf || (head >= 0xd9 && head <= 0xdb)) Take(StringHead());
            else if (head >= 0xc4 && head <= 0xc6) Take(BinaryHead());
            else if (head == 0xca || head == 0xcb) Float(head);
            else Big(1 << (head & 3)); // an integer: the reserved heads are refused by Peek
            return -1;
        }

        private void Float(byte head)
        {
            ulong bits = Big(head == 0xca ? 4 : 8);
            bool nan = head == 0xca
                ? (bits & 0x7f800000) == 0x7f800000 && (bits & 0x007fffff) != 0
                : (bits & 0x7ff0000000000000) == 0x7ff0000000000000 && (bits & 0x000fffffffffffff) != 0;
            if (nan) throw Malformed("not a number");
        }

        private int MapHead()
        {
            byte head = Peek();
            uint count;
            if (head >= 0x80 && head <= 0x8f) { at++; count = (uint)(head & 0x0f); }
            else count = (uint)Big(head == 0xde ? 2 : 4);
            if (count > (uint)(end - at) / 2) throw Malformed("a map that is longer than its bytes");
            return (int)count;
        }

        private int StringHead()
        {
            byte head = Peek();
            if (head >= 0xa0 && head <= 0xbf) { at++; return head & 0x1f; }
            if (head < 0xd9 || head > 0xdb) throw WrongType("a text");
            return Backed((uint)Big(1 << (head - 0xd9)));
        }

        private int BinaryHead()
        {
            byte head = Peek();
            if (head < 0xc4 || head > 0xc6) throw WrongType("binary");
            return Backed((uint)Big(1 << (head - 0xc4)));
        }

        private ulong Integer(out bool negative)
        {
            byte head = Peek();
            negative = false;
            if (head <= 0x7f) { at++; return head; }
            if (head >= 0xe0) { at++; negative = true; return (ulong)(long)(sbyte)head; }
            if (head >= 0xcc && head <= 0xcf) return Big(1 << (head - 0xcc));
            if (head < 0xd0 || head > 0xd3) throw WrongType("an integer");
            int size = 1 << (head - 0xd0);
            int unused = 64 - 8 * size;
            long signed = (long)(Big(size) << unused) >> unused;
            negative = signed < 0;
            return (ulong)signed;
        }

        private byte[] Fixed(int size)
        {
            int found = BinaryHead();
            if (found != size) throw OutOfRange("must have " + size + " bytes");
            return Copy(Take(size), size);
        }

        /// <summary>The head byte and `size` bytes after it, the highest first.</summary>
        private ulong Big(int size)
        {
            int start = Take(1 + size) + 1;
            ulong number = 0;
            for (int i = 0; i < size; i++) number = number << 8 | data[start + i];
            return number;
        }

        private byte Peek()
        {
            if (at >= end) throw Malformed("the bytes end too early");
            byte head = data[at];
            if (head == 0xc1 || (head >= 0xc7 && head <= 0xc9) || (head >= 0xd4 && head <= 0xd8))
                throw Malformed("not msgpack of this protocol");
            return head;
        }

        private int Take(int size)
        {
            if (size > end - at) throw Malformed("the bytes end too early");
            int start = at;
            at += size;
            return start;
        }

        private int Backed(uint count)
        {
            if (count > (uint)(end - at)) throw Malformed("longer than its bytes");
            return (int)count;
        }

        private byte[] Copy(int start, int size)
        {
            byte[] copy = new byte[size];
            Buffer.BlockCopy(data, start, copy, 0, size);
            return copy;
        }

        // ------------------------------------------------------------ the schema

        private void CheckSize(int size, int min, int max, string unit)
        {
            if (Strict && (size < min || size > max)) throw OutOfRange(min + " to " + max + " " + unit);
        }

        private static void CheckControl(string text)
        {
            foreach (char c in text)
                if (c < 0x20 || (c >= 0x7f && c <= 0x9f)) throw OutOfRange("holds a control character");
        }

        private static bool IsSlug(string text)
        {
            if (text.Length < 1 || text.Length > 31 || text[0] == '-') return false;
            foreach (char c in text)
                if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') return false;
            return true;
        }

        private static WireFault Malformed(string why)
        {
            return new WireFault(ErrorCode.Malformed, why);
        }

        private static WireFault OutOfRange(string why)
        {
            return new WireFault(ErrorCode.FieldOutOfRange, why);
        }

        /// <summary>Nil where something must be is a missing field.</summary>
        private WireFault WrongType(string wanted)
        {
            return data[at] == 0xc0 ? new WireFault(ErrorCode.FieldMissing, "is nil")
                : new WireFault(ErrorCode.FieldWrongType, "must be " + wanted);
        }
    }
}
