// Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
using System;
using Gachapon.Wire;

namespace Gachapon
{
    /// <summary>Every request there is, by its number: for servers made for tests.</summary>
    public static class KnownRequests
    {
        /// <summary>The decoded payload, or null if there is no such type; whether it needs a command id.</summary>
        public static IWire Read(int type, MsgReader r, out bool isCommand)
        {
            isCommand = false;
            switch (type)
            {
                case 4: return SignInRequest.Read(r);
                case 5: return RefreshRequest.Read(r);
                case 6: return PingRequest.Read(r);
                case 7: return FollowRequest.Read(r);
                case 11: isCommand = true; return RegisterRequest.Read(r);
                case 13: isCommand = true; return PlayAsGuestRequest.Read(r);
                case 14: isCommand = true; return ClaimAccountRequest.Read(r);
                case 101: isCommand = true; return OpenPackCommand.Read(r);
                case 102: isCommand = true; return FormTeamCommand.Read(r);
                case 103: isCommand = true; return ChangeTeamCommand.Read(r);
                case 104: isCommand = true; return DisbandTeamCommand.Read(r);
                case 105: isCommand = true; return RenamePlayerCommand.Read(r);
                case 106: isCommand = true; return RotateSeedCommand.Read(r);
                case 200: isCommand = true; return PublishCharacterCommand.Read(r);
                case 201: isCommand = true; return PublishItemCommand.Read(r);
                case 202: isCommand = true; return SetStartingBalanceCommand.Read(r);
                case 203: isCommand = true; return PublishPackCommand.Read(r);
                case 204: isCommand = true; return RetirePackCommand.Read(r);
                case 205: return GrantCommand.Read(r);
                case 206: isCommand = true; return DeactivatePlayerCommand.Read(r);
                case 207: isCommand = true; return ErasePlayerCommand.Read(r);
                case 300:
                case 301:
                case 302:
                case 303:
                case 304:
                case 305:
                case 306:
                case 307:
                case 320:
                case 321:
                case 322:
                case 323:
                case 324:
                case 325:
                    return ListQueryRequest.Read(r);
                default: return null;
            }
        }

        /// <summary>The view that a query pages through; 0 if it is no query.</summary>
        public static int ViewOf(int type)
        {
            switch (type)
            {
                case 300: return 1;
                case 301: return 2;
                case 302: return 3;
                case 303: return 4;
                case 304: return 5;
                case 305: return 6;
                case 306: return 7;
                case 307: return 8;
                case 320: return 20;
                case 321: return 21;
                case 322: return 22;
                case 323: return 23;
                case 324: return 24;
                case 325: return 25;
                default: return 0;
            }
        }
    }
}
