// Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
using System;
using Gachapon.Wire;

namespace Gachapon
{
    /// <summary>How rare a character is.</summary>
    public enum Rarity
    {
        Common = 1,
        Rare = 2,
        Epic = 3,
        Legendary = 4,
    }

    /// <summary>What pays for an opening.</summary>
    public enum Payment
    {
        Currency = 1,
        Item = 2,
    }

    /// <summary>What a grant gives.</summary>
    public enum GrantKind
    {
        FreeCurrency = 1,
        PaidCurrency = 2,
        Item = 3,
    }

    /// <summary>Where a player's account stands.</summary>
    public enum PlayerStatus
    {
        Active = 1,
        Deactivated = 2,
        Erased = 3,
    }

    /// <summary>How a player came in.</summary>
    public enum Door
    {
        Registered = 1,
        Enrolled = 2,
        Guest = 3,
    }

    /// <summary>Whether a pack can be opened.</summary>
    public enum PackStatus
    {
        OnSale = 1,
        Retired = 2,
    }

    /// <summary>When the reply to a command leaves.</summary>
    public enum Consistency
    {
        Strong = 1,
        Eventual = 2,
    }

    /// <summary>Whether the same message can succeed when it is sent again.</summary>
    public enum Retry
    {
        Never = 1,
        Now = 2,
        Later = 3,
        SignIn = 4,
    }

    /// <summary>Who may see a row.</summary>
    public enum Audience
    {
        Own = 1,
        Public = 2,
    }

    /// <summary>What a client does after a close.</summary>
    public enum CloseAdvice
    {
        AtOnce = 1,
        Later = 2,
        SignIn = 3,
        Never = 4,
    }
}
