// Generated from protocol/schema by protocol/generate/main.py. Do not edit: change the schema, run it again.
using System;
using Gachapon.Wire;
using System.Collections.Generic;

namespace Gachapon
{
    /// <summary>Types by their names in the schema, for the tests of golden vectors.</summary>
    public static class VectorTypes
    {
        public delegate string Decode(MsgReader r, MsgWriter again);

        public static readonly Dictionary<string, Decode> All = new Dictionary<string, Decode>
        {
            { "pull", (r, again) => { Pull v = Pull.Read(r); v.Write(again); return Text(v); } },
            { "rarity_weight", (r, again) => { RarityWeight v = RarityWeight.Read(r); v.Write(again); return Text(v); } },
            { "pack_entry", (r, again) => { PackEntry v = PackEntry.Read(r); v.Write(again); return Text(v); } },
            { "limits", (r, again) => { Limits v = Limits.Read(r); v.Write(again); return Text(v); } },
            { "meta", (r, again) => { Meta v = Meta.Read(r); v.Write(again); return Text(v); } },
            { "reply_meta", (r, again) => { ReplyMeta v = ReplyMeta.Read(r); v.Write(again); return Text(v); } },
            { "change", (r, again) => { Change v = Change.Read(r); v.Write(again); return Text(v); } },
            { "message_hello", (r, again) => { HelloPush v = HelloPush.Read(r); v.Write(again); return Text(v); } },
            { "message_tick", (r, again) => { TickPush v = TickPush.Read(r); v.Write(again); return Text(v); } },
            { "message_error", (r, again) => { ErrorPush v = ErrorPush.Read(r); v.Write(again); return Text(v); } },
            { "message_sign_in", (r, again) => { SignInRequest v = SignInRequest.Read(r); v.Write(again); return Text(v); } },
            { "reply_sign_in", (r, again) => { SignInReply v = SignInReply.Read(r); v.Write(again); return Text(v); } },
            { "message_refresh", (r, again) => { RefreshRequest v = RefreshRequest.Read(r); v.Write(again); return Text(v); } },
            { "reply_refresh", (r, again) => { RefreshReply v = RefreshReply.Read(r); v.Write(again); return Text(v); } },
            { "message_ping", (r, again) => { PingRequest v = PingRequest.Read(r); v.Write(again); return Text(v); } },
            { "reply_ping", (r, again) => { PingReply v = PingReply.Read(r); v.Write(again); return Text(v); } },
            { "message_follow", (r, again) => { FollowRequest v = FollowRequest.Read(r); v.Write(again); return Text(v); } },
            { "reply_follow", (r, again) => { FollowReply v = FollowReply.Read(r); v.Write(again); return Text(v); } },
            { "message_changed", (r, again) => { ChangedPush v = ChangedPush.Read(r); v.Write(again); return Text(v); } },
            { "message_expiring", (r, again) => { ExpiringPush v = ExpiringPush.Read(r); v.Write(again); return Text(v); } },
            { "message_closing", (r, again) => { ClosingPush v = ClosingPush.Read(r); v.Write(again); return Text(v); } },
            { "message_register", (r, again) => { RegisterRequest v = RegisterRequest.Read(r); v.Write(again); return Text(v); } },
            { "reply_register", (r, again) => { RegisterReply v = RegisterReply.Read(r); v.Write(again); return Text(v); } },
            { "message_signed_in", (r, again) => { SignedInPush v = SignedInPush.Read(r); v.Write(again); return Text(v); } },
            { "message_play_as_guest", (r, again) => { PlayAsGuestRequest v = PlayAsGuestRequest.Read(r); v.Write(again); return Text(v); } },
            { "reply_play_as_guest", (r, again) => { PlayAsGuestReply v = PlayAsGuestReply.Read(r); v.Write(again); return Text(v); } },
            { "message_claim_account", (r, again) => { ClaimAccountRequest v = ClaimAccountRequest.Read(r); v.Write(again); return Text(v); } },
            { "reply_claim_account", (r, again) => { ClaimAccountReply v = ClaimAccountReply.Read(r); v.Write(again); return Text(v); } },
            { "query_list", (r, again) => { ListQueryRequest v = ListQueryRequest.Read(r); v.Write(again); return Text(v); } },
            { "reply_list", (r, again) => { ListQueryReply v = ListQueryReply.Read(r); v.Write(again); return Text(v); } },
            { "command_open_pack", (r, again) => { OpenPackCommand v = OpenPackCommand.Read(r); v.Write(again); return Text(v); } },
            { "command_form_team", (r, again) => { FormTeamCommand v = FormTeamCommand.Read(r); v.Write(again); return Text(v); } },
            { "command_change_team", (r, again) => { ChangeTeamCommand v = ChangeTeamCommand.Read(r); v.Write(again); return Text(v); } },
            { "command_disband_team", (r, again) => { DisbandTeamCommand v = DisbandTeamCommand.Read(r); v.Write(again); return Text(v); } },
            { "command_rename_player", (r, again) => { RenamePlayerCommand v = RenamePlayerCommand.Read(r); v.Write(again); return Text(v); } },
            { "command_rotate_seed", (r, again) => { RotateSeedCommand v = RotateSeedCommand.Read(r); v.Write(again); return Text(v); } },
            { "command_publish_character", (r, again) => { PublishCharacterCommand v = PublishCharacterCommand.Read(r); v.Write(again); return Text(v); } },
            { "command_publish_item", (r, again) => { PublishItemCommand v = PublishItemCommand.Read(r); v.Write(again); return Text(v); } },
            { "command_set_starting_balance", (r, again) => { SetStartingBalanceCommand v = SetStartingBalanceCommand.Read(r); v.Write(again); return Text(v); } },
            { "command_publish_pack", (r, again) => { PublishPackCommand v = PublishPackCommand.Read(r); v.Write(again); return Text(v); } },
            { "command_retire_pack", (r, again) => { RetirePackCommand v = RetirePackCommand.Read(r); v.Write(again); return Text(v); } },
            { "command_grant", (r, again) => { GrantCommand v = GrantCommand.Read(r); v.Write(again); return Text(v); } },
            { "command_deactivate_player", (r, again) => { DeactivatePlayerCommand v = DeactivatePlayerCommand.Read(r); v.Write(again); return Text(v); } },
            { "command_erase_player", (r, again) => { ErasePlayerCommand v = ErasePlayerCommand.Read(r); v.Write(again); return Text(v); } },
            { "event_pack_opened", (r, again) => { PackOpenedEvent v = PackOpenedEvent.Read(r); v.Write(again); return Text(v); } },
            { "event_team_formed", (r, again) => { TeamFormedEvent v = TeamFormedEvent.Read(r); v.Write(again); return Text(v); } },
            { "event_team_changed", (r, again) => { TeamChangedEvent v = TeamChangedEvent.Read(r); v.Write(again); return Text(v); } },
            { "event_team_disbanded", (r, again) => { TeamDisbandedEvent v = TeamDisbandedEvent.Read(r); v.Write(again); return Text(v); } },
            { "event_player_renamed", (r, again) => { PlayerRenamedEvent v = PlayerRenamedEvent.Read(r); v.Write(again); return Text(v); } },
            { "event_seed_rotated", (r, again) => { SeedRotatedEvent v = SeedRotatedEvent.Read(r); v.Write(again); return Text(v); } },
            { "event_character_published", (r, again) => { CharacterPublishedEvent v = CharacterPublishedEvent.Read(r); v.Write(again); return Text(v); } },
            { "event_item_published", (r, again) => { ItemPublishedEvent v = ItemPublishedEvent.Read(r); v.Write(again); return Text(v); } },
            { "event_starting_balance_set", (r, again) => { StartingBalanceSetEvent v = StartingBalanceSetEvent.Read(r); v.Write(again); return Text(v); } },
            { "event_pack_published", (r, again) => { PackPublishedEvent v = PackPublishedEvent.Read(r); v.Write(again); return Text(v); } },
            { "event_pack_retired", (r, again) => { PackRetiredEvent v = PackRetiredEvent.Read(r); v.Write(again); return Text(v); } },
            { "event_granted", (r, again) => { GrantedEvent v = GrantedEvent.Read(r); v.Write(again); return Text(v); } },
            { "event_player_deactivated", (r, again) => { PlayerDeactivatedEvent v = PlayerDeactivatedEvent.Read(r); v.Write(again); return Text(v); } },
            { "event_player_erased", (r, again) => { PlayerErasedEvent v = PlayerErasedEvent.Read(r); v.Write(again); return Text(v); } },
            { "row_player", (r, again) => { PlayerRow v = PlayerRow.Read(r); v.Write(again); return Text(v); } },
            { "row_proof", (r, again) => { ProofRow v = ProofRow.Read(r); v.Write(again); return Text(v); } },
            { "row_wallet", (r, again) => { WalletRow v = WalletRow.Read(r); v.Write(again); return Text(v); } },
            { "row_character", (r, again) => { CharacterRow v = CharacterRow.Read(r); v.Write(again); return Text(v); } },
            { "row_item", (r, again) => { ItemRow v = ItemRow.Read(r); v.Write(again); return Text(v); } },
            { "row_team", (r, again) => { TeamRow v = TeamRow.Read(r); v.Write(again); return Text(v); } },
            { "row_pity", (r, again) => { PityRow v = PityRow.Read(r); v.Write(again); return Text(v); } },
            { "row_opening", (r, again) => { OpeningRow v = OpeningRow.Read(r); v.Write(again); return Text(v); } },
            { "row_pack", (r, again) => { PackRow v = PackRow.Read(r); v.Write(again); return Text(v); } },
            { "row_odds", (r, again) => { OddsRow v = OddsRow.Read(r); v.Write(again); return Text(v); } },
            { "row_stock", (r, again) => { StockRow v = StockRow.Read(r); v.Write(again); return Text(v); } },
            { "row_character_info", (r, again) => { CharacterInfoRow v = CharacterInfoRow.Read(r); v.Write(again); return Text(v); } },
            { "row_item_info", (r, again) => { ItemInfoRow v = ItemInfoRow.Read(r); v.Write(again); return Text(v); } },
            { "row_pull_statistic", (r, again) => { PullStatisticRow v = PullStatisticRow.Read(r); v.Write(again); return Text(v); } },
        };

        /// <summary>What a row is decoded with; the text of a tombstone is null.</summary>
        public static readonly Dictionary<string, Decode> Rows = new Dictionary<string, Decode>
        {
            { "player", (r, again) => { PlayerRow v = PlayerRow.ReadRow(r); v.WriteRow(again); return v.Deleted ? null : Text(v); } },
            { "proof", (r, again) => { ProofRow v = ProofRow.ReadRow(r); v.WriteRow(again); return v.Deleted ? null : Text(v); } },
            { "wallet", (r, again) => { WalletRow v = WalletRow.ReadRow(r); v.WriteRow(again); return v.Deleted ? null : Text(v); } },
            { "character", (r, again) => { CharacterRow v = CharacterRow.ReadRow(r); v.WriteRow(again); return v.Deleted ? null : Text(v); } },
            { "item", (r, again) => { ItemRow v = ItemRow.ReadRow(r); v.WriteRow(again); return v.Deleted ? null : Text(v); } },
            { "team", (r, again) => { TeamRow v = TeamRow.ReadRow(r); v.WriteRow(again); return v.Deleted ? null : Text(v); } },
            { "pity", (r, again) => { PityRow v = PityRow.ReadRow(r); v.WriteRow(again); return v.Deleted ? null : Text(v); } },
            { "opening", (r, again) => { OpeningRow v = OpeningRow.ReadRow(r); v.WriteRow(again); return v.Deleted ? null : Text(v); } },
            { "pack", (r, again) => { PackRow v = PackRow.ReadRow(r); v.WriteRow(again); return v.Deleted ? null : Text(v); } },
            { "odds", (r, again) => { OddsRow v = OddsRow.ReadRow(r); v.WriteRow(again); return v.Deleted ? null : Text(v); } },
            { "stock", (r, again) => { StockRow v = StockRow.ReadRow(r); v.WriteRow(again); return v.Deleted ? null : Text(v); } },
            { "character_info", (r, again) => { CharacterInfoRow v = CharacterInfoRow.ReadRow(r); v.WriteRow(again); return v.Deleted ? null : Text(v); } },
            { "item_info", (r, again) => { ItemInfoRow v = ItemInfoRow.ReadRow(r); v.WriteRow(again); return v.Deleted ? null : Text(v); } },
            { "pull_statistic", (r, again) => { PullStatisticRow v = PullStatisticRow.ReadRow(r); v.WriteRow(again); return v.Deleted ? null : Text(v); } },
        };

        /// <summary>Request -> struct of its payload, struct of its reply.</summary>
        public static readonly Dictionary<string, string[]> Requests = new Dictionary<string, string[]>
        {
            { "sign_in", new[] { "message_sign_in", "reply_sign_in" } },
            { "refresh", new[] { "message_refresh", "reply_refresh" } },
            { "ping", new[] { "message_ping", "reply_ping" } },
            { "follow", new[] { "message_follow", "reply_follow" } },
            { "register", new[] { "message_register", "reply_register" } },
            { "play_as_guest", new[] { "message_play_as_guest", "reply_play_as_guest" } },
            { "claim_account", new[] { "message_claim_account", "reply_claim_account" } },
            { "open_pack", new[] { "command_open_pack", "event_pack_opened" } },
            { "form_team", new[] { "command_form_team", "event_team_formed" } },
            { "change_team", new[] { "command_change_team", "event_team_changed" } },
            { "disband_team", new[] { "command_disband_team", "event_team_disbanded" } },
            { "rename_player", new[] { "command_rename_player", "event_player_renamed" } },
            { "rotate_seed", new[] { "command_rotate_seed", "event_seed_rotated" } },
            { "publish_character", new[] { "command_publish_character", "event_character_published" } },
            { "publish_item", new[] { "command_publish_item", "event_item_published" } },
            { "set_starting_balance", new[] { "command_set_starting_balance", "event_starting_balance_set" } },
            { "publish_pack", new[] { "command_publish_pack", "event_pack_published" } },
            { "retire_pack", new[] { "command_retire_pack", "event_pack_retired" } },
            { "grant", new[] { "command_grant", "event_granted" } },
            { "deactivate_player", new[] { "command_deactivate_player", "event_player_deactivated" } },
            { "erase_player", new[] { "command_erase_player", "event_player_erased" } },
            { "list_players", new[] { "query_list", "reply_list" } },
            { "list_proofs", new[] { "query_list", "reply_list" } },
            { "list_wallets", new[] { "query_list", "reply_list" } },
            { "list_characters", new[] { "query_list", "reply_list" } },
            { "list_items", new[] { "query_list", "reply_list" } },
            { "list_teams", new[] { "query_list", "reply_list" } },
            { "list_pities", new[] { "query_list", "reply_list" } },
            { "list_openings", new[] { "query_list", "reply_list" } },
            { "list_packs", new[] { "query_list", "reply_list" } },
            { "list_odds", new[] { "query_list", "reply_list" } },
            { "list_stocks", new[] { "query_list", "reply_list" } },
            { "list_character_infos", new[] { "query_list", "reply_list" } },
            { "list_item_infos", new[] { "query_list", "reply_list" } },
            { "list_pull_statistics", new[] { "query_list", "reply_list" } },
        };

        public static string Dump(Tables t)
        {
            return "{"
                + "\"player\":" + VectorText.List(new List<PlayerRow>(t.Players.Rows).ToArray(), x => "[" + x.Position + "," + Text(x) + "]")
                + ",\"proof\":" + VectorText.List(new List<ProofRow>(t.Proofs.Rows).ToArray(), x => "[" + x.Position + "," + Text(x) + "]")
                + ",\"wallet\":" + VectorText.List(new List<WalletRow>(t.Wallets.Rows).ToArray(), x => "[" + x.Position + "," + Text(x) + "]")
                + ",\"character\":" + VectorText.List(new List<CharacterRow>(t.Characters.Rows).ToArray(), x => "[" + x.Position + "," + Text(x) + "]")
                + ",\"item\":" + VectorText.List(new List<ItemRow>(t.Items.Rows).ToArray(), x => "[" + x.Position + "," + Text(x) + "]")
                + ",\"team\":" + VectorText.List(new List<TeamRow>(t.Teams.Rows).ToArray(), x => "[" + x.Position + "," + Text(x) + "]")
                + ",\"pity\":" + VectorText.List(new List<PityRow>(t.Pities.Rows).ToArray(), x => "[" + x.Position + "," + Text(x) + "]")
                + ",\"pack\":" + VectorText.List(new List<PackRow>(t.Packs.Rows).ToArray(), x => "[" + x.Position + "," + Text(x) + "]")
                + ",\"odds\":" + VectorText.List(new List<OddsRow>(t.PackOdds.Rows).ToArray(), x => "[" + x.Position + "," + Text(x) + "]")
                + ",\"stock\":" + VectorText.List(new List<StockRow>(t.Stocks.Rows).ToArray(), x => "[" + x.Position + "," + Text(x) + "]")
                + ",\"character_info\":" + VectorText.List(new List<CharacterInfoRow>(t.CharacterCatalogue.Rows).ToArray(), x => "[" + x.Position + "," + Text(x) + "]")
                + ",\"item_info\":" + VectorText.List(new List<ItemInfoRow>(t.ItemCatalogue.Rows).ToArray(), x => "[" + x.Position + "," + Text(x) + "]")
                + "}";
        }

        private static string Text(Pull v)
        {
            return "{"
                + "\"character\":" + VectorText.Quoted(v.Character)
                + ",\"rarity\":" + VectorText.Name(v.Rarity.ToString())
                + ",\"copies\":" + v.Copies.ToString()
                + "}";
        }

        private static string Text(RarityWeight v)
        {
            return "{"
                + "\"rarity\":" + VectorText.Name(v.Rarity.ToString())
                + ",\"weight\":" + v.Weight.ToString()
                + "}";
        }

        private static string Text(PackEntry v)
        {
            return "{"
                + "\"character\":" + VectorText.Quoted(v.Character)
                + ",\"rarity\":" + VectorText.Name(v.Rarity.ToString())
                + ",\"weight\":" + v.Weight.ToString()
                + "}";
        }

        private static string Text(Limits v)
        {
            return "{"
                + "\"frame_max_bytes\":" + v.FrameMaxBytes.ToString()
                + ",\"in_flight_max\":" + v.InFlightMax.ToString()
                + ",\"messages_per_frame_max\":" + v.MessagesPerFrameMax.ToString()
                + ",\"sign_in_within_ms\":" + v.SignInWithinMs.ToString()
                + ",\"tick_every_ms\":" + v.TickEveryMs.ToString()
                + ",\"messages_per_second\":" + v.MessagesPerSecond.ToString()
                + "}";
        }

        private static string Text(Meta v)
        {
            return "{"
                + "\"command_id\":" + (v.CommandId == Guid.Empty ? "null" : VectorText.Quoted(v.CommandId.ToString()))
                + ",\"consistency\":" + VectorText.Name(v.Consistency.ToString())
                + ",\"at_least\":" + VectorText.Quoted(v.AtLeast.ToString())
                + ",\"traceparent\":" + (VectorText.IsAbsent(v.Traceparent) ? "null" : VectorText.Quoted(v.Traceparent))
                + "}";
        }

        private static string Text(ReplyMeta v)
        {
            return "{"
                + "\"position\":" + VectorText.Quoted(v.Position.ToString())
                + ",\"view_position\":" + VectorText.Quoted(v.ViewPosition.ToString())
                + "}";
        }

        private static string Text(Change v)
        {
            return "{"
                + "\"view\":" + v.View.ToString()
                + ",\"rows\":" + VectorText.Hex(v.Rows)
                + "}";
        }

        private static string Text(HelloPush v)
        {
            return "{"
                + "\"protocol\":" + v.Protocol.ToString()
                + ",\"oldest_client\":" + v.OldestClient.ToString()
                + ",\"epoch\":" + VectorText.Quoted(v.Epoch.ToString())
                + ",\"time\":" + VectorText.Quoted(v.Time.ToString())
                + ",\"server\":" + VectorText.Quoted(v.Server)
                + ",\"limits\":" + Text(v.Limits)
                + ",\"issuer\":" + (VectorText.IsAbsent(v.Issuer) ? "null" : VectorText.Quoted(v.Issuer))
                + ",\"client_id\":" + (VectorText.IsAbsent(v.ClientId) ? "null" : VectorText.Quoted(v.ClientId))
                + "}";
        }

        private static string Text(TickPush v)
        {
            return "{"
                + "\"time\":" + VectorText.Quoted(v.Time.ToString())
                + ",\"own_mark\":" + VectorText.Quoted(v.OwnMark.ToString())
                + ",\"public_mark\":" + VectorText.Quoted(v.PublicMark.ToString())
                + "}";
        }

        private static string Text(ErrorPush v)
        {
            return "{"
                + "\"code\":" + v.Code.ToString()
                + ",\"name\":" + VectorText.Quoted(v.Name)
                + ",\"retry\":" + VectorText.Name(v.Retry.ToString())
                + ",\"retry_after_ms\":" + v.RetryAfterMs.ToString()
                + ",\"detail\":" + (VectorText.IsAbsent(v.Detail) ? "null" : VectorText.Quoted(v.Detail))
                + "}";
        }

        private static string Text(SignInRequest v)
        {
            return "{"
                + "\"token\":" + VectorText.Quoted(v.Token)
                + ",\"display_name\":" + (VectorText.IsAbsent(v.DisplayName) ? "null" : VectorText.Quoted(v.DisplayName))
                + "}";
        }

        private static string Text(SignInReply v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"expires_at\":" + VectorText.Quoted(v.ExpiresAt.ToString())
                + ",\"enrolled\":" + (v.Enrolled ? "true" : "false")
                + ",\"roles\":" + VectorText.List(v.Roles, x => VectorText.Quoted(x))
                + "}";
        }

        private static string Text(RefreshRequest v)
        {
            return "{"
                + "\"token\":" + VectorText.Quoted(v.Token)
                + "}";
        }

        private static string Text(RefreshReply v)
        {
            return "{"
                + "\"expires_at\":" + VectorText.Quoted(v.ExpiresAt.ToString())
                + "}";
        }

        private static string Text(PingRequest v)
        {
            return "{"
                + "}";
        }

        private static string Text(PingReply v)
        {
            return "{"
                + "\"time\":" + VectorText.Quoted(v.Time.ToString())
                + "}";
        }

        private static string Text(FollowRequest v)
        {
            return "{"
                + "\"epoch\":" + (v.Epoch == Guid.Empty ? "null" : VectorText.Quoted(v.Epoch.ToString()))
                + ",\"generation\":" + VectorText.Quoted(v.Generation.ToString())
                + ",\"own\":" + VectorText.Quoted(v.Own.ToString())
                + ",\"public\":" + VectorText.Quoted(v.Public.ToString())
                + "}";
        }

        private static string Text(FollowReply v)
        {
            return "{"
                + "\"epoch\":" + VectorText.Quoted(v.Epoch.ToString())
                + ",\"generation\":" + VectorText.Quoted(v.Generation.ToString())
                + ",\"own_whole\":" + (v.OwnWhole ? "true" : "false")
                + ",\"public_whole\":" + (v.PublicWhole ? "true" : "false")
                + "}";
        }

        private static string Text(ChangedPush v)
        {
            return "{"
                + "\"audience\":" + VectorText.Name(v.Audience.ToString())
                + ",\"mark\":" + VectorText.Quoted(v.Mark.ToString())
                + ",\"changes\":" + VectorText.List(v.Changes, x => Text(x))
                + "}";
        }

        private static string Text(ExpiringPush v)
        {
            return "{"
                + "\"expires_at\":" + VectorText.Quoted(v.ExpiresAt.ToString())
                + "}";
        }

        private static string Text(ClosingPush v)
        {
            return "{"
                + "\"code\":" + v.Code.ToString()
                + ",\"advice\":" + VectorText.Name(v.Advice.ToString())
                + ",\"retry_after_ms\":" + v.RetryAfterMs.ToString()
                + "}";
        }

        private static string Text(RegisterRequest v)
        {
            return "{"
                + "\"email\":" + VectorText.Quoted(v.Email)
                + ",\"password\":" + VectorText.Quoted(v.Password)
                + ",\"display_name\":" + VectorText.Quoted(v.DisplayName)
                + "}";
        }

        private static string Text(RegisterReply v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"access_token\":" + VectorText.Quoted(v.AccessToken)
                + ",\"refresh_token\":" + VectorText.Quoted(v.RefreshToken)
                + ",\"expires_at\":" + VectorText.Quoted(v.ExpiresAt.ToString())
                + "}";
        }

        private static string Text(SignedInPush v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"expires_at\":" + VectorText.Quoted(v.ExpiresAt.ToString())
                + ",\"enrolled\":" + (v.Enrolled ? "true" : "false")
                + ",\"roles\":" + VectorText.List(v.Roles, x => VectorText.Quoted(x))
                + "}";
        }

        private static string Text(PlayAsGuestRequest v)
        {
            return "{"
                + "\"secret\":" + VectorText.Quoted(v.Secret)
                + ",\"display_name\":" + VectorText.Quoted(v.DisplayName)
                + "}";
        }

        private static string Text(PlayAsGuestReply v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"access_token\":" + VectorText.Quoted(v.AccessToken)
                + ",\"refresh_token\":" + VectorText.Quoted(v.RefreshToken)
                + ",\"expires_at\":" + VectorText.Quoted(v.ExpiresAt.ToString())
                + ",\"user_name\":" + VectorText.Quoted(v.UserName)
                + "}";
        }

        private static string Text(ClaimAccountRequest v)
        {
            return "{"
                + "\"email\":" + VectorText.Quoted(v.Email)
                + ",\"password\":" + VectorText.Quoted(v.Password)
                + "}";
        }

        private static string Text(ClaimAccountReply v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"access_token\":" + VectorText.Quoted(v.AccessToken)
                + ",\"refresh_token\":" + VectorText.Quoted(v.RefreshToken)
                + ",\"expires_at\":" + VectorText.Quoted(v.ExpiresAt.ToString())
                + "}";
        }

        private static string Text(ListQueryRequest v)
        {
            return "{"
                + "\"after\":" + (VectorText.IsAbsent(v.After) ? "null" : VectorText.Hex(v.After))
                + ",\"limit\":" + v.Limit.ToString()
                + ",\"player\":" + (v.Player == Guid.Empty ? "null" : VectorText.Quoted(v.Player.ToString()))
                + "}";
        }

        private static string Text(ListQueryReply v)
        {
            return "{"
                + "\"rows\":" + VectorText.Hex(v.Rows)
                + ",\"next\":" + (VectorText.IsAbsent(v.Next) ? "null" : VectorText.Hex(v.Next))
                + "}";
        }

        private static string Text(OpenPackCommand v)
        {
            return "{"
                + "\"pack\":" + VectorText.Quoted(v.Pack)
                + ",\"count\":" + v.Count.ToString()
                + ",\"payment\":" + VectorText.Name(v.Payment.ToString())
                + "}";
        }

        private static string Text(FormTeamCommand v)
        {
            return "{"
                + "\"name\":" + VectorText.Quoted(v.Name)
                + ",\"members\":" + VectorText.List(v.Members, x => VectorText.Quoted(x))
                + "}";
        }

        private static string Text(ChangeTeamCommand v)
        {
            return "{"
                + "\"team\":" + v.Team.ToString()
                + ",\"name\":" + VectorText.Quoted(v.Name)
                + ",\"members\":" + VectorText.List(v.Members, x => VectorText.Quoted(x))
                + "}";
        }

        private static string Text(DisbandTeamCommand v)
        {
            return "{"
                + "\"team\":" + v.Team.ToString()
                + "}";
        }

        private static string Text(RenamePlayerCommand v)
        {
            return "{"
                + "\"display_name\":" + VectorText.Quoted(v.DisplayName)
                + "}";
        }

        private static string Text(RotateSeedCommand v)
        {
            return "{"
                + "\"client_seed\":" + VectorText.Quoted(v.ClientSeed)
                + "}";
        }

        private static string Text(PublishCharacterCommand v)
        {
            return "{"
                + "\"character\":" + VectorText.Quoted(v.Character)
                + ",\"name\":" + VectorText.Quoted(v.Name)
                + ",\"rarity\":" + VectorText.Name(v.Rarity.ToString())
                + ",\"description\":" + (VectorText.IsAbsent(v.Description) ? "null" : VectorText.Quoted(v.Description))
                + "}";
        }

        private static string Text(PublishItemCommand v)
        {
            return "{"
                + "\"item\":" + VectorText.Quoted(v.Item)
                + ",\"name\":" + VectorText.Quoted(v.Name)
                + ",\"description\":" + (VectorText.IsAbsent(v.Description) ? "null" : VectorText.Quoted(v.Description))
                + "}";
        }

        private static string Text(SetStartingBalanceCommand v)
        {
            return "{"
                + "\"free\":" + VectorText.Quoted(v.Free.ToString())
                + ",\"item\":" + (VectorText.IsAbsent(v.Item) ? "null" : VectorText.Quoted(v.Item))
                + ",\"item_count\":" + v.ItemCount.ToString()
                + "}";
        }

        private static string Text(PublishPackCommand v)
        {
            return "{"
                + "\"pack\":" + VectorText.Quoted(v.Pack)
                + ",\"name\":" + VectorText.Quoted(v.Name)
                + ",\"price\":" + VectorText.Quoted(v.Price.ToString())
                + ",\"ten_price\":" + VectorText.Quoted(v.TenPrice.ToString())
                + ",\"rarities\":" + VectorText.List(v.Rarities, x => Text(x))
                + ",\"entries\":" + VectorText.List(v.Entries, x => Text(x))
                + ",\"pity_group\":" + VectorText.Quoted(v.PityGroup)
                + ",\"hard_pity\":" + v.HardPity.ToString()
                + ",\"pity_rarity\":" + VectorText.Name(v.PityRarity.ToString())
                + ",\"item\":" + (VectorText.IsAbsent(v.Item) ? "null" : VectorText.Quoted(v.Item))
                + ",\"limited\":" + (v.Limited ? "true" : "false")
                + ",\"stock\":" + VectorText.Quoted(v.Stock.ToString())
                + "}";
        }

        private static string Text(RetirePackCommand v)
        {
            return "{"
                + "\"pack\":" + VectorText.Quoted(v.Pack)
                + "}";
        }

        private static string Text(GrantCommand v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"external_id\":" + VectorText.Quoted(v.ExternalId)
                + ",\"kind\":" + VectorText.Name(v.Kind.ToString())
                + ",\"item\":" + (VectorText.IsAbsent(v.Item) ? "null" : VectorText.Quoted(v.Item))
                + ",\"amount\":" + VectorText.Quoted(v.Amount.ToString())
                + ",\"reason\":" + (VectorText.IsAbsent(v.Reason) ? "null" : VectorText.Quoted(v.Reason))
                + "}";
        }

        private static string Text(DeactivatePlayerCommand v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"grace_s\":" + v.GraceS.ToString()
                + ",\"reason\":" + (VectorText.IsAbsent(v.Reason) ? "null" : VectorText.Quoted(v.Reason))
                + "}";
        }

        private static string Text(ErasePlayerCommand v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"reason\":" + (VectorText.IsAbsent(v.Reason) ? "null" : VectorText.Quoted(v.Reason))
                + ",\"even_active\":" + (v.EvenActive ? "true" : "false")
                + "}";
        }

        private static string Text(PackOpenedEvent v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"opening\":" + v.Opening.ToString()
                + ",\"pack\":" + VectorText.Quoted(v.Pack)
                + ",\"pack_version\":" + v.PackVersion.ToString()
                + ",\"payment\":" + VectorText.Name(v.Payment.ToString())
                + ",\"cost_free\":" + VectorText.Quoted(v.CostFree.ToString())
                + ",\"cost_paid\":" + VectorText.Quoted(v.CostPaid.ToString())
                + ",\"free\":" + VectorText.Quoted(v.Free.ToString())
                + ",\"paid\":" + VectorText.Quoted(v.Paid.ToString())
                + ",\"item\":" + (VectorText.IsAbsent(v.Item) ? "null" : VectorText.Quoted(v.Item))
                + ",\"item_count\":" + v.ItemCount.ToString()
                + ",\"seed_number\":" + v.SeedNumber.ToString()
                + ",\"first_nonce\":" + VectorText.Quoted(v.FirstNonce.ToString())
                + ",\"pulls\":" + VectorText.List(v.Pulls, x => Text(x))
                + ",\"pity_group\":" + VectorText.Quoted(v.PityGroup)
                + ",\"pity\":" + v.Pity.ToString()
                + ",\"opened_at\":" + VectorText.Quoted(v.OpenedAt.ToString())
                + "}";
        }

        private static string Text(TeamFormedEvent v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"team\":" + v.Team.ToString()
                + ",\"name\":" + VectorText.Quoted(v.Name)
                + ",\"members\":" + VectorText.List(v.Members, x => VectorText.Quoted(x))
                + "}";
        }

        private static string Text(TeamChangedEvent v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"team\":" + v.Team.ToString()
                + ",\"name\":" + VectorText.Quoted(v.Name)
                + ",\"members\":" + VectorText.List(v.Members, x => VectorText.Quoted(x))
                + "}";
        }

        private static string Text(TeamDisbandedEvent v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"team\":" + v.Team.ToString()
                + "}";
        }

        private static string Text(PlayerRenamedEvent v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"display_name\":" + VectorText.Quoted(v.DisplayName)
                + ",\"status\":" + VectorText.Name(v.Status.ToString())
                + ",\"registered_at\":" + VectorText.Quoted(v.RegisteredAt.ToString())
                + "}";
        }

        private static string Text(SeedRotatedEvent v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"revealed_number\":" + v.RevealedNumber.ToString()
                + ",\"revealed_seed\":" + VectorText.Hex(v.RevealedSeed)
                + ",\"revealed_draws\":" + VectorText.Quoted(v.RevealedDraws.ToString())
                + ",\"seed_number\":" + v.SeedNumber.ToString()
                + ",\"seed_hash\":" + VectorText.Hex(v.SeedHash)
                + ",\"next_seed_hash\":" + VectorText.Hex(v.NextSeedHash)
                + ",\"client_seed\":" + VectorText.Quoted(v.ClientSeed)
                + "}";
        }

        private static string Text(CharacterPublishedEvent v)
        {
            return "{"
                + "\"character\":" + VectorText.Quoted(v.Character)
                + ",\"name\":" + VectorText.Quoted(v.Name)
                + ",\"rarity\":" + VectorText.Name(v.Rarity.ToString())
                + ",\"description\":" + (VectorText.IsAbsent(v.Description) ? "null" : VectorText.Quoted(v.Description))
                + "}";
        }

        private static string Text(ItemPublishedEvent v)
        {
            return "{"
                + "\"item\":" + VectorText.Quoted(v.Item)
                + ",\"name\":" + VectorText.Quoted(v.Name)
                + ",\"description\":" + (VectorText.IsAbsent(v.Description) ? "null" : VectorText.Quoted(v.Description))
                + "}";
        }

        private static string Text(StartingBalanceSetEvent v)
        {
            return "{"
                + "\"free\":" + VectorText.Quoted(v.Free.ToString())
                + ",\"item\":" + (VectorText.IsAbsent(v.Item) ? "null" : VectorText.Quoted(v.Item))
                + ",\"item_count\":" + v.ItemCount.ToString()
                + "}";
        }

        private static string Text(PackPublishedEvent v)
        {
            return "{"
                + "\"pack\":" + VectorText.Quoted(v.Pack)
                + ",\"version\":" + v.Version.ToString()
                + ",\"name\":" + VectorText.Quoted(v.Name)
                + ",\"price\":" + VectorText.Quoted(v.Price.ToString())
                + ",\"ten_price\":" + VectorText.Quoted(v.TenPrice.ToString())
                + ",\"rarities\":" + VectorText.List(v.Rarities, x => Text(x))
                + ",\"entries\":" + VectorText.List(v.Entries, x => Text(x))
                + ",\"dropped\":" + VectorText.List(v.Dropped, x => VectorText.Quoted(x))
                + ",\"pity_group\":" + VectorText.Quoted(v.PityGroup)
                + ",\"hard_pity\":" + v.HardPity.ToString()
                + ",\"pity_rarity\":" + VectorText.Name(v.PityRarity.ToString())
                + ",\"item\":" + (VectorText.IsAbsent(v.Item) ? "null" : VectorText.Quoted(v.Item))
                + ",\"limited\":" + (v.Limited ? "true" : "false")
                + ",\"published_at\":" + VectorText.Quoted(v.PublishedAt.ToString())
                + "}";
        }

        private static string Text(PackRetiredEvent v)
        {
            return "{"
                + "\"pack\":" + VectorText.Quoted(v.Pack)
                + ",\"retired_at\":" + VectorText.Quoted(v.RetiredAt.ToString())
                + ",\"version\":" + v.Version.ToString()
                + ",\"name\":" + VectorText.Quoted(v.Name)
                + ",\"price\":" + VectorText.Quoted(v.Price.ToString())
                + ",\"ten_price\":" + VectorText.Quoted(v.TenPrice.ToString())
                + ",\"pity_group\":" + VectorText.Quoted(v.PityGroup)
                + ",\"hard_pity\":" + v.HardPity.ToString()
                + ",\"pity_rarity\":" + VectorText.Name(v.PityRarity.ToString())
                + ",\"item\":" + (VectorText.IsAbsent(v.Item) ? "null" : VectorText.Quoted(v.Item))
                + ",\"limited\":" + (v.Limited ? "true" : "false")
                + "}";
        }

        private static string Text(GrantedEvent v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"external_id\":" + VectorText.Quoted(v.ExternalId)
                + ",\"kind\":" + VectorText.Name(v.Kind.ToString())
                + ",\"item\":" + (VectorText.IsAbsent(v.Item) ? "null" : VectorText.Quoted(v.Item))
                + ",\"amount\":" + VectorText.Quoted(v.Amount.ToString())
                + ",\"free\":" + VectorText.Quoted(v.Free.ToString())
                + ",\"paid\":" + VectorText.Quoted(v.Paid.ToString())
                + ",\"item_count\":" + v.ItemCount.ToString()
                + ",\"reason\":" + (VectorText.IsAbsent(v.Reason) ? "null" : VectorText.Quoted(v.Reason))
                + ",\"granted_at\":" + VectorText.Quoted(v.GrantedAt.ToString())
                + "}";
        }

        private static string Text(PlayerDeactivatedEvent v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"display_name\":" + VectorText.Quoted(v.DisplayName)
                + ",\"registered_at\":" + VectorText.Quoted(v.RegisteredAt.ToString())
                + ",\"deactivated_at\":" + VectorText.Quoted(v.DeactivatedAt.ToString())
                + ",\"grace_s\":" + v.GraceS.ToString()
                + ",\"reason\":" + (VectorText.IsAbsent(v.Reason) ? "null" : VectorText.Quoted(v.Reason))
                + "}";
        }

        private static string Text(PlayerErasedEvent v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"registered_at\":" + VectorText.Quoted(v.RegisteredAt.ToString())
                + ",\"teams\":" + VectorText.List(v.Teams, x => x.ToString())
                + ",\"erased_at\":" + VectorText.Quoted(v.ErasedAt.ToString())
                + ",\"reason\":" + (VectorText.IsAbsent(v.Reason) ? "null" : VectorText.Quoted(v.Reason))
                + "}";
        }

        private static string Text(PlayerRow v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"display_name\":" + VectorText.Quoted(v.DisplayName)
                + ",\"status\":" + VectorText.Name(v.Status.ToString())
                + ",\"registered_at\":" + VectorText.Quoted(v.RegisteredAt.ToString())
                + "}";
        }

        private static string Text(ProofRow v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"seed_number\":" + v.SeedNumber.ToString()
                + ",\"seed_hash\":" + VectorText.Hex(v.SeedHash)
                + ",\"next_seed_hash\":" + VectorText.Hex(v.NextSeedHash)
                + ",\"client_seed\":" + VectorText.Quoted(v.ClientSeed)
                + "}";
        }

        private static string Text(WalletRow v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"free\":" + VectorText.Quoted(v.Free.ToString())
                + ",\"paid\":" + VectorText.Quoted(v.Paid.ToString())
                + "}";
        }

        private static string Text(CharacterRow v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"character\":" + VectorText.Quoted(v.Character)
                + ",\"rarity\":" + VectorText.Name(v.Rarity.ToString())
                + ",\"copies\":" + v.Copies.ToString()
                + "}";
        }

        private static string Text(ItemRow v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"item\":" + VectorText.Quoted(v.Item)
                + ",\"count\":" + v.Count.ToString()
                + "}";
        }

        private static string Text(TeamRow v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"team\":" + v.Team.ToString()
                + ",\"name\":" + VectorText.Quoted(v.Name)
                + ",\"members\":" + VectorText.List(v.Members, x => VectorText.Quoted(x))
                + "}";
        }

        private static string Text(PityRow v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"pity_group\":" + VectorText.Quoted(v.PityGroup)
                + ",\"draws\":" + v.Draws.ToString()
                + "}";
        }

        private static string Text(OpeningRow v)
        {
            return "{"
                + "\"player\":" + VectorText.Quoted(v.Player.ToString())
                + ",\"opening\":" + v.Opening.ToString()
                + ",\"pack\":" + VectorText.Quoted(v.Pack)
                + ",\"pack_version\":" + v.PackVersion.ToString()
                + ",\"cost_free\":" + VectorText.Quoted(v.CostFree.ToString())
                + ",\"cost_paid\":" + VectorText.Quoted(v.CostPaid.ToString())
                + ",\"item\":" + (VectorText.IsAbsent(v.Item) ? "null" : VectorText.Quoted(v.Item))
                + ",\"seed_number\":" + v.SeedNumber.ToString()
                + ",\"first_nonce\":" + VectorText.Quoted(v.FirstNonce.ToString())
                + ",\"pulls\":" + VectorText.List(v.Pulls, x => Text(x))
                + ",\"opened_at\":" + VectorText.Quoted(v.OpenedAt.ToString())
                + "}";
        }

        private static string Text(PackRow v)
        {
            return "{"
                + "\"pack\":" + VectorText.Quoted(v.Pack)
                + ",\"version\":" + v.Version.ToString()
                + ",\"name\":" + VectorText.Quoted(v.Name)
                + ",\"status\":" + VectorText.Name(v.Status.ToString())
                + ",\"price\":" + VectorText.Quoted(v.Price.ToString())
                + ",\"ten_price\":" + VectorText.Quoted(v.TenPrice.ToString())
                + ",\"pity_group\":" + VectorText.Quoted(v.PityGroup)
                + ",\"hard_pity\":" + v.HardPity.ToString()
                + ",\"pity_rarity\":" + VectorText.Name(v.PityRarity.ToString())
                + ",\"item\":" + (VectorText.IsAbsent(v.Item) ? "null" : VectorText.Quoted(v.Item))
                + ",\"limited\":" + (v.Limited ? "true" : "false")
                + "}";
        }

        private static string Text(OddsRow v)
        {
            return "{"
                + "\"pack\":" + VectorText.Quoted(v.Pack)
                + ",\"character\":" + VectorText.Quoted(v.Character)
                + ",\"rarity\":" + VectorText.Name(v.Rarity.ToString())
                + ",\"numerator\":" + VectorText.Quoted(v.Numerator.ToString())
                + ",\"denominator\":" + VectorText.Quoted(v.Denominator.ToString())
                + ",\"version\":" + v.Version.ToString()
                + ",\"rarity_weight\":" + v.RarityWeight.ToString()
                + ",\"weight\":" + v.Weight.ToString()
                + "}";
        }

        private static string Text(StockRow v)
        {
            return "{"
                + "\"pack\":" + VectorText.Quoted(v.Pack)
                + ",\"limited\":" + (v.Limited ? "true" : "false")
                + ",\"remaining\":" + VectorText.Quoted(v.Remaining.ToString())
                + "}";
        }

        private static string Text(CharacterInfoRow v)
        {
            return "{"
                + "\"character\":" + VectorText.Quoted(v.Character)
                + ",\"name\":" + VectorText.Quoted(v.Name)
                + ",\"rarity\":" + VectorText.Name(v.Rarity.ToString())
                + ",\"description\":" + (VectorText.IsAbsent(v.Description) ? "null" : VectorText.Quoted(v.Description))
                + "}";
        }

        private static string Text(ItemInfoRow v)
        {
            return "{"
                + "\"item\":" + VectorText.Quoted(v.Item)
                + ",\"name\":" + VectorText.Quoted(v.Name)
                + ",\"description\":" + (VectorText.IsAbsent(v.Description) ? "null" : VectorText.Quoted(v.Description))
                + "}";
        }

        private static string Text(PullStatisticRow v)
        {
            return "{"
                + "\"pack\":" + VectorText.Quoted(v.Pack)
                + ",\"version\":" + v.Version.ToString()
                + ",\"character\":" + VectorText.Quoted(v.Character)
                + ",\"observed\":" + VectorText.Quoted(v.Observed.ToString())
                + "}";
        }
    }
}
