"""Exactly once: a command that is sent again has one effect and the same answer, whoever, wherever, whenever."""

import re
import uuid

import pytest

from harness import database, game
from harness.client import Refused, new_id

OPEN = {"pack": "standard", "count": 1}


def positions(server, command_id):
    return database.command_events(server.settings, [command_id]).get(command_id, [])


def free(client):
    (row,) = client.request("list_wallets", {})["payload"]["rows"]
    return row["free"]


def test_a_command_sent_again_gets_the_same_answer(starter, newcomer, clients):
    client, command = newcomer(starter), new_id()
    first = client.request("open_pack", OPEN, command_id=command)
    second = client.request("open_pack", OPEN, command_id=command)
    elsewhere = clients(starter.settings.url + "/play", token=client.tokens["access_token"])
    elsewhere.signed_in()
    third = elsewhere.request("open_pack", OPEN, command_id=command, consistency="eventual")
    assert first["payload"] == second["payload"] == third["payload"]
    assert first["meta"]["position"] == second["meta"]["position"] == third["meta"]["position"]
    assert positions(starter, command) == [first["meta"]["position"]]
    assert free(client) == 1600 - 160


def test_the_answer_is_the_first_one_however_much_happened_since(starter, newcomer):
    client, command = newcomer(starter), new_id()
    first = client.request("open_pack", OPEN, command_id=command)
    client.request("open_pack", {"pack": "standard", "count": 1, "payment": "item"})
    client.request("rotate_seed", {"client_seed": "other"})
    assert client.request("open_pack", OPEN, command_id=command)["payload"] == first["payload"]


def test_all_kinds_of_commands_repeat(starter, newcomer):
    client = newcomer(starter)
    client.request("open_pack", {"pack": "standard", "count": 10})
    client.request("open_pack", OPEN)
    members = sorted(key[1] for key in client.replica.live("character"))[:4]
    for command, payload in (("form_team", {"name": "Twice", "members": members}),
                             ("change_team", {"team": 1, "name": "Thrice", "members": members[::-1]}),
                             ("rename_player", {"display_name": "Vesper Again"}), ("disband_team", {"team": 1}),
                             ("rotate_seed", {"client_seed": "once"})):
        made = new_id()
        first = client.request(command, payload, command_id=made)
        again = client.request(command, payload, command_id=made)
        assert again["payload"] == first["payload"] and again["meta"]["position"] == first["meta"]["position"], command
        assert len(positions(starter, made)) == 1, command


def test_other_content_under_the_same_id_is_refused(starter, newcomer):
    client, command = newcomer(starter), new_id()
    first = client.request("open_pack", OPEN, command_id=command)
    for type_name, payload in (("open_pack", {"pack": "standard", "count": 10}), ("open_pack", {"pack": "dragon-night", "count": 1}),
                               ("open_pack", {**OPEN, "payment": "item"}), ("rename_player", {"display_name": "Other"})):
        with pytest.raises(Refused) as refused:
            client.request(type_name, payload, command_id=command)
        assert refused.value.name == "command_id_reused" and refused.value.payload["retry"] == "never"
    assert client.request("open_pack", OPEN, command_id=command)["payload"] == first["payload"]


def test_another_actor_under_the_same_id_is_refused(starter, newcomer):
    client, other, command = newcomer(starter), newcomer(starter, "Umbra"), new_id()
    client.request("open_pack", OPEN, command_id=command)
    with pytest.raises(Refused, match="command_id_reused"):
        other.request("open_pack", OPEN, command_id=command)
    assert free(other) == 1600


def test_copies_in_flight_join_the_first(starter, newcomer, clients):
    client, command = newcomer(starter), new_id()
    other = clients(starter.settings.url + "/play", token=client.tokens["access_token"])
    other.signed_in()
    before = database.commands_of(starter.settings, client.player)
    sent = [(socket, socket.send("open_pack", OPEN, command_id=command)) for _ in range(20) for socket in (client, other)]
    answers = [socket.reply(request) for socket, request in sent]
    assert len({str(answer["payload"]) for answer in answers}) == 1
    assert len({answer["meta"]["position"] for answer in answers}) == 1
    assert positions(starter, command) == [answers[0]["meta"]["position"]]
    assert database.commands_of(starter.settings, client.player) == [*before, answers[0]["meta"]["position"]]


def test_other_content_in_flight_is_refused(starter, newcomer):
    client, command = newcomer(starter), new_id()
    first = client.send("open_pack", OPEN, command_id=command)
    second = client.send("open_pack", {"pack": "standard", "count": 10}, command_id=command)
    outcomes = []
    for request in (first, second):
        try:
            outcomes.append(len(client.reply(request)["payload"]["pulls"]))
        except Refused as refused:
            outcomes.append(refused.name)
    assert outcomes == [1, "command_id_reused"]


def test_a_burst_of_different_commands_is_decided_in_order(starter, newcomer):
    """Ten openings at once where the balance pays for ten: each sees the one before, none is charged twice."""
    client = newcomer(starter)
    sent = [client.send("open_pack", OPEN) for _ in range(14)]
    paid = []
    for request in sent:
        try:
            paid.append(client.reply(request)["payload"])
        except Refused as refused:
            assert refused.name == "wallet_insufficient"
    assert [opened["free"] for opened in paid] == [1600 - 160 * n for n in range(1, 11)]
    assert [opened["first_nonce"] for opened in paid] == list(range(10))


def test_a_rejection_leaves_nothing_and_is_decided_anew(starter, newcomer):
    client, command = newcomer(starter), new_id()
    payload = {"pack": "standard", "count": 10}
    client.request("open_pack", OPEN)
    client.request("open_pack", OPEN)
    before = database.commands_of(starter.settings, client.player)
    for _ in range(2):
        with pytest.raises(Refused, match="wallet_insufficient"):
            client.request("open_pack", payload, command_id=command)
    assert database.commands_of(starter.settings, client.player) == before
    with game.operator(starter) as operator:
        operator.request("grant", {"player": client.player, "external_id": f"top-up-{client.player}", "kind": "free_currency",
                                   "item": None, "amount": 1000})
    assert len(client.request("open_pack", payload, command_id=command)["payload"]["pulls"]) == 10
    assert len(positions(starter, command)) == 1


def test_a_grant_has_one_effect_for_ever(starter, newcomer):
    client = newcomer(starter)
    external = f"order-{uuid.uuid4()}"
    grant = {"player": client.player, "external_id": external, "kind": "paid_currency", "item": None, "amount": 500,
             "reason": "bought in the shop"}
    with game.service(starter, "game-service") as shop:
        first = shop.request("grant", grant)
        again = shop.request("grant", grant)  # another command id: the external id is what counts
        with pytest.raises(Refused, match="command_id_reused"):
            shop.request("grant", {**grant, "amount": 501})
    assert first["payload"] == again["payload"] and first["payload"]["paid"] == 500
    client.caught_up(first["meta"]["position"])
    assert client.replica.live("wallet")[(client.player,)] == {"player": client.player, "free": 1600, "paid": 500}
    with game.operator(starter) as operator, pytest.raises(Refused, match="command_id_reused"):
        operator.request("grant", grant)


def test_free_currency_goes_first(starter, newcomer):
    client = newcomer(starter)
    with game.operator(starter) as operator:
        operator.request("grant", {"player": client.player, "external_id": f"paid-{client.player}", "kind": "paid_currency",
                                   "item": None, "amount": 300})
        operator.request("grant", {"player": client.player, "external_id": f"item-{client.player}", "kind": "item",
                                   "item": "pack-ticket", "amount": 2})
    assert client.request("open_pack", {"pack": "standard", "count": 10})["payload"]["cost_paid"] == 0
    last = client.request("open_pack", {"pack": "dragon-night", "count": 1})["payload"]
    assert (last["cost_free"], last["cost_paid"]) == (160, 0)
    last = client.request("open_pack", {"pack": "dragon-night", "count": 1})["payload"]
    assert (last["cost_free"], last["cost_paid"], last["paid"]) == (0, 160, 140)
    assert client.request("open_pack", {"pack": "standard", "count": 1, "payment": "item"})["payload"]["item_count"] == 2


def test_a_repeat_costs_nobody_else(new_server, people, clients):
    """A restarted server does not remember ids: a batch with a repeat in it is refused, once. Only the repeat is taken
    out; what others have in that batch and in those behind it goes out again as it was decided."""
    server = new_server()
    one, *others = people.take(4)
    repeats = [(new_id(), {"display_name": f"Name {number}"}) for number in range(25)]
    client = clients(one.play(server))
    firsts = [client.request("rename_player", payload, command_id=made) for made, payload in repeats]
    server.drain()
    server.start()
    client, *others = [clients(person.play(server)) for person in (one, *others)]
    for number, (made, payload) in enumerate(repeats):
        def rename(when):
            return [(other, other.send("rename_player", {"display_name": f"{when} {number}"})) for other in others]
        sent = rename("Before")
        repeat = client.send("rename_player", payload, command_id=made)
        sent += rename("Behind") + rename("Further Behind")
        again = client.reply(repeat)
        assert again["payload"] == firsts[number]["payload"]
        assert again["meta"]["position"] == firsts[number]["meta"]["position"]
        for other, request in sent:
            other.reply(request)
    counters = dict(re.findall(r"^gachapon_(\w+_total) (\d+)$", server.http("/metrics")[1], re.M))
    assert int(counters["withdrawn_total"]) == len(repeats)
    assert int(counters["sent_again_total"]) > 0


def test_a_register_sent_again_makes_nothing_new(starter, clients):
    command, email = new_id(), f"again-{uuid.uuid4().hex[:10]}@example.test"
    first = clients(starter.settings.url + "/join")
    made = first.register(email, display_name="Vesper", command_id=command)["payload"]
    head = database.head(starter.settings)
    second = clients(starter.settings.url + "/join")
    again = second.register(email, display_name="Vesper", command_id=command)["payload"]
    assert again["player"] == made["player"] and again["access_token"] != made["access_token"]
    second.follow()
    opened = second.request("open_pack", OPEN)["meta"]["position"]
    assert database.commands_of(starter.settings, second.player, after=head) == [opened]
    assert len(positions(starter, command)) == 1
    third = clients(starter.settings.url + "/join")
    with pytest.raises(Refused, match="command_id_reused"):
        third.register(email, password="another-horse-battery", display_name="Vesper", command_id=command)
    with pytest.raises(Refused, match="email_taken"):
        third.register(email, display_name="Vesper")
    third.register(display_name="Umbra")  # the socket is good for another try


def test_a_register_of_two_sockets_at_once_makes_one_player(starter, clients):
    command, email = new_id(), f"race-{uuid.uuid4().hex[:10]}@example.test"
    sockets = [clients(starter.settings.url + "/join") for _ in range(3)]
    payload = {"email": email, "password": "correct-horse-battery", "display_name": "Vesper"}
    sent = [(socket, socket.send("register", payload, command_id=command)) for socket in sockets]
    players = set()
    for socket, request in sent:
        try:
            players.add(socket.reply(request)["payload"]["player"])
        except Refused as refused:
            assert refused.may_retry, refused
            players.add(socket.settle("register", payload, command_id=command)["payload"]["player"])
    assert len(players) == 1 and len(positions(starter, command)) == 1


def test_two_first_sign_ins_at_once_enrol_once(starter, people, clients):
    person = people.new()
    sockets = [clients(starter.settings.url + "/play") for _ in range(4)]
    sent = [(socket, socket.send("sign_in", {"token": person.token})) for socket in sockets]
    enrolled = [socket.reply(request)["payload"]["enrolled"] for socket, request in sent]
    assert enrolled.count(True) >= 1
    events = [event for event in database.log(starter.settings) if event["data"].get("player") == person.id]
    assert [event["type"] for event in events] == ["player_registered"]


def test_ids_hold_across_a_restart(new_server, people, clients):
    server = new_server(small=True)
    person = people.take(1)[0]
    client = clients(person.play(server))
    command, refused_command = new_id(), new_id()
    first = client.request("open_pack", {"pack": "plain", "count": 10}, command_id=command)
    with pytest.raises(Refused, match="pack_unknown"):
        client.request("open_pack", {"pack": "later", "count": 1}, command_id=refused_command)
    with game.operator(server) as operator:
        grant = {"player": person.id, "external_id": "a-grant", "kind": "free_currency", "item": None, "amount": 5}
        granted = operator.request("grant", grant)
    server.drain()
    server.start()
    client = clients(person.play(server))
    again = client.request("open_pack", {"pack": "plain", "count": 10}, command_id=command)
    assert again["payload"] == first["payload"] and again["meta"]["position"] == first["meta"]["position"]
    with pytest.raises(Refused, match="command_id_reused"):
        client.request("open_pack", {"pack": "plain", "count": 1}, command_id=command)
    with game.operator(server) as operator:
        assert operator.request("grant", grant)["payload"] == granted["payload"]
        operator.request("publish_pack", {**dict(game.SMALL[2][1][0][2]), "pack": "later"})
    assert client.request("open_pack", {"pack": "later", "count": 1}, command_id=refused_command)["payload"]["opening"] == 2
    assert positions(server, command) == [first["meta"]["position"]]
