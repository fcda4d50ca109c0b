// What is wrong with bytes: the error of the protocol that names it, and a text for people.
using System;

namespace Gachapon.Wire
{
    /// <summary>Bytes that are not what the protocol says. <see cref="Code"/> is what a server would answer.</summary>
    public sealed class WireFault : Exception
    {
        public readonly ErrorCode Code;

        public WireFault(ErrorCode code, string message) : base(message)
        {
            Code = code;
        }
    }
}
