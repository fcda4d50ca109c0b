// Requests as a server reads them: limits first, then the envelope, then the payload by the schema's own bounds, in the
// order in which the real server judges, so that what is wrong gets the same name here.
using System.Collections.Generic;
using Gachapon.Wire;

namespace Gachapon.Testing
{
    /// <summary>One request of a frame, or what is wrong with it.</summary>
    public sealed class RequestMessage
    {
        public uint Id;       // 0 if it could not be read
        public int Type;
        public Meta Meta = new Meta();
        public IWire Payload;
        public ErrorCode Error; // None: all of the above is there
    }

    public static class RequestFrame
    {
        /// <summary>The messages up to the first whose end cannot be found.</summary>
        public static List<RequestMessage> Read(byte[] frame)
        {
            List<RequestMessage> found = new List<RequestMessage>();
            int at = 0;
            do
            {
                RequestMessage message = new RequestMessage();
                found.Add(message);
                int size;
                ErrorCode limits = Scan(frame, at, out size);
                message.Id = IdOf(frame, at);
                message.Error = limits;
                if (size == 0) return found;
                if (limits == ErrorCode.None) Judge(message, new MsgReader(frame, at, size, true));
                at += size;
            }
            while (at < frame.Length);
            return found;
        }

        private static void Judge(RequestMessage message, MsgReader reader)
        {
            try
            {
                int count = reader.BeginArray();
                reader.Skip(); // the id
                if (message.Id == 0) throw new WireFault(ErrorCode.IdInvalid, "1 to 4294967295");
                message.Type = TypeOf(reader);
                byte[] payload = reader.Raw();
                if (count > 3 && !reader.TryNil()) message.Meta = Meta.Read(reader);
                bool isCommand;
                message.Payload = KnownRequests.Read(message.Type, new MsgReader(payload, 0, payload.Length, true), out isCommand);
                if (message.Payload == null) message.Error = ErrorCode.TypeUnknown;
                else if (isCommand && message.Meta.CommandId == System.Guid.Empty) message.Error = ErrorCode.CommandIdMissing;
            }
            catch (WireFault fault)
            {
                message.Error = fault.Code;
            }
        }

        private static int TypeOf(MsgReader reader)
        {
            try
            {
                return (int)reader.Unsigned(65535);
            }
            catch (WireFault fault)
            {
                if (fault.Code != ErrorCode.FieldOutOfRange) throw;
                throw new WireFault(ErrorCode.TypeUnknown, "1 to 65535");
            }
        }

        private static uint IdOf(byte[] frame, int at)
        {
            try
            {
                MsgReader reader = new MsgReader(frame, at, frame.Length - at, false);
                return reader.BeginArray() == 0 ? 0 : (uint)reader.Unsigned(uint.MaxValue);
            }
            catch (WireFault)
            {
                return 0;
            }
        }

        /// <summary>Holds the message at `at` against the limits. `size` is 0 when its end cannot be found.</summary>
        private static ErrorCode Scan(byte[] frame, int at, out int size)
        {
            size = 0;
            MsgReader whole = new MsgReader(frame, at, frame.Length - at, false);
            Counter counter = new Counter();
            try
            {
                counter.Value(whole, 0);
                size = whole.Position - at;
                bool array = (frame[at] & 0xf0) == 0x90 || frame[at] == 0xdc || frame[at] == 0xdd;
                bool tooShort = !array || new MsgReader(frame, at, size, false).BeginArray() < 3;
                if (tooShort) size = 0;
                return tooShort ? ErrorCode.Malformed : ErrorCode.None;
            }
            catch (WireFault fault)
            {
                if (fault.Code == ErrorCode.Malformed) return fault.Code;
                return SkipWhole(frame, at, out size) ? fault.Code : ErrorCode.Malformed;
            }
        }

        // However deep: MsgReader.Skip is bounded, so what is beyond its bound counts by hand.
        private static bool SkipWhole(byte[] frame, int at, out int size)
        {
            MsgReader reader = new MsgReader(frame, at, frame.Length - at, false);
            size = 0;
            try
            {
                for (long open = 1; open > 0; open--) open += System.Math.Max(0, reader.Open());
                size = reader.Position - at;
                return true;
            }
            catch (WireFault)
            {
                return false;
            }
        }

        private sealed class Counter
        {
            private int values;

            public void Value(MsgReader reader, int depth)
            {
                // What stands here first counts, then whether it may be a container.
                long inside = reader.Open();
                if (++values > Protocol.ValuesMax) throw new WireFault(ErrorCode.TooManyValues, "too many values");
                if (inside < 0) return;
                if (depth == Protocol.DepthMax) throw new WireFault(ErrorCode.TooDeep, "nested too deep");
                for (long i = 0; i < inside; i++) Value(reader, depth + 1);
            }
        }
    }
}
