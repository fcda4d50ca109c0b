// Writes msgpack in its shortest forms. The buffer grows; Reset makes it empty again and keeps its memory.
using System;
using System.Text;

namespace Gachapon.Wire
{
    public sealed class MsgWriter
    {
        private byte[] data = new byte[256];
        private int size;

        public byte[] ToArray()
        {
            byte[] copy = new byte[size];
            Buffer.BlockCopy(data, 0, copy, 0, size);
            return copy;
        }

        public void Reset()
        {
            size = 0;
        }

        public void Nil()
        {
            Put(0xc0);
        }

        public void Bool(bool value)
        {
            Put(value ? (byte)0xc3 : (byte)0xc2);
        }

        public void Array(int count)
        {
            Head(count, 0x90, 15, 0, 0xdc, 0xdd);
        }

        public void Unsigned(ulong value)
        {
            if (value <= 0x7f) Put((byte)value);
            else if (value <= 0xff) Big(0xcc, value, 1);
            else if (value <= 0xffff) Big(0xcd, value, 2);
            else if (value <= 0xffffffff) Big(0xce, value, 4);
            else Big(0xcf, value, 8);
        }

        public void Signed(long value)
        {
            if (value >= 0) Unsigned((ulong)value);
            else if (value >= -32) Put((byte)(sbyte)value);
            else if (value >= sbyte.MinValue) Big(0xd0, (ulong)value, 1);
            else if (value >= short.MinValue) Big(0xd1, (ulong)value, 2);
            else if (value >= int.MinValue) Big(0xd2, (ulong)value, 4);
            else Big(0xd3, (ulong)value, 8);
        }

        public void Text(string value)
        {
            int count = Encoding.UTF8.GetByteCount(value);
            Head(count, 0xa0, 31, 0xd9, 0xda, 0xdb);
            Room(count);
            size += Encoding.UTF8.GetBytes(value, 0, value.Length, data, size);
        }

        public void Bytes(byte[] value)
        {
            Head(value.Length, 0, -1, 0xc4, 0xc5, 0xc6);
            Raw(value);
        }

        public void Uuid(Guid value)
        {
            Bytes(Gachapon.Uuid.ToBytes(value));
        }

        /// <summary>Bytes that are msgpack already.</summary>
        public void Raw(byte[] value)
        {
            Room(value.Length);
            Buffer.BlockCopy(value, 0, data, size, value.Length);
            size += value.Length;
        }

        // `fix` with the count in it up to `fixMax`; then heads of 8 (none: 0), 16 and 32 bits.
        private void Head(int count, byte fix, int fixMax, byte head8, byte head16, byte head32)
        {
            if (count <= fixMax) Put((byte)(fix | count));
            else if (head8 != 0 && count <= 0xff) Big(head8, (ulong)count, 1);
            else if (count <= 0xffff) Big(head16, (ulong)count, 2);
            else Big(head32, (ulong)count, 4);
        }

        private void Big(byte head, ulong value, int bytes)
        {
            Put(head);
            Room(bytes);
            for (int i = bytes - 1; i >= 0; i--) data[size++] = (byte)(value >> (8 * i));
        }

        private void Put(byte value)
        {
            Room(1);
            data[size++] = value;
        }

        private void Room(int count)
        {
            if (data.Length - size >= count) return;
            byte[] larger = new byte[Math.Max(data.Length * 2, size + count)];
            Buffer.BlockCopy(data, 0, larger, 0, size);
            data = larger;
        }
    }
}
