// Ids as the wire has them: 16 bytes, the highest first. System.Guid stores its first three groups the other way round.
using System;

namespace Gachapon
{
    public static class Uuid
    {
        public static Guid FromBytes(byte[] bytes)
        {
            byte[] b = (byte[])bytes.Clone();
            Swap(b);
            return new Guid(b);
        }

        public static byte[] ToBytes(Guid value)
        {
            byte[] b = value.ToByteArray();
            Swap(b);
            return b;
        }

        /// <summary>A UUIDv7: milliseconds since 1970, then random bits. Ids made later sort later, so that the server's
        /// index of them stays local.</summary>
        public static Guid NewV7(long unixMs)
        {
            byte[] b = Guid.NewGuid().ToByteArray(); // 122 random bits, on every platform
            byte[] random = { b[0], b[1], b[2], b[3], b[4], b[5], b[9], b[10], b[11], b[12] };
            byte[] id = new byte[16];
            for (int i = 0; i < 6; i++) id[i] = (byte)(unixMs >> (8 * (5 - i)));
            Buffer.BlockCopy(random, 0, id, 6, 10);
            id[6] = (byte)(0x70 | (id[6] & 0x0f));
            id[8] = (byte)(0x80 | (id[8] & 0x3f));
            return FromBytes(id);
        }

        private static void Swap(byte[] b)
        {
            Array.Reverse(b, 0, 4);
            Array.Reverse(b, 4, 2);
            Array.Reverse(b, 6, 2);
        }
    }
}
