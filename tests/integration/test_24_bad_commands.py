"""Bad input that is well formed: commands that the rules refuse, requests too many, headers that lie. As in
test_20_bad_input.py a bystander must not notice, and a refusal leaves nothing in the log.
"""

import uuid

import pytest
from websockets.exceptions import InvalidStatus

from harness import database, game
from harness.client import Client, Closed, Refused
from harness.hostile import player, refusal, undisturbed, watching  # noqa: F401

OPEN = {"pack": "standard", "count": 1}


# --- the game


def test_commands_without_or_with_a_busy_id(player):
    assert refusal(player, "open_pack", OPEN, command_id=None) == "command_id_missing"
    first = player.send("list_wallets", {}, at_least=1 << 40)
    player.send("list_wallets", {}, request_id=first)
    answers = player.wait(lambda: len(player.replies.get(first, [])) == 2 and player.replies[first])
    assert [answer["error"] for answer in answers] == ["id_in_use", "view_behind"]


def test_more_requests_than_a_socket_may_have(starter, newcomer):
    client = newcomer(starter)
    sent = [client.send("list_wallets", {}, at_least=1 << 40) for _ in range(80)]
    names = [refused_name(client, request) for request in sent]
    assert names.count("too_many_in_flight") == 16 and names.count("view_behind") == 64
    assert client.request("open_pack", OPEN)


def refused_name(client, request):
    with pytest.raises(Refused) as refused:
        client.reply(request)
    return refused.value.name


@pytest.mark.parametrize("payload,name", [
    ({"pack": "nowhere", "count": 1}, "pack_unknown"),
    ({"pack": "standard", "count": 2}, "count_invalid"),
    ({"pack": "standard", "count": 0}, "count_invalid"),
    ({"pack": "standard", "count": 300}, "field_out_of_range"),
    ({"pack": "standard", "count": -1}, "field_out_of_range"),
    ({"pack": "standard", "count": "1"}, "field_wrong_type"),
    ({"pack": "Standard", "count": 1}, "field_out_of_range"),
    ({"pack": "", "count": 1}, "field_out_of_range"),
    ({"pack": "x" * 32, "count": 1}, "field_out_of_range"),
    ({"pack": "standard'; drop table packs; --", "count": 1}, "field_out_of_range"),
    ({"pack": "standard", "count": 1, "payment": 9}, "field_out_of_range"),
    ({"pack": "founders", "count": 10}, "wallet_insufficient"),
    ({"pack": "standard", "count": 10, "payment": "item"}, "item_insufficient"),
    ({"pack": "dragon-night", "count": 1, "payment": "item"}, "pack_not_owned_as_item"),
    (["standard"], "field_missing"),
    ([], "field_missing"),
    (["standard", None], "field_missing"),
    (["standard", 1.5], "field_wrong_type"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_openings_that_cannot_be(player, payload, name):
    assert refusal(player, "open_pack", payload) == name
    assert player.replica.live("wallet")[(player.player,)]["free"] == 1600


def test_packs_sold_out_and_retired(starter, newcomer):
    key = f"few-{uuid.uuid4().hex[:8]}"
    few = {"pack": key, "name": "Few", "price": 1, "ten_price": 10, "rarities": [{"rarity": "common", "weight": 1}],
           "entries": [{"character": "pip", "rarity": "common", "weight": 1}], "pity_group": key, "hard_pity": 0,
           "pity_rarity": "common", "item": None, "limited": True, "stock": 3}
    client, other = newcomer(starter), newcomer(starter)
    with game.operator(starter) as operator:
        operator.request("publish_pack", few)
        assert refusal(client, "open_pack", {"pack": key, "count": 10}) == "stock_exhausted"
        sent = [(socket, socket.send("open_pack", {"pack": key, "count": 1})) for _ in range(3) for socket in (client, other)]
        outcomes = []
        for socket_, request in sent:
            try:
                outcomes.append(socket_.reply(request)["type"])
            except Refused as refused:
                outcomes.append(refused.name)
        assert sorted(outcomes) == ["open_pack"] * 3 + ["stock_exhausted"] * 3
        operator.request("retire_pack", {"pack": key})
        assert refusal(client, "open_pack", {"pack": key, "count": 1}) == "pack_retired"
        assert refusal(operator, "retire_pack", {"pack": key}) == "pack_retired"
        assert refusal(operator, "retire_pack", {"pack": "nowhere"}) == "pack_unknown"


def test_teams_that_cannot_be(starter, newcomer):
    client = newcomer(starter)
    client.request("open_pack", {"pack": "standard", "count": 10})
    client.request("open_pack", OPEN)
    own = sorted(key[1] for key in client.replica.live("character"))
    four = own[:4]
    for members, name in ((own[:3], "team_size_invalid"), ([], "team_size_invalid"), (four + ["pip"], "team_size_invalid"),
                          (own[:3] + own[:1], "team_member_repeated"), ([own[0]] * 4, "team_member_repeated"),
                          (own[:3] + ["nobody"], "character_not_owned"), (own[:3] + ["NOT A SLUG"], "field_out_of_range"),
                          (["x"] * 17, "field_out_of_range"), ("four", "field_wrong_type")):
        payload = {"name": "Team", "members": members} if isinstance(members, list) else ["Team", members]
        assert refusal(client, "form_team", payload) == name, members
    for team_name, name in (("", "field_out_of_range"), ("   ", "team_name_invalid"), ("x" * 41, "field_out_of_range"),
                            ("a\nb", "field_out_of_range")):
        assert refusal(client, "form_team", {"name": team_name, "members": four}) == name, team_name
    for command, payload in (("change_team", {"team": 1, "name": "x", "members": four}), ("disband_team", {"team": 1})):
        assert refusal(client, command, payload) == "team_unknown"
    for number in range(20):
        client.request("form_team", {"name": f"Team {number}", "members": four})
    assert refusal(client, "form_team", {"name": "One more", "members": four}) == "teams_full"


def test_names_and_seeds_that_cannot_be(player):
    for name, error in (("a\u0000b", "field_out_of_range"), ("<script>", "display_name_invalid"), ("x  y", "display_name_invalid"),
                        ("\u200b\u200b", "display_name_invalid")):
        assert refusal(player, "rename_player", {"display_name": name}) == error, name
    for seed, error in (("a:b", "client_seed_invalid"), ("ü", "client_seed_invalid"), ("", "field_out_of_range"),
                        ("x" * 65, "field_out_of_range")):
        assert refusal(player, "rotate_seed", {"client_seed": seed}) == error, seed


def test_operators_mistakes(starter, player):
    pack = {"pack": "mistake", "name": "Mistake", "price": 1, "ten_price": 10, "rarities": [{"rarity": "common", "weight": 1}],
            "entries": [{"character": "pip", "rarity": "common", "weight": 1}], "pity_group": "mistake", "hard_pity": 0,
            "pity_rarity": "common", "item": None, "limited": False, "stock": 0}
    wrong = [
        ({"price": 0}, "amount_invalid"), ({"price": 10 ** 12 + 1}, "amount_invalid"), ({"ten_price": 0}, "amount_invalid"),
        ({"limited": True, "stock": 0}, "amount_invalid"), ({"rarities": []}, "pack_table_invalid"),
        ({"entries": []}, "pack_table_invalid"), ({"rarities": [{"rarity": "common", "weight": 0}]}, "pack_table_invalid"),
        ({"rarities": [{"rarity": "common", "weight": 1}] * 2}, "pack_table_invalid"),
        ({"rarities": [{"rarity": "common", "weight": 1}, {"rarity": "epic", "weight": 1}]}, "pack_table_invalid"),
        ({"entries": [{"character": "pip", "rarity": "common", "weight": 1}] * 2}, "pack_table_invalid"),
        ({"entries": [{"character": "nobody", "rarity": "common", "weight": 1}]}, "character_unknown"),
        ({"entries": [{"character": "nyx", "rarity": "common", "weight": 1}]}, "character_unknown"),
        ({"item": "nothing"}, "item_unknown"), ({"hard_pity": 5, "pity_rarity": "epic"}, "pack_table_invalid"),
    ]
    with game.operator(starter) as operator:
        before = database.commands_of(starter.settings, operator.player)
        for change, name in wrong:
            assert refusal(operator, "publish_pack", {**pack, **change}) == name, change
        assert refusal(operator, "publish_character", {"character": "pip", "name": "Pip", "rarity": "epic"}) == "rarity_changed"
        assert refusal(operator, "set_starting_balance", {"free": 1, "item": "nothing", "item_count": 1}) == "item_unknown"
        grant = {"player": player.player, "external_id": f"g-{uuid.uuid4()}", "kind": "free_currency", "item": None, "amount": 1}
        for change, name in (({"amount": 0}, "amount_invalid"), ({"amount": 10 ** 12 + 1}, "amount_invalid"),
                             ({"amount": 10 ** 12}, "amount_invalid"), ({"kind": "item", "item": "nothing"}, "item_unknown"),
                             ({"player": uuid.uuid4()}, "player_unknown"), ({"external_id": ""}, "field_out_of_range")):
            assert refusal(operator, "grant", {**grant, **change}) == name, change
        assert refusal(operator, "enrol_player", {"player": uuid.uuid4(), "display_name": "Xx", "door": 1}) == "type_unknown"
        assert database.commands_of(starter.settings, operator.player) == before != [], "a refusal leaves nothing"


@pytest.mark.parametrize("payload,name", [
    ({"limit": 0}, "field_out_of_range"), ({"limit": 501}, "field_out_of_range"), ({"limit": 70000}, "field_out_of_range"),
    ({"after": b"not a cursor"}, "field_out_of_range"), ({"after": bytes(257)}, "field_out_of_range"),
    ([17], "field_wrong_type"),
], ids=str)
def test_queries_that_cannot_be(player, payload, name):
    for query in ("list_teams", "list_openings"):
        assert refusal(player, query, payload) == name


# --- addresses


def test_a_spoofed_forwarded_header_changes_nothing(new_server, clients):
    """Only the proxy that was named (127.0.0.3) may say who the client is; 127.0.0.1 may not."""
    server = new_server("--trusted-proxy", "127.0.0.3/32", "--sessions-per-address-max", "3", more={"GACHAPON_UNLIMITED": ""})
    url = server.settings.url + "/join"
    registration = {"email": f"{uuid.uuid4().hex}@example.test", "password": "correct-horse", "display_name": "Xerxes"}
    stranger = {"X-Forwarded-For": "203.0.113.9"}

    behind = clients(url, source="127.0.0.3", headers=stranger)
    assert refusal(behind, "register", registration) == "insecure_transport"
    secure = clients(url, source="127.0.0.3", headers={**stranger, "X-Forwarded-Proto": "https"})
    secure.request("register", registration)

    direct = [clients(url, headers={"X-Forwarded-For": f"203.0.113.{number}"}) for number in range(3)]
    assert direct[0].request("ping") and direct[2].request("ping")
    assert turned_away(url, headers={"X-Forwarded-For": "203.0.113.200"}) == 4006, "all of 127.0.0.1, whatever they say"
    direct[0].register()  # loopback stays loopback
    third = clients(url, source="127.0.0.3", headers=stranger)
    assert third.request("ping")
    assert turned_away(url, source="127.0.0.3", headers=stranger) == 4006, "behind the proxy each address counts"
    assert clients(url, source="127.0.0.3", headers={"X-Forwarded-For": "203.0.113.10"}).request("ping")
    lied = clients(url, source="127.0.0.3", headers={"X-Forwarded-For": "127.0.0.1, 203.0.113.11"})
    assert refusal(lied, "register", registration) == "insecure_transport", "what the client wrote itself comes first"


def turned_away(url, **options):
    """The code that closes a socket before its hello."""
    with pytest.raises(Closed) as closed:
        Client(url, **options)
    return closed.value.code


@pytest.mark.parametrize("path,headers,statuses", [
    ("/other", {}, (404,)), ("/play/x", {}, (404,)),
    ("/join", {"Origin": "https://evil.example"}, (403,)),
    ("/play", {"Authorization": "Basic YTpi"}, (400, 401)),
    ("/play", {"Authorization": "Bearer " + "x" * 17000}, (431,)),
    ("/join", {"X-Padding": "x" * 30000}, (431,)),
])
def test_upgrades_that_are_refused(starter, path, headers, statuses):
    with pytest.raises(InvalidStatus) as refused:
        Client(starter.settings.url + path, headers=headers)
    assert refused.value.response.status_code in statuses
